//! Files of the project and of cargo's home on which a plan depends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Resolver;
use crate::cargo::config::Filtered;
use crate::cargo::obeyed::{Obeyed, Places};
use crate::cargo::workspace::Workspace;
use crate::config::TargetConfig;
use crate::flow::outside::Outside;
use crate::plan::{CargoHome, writes_project};
use cross_base::fs;
use cross_base::pattern::matches;

impl Resolver<'_> {
    /// The paths in the project that programs of the host obey. None are looked for if no container
    /// can write to the project.
    pub(super) fn obeyed<'a>(
        &self,
        workspace: &Workspace,
        mut configs: impl Iterator<Item = &'a TargetConfig>,
    ) -> Obeyed {
        let results = [Some(&workspace.target_dir), workspace.build_dir.as_ref()];
        let results = results.into_iter().flatten().map(PathBuf::as_path);
        // A directory for results may contain the project.
        let contains = |dir: &Path| workspace.root.starts_with(dir);
        let is_written =
            configs.any(|config| writes_project(self.invocation, self.subcommand, config));
        if !is_written && !results.clone().any(contains) {
            return Obeyed::default();
        }
        let results = results.filter(|dir| !contains(dir));
        Obeyed::find(&Places {
            root: &workspace.root,
            packages: &workspace.packages,
            trees: &workspace.repositories,
            of_repositories: &workspace.of_repositories,
            results: &results.collect::<Vec<_>>(),
            cwd: &self.cwd,
        })
    }

    /// The configuration files that cargo does not read in this run, and the paths at which the
    /// container sees all configuration files.
    pub(super) fn config_files(
        &self,
        workspace: &Workspace,
        outside: &Outside<'_>,
    ) -> (Vec<Filtered>, BTreeMap<PathBuf, BTreeSet<PathBuf>>) {
        let hidden = self.cargo_config.hidden(&self.config_dirs(workspace));
        let files = self.cargo_config.files();
        let files = files.chain(hidden.iter().map(|file| file.path.as_path()));
        let seen_at = outside.seen_at(files);
        (hidden, seen_at)
    }

    /// Mounted directories that may have configuration files: those in which cargo may be started,
    /// with their parents, and those that the search for links came across.
    fn config_dirs(&self, workspace: &Workspace) -> Vec<PathBuf> {
        let shown = || workspace.outside.keys().chain([&workspace.root]);
        let packages = workspace.packages.iter().map(PathBuf::as_path);
        let others = workspace.manifests.iter().filter_map(|path| path.parent());
        let starts = packages.chain(others).chain([self.cwd.as_path()]);
        let above = starts.flat_map(|dir| {
            let above = dir.ancestors();
            above.take_while(|dir| shown().any(|shown| dir.starts_with(shown)))
        });
        let mut dirs: Vec<PathBuf> = above.map(Path::to_owned).collect();
        dirs.extend(shown().cloned());
        dirs.extend(workspace.configured.iter().cloned());
        dirs.sort();
        dirs.dedup();
        dirs
    }
}

/// The content of cargo's home, which need not exist yet, and its other paths in directories that
/// the container sees.
pub(super) fn cargo_home<'a>(path: &Path, dirs: impl Iterator<Item = &'a Path>) -> CargoHome {
    let existing = path.ancestors().find(|dir| dir.exists());
    let real = fs::canonical(path);
    let at = |dir: &Path| Some(dir.join(real.strip_prefix(fs::canonical(dir)).ok()?));
    let mut also_at: Vec<PathBuf> = dirs.filter_map(at).collect();
    also_at.sort();
    also_at.dedup();
    also_at.retain(|place| place != path);
    let entries = fs::names_in(path);
    let is_other = |name: &&String| {
        let is_known = CargoHome::KNOWN.iter().any(|known| matches(known, name));
        !is_known && path.join(name).exists()
    };
    CargoHome {
        writable: existing.is_some_and(fs::is_writable),
        others: entries.iter().filter(is_other).cloned().collect(),
        entries,
        also_at,
    }
}
