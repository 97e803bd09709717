//! Path dependencies: the search for them begins with the workspace's packages. Each is found with
//! the manifest that names it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::bounds::asker::Asker;
use crate::cargo::metadata::{Metadata, Package};
use cross_base::error::Result;
use cross_base::fs;

/// The result of following path dependencies.
pub(super) struct Followed {
    /// The directories of the packages, and the roots of their workspaces, whose manifests cargo
    /// reads as well.
    pub(super) dirs: BTreeMap<PathBuf, Asker>,
    pub(super) asks_elsewhere: bool,
}

impl Followed {
    /// The directories of the packages, without the roots of workspaces.
    pub(super) fn packages(&self) -> impl Iterator<Item = &Path> {
        let dirs = self.dirs.iter();
        let packages = dirs.filter(|(_, asker)| !matches!(asker, Asker::WorkspaceOf(_)));
        packages.map(|(dir, _)| dir.as_path())
    }
}

/// Follows path dependencies, starting from the workspace's packages.
pub(super) fn follow(
    metadata: &Metadata,
    crates: Vec<(PathBuf, Asker)>,
    ask: &mut dyn FnMut(&Path) -> Result<Metadata>,
) -> Followed {
    let mut found: BTreeMap<PathBuf, Asker> = BTreeMap::new();
    let mut asks_elsewhere = metadata.packages.iter().any(Package::asks_elsewhere);
    let mut known: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut open = crates;
    let of = |dir: &Path, paths: Vec<PathBuf>| {
        let asker = Asker::Dependency(dir.join("Cargo.toml"));
        paths.into_iter().map(move |path| (path, asker.clone()))
    };
    for package in &metadata.packages {
        let dir = package.dir();
        open.extend(of(&dir, package.path_dependencies(true)));
        let root = metadata.workspace_root.join("Cargo.toml");
        found.insert(dir.clone(), Asker::Member(root));
        known.insert(dir, Vec::new());
    }
    while let Some((dir, asker)) = open.pop() {
        let manifest = dir.join("Cargo.toml");
        let is_known = known.contains_key(&dir);
        // A dependency that does not exist is left for cargo to report.
        if !is_known && !manifest.exists() {
            continue;
        }
        found.entry(dir.clone()).or_insert(asker);
        if !is_known {
            if let Ok(answer) = ask(&manifest) {
                let above = found.entry(answer.workspace_root.clone());
                above.or_insert_with(|| Asker::WorkspaceOf(manifest.clone()));
                asks_elsewhere |= answer.packages.iter().any(Package::asks_elsewhere);
                for package in &answer.packages {
                    known
                        .entry(package.dir())
                        .or_insert_with(|| package.path_dependencies(false));
                }
                known.entry(dir.clone()).or_default();
            } else {
                // Cargo prints no metadata for a package that its workspace does not list, but it
                // builds the package.
                asks_elsewhere = true;
                if let Some(above) = workspace_above(&dir) {
                    let above = found.entry(above);
                    above.or_insert_with(|| Asker::WorkspaceOf(manifest.clone()));
                }
                known.insert(dir.clone(), manifest_paths(&dir));
            }
        }
        let paths = known.get_mut(&dir).map(std::mem::take);
        open.extend(of(&dir, paths.unwrap_or_default()));
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

/// The directory of the workspace that cargo would assign the package in `dir` to.
fn workspace_above(dir: &Path) -> Option<PathBuf> {
    let mut above = dir.ancestors().skip(1);
    above
        .find(|dir| manifest(dir).is_some_and(|m| m.contains_key("workspace")))
        .map(Path::to_owned)
}

/// The path dependencies in a manifest for which cargo prints no metadata.
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

/// The paths in `[patch]` and `[replace]` of the root manifest. `cargo metadata --no-deps` does not
/// print them.
pub(super) fn patches(root: &Path) -> Result<Vec<(PathBuf, Asker)>> {
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
        .map(|path| {
            let asker = Asker::Patch(root.join("Cargo.toml"));
            (fs::absolute(root, Path::new(path)), asker)
        })
        .collect())
}
