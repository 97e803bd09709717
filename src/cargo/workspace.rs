//! The cargo workspace: the directories that a build reads and those that it writes. Cargo is asked
//! about the workspace ([`crate::cargo::metadata`]), and about path dependencies outside it.

mod beside;
mod follow;
mod git;
mod git_syntax;
mod git_user;
mod links;
mod named;
mod repositories;
mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bounds::Bounds;
use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::{Metadata, Package};
use crate::cargo::product::Product;
use crate::cli::Invocation;
use crate::config::layer::Embedded;
pub(crate) use beside::{Beside, Kind};
use cross_base::error::Result;
use cross_base::fs;
pub(crate) use git_syntax::line as git_line;
pub(crate) use git_user::{PRINTED, UserGit};
use links::Links;
use named::Named;
pub(crate) use named::Output;
use repositories::Repositories;
use results::Written;

/// The paths that a container needs, and the places of results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// The directory of the root manifest, as cargo prints it.
    pub(crate) root: PathBuf,
    /// The target directory, for final results.
    pub(crate) target_dir: PathBuf,
    /// The build directory, for intermediate files. None before cargo 1.91, which cannot keep them
    /// apart.
    pub(crate) build_dir: Option<PathBuf>,
    /// Directories and files outside the root that cargo or git reads, each with the reason.
    pub(crate) outside: BTreeMap<PathBuf, Asker>,
    /// Working trees that belong to another user and that the caller's git accepts.
    pub(crate) trusted_trees: BTreeSet<PathBuf>,
    /// Settings of the user's git. Empty if there is no git repository.
    pub(crate) user_git: UserGit,
    /// Working trees of repositories that were seen during the search for links, in the root and
    /// elsewhere.
    pub(crate) repositories: BTreeSet<PathBuf>,
    /// Directories with configuration of cargo's that were seen during the search for links.
    pub(crate) configured: BTreeSet<PathBuf>,
    /// The paths in the root that files of repositories name, git directories among them.
    pub(crate) of_repositories: BTreeSet<PathBuf>,
    /// Directories that have to exist, whatever is in them, as paths in git's files lead through
    /// them.
    pub(crate) passed: BTreeSet<PathBuf>,
    /// A symbolic link in the project that leads to `/`.
    pub(crate) link_to_the_root: Option<PathBuf>,
    /// Directories in which options of the command have files written.
    pub(crate) named: Vec<Output>,
    /// Paths outside the root that are written to.
    pub(crate) written_outside: Vec<(PathBuf, Asker)>,
    /// Directories for results whose path contains symbolic links that the container has as well.
    /// Each has the paths at which it is mounted instead, since no mount can be placed at a link.
    pub(crate) behind_links: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The directories of packages, which may have configuration of their own.
    pub(crate) packages: Vec<PathBuf>,
    /// The files that cargo leaves for programs, examples and libraries.
    pub(crate) products: Vec<Product>,
    /// Directories and files beside the sources that tests write to.
    pub(crate) beside: Vec<Beside>,
    /// Whether a package has a build script.
    pub(crate) has_build_scripts: bool,
    /// Manifests of the workspace that configure cross. That of the package in the caller's
    /// directory comes first.
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) lockfile: PathBuf,
    /// The path behind the symbolic links in the place of the lock file, where cargo writes it.
    pub(crate) real_lockfile: PathBuf,
    /// The manifests from which the lock file is made.
    pub(crate) manifests: BTreeSet<PathBuf>,
    /// Whether a manifest may have a dependency that is not reached by a path.
    pub(crate) asks_elsewhere: bool,
    /// Whether the lock file exists.
    pub(crate) has_lockfile: bool,
    /// Notes about paths that are out of bounds and therefore left out.
    pub(crate) notes: Vec<String>,
    /// A warning about paths that are left out and that the build may need.
    pub(crate) warning: Option<String>,
}

impl Workspace {
    /// Finds the paths that a build reads and writes.
    ///
    /// `ask` runs `cargo metadata` for a manifest outside the workspace, and is only called for
    /// such manifests. Relative paths on the command line are relative to `cwd`.
    ///
    /// # Errors
    ///
    /// If the project names a path that is out of bounds.
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
        let user_git = if repositories.has_git {
            UserGit::read(bounds.host, &root, &mut notes)
        } else {
            UserGit::default()
        };
        // The first reason for a path counts: paths that a file names come before paths that links
        // and repositories lead to.
        let asked = followed.dirs.into_iter().chain(config.sources());
        let named = Named::of(invocation, cwd, &root);
        let asked = named.inputs.iter().cloned().chain(asked);
        let in_root = repositories.shown.iter().map(|(path, _)| path);
        let of_repositories = in_root.filter(|path| path.starts_with(&root));
        let of_repositories = of_repositories.cloned().collect();
        let asked = asked.chain(repositories.shown);
        let asked = asked.chain(links.shown);
        // A directory that contains the project contains the user's other projects as well.
        let paths = config.relative_paths().into_iter();
        let asked = asked.chain(paths.filter(|(path, _)| !root.starts_with(path)));
        let mut outside = within_bounds(&root, asked, bounds, &mut notes)?;
        let mut results = Written::new(&root, bounds);
        let who = |key, option| results::asker(invocation, bounds.host, config, key, option);
        results.add(&target_dir, &who("target-dir", true), &mut outside)?;
        if let Some(dir) = build_dir.as_ref().filter(|dir| **dir != target_dir) {
            results.add(dir, &who("build-dir", false), &mut outside)?;
        }
        let written: Vec<&Path> = [Some(&target_dir), build_dir.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect();
        let named = named.add_to(&mut results, &written, &mut outside);
        let real_lockfile = results.add_lockfile(&lockfile, invocation)?;
        Ok(Self {
            has_lockfile: lockfile.exists(),
            real_lockfile,
            behind_links: results.behind,
            written_outside: results.outside,
            outside,
            named,
            trusted_trees: repositories.trusted,
            user_git,
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
            configured: links.configured,
            of_repositories,
            passed: repositories.passed,
        })
    }
}

/// Finds paths that no manifest names: the targets of symbolic links, and packages' repositories.
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

/// The paths to mount, out of those that are asked for: paths that exist, are not in the root or in
/// another mounted directory, and are within bounds. For a path through a symbolic link, the real
/// path is mounted as well.
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
        match bounds.judge(&path, &asker, Access::ReadOnly) {
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
    // The map is ordered, so a directory comes before all paths in it.
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
