//! The programs that cargo's configuration names for a target: its linker and its runner.

use std::path::{Path, PathBuf};

use cfg_expr::targets::get_builtin_target_by_triple;
use cfg_expr::{Expression, Predicate};
use toml::Value;

use super::{CargoConfig, Layer, lookup, tables, words};
use crate::target::{self, Row};
use cross_base::fs;

/// The key of flags for rustc.
const RUSTFLAGS: &str = "rustflags";

/// A program, and who names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// As it is named, with its arguments.
    pub(crate) words: Vec<String>,
    /// Where it is, if it is named by a path. <https://doc.rust-lang.org/cargo/reference/config.html#executable-paths-with-arguments>
    pub(crate) path: Option<PathBuf>,
    /// The full key.
    pub(crate) key: String,
    /// The file that names it; none for an option, which cargo sees by itself.
    pub(crate) file: Option<PathBuf>,
}

impl CargoConfig {
    /// What the configuration says for a target: below its own name, else below an expression that
    /// is true of it. <https://doc.rust-lang.org/cargo/reference/config.html#targetcfglinker>
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

    /// The flags for rustc that apply to a target; a variable's come first.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>
    pub(crate) fn rustflags(&self, triple: &str) -> Vec<String> {
        let flags = self.flags_of(triple, RUSTFLAGS);
        if flags.is_empty() {
            return self.flags_for_all(triple, RUSTFLAGS);
        }
        flags
    }

    /// The flags of a kind (`rustflags`, `rustdocflags`) that are said for all targets, where none
    /// are said for this one.
    pub(crate) fn flags_for_all(&self, triple: &str, kind: &str) -> Vec<String> {
        if !self.flags_of(triple, kind).is_empty() {
            return Vec::new();
        }
        let said = self.get(&format!("build.{kind}"));
        said.into_iter().flat_map(split).collect()
    }

    /// Those that are said for a target.
    fn flags_of(&self, triple: &str, kind: &str) -> Vec<String> {
        let mut flags = Vec::new();
        for layer in &self.layers {
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
    /// The sections below `target` whose expression is true of a target.
    fn sections(&self, triple: &str) -> impl Iterator<Item = (&String, &toml::Table)> {
        let all = tables(&self.table, "target");
        all.filter(move |(name, _)| is_true(name, triple))
    }

    /// What a key of this layer names.
    pub(super) fn program(&self, key: String, value: &Value) -> Program {
        let words = match value.as_str() {
            // A linker is one path, whatever is in it.
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

/// A list, or a text of words.
fn split(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        other => words(other),
    }
}

/// Whether an expression `cfg(…)` is true of a target, as far as rustc's own list says of it, or
/// of the one that it is made of.
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
