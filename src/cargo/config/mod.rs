//! Cargo's own configuration, as far as cross needs it before cargo runs: aliases, the default
//! target, and paths that must be mounted. [`Filtered`] copies are mounted into containers.
//!
//! <https://doc.rust-lang.org/cargo/reference/config.html>

mod filter;
pub(crate) mod kept_back;
mod program;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::bounds::asker::Asker;
use crate::config::Source;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
pub(crate) use filter::{CREDENTIALS, Filtered};
pub(crate) use program::Program;

/// One file of the configuration, or one `--config` setting.
#[derive(Clone, Debug, PartialEq)]
struct Layer {
    /// The file's path. None for a setting on the command line.
    path: Option<PathBuf>,
    /// The directory that relative paths in the layer are relative to.
    base: PathBuf,
    /// The file whose key `include` names this file.
    included_by: Option<PathBuf>,
    /// The author of the layer.
    owner: Owner,
    table: Table,
}

/// The author of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The user, with `--config`.
    CommandLine,
    /// The user, with the file in cargo's home and the files that it includes.
    Home,
    /// The author of the project. A file in any parent directory counts as the project's.
    Project,
}

/// The configuration for a directory. The layers are in cargo's order of precedence: the last
/// `--config` first, then the files from the nearest directory upwards, each file before those that
/// it includes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CargoConfig {
    layers: Vec<Layer>,
}

/// The key for the targets that are built if the command line names none.
const TARGET: &str = "build.target";

/// A target of a configuration in a directory: the name of one that rustc knows, or the absolute
/// path of a specification.
pub(crate) fn rooted(base: &Path, target: String) -> String {
    let path = fs::absolute(base, Path::new(&target));
    let is_specification = path.extension().is_some_and(|end| end == "json");
    let path = path.to_str().filter(|_| is_specification);
    path.map(str::to_owned).unwrap_or(target)
}

/// The environment variable for a key of cargo's configuration.
/// <https://doc.rust-lang.org/cargo/reference/config.html#environment-variables>
pub(crate) fn variable(key: &str) -> String {
    format!("CARGO_{}", key.to_uppercase().replace(['.', '-'], "_"))
}

/// A value in the form of an environment variable: a string without quotes, a list with commas.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl CargoConfig {
    /// Reads the files that cargo reads in `cwd`, and the values of `--config`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not TOML.
    pub(crate) fn load(host: &Host, cwd: &Path, command_line: &[OsString]) -> Result<Self> {
        Self::load_from(host, cwd, cwd, command_line)
    }

    /// Reads the files that cargo reads if it looks for them in `start` and above, and the values
    /// of `--config`, which are relative to `cwd`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not TOML.
    pub(crate) fn load_from(
        host: &Host,
        cwd: &Path,
        start: &Path,
        command_line: &[OsString],
    ) -> Result<Self> {
        let mut config = Self::default();
        for value in command_line.iter().rev() {
            config.add_argument(cwd, value)?;
        }
        let dirs = start.ancestors().map(|dir| dir.join(".cargo"));
        for dir in dirs.chain([host.cargo_home.clone()]) {
            // Cargo prefers the file name without an extension.
            let owner = if dir == host.cargo_home && !is_of_project(&dir, start) {
                Owner::Home
            } else {
                Owner::Project
            };
            for name in ["config", "config.toml"] {
                if config.add_file(&dir.join(name), None, owner)? {
                    break;
                }
            }
        }
        Ok(config)
    }

    /// Adds all layers to a digest.
    pub(crate) fn digest(&self, digest: &mut Digest) {
        for layer in &self.layers {
            let path = layer.path.as_deref().unwrap_or(Path::new(""));
            for path in [path, &layer.base] {
                digest.add(path.as_os_str().as_encoded_bytes());
            }
            digest.add(layer.table.to_string().as_bytes());
        }
    }

    /// Adds a file and the files that it includes. Returns whether the file exists.
    fn add_file(&mut self, path: &Path, included_by: Option<&Path>, owner: Owner) -> Result<bool> {
        if self.has(path) {
            return Ok(true);
        }
        let Some(text) = fs::read_if_exists(path)? else {
            return Ok(false);
        };
        let table = parse(path, &text)?;
        let dir = path.parent().unwrap_or(Path::new("/"));
        let includes: Vec<PathBuf> = includes(&table)
            .iter()
            .map(|include| fs::absolute(dir, Path::new(include)))
            .collect();
        self.layers.push(Layer {
            path: Some(path.to_owned()),
            // Relative paths are relative to the parent directory of `.cargo`.
            base: dir.parent().unwrap_or(dir).to_owned(),
            included_by: included_by.map(Path::to_owned),
            owner,
            table,
        });
        for include in includes.iter().rev() {
            self.add_file(include, Some(path), owner)?;
        }
        Ok(true)
    }

    /// Adds the value of a `--config`: a file's path or `key = value`. A value that cannot be
    /// parsed is ignored, since cargo will report it.
    fn add_argument(&mut self, cwd: &Path, value: &OsString) -> Result<()> {
        let path = fs::absolute(cwd, Path::new(value));
        // A text that is too long for a file's name is none.
        if path.exists() && self.add_file(&path, None, Owner::CommandLine)? {
            return Ok(());
        }
        if let Some(table) = value.to_str().and_then(|text| text.parse().ok()) {
            self.layers.push(Layer {
                path: None,
                base: cwd.to_owned(),
                included_by: None,
                owner: Owner::CommandLine,
                table,
            });
        }
        Ok(())
    }

    /// Whether a file is among the layers.
    fn has(&self, path: &Path) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.path.as_deref() == Some(path))
    }

    /// The value of a key in the layer with the highest precedence.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.layers
            .iter()
            .find_map(|layer| lookup(&layer.table, key))
    }

    /// The value of a variable in `[env]`, which is a text or a table. The name may have dots.
    pub(crate) fn variable(&self, name: &str) -> Option<&Value> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| layer.table.get("env")?.get(name))
    }

    /// The text of a variable in `[env]`.
    pub(crate) fn variable_text(&self, name: &str) -> Option<&str> {
        let value = self.variable(name)?;
        value.as_str().or_else(|| value.get("value")?.as_str())
    }

    /// The names of the variables in `[env]`, some of them more than once.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let tables = self
            .layers
            .iter()
            .filter_map(|layer| layer.table.get("env"));
        let tables = tables.filter_map(Value::as_table);
        tables.flat_map(|table| table.keys().map(String::as_str))
    }

    /// Whether the configuration or a variable forbids cargo the network. The command line is not
    /// looked at. <https://doc.rust-lang.org/cargo/reference/config.html#netoffline>
    pub(crate) fn is_offline(&self, host: &Host) -> bool {
        match host.text("CARGO_NET_OFFLINE") {
            Some(value) => value == "true" || value == "1",
            None => self.get("net.offline").and_then(Value::as_bool) == Some(true),
        }
    }

    /// The value of a key that holds a string.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The targets of `build.target`. The path of a specification is absolute, as cargo takes it
    /// relative to the place of the configuration.
    pub(crate) fn targets(&self) -> Vec<String> {
        let mut layers = self.layers.iter();
        layers.find_map(Layer::targets).unwrap_or_default()
    }

    /// The targets of `build.target` in `--config` options only. These win over environment
    /// variables.
    pub(crate) fn targets_of_command_line(&self) -> Vec<String> {
        let layers = self.layers.iter();
        let mut layers = layers.filter(|layer| layer.owner == Owner::CommandLine);
        layers.find_map(Layer::targets).unwrap_or_default()
    }

    /// The author of a key's value, as the reason for a mount.
    pub(crate) fn asker(&self, key: &str) -> Option<Asker> {
        let mut layers = self.layers.iter();
        let layer = layers.find(|layer| lookup(&layer.table, key).is_some())?;
        Some(layer.asker(key))
    }

    /// The value of a key that holds a path, as an absolute path.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        self.layers.iter().find_map(|layer| {
            let path = lookup(&layer.table, key)?.as_str()?;
            Some(fs::absolute(&layer.base, Path::new(path)))
        })
    }

    /// An alias as a list of arguments. The variable `CARGO_ALIAS_<NAME>` wins over the files.
    pub(crate) fn alias(&self, host: &Host, name: &str) -> Option<Vec<String>> {
        let key = format!("alias.{name}");
        if let Some(value) = host.text(&variable(&key)) {
            return Some(value.split_whitespace().map(str::to_owned).collect());
        }
        match self.get(&key)? {
            Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
            other => Some(words(other)),
        }
    }

    /// Directories of crates that are used in place: `paths`, and patches with a path.
    pub(crate) fn crates(&self) -> Vec<(PathBuf, Asker)> {
        let mut out = Vec::new();
        for layer in &self.layers {
            out.extend(layer.paths("paths", layer.table.get("paths")));
            for (registry, patches) in tables(&layer.table, "patch") {
                for (name, patch) in patches {
                    let key = format!("patch.{registry}.{name}");
                    out.extend(layer.paths(&key, patch.get("path")));
                }
            }
        }
        out
    }

    /// Paths in `[env]` with `relative = true`, which are meant for programs that cargo starts:
    /// <https://doc.rust-lang.org/cargo/reference/config.html#env>.
    pub(crate) fn relative_paths(&self) -> Vec<(PathBuf, Asker)> {
        let mut out = Vec::new();
        for layer in &self.layers {
            let Some((file, env)) = layer.path.as_ref().zip(layer.table.get("env")) else {
                continue;
            };
            let values = env.as_table().into_iter().flat_map(Table::values);
            let relative =
                values.filter(|value| value.get("relative").and_then(Value::as_bool) == Some(true));
            let paths = relative.filter_map(|value| value.get("value")?.as_str());
            out.extend(paths.map(|path| {
                let path = fs::absolute(&layer.base, Path::new(path));
                (path, Asker::Variable(file.clone()))
            }));
        }
        out
    }

    /// The paths of all files that cargo reads.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.layers.iter().filter_map(|layer| layer.path.as_deref())
    }

    /// The files that other files include.
    pub(crate) fn included(&self) -> Vec<(PathBuf, Asker)> {
        let layers = self.layers.iter();
        let files = layers.filter_map(|layer| {
            let includer = Layer {
                path: Some(layer.included_by.clone()?),
                ..layer.clone()
            };
            Some((layer.path.clone()?, includer.asker("include")))
        });
        files.collect()
    }

    /// The names of the registries in files and `--config` settings.
    pub(crate) fn registries(&self) -> Vec<String> {
        let layers = self.layers.iter();
        let tables = layers.filter_map(|layer| layer.table.get("registries")?.as_table());
        let mut names: Vec<String> = tables.flat_map(|table| table.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The names of the profiles in files and `--config` settings.
    pub(crate) fn profiles(&self) -> Vec<String> {
        let layers = self.layers.iter();
        let tables = layers.filter_map(|layer| layer.table.get("profile")?.as_table());
        tables.flat_map(|table| table.keys().cloned()).collect()
    }

    /// Directories that replace a registry.
    pub(crate) fn sources(&self) -> Vec<(PathBuf, Asker)> {
        let mut out = Vec::new();
        for layer in &self.layers {
            for (name, source) in tables(&layer.table, "source") {
                for kind in ["directory", "local-registry"] {
                    let key = format!("source.{name}.{kind}");
                    out.extend(layer.paths(&key, source.get(kind)));
                }
            }
        }
        out
    }
}

impl Layer {
    /// The targets of `build.target`, if the layer has the key.
    fn targets(&self) -> Option<Vec<String>> {
        let names = words(lookup(&self.table, TARGET)?).into_iter();
        Some(names.map(|name| rooted(&self.base, name)).collect())
    }

    /// The paths in a key's value, as absolute paths.
    fn paths(&self, key: &str, value: Option<&Value>) -> Vec<(PathBuf, Asker)> {
        let paths = value.map(words).unwrap_or_default();
        paths
            .iter()
            .map(|path| (fs::absolute(&self.base, Path::new(path)), self.asker(key)))
            .collect()
    }

    /// The author of a key in this layer, as the reason for a mount.
    fn asker(&self, key: &str) -> Asker {
        match (&self.path, self.owner) {
            (Some(path), Owner::Project) => Asker::Said(Source::File(path.clone(), key.to_owned())),
            (Some(path), Owner::Home) => Asker::Own(Source::File(path.clone(), key.to_owned())),
            (..) => Asker::Said(Source::CommandLine("--config")),
        }
    }
}

/// Whether cargo's home is inside the current project, so that others than the user may have
/// written the files in it.
fn is_of_project(home: &Path, cwd: &Path) -> bool {
    let real = fs::real(home);
    let above = home.ancestors().skip(1).chain(real.ancestors().skip(1));
    let mut above = above.filter(|dir| cwd.starts_with(dir));
    above.any(|dir| dir.join("Cargo.toml").exists())
}

/// The files that a file's key `include` names: one path, a list, or tables with a `path`.
fn includes(table: &Table) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::Table(entry) => entry.get("path").map(words).unwrap_or_default(),
        other => words(other),
    };
    match table.get("include") {
        Some(Value::Array(entries)) => entries.iter().flat_map(one).collect(),
        Some(value) => one(value),
        None => Vec::new(),
    }
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

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((first, rest)) => lookup(table.get(first)?.as_table()?, rest),
        None => table.get(key),
    }
}

/// The tables inside a table, with their names.
fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = (&'a String, &'a Table)> {
    let inner = table.get(key).and_then(Value::as_table);
    let inner = inner.into_iter().flatten();
    inner.filter_map(|(name, value)| Some((name, value.as_table()?)))
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

#[cfg(test)]
mod tests;
