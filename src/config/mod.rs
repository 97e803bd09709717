//! What the user has configured. Every value knows where it came from, so that messages can say it.
//!
//! Precedence, highest first: the variable, `Cross.toml`, the metadata of the package's manifest,
//! that of the workspace's, the default. What is said for a target wins over what is said for all,
//! and a target's name over a pattern. Lists add up instead, in the opposite order.

pub(crate) mod build_std;
pub(crate) mod custom;
mod engine_options;
pub(crate) mod file;
mod foreign;
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

use crate::target;
use build_std::BuildStd;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
pub(crate) use cross_base::setting::{Setting, Source};
use cross_base::version::Version;
use custom::{Dockerfile, PreBuild};
use file::{Build, CrossToml, Image, Network, Runner, Target};
use layer::{Embedded, Layer};

/// All of it, before a target is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    host: Host,
    /// The workspace's root, to which paths are relative; until that is known, where the nearest
    /// file stands.
    root: PathBuf,
    /// The places, the one that wins first. The first is `Cross.toml`, be it there or not.
    layers: Vec<Layer>,
    /// A `Cross.toml` in the workspace that is not the workspace's, or a file that is nearly
    /// called so: it is not read.
    passed_over: Option<PathBuf>,
}

/// What holds for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetConfig {
    pub(crate) image: Option<Setting<Image>>,
    pub(crate) runner: Option<Setting<Runner>>,
    /// QEMU's machine that programs run in.
    pub(crate) machine: Option<Setting<String>>,
    /// The glibc that results must run with, where that is older than the target's own.
    pub(crate) glibc: Option<Setting<Version>>,
    /// The oldest API level that results run on.
    pub(crate) api_level: Option<Setting<u32>>,
    /// Where packages of toolchains come from.
    pub(crate) mirror: Option<Setting<String>>,
    pub(crate) network: Setting<Network>,
    pub(crate) read_only: Setting<bool>,
    /// The seconds after which a program of tests is ended.
    pub(crate) test_timeout: Option<Setting<u32>>,
    /// None lets cross decide by what there is.
    pub(crate) build_std: Option<Setting<BuildStd>>,
    /// Whether xargo is run in cargo's place.
    pub(crate) xargo: Setting<bool>,
    /// What the image is made with.
    pub(crate) dockerfile: Option<Setting<Dockerfile>>,
    /// What is done in the image before it is used; there is something to do.
    pub(crate) pre_build: Option<Setting<PreBuild>>,
    /// The parts that the image has; without it they follow from the lock file.
    pub(crate) parts: Option<Setting<Vec<String>>>,
    /// Names, patterns and `NAME=value` entries: those for all targets, then those for the target.
    pub(crate) passthrough: Vec<Setting<String>>,
    /// The same for variables with paths that are mounted.
    pub(crate) volumes: Vec<Setting<String>>,
}

impl TargetConfig {
    /// Whether an image is named or made for it, so that it needs no row of the table.
    pub(crate) fn has_image(&self) -> bool {
        self.image.is_some() || self.dockerfile.is_some()
    }

    /// Who asks for an image of the user's.
    pub(crate) fn image_source(&self) -> Option<&Source> {
        let image = self.image.as_ref().map(|said| &said.source);
        let dockerfile = self.dockerfile.as_ref().map(|said| &said.source);
        let pre_build = self.pre_build.as_ref().map(|said| &said.source);
        image.or(dockerfile).or(pre_build)
    }

    /// Whether the image is made from what the configuration says.
    pub(crate) fn makes_image(&self) -> bool {
        self.dockerfile.is_some() || self.pre_build.is_some()
    }
}

impl Config {
    /// Where the nearest file stands: very likely the workspace's root.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.layers.first()?.path.parent()
    }

    /// Reads `Cross.toml` in the workspace root, or the file that `CROSS_CONFIG` names, and the
    /// tables of the workspace's manifests. `near` is what [`Config::nearest`] found, which
    /// nearly always is that file.
    ///
    /// # Errors
    ///
    /// When a file is broken, or the one that was named does not exist.
    pub(crate) fn load(
        host: &Host,
        root: &Path,
        embedded: &[Embedded],
        near: Self,
    ) -> Result<Self> {
        let named = named_file(host);
        let path = named.clone().unwrap_or_else(|| root.join(NAME));
        let mut config = near;
        root.clone_into(&mut config.root);
        if config.layers.first().is_none_or(|layer| layer.path != path) {
            let text = fs::read_if_exists(&path).map_err(|e| match &named {
                Some(_) => e.hint(NAMED),
                None => e,
            })?;
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

    /// What the nearest file says, to guess by until the workspace root is known; what is wrong
    /// with it is said when it turns out to be the right one.
    pub(crate) fn nearest(host: &Host, cwd: &Path) -> Self {
        let named = named_file(host);
        let mut paths = named
            .into_iter()
            .chain(cwd.ancestors().map(|dir| dir.join(NAME)));
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

    /// The places in which something is said.
    pub(crate) fn places(&self) -> Vec<String> {
        let said = self.layers.iter().filter(|layer| layer.path.exists());
        let places = said.map(|layer| format!("`{}`", layer.path.display()));
        places.collect()
    }

    /// Resolves a key that has one value.
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

    /// Resolves a key of one target.
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
        let found = self.layers.iter().find_map(|layer| {
            let mut targets = layer.targets(triple).into_iter();
            targets.find_map(|(pattern, target)| {
                let key = format!("target.{pattern}.{name}");
                Some(layer.setting(&key, get(target)?))
            })
        });
        Ok(found)
    }

    /// What a variable says.
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

    /// The container engine; `CROSS_CONTAINER_ENGINE` is the name other tools know.
    pub(crate) fn engine(&self) -> Result<Option<Setting<String>>> {
        Ok(match named_engine(&self.host) {
            Some(setting) => Some(setting),
            None => self.pick("build.engine", |file| file.build.engine.clone())?,
        })
    }

    /// The target to build when the command line and cargo's own variable name none.
    pub(crate) fn default_target(&self) -> Result<Option<Setting<String>>> {
        self.pick("build.default-target", |file| {
            file.build.default_target.clone()
        })
    }

    /// Where packages of toolchains come from.
    pub(crate) fn mirror(&self) -> Result<Option<Setting<String>>> {
        self.pick("build.mirror", |file| file.build.mirror.clone())
    }

    /// Everything that holds for one target.
    pub(crate) fn for_target(&self, triple: &str) -> Result<TargetConfig> {
        Ok(TargetConfig {
            image: self.image(triple)?,
            runner: self
                .runner(triple)?
                .filter(|setting| setting.value != Runner::QemuSystem),
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

    /// How programs are to be run, in the user's words.
    fn runner(&self, triple: &str) -> Result<Option<Setting<Runner>>> {
        self.pick_for(triple, "runner", parse::from_word, |target| target.runner)
    }

    /// The machine that programs are to run in, in the user's words.
    fn machine(&self, triple: &str) -> Result<Option<Setting<String>>> {
        let word = |word: &str| Ok(word.to_owned());
        self.pick_for(triple, "machine", word, |target| target.machine.clone())
    }

    /// The glibc that results must run with: by the key of this name, or another tool's.
    fn glibc(&self, triple: &str) -> Result<Option<Setting<Version>>> {
        let said = self.pick_for(triple, "glibc", str::parse, |target| target.glibc.clone())?;
        Ok(said.or_else(|| self.zigs_glibc(triple)))
    }

    /// The oldest API level that results run on, in the user's words.
    fn api_level(&self, triple: &str) -> Result<Option<Setting<u32>>> {
        let read = |word: &str| {
            let wrong = |_| format!("`{word}` is no API level, which is a number: 24");
            word.parse().map_err(wrong)
        };
        self.pick_for(triple, "api-level", read, |target| target.api_level)
    }

    /// Says that an API level was asked for where a system has none.
    ///
    /// # Errors
    ///
    /// When the variable has a wrong value.
    pub(crate) fn asks_for_an_api_level(&self, triple: &str) -> Result<Option<String>> {
        let row = target::find(triple).filter(|row| row.api_level().is_none());
        let said = self.api_level(triple)?.filter(|_| row.is_some());
        Ok(said.map(|Setting { source, .. }| {
            format!("{source} has no effect: there are no API levels for `{triple}`")
        }))
    }

    /// Says that a whole system to run programs in was asked for, or a machine, where none is
    /// started.
    ///
    /// # Errors
    ///
    /// When the runner's variable has a wrong value.
    pub(crate) fn asks_for_a_system(&self, triple: &str) -> Result<Vec<String>> {
        let of_row = target::find(triple).and_then(target::Row::runner);
        if of_row.as_ref().is_some_and(|own| own.machine.is_some()) {
            return Ok(Vec::new());
        }
        let runner = self.runner(triple)?;
        let system = runner.filter(|setting| setting.value == Runner::QemuSystem);
        let system = system.map(|Setting { source, .. }| {
            format!(
                "`qemu-system` in {source} has no effect: no system is started, programs run as without it"
            )
        });
        // An image of the user's may start one.
        let machine = self.machine(triple)?.filter(|_| of_row.is_some());
        let machine = machine.map(|Setting { source, .. }| {
            format!("{source} has no effect: programs for `{triple}` have no machine of their own")
        });
        Ok(system.into_iter().chain(machine).collect())
    }

    /// A key that can be said for one target and for all: the former wins, by a variable or in a
    /// file.
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

impl Layer {
    fn setting<T>(&self, key: &str, value: T) -> Setting<T> {
        let source = Source::File(self.path.clone(), format!("{}{key}", self.within));
        Setting { value, source }
    }
}

/// The file in the workspace root.
const NAME: &str = "Cross.toml";

/// What people call it whose other files have small letters.
const MISNAMED: &str = "cross.toml";

/// Who named the file.
const NAMED: &str = "it was named by the variable `CROSS_CONFIG`";

/// The file that `CROSS_CONFIG` names instead.
fn named_file(host: &Host) -> Option<PathBuf> {
    let name = host.text("CROSS_CONFIG")?;
    Some(fs::absolute(&host.cwd, Path::new(name)))
}

/// The engine named by the command line or a variable, which is known before the project is.
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

/// A number of seconds in a variable.
fn seconds(word: &str) -> Result<u32, String> {
    let wrong = |_| format!("`{word}` is no number of seconds: 600");
    word.parse().map_err(wrong)
}

#[cfg(test)]
mod tests;
