//! What the container sees of the host: as little as cargo can work with, at the paths the host
//! has.

use std::path::{Path, PathBuf};

use crate::engine::Kind;
use crate::engine::spec::{Access, Mount};
use crate::fs;
use crate::plan::{HOME, Situation, Step};

/// Where Debian, and so every image of ours, keeps the certificates that programs trust.
pub(crate) const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

impl Situation<'_> {
    /// The mounts, and the steps that make sure their sources are there.
    pub(crate) fn mounts(&self, prepare: &mut Vec<Step>, notes: &mut Vec<String>) -> Vec<Mount> {
        let mut mounts = self.project();
        self.outputs(prepare, &mut mounts);
        self.cargo_home(prepare, &mut mounts);
        self.configuration(prepare, &mut mounts, notes);
        self.toolchain(&mut mounts);
        self.system(prepare, &mut mounts);
        mounts
    }

    /// Files that only the container needs, beside the build directories.
    fn generated(&self, name: &str) -> PathBuf {
        self.workspace.target_dir.join("cross/etc").join(name)
    }

    /// The project and what it reads outside its own directory.
    fn project(&self) -> Vec<Mount> {
        let access = if self.project_is_writable() {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        let mut mounts = vec![Mount::same(&self.workspace.root, access)];
        for path in &self.workspace.outside {
            mounts.push(Mount::same(path, Access::ReadOnly));
        }
        mounts
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
        if let Some(dir) = &self.invocation.options.artifact_dir {
            dirs.push(fs::absolute(
                &self.invocation.directory(&self.host.cwd),
                dir,
            ));
        }
        let mut done: Vec<PathBuf> = Vec::new();
        for dir in dirs {
            if !done.iter().any(|other| dir.starts_with(other)) {
                prepare.push(Step::OutputDir(dir.clone()));
                mounts.push(Mount::same(&dir, Access::ReadWrite));
                done.push(dir);
            }
        }
        if workspace.build_dir.is_none() && self.target.named {
            // A cargo before 1.91 cannot be told where intermediate files go. With a target named,
            // what runs on the host stands in a directory of its own, which another can cover.
            let target = workspace.target_dir.join(self.profile_dir());
            let own = workspace
                .target_dir
                .join("cross")
                .join(self.image.identity());
            let source = own.join(self.profile_dir());
            prepare.extend([
                Step::OutputDir(target.clone()),
                Step::OutputDir(source.clone()),
            ]);
            mounts.push(Mount {
                source,
                target,
                access: Access::ReadWrite,
            });
        }
    }

    /// The caches of cargo's home with the locks that guard them; installed plugins; no
    /// credentials. <https://doc.rust-lang.org/cargo/guide/cargo-home.html>
    fn cargo_home(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let home = &self.host.cargo_home;
        for name in ["registry", "git"] {
            prepare.push(Step::Dir(home.join(name)));
            mounts.push(Mount::same(home.join(name), Access::ReadWrite));
        }
        for name in [".package-cache", ".package-cache-mutate"] {
            prepare.push(Step::Touch(home.join(name)));
            mounts.push(Mount::same(home.join(name), Access::ReadWrite));
        }
        prepare.push(Step::Dir(home.join("bin")));
        mounts.push(Mount::same(home.join("bin"), Access::ReadOnly));
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
        for (number, file) in self.cargo_config.filtered().into_iter().enumerate() {
            for (key, reason) in &file.dropped {
                notes.push(format!(
                    "without `{key}` of `{}`: {reason}",
                    file.path.display()
                ));
            }
            let source = match file.replacement {
                Some(text) => {
                    let path = self.generated(&format!("cargo-config-{number}.toml"));
                    prepare.push(Step::Write(path.clone(), text));
                    path
                }
                None if visible(&file.path) => continue,
                None => file.path.clone(),
            };
            more.push(Mount {
                source,
                target: file.path,
                access: Access::ReadOnly,
            });
        }
        for path in self.secrets.iter().filter(|path| visible(path)) {
            let source = self.generated("empty");
            prepare.push(Step::Write(source.clone(), String::new()));
            more.push(Mount {
                source,
                target: path.clone(),
                access: Access::ReadOnly,
            });
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
        // Programs from Nix find their loader and libraries there.
        if toolchain.sysroot.starts_with("/nix/store") {
            mounts.push(Mount::same("/nix/store", Access::ReadOnly));
        }
    }

    /// Certificates and the caller's name.
    fn system(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        if let Some(bundle) = self.ca_bundle {
            mounts.push(Mount {
                source: bundle.to_owned(),
                target: PathBuf::from(CA_BUNDLE),
                access: Access::ReadOnly,
            });
        }
        // Rootless docker runs as root, whom every image knows.
        if self.engine.kind == Kind::Docker && self.engine.rootless {
            return;
        }
        let (uid, gid, name) = (self.host.uid, self.host.gid, self.host.user_name());
        let mut passwd = format!("{name}:x:{uid}:{gid}::{HOME}:/bin/sh\n");
        let mut group = format!("{name}:x:{gid}:\n");
        if uid != 0 {
            passwd.push_str("root:x:0:0:root:/root:/bin/sh\n");
        }
        if gid != 0 {
            group.push_str("root:x:0:\n");
        }
        for (file, text) in [("passwd", passwd), ("group", group)] {
            let source = self.generated(file);
            prepare.push(Step::Write(source.clone(), text));
            let target = Path::new("/etc").join(file);
            mounts.push(Mount {
                source,
                target,
                access: Access::ReadOnly,
            });
        }
    }
}
