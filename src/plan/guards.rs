//! Protection of the host from files that containers have written. In directories that a run writes
//! to, the files that the host's programs trust are read-only for the container, and no symbolic
//! link in such a directory is followed.

use std::path::{Path, PathBuf};

use crate::cargo::registry;
use crate::cargo::trusted::{CARGO_CONFIG, FINGERPRINT, RUSTC_INFO};
use crate::engine::spec::{Access, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

impl PlanInput<'_> {
    /// The directories that containers write to, in this run or in others.
    fn written(&self) -> Vec<PathBuf> {
        let workspace = self.workspace;
        let mut dirs = vec![workspace.target_dir.clone(), workspace.root.join("target")];
        dirs.extend(workspace.build_dir.clone());
        dirs.extend(workspace.behind_links.values().flatten().cloned());
        // A run without this run's option or variable would use the directory of the configuration
        // or of the variable.
        dirs.extend(self.context.cargo_config.path("build.target-dir"));
        let variable = self.context.host.var("CARGO_TARGET_DIR").map(Path::new);
        let cwd = self.context.cwd();
        dirs.extend(variable.map(|dir| cross_base::fs::absolute(&cwd, dir)));
        dirs.extend(self.artifact_dir());
        dirs.extend(self.install_dir());
        if self.project_is_writable() {
            dirs.push(workspace.root.clone());
        }
        dirs
    }

    /// A path as a [`Place`], which knows the part that a container may have made.
    pub(crate) fn place(&self, path: &Path) -> Place {
        Place::new(path, &self.written())
    }

    /// The directories below which the engine must follow no link in the path of a mount source.
    pub(crate) fn no_links_below(&self, mounts: &[Mount]) -> Vec<PathBuf> {
        let mut dirs = self.written();
        dirs.retain(|dir| {
            let mut sources = mounts.iter().map(|mount| &mount.source);
            sources.any(|source| source != dir && source.starts_with(dir))
        });
        dirs.sort();
        let all = dirs.clone();
        dirs.retain(|dir| {
            !all.iter()
                .any(|other| other != dir && dir.starts_with(other))
        });
        dirs.dedup();
        dirs
    }

    /// The cache directory for files that only containers of this target directory use. It is
    /// outside every directory that a container can write to.
    pub(crate) fn container_cache(&self) -> PathBuf {
        registry::container_cache(&self.context.host.cache, &self.workspace.target_dir)
    }

    /// The host directory whose subdirectories are mounted over `target/<profile>` for this image.
    pub(super) fn covered(&self) -> PathBuf {
        self.container_cache().join(self.identity())
    }

    /// Makes the host's results in the target directory read-only: the host's cargo runs and links
    /// them without asking who has written them.
    ///
    /// The rest of the target directory stays writable, because build scripts and tools write
    /// there: headers of cbindgen, measurements of criterion, crates of trybuild, and files of
    /// tools to come.
    pub(crate) fn guard_results(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let target_dir = &self.workspace.target_dir;
        let current = self.profile_dir();
        let told = self.build_dir_setting().is_some();
        if self.target.named {
            self.cover(current, prepare, mounts);
        }
        let mut guarded: Vec<PathBuf> = Vec::new();
        for profile in self.results.profiles.iter().filter(|name| *name != current) {
            prepare.push(Step::Dir(self.place(&target_dir.join(profile))));
            guarded.push(profile.into());
        }
        let others = self.results.targets.iter();
        let others = others.filter(|name| !self.target.named || *name != self.target.name());
        guarded.extend(others.map(PathBuf::from));
        if told {
            // This cargo keeps its own fingerprints in the build directory, not beside its results.
            let mut dir = PathBuf::new();
            if self.target.named {
                dir.push(self.target.name());
                prepare.push(Step::TargetDir(self.place(&target_dir.join(&dir))));
            }
            let own = dir.join(current);
            let fingerprint = own.join(FINGERPRINT);
            prepare.push(Step::Dir(self.place(&target_dir.join(&fingerprint))));
            let fresh = self.results.fresh.iter().filter(|path| {
                path.starts_with(&own) || self.target.named && path.starts_with(&dir)
            });
            guarded.extend(fresh.filter(|path| **path != fingerprint).cloned());
            prepare.push(Step::Touch(self.place(&target_dir.join(RUSTC_INFO))));
            guarded.extend([fingerprint, RUSTC_INFO.into()]);
        }
        for place in self.places(target_dir) {
            let paths = guarded.iter().map(|path| place.join(path));
            mounts.extend(paths.map(|path| Mount::same(path, Access::ReadOnly)));
        }
    }

    /// Covers `target/<profile>`, which has the host's results, by a directory of the image's own.
    /// Cargo takes a lock there, or puts all intermediate files there if it cannot be told another
    /// directory. With a target named, no results belong there.
    fn cover(&self, profile: &str, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let target_dir = &self.workspace.target_dir;
        let own = self.covered();
        let source = own.join(profile);
        prepare.extend([
            Step::Dir(self.place(&target_dir.join(profile))),
            Step::TargetDir(Place::trusted(own)),
            Step::Dir(Place::trusted(&source)),
        ]);
        mounts.extend(self.places(target_dir).into_iter().map(|place| Mount {
            source: source.clone(),
            target: place.join(profile),
            access: Access::ReadWrite,
        }));
    }

    /// In a writable project, makes the files read-only that the host's programs obey. Unlike
    /// changed sources, changes of these files may not show in `git status`.
    pub(crate) fn guard_settings(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        if !self.project_is_writable() {
            return;
        }
        for path in self.settings {
            if path.ends_with(CARGO_CONFIG) {
                prepare.push(Step::Dir(self.place(path)));
            }
            mounts.push(Mount::same(path, Access::ReadOnly));
        }
    }
}
