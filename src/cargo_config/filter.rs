//! What the container sees of cargo's configuration: without what cannot work there or must not get
//! there.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{CargoConfig, lookup};
use crate::fs;

/// Keys that the container must not see, and why. `*` stands for any one name.
pub(crate) const DROPPED: &[(&str, &str)] = &[
    ("build.rustc", HOST_PROGRAM),
    ("build.rustc-wrapper", HOST_PROGRAM),
    ("build.rustc-workspace-wrapper", HOST_PROGRAM),
    ("build.rustdoc", HOST_PROGRAM),
    ("target.*.linker", HOST_PROGRAM),
    ("target.*.runner", HOST_PROGRAM),
    ("target.*.ar", HOST_PROGRAM),
    ("doc.browser", HOST_PROGRAM),
    ("registry.token", SECRET),
    ("registry.secret-key", SECRET),
    ("registry.credential-provider", SECRET),
    ("registry.global-credential-providers", SECRET),
    ("registries.*.token", SECRET),
    ("registries.*.secret-key", SECRET),
    ("registries.*.credential-provider", SECRET),
    ("credential-alias", SECRET),
    (
        "http.cainfo",
        "the host's certificates are mounted at the container's own place",
    ),
];
/// Those of them that may name a program of the project's, by a path. (A program in the cargo home's `bin`
/// could be started as well, but those that wrap rustc, such as sccache, let a server compile, which may
/// well run on the host.)
const OF_PROJECT: &[&str] = &["build.rustc-wrapper", "build.rustc-workspace-wrapper"];
const HOST_PROGRAM: &str = "it names a program of the host";
const SECRET: &str = "credentials stay on the host";

/// How the container gets to see one configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filtered {
    /// Where it stands on the host and, in the container, too.
    pub(crate) path: PathBuf,
    /// What it must say in the container, if that is not what it says on the host.
    pub(crate) replacement: Option<String>,
    /// The keys that were taken out, each with the reason.
    pub(crate) dropped: Vec<(String, &'static str)>,
}

impl CargoConfig {
    /// What the container gets to see of each file that cargo reads.
    pub(crate) fn filtered(&self, in_project: impl Fn(&Path) -> bool) -> Vec<Filtered> {
        let files = self.layers.iter().filter_map(|layer| {
            let stays = |key: &str| {
                let value = lookup(&layer.table, key).and_then(Value::as_str);
                let path = value.filter(|value| value.contains('/'));
                OF_PROJECT.contains(&key)
                    && path
                        .is_some_and(|path| in_project(&fs::absolute(&layer.base, path.as_ref())))
            };
            Some(filter(layer.path.clone()?, layer.table.clone(), stays))
        });
        files.collect()
    }

    /// Files in these directories that cargo does not read now but whoever is in the container
    /// could, as far as there is something to hide in them.
    pub(crate) fn hidden(&self, dirs: &[PathBuf]) -> Vec<Filtered> {
        let files = dirs
            .iter()
            .flat_map(|dir| ["config", "config.toml"].map(|name| dir.join(".cargo").join(name)));
        files
            .filter(|path| !self.has(path))
            .filter_map(|path| {
                // What cannot be parsed is not cargo's business now, and so not ours.
                let text = fs::read_if_exists(&path).ok()??;
                Some(filter(path, text.parse().ok()?, |_| false))
            })
            .filter(|file| file.replacement.is_some())
            .collect()
    }
}

fn filter(path: PathBuf, mut table: Table, stays: impl Fn(&str) -> bool) -> Filtered {
    let mut dropped = Vec::new();
    for (pattern, reason) in DROPPED.iter().filter(|(key, _)| !stays(key)) {
        let parts: Vec<&str> = pattern.split('.').collect();
        remove(&mut table, &parts, "", &mut |key| {
            dropped.push((key, *reason));
        });
    }
    Filtered {
        path,
        replacement: (!dropped.is_empty()).then(|| table.to_string()),
        dropped,
    }
}

/// Removes what a pattern matches and tells the full name of each key removed.
fn remove(table: &mut Table, pattern: &[&str], prefix: &str, removed: &mut dyn FnMut(String)) {
    let Some((first, rest)) = pattern.split_first() else {
        return;
    };
    let names: Vec<String> = table
        .keys()
        .filter(|name| *first == "*" || name == first)
        .cloned()
        .collect();
    for name in names {
        let full = format!("{prefix}{name}");
        if rest.is_empty() {
            table.remove(&name);
            removed(full);
        } else if let Some(inner) = table.get_mut(&name).and_then(Value::as_table_mut) {
            remove(inner, rest, &format!("{full}."), removed);
        }
    }
}
