//! `cross-util targets`: the table of targets as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::image::{self, recipe};
use crate::target::{Linking, ObjectFormat, Parts, ROWS, Row};
use crate::toolchain::debian::Debian;
use cross_base::error::{Error, Result};
use cross_base::host::Host;

/// A target in the JSON output: the row's facts, and the names of its images.
#[derive(Debug, Serialize)]
struct View {
    triple: &'static str,
    family: &'static str,
    /// The family's parameters, with lower-case names. Null if the row's value is empty.
    #[serde(flatten)]
    parameters: BTreeMap<String, Option<&'static str>>,
    /// The format of programs, and the ending of their names.
    object_format: Option<ObjectFormat>,
    program_suffix: &'static str,
    /// The known target from whose specification cross makes this target's. Null if rustc knows the
    /// target.
    specification_of: Option<String>,
    /// Whether rustc links statically or dynamically by default.
    linking: Option<Linking>,
    /// Whether Rust has a standard library for the target.
    std: bool,
    /// The program or processor that runs the target's programs on this machine.
    runs_by: String,
    /// The reason why the target was not measured, if there is one.
    unmeasured: &'static str,
    /// The script in `docker/` that prints the versions in an image.
    versions: &'static str,
    image: String,
    /// The names of parts that images have only if a project needs them, and the name of the image
    /// with all parts.
    parts: Vec<&'static str>,
    whole_image: String,
    /// The name of the base image.
    base: String,
    /// The name of the Debian image, and the value of its label `cross.recipe`.
    debian: String,
    debian_recipe: String,
    /// The value of the label `cross.recipe` of an up-to-date image.
    recipe: String,
    /// Files that exist if the target's toolchain and emulator do, relative to `toolchains` in
    /// cross's cache.
    toolchain: Vec<PathBuf>,
}

impl View {
    fn new(row: &'static Row, host: &Host) -> Result<Self> {
        let family = row.family();
        let recipe = recipe::row(row, Parts::default(), host)?;
        // The JSON object must have each name once. All rows have these parameters as fields of
        // their own.
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

/// The rows as JSON, one object for each.
pub(crate) fn json(host: &Host) -> Result<String> {
    let rows = ROWS.iter().map(|row| View::new(row, host));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let text = serde_json::to_string_pretty(&rows)
        .map_err(|e| Error::new(format!("cannot write the targets as JSON: {e}")))?;
    Ok(text + "\n")
}

/// The rows as lines: target, C library, and how programs run on this machine.
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
