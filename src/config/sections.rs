//! Warnings about files that are not read, and about sections `[target.…]` that no target can
//! have. A section for a target that is not being built is no error: the project may build it with
//! another tool, or with another version of rustc. So a name is only a mistake if it is similar to
//! a target with an image, and rustc knows no target of that name.

use std::path::Path;

use super::layer::Layer;
use super::{CROSS_TOML, Config};
use crate::target::{self, ROWS};
use cross_base::error::closest_within;
use cross_base::pattern::{is_pattern, matches};

/// The number of letters in which a misspelling may differ from a target's name. Targets' names
/// differ by as few, so rustc's list decides.
const LETTERS: usize = 2;

impl Config {
    /// A warning about a file that looks like the workspace's configuration and is not read.
    pub(crate) fn not_read(&self, root: &Path) -> Option<String> {
        let path = self.passed_over.as_ref()?;
        let why = if path.ends_with(CROSS_TOML) {
            let root = root.display();
            format!("the workspace's configuration stands in `{root}`")
        } else {
            format!("the file is called `{CROSS_TOML}`")
        };
        Some(format!("`{}` is not read: {why}", path.display()))
    }

    /// Warnings about sections that no target can have, one line each. `built` has the names of the
    /// targets that are being built. `known` asks rustc for its list of targets, and is only called
    /// if that matters.
    pub(crate) fn slips(&self, built: &[&str], known: impl FnOnce() -> Vec<String>) -> Vec<String> {
        let mut slips: Vec<(&str, String)> = Vec::new();
        for layer in &self.layers {
            for (name, target) in &layer.file.target {
                let is_of = |triple: &str| matches(name, triple);
                if built.iter().any(|triple| is_of(triple))
                    || ROWS.iter().any(|row| is_of(row.triple))
                {
                    continue;
                }
                let has_image = target.image.is_some() || target.dockerfile.is_some();
                slips.extend(
                    layer
                        .slip(name, has_image)
                        .map(|text| (name.as_str(), text)),
                );
            }
        }
        if slips.is_empty() {
            return Vec::new();
        }
        let known = known();
        // Without rustc's list, no name is certain to be wrong.
        slips.retain(|(name, _)| {
            !known.is_empty() && !known.iter().any(|triple| matches(name, triple))
        });
        slips.into_iter().map(|(_, text)| text).collect()
    }
}

impl Layer {
    /// The warning about a section of this name, if rustc does not know the name either.
    fn slip(&self, name: &str, has_image: bool) -> Option<String> {
        let place = format!(
            "`[{}target.{name}]` in `{}`",
            self.within,
            self.path.display()
        );
        if is_pattern(name) {
            return Some(format!("no target matches `{name}`, as {place} has it"));
        }
        if name.starts_with("cfg(") {
            return Some(format!(
                "no target is called `{name}`, as {place} has it: only cargo's own configuration has such conditions; a pattern here is `*-linux-*`"
            ));
        }
        let is_odd = |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c);
        if name.contains(is_odd) {
            return Some(format!(
                "no target is called `{name}`, as {place} has it: each target has a section of its own, and `*` stands for any text"
            ));
        }
        let rows = || ROWS.iter().map(|row| row.triple);
        // The name has a version of glibc behind the triple, as the command line allows.
        let version = name
            .split_once('.')
            .filter(|(triple, _)| rows().any(|row| row == *triple));
        if let Some((triple, version)) = version {
            return Some(format!(
                "no target is called `{name}`, as {place} has it: write `glibc = \"{version}\"` below `[target.{triple}]`"
            ));
        }
        let plain = name.replace('_', "-").to_lowercase();
        // Names of architectures may have underscores, as `x86_64`.
        let same = rows().find(|triple| triple.replace('_', "-") == plain);
        let same = same.or_else(|| target::called_otherwise(name));
        // A section with an image may be for a custom target of the user's.
        let near = || closest_within(name, rows(), |_| LETTERS).filter(|_| !has_image);
        let meant = same.or_else(near)?;
        Some(format!(
            "no target is called `{name}`, as {place} has it: did you mean `{meant}`?"
        ))
    }
}
