//! Keys that are lists of variables, to which every place adds.

use std::path::Path;

use super::engine_options::EngineOptions;
use super::file::{Env, Target};
use super::{Config, Setting, Source, variable_name};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::pattern::is_pattern;

impl Config {
    /// The variables that are passed on.
    ///
    /// # Errors
    ///
    /// When an entry can be no variable.
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

    /// The variables whose paths are mounted.
    ///
    /// # Errors
    ///
    /// As [`Config::passthrough`].
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

    /// A list adds up: what is said for all targets, then what is said for the target, the most
    /// special last; each from the workspace's manifest to the variable, whose words are split
    /// at white space.
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

    /// Lets the path of a volume in a file count from the root, as all paths there do. Those in
    /// variables count from the caller's directory.
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

    /// The words of a key's variable.
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

/// A variable may have any name: those of cargo's and of build scripts' have dots and hyphens. A
/// blank is where two of them were meant, and an option of the engine's begins with a hyphen.
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

/// A variable with a path has to be named.
fn check_volume(entry: &Setting<String>) -> Result<()> {
    if is_pattern(entry.value.split('=').next().unwrap_or_default()) {
        let message = format!("`{}` in {} names no variable", entry.value, entry.source);
        return Err(Error::new(message).hint("patterns are for `passthrough` only"));
    }
    check_variable_name(entry)
}
