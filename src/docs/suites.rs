//! The table of published crates' test suites, made of the record that `ci/suites.sh` writes.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{lines, root};

/// How the tests of one crate ended for one target and engine. The record has more for its readers.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = "crate")]
    name: String,
    version: String,
    target: String,
    engine: String,
    /// With cargo on the machine.
    native: Counts,
    /// With cross.
    emulated: Counts,
    /// The tests that did not end alike.
    different: Vec<Difference>,
}

/// How many tests ended in which way.
#[derive(Clone, Debug, Default, Deserialize)]
struct Counts {
    passed: u32,
    failed: u32,
    /// Programs of tests that began and did not say how they ended.
    unfinished: u32,
}

/// A test that ended in two ways: `ok`, `FAILED`, `ignored`, or `absent` where the crate does not
/// have it for the machine.
#[derive(Clone, Debug, Deserialize)]
struct Difference {
    native: String,
    emulated: String,
}

/// Reads the record; empty when there is none.
pub(super) fn read() -> Vec<Entry> {
    let path = root().join("docs/suites.json");
    let text = cross_base::fs::read_if_exists(&path).unwrap();
    text.map_or_else(Vec::new, |text| serde_json::from_str(&text).unwrap())
}

/// One line for each crate, and one column for each target with its engine.
pub(super) fn table(record: &[Entry]) -> String {
    let column = |entry: &Entry| (entry.target.clone(), entry.engine.clone());
    let columns: BTreeSet<_> = record.iter().map(column).collect();
    let head = columns.iter().map(|(target, engine)| {
        let machine = target.split('-').next().unwrap_or(target);
        format!(" {machine}, {engine} |")
    });
    let head = format!("| crate | with cargo |{}", head.collect::<String>());
    let rule = format!("|---|---|{}", "---|".repeat(columns.len()));
    let crates = record.chunk_by(|one, next| one.name == next.name);
    let rows = crates.map(|of_crate| {
        let first = &of_crate[0];
        let cells = columns.iter().map(|wanted| {
            let entry = of_crate.iter().find(|entry| column(entry) == *wanted);
            format!(" {} |", entry.map_or("–".to_owned(), Entry::cell))
        });
        let native = &first.native;
        let failed = match native.failed {
            0 => String::new(),
            failed => format!(", {failed} fail"),
        };
        let cells: String = cells.collect();
        let Entry { name, version, .. } = first;
        format!("| `{name}` {version} | {}{failed} |{cells}", native.passed)
    });
    lines([head, rule].into_iter().chain(rows))
}

impl Entry {
    /// How many tests passed under emulation, and what differs from cargo.
    fn cell(&self) -> String {
        let is_in_both = |different: &&Difference| {
            different.native != "absent" && different.emulated != "absent"
        };
        let different = self.different.iter().filter(is_in_both).count();
        let differ = match different {
            0 => String::new(),
            count => format!(", {count} differ"),
        };
        let unfinished = match self.emulated.unfinished {
            0 => String::new(),
            count => format!(", {count} without an end"),
        };
        format!("{}{differ}{unfinished}", self.emulated.passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, target: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            target: target.to_owned(),
            engine: "sandbox".to_owned(),
            native: Counts {
                passed: 9,
                ..Counts::default()
            },
            emulated: Counts {
                passed: 8,
                ..Counts::default()
            },
            different: Vec::new(),
        }
    }

    #[test]
    fn a_crate_has_one_line_and_a_target_one_column() {
        let record = [
            entry("a", "arm-x"),
            entry("b", "arm-x"),
            entry("b", "mips-x"),
        ];
        let table = table(&record);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "| crate | with cargo | arm, sandbox | mips, sandbox |",
                "|---|---|---|---|",
                "| `a` 1.2.3 | 9 | 8 | – |",
                "| `b` 1.2.3 | 9 | 8 | 8 |"
            ]
        );
    }

    #[test]
    fn a_cell_says_what_differs_from_cargo() {
        let different = |native: &str| Difference {
            native: native.to_owned(),
            emulated: "FAILED".to_owned(),
        };
        let mut entry = entry("a", "arm-x");
        entry.native.failed = 1;
        entry.emulated.unfinished = 2;
        entry.different = vec![different("ok"), different("absent")];
        let table = table(&[entry]);
        let row = "| `a` 1.2.3 | 9, 1 fail | 8, 1 differ, 2 without an end |\n";
        assert!(table.ends_with(row), "{table}");
    }
}
