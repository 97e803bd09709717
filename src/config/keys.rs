//! The table of all keys: where each can be set, its current value, and the source of that value.
//! `cross-util config` prints the table. Tests compare it with the types that read `Cross.toml`, so
//! that no key is missing.

use serde_json::Value;

use super::build_std::BuildStd;
use super::custom::{Dockerfile, PreBuild};
use super::file::Network;
use super::{Config, Setting, Source, TargetConfig};
use crate::target::image_name;
use crate::target::{self, Parts};
use cross_base::error::Result;

/// A key of the configuration.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name behind `build.` or `target.<triple>.`.
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    /// The effect of leaving the key unset, for users. Empty if a default value says it.
    otherwise: &'static str,
    said: fn(&View<'_>) -> Result<Vec<Setting<Value>>>,
}

/// The tables in which a key can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// In `[build]` only, for all targets.
    All,
    /// In `[target.…]` only.
    Target,
    /// In both.
    Both,
}

/// The value of a key, or one of the values of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The full key, with its table.
    pub(crate) key: String,
    /// The value. Null if nothing is configured and there is no default value.
    pub(crate) value: Value,
    pub(crate) source: Source,
    otherwise: &'static str,
}

/// All keys, in the order in which `cross-util config` shows them.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "engine",
        scope: Scope::All,
        otherwise: "docker, podman or sandbox: the first that answers and has the image; host if none works",
        said: |view| Ok(one(view.config.engine()?, Value::from)),
    },
    Key {
        name: "default-target",
        scope: Scope::All,
        otherwise: "cargo's, else the host",
        said: |view| Ok(one(view.config.default_target()?, Value::from)),
    },
    Key {
        name: "mirror",
        scope: Scope::All,
        otherwise: "those of apt's configuration",
        said: |view| Ok(one(view.settings.mirror.clone(), Value::from)),
    },
    Key {
        name: "network",
        scope: Scope::All,
        otherwise: "",
        said: |view| Ok(one(Some(view.settings.network.clone()), network)),
    },
    Key {
        name: "read-only",
        scope: Scope::All,
        otherwise: "",
        said: |view| Ok(one(Some(view.settings.read_only.clone()), Value::from)),
    },
    Key {
        name: "image",
        scope: Scope::Target,
        otherwise: NONE,
        said: |view| Ok(view.image()),
    },
    Key {
        name: "runner",
        scope: Scope::Target,
        otherwise: "what works",
        said: |view| Ok(view.runner()),
    },
    Key {
        name: "machine",
        scope: Scope::Target,
        otherwise: NONE,
        said: |view| Ok(view.machine()),
    },
    Key {
        name: "glibc",
        scope: Scope::Target,
        otherwise: NONE,
        said: |view| Ok(view.glibc()),
    },
    Key {
        name: "api-level",
        scope: Scope::Target,
        otherwise: NONE,
        said: |view| Ok(view.api_level()),
    },
    Key {
        name: "test-timeout",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(one(view.settings.test_timeout.clone(), Value::from)),
    },
    Key {
        name: "build-std",
        scope: Scope::Both,
        otherwise: "where rustup has none",
        said: |view| Ok(one(view.settings.build_std.clone(), build_std)),
    },
    Key {
        name: "xargo",
        scope: Scope::Both,
        otherwise: "",
        said: |view| Ok(one(Some(view.settings.xargo.clone()), Value::from)),
    },
    Key {
        name: "dockerfile",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(one(view.settings.dockerfile.clone(), |d| d.file.into())),
    },
    Key {
        name: "dockerfile.context",
        scope: Scope::Both,
        otherwise: "the workspace's root",
        said: |view| Ok(view.context()),
    },
    Key {
        name: "dockerfile.build-args",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(view.build_args()),
    },
    Key {
        name: "pre-build",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(each(view.config.pre_build(view.triple)?, commands)),
    },
    Key {
        name: "parts",
        scope: Scope::Both,
        otherwise: "what the lock file asks for",
        said: |view| Ok(view.parts()),
    },
    Key {
        name: "env.passthrough",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(view.settings.passthrough.iter().map(text).collect()),
    },
    Key {
        name: "env.volumes",
        scope: Scope::Both,
        otherwise: NONE,
        said: |view| Ok(view.settings.volumes.iter().map(text).collect()),
    },
];
const NONE: &str = "none";

impl Entry {
    /// The value in one line. A text in place of a value is in parentheses.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Value::Null => format!("({})", self.otherwise),
            Value::String(text) => text.replace('\n', "\\n"),
            Value::Array(list) => {
                let words = list.iter().filter_map(Value::as_str);
                words.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        }
    }
}

impl Config {
    /// The values in effect for all targets, and then for one target if it is given.
    ///
    /// # Errors
    ///
    /// If an environment variable has a value that its key cannot have.
    pub(crate) fn entries(&self, triple: Option<&str>) -> Result<Vec<Entry>> {
        let mut general = self.clone();
        for layer in &mut general.layers {
            layer.file.target.clear();
        }
        let mut entries = View::new(&general, "")?.entries("build", Scope::Target)?;
        if let Some(triple) = triple {
            let view = View::new(self, triple)?;
            entries.extend(view.entries(&format!("target.{triple}"), Scope::All)?);
        }
        Ok(entries)
    }
}

/// The configuration for one target, or for all targets if `triple` is empty.
struct View<'a> {
    config: &'a Config,
    triple: &'a str,
    settings: TargetConfig,
}

impl<'a> View<'a> {
    fn new(config: &'a Config, triple: &'a str) -> Result<Self> {
        let settings = config.for_target(triple)?;
        Ok(Self {
            config,
            triple,
            settings,
        })
    }

    /// The entries of one table: all keys except those of the scope `other`.
    fn entries(&self, table: &str, other: Scope) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for key in KEYS.iter().filter(|key| key.scope != other) {
            let mut said = (key.said)(self)?;
            if said.is_empty() {
                said.push(Setting::by_default(Value::Null));
            }
            entries.extend(said.into_iter().map(|setting| Entry {
                key: format!("{table}.{}", key.name),
                value: setting.value,
                source: setting.source,
                otherwise: key.otherwise,
            }));
        }
        Ok(entries)
    }

    /// The image that is used, or that a user's image is built upon.
    fn image(&self) -> Vec<Setting<Value>> {
        let row = self.settings.row(self.triple);
        let own = row.map_or_else(
            || image_name::name_for(self.triple),
            |row| image_name::name(row, Parts::default()),
        );
        let named = self.settings.image.as_ref().map(|setting| Setting {
            value: setting.value.name(&own),
            source: setting.source.clone(),
        });
        let own = row.map(|_| Setting::by_default(own));
        one(named.or(own), Value::from)
    }

    /// The way in which `cross-runner` runs programs.
    fn runner(&self) -> Vec<Setting<Value>> {
        let of_row = target::find(self.triple).and_then(|row| row.runner()?.key);
        let own = of_row.map(Setting::by_default);
        let runner = self.settings.runner.clone();
        one(runner.or(own), |key| Value::from(key.as_str()))
    }

    /// The newest glibc that results may need: the configured one, or the target's default.
    fn glibc(&self) -> Vec<Setting<Value>> {
        let own = target::find(self.triple).and_then(target::Row::glibc_floor);
        let said = self.settings.glibc.as_ref().map(|setting| Setting {
            value: setting.value.to_string(),
            source: setting.source.clone(),
        });
        one(said.or(own.map(Setting::by_default)), Value::from)
    }

    /// The oldest API level that results run on: the configured one, or the target's default.
    fn api_level(&self) -> Vec<Setting<Value>> {
        let own = target::find(self.triple).and_then(target::Row::api_level);
        let own = own.map(Setting::by_default);
        one(self.settings.api_level.clone().or(own), Value::from)
    }

    /// The parts of images. The list is one value, because it may be empty.
    fn parts(&self) -> Vec<Setting<Value>> {
        let list = |parts: Vec<String>| Value::Array(parts.into_iter().map(Value::from).collect());
        one(self.settings.parts.clone(), list)
    }

    /// The machine of QEMU's system emulator.
    fn machine(&self) -> Vec<Setting<Value>> {
        let of_row = target::find(self.triple).and_then(|row| row.runner()?.machine);
        let own = of_row.map(Setting::by_default);
        one(self.settings.machine.clone().or(own), Value::from)
    }

    fn context(&self) -> Vec<Setting<Value>> {
        let Some(dockerfile) = &self.settings.dockerfile else {
            return Vec::new();
        };
        let Some(context) = &dockerfile.value.context else {
            return Vec::new();
        };
        let variable = self.dockerfile_words("context").pop();
        vec![Setting {
            value: context.as_str().into(),
            source: variable.map_or(dockerfile.source.clone(), |setting| setting.source),
        }]
    }

    fn build_args(&self) -> Vec<Setting<Value>> {
        let Some(Setting {
            value: Dockerfile { build_args, .. },
            source,
        }) = &self.settings.dockerfile
        else {
            return Vec::new();
        };
        let words = self.dockerfile_words("build-args");
        let arg = |(name, value): (&String, &String)| {
            let word = format!("{name}={value}");
            let variable = words.iter().rfind(|setting| setting.value == word);
            Setting {
                source: variable.map_or(source, |setting| &setting.source).clone(),
                value: word.into(),
            }
        };
        build_args.iter().map(arg).collect()
    }

    /// The words in the environment variables of a part of `dockerfile`: first for all targets,
    /// then for the target.
    fn dockerfile_words(&self, part: &str) -> Vec<Setting<String>> {
        let mut words = self.config.words(&format!("build.dockerfile.{part}"));
        let key = format!("target.{}.dockerfile.{part}", self.triple);
        words.extend(self.config.words(&key));
        words
    }
}

fn one<T>(setting: Option<Setting<T>>, value: impl Fn(T) -> Value) -> Vec<Setting<Value>> {
    each(setting, |said| vec![value(said)])
}

/// Entries for the values of one setting. An empty list gives one entry with null, so that the
/// setting is shown.
fn each<T>(setting: Option<Setting<T>>, values: impl Fn(T) -> Vec<Value>) -> Vec<Setting<Value>> {
    let Some(Setting { value, source }) = setting else {
        return Vec::new();
    };
    let mut values = values(value);
    if values.is_empty() {
        values.push(Value::Null);
    }
    let setting = |value| Setting {
        value,
        source: source.clone(),
    };
    values.into_iter().map(setting).collect()
}

fn text(setting: &Setting<String>) -> Setting<Value> {
    Setting {
        value: setting.value.as_str().into(),
        source: setting.source.clone(),
    }
}

fn network(network: Network) -> Value {
    network.as_str().into()
}

fn build_std(build_std: BuildStd) -> Value {
    match build_std {
        BuildStd::Never => false.into(),
        BuildStd::Always => true.into(),
        BuildStd::Crates(crates) => crates.iter().map(|name| name.as_str()).collect(),
    }
}

fn commands(pre_build: PreBuild) -> Vec<Value> {
    match pre_build {
        PreBuild::Script(path) => vec![path.into()],
        PreBuild::Commands(commands) => commands.into_iter().map(Value::from).collect(),
    }
}

#[cfg(test)]
mod tests;
