//! The container's mounts: as few of the host's files as cargo can work with, at the host's own
//! paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cargo::config::CREDENTIALS;
use crate::cargo::config::kept_back::WRAPPER;
use crate::cargo::workspace::{Beside, Kind};
use crate::engine::spec::{Access, Mount};
use crate::plan::{CargoHome, PlanInput, Step};
use cross_base::beneath::Place;
use cross_base::fs;
use cross_base::host::Host;

/// The directory for the program of a plugin, the last on the container's `PATH`.
pub(super) const PLUGINS: &str = "/opt/cross/plugins";

impl PlanInput<'_> {
    /// The mounts, with the steps that create their sources.
    pub(crate) fn mounts(&self, prepare: &mut Vec<Step>, notes: &mut Vec<String>) -> Vec<Mount> {
        let mut mounts = self.project();
        mounts.extend(self.volumes());
        self.outputs(prepare, &mut mounts);
        self.guard_results(prepare, &mut mounts);
        self.guard_obeyed(prepare, &mut mounts);
        self.cargo_home(prepare, &mut mounts);
        self.configuration(prepare, &mut mounts, notes);
        self.toolchain(&mut mounts);
        self.front(prepare, &mut mounts);
        self.system(prepare, &mut mounts);
        mounts.extend(self.older_mount());
        mounts.extend(self.specification_mount(prepare));
        mounts.extend(self.sccache_mounts(prepare));
        self.guard_cache(prepare, &mut mounts);
        without_doubles(mounts)
    }

    /// The project, and the files that it reads outside its own directory.
    fn project(&self) -> Vec<Mount> {
        let access = if self.project_is_writable() {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        let root = &self.workspace.root;
        let mut mounts: Vec<Mount> = Vec::new();
        let outside = self.workspace.outside.keys();
        // A directory that contains the project comes before the project, as it would hide the
        // project's mount otherwise.
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
            let path = fs::absolute(&self.context.cwd(), path);
            if !mounts.iter().any(|mount| path.starts_with(&mount.target)) {
                mounts.push(Mount::same(path, Access::ReadOnly));
            }
        }
        mounts
    }

    /// The mounts of `env.volumes`: the paths that its variables hold.
    fn volumes(&self) -> Vec<Mount> {
        let paths = self.context.config.volumes.iter();
        let paths = paths.filter_map(|setting| volume(self.context.host, &setting.value));
        let access = |path: &Path| {
            if self.closed.contains(path) {
                Access::ReadOnly
            } else {
                Access::ReadWrite
            }
        };
        paths
            .map(|path| Mount::same(&path, access(&path)))
            .collect()
    }

    /// The places that a build writes to: the lock file, the target directory, the build directory
    /// if it is outside the target directory, and `--artifact-dir`.
    fn outputs(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let workspace = self.workspace;
        let lock_is_covered =
            self.project_is_writable() && workspace.lockfile.starts_with(&workspace.root);
        if self.may_write_lockfile() && !lock_is_covered {
            mounts.push(Mount::same(&workspace.lockfile, Access::ReadWrite));
        }
        let target_dir = &workspace.target_dir;
        prepare.push(Step::TargetDir(self.place(target_dir)));
        for place in self.seen_at(target_dir) {
            mounts.push(Mount::same(place, Access::ReadWrite));
        }
        let elsewhere = workspace.build_dir.as_ref();
        if let Some(dir) = elsewhere.filter(|dir| !dir.starts_with(target_dir)) {
            prepare.push(Step::TargetDir(self.place(dir)));
            // If cargo is told a build directory of the image's own, only that is mounted. The rest
            // belongs to the host.
            let told = self.build_dir_setting().is_some();
            let part = |dir: &Path| {
                if told {
                    self.apart(dir)
                } else {
                    dir.to_owned()
                }
            };
            prepare.push(Step::Dir(self.place(&part(dir))));
            for place in self.seen_at(dir) {
                mounts.push(Mount::same(part(&place), Access::ReadWrite));
            }
        }
        if let Some(dir) = self.artifact_dir() {
            prepare.push(Step::Dir(self.place(&dir)));
            mounts.push(Mount::same(dir, Access::ReadWrite));
        }
        for Beside { path, kind, .. } in self.beside_sources() {
            match kind {
                Kind::Dir { .. } => prepare.push(Step::Dir(Place::trusted(path))),
                Kind::File => {}
                Kind::Missing => continue,
            }
            mounts.push(Mount::same(path, Access::ReadWrite));
        }
        self.installed(prepare, mounts);
    }

    /// The places beside the sources that tests write to, if the project is read-only.
    pub(super) fn beside_sources(&self) -> &[Beside] {
        if self.project_is_writable() || !self.context.subcommand.tests() {
            return &[];
        }
        &self.workspace.beside
    }

    /// The mounts for an installation. `cargo install` writes programs and two lists of them, so
    /// only those are writable: the directory may be an old one with other files.
    /// <https://doc.rust-lang.org/cargo/commands/cargo-install.html>
    fn installed(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let Some(dir) = self.install_dir() else {
            return;
        };
        let lists = [".crates.toml", ".crates2.json"].map(|name| dir.join(name));
        let (dir, lists) = match self.context.subcommand.installs() {
            true if self.context.invocation.options.no_track => (dir.join("bin"), Vec::new()),
            true => (dir.join("bin"), lists.to_vec()),
            false => (dir, Vec::new()),
        };
        prepare.push(Step::Dir(self.place(&dir)));
        mounts.push(Mount::same(dir, Access::ReadWrite));
        for list in lists {
            prepare.push(Step::Touch(self.place(&list)));
            mounts.push(Mount::same(list, Access::ReadWrite));
        }
    }

    /// Mounts the caches of cargo's home with their locks, and the installed plugins, but no
    /// credentials. <https://doc.rust-lang.org/cargo/guide/cargo-home.html>
    ///
    /// The caches are read-only: for every project the host's cargo runs git in them, sends tokens
    /// to the servers that they name, and compiles their sources. The locks are writable, since
    /// cargo opens them for writing to take them, and they are empty. A home that the caller cannot
    /// write to, as in some images for CI, is mounted as it is.
    fn cargo_home(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let CargoHome {
            writable,
            entries,
            others,
            ..
        } = self.cargo_home;
        let home = &self.context.host.cargo_home;
        if self.cargo_home_in_memory().is_some() {
            // The project's mount of the home is dropped, too: it would make the whole home
            // read-only in a writable project.
            mounts.retain(|mount| mount.target != *home);
            let others = others.iter().map(|name| home.join(name));
            mounts.extend(others.map(|path| Mount::same(path, Access::ReadOnly)));
        }
        let there = |name: &str| entries.iter().any(|entry| entry == name);
        for name in ["registry", "git"] {
            let path = home.join(name);
            if let Some(own) = self.own_registry().filter(|_| name == "registry") {
                prepare.push(Step::Dir(Place::trusted(&own.to)));
                mounts.push(Mount {
                    source: own.to,
                    target: path,
                    access: Access::ReadWrite,
                });
                continue;
            }
            if *writable {
                prepare.push(Step::Dir(Place::trusted(&path)));
            }
            if *writable || there(name) {
                mounts.push(Mount::same(path, Access::ReadOnly));
            }
        }
        for name in [".package-cache", ".package-cache-mutate"] {
            let path = home.join(name);
            if *writable {
                prepare.push(Step::Touch(Place::trusted(&path)));
                mounts.push(Mount::same(path, Access::ReadWrite));
            } else if there(name) {
                mounts.push(Mount::same(path, Access::ReadOnly));
            }
        }
        if there("bin") {
            mounts.push(Mount::same(
                self.context.host.cargo_home.join("bin"),
                Access::ReadOnly,
            ));
        }
        mounts.extend(self.plugin_elsewhere());
    }

    /// Mounts the program of a plugin that is not in cargo's home.
    fn plugin_elsewhere(&self) -> Option<Mount> {
        let program = self.plugin?;
        let name = format!("cargo-{}", self.context.subcommand.name());
        Some(Mount {
            source: program.to_owned(),
            target: Path::new(PLUGINS).join(name),
            access: Access::ReadOnly,
        })
    }

    /// Cargo's home, if it is in a directory that is mounted for the project, as on machines for
    /// CI. The container then gets a directory in memory in its place, as cargo writes there what
    /// it used last.
    pub(super) fn cargo_home_in_memory(&self) -> Option<&Path> {
        let home = self.context.host.cargo_home.as_path();
        self.in_project(home).then_some(home)
    }

    /// Mounts cargo's configuration files. Settings that cannot work in the container or must not
    /// get there are filtered out. Empty files cover credentials in mounted directories.
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
        let read = self.context.cargo_config.filtered(
            |path| self.in_project(path),
            |variable| self.is_named(variable),
            &self.programs_of_the_image(),
            |key| self.is_overridden(key),
        );
        for file in read.into_iter().chain(hidden) {
            let is_replaced = |key: &str| key == WRAPPER && self.has_sccache();
            for (key, reason) in file.dropped.iter().filter(|(key, _)| !is_replaced(key)) {
                notes.push(format!(
                    "without `{key}` of `{}`: {reason}",
                    file.path.display()
                ));
            }
            let source = match file.replacement {
                Some(text) => {
                    let source = self.generated(prepare, generated_name(&text), text);
                    let own = BTreeSet::from([file.path.clone()]);
                    let places = self.configs_seen_at.get(&file.path).unwrap_or(&own);
                    let is_mount = mounts.iter().any(|mount| mount.target == file.path);
                    let places = places.iter().chain(own.iter().filter(|_| is_mount));
                    more.extend(places.map(|path| hidden_at(&source, path.clone())));
                    continue;
                }
                None if visible(&file.path) => continue,
                None => file.path.clone(),
            };
            more.push(hidden_at(&source, file.path));
        }
        for name in CREDENTIALS {
            if self.cargo_home.entries.iter().any(|entry| entry == name) {
                let target = self.context.host.cargo_home.join(name);
                let places = self.also_at(&target).chain([target.clone()]);
                let places: Vec<PathBuf> = places.filter(|path| visible(path)).collect();
                for target in places {
                    let source = self.generated(prepare, "empty", String::new());
                    more.push(hidden_at(&source, target));
                }
            }
        }
        mounts.extend(more);
    }

    /// The other paths at which the container sees a file of cargo's home.
    fn also_at(&self, file: &Path) -> impl Iterator<Item = PathBuf> {
        let below = file.strip_prefix(&self.context.host.cargo_home).ok();
        let below = below.map(Path::to_owned);
        let places = self.cargo_home.also_at.iter();
        below.into_iter().flat_map(move |below| {
            let places = places.clone();
            places.map(move |place| place.join(&below))
        })
    }

    /// Mounts the one toolchain. rustup itself is not needed.
    fn toolchain(&self, mounts: &mut Vec<Mount>) {
        let toolchain = self.context.toolchain;
        mounts.push(Mount::same(&toolchain.sysroot, Access::ReadOnly));
        if let Some(dir) = &toolchain.cargo_from {
            mounts.push(Mount::same(dir, Access::ReadOnly));
        }
        if self.context.host.nix_store {
            mounts.push(Mount::same("/nix/store", Access::ReadOnly));
        }
    }
}

impl CargoHome {
    /// The names of cargo's own caches and locks, which have mounts of their own, and of
    /// credentials. A `*` stands for any text.
    pub(crate) const KNOWN: &[&str] = &[
        ".global-cache*",
        ".package-cache*",
        "bin",
        "credentials*",
        "git",
        "registry",
    ];
}

/// A read-only mount of a file over another one.
fn hidden_at(source: &Path, target: PathBuf) -> Mount {
    Mount {
        source: source.to_owned(),
        target,
        access: Access::ReadOnly,
    }
}

/// The name of the file that is mounted over one of cargo's configuration files.
fn generated_name(text: &str) -> &'static str {
    if text.is_empty() {
        "empty"
    } else {
        "cargo-config.toml"
    }
}

/// The path of an entry of `env.volumes`: the value in the entry, or the value of the variable that
/// it names.
pub(crate) fn volume(host: &Host, entry: &str) -> Option<PathBuf> {
    let path = match entry.split_once('=') {
        Some((_, path)) => Path::new(path),
        None => Path::new(host.var(entry)?),
    };
    (!path.as_os_str().is_empty()).then(|| fs::absolute(&host.cwd, path))
}

/// Keeps one mount for each target path, as engines refuse a second one. A later mount is more
/// specific and wins. If both have the same source, the mount is writable if one of them is.
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
