//! `cross-util targets`: the target table for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::image::{self, recipe};
use crate::target::{Linking, ObjectFormat, Parts, ROWS, Row};
use crate::toolchain::debian::Debian;
use cross_base::error::{Error, Result};
use cross_base::host::Host;

/// What a row says of its target, and the names that belong to it.
#[derive(Debug, Serialize)]
struct View {
    triple: &'static str,
    family: &'static str,
    /// The family's parameters, by their names in small letters; null where the row needs none.
    #[serde(flatten)]
    parameters: BTreeMap<String, Option<&'static str>>,
    /// The form of programs, and what their names end with.
    object_format: Option<ObjectFormat>,
    program_suffix: &'static str,
    /// The target of whose specification cross makes one, where rustc does not know this target.
    specification_of: Option<String>,
    /// How rustc links by default.
    linking: Option<Linking>,
    /// Whether Rust has a standard library for it.
    std: bool,
    /// The program or the processor that runs programs here.
    runs_by: String,
    /// Why it was not measured, if that has a reason.
    unmeasured: &'static str,
    /// The script in `docker/` that asks an image for versions.
    versions: &'static str,
    image: String,
    /// What images only have where a project needs it, and the name of the image that has it all.
    parts: Vec<&'static str>,
    whole_image: String,
    /// The image that all rows are built upon.
    base: String,
    /// The image of Debian's packages that this is built upon, and what its label `cross.recipe`
    /// says.
    debian: String,
    debian_recipe: String,
    /// What the label `cross.recipe` of an image that is up to date says.
    recipe: String,
    /// Files that are there when its toolchain and emulator are, below `toolchains` in the cache
    /// of cross.
    toolchain: Vec<PathBuf>,
}

impl View {
    fn new(row: &'static Row, host: &Host) -> Result<Self> {
        let family = row.family();
        let recipe = recipe::row(row, Parts::default(), host)?;
        // A name stands in an object once: these are said for every row below.
        let below = ["LINKING", "OBJECT_FORMAT"];
        let parameters = row.parameters().filter(|(name, _)| !below.contains(name));
        let parameters = parameters.map(|(name, value)| {
            let value = Some(value).filter(|value| !value.is_empty());
            (name.to_lowercase(), value)
        });
        Ok(Self {
            triple: row.triple,
            family: row.family,
            parameters: parameters.collect(),
            object_format: row.object_format(),
            program_suffix: &family.program_suffix,
            specification_of: row.specified().map(|specified| specified.base),
            linking: row.linking(),
            std: family.std,
            runs_by: row.runner().map(|runner| runner.shown).unwrap_or_default(),
            unmeasured: &family.unmeasured,
            versions: &family.versions,
            image: image::name(row, Parts::default()),
            parts: family.parts.iter().map(|part| part.name.as_str()).collect(),
            whole_image: image::name(row, Parts::all(row)),
            base: image::base_name(),
            debian: image::debian_name(),
            debian_recipe: Debian::new()?.digest(),
            toolchain: recipe
                .toolchain
                .map_or(Vec::new(), |made| made.mark_names(true)),
            recipe: recipe.digest,
        })
    }
}

/// The rows as JSON, one object a row.
pub(crate) fn json(host: &Host) -> Result<String> {
    let rows = ROWS.iter().map(|row| View::new(row, host));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let text = serde_json::to_string_pretty(&rows)
        .map_err(|e| Error::new(format!("cannot write the targets as JSON: {e}")))?;
    Ok(text + "\n")
}

/// The rows as lines: target, C library, how its programs run here.
pub(crate) fn text() -> String {
    let mut text = String::new();
    for row in ROWS {
        let libc = row.libc();
        let runner = row.runner().map(|runner| runner.shown).unwrap_or_default();
        let remark = row.specified().map(|made| format!(": {}", made.shown()));
        let remark = remark.unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:35} {libc:13} {runner}{remark}", row.triple);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_an_object_once() {
        let text = json(&Host::default()).unwrap();
        let mut names = std::collections::BTreeSet::new();
        for line in text.lines() {
            match line.strip_prefix("    \"") {
                Some(field) => assert!(names.insert(field.split('"').next()), "{line}"),
                None if line == "  {" => names.clear(),
                None => {}
            }
        }
        assert!(names.contains(&Some("linking")));
    }

    #[test]
    fn every_row_is_in_both_forms() {
        let host = Host::default();
        let json: serde_json::Value = serde_json::from_str(&json(&host).unwrap()).unwrap();
        let rows = json.as_array().unwrap();
        assert_eq!(rows.len(), ROWS.len());
        for (row, value) in ROWS.iter().zip(rows) {
            assert_eq!(value["triple"], row.triple);
            assert_eq!(
                value["recipe"],
                recipe::row(row, Parts::default(), &host).unwrap().digest
            );
            assert!(text().contains(&format!("{} ", row.triple)));
        }
    }

    #[test]
    fn a_name_that_says_something_else_has_a_remark() {
        let text = text();
        let mut lines = text.lines();
        let line = lines.find(|line| line.starts_with("asmjs-")).unwrap();
        assert!(
            line.ends_with("node: JavaScript without WebAssembly (wasm2js), not asm.js"),
            "{line}"
        );
    }
}
