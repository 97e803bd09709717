//! What the container sees of the host: as little as cargo can work with, at the paths the host
//! has.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::engine::spec::{Access, Mount};
use crate::fs;
use crate::host::Host;
use crate::plan::{CargoHome, Situation, Step};

impl Situation<'_> {
    /// The mounts, and the steps that make sure their sources are there.
    pub(crate) fn mounts(&self, prepare: &mut Vec<Step>, notes: &mut Vec<String>) -> Vec<Mount> {
        let mut mounts = self.project();
        mounts.extend(self.volumes());
        self.outputs(prepare, &mut mounts);
        self.cargo_home(prepare, &mut mounts);
        self.configuration(prepare, &mut mounts, notes);
        self.toolchain(&mut mounts);
        self.system(prepare, &mut mounts);
        without_doubles(mounts)
    }

    /// A file that only the container needs. Its name follows from what it says, so that no other
    /// run changes it; and it stands where no container can write.
    pub(super) fn generated(&self, prepare: &mut Vec<Step>, name: &str, text: String) -> PathBuf {
        let digest = hex::encode(&Sha256::digest(&text)[..8]);
        let path = self
            .host
            .cache
            .join("files")
            .join(format!("{digest}-{name}"));
        prepare.push(Step::Write(path.clone(), text));
        path
    }

    /// The project and what it reads outside its own directory.
    fn project(&self) -> Vec<Mount> {
        let access = if self.project_is_writable() {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        let root = &self.workspace.root;
        let mut mounts: Vec<Mount> = Vec::new();
        let outside = self.workspace.outside.iter();
        // What is around the project comes before it, or would hide it.
        let (around, beside): (Vec<_>, Vec<_>) = outside.partition(|path| root.starts_with(path));
        mounts.extend(
            around
                .into_iter()
                .map(|path| Mount::same(path, Access::ReadOnly)),
        );
        mounts.push(Mount::same(root, access));
        mounts.extend(
            beside
                .into_iter()
                .map(|path| Mount::same(path, Access::ReadOnly)),
        );
        if let Some(path) = self.target.specification() {
            let path = fs::absolute(&self.invocation.directory(&self.host.cwd), path);
            if !mounts.iter().any(|mount| path.starts_with(&mount.target)) {
                mounts.push(Mount::same(path, Access::ReadOnly));
            }
        }
        mounts
    }

    /// Whether a path is one of the project's, so that it is there in the container.
    pub(crate) fn in_project(&self, path: &Path) -> bool {
        let outside = &self.workspace.outside;
        let mut dirs = outside.iter().chain([&self.workspace.root]);
        dirs.any(|dir| path.starts_with(dir))
    }

    /// The paths in variables that the configuration names.
    fn volumes(&self) -> Vec<Mount> {
        let paths = self.config.volumes.iter();
        let paths = paths.filter_map(|setting| volume(self.host, &setting.value));
        paths
            .map(|path| Mount::same(path, Access::ReadWrite))
            .collect()
    }

    /// What a build writes: the lock file, the target directory, the build directory if that is
    /// elsewhere, `--artifact-dir`.
    fn outputs(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let workspace = self.workspace;
        let lock_is_covered =
            self.project_is_writable() && workspace.lockfile.starts_with(&workspace.root);
        if self.may_write_lockfile() && !lock_is_covered {
            mounts.push(Mount::same(&workspace.lockfile, Access::ReadWrite));
        }
        let mut dirs = vec![workspace.target_dir.clone()];
        dirs.extend(workspace.build_dir.clone());
        let mut done: Vec<PathBuf> = Vec::new();
        for dir in dirs {
            if !done.iter().any(|other| dir.starts_with(other)) {
                prepare.push(Step::TargetDir(dir.clone()));
                let places = self.places(&dir).into_iter();
                mounts.extend(places.map(|place| Mount::same(place, Access::ReadWrite)));
                done.push(dir);
            }
        }
        let artifacts = self.invocation.options.artifact_dir.as_ref();
        if let Some(dir) = artifacts.filter(|_| self.takes_unstable_options()) {
            let dir = fs::absolute(&self.invocation.directory(&self.host.cwd), dir);
            prepare.push(Step::Dir(dir.clone()));
            mounts.push(Mount::same(dir, Access::ReadWrite));
        }
        if self.build_dir_setting().is_none() && self.target.named {
            // Cargo cannot be told where intermediate files go. With a target named, what runs on the
            // host stands in a directory of its own, which another can cover.
            let profile = self.profile_dir();
            let source = self.apart(&workspace.target_dir).join(profile);
            prepare.extend([
                Step::TargetDir(workspace.target_dir.join(profile)),
                Step::TargetDir(source.clone()),
            ]);
            let places = self.places(&workspace.target_dir).into_iter();
            mounts.extend(places.map(|place| Mount {
                source: source.clone(),
                target: place.join(profile),
                access: Access::ReadWrite,
            }));
        }
    }

    /// Where the container gets a directory for results.
    fn places(&self, dir: &Path) -> Vec<PathBuf> {
        match self.workspace.behind_links.get(dir) {
            Some(places) => places.iter().cloned().collect(),
            None => vec![dir.to_owned()],
        }
    }

    /// Whether cargo takes its unstable options. Where it refuses `--artifact-dir`, there must be no directory
    /// afterwards. <https://doc.rust-lang.org/cargo/reference/unstable.html#artifact-dir>
    fn takes_unstable_options(&self) -> bool {
        const OPTION: &str = "unstable-options";
        let flags = &self.invocation.options.unstable;
        let said = flags.iter().any(|flag| flag == OPTION)
            || self.host.text("CARGO_UNSTABLE_UNSTABLE_OPTIONS") == Some("true")
            || self.cargo_config.get("unstable.unstable-options") == Some(&toml::Value::from(true));
        let refused = self.toolchain.is_unstable_by_name() == Some(false)
            && self.host.text("RUSTC_BOOTSTRAP").is_none();
        said && !refused
    }

    /// The caches of cargo's home with the locks that guard them; installed plugins; no
    /// credentials. <https://doc.rust-lang.org/cargo/guide/cargo-home.html>
    ///
    /// A home that cannot be written to, as in some images for CI, is shown as it is.
    fn cargo_home(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let CargoHome { writable, entries } = self.cargo_home;
        let there = |name: &str| entries.iter().any(|entry| entry == name);
        let access = if *writable {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        for name in ["registry", "git", ".package-cache", ".package-cache-mutate"] {
            let path = self.host.cargo_home.join(name);
            if *writable {
                // The locks are files.
                let is_lock = name.starts_with('.');
                let path = path.clone();
                prepare.push(if is_lock {
                    Step::Touch(path)
                } else {
                    Step::Dir(path)
                });
            }
            if *writable || there(name) {
                mounts.push(Mount::same(path, access));
            }
        }
        if there("bin") {
            mounts.push(Mount::same(
                self.host.cargo_home.join("bin"),
                Access::ReadOnly,
            ));
        }
    }

    /// Cargo's configuration files, without what cannot work in the container or must not get
    /// there, and nothing instead of credentials that stand in a mounted directory.
    fn configuration(
        &self,
        prepare: &mut Vec<Step>,
        mounts: &mut Vec<Mount>,
        notes: &mut Vec<String>,
    ) {
        let visible = |path: &Path| mounts.iter().any(|mount| path.starts_with(&mount.target));
        let mut more = Vec::new();
        let hidden = self
            .hidden
            .iter()
            .filter(|file| visible(&file.path))
            .cloned();
        for file in self
            .cargo_config
            .filtered(|path| self.in_project(path))
            .into_iter()
            .chain(hidden)
        {
            for (key, reason) in &file.dropped {
                notes.push(format!(
                    "without `{key}` of `{}`: {reason}",
                    file.path.display()
                ));
            }
            let source = match file.replacement {
                Some(text) => self.generated(prepare, "cargo-config.toml", text),
                None if visible(&file.path) => continue,
                None => file.path.clone(),
            };
            more.push(Mount {
                source,
                target: file.path,
                access: Access::ReadOnly,
            });
        }
        for name in ["credentials", "credentials.toml"] {
            let target = self.host.cargo_home.join(name);
            if self.cargo_home.entries.iter().any(|entry| entry == name) && visible(&target) {
                let source = self.generated(prepare, "empty", String::new());
                more.push(Mount {
                    source,
                    target,
                    access: Access::ReadOnly,
                });
            }
        }
        mounts.extend(more);
    }

    /// The one toolchain; rustup itself is not needed.
    fn toolchain(&self, mounts: &mut Vec<Mount>) {
        let toolchain = self.toolchain;
        mounts.push(Mount::same(&toolchain.sysroot, Access::ReadOnly));
        if let Some(dir) = &toolchain.cargo_from {
            mounts.push(Mount::same(dir, Access::ReadOnly));
        }
        if self.host.nix_store {
            mounts.push(Mount::same("/nix/store", Access::ReadOnly));
        }
    }
}

/// The path of an entry of `env.volumes`: what it says, or what the variable it names holds.
pub(crate) fn volume(host: &Host, entry: &str) -> Option<PathBuf> {
    let path = match entry.split_once('=') {
        Some((_, path)) => Path::new(path),
        None => Path::new(host.var(entry)?),
    };
    (!path.as_os_str().is_empty()).then(|| fs::absolute(&host.cwd, path))
}

/// Keeps one mount for each place, as engines demand: what is mounted later is more special, and a
/// directory of results that is also read somewhere must be writable.
fn without_doubles(mounts: Vec<Mount>) -> Vec<Mount> {
    let mut kept: Vec<Mount> = Vec::new();
    for mount in mounts {
        match kept.iter_mut().find(|other| other.target == mount.target) {
            Some(other) if other.source == mount.source => {
                if mount.access == Access::ReadWrite {
                    other.access = Access::ReadWrite;
                }
            }
            Some(other) => *other = mount,
            None => kept.push(mount),
        }
    }
    kept
}
