//! The copies of cargo's configuration for containers. They lack keys that cannot work in a
//! container, and secrets.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::CargoConfig;
use super::kept_back::{KEYS, Key, SECRET, Stays};
use cross_base::fs;
use cross_base::secrets::{has_password, is_secret, without_password};

/// A key that is removed if it holds a secret, and a function that tells so from the last part of
/// the key's name and its value.
type Suspect = (&'static str, fn(&str, &Value) -> bool);

/// The keys that may hold secrets.
const SUSPECTS: &[Suspect] = &[
    // Environment variables of cargo's child processes.
    // <https://doc.rust-lang.org/cargo/reference/config.html#env>
    (VARIABLE, |name, _| is_secret(name)),
    // Containers need no proxy once all packages are fetched.
    ("http.proxy", |_, value| {
        value
            .as_str()
            .is_some_and(|value| without_password(value).is_some())
    }),
];
const VARIABLE: &str = "env.*";

/// Keys with the address of a registry or repository. An address must stay unchanged even if it
/// contains a password, because cargo finds fetched packages by it.
const ADDRESSES: &[&str] = &[
    "registry.index",
    "registries.*.index",
    "source.*.registry",
    "source.*.git",
    VARIABLE,
];

/// A file of cargo's configuration, and its content in containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filtered {
    /// The file's path on the host, which is its path in the container as well.
    pub(crate) path: PathBuf,
    /// The content in the container. None if the host's content can be used.
    pub(crate) replacement: Option<String>,
    /// The keys that have no effect in the container, each with the reason.
    pub(crate) dropped: Vec<(String, &'static str)>,
}

impl CargoConfig {
    /// The files that cargo reads, with their contents in the container. Two kinds of keys are
    /// never removed: environment variables that cross's configuration `named` in full, and keys
    /// that are `meant` for programs in the image. A file stays as it is if the other keys that
    /// would be removed are all `overridden` by variables.
    pub(crate) fn filtered(
        &self,
        in_project: impl Fn(&Path) -> bool,
        named: impl Fn(&str) -> bool,
        meant: &[String],
        overridden: impl Fn(&str) -> bool,
    ) -> Vec<Filtered> {
        let files = self.layers.iter().filter_map(|layer| {
            let stays = |row: Option<&Key>, key: &str, value: &Value| {
                if key.strip_prefix("env.").is_some_and(&named) || meant.iter().any(|m| m == key) {
                    return true;
                }
                let program = layer.program(key.to_owned(), value);
                row.is_some_and(|row| row.stays == Stays::OfProject)
                    && program.path.is_some_and(|path| in_project(&path))
            };
            let path = layer.path.clone()?;
            let may_be_seen = |key: &str, _| overridden(key);
            Some(filter(path, layer.table.clone(), stays, may_be_seen))
        });
        files.collect()
    }

    /// Configuration and credentials in these directories that cargo does not read now, as far as
    /// they hold secrets. A program in the container might read them.
    pub(crate) fn hidden(&self, dirs: &[PathBuf]) -> Vec<Filtered> {
        let mut hidden = Vec::new();
        let dirs = dirs.iter().map(|dir| dir.join(".cargo"));
        for dir in dirs.filter(|dir| dir.is_dir()) {
            let configs = ["config", "config.toml"].map(|name| dir.join(name));
            let configs = configs.into_iter().filter(|path| !self.has(path));
            hidden.extend(configs.filter_map(|path| {
                // Cargo does not read this file now, so a file that cannot be parsed is no error.
                let text = fs::read_if_exists(&path).ok()??;
                let is_no_secret = |_: &str, reason| reason != SECRET;
                let table = text.parse().ok()?;
                Some(filter(path, table, |_, _, _| false, is_no_secret))
            }));
            let credentials = CREDENTIALS.map(|name| dir.join(name)).into_iter();
            let credentials = credentials.filter(|path| path.is_file());
            hidden.extend(credentials.map(|path| Filtered {
                path,
                replacement: Some(String::new()),
                dropped: Vec::new(),
            }));
        }
        hidden.retain(|file| file.replacement.is_some());
        hidden
    }

    /// The secrets in files that cargo reads. The first list has the keys that are removed although
    /// a build might need them, the second list the keys that must stay.
    pub(crate) fn secrets(&self, named: impl Fn(&str) -> bool) -> (Vec<Found<'_>>, Vec<Found<'_>>) {
        let (mut kept_back, mut shown) = (Vec::new(), Vec::new());
        for layer in &self.layers {
            let Some(path) = layer.path.as_deref() else {
                continue;
            };
            let is_named = |key: &str| key.strip_prefix("env.").is_some_and(&named);
            for pattern in ADDRESSES {
                find(
                    &layer.table,
                    &parts(pattern),
                    "",
                    &mut |key, name, value| {
                        if *pattern == VARIABLE && is_secret(name) {
                            if !is_named(&key) {
                                kept_back.push((key, path));
                            }
                        } else if text_of(value).is_some_and(has_password) && !is_named(&key) {
                            shown.push((key, path));
                        }
                    },
                );
            }
        }
        (kept_back, shown)
    }
}

/// A full key, and the path of its file.
pub(crate) type Found<'a> = (String, &'a Path);

/// The names of cargo's files with credentials.
/// <https://doc.rust-lang.org/cargo/reference/config.html#credentials>
pub(crate) const CREDENTIALS: [&str; 2] = ["credentials", "credentials.toml"];

/// The text of a value, or the field `value` of a table in `[env]`.
fn text_of(value: &Value) -> Option<&str> {
    let inner = value.as_table().and_then(|table| table.get("value"));
    inner.unwrap_or(value).as_str()
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('.').collect()
}

/// Removes keys from a file's table. `stays` tells from a key's row, full name and value whether it
/// is kept. The file itself is used if all keys that would be removed `may_be_seen`, by
/// their full names and reasons.
fn filter(
    path: PathBuf,
    mut table: Table,
    stays: impl Fn(Option<&Key>, &str, &Value) -> bool,
    may_be_seen: impl Fn(&str, &'static str) -> bool,
) -> Filtered {
    let mut dropped = Vec::new();
    for row in KEYS {
        let goes = |key: &str, _: &str, value: &Value| !stays(Some(row), key, value);
        for name in row.names {
            let removed = remove(&mut table, &parts(name), "", &goes);
            dropped.extend(removed.into_iter().map(|key| (key, row.reason)));
        }
    }
    for (pattern, holds) in SUSPECTS {
        let goes =
            |key: &str, name: &str, value: &Value| holds(name, value) && !stays(None, key, value);
        let removed = remove(&mut table, &parts(pattern), "", &goes);
        dropped.extend(removed.into_iter().map(|key| (key, SECRET)));
    }
    let is_seen = dropped.iter().all(|(key, reason)| may_be_seen(key, reason));
    Filtered {
        path,
        replacement: (!is_seen).then(|| table.to_string()),
        dropped,
    }
}

/// Removes the keys that match a pattern and for which `goes` is true. `goes` has the full name,
/// the last part of the name, and the value. Returns the full names of the removed keys.
fn remove(
    table: &mut Table,
    pattern: &[&str],
    prefix: &str,
    goes: &dyn Fn(&str, &str, &Value) -> bool,
) -> Vec<String> {
    let mut removed = Vec::new();
    if let [last] = pattern {
        table.retain(|name, value| {
            let full = format!("{prefix}{name}");
            let stays = !is_meant(last, name) || !goes(&full, name, value);
            if !stays {
                removed.push(full);
            }
            stays
        });
    } else if let Some((first, rest)) = pattern.split_first() {
        for (name, value) in table.iter_mut().filter(|(name, _)| is_meant(first, name)) {
            if let Some(inner) = value.as_table_mut() {
                removed.extend(remove(inner, rest, &format!("{prefix}{name}."), goes));
            }
        }
    }
    removed
}

/// Calls `each` for every key that matches a pattern, with the full name, the last part of the
/// name, and the value.
fn find(table: &Table, pattern: &[&str], prefix: &str, each: &mut dyn FnMut(String, &str, &Value)) {
    let Some((first, rest)) = pattern.split_first() else {
        return;
    };
    for (name, value) in table.iter().filter(|(name, _)| is_meant(first, name)) {
        let full = format!("{prefix}{name}");
        if rest.is_empty() {
            each(full, name, value);
        } else if let Some(inner) = value.as_table() {
            find(inner, rest, &format!("{full}."), each);
        }
    }
}

/// Whether a part of a pattern matches a name.
fn is_meant(part: &str, name: &str) -> bool {
    part == "*" || part == name
}
