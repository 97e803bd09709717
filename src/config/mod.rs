//! The user's configuration. Every value has its source, so that messages can name it.
//!
//! Precedence, highest first: the environment variable, `Cross.toml`, the metadata in the package's
//! manifest, the metadata in the workspace's manifest, the default. A value for a target wins over
//! one for all targets, and a target's name wins over a pattern. Lists add up instead, in the
//! opposite order.

pub(crate) mod build_std;
pub(crate) mod custom;
mod engine_options;
pub(crate) mod file;
mod foreign;
mod glibc;
mod image_keys;
pub(crate) mod keys;
pub(crate) mod layer;
mod lists;
pub(crate) mod parse;
mod refusal;
#[cfg(test)]
mod schema;
mod sections;
mod string_or_table;
pub(crate) mod variables;
mod zig;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::target::{self, RunnerKey};
use build_std::BuildStd;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
pub(crate) use cross_base::setting::{Setting, Source};
use cross_base::version::Version;
use custom::{Dockerfile, PreBuild};
use file::{Build, CrossToml, Image, Network, Target};
use layer::{Embedded, Layer};

/// The configuration for all targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    host: Host,
    /// The directory that paths in files are relative to: the workspace's root. Until that is
    /// known, the directory of the nearest `Cross.toml`.
    root: PathBuf,
    /// The files, in order of precedence. The first is `Cross.toml`, which need not exist.
    layers: Vec<Layer>,
    /// A file that looks like the workspace's configuration and is not read: a `Cross.toml` below
    /// the workspace's root, or a `cross.toml`.
    passed_over: Option<PathBuf>,
}

/// The configuration for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetConfig {
    pub(crate) image: Option<Setting<Image>>,
    pub(crate) runner: Option<Setting<RunnerKey>>,
    /// The machine of QEMU's system emulator.
    pub(crate) machine: Option<Setting<String>>,
    /// The newest glibc that results may need, if that is older than the target's default.
    pub(crate) glibc: Option<Setting<Version>>,
    /// The oldest API level that results run on, if that is not the target's default.
    pub(crate) api_level: Option<Setting<u32>>,
    /// The mirror that packages of toolchains and of the base image come from.
    pub(crate) mirror: Option<Setting<String>>,
    pub(crate) network: Setting<Network>,
    pub(crate) read_only: Setting<bool>,
    /// The seconds after which a test program is ended.
    pub(crate) test_timeout: Option<Setting<u32>>,
    /// Whether to build the standard library. None if cross decides.
    pub(crate) build_std: Option<Setting<BuildStd>>,
    /// Whether xargo is run in place of cargo.
    pub(crate) xargo: Setting<bool>,
    /// The Dockerfile of the user's image.
    pub(crate) dockerfile: Option<Setting<Dockerfile>>,
    /// Commands to run in the image before it is used. Never empty.
    pub(crate) pre_build: Option<Setting<PreBuild>>,
    /// The parts of the image. None if they follow from the lock file alone.
    pub(crate) parts: Option<Setting<Vec<String>>>,
    /// Names, patterns and `NAME=value` entries of variables to pass on: those for all targets,
    /// then those for the target.
    pub(crate) passthrough: Vec<Setting<String>>,
    /// Names and `NAME=value` entries of variables whose values are paths to mount: those for all
    /// targets, then those for the target.
    pub(crate) volumes: Vec<Setting<String>>,
}

impl TargetConfig {
    /// Whether the target has an image of the user's, so that it needs no row in the table of
    /// targets.
    pub(crate) fn has_image(&self) -> bool {
        self.image.is_some() || self.dockerfile.is_some()
    }

    /// The source of the key because of which the image is not cross's own.
    pub(crate) fn image_source(&self) -> Option<&Source> {
        let image = self.image.as_ref().map(|said| &said.source);
        let dockerfile = self.dockerfile.as_ref().map(|said| &said.source);
        let pre_build = self.pre_build.as_ref().map(|said| &said.source);
        image.or(dockerfile).or(pre_build)
    }

    /// The entries for variables that have this name in full, as `NAME` or `NAME=value`.
    pub(crate) fn entries_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let entries = self.passthrough.iter().chain(&self.volumes);
        let entries = entries.map(|entry| entry.value.as_str());
        entries.filter(move |entry| entry.split('=').next() == Some(name))
    }

    /// Whether cross builds the image from the user's configuration.
    pub(crate) fn makes_image(&self) -> bool {
        self.dockerfile.is_some() || self.pre_build.is_some()
    }

    /// Whether the key `runner` says that this machine runs the programs.
    pub(crate) fn runs_natively(&self) -> bool {
        let runner = self.runner.as_ref();
        runner.is_some_and(|said| said.value == RunnerKey::Native)
    }
}

impl Config {
    /// The directory of the nearest `Cross.toml`, which most likely is the workspace's root.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.layers.first()?.path.parent()
    }

    /// Reads `Cross.toml` in the workspace's root, or the file that `CROSS_CONFIG` names, and the
    /// metadata in the workspace's manifests. `near` is the result of [`Config::nearest`], which
    /// nearly always has read the same file.
    ///
    /// # Errors
    ///
    /// If a file is wrong, or the file that `CROSS_CONFIG` names does not exist.
    pub(crate) fn load(
        host: &Host,
        root: &Path,
        embedded: &[Embedded],
        near: Self,
    ) -> Result<Self> {
        let named = named_file(host);
        let path = named.clone().unwrap_or_else(|| root.join(CROSS_TOML));
        let mut config = near;
        root.clone_into(&mut config.root);
        if config.layers.first().is_none_or(|layer| layer.path != path) {
            // An empty directory covers a missing file while a container can write to the project.
            let is_cover = named.is_none() && fs::is_empty_dir(&path);
            let text = match fs::read_if_exists(&path) {
                _ if is_cover => Ok(None),
                Err(e) if named.is_some() => Err(e.hint(NAMED)),
                other => other,
            }?;
            if text.is_none() && named.is_some() {
                let message = format!("the file `{}` does not exist", path.display());
                return Err(Error::new(message).hint(NAMED));
            }
            if text.is_none() && path.is_symlink() {
                let message = format!("`{}` is a link to nothing", path.display());
                return Err(Error::new(message).hint("correct it, or remove it"));
            }
            let other = config.layers.first().map(|layer| layer.path.clone());
            let is_ours = |other: &PathBuf| named.is_none() && other.starts_with(root);
            let is_there = text.is_some();
            let misnamed = || Some(root.join(MISNAMED)).filter(|path| !is_there && path.exists());
            config.passed_over = other.filter(is_ours).or_else(misnamed);
            config.layers = vec![Layer::of_file(path, &text.unwrap_or_default())?];
        }
        for table in embedded {
            config.layers.push(Layer::of_manifest(table)?);
        }
        Ok(config)
    }

    /// The configuration in the nearest `Cross.toml`, for guesses until the workspace's root is
    /// known. Errors in the file are ignored here: [`Config::load`] finds them if the file is the
    /// workspace's.
    pub(crate) fn nearest(host: &Host, cwd: &Path) -> Self {
        let named = named_file(host);
        let mut paths = named
            .into_iter()
            .chain(cwd.ancestors().map(|dir| dir.join(CROSS_TOML)));
        let found = paths.find_map(|path| Some((fs::read_if_exists(&path).ok()??, path)));
        let layer = found.and_then(|(text, path)| Layer::of_file(path, &text).ok());
        let root = layer.as_ref().and_then(|layer| layer.path.parent());
        Self {
            host: host.clone(),
            root: root.unwrap_or(cwd).to_owned(),
            layers: layer.into_iter().collect(),
            passed_over: None,
        }
    }

    /// The paths of the files that exist, in backticks.
    pub(crate) fn paths(&self) -> Vec<String> {
        let said = self.layers.iter().filter(|layer| layer.path.is_file());
        let places = said.map(|layer| format!("`{}`", layer.path.display()));
        places.collect()
    }

    /// The value of a key that is for all targets.
    fn pick<T: DeserializeOwned>(
        &self,
        key: &str,
        get: impl Fn(&CrossToml) -> Option<T>,
    ) -> Result<Option<Setting<T>>> {
        Ok(match self.variable(key, parse::from_word)? {
            Some(setting) => Some(setting),
            None => self.in_files(key, get),
        })
    }

    /// The value of a key for one target.
    fn pick_for<T>(
        &self,
        triple: &str,
        name: &str,
        read: fn(&str) -> Result<T, String>,
        get: impl Fn(&Target) -> Option<T>,
    ) -> Result<Option<Setting<T>>> {
        if let Some(setting) = self.variable(&format!("target.{triple}.{name}"), read)? {
            return Ok(Some(setting));
        }
        let mut layers = self.layers.iter();
        Ok(layers.find_map(|layer| layer.in_sections(triple, name, &get)))
    }

    /// The value of a key from its environment variable.
    fn variable<T>(
        &self,
        key: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>> {
        let Some((variable, text)) = variables::said(&self.host, key) else {
            return Ok(None);
        };
        let value = read(text).map_err(|hint| {
            Error::new(format!("the variable `{variable}` cannot be `{text}`")).hint(hint)
        })?;
        let source = Source::Variable(variable);
        Ok(Some(Setting { value, source }))
    }

    fn in_files<T>(&self, key: &str, get: impl Fn(&CrossToml) -> Option<T>) -> Option<Setting<T>> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| Some(layer.setting(key, get(&layer.file)?)))
    }

    /// The container engine. The environment variable may have cross-rs's name,
    /// `CROSS_CONTAINER_ENGINE`.
    pub(crate) fn engine(&self) -> Result<Option<Setting<String>>> {
        Ok(match named_engine(&self.host) {
            Some(setting) => Some(setting),
            None => self.pick("build.engine", |file| file.build.engine.clone())?,
        })
    }

    /// The target to build if neither the command line nor cargo's environment variable names one.
    pub(crate) fn default_target(&self) -> Result<Option<Setting<String>>> {
        self.pick("build.default-target", |file| {
            file.build.default_target.clone()
        })
    }

    /// The mirror that packages of toolchains and of the base image come from.
    pub(crate) fn mirror(&self) -> Result<Option<Setting<String>>> {
        self.pick("build.mirror", |file| file.build.mirror.clone())
    }

    /// The configuration for one target.
    pub(crate) fn for_target(&self, triple: &str) -> Result<TargetConfig> {
        Ok(TargetConfig {
            image: self.image(triple)?,
            runner: self
                .runner(triple)?
                .filter(|setting| setting.value != RunnerKey::QemuSystem),
            machine: self.machine(triple)?,
            glibc: self.glibc(triple)?,
            api_level: self.api_level(triple)?,
            mirror: self.mirror()?,
            network: self
                .pick("build.network", |file| file.build.network)?
                .unwrap_or(Setting::by_default(Network::Host)),
            read_only: self
                .pick("build.read-only", |file| file.build.read_only)?
                .unwrap_or(Setting::by_default(true)),
            test_timeout: self.pick_both(
                triple,
                "test-timeout",
                seconds,
                (|build| build.test_timeout, |target| target.test_timeout),
            )?,
            build_std: self.pick_both(
                triple,
                "build-std",
                BuildStd::from_variable,
                (
                    |build| build.build_std.clone(),
                    |target| target.build_std.clone(),
                ),
            )?,
            xargo: self
                .pick_both(
                    triple,
                    "xargo",
                    parse::from_word,
                    (|build| build.xargo, |target| target.xargo),
                )?
                .unwrap_or(Setting::by_default(false)),
            dockerfile: self.dockerfile(triple)?,
            pre_build: self
                .pre_build(triple)?
                .filter(|setting| !setting.value.is_empty()),
            parts: self.parts(triple)?,
            passthrough: self.passthrough(triple)?,
            volumes: self.volumes(triple)?,
        })
    }

    /// The value of `runner`, even `qemu-system`.
    fn runner(&self, triple: &str) -> Result<Option<Setting<RunnerKey>>> {
        self.pick_for(triple, "runner", parse::from_word, |target| target.runner)
    }

    /// The value of `machine`.
    fn machine(&self, triple: &str) -> Result<Option<Setting<String>>> {
        let word = |word: &str| Ok(word.to_owned());
        self.pick_for(triple, "machine", word, |target| target.machine.clone())
    }

    /// The value of `api-level`.
    fn api_level(&self, triple: &str) -> Result<Option<Setting<u32>>> {
        let read = |word: &str| {
            let wrong = |_| format!("`{word}` is no API level, which is a number: 24");
            word.parse().map_err(wrong)
        };
        self.pick_for(triple, "api-level", read, |target| target.api_level)
    }

    /// A message if an API level is configured for a system that has none.
    ///
    /// # Errors
    ///
    /// If the environment variable is no number.
    pub(crate) fn asks_for_an_api_level(&self, triple: &str) -> Result<Option<String>> {
        let row = target::find(triple).filter(|row| row.api_level().is_none());
        let said = self.api_level(triple)?.filter(|_| row.is_some());
        Ok(said.map(|Setting { source, .. }| {
            format!("{source} has no effect: there are no API levels for `{triple}`")
        }))
    }

    /// Messages if `runner = "qemu-system"` or a machine is configured and no system emulator is
    /// started for the target.
    ///
    /// # Errors
    ///
    /// If the environment variable of `runner` has a wrong value.
    pub(crate) fn asks_for_a_system(&self, triple: &str) -> Result<Vec<String>> {
        let of_row = target::find(triple).and_then(target::Row::runner);
        if of_row.as_ref().is_some_and(|own| own.machine.is_some()) {
            return Ok(Vec::new());
        }
        let runner = self.runner(triple)?;
        let system = runner.filter(|setting| setting.value == RunnerKey::QemuSystem);
        let system = system.map(|Setting { source, .. }| {
            format!(
                "`qemu-system` in {source} has no effect: no system is started, programs run as without it"
            )
        });
        // For a target without a row the image is the user's, which may start a system emulator.
        let machine = self.machine(triple)?.filter(|_| of_row.is_some());
        let machine = machine.map(|Setting { source, .. }| {
            format!("{source} has no effect: programs for `{triple}` have no machine of their own")
        });
        Ok(system.into_iter().chain(machine).collect())
    }

    /// The value of a key that can be set for one target and for all. Any value for the target wins
    /// over any for all targets.
    fn pick_both<T>(
        &self,
        triple: &str,
        name: &str,
        read: fn(&str) -> Result<T, String>,
        (of_all, of_target): (impl Fn(&Build) -> Option<T>, impl Fn(&Target) -> Option<T>),
    ) -> Result<Option<Setting<T>>> {
        let for_target = self.pick_for(triple, name, read, of_target)?;
        if for_target.is_some() {
            return Ok(for_target);
        }
        let key = format!("build.{name}");
        Ok(match self.variable(&key, read)? {
            Some(setting) => Some(setting),
            None => self.in_files(&key, |file| of_all(&file.build)),
        })
    }
}

/// The name of the configuration file.
pub(crate) const CROSS_TOML: &str = "Cross.toml";

/// A misspelling of the configuration file's name.
const MISNAMED: &str = "cross.toml";

/// The hint in errors about a file that `CROSS_CONFIG` names.
const NAMED: &str = "it was named by the variable `CROSS_CONFIG`";

/// The path in `CROSS_CONFIG`.
fn named_file(host: &Host) -> Option<PathBuf> {
    let name = host.text("CROSS_CONFIG")?;
    Some(fs::absolute(&host.cwd, Path::new(name)))
}

/// The engine that the command line or an environment variable names. Both are known before the
/// project is.
pub(crate) fn named_engine(host: &Host) -> Option<Setting<String>> {
    if let Some(value) = &host.engine {
        return Some(Setting {
            value: value.clone(),
            source: Source::CommandLine("--engine"),
        });
    }
    let (variable, value) = variables::said(host, "build.engine")?;
    Some(Setting {
        value: value.to_owned(),
        source: Source::Variable(variable),
    })
}

/// The environment variable of a key: `CROSS_TARGET_T_ENV_PASSTHROUGH` for
/// `target.T.env.passthrough`.
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

/// Reads a number of seconds from an environment variable.
fn seconds(word: &str) -> Result<u32, String> {
    let wrong = |_| format!("`{word}` is no number of seconds: 600");
    word.parse().map_err(wrong)
}

#[cfg(test)]
mod tests;
