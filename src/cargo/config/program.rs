//! Linkers, runners and flags in cargo's configuration for a target.

use std::path::{Path, PathBuf};

use cfg_expr::targets::get_builtin_target_by_triple;
use cfg_expr::{Expression, Predicate};
use toml::Value;

use super::{CargoConfig, Layer, lookup, tables, words};
use crate::bounds::asker::Asker;
use crate::target::{self, Row};
use cross_base::fs;

/// The name of the key with flags for rustc.
const RUSTFLAGS: &str = "rustflags";

/// A program that a key of the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The program and its arguments, as the configuration has them.
    pub(crate) words: Vec<String>,
    /// The program's absolute path, if it is named by a path.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#executable-paths-with-arguments>
    pub(crate) path: Option<PathBuf>,
    /// The full name of the key.
    pub(crate) key: String,
    /// The file with the key. None for `--config`, which cargo in the container gets as well.
    pub(crate) file: Option<PathBuf>,
}

impl Program {
    /// The words with the program's absolute path as the first. None if there is no word, or the
    /// path is no text.
    pub(crate) fn rooted(&self) -> Option<Vec<String>> {
        let mut words = self.words.clone();
        let first = words.first_mut()?;
        if let Some(path) = &self.path {
            path.to_str()?.clone_into(first);
        }
        Some(words)
    }
}

impl CargoConfig {
    /// The linker or runner for a target. A section with the target's name wins over sections with
    /// a `cfg` expression. <https://doc.rust-lang.org/cargo/reference/config.html#targetcfglinker>
    pub(crate) fn program(&self, triple: &str, what: &str) -> Option<Program> {
        let own = format!("target.{triple}.{what}");
        let mut layers = self.layers.iter();
        let named = layers.find_map(|layer| {
            let value = layer.table.get("target")?.get(triple)?.get(what)?;
            Some(layer.program(own.clone(), value))
        });
        named.or_else(|| {
            self.layers.iter().find_map(|layer| {
                let mut sections = layer.sections(triple);
                sections.find_map(|(name, section)| {
                    let value = section.get(what)?;
                    Some(layer.program(format!("target.{name}.{what}"), value))
                })
            })
        })
    }

    /// The program of a key that is no target's.
    pub(crate) fn command(&self, key: &str) -> Option<Program> {
        self.command_of(key, |_| true)
    }

    /// The program of such a key in the user's own configuration.
    pub(crate) fn own_command(&self, key: &str) -> Option<Program> {
        self.command_of(key, Asker::is_user)
    }

    fn command_of(&self, key: &str, counts: impl Fn(&Asker) -> bool) -> Option<Program> {
        let layers = self.layers.iter();
        let mut layers = layers.filter(|layer| counts(&layer.asker(key)));
        layers.find_map(|layer| Some(layer.program(key.to_owned(), lookup(&layer.table, key)?)))
    }

    /// The flags for rustc that apply to a target, from files and `--config`. Environment variables
    /// with flags take precedence over them.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>
    pub(crate) fn rustflags(&self, triple: &str) -> Vec<String> {
        let flags = self.flags_of(triple, RUSTFLAGS);
        if flags.is_empty() {
            return self.flags_for_all(triple, RUSTFLAGS);
        }
        flags
    }

    /// The flags in `build.<kind>`, with `rustflags` or `rustdocflags` as the kind. Empty if there
    /// are flags for this target, which replace them.
    pub(crate) fn flags_for_all(&self, triple: &str, kind: &str) -> Vec<String> {
        if !self.flags_of(triple, kind).is_empty() {
            return Vec::new();
        }
        let key = format!("build.{kind}");
        let layers = self.layers.iter().rev();
        let said = layers.filter_map(|layer| lookup(&layer.table, &key));
        said.flat_map(split).collect()
    }

    /// The flags in `target.…` sections that apply to a target.
    fn flags_of(&self, triple: &str, kind: &str) -> Vec<String> {
        let mut flags = Vec::new();
        // Cargo puts the flags of a nearer file behind those of others.
        for layer in self.layers.iter().rev() {
            let own = lookup(&layer.table, "target").and_then(|table| table.get(triple));
            let own = own.and_then(|section| section.get(kind));
            let sections = layer.sections(triple);
            let others = sections.filter_map(|(_, section)| section.get(kind));
            flags.extend(own.into_iter().chain(others).flat_map(split));
        }
        flags
    }
}

impl Layer {
    /// The `target` sections whose `cfg` expression is true for a target.
    fn sections(&self, triple: &str) -> impl Iterator<Item = (&String, &toml::Table)> {
        let all = tables(&self.table, "target");
        all.filter(move |(name, _)| is_true(name, triple))
    }

    /// The program that a key of this layer names.
    pub(super) fn program(&self, key: String, value: &Value) -> Program {
        let words = match value.as_str() {
            // Cargo takes a linker for one path, even if there are spaces in it.
            Some(path) if key.ends_with("linker") => vec![path.to_owned()],
            _ => split(value),
        };
        let path = words.first().filter(|word| word.contains('/'));
        Program {
            path: path.map(|path| fs::absolute(&self.base, Path::new(path))),
            words,
            key,
            file: self.path.clone(),
        }
    }
}

/// The words of a string, or the items of a list.
fn split(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        other => words(other),
    }
}

/// Whether an expression `cfg(…)` is true for a target according to rustc's list of targets. For
/// a target that rustc does not know, the target whose specification it is made from counts.
fn is_true(expression: &str, triple: &str) -> bool {
    let specified = target::find(triple).and_then(Row::specified);
    let known = specified.as_ref().map_or(triple, |made| &*made.base);
    let Some(target) = get_builtin_target_by_triple(known) else {
        return false;
    };
    let parsed = Expression::parse(expression);
    expression.starts_with("cfg(")
        && parsed.is_ok_and(|parsed| {
            parsed.eval(|predicate| {
                matches!(predicate, Predicate::Target(predicate) if predicate.matches(target))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_true_of_the_targets_that_rustc_says() {
        for (expression, triple, expected) in [
            ("cfg(unix)", "aarch64-unknown-linux-gnu", true),
            (
                "cfg(target_os = \"linux\")",
                "armv7-unknown-linux-musleabihf",
                true,
            ),
            (
                "cfg(all(target_arch = \"arm\", not(target_env = \"gnu\")))",
                "armv7-unknown-linux-gnueabihf",
                false,
            ),
            ("cfg(windows)", "aarch64-unknown-linux-gnu", false),
            ("cfg(", "aarch64-unknown-linux-gnu", false),
            ("cfg(unix)", "my-own-target", false),
            (
                "aarch64-unknown-linux-gnu",
                "aarch64-unknown-linux-gnu",
                false,
            ),
        ] {
            assert_eq!(
                is_true(expression, triple),
                expected,
                "{expression} {triple}"
            );
        }
    }
}
