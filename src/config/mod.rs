//! What the user has configured, from variables and `Cross.toml`. Every value knows where it came
//! from, so that messages can say it.

pub(crate) mod build_std;
pub(crate) mod file;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, Result, closest};
use crate::fs;
use crate::host::Host;
use crate::target::{self, ROWS};
use build_std::BuildStd;
use file::{CrossToml, Env, Network, Runner};

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

impl<T> Setting<T> {
    /// A value that nobody has set.
    pub(crate) fn by_default(value: T) -> Self {
        Self {
            value,
            source: Source::Default,
        }
    }
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// On the command line, by this option.
    CommandLine(&'static str),
    /// In this variable.
    Variable(String),
    /// In this file, under this key.
    File(PathBuf, String),
    /// Nowhere: the default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => write!(f, "`{option}`"),
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::File(path, key) => write!(f, "`{key}` in `{}`", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// All of it, before a target is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    host: Host,
    path: PathBuf,
    file: CrossToml,
}

/// What holds for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetConfig {
    pub(crate) image: Option<Setting<String>>,
    pub(crate) runner: Option<Setting<Runner>>,
    pub(crate) network: Setting<Network>,
    pub(crate) read_only: Setting<bool>,
    /// None lets cross decide by what there is.
    pub(crate) build_std: Option<Setting<BuildStd>>,
    /// Names and `NAME=value` entries: those of `build`, then those of the target.
    pub(crate) passthrough: Vec<Setting<String>>,
}

impl Config {
    /// Reads `Cross.toml` in the workspace root, or the file that `CROSS_CONFIG` names. `near` is what
    /// [`Config::nearest`] found, which nearly always is that file.
    ///
    /// # Errors
    ///
    /// When the file is broken, or the one that was named does not exist.
    pub(crate) fn load(host: &Host, root: &Path, near: Self) -> Result<Self> {
        let named = named_file(host);
        let path = named.clone().unwrap_or_else(|| root.join(NAME));
        if path == near.path {
            return Ok(near);
        }
        let text = fs::read_if_exists(&path)?;
        if text.is_none() && named.is_some() {
            return Err(
                Error::new(format!("the file `{}` does not exist", path.display()))
                    .hint("it was named by the variable `CROSS_CONFIG`"),
            );
        }
        Self::parse(host, path, &text.unwrap_or_default())
    }

    /// What the nearest file says, to guess by until the workspace root is known; what is wrong with
    /// it is said when it turns out to be the right one.
    pub(crate) fn nearest(host: &Host, cwd: &Path) -> Self {
        let named = named_file(host);
        let mut paths = named
            .into_iter()
            .chain(cwd.ancestors().map(|dir| dir.join(NAME)));
        let found = paths.find_map(|path| Some((fs::read_if_exists(&path).ok()??, path)));
        found
            .and_then(|(text, path)| Self::parse(host, path, &text).ok())
            .unwrap_or_else(|| Self {
                host: host.clone(),
                ..Self::default()
            })
    }

    fn parse(host: &Host, path: PathBuf, text: &str) -> Result<Self> {
        let file = file::parse(&path, text)?;
        for (triple, target) in &file.target {
            if target.image.is_none() && target::find(triple).is_none() {
                let rows = ROWS.iter().map(|row| row.triple);
                let error = Error::new(format!(
                    "cross has no image for `[target.{triple}]` in `{}`",
                    path.display()
                ));
                return Err(match closest(triple, rows) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("name one there with `image`"),
                });
            }
        }
        Ok(Self {
            host: host.clone(),
            path,
            file,
        })
    }

    /// Resolves a single-valued key. Precedence, highest first: the variable, then `Cross.toml`.
    fn pick<T: DeserializeOwned>(
        &self,
        key: &str,
        from_file: Option<T>,
    ) -> Result<Option<Setting<T>>> {
        self.pick_as(key, from_file, file::from_word)
    }

    /// The same for a key whose variable is written in its own way.
    fn pick_as<T>(
        &self,
        key: &str,
        from_file: Option<T>,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>> {
        let variable = variable_name(key);
        if let Some(text) = self.host.text(&variable) {
            let value = read(text).map_err(|hint| {
                Error::new(format!("the variable `{variable}` cannot be `{text}`")).hint(hint)
            })?;
            let source = Source::Variable(variable);
            return Ok(Some(Setting { value, source }));
        }
        Ok(from_file.map(|value| Setting {
            value,
            source: Source::File(self.path.clone(), key.to_owned()),
        }))
    }

    /// The container engine; `CROSS_CONTAINER_ENGINE` is the name other tools know.
    pub(crate) fn engine(&self) -> Result<Option<Setting<String>>> {
        Ok(match engine_variable(&self.host) {
            Some(setting) => Some(setting),
            None => self.pick("build.engine", self.file.build.engine.clone())?,
        })
    }

    /// The target to build when the command line and cargo's own variable name none.
    pub(crate) fn default_target(&self) -> Result<Option<Setting<String>>> {
        let from_file = self.file.build.default_target.clone();
        self.pick("build.default-target", from_file)
    }

    /// Everything that holds for one target.
    pub(crate) fn for_target(&self, triple: &str) -> Result<TargetConfig> {
        let default = file::Target::default();
        let target = self.file.target.get(triple).unwrap_or(&default);
        let build = &self.file.build;
        let key = |name: &str| format!("target.{triple}.{name}");
        let mut passthrough = self.passthrough("build.env.passthrough", &build.env);
        passthrough.extend(self.passthrough(&key("env.passthrough"), &target.env));
        for entry in &passthrough {
            check_variable_name(entry)?;
        }
        Ok(TargetConfig {
            image: self.pick(&key("image"), target.image.clone())?,
            runner: self.pick(&key("runner"), target.runner)?,
            network: self
                .pick("build.network", build.network)?
                .unwrap_or(Setting::by_default(Network::Host)),
            read_only: self
                .pick("build.read-only", build.read_only)?
                .unwrap_or(Setting::by_default(true)),
            build_std: self.build_std(&key("build-std"), target)?,
            passthrough,
        })
    }

    /// What is said for the target, by a variable or in the file, wins over what is said for all.
    fn build_std(&self, key: &str, target: &file::Target) -> Result<Option<Setting<BuildStd>>> {
        let read = BuildStd::from_variable;
        let for_target = self.pick_as(key, target.build_std.clone(), read)?;
        let for_all = self.pick_as("build.build-std", self.file.build.build_std.clone(), read)?;
        Ok(for_target.or(for_all))
    }

    /// A list adds up: the file's entries, then the variable's, which are split at white space.
    fn passthrough(&self, key: &str, from_file: &Env) -> Vec<Setting<String>> {
        let variable = variable_name(key);
        let in_file = from_file.passthrough.iter().map(|value| Setting {
            value: value.clone(),
            source: Source::File(self.path.clone(), key.to_owned()),
        });
        let text = self.host.text(&variable).unwrap_or_default();
        let in_variable = text.split_whitespace().map(|value| Setting {
            value: value.to_owned(),
            source: Source::Variable(variable.clone()),
        });
        in_file.chain(in_variable).collect()
    }
}

/// The file in the workspace root.
const NAME: &str = "Cross.toml";

/// The file that `CROSS_CONFIG` names instead.
fn named_file(host: &Host) -> Option<PathBuf> {
    let name = host.text("CROSS_CONFIG")?;
    Some(fs::absolute(&host.cwd, Path::new(name)))
}

/// The engine named by a variable, which is known before the project is.
pub(crate) fn engine_variable(host: &Host) -> Option<Setting<String>> {
    ["CROSS_BUILD_ENGINE", "CROSS_CONTAINER_ENGINE"]
        .iter()
        .find_map(|name| {
            host.text(name).map(|value| Setting {
                value: value.to_owned(),
                source: Source::Variable((*name).to_owned()),
            })
        })
}

/// `target.T.env.passthrough` is `CROSS_TARGET_T_ENV_PASSTHROUGH`.
fn variable_name(key: &str) -> String {
    let upper: String = key
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    format!("CROSS_{upper}")
}

/// A passed variable needs a name the container can carry.
fn check_variable_name(entry: &Setting<String>) -> Result<()> {
    let name = entry.value.split('=').next().unwrap_or_default();
    let first_ok = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if first_ok && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{name}` is not the name of a variable, in {}",
        entry.source
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    const T: &str = "aarch64-unknown-linux-gnu";

    fn config(variables: &[(&str, &str)], text: &str) -> Config {
        let env = variables
            .iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        let path = PathBuf::from("/p/Cross.toml");
        Config {
            host: Host {
                env,
                ..Host::default()
            },
            file: file::parse(&path, text).unwrap(),
            path,
        }
    }

    #[test]
    fn a_variable_wins_over_the_file_and_says_so() {
        let text = format!("[target.{T}]\nimage = 'file:1'");
        let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_IMAGE";
        let image = config(&[], &text).for_target(T).unwrap().image.unwrap();
        assert_eq!(image.value, "file:1");
        assert_eq!(
            image.source.to_string(),
            format!("`target.{T}.image` in `/p/Cross.toml`")
        );
        let image = config(&[(name, "variable:2")], &text)
            .for_target(T)
            .unwrap();
        let image = image.image.unwrap();
        assert_eq!(image.value, "variable:2");
        assert_eq!(image.source, Source::Variable(name.to_owned()));
    }

    #[test]
    fn lists_add_up_and_a_targets_variable_counts_alone() {
        let text = "[build.env]\npassthrough = ['A', 'B=1']";
        let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_ENV_PASSTHROUGH";
        let config = config(&[(name, "C D=2")], text);
        let values = |triple| -> Vec<String> {
            let settings = config.for_target(triple).unwrap().passthrough;
            settings.into_iter().map(|s| s.value).collect()
        };
        assert_eq!(values(T), ["A", "B=1", "C", "D=2"]);
        assert_eq!(values("other"), ["A", "B=1"]);
    }

    #[test]
    fn build_std_for_a_target_wins_over_build_std_for_all() {
        let text = format!("[build]\nbuild-std = true\n[target.{T}]\nbuild-std = ['core']");
        let of = |variables: &[(&str, &str)], triple| {
            let setting = config(variables, &text).for_target(triple).unwrap();
            let setting = setting.build_std.unwrap();
            (setting.value, setting.source.to_string())
        };
        let core = BuildStd::Crates(vec![build_std::StdCrate::Core]);
        let key = format!("`target.{T}.build-std` in `/p/Cross.toml`");
        assert_eq!(of(&[], T), (core.clone(), key.clone()));
        let (value, source) = of(&[], "other");
        assert_eq!(value, BuildStd::Always);
        assert_eq!(source, "`build.build-std` in `/p/Cross.toml`");
        let all = ("CROSS_BUILD_BUILD_STD", "false");
        assert_eq!(of(&[all], T), (core, key));
        assert_eq!(of(&[all], "other").0, BuildStd::Never);
        let one = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_BUILD_STD";
        let (value, source) = of(&[all, (one, "true")], T);
        assert_eq!(value, BuildStd::Always);
        assert_eq!(source, format!("the variable `{one}`"));
        let error = config(&[(one, "yes")], "").for_target(T).unwrap_err();
        assert_eq!(
            error.message(),
            format!("the variable `{one}` cannot be `yes`")
        );
    }

    #[test]
    fn a_variable_with_a_wrong_value_is_named() {
        let config = config(&[("CROSS_BUILD_NETWORK", "lan")], "");
        let error = config.for_target(T).unwrap_err();
        assert_eq!(
            error.message(),
            "the variable `CROSS_BUILD_NETWORK` cannot be `lan`"
        );
    }

    #[test]
    fn what_cannot_be_a_variable_is_refused() {
        let config = config(&[], "[build.env]\npassthrough = ['MY VAR']");
        let error = config.for_target(T).unwrap_err();
        assert_eq!(
            error.message(),
            "`MY VAR` is not the name of a variable, in `build.env.passthrough` in `/p/Cross.toml`"
        );
    }
}
