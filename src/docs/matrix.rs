//! The tables of targets, from the record that `ci/matrix.sh` writes.

use std::collections::BTreeSet;

use super::lines;
use super::record::{Entry, Outcome, Std, Step};
use crate::target::{self, Row};

/// The form of a table of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The table in the README: few columns, and no numbers.
    Short,
    /// All columns, with the circumstances and the failures below the table.
    Full,
}

const SHORT: &[Form] = &[Form::Short];
const FULL: &[Form] = &[Form::Full];
const BOTH: &[Form] = &[Form::Short, Form::Full];
/// The columns, and which tables have them.
const COLUMNS: &[(&str, &[Form])] = &[
    ("target", BOTH),
    ("libc", BOTH),
    ("compiler", BOTH),
    ("OpenSSL", FULL),
    ("C++", FULL),
    ("runs by", BOTH),
    ("std", BOTH),
    (SHOWN, SHORT),
    ("build", FULL),
    ("run", FULL),
    ("test", FULL),
    ("tests take", BOTH),
    ("first program, s", BOTH),
    ("`crt-static`", FULL),
    ("`cargo` crate", FULL),
    ("compiler-builtins", FULL),
    ("image, MB", FULL),
    ("its build, s", FULL),
];
/// The steps that the column `build` combines: compiling, and checking the results.
const BUILD: &[&str] = &["image", "build", "binary", "cdylib"];
/// The steps that link in the way that is not the target's default.
const OTHER_LINKING: &[&str] = &["static", "dynamic"];
const NOTHING: &str = "–";
const SHOWN: &str = "what was shown";

/// A table with one line for each target. `unmeasured` returns the C library and a remark for
/// targets that could not be measured. `takes` returns the relative duration of tests if it is
/// known. A failure is a number, which refers to the list below the full table.
///
/// # Panics
///
/// If the record has a target that is not in the table of targets.
pub(super) fn table(
    form: Form,
    triples: &[&str],
    record: &[Entry],
    unmeasured: impl Fn(&str) -> Option<[String; 2]>,
    takes: impl Fn(&str) -> Option<String>,
) -> String {
    for entry in record {
        let target = &*entry.target;
        assert!(
            triples.contains(&target),
            "docs/matrix.json has {target}, which is no target any more"
        );
    }
    let mut notes = Vec::new();
    let head: Vec<String> = COLUMNS.iter().map(|(head, _)| (*head).to_owned()).collect();
    let head = row(form, &head);
    let rule = "|---".repeat(head.matches(" | ").count() + 1) + "|";
    let mut table = vec![head, rule];
    for triple in triples {
        let entry = record.iter().find(|entry| entry.target == *triple);
        let specified = target::find(triple).and_then(Row::specified);
        let remark = specified.map(|specified| format!(": {}", specified.shown()));
        let mut cells = vec![format!("`{triple}`{}", remark.unwrap_or_default())];
        match entry {
            Some(entry) => cells.extend(measured(entry, takes(triple), &mut notes)),
            None => cells.extend(not_measured(form, unmeasured(triple))),
        }
        cells.resize(COLUMNS.len(), String::new());
        table.push(row(form, &cells));
    }
    let mut text = lines(table.into_iter());
    if form == Form::Short {
        return text;
    }
    if !record.is_empty() {
        text.extend(["\n", &circumstances(record), "\n"]);
    }
    if !notes.is_empty() {
        let numbered = (1..).zip(&notes).map(|(n, note)| format!("{n}. {note}"));
        text.extend(["\nWhat failed:\n\n", &lines(numbered)]);
    }
    text
}

/// A line of the table, with the columns of its form.
fn row(form: Form, cells: &[String]) -> String {
    let cells = cells.iter().zip(COLUMNS);
    let cells = cells.filter(|(_, (_, forms))| forms.contains(&form));
    let cells: Vec<&str> = cells.map(|(cell, _)| &**cell).collect();
    format!("| {} |", cells.join(" | "))
}

/// The cells of a row without a record but the first: its C library and why there is none, if
/// that is known. The words stand where the short table says what was shown, and at the beginning
/// of the full one.
fn not_measured(form: Form, said: Option<[String; 2]>) -> Vec<String> {
    let Some([libc, why]) = said else {
        return vec!["not measured".to_owned()];
    };
    let mut cells = vec![String::new(); COLUMNS.len() - 1];
    let named = |name| COLUMNS[1..].iter().position(|(head, _)| *head == name);
    let place = named(if form == Form::Short {
        SHOWN
    } else {
        "compiler"
    });
    cells[place.expect("a column")] = why;
    cells[0] = libc;
    cells
}

/// What the steps come to, in the short table's words.
fn shown(steps: &[String]) -> String {
    let failures = steps.iter().filter(|step| step.starts_with('✗'));
    let failures: Vec<&str> = failures.map(String::as_str).collect();
    match steps {
        _ if !failures.is_empty() => failures.join(" "),
        [build, ..] if build == NOTHING => "not measured".to_owned(),
        [_, run, test] if run != NOTHING && test != NOTHING => "runs and tests".to_owned(),
        _ => "builds; artefacts checked; not run".to_owned(),
    }
}

/// The cells of a line without the first.
fn measured(entry: &Entry, takes: Option<String>, notes: &mut Vec<String>) -> Vec<String> {
    let image = &entry.image;
    let known = |text: &str| match text {
        "" => NOTHING.to_owned(),
        text => text.to_owned(),
    };
    let mut verdict = |names: &[&str]| {
        let steps = entry.steps.iter().filter(|s| names.contains(&&*s.name));
        outcome(entry, steps, notes)
    };
    let steps = [BUILD, &["run"], &["test"]].map(&mut verdict);
    let other_linking = verdict(OTHER_LINKING);
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
    let seconds = image.seconds.map(|seconds| format!("{seconds:.0}"));
    let first = entry.first.as_ref();
    let first = first.map(|first| format!("{:.0}", first.seconds));
    let range = target::find(&entry.target).and_then(Row::glibc_range);
    let range = range.map(|[oldest, newest]| format!(" ({oldest} to {newest})"));
    [
        format!("{}{}", known(&image.libc), range.unwrap_or_default()),
        known(&image.compiler),
        known(&image.openssl),
        known(&image.cxx),
        known(&image.runs_by),
        std.to_owned(),
    ]
    .into_iter()
    .chain([shown(&steps)])
    .chain(steps)
    .chain([&takes.unwrap_or_default(), &first.unwrap_or_default()].map(|cell| known(cell)))
    .chain([other_linking])
    .chain(full)
    .chain([
        (image.bytes / 1_000_000).to_string(),
        known(&seconds.unwrap_or_default()),
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

    fn takes(triple: &str) -> Option<String> {
        (triple == "a").then(|| "6.1 ×".to_owned())
    }

    #[test]
    fn a_row_shows_what_was_measured_and_why_something_failed() {
        let table = table(Form::Full, &["a"], &[entry()], |_| None, takes);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2],
            "| `a` | glibc 2.31 | – | – | – | – | prebuilt | ✓ | – | ✗ (1) | 6.1 × | 22 | – | – | – | 681 | 100 |"
        );
        assert!(table.ends_with("\nWhat failed:\n\n1. `a`, test: `'8' tests passed`\n"));
        assert!(table.contains("on 2026-01-02, with cross 0.3.0 and rustc 1.95.0."));
    }

    #[test]
    fn the_short_form_has_fewer_columns_and_the_same_numbers() {
        let other = Entry {
            target: "b".to_owned(),
            ..Entry::default()
        };
        let short = table(Form::Short, &["a", "b"], &[entry(), other], |_| None, takes);
        let lines: Vec<&str> = short.lines().collect();
        assert_eq!(
            lines[2..],
            [
                "| `a` | glibc 2.31 | – | – | prebuilt | ✗ (1) | 6.1 × | 22 |",
                "| `b` | – | – | – | prebuilt | not measured | – | – |"
            ]
        );
    }

    #[test]
    fn the_short_form_says_what_was_shown() {
        let steps = |names: &[&str]| {
            let step = |name: &&str| step(name, Outcome::Ok, "");
            let entry = Entry {
                steps: names.iter().map(step).collect(),
                ..entry()
            };
            table(Form::Short, &["a"], &[entry], |_| None, |_| None)
        };
        let all = steps(&["image", "build", "binary", "run", "test"]);
        assert!(all.contains("| runs and tests |"), "{all}");
        let not_run = steps(&["image", "build", "binary"]);
        let words = "| builds; artefacts checked; not run |";
        assert!(not_run.contains(words), "{not_run}");
        let said = |_: &str| Some(["Other 7", "out of reach"].map(str::to_owned));
        let none = table(Form::Short, &["a"], &[], said, |_| None);
        assert!(
            none.contains("| `a` | Other 7 |  |  |  | out of reach |  |"),
            "{none}"
        );
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
        let table = table(Form::Full, &["a"], &[entry], |_| None, takes);
        assert!(table.contains("| ✓ | 7 ✗ (2) |"), "{table}");
        assert!(table.contains("on 2026-01-02, 2026-01-03, with"), "{table}");
    }

    #[test]
    fn what_was_compiled_and_not_run_is_shown_as_such() {
        let mut entry = entry();
        entry.full = Some(full(Outcome::Ok, 0, 0));
        let table = table(Form::Full, &["a"], &[entry], |_| None, takes);
        assert!(table.contains("| compiled | compiled |"), "{table}");
    }

    #[test]
    fn a_row_that_was_not_measured_is_shown_as_such() {
        let said = |triple: &str| {
            let words = ["Other 7", "out of reach"].map(str::to_owned);
            (triple != "b").then_some(words)
        };
        let table = table(Form::Full, &["a", "b", "c"], &[entry()], said, takes);
        assert!(table.contains("| `b` | not measured |  |"), "{table}");
        assert!(
            table.contains("| `c` | Other 7 | out of reach |  |"),
            "{table}"
        );
        assert!(table.contains("| `a` | glibc 2.31 |"), "{table}");
    }

    #[test]
    #[should_panic(expected = "docs/matrix.json has a, which is no target any more")]
    fn what_was_measured_of_a_row_that_is_gone_has_to_go() {
        table(Form::Full, &["b"], &[entry()], |_| None, takes);
    }
}
