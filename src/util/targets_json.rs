//! `cross-util targets`: the target table for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::base::error::{Error, Result};
use crate::image::{self, recipe};
use crate::target::{Family, ROWS, Row};

/// What a row says of its target, and the names that belong to it.
#[derive(Debug, Serialize)]
struct View {
    triple: &'static str,
    family: &'static str,
    deb_arch: &'static str,
    machine: &'static str,
    /// Null where an `x86_64` host runs the results by itself.
    qemu_arch: Option<&'static str>,
    /// Null where results need no C library of the system.
    glibc_floor: Option<&'static str>,
    loader: &'static str,
    elf_machine: &'static str,
    image: String,
    /// The image that all rows are built upon.
    base: String,
    /// What the label `cross.recipe` of an image that is up to date says.
    recipe: String,
}

impl View {
    fn new(row: &Row) -> Self {
        Self {
            triple: row.triple,
            family: match row.family {
                Family::LinuxGnu => "linux-gnu",
                Family::LinuxMusl => "linux-musl",
            },
            deb_arch: row.deb_arch,
            machine: row.machine,
            qemu_arch: row.qemu_arch,
            glibc_floor: row.glibc_floor,
            loader: row.loader,
            elf_machine: row.elf_machine,
            image: image::name(row),
            base: image::base_name(),
            recipe: recipe::row(row).digest,
        }
    }
}

/// The rows as JSON, one object a row.
pub(crate) fn json() -> Result<String> {
    let rows: Vec<View> = ROWS.iter().map(View::new).collect();
    let text = serde_json::to_string_pretty(&rows)
        .map_err(|e| Error::new(format!("cannot write the targets as JSON: {e}")))?;
    Ok(text + "\n")
}

/// The rows as lines: target, C library, how its programs run here.
pub(crate) fn text() -> String {
    let mut text = String::new();
    for view in ROWS.iter().map(View::new) {
        let libc = match view.glibc_floor {
            Some(floor) => format!("glibc {floor}"),
            None => "static".to_owned(),
        };
        let runner = match view.qemu_arch {
            Some(arch) => format!("qemu-{arch}"),
            None => "itself".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:32} {libc:11} {runner}", view.triple);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_both_forms() {
        let json: serde_json::Value = serde_json::from_str(&json().unwrap()).unwrap();
        let rows = json.as_array().unwrap();
        assert_eq!(rows.len(), ROWS.len());
        for (row, value) in ROWS.iter().zip(rows) {
            assert_eq!(value["triple"], row.triple);
            assert_eq!(value["recipe"], recipe::row(row).digest);
            assert!(text().contains(&format!("{} ", row.triple)));
        }
    }
}
