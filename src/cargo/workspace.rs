//! The Cargo workspace: which directories a build reads and which it writes. Cargo itself is asked
//! ([`crate::cargo::metadata`]); path dependencies outside the workspace are followed the same way.

mod beside;
mod follow;
mod git;
mod links;
mod repositories;
mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bounds::Bounds;
use crate::bounds::asker::Asker;
use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::{Metadata, Package};
use crate::cargo::product::Product;
use crate::cli::Invocation;
use crate::config::layer::Embedded;
pub(crate) use beside::Beside;
use cross_base::error::Result;
use cross_base::fs;
use links::Links;
use repositories::Repositories;
use results::Results;

/// What the container must be shown of the file system, and where results go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// The directory of the root manifest, as cargo names it.
    pub(crate) root: PathBuf,
    /// Where final artefacts go.
    pub(crate) target_dir: PathBuf,
    /// Where intermediate files go, if this cargo can keep them apart (cargo 1.91 and later).
    pub(crate) build_dir: Option<PathBuf>,
    /// Directories and files outside the root that cargo or git reads, each with who asked for it.
    pub(crate) outside: BTreeMap<PathBuf, Asker>,
    /// Working trees that belong to another user and that the caller's git accepts.
    pub(crate) trusted_trees: BTreeSet<PathBuf>,
    /// Working trees of repositories in the root and elsewhere that were seen on the way to links.
    pub(crate) repositories: BTreeSet<PathBuf>,
    /// A link of the project's that leads to the root of all files.
    pub(crate) link_to_the_root: Option<PathBuf>,
    /// What is written outside the root.
    pub(crate) written_outside: Vec<(PathBuf, Asker)>,
    /// Of the directories for results those that links lead to which the container sees as well,
    /// and the paths at which it is given them instead: nothing can be placed at a link.
    pub(crate) behind_links: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Directories of packages, which may have configuration of their own.
    pub(crate) packages: Vec<PathBuf>,
    /// The files that cargo leaves for programs, examples and libraries.
    pub(crate) products: Vec<Product>,
    /// What tests write to beside the sources.
    pub(crate) beside: Vec<Beside>,
    /// Whether a package has a build script.
    pub(crate) has_build_scripts: bool,
    /// Tables of the workspace's own manifests that configure cross, those of the package in the
    /// caller's directory first.
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) lockfile: PathBuf,
    /// The manifests that decide what the lock file lists.
    pub(crate) manifests: BTreeSet<PathBuf>,
    /// Whether any of them may ask for something that is reached by no path.
    pub(crate) asks_elsewhere: bool,
    /// Whether the lock file is there.
    pub(crate) has_lockfile: bool,
    /// What is out of bounds, and left out for that.
    pub(crate) notes: Vec<String>,
    /// What the user has to know of what is left out.
    pub(crate) warning: Option<String>,
}

impl Workspace {
    /// Works out what is read and written.
    ///
    /// `ask` runs `cargo metadata` for a manifest outside the workspace and is only called when
    /// there is one; `cwd` is the directory that relative paths of the command line count from.
    ///
    /// # Errors
    ///
    /// When the project asks in so many words for what is out of bounds.
    pub(crate) fn new(
        metadata: &Metadata,
        invocation: &Invocation,
        (cwd, bounds): (&Path, &Bounds<'_>),
        config: &CargoConfig,
        ask: &mut dyn FnMut(&Path) -> Result<Metadata>,
    ) -> Result<Self> {
        let root = metadata.workspace_root.clone();
        let target_dir = metadata.target_dir(invocation, cwd);
        let build_dir = metadata.build_dir(invocation, cwd);
        let lockfile = match &invocation.options.lockfile_path {
            Some(path) => fs::absolute(cwd, path),
            None => root.join("Cargo.lock"),
        };
        let mut notes = Vec::new();
        let packages: Vec<PathBuf> = metadata.packages.iter().map(Package::dir).collect();
        let mut crates = follow::patches(&root)?;
        crates.extend(config.crates());
        let followed = follow::follow(metadata, crates, ask);
        let manifests = followed.dirs.keys().chain([&root]);
        let manifests = manifests.map(|dir| dir.join("Cargo.toml")).collect();
        let members: Vec<&Path> = followed.packages().collect();
        let results = [Some(&target_dir), build_dir.as_ref()];
        let (links, repositories) = around(&root, &members, &results, bounds)?;
        notes.extend(repositories.notes.into_iter().chain(links.notes));
        // The first reason counts: what is asked for in so many words before what happens to be
        // there.
        let asked = followed.dirs.into_iter().chain(config.sources());
        let asked = asked.chain(repositories.shown);
        let asked = asked.chain(links.shown);
        // What the project is in has all other projects in it.
        let paths = config.relative_paths().into_iter();
        let asked = asked.chain(paths.filter(|(path, _)| !root.starts_with(path)));
        let mut outside = within_bounds(&root, asked, bounds, &mut notes)?;
        let mut results = Results::new(&root, bounds);
        let who = |key, option| results::asker(invocation, bounds.host, config, key, option);
        results.add(&target_dir, &who("target-dir", true), &mut outside)?;
        if let Some(dir) = build_dir.as_ref().filter(|dir| **dir != target_dir) {
            results.add(dir, &who("build-dir", false), &mut outside)?;
        }
        let has_lockfile = results.add_lockfile(&lockfile, invocation)?;
        Ok(Self {
            has_lockfile,
            behind_links: results.behind,
            written_outside: results.outside,
            outside,
            trusted_trees: repositories.trusted,
            products: metadata
                .packages
                .iter()
                .flat_map(Package::products)
                .collect(),
            beside: beside::of_packages(&metadata.packages, &root),
            has_build_scripts: metadata.packages.iter().any(Package::has_build_script),
            packages,
            embedded: metadata.embedded(invocation, cwd),
            root,
            target_dir,
            build_dir,
            lockfile,
            manifests,
            asks_elsewhere: followed.asks_elsewhere,
            notes,
            warning: links.warning,
            link_to_the_root: links.to_the_root,
            repositories: links.repositories,
        })
    }
}

/// Looks for what no manifest names: what links lead to, and the repositories of packages.
fn around<'a>(
    root: &Path,
    packages: &[&Path],
    results: &[Option<&PathBuf>],
    bounds: &'a Bounds<'_>,
) -> Result<(Links, Repositories<'a>)> {
    let results: Vec<&Path> = results.iter().flatten().map(|dir| dir.as_path()).collect();
    let links = links::out_of(root, packages, &results, bounds);
    let mut repositories = Repositories::new(bounds);
    repositories.add_root(root)?;
    repositories.add_variables(root)?;
    for dir in packages {
        repositories.add_package(dir)?;
    }
    for tree in &links.repositories {
        repositories.add_nested(tree)?;
    }
    Ok((links, repositories))
}

/// What is left of what is asked for: what is there, not in the root, not in another entry, and
/// within bounds; with the resolved path of what is reached through a symbolic link.
fn within_bounds(
    root: &Path,
    asked: impl Iterator<Item = (PathBuf, Asker)>,
    bounds: &Bounds<'_>,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<PathBuf, Asker>> {
    let real_root = fs::canonical(root);
    let mut all: BTreeMap<PathBuf, Asker> = BTreeMap::new();
    for (path, asker) in asked.filter(|(path, _)| path.exists()) {
        let real = fs::canonical(&path);
        if path.starts_with(root) && (real.starts_with(root) || real.starts_with(&real_root)) {
            continue;
        }
        match bounds.judge(&path, &asker, false) {
            Err(refusal) if asker.is_implicit() => notes.push(refusal.note(&asker)),
            Err(refusal) => return Err(refusal.error(&asker)),
            Ok(()) => {
                if real != path {
                    let behind = Asker::Behind(path.clone());
                    all.entry(real).or_insert(behind);
                }
                all.entry(path).or_insert(asker);
            }
        }
    }
    if real_root != root {
        all.insert(real_root, Asker::Behind(root.to_owned()));
    }
    let mut kept: BTreeMap<PathBuf, Asker> = BTreeMap::new();
    // The map is ordered, so a directory comes before everything in it.
    for (path, asker) in all {
        let covered = |dir: &PathBuf| path.starts_with(dir);
        if !path.starts_with(root) && !kept.keys().any(covered) {
            kept.insert(path, asker);
        }
    }
    Ok(kept)
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
