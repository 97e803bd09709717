//! What a container can write, no program of the host trusts afterwards: what the host's programs
//! take for their own below directories that a run writes to is read-only there, and no link in
//! such a directory is followed.

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
        // Where others go when this one is told otherwise.
        dirs.extend(self.context.cargo_config.path("build.target-dir"));
        let variable = self.context.host.var("CARGO_TARGET_DIR").map(Path::new);
        let cwd = self.context.invocation.directory(&self.context.host.cwd);
        dirs.extend(variable.map(|dir| cross_base::fs::absolute(&cwd, dir)));
        dirs.extend(self.artifact_dir());
        dirs.extend(self.install_dir());
        if self.project_is_writable() {
            dirs.push(workspace.root.clone());
        }
        dirs
    }

    /// A path, with the part of it that a container may have made.
    pub(crate) fn place(&self, path: &Path) -> Place {
        Place::new(path, &self.written())
    }

    /// The directories below which no link is followed on the way to what is mounted.
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

    /// Where stands what is the containers' own, and cannot be below a directory that they write
    /// to.
    pub(crate) fn beside(&self) -> PathBuf {
        registry::beside(&self.context.host.cache, &self.workspace.target_dir)
    }

    /// Where the image has what stands in the container in the target directory's own place.
    pub(super) fn covered(&self) -> PathBuf {
        self.beside().join(self.identity())
    }

    /// The host's results in the target directory: its cargo runs and links them without asking
    /// where they come from.
    ///
    /// The rest of the target directory can be written to, because build scripts and tools do:
    /// headers of cbindgen, what criterion measured, crates of trybuild, and whatever the next
    /// one needs.
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
            // This cargo keeps none of it beside its results.
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

    /// Covers the directory of what runs on this machine by one of the image's own. Cargo takes a
    /// lock there, or puts all of it there where it cannot be told where intermediate files go.
    /// With a target named, nothing there is a result.
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

    /// Of a project that can be written to, what programs of the host read before anything is done
    /// there: it need not show among what git says has changed. Sources do.
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
