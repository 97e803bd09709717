//! Protection of the host from files that containers have written. In directories that a run writes
//! to, the files that the host's programs trust are read-only for the container, and no symbolic
//! link in such a directory is followed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cargo::trusted::{EXAMPLES, FINGERPRINT, FRESHNESS, RUSTC_INFO};
use crate::engine::spec::{Access, Mount, innermost};
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

/// A project to which a container can write: what cross looks at after the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guarded {
    pub(crate) root: PathBuf,
    /// The directories at which it does not look.
    pub(crate) passed_over: Vec<PathBuf>,
    /// Empty directories in the places of missing files, for the run alone.
    pub(crate) covers: Vec<Place>,
    /// Links that lead to what the host's programs obey. No mount protects them.
    pub(crate) links: BTreeSet<PathBuf>,
}

impl PlanInput<'_> {
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

    /// Keeps the results of the host's cargo in the target directory apart from the container's:
    /// the host's cargo runs and links them without asking who has written them.
    ///
    /// The rest of the target directory stays writable, because build scripts and tools write
    /// there: headers of cbindgen, measurements of criterion, crates of trybuild, and files of
    /// tools to come.
    pub(crate) fn guard_results(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let target_dir = &self.workspace.target_dir;
        let covered = self.covered_results();
        if !covered.is_empty() {
            prepare.push(Step::TargetDir(Place::trusted(self.covers())));
        }
        if self.target.named && self.build_dir_setting().is_some() {
            let dir = target_dir.join(self.target.name());
            prepare.push(Step::TargetDir(self.place(&dir)));
        }
        let writable = self.profiles_of_tasks();
        let guarded = self.read_only_results(&covered, prepare);
        for place in self.seen_at(target_dir) {
            let of_tasks = writable.iter().map(|path| place.join(path));
            mounts.extend(of_tasks.map(|path| Mount::same(path, Access::ReadWrite)));
        }
        for path in &covered {
            self.cover(path, prepare, mounts);
        }
        for place in self.seen_at(target_dir) {
            let paths = guarded.iter().map(|path| place.join(path));
            mounts.extend(paths.map(|path| Mount::same(path, Access::ReadOnly)));
        }
    }

    /// The directories of profiles other than the run's.
    fn other_profiles(&self) -> impl Iterator<Item = &str> {
        let current = self.profile_dir();
        let names = self.results.profiles.iter().map(String::as_str);
        names.filter(move |name| *name != current)
    }

    /// The directories of other profiles in which programs of the project that call cargo leave
    /// results beside the host's. Each is a mount of its own, because a directory with mounts in it
    /// could be replaced by another one, but not a mount.
    fn profiles_of_tasks(&self) -> Vec<&str> {
        if self.target.named || !self.context.subcommand.runs_programs() {
            return Vec::new();
        }
        self.other_profiles().collect()
    }

    /// The directories in the target directory that directories of the image's own cover.
    ///
    /// With a target named, no results belong in `target/<profile>`: cargo takes a lock there, or
    /// puts all intermediate files there if it cannot be told another directory. A program of the
    /// project, such as a test or a task of `xtask`, may call cargo for any profile. This cargo's
    /// results are the user's, but its intermediate files are not for the host's cargo.
    fn covered_results(&self) -> Vec<PathBuf> {
        let current = self.profile_dir();
        let runs = self.context.subcommand.runs_programs();
        let mut covered = Vec::new();
        if self.target.named {
            covered.push(current.into());
            covered.extend(self.other_profiles().filter(|_| runs).map(PathBuf::from));
        }
        if !runs {
            return covered;
        }
        if self.build_dir_setting().is_some() {
            let dir = self.results_of(current);
            covered.extend(FRESHNESS.iter().map(|part| dir.join(part)));
        }
        for profile in self.other_profiles() {
            let dir = self.results_of(profile);
            covered.extend(FRESHNESS.iter().map(|part| dir.join(part)));
            if !self.target.named {
                // The host's cargo runs examples from there.
                covered.push(dir.join(EXAMPLES));
            }
        }
        covered
    }

    /// The other results of the host's cargo, relative to the target directory.
    fn read_only_results(&self, covered: &[PathBuf], prepare: &mut Vec<Step>) -> Vec<PathBuf> {
        let target_dir = &self.workspace.target_dir;
        let mut guarded: Vec<PathBuf> = Vec::new();
        if !self.context.subcommand.runs_programs() {
            for profile in self.other_profiles() {
                prepare.push(Step::Dir(self.place(&target_dir.join(profile))));
                guarded.push(profile.into());
            }
        }
        let others = self.results.targets.iter();
        let others = others.filter(|name| !self.target.named || *name != self.target.name());
        guarded.extend(others.map(PathBuf::from));
        if self.build_dir_setting().is_some() {
            // This cargo keeps its own fingerprints in the build directory, not beside its results.
            let own = self.results_of(self.profile_dir());
            let mut fresh = self.results.fresh.clone();
            fresh.retain(|path| {
                path.starts_with(&own) || self.target.named && path.starts_with(self.target.name())
            });
            let fingerprint = own.join(FINGERPRINT);
            fresh.insert(fingerprint.clone());
            fresh.retain(|path| !covered.contains(path));
            if fresh.contains(&fingerprint) {
                prepare.push(Step::Dir(self.place(&target_dir.join(&fingerprint))));
            }
            guarded.extend(fresh);
            prepare.push(Step::Touch(self.place(&target_dir.join(RUSTC_INFO))));
            guarded.push(RUSTC_INFO.into());
        }
        guarded
    }

    /// Covers a directory in the target directory by one of the image's own.
    fn cover(&self, below: &Path, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let target_dir = &self.workspace.target_dir;
        let source = self.cover_of(below);
        prepare.push(Step::Cover {
            place: self.place(&target_dir.join(below)),
            own: source.clone(),
        });
        mounts.extend(self.seen_at(target_dir).into_iter().map(|place| Mount {
            source: source.clone(),
            target: place.join(below),
            access: Access::ReadWrite,
        }));
    }

    /// The directories that cover `target/<profile>`, by the name of the profile's directory, if a
    /// task of the project may have called cargo without a target: its results are there.
    pub(super) fn unseen_results(&self) -> Vec<(String, PathBuf)> {
        if !self.context.subcommand.is_run() || !self.target.named {
            return Vec::new();
        }
        let profiles = self.other_profiles().chain([self.profile_dir()]);
        let pairs = profiles.map(|profile| (profile.to_owned(), self.cover_of(profile.as_ref())));
        pairs.collect()
    }

    /// Where the container can write to the project, makes the files read-only that the host's
    /// programs obey, and covers those that are missing by empty directories. Unlike changed
    /// sources, changes of these files may not show in `git status`.
    pub(crate) fn guard_obeyed(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        if !self.root_is_open(mounts) {
            return;
        }
        let writable = self.obeyed_writable(mounts);
        let around = self.obeyed.around.iter().filter(|dir| {
            let is_mount = mounts.iter().any(|mount| mount.target == **dir);
            !is_mount && writable.iter().any(|path| path.starts_with(dir))
        });
        let around: Vec<Mount> = around
            .map(|dir| Mount::same(dir, Access::ReadWrite))
            .collect();
        mounts.extend(around);
        for path in writable {
            if self.obeyed.missing.contains(path) {
                prepare.push(Step::Dir(self.place(path)));
            }
            mounts.push(Mount::same(path, Access::ReadOnly));
        }
    }

    /// Whether the container can write to the project's root.
    fn root_is_open(&self, mounts: &[Mount]) -> bool {
        let root = innermost(mounts, &self.workspace.root);
        root.is_some_and(|mount| mount.access == Access::ReadWrite)
    }

    /// The paths that the host's programs obey and that the container could write to.
    fn obeyed_writable(&self, mounts: &[Mount]) -> Vec<&PathBuf> {
        let all = self.obeyed.there.iter().chain(&self.obeyed.missing);
        let writable = all.filter(|path| {
            let within = innermost(mounts, path);
            within.is_some_and(|mount| mount.access == Access::ReadWrite)
        });
        writable.collect()
    }

    /// Makes the directory for files of cross's own read-only where a mount that the container can
    /// write to contains it, as on machines for CI: the toolchains in it run on the host.
    pub(super) fn guard_cache(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let cache = &self.context.host.cache;
        for place in self.cache_seen_at {
            let around = innermost(mounts, place);
            let around = around.filter(|mount| mount.access == Access::ReadWrite);
            let Some(around) = around.filter(|mount| mount.target != *place) else {
                continue;
            };
            // A directory that is no mount could be replaced, although a part of it is a mount.
            let between = place.ancestors().skip(1);
            let between = between.take_while(|dir| *dir != around.target);
            let pins = between.map(|dir| {
                let below = dir.strip_prefix(&around.target).unwrap_or(dir);
                Mount {
                    source: around.source.join(below),
                    target: dir.to_owned(),
                    access: Access::ReadWrite,
                }
            });
            let pins: Vec<Mount> = pins.collect();
            prepare.push(Step::Dir(self.place(cache)));
            mounts.extend(pins);
            mounts.push(Mount {
                source: cache.clone(),
                target: place.clone(),
                access: Access::ReadOnly,
            });
        }
    }

    /// The parts of the project to look at after the run. None if the container can write to no
    /// sources.
    pub(super) fn guarded(&self, mounts: &[Mount]) -> Option<Guarded> {
        let workspace = self.workspace;
        let missing = self.obeyed.missing.iter();
        let covers = missing.filter(|path| mounts.iter().any(|mount| mount.target == **path));
        self.root_is_open(mounts).then(|| Guarded {
            root: workspace.root.clone(),
            passed_over: self.passed_over(),
            covers: covers.map(|path| self.place(path)).collect(),
            links: self.obeyed.links.clone(),
        })
    }

    /// The directories in the project at which cross does not look: for results, and the caches of
    /// cross and of cargo, in which a container cannot write.
    fn passed_over(&self) -> Vec<PathBuf> {
        let (workspace, host) = (self.workspace, self.context.host);
        let caches = [&workspace.target_dir, &host.cache, &host.cargo_home];
        let dirs = workspace.build_dir.iter().chain(caches);
        let dirs = dirs.filter(|dir| !workspace.root.starts_with(dir));
        dirs.cloned().collect()
    }
}
