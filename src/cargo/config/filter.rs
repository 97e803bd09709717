//! What the container sees of cargo's configuration: without what cannot work there or must not get
//! there.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::CargoConfig;
use cross_base::fs;
use cross_base::secrets::{has_password, is_secret, without_password};

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
/// Those of them that may name a program of the project's, by a path. (A program in the cargo
/// home's `bin` could be started as well, but those that wrap rustc, such as sccache, let a server
/// compile, which may well run on the host.)
const OF_PROJECT: &[&str] = &[
    "build.rustc-wrapper",
    "build.rustc-workspace-wrapper",
    "target.*.linker",
    "target.*.runner",
];
/// A key that the container must not see if it holds a secret: what tells by the last part of its
/// name and its value.
type Suspect = (&'static str, fn(&str, &Value) -> bool);

/// Such keys.
const SUSPECTS: &[Suspect] = &[
    // Variables for what cargo starts. <https://doc.rust-lang.org/cargo/reference/config.html#env>
    (VARIABLE, |name, _| is_secret(name)),
    // Once all is fetched, it is not needed.
    ("http.proxy", |_, value| {
        value
            .as_str()
            .is_some_and(|value| without_password(value).is_some())
    }),
];
const VARIABLE: &str = "env.*";

/// Keys with the address of a registry or repository, which must stay as it is: cargo knows what
/// was fetched by it.
const ADDRESSES: &[&str] = &[
    "registry.index",
    "registries.*.index",
    "source.*.registry",
    "source.*.git",
    VARIABLE,
];

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
    /// What the container gets to see of each file that cargo reads. Variables that are `named` in
    /// full by the caller who configured cross are meant to get there, and so are keys that are
    /// `meant` for what is in the image.
    pub(crate) fn filtered(
        &self,
        in_project: impl Fn(&Path) -> bool,
        named: impl Fn(&str) -> bool,
        meant: &[String],
    ) -> Vec<Filtered> {
        let files = self.layers.iter().filter_map(|layer| {
            let stays = |pattern: &str, key: &str, value: &Value| {
                if key.strip_prefix("env.").is_some_and(&named) || meant.iter().any(|m| m == key) {
                    return true;
                }
                let program = layer.program(key.to_owned(), value);
                OF_PROJECT.contains(&pattern) && program.path.is_some_and(|path| in_project(&path))
            };
            Some(filter(layer.path.clone()?, layer.table.clone(), stays))
        });
        files.collect()
    }

    /// Files in these directories that cargo does not read now but a program in the container
    /// could, as far as there is something to hide in them.
    pub(crate) fn hidden(&self, dirs: &[PathBuf]) -> Vec<Filtered> {
        let mut hidden = Vec::new();
        let dirs = dirs.iter().map(|dir| dir.join(".cargo"));
        for dir in dirs.filter(|dir| dir.is_dir()) {
            let configs = ["config", "config.toml"].map(|name| dir.join(name));
            let configs = configs.into_iter().filter(|path| !self.has(path));
            hidden.extend(configs.filter_map(|path| {
                // What cannot be parsed is not cargo's business now, and so not ours.
                let text = fs::read_if_exists(&path).ok()??;
                Some(filter(path, text.parse().ok()?, |_, _, _| false))
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

    /// The secrets in files that cargo reads: those that are taken out, though a build might ask
    /// for them, and those that cannot be; each with its file.
    pub(crate) fn secrets(&self, named: impl Fn(&str) -> bool) -> (Vec<Key<'_>>, Vec<Key<'_>>) {
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

/// A key and the file it is in.
pub(crate) type Key<'a> = (String, &'a Path);

/// What cargo calls the files with its credentials.
/// <https://doc.rust-lang.org/cargo/reference/config.html#credentials>
pub(crate) const CREDENTIALS: [&str; 2] = ["credentials", "credentials.toml"];

/// A value, or that of a variable with more to it.
fn text_of(value: &Value) -> Option<&str> {
    let inner = value.as_table().and_then(|table| table.get("value"));
    inner.unwrap_or(value).as_str()
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('.').collect()
}

/// `stays` is asked by the pattern that a key matches, its full name and its value.
fn filter(path: PathBuf, mut table: Table, stays: impl Fn(&str, &str, &Value) -> bool) -> Filtered {
    let mut dropped = Vec::new();
    for (pattern, reason) in DROPPED {
        let goes = |key: &str, _: &str, value: &Value| !stays(pattern, key, value);
        let removed = remove(&mut table, &parts(pattern), "", &goes);
        dropped.extend(removed.into_iter().map(|key| (key, *reason)));
    }
    for (pattern, holds) in SUSPECTS {
        let goes = |key: &str, name: &str, value: &Value| {
            holds(name, value) && !stays(pattern, key, value)
        };
        let removed = remove(&mut table, &parts(pattern), "", &goes);
        dropped.extend(removed.into_iter().map(|key| (key, SECRET)));
    }
    Filtered {
        path,
        replacement: (!dropped.is_empty()).then(|| table.to_string()),
        dropped,
    }
}

/// Removes what a pattern matches, as far as it `goes` by its full name, its own name and its
/// value. Returns the full names.
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

/// Hands what a pattern matches over: its full name, its own name and its value.
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

/// Whether a part of a pattern stands for a name.
fn is_meant(part: &str, name: &str) -> bool {
    part == "*" || part == name
}
