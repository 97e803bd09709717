//! Names of `[target.…]` sections that no target can have. A section for a target that is not built now is nobody's
//! error: a project may have sections for targets that another tool builds, or another version of rustc. A name is only
//! a slip if it is nearly that of a target with an image, and rustc knows no target of that name.

use super::Config;
use super::layer::Layer;
use crate::target::ROWS;
use cross_base::error::closest_within;
use cross_base::pattern::{is_pattern, matches};

/// How many letters of a target's name a slip changes. Two targets differ by as few, so rustc has the last word.
const LETTERS: usize = 2;

impl Config {
    /// What is to be said of such sections, one line each. `built` has the names of the targets that are built now;
    /// `known` asks rustc which targets there are, and is only called where the answer matters.
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
        // Without an answer nothing is certain.
        slips.retain(|(name, _)| {
            !known.is_empty() && !known.iter().any(|triple| matches(name, triple))
        });
        slips.into_iter().map(|(_, text)| text).collect()
    }
}

impl Layer {
    /// What a section of this name would be, if rustc does not know it either.
    fn slip(&self, name: &str, has_image: bool) -> Option<String> {
        let place = format!(
            "`[{}target.{name}]` in `{}`",
            self.within,
            self.path.display()
        );
        if is_pattern(name) {
            return Some(format!("no target matches `{name}`, as {place} has it"));
        }
        let rows = || ROWS.iter().map(|row| row.triple);
        let plain = name.replace('_', "-").to_lowercase();
        // In names of processors, as `x86_64`, an underscore is right.
        let same = rows().find(|triple| triple.replace('_', "-") == plain);
        // A section with an image may be that of a target of the user's own.
        let near = || closest_within(name, rows(), |_| LETTERS).filter(|_| !has_image);
        let meant = same.or_else(near)?;
        Some(format!(
            "no target is called `{name}`, as {place} has it: did you mean `{meant}`?"
        ))
    }
}
