//! The Cargo workspace: which directories a build reads and which it writes. Cargo itself is asked
//! ([`crate::metadata`]); path dependencies outside the workspace are followed the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::cargo_config::CargoConfig;
use crate::cli::Invocation;
use crate::config::layer::Embedded;
use crate::error::Result;
use crate::fs;
use crate::metadata::{Metadata, Package};

/// What the container must be shown of the file system, and where results go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// The directory of the root manifest, as cargo names it.
    pub(crate) root: PathBuf,
    /// Where final artefacts go.
    pub(crate) target_dir: PathBuf,
    /// Where intermediate files go, if this cargo can keep them apart (cargo 1.91 and later).
    pub(crate) build_dir: Option<PathBuf>,
    /// Directories and files outside the root that cargo or git reads.
    pub(crate) outside: BTreeSet<PathBuf>,
    /// Of the directories for results those that links lead to which the container sees as well, and the paths at which it
    /// is given them instead: nothing can be placed at a link.
    pub(crate) behind_links: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Directories of packages, which may have configuration of their own.
    pub(crate) packages: Vec<PathBuf>,
    /// Programs and examples, as paths below a profile's directory.
    pub(crate) programs: Vec<PathBuf>,
    /// Tables of the workspace's own manifests that configure cross, those of the package in the caller's
    /// directory first.
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) lockfile: PathBuf,
    /// The manifests that decide what the lock file lists.
    pub(crate) manifests: BTreeSet<PathBuf>,
    /// Whether any of them may ask for something that is reached by no path.
    pub(crate) asks_elsewhere: bool,
    /// Whether the lock file is there.
    pub(crate) has_lockfile: bool,
}

impl Workspace {
    /// Works out what is read and written.
    ///
    /// `ask` runs `cargo metadata` for a manifest outside the workspace and is only called when
    /// there is one; `cwd` is the directory that relative paths of the command line count from; `homes` are
    /// directories with more in them than a project.
    pub(crate) fn new(
        metadata: &Metadata,
        invocation: &Invocation,
        (cwd, homes): (&Path, &[PathBuf]),
        config: &CargoConfig,
        ask: &mut dyn FnMut(&Path) -> Result<Metadata>,
    ) -> Result<Self> {
        let options = &invocation.options;
        let root = metadata.workspace_root.clone();
        let target_dir = metadata.target_dir(invocation, cwd);
        let build_dir = metadata.build_dir(invocation, cwd);
        let lockfile = match &options.lockfile_path {
            Some(path) => fs::absolute(cwd, path),
            None => root.join("Cargo.lock"),
        };
        let mut crates = patches(&root)?;
        crates.extend(config.crates());
        let packages: Vec<PathBuf> = metadata.packages.iter().map(Package::dir).collect();
        let mut outside = repository(&root, homes)?;
        outside.extend(config.sources());
        let followed = follow(metadata, crates, ask);
        let dirs = followed.dirs.iter().chain([&root]);
        let manifests = dirs.map(|dir| dir.join("Cargo.toml")).collect();
        outside.extend(followed.dirs);
        outside.extend(links_out_of(&root, &packages));
        outside.retain(|path| path.exists());
        let mut outside = without_nested(&root, &outside);
        let mut behind = BTreeMap::new();
        let results: BTreeSet<&PathBuf> = build_dir.iter().chain([&target_dir]).collect();
        for dir in results {
            let places = behind_links(dir, outside.iter().chain([&root]));
            // What is written is not shown as something that is only read.
            outside.retain(|path| !places.contains(path));
            if !places.is_empty() {
                behind.insert(dir.clone(), places);
            }
        }
        Ok(Self {
            has_lockfile: lockfile.exists(),
            outside,
            behind_links: behind,
            programs: metadata
                .packages
                .iter()
                .flat_map(Package::programs)
                .collect(),
            packages,
            embedded: metadata.embedded(invocation, cwd),
            root,
            target_dir,
            build_dir,
            lockfile,
            manifests,
            asks_elsewhere: followed.asks_elsewhere,
        })
    }
}

/// What path dependencies lead to.
struct Followed {
    /// The packages, and the roots of the workspaces they live in, whose manifests cargo reads too.
    dirs: BTreeSet<PathBuf>,
    asks_elsewhere: bool,
}

/// Follows path dependencies from the workspace's own packages outwards.
fn follow(
    metadata: &Metadata,
    crates: Vec<PathBuf>,
    ask: &mut dyn FnMut(&Path) -> Result<Metadata>,
) -> Followed {
    let mut found = BTreeSet::new();
    let mut asks_elsewhere = metadata.packages.iter().any(Package::asks_elsewhere);
    let mut known: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut open = crates;
    for package in &metadata.packages {
        let dir = package.dir();
        open.extend(package.path_dependencies(true));
        found.insert(dir.clone());
        known.insert(dir, Vec::new());
    }
    while let Some(dir) = open.pop() {
        let manifest = dir.join("Cargo.toml");
        if !known.contains_key(&dir) {
            // A dependency that is not there is for cargo to report, in its own words.
            if !manifest.exists() {
                continue;
            }
            if let Ok(answer) = ask(&manifest) {
                found.insert(answer.workspace_root.clone());
                asks_elsewhere |= answer.packages.iter().any(Package::asks_elsewhere);
                for package in &answer.packages {
                    known
                        .entry(package.dir())
                        .or_insert_with(|| package.path_dependencies(false));
                }
                known.entry(dir.clone()).or_default();
            } else {
                // Cargo refuses to be asked about a package that its workspace does not list, and
                // builds it all the same.
                asks_elsewhere = true;
                found.extend(workspace_above(&dir));
                known.insert(dir.clone(), manifest_paths(&dir));
            }
        }
        found.insert(dir.clone());
        open.extend(known.get_mut(&dir).map(std::mem::take).unwrap_or_default());
    }
    Followed {
        dirs: found,
        asks_elsewhere,
    }
}

fn manifest(dir: &Path) -> Option<Table> {
    let text = fs::read_if_exists(&dir.join("Cargo.toml")).ok()??;
    text.parse().ok()
}

/// The directory of the workspace that a package would belong to.
fn workspace_above(dir: &Path) -> Option<PathBuf> {
    let mut above = dir.ancestors().skip(1);
    above
        .find(|dir| manifest(dir).is_some_and(|m| m.contains_key("workspace")))
        .map(Path::to_owned)
}

/// The path dependencies in a manifest that cargo could not be asked about.
fn manifest_paths(dir: &Path) -> Vec<PathBuf> {
    let Some(manifest) = manifest(dir) else {
        return Vec::new();
    };
    let inner = |table: &Table, key: &str| table.get(key).and_then(Value::as_table).cloned();
    let targets = inner(&manifest, "target").unwrap_or_default();
    let mut tables: Vec<Table> = targets
        .values()
        .filter_map(|t| t.as_table().cloned())
        .collect();
    tables.push(manifest);
    tables
        .iter()
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|key| inner(table, key)))
        .flatten()
        .flat_map(|dependencies| dependencies.into_iter().map(|(_, value)| value))
        .filter_map(|dependency| {
            Some(fs::absolute(
                dir,
                Path::new(dependency.get("path")?.as_str()?),
            ))
        })
        .collect()
}

/// Where symbolic links lead that stand in the root, in a package or in its `src`, if that is
/// outside. Deeper ones are not looked for: a walk through every project would cost too much.
fn links_out_of(root: &Path, packages: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut dirs: BTreeSet<PathBuf> = packages.iter().cloned().collect();
    dirs.extend(packages.iter().map(|dir| dir.join("src")));
    dirs.insert(root.to_owned());
    let links = dirs.iter().flat_map(|dir| fs::links_in(dir));
    links.filter(|target| !target.starts_with(root)).collect()
}

/// Where the links lead that are in a path below one of the directories that are `shown`: to the end, and if the path
/// itself is a link, step by step. Empty when there are none.
fn behind_links<'a>(dir: &Path, shown: impl Iterator<Item = &'a PathBuf>) -> BTreeSet<PathBuf> {
    let above = shown.filter(|above| dir.starts_with(above));
    let Some(above) = above.max_by_key(|above| above.components().count()) else {
        return BTreeSet::new();
    };
    let real = fs::canonical(dir);
    let end = match real.strip_prefix(fs::canonical(above)) {
        Ok(inside) => above.join(inside),
        Err(_) => real,
    };
    if end == dir {
        return BTreeSet::new();
    }
    let mut places = BTreeSet::from([end]);
    let mut next = fs::leads_to(dir);
    while let Some(place) = next.filter(|place| places.insert(place.clone())) {
        next = fs::leads_to(&place);
    }
    places
}

/// `[patch]` and `[replace]` entries of the root manifest, which `cargo metadata --no-deps` leaves
/// out.
fn patches(root: &Path) -> Result<Vec<PathBuf>> {
    let Some(text) = fs::read_if_exists(&root.join("Cargo.toml"))? else {
        return Ok(Vec::new());
    };
    if !text.contains("patch") && !text.contains("replace") {
        return Ok(Vec::new());
    }
    let Ok(manifest) = text.parse::<Table>() else {
        return Ok(Vec::new());
    };
    let tables = |key: &str| manifest.get(key).and_then(Value::as_table);
    let patched = tables("patch").into_iter().flat_map(Table::values);
    let patched = patched.filter_map(Value::as_table);
    Ok(patched
        .chain(tables("replace"))
        .flat_map(Table::values)
        .filter_map(|entry| entry.get("path")?.as_str())
        .map(|path| fs::absolute(root, Path::new(path)))
        .collect())
}

/// What lies outside the root of the git repository that the workspace belongs to.
///
/// The working tree around it: `cargo package` and `cargo fix` ask git what is ignored or changed, build scripts ask
/// for a version, and to git a file that it cannot see is one that was deleted. It says little more than the git directory
/// does, which has all that is committed. Of a repository that a home directory is in (of its settings, for instance)
/// the git directory alone. And that directory where it is elsewhere: in the main checkout of a worktree, or in the
/// superproject of a submodule.
fn repository(root: &Path, homes: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut out = BTreeSet::new();
    let Some(dot_git) = root
        .ancestors()
        .map(|d| d.join(".git"))
        .find(|p| p.exists())
    else {
        return Ok(out);
    };
    out.insert(match dot_git.parent() {
        Some(tree) if !homes.iter().any(|home| home.starts_with(tree)) => tree.to_owned(),
        _ => dot_git.clone(),
    });
    if dot_git.is_dir() {
        return Ok(out);
    }
    // A worktree or submodule: a file of one line, `gitdir: PATH` (gitrepository-layout(5)).
    let text = fs::read_if_exists(&dot_git)?.unwrap_or_default();
    let Some(path) = text.trim().strip_prefix("gitdir: ") else {
        return Ok(out);
    };
    let base = dot_git.parent().unwrap_or(Path::new("/"));
    let git_dir = fs::absolute(base, Path::new(path));
    if let Some(common) = fs::read_if_exists(&git_dir.join("commondir"))? {
        out.insert(fs::absolute(&git_dir, Path::new(common.trim())));
    }
    out.insert(git_dir);
    Ok(out)
}

/// Drops what the root or another entry contains, and adds the resolved path of what is reached
/// through a symbolic link.
fn without_nested(root: &Path, paths: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let real_root = fs::canonical(root);
    let mut all: BTreeSet<PathBuf> = paths.clone();
    all.extend(paths.iter().map(|path| fs::canonical(path)));
    if real_root != root {
        all.insert(real_root);
    }
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    // The set is ordered, so a directory comes before everything in it.
    for path in all {
        let covered = |dir: &PathBuf| path.starts_with(dir);
        if !path.starts_with(root) && !kept.iter().any(covered) {
            kept.insert(path);
        }
    }
    kept
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
