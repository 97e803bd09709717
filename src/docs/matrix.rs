//! The full table of targets, from the record that `ci/matrix.sh` writes.

use std::collections::BTreeSet;

use super::lines;
use super::record::{Entry, Outcome, Std, Step};
use crate::target::{self, Row};

/// The columns of the full table.
const COLUMNS: &[&str] = &[
    "target",
    "libc",
    "compiler",
    "OpenSSL",
    "C++",
    "runs by",
    "std",
    "build",
    "run",
    "test",
    "tests take",
    "first program, s",
    "`crt-static`",
    "`cargo` crate",
    "compiler-builtins",
    "image, MB",
    "its build, s",
];
/// The steps that the column `build` combines: compiling, and checking the results.
const BUILD: &[&str] = &["image", "build", "binary", "cdylib"];
/// The steps that link in the way that is not the target's default.
const OTHER_LINKING: &[&str] = &["static", "dynamic"];
pub(super) const NOTHING: &str = "–";

/// Facts about targets that the record does not have.
pub(super) struct Known<'a> {
    /// The names of all targets.
    pub(super) triples: &'a [&'a str],
    /// The C library and a remark for targets that could not be measured.
    pub(super) unmeasured: &'a dyn Fn(&str) -> Option<[String; 2]>,
    /// The relative duration of a target's tests, if it is known.
    pub(super) takes: &'a dyn Fn(&str) -> Option<f64>,
}

impl Known<'_> {
    /// Each target with its entry in the record.
    ///
    /// # Panics
    ///
    /// If the record has a target that is not in the table of targets.
    pub(super) fn entries<'a>(
        &'a self,
        record: &'a [Entry],
    ) -> impl Iterator<Item = (&'a str, Option<&'a Entry>)> {
        for entry in record {
            let target = &*entry.target;
            assert!(
                self.triples.contains(&target),
                "docs/matrix.json has {target}, which is no target any more"
            );
        }
        let entry = |triple: &str| record.iter().find(|entry| entry.target == triple);
        self.triples
            .iter()
            .map(move |triple| (*triple, entry(triple)))
    }
}

/// The table with one line for each target. A failure is a number, which refers to the list below
/// the table.
pub(super) fn table(known: &Known<'_>, record: &[Entry]) -> String {
    let mut notes = Vec::new();
    let mut table = head(COLUMNS);
    for (triple, entry) in known.entries(record) {
        let mut cells = vec![format!("`{triple}`{}", remark(triple))];
        if let Some(entry) = entry {
            cells.extend(measured(entry, (known.takes)(triple), &mut notes));
        } else {
            let not_measured = || ["not measured".to_owned(), String::new()];
            cells.extend((known.unmeasured)(triple).unwrap_or_else(not_measured));
        }
        cells.resize(COLUMNS.len(), String::new());
        table.push(row(&cells));
    }
    let mut text = lines(table.into_iter());
    if !record.is_empty() {
        text.extend(["\n", &circumstances(record), "\n"]);
    }
    if !notes.is_empty() {
        let numbered = (1..).zip(&notes).map(|(n, note)| format!("{n}. {note}"));
        text.extend(["\nWhat failed:\n\n", &lines(numbered)]);
    }
    text
}

/// The smallest and the largest of some numbers, with so many decimals and a unit.
pub(super) fn range(numbers: &[f64], decimals: usize, unit: &str) -> String {
    let shown = |number: f64| format!("{number:.decimals$}");
    let least = numbers.iter().copied().reduce(f64::min).map(shown);
    let most = numbers.iter().copied().reduce(f64::max).map(shown);
    match (least, most) {
        (Some(least), Some(most)) if least != most => format!("{least} to {most}{unit}"),
        (Some(one), _) => format!("{one}{unit}"),
        _ => NOTHING.to_owned(),
    }
}

/// A line of a table.
pub(super) fn row(cells: &[impl std::borrow::Borrow<str>]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// The first two lines of a table.
pub(super) fn head(columns: &[&str]) -> Vec<String> {
    vec![row(columns), "|---".repeat(columns.len()) + "|"]
}

/// A remark, with a colon, for a target that is not what its name says. Usually empty.
pub(super) fn remark(triple: &str) -> String {
    let specified = target::find(triple).and_then(Row::specified);
    let remark = specified.map(|specified| format!(": {}", specified.shown()));
    remark.unwrap_or_default()
}

/// A cell with a text that may be empty.
pub(super) fn or_nothing(text: &str) -> String {
    if text.is_empty() { NOTHING } else { text }.to_owned()
}

/// The C library of a target, and the versions that can be asked for.
pub(super) fn libc(entry: &Entry) -> String {
    let range = target::find(&entry.target).and_then(Row::glibc_range);
    let range = range.map(|[oldest, newest]| format!(" ({oldest} to {newest})"));
    or_nothing(&entry.image.libc) + &range.unwrap_or_default()
}

/// The marks for compiling, running and testing.
pub(super) fn verdicts(entry: &Entry, notes: &mut Vec<String>) -> [String; 3] {
    [BUILD, &["run"], &["test"]].map(|names| verdict(entry, names, notes))
}

/// The mark for the steps with these names.
fn verdict(entry: &Entry, names: &[&str], notes: &mut Vec<String>) -> String {
    let steps = entry.steps.iter();
    outcome(entry, steps.filter(|s| names.contains(&&*s.name)), notes)
}

/// The cells of a line of the full table without the first.
fn measured(entry: &Entry, takes: Option<f64>, notes: &mut Vec<String>) -> Vec<String> {
    let image = &entry.image;
    let steps = verdicts(entry, notes);
    let other_linking = verdict(entry, OTHER_LINKING, notes);
    let full = match &entry.full {
        None => [NOTHING, NOTHING].map(str::to_owned),
        Some(full) => {
            let cargo = outcome(entry, [&full.cargo].into_iter(), notes);
            let builtins = outcome(entry, [&full.builtins].into_iter(), notes);
            match (full.builtins_passed, full.builtins_failed) {
                (0, 0) => [cargo, builtins].map(|cell| cell.replace('✓', "compiled")),
                (passed, _) => [cargo, format!("{passed} {builtins}")],
            }
        }
    };
    let std = match entry.std {
        Std::Prebuilt => "prebuilt",
        Std::FromSource => "from source",
        Std::Core => "`core`",
    };
    let first = entry.first.as_ref().map(|first| first.seconds);
    let number = |number: Option<f64>, decimals, unit| range(number.as_slice(), decimals, unit);
    [libc(entry)]
        .into_iter()
        .chain([&image.compiler, &image.openssl, &image.cxx, &image.runs_by].map(|t| or_nothing(t)))
        .chain([std.to_owned()])
        .chain(steps)
        .chain([number(takes, 1, " ×"), number(first, 0, ""), other_linking])
        .chain(full)
        .chain([
            (image.bytes / 1_000_000).to_string(),
            number(image.seconds, 0, ""),
        ])
        .collect()
}

/// A mark for several steps together, with the numbers of the notes about failures.
fn outcome<'a>(
    entry: &Entry,
    steps: impl Iterator<Item = &'a Step>,
    notes: &mut Vec<String>,
) -> String {
    let mut failures = Vec::new();
    let mut tried = false;
    for step in steps {
        tried |= step.outcome == Outcome::Ok;
        if step.outcome == Outcome::Failed {
            // A reason is a program's output, which may look like Markdown.
            let reason = step.note.replace('`', "'");
            notes.push(format!("`{}`, {}: `{reason}`", entry.target, step.name));
            failures.push(format!("({})", notes.len()));
        }
    }
    if !failures.is_empty() {
        return format!("✗ {}", failures.join(" "));
    }
    if tried { "✓" } else { NOTHING }.to_owned()
}

/// The dates and versions of the measurements.
fn circumstances(record: &[Entry]) -> String {
    let join = |values: BTreeSet<&str>| values.into_iter().collect::<Vec<_>>().join(", ");
    let full = record.iter().filter_map(|entry| entry.full.as_ref());
    let first = record.iter().filter_map(|entry| entry.first.as_ref());
    let dates: BTreeSet<&str> = record
        .iter()
        .map(|entry| &*entry.date)
        .chain(full.map(|full| &*full.date))
        .chain(first.map(|first| &*first.date))
        .collect();
    let rustc = record.iter().map(|entry| entry.rustc.as_str());
    // The version without the commit.
    let rustc = rustc.filter_map(|version| version.split(' ').next());
    let cross = record.iter().map(|entry| &*entry.cross).collect();
    format!(
        "Measured by `ci/matrix.sh --full` on {}, with cross {} and rustc {}.",
        join(dates),
        join(cross),
        join(rustc.collect())
    )
}

#[cfg(test)]
mod tests {
    use super::super::record::{First, Full, Image};
    use super::*;

    fn step(name: &str, outcome: Outcome, note: &str) -> Step {
        let (name, note) = (name.to_owned(), note.to_owned());
        Step {
            name,
            outcome,
            note,
            seconds: 1.0,
        }
    }

    fn entry() -> Entry {
        Entry {
            target: "a".to_owned(),
            date: "2026-01-02".to_owned(),
            cross: "0.3.0".to_owned(),
            rustc: "1.95.0 (59807616e 2026-04-14)".to_owned(),
            image: Image {
                libc: "glibc 2.31".to_owned(),
                bytes: 681_000_000,
                seconds: Some(100.0),
                ..Image::default()
            },
            first: Some(First {
                date: "2026-01-02".to_owned(),
                seconds: 22.0,
            }),
            steps: vec![
                step("build", Outcome::Ok, ""),
                step("static", Outcome::NotApplicable, "rustc does not"),
                step("test", Outcome::Failed, "`8` tests passed"),
            ],
            ..Entry::default()
        }
    }

    fn takes(triple: &str) -> Option<f64> {
        match triple {
            "a" => Some(6.1),
            "c" => Some(34.25),
            _ => None,
        }
    }

    fn unmeasured(triple: &str) -> Option<[String; 2]> {
        let words = ["Other 7", "out of reach"].map(str::to_owned);
        (triple == "z").then_some(words)
    }

    fn known<'a>(triples: &'a [&'a str]) -> Known<'a> {
        Known {
            triples,
            unmeasured: &unmeasured,
            takes: &takes,
        }
    }

    #[test]
    fn a_row_shows_what_was_measured_and_why_something_failed() {
        let table = table(&known(&["a"]), &[entry()]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2],
            "| `a` | glibc 2.31 | – | – | – | – | prebuilt | ✓ | – | ✗ (1) | 6.1 × | 22 | – | – | – | 681 | 100 |"
        );
        assert!(table.ends_with("\nWhat failed:\n\n1. `a`, test: `'8' tests passed`\n"));
        assert!(table.contains("on 2026-01-02, with cross 0.3.0 and rustc 1.95.0."));
    }

    /// The record of a whole check in which compiler-builtins' tests ended so.
    fn full(outcome: Outcome, passed: u32, failed: u32) -> Full {
        Full {
            date: "2026-01-03".to_owned(),
            recipe: String::new(),
            rustc: String::new(),
            cargo: step("cargo crate", Outcome::Ok, ""),
            builtins: step("compiler-builtins", outcome, "crash"),
            builtins_passed: passed,
            builtins_failed: failed,
        }
    }

    #[test]
    fn the_whole_check_shows_how_many_tests_passed() {
        let mut entry = entry();
        entry.full = Some(full(Outcome::Failed, 7, 1));
        let table = table(&known(&["a"]), &[entry]);
        assert!(table.contains("| ✓ | 7 ✗ (2) |"), "{table}");
        assert!(table.contains("on 2026-01-02, 2026-01-03, with"), "{table}");
    }

    #[test]
    fn what_was_compiled_and_not_run_is_shown_as_such() {
        let mut entry = entry();
        entry.full = Some(full(Outcome::Ok, 0, 0));
        let table = table(&known(&["a"]), &[entry]);
        assert!(table.contains("| compiled | compiled |"), "{table}");
    }

    #[test]
    fn a_row_that_was_not_measured_is_shown_as_such() {
        let table = table(&known(&["a", "b", "z"]), &[entry()]);
        assert!(table.contains("| `b` | not measured |  |"), "{table}");
        assert!(
            table.contains("| `z` | Other 7 | out of reach |  |"),
            "{table}"
        );
        assert!(table.contains("| `a` | glibc 2.31 |"), "{table}");
    }

    #[test]
    #[should_panic(expected = "docs/matrix.json has a, which is no target any more")]
    fn what_was_measured_of_a_row_that_is_gone_has_to_go() {
        table(&known(&["b"]), &[entry()]);
    }
}
