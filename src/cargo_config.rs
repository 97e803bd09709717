//! Cargo's own configuration files, as far as cross has to know them before cargo runs: aliases,
//! the default target, paths that must be mounted; and the copies the container sees, without what
//! cannot work there or must not get there.
//!
//! <https://doc.rust-lang.org/cargo/reference/config.html>

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

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
const HOST_PROGRAM: &str = "it names a program of the host";
const SECRET: &str = "credentials stay on the host";

/// One configuration file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    table: Table,
}

/// All that applies to a directory, nearest first, as cargo merges it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CargoConfig {
    pub(crate) files: Vec<File>,
    /// From `--config`; the last one given comes first.
    command_line: Vec<Table>,
}

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
    /// Reads the files that cargo would read from `cwd`, and the values of `--config`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is not TOML.
    pub(crate) fn load(host: &Host, cwd: &Path, command_line: &[OsString]) -> Result<Self> {
        let mut config = Self::default();
        let home = &host.cargo_home;
        let dirs = cwd.ancestors().map(|dir| dir.join(".cargo"));
        for dir in dirs.chain([home.clone()]) {
            let Some((path, text)) = read_in(&dir)? else {
                continue;
            };
            if config.files.iter().all(|file| file.path != path) {
                let table = parse(&path, &text)?;
                config.files.push(File { path, table });
            }
        }
        for value in command_line.iter().rev() {
            config.command_line.push(from_argument(cwd, value)?);
        }
        Ok(config)
    }

    /// Looks a key up in the command line and the files, nearest first.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let files = self.files.iter().map(|file| &file.table);
        self.command_line
            .iter()
            .chain(files)
            .find_map(|table| lookup(table, key))
    }

    /// A key that holds text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// A key that holds one text or a list of them, such as `build.target`.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.get(key).map(words).unwrap_or_default()
    }

    /// An alias as a list of arguments; `CARGO_ALIAS_<NAME>` comes before the files.
    pub(crate) fn alias(&self, host: &Host, name: &str) -> Option<Vec<String>> {
        let variable = format!("CARGO_ALIAS_{}", name.to_uppercase().replace('-', "_"));
        if let Some(value) = host.text(&variable) {
            return Some(value.split_whitespace().map(str::to_owned).collect());
        }
        match self.get(&format!("alias.{name}"))? {
            Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
            other => Some(words(other)),
        }
    }

    /// Directories outside the project that cargo will read: `paths`, directory and local registry
    /// sources, patches by path. Relative ones count from the directory above `.cargo`.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        let mut out = Vec::new();
        for file in &self.files {
            let base = file.path.parent().and_then(Path::parent);
            let base = base.unwrap_or(Path::new("/"));
            let mut add = |value: &Value| {
                out.extend(
                    words(value)
                        .iter()
                        .map(|p| fs::absolute(base, Path::new(p))),
                );
            };
            if let Some(paths) = file.table.get("paths") {
                add(paths);
            }
            for source in tables(&file.table, "source") {
                source.get("directory").into_iter().for_each(&mut add);
                source.get("local-registry").into_iter().for_each(&mut add);
            }
            for registry in tables(&file.table, "patch") {
                for patch in registry.values().filter_map(Value::as_table) {
                    patch.get("path").into_iter().for_each(&mut add);
                }
            }
        }
        out
    }

    /// What the container gets to see of each file.
    pub(crate) fn filtered(&self) -> Vec<Filtered> {
        self.files
            .iter()
            .map(|file| {
                let mut table = file.table.clone();
                let mut dropped = Vec::new();
                for (pattern, reason) in DROPPED {
                    let parts: Vec<&str> = pattern.split('.').collect();
                    remove(&mut table, &parts, "", &mut |key| {
                        dropped.push((key, *reason));
                    });
                }
                Filtered {
                    path: file.path.clone(),
                    replacement: (!dropped.is_empty()).then(|| table.to_string()),
                    dropped,
                }
            })
            .collect()
    }
}

/// Reads `config` or `config.toml`; cargo prefers the name without an ending.
fn read_in(dir: &Path) -> Result<Option<(PathBuf, String)>> {
    for name in ["config", "config.toml"] {
        let path = dir.join(name);
        if let Some(text) = fs::read_if_exists(&path)? {
            return Ok(Some((path, text)));
        }
    }
    Ok(None)
}

fn parse(path: &Path, text: &str) -> Result<Table> {
    text.parse().map_err(|e: toml::de::Error| {
        Error::new(format!(
            "cannot parse cargo's configuration `{}`: {}",
            path.display(),
            e.to_string().trim_end()
        ))
    })
}

/// Reads one `--config` value: a file's path or `key = value`. What cannot be understood is left
/// for cargo to complain about.
fn from_argument(cwd: &Path, value: &OsString) -> Result<Table> {
    let path = fs::absolute(cwd, Path::new(value));
    if let Some(text) = fs::read_if_exists(&path)? {
        return parse(&path, &text);
    }
    Ok(value
        .to_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default())
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((first, rest)) => lookup(table.get(first)?.as_table()?, rest),
        None => table.get(key),
    }
}

fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    let inner = table.get(key).and_then(Value::as_table);
    inner
        .into_iter()
        .flat_map(|t| t.values())
        .filter_map(Value::as_table)
}

fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn config(files: &[(&str, &str)]) -> CargoConfig {
        CargoConfig {
            files: files
                .iter()
                .map(|(path, text)| File {
                    path: PathBuf::from(path),
                    table: text.parse().unwrap(),
                })
                .collect(),
            command_line: Vec::new(),
        }
    }

    #[test]
    fn the_nearest_file_wins() {
        let config = config(&[
            ("/p/.cargo/config.toml", "build.target = 'near'"),
            ("/h/config.toml", "build.target = 'far'\nbuild.jobs = 2"),
        ]);
        assert_eq!(config.list("build.target"), ["near"]);
        assert_eq!(config.get("build.jobs"), Some(&Value::Integer(2)));
    }

    #[test]
    fn the_command_line_wins_over_files_and_its_last_value_over_the_first() {
        let mut config = config(&[("/p/.cargo/config.toml", "build.target = 'file'")]);
        for value in ["build.target='first'", "build.target='last'"] {
            let table = from_argument(Path::new("/nowhere"), &value.into()).unwrap();
            config.command_line.insert(0, table);
        }
        assert_eq!(config.text("build.target"), Some("last"));
    }

    #[test]
    fn aliases_are_split_as_cargo_splits_them() {
        let config = config(&[(
            "/p/.cargo/config.toml",
            "alias.x = 'build  --release'\nalias.y = ['run', '-q', 'a b']",
        )]);
        let host = Host::default();
        assert_eq!(config.alias(&host, "x").unwrap(), ["build", "--release"]);
        assert_eq!(config.alias(&host, "y").unwrap(), ["run", "-q", "a b"]);
    }

    #[test]
    fn host_programs_and_secrets_are_taken_out_and_named() {
        let config = config(&[(
            "/h/config.toml",
            "build.rustc-wrapper = 'sccache'\nbuild.jobs = 2\n\
             target.aarch64-unknown-linux-gnu.linker = '/opt/ld'\n\
             target.aarch64-unknown-linux-gnu.rustflags = ['-Cdebuginfo=1']\n\
             registries.mine.token = 'secret'\nregistries.mine.index = 'https://example.org'\n",
        )]);
        let filtered = config.filtered().remove(0);
        let names: Vec<&str> = filtered.dropped.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(
            names,
            [
                "build.rustc-wrapper",
                "target.aarch64-unknown-linux-gnu.linker",
                "registries.mine.token"
            ]
        );
        let left = filtered.replacement.unwrap();
        assert!(!left.contains("secret") && !left.contains("sccache"));
        assert!(left.contains("jobs = 2") && left.contains("example.org"));
        assert!(left.contains("-Cdebuginfo=1"));
    }

    #[test]
    fn a_file_with_nothing_to_hide_is_shown_as_it_is() {
        let config = config(&[("/h/config.toml", "net.offline = true")]);
        assert_eq!(config.filtered()[0].replacement, None);
    }

    #[test]
    fn directories_count_from_above_dot_cargo() {
        let config = config(&[(
            "/a/p/.cargo/config.toml",
            "paths = ['../lib']\nsource.v.directory = 'vendor'\n\
             patch.crates-io.x.path = '/abs/x'\n",
        )]);
        let expected = ["/a/lib", "/a/p/vendor", "/abs/x"].map(PathBuf::from);
        assert_eq!(config.directories(), expected);
    }
}
