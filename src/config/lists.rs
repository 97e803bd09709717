//! The keys `env.passthrough` and `env.volumes`. Their values are lists, which add up over all
//! sources.

use std::path::Path;

use super::engine_options::EngineOptions;
use super::file::{Env, Target};
use super::{Config, Setting, Source, variable_name};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::pattern::is_pattern;

impl Config {
    /// The value of `env.passthrough` for a target.
    ///
    /// # Errors
    ///
    /// If an entry cannot be the name of a variable.
    pub(super) fn passthrough(&self, triple: &str) -> Result<Vec<Setting<String>>> {
        let mut list = self.list(
            triple,
            "passthrough",
            |env| &env.passthrough,
            |target| &target.passthrough,
        );
        list.extend(EngineOptions::of(&self.host).passthrough);
        list.iter().try_for_each(check_variable_name)?;
        Ok(list)
    }

    /// The value of `env.volumes` for a target.
    ///
    /// # Errors
    ///
    /// If an entry cannot be the name of a variable, or is a pattern.
    pub(super) fn volumes(&self, triple: &str) -> Result<Vec<Setting<String>>> {
        let list = self.list(
            triple,
            "volumes",
            |env| &env.volumes,
            |target| &target.volumes,
        );
        let list = list.into_iter().map(|entry| self.rooted(entry));
        let options = EngineOptions::of(&self.host).volumes;
        let list: Vec<_> = list.chain(options).collect();
        list.iter().try_for_each(check_volume)?;
        Ok(list)
    }

    /// Adds up a list. Entries for all targets come first, then those for the target with the most
    /// specific pattern last. In each group the order is: the workspace's manifest, the package's
    /// manifest, `Cross.toml`, and the environment variable, whose text is split at white space.
    fn list(
        &self,
        triple: &str,
        name: &str,
        get: fn(&Env) -> &Vec<String>,
        get_old: fn(&Target) -> &Vec<String>,
    ) -> Vec<Setting<String>> {
        let mut list = Vec::new();
        let for_all = format!("build.env.{name}");
        for layer in self.layers.iter().rev() {
            let values = get(&layer.file.build.env).iter();
            list.extend(values.map(|value| layer.setting(&for_all, value.clone())));
        }
        list.extend(self.words(&for_all));
        for layer in self.layers.iter().rev() {
            for (pattern, target) in layer.targets(triple).into_iter().rev() {
                for (table, values) in [("", get_old(target)), ("env.", get(&target.env))] {
                    let key = format!("target.{pattern}.{table}{name}");
                    let values = values.iter();
                    list.extend(values.map(|value| layer.setting(&key, value.clone())));
                }
            }
        }
        list.extend(self.words(&format!("target.{triple}.env.{name}")));
        list
    }

    /// Makes the path of a volume absolute if the entry is in a file. Such a path is relative to
    /// the workspace's root. Paths in environment variables are relative to the caller's directory
    /// and stay as they are.
    fn rooted(&self, entry: Setting<String>) -> Setting<String> {
        let rooted = |entry: &Setting<String>| {
            let (name, path) = entry.value.split_once('=')?;
            let in_file = matches!(entry.source, Source::File(..)) && !path.is_empty();
            let path = in_file.then(|| fs::absolute(&self.root, Path::new(path)))?;
            Some(format!("{name}={}", path.to_str()?))
        };
        match rooted(&entry) {
            Some(value) => Setting { value, ..entry },
            None => entry,
        }
    }

    /// The words in a key's environment variable.
    pub(super) fn words(&self, key: &str) -> Vec<Setting<String>> {
        let variable = variable_name(key);
        let text = self.host.text(&variable).unwrap_or_default();
        let words = text.split_whitespace().map(|value| Setting {
            value: value.to_owned(),
            source: Source::Variable(variable.clone()),
        });
        words.collect()
    }
}

/// Fails unless an entry can be a variable's name. Almost every name is possible: cargo and build
/// scripts use dots and hyphens. A blank most likely means that two names are in one entry, and a
/// hyphen at the beginning that the entry is an option for the engine.
fn check_variable_name(entry: &Setting<String>) -> Result<()> {
    let name = entry.value.split('=').next().unwrap_or_default();
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    if !name.is_empty() && !name.starts_with('-') && !name.contains(is_odd) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{name}` is not the name of a variable, in {}",
        entry.source
    )))
}

/// Fails for an entry of `env.volumes` that is a pattern or no variable's name.
fn check_volume(entry: &Setting<String>) -> Result<()> {
    if is_pattern(entry.value.split('=').next().unwrap_or_default()) {
        let message = format!("`{}` in {} names no variable", entry.value, entry.source);
        return Err(Error::new(message).hint("patterns are for `passthrough` only"));
    }
    check_variable_name(entry)
}
