//! The table of results of the conformance crate's tests, from the record that `ci/conformance.sh`
//! writes.

use serde::Deserialize;

use super::{lines, root};
use crate::target::{ObjectFormat, ROWS, Row};

/// The measurements of one target.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) target: String,
    engine: String,
    date: String,
    rustc: String,
    std: String,
    runs_by: String,
    /// The number of tests.
    tests: u32,
    /// The number of runs of all tests, and how many of them passed or hung.
    times: u32,
    passed: u32,
    hung: u32,
    failed_tests: Vec<FailedTest>,
    /// The median duration of the runs on all processors in seconds, and that of cargo's native
    /// runs at the same time.
    seconds: Option<f64>,
    native: Option<f64>,
    pub(super) ratio: Option<f64>,
    /// The median duration of the runs in one thread in seconds, and that of cargo's native runs.
    one_thread: Option<f64>,
    native_one_thread: Option<f64>,
    one_thread_ratio: Option<f64>,
    /// Faults of the runner, written by hand. They stay when the target is measured again.
    defects: Vec<Defect>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailedTest {
    test: String,
    times: u32,
}

/// A fault of the runner.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defect {
    what: String,
    /// The smallest program or command that shows the fault.
    reproduction: String,
    /// The setting that avoids the fault.
    setting: String,
}

/// Reads the record. Empty if there is none.
pub(super) fn read() -> Vec<Entry> {
    let path = root().join("docs/conformance.json");
    let text = cross_base::fs::read_if_exists(&path).unwrap();
    text.map_or_else(Vec::new, |text| serde_json::from_str(&text).unwrap())
}

/// How many times as long as natively the tests of a target take.
pub(super) fn takes(record: &[Entry], triple: &str) -> Option<f64> {
    record.iter().find(|entry| entry.target == triple)?.ratio
}

/// The rows whose programs can run the conformance crate. Its tests are about Linux and Windows, so
/// other systems are left out.
pub(super) fn rows() -> Vec<&'static str> {
    let known = [ObjectFormat::Elf, ObjectFormat::Pe];
    let runs = |row: &&Row| {
        let format = row.object_format();
        row.runner().is_some() && row.family().std && format.is_some_and(|f| known.contains(&f))
    };
    ROWS.iter().filter(runs).map(|row| row.triple).collect()
}

/// The table with a line for each row, whether it was measured or not.
///
/// # Panics
///
/// If the record has a target that is not among the rows.
pub(super) fn table(triples: &[&str], record: &[Entry]) -> String {
    for Entry { target, .. } in record {
        assert!(
            triples.contains(&&**target),
            "docs/conformance.json has {target}, which is no target for these tests"
        );
    }
    let head = [
        "| target | runs by | passed | s | × cargo | one thread, s | × cargo | remarks |",
        "|---|---|---|---|---|---|---|---|",
    ];
    let row = |triple: &&str| match record.iter().find(|entry| entry.target == *triple) {
        None => format!("| `{triple}` | | not run | | | | | |"),
        Some(entry) => format!("| `{triple}` | {} |", entry.cells().join(" | ")),
    };
    lines(
        head.map(str::to_owned)
            .into_iter()
            .chain(triples.iter().map(row)),
    )
}

impl Entry {
    /// The cells of a line without the first.
    fn cells(&self) -> [String; 7] {
        let number = |number: Option<f64>| number.map_or("–".to_owned(), |n| format!("{n:.1}"));
        [
            self.runs_by.clone(),
            format!("{} of {}", self.passed, self.times),
            number(self.seconds),
            number(self.ratio),
            number(self.one_thread),
            number(self.one_thread_ratio),
            self.remarks(),
        ]
    }

    fn remarks(&self) -> String {
        let hung = (self.hung > 0).then(|| format!("{} hung", self.hung));
        let failed = self.failed_tests.iter();
        let failed = failed.map(|failed| format!("`{}`: {}", failed.test, failed.times));
        let defects = self.defects.iter().map(|defect| {
            let Defect {
                what,
                reproduction,
                setting,
            } = defect;
            format!("{what}; `{reproduction}` shows it, and {setting} heals it")
        });
        let one = self.one_thread.is_none();
        let one = one.then(|| "does not pass in one thread".to_owned());
        let all = hung.into_iter().chain(failed).chain(one).chain(defects);
        all.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            target: "b".to_owned(),
            runs_by: "QEMU 1".to_owned(),
            times: 20,
            passed: 20,
            seconds: Some(30.0),
            ratio: Some(20.04),
            one_thread: Some(31.0),
            ..Entry::default()
        }
    }

    #[test]
    fn a_row_says_how_often_it_passed_and_how_long_it_took() {
        let table = table(&["a", "b"], &[entry()]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2..],
            [
                "| `a` | | not run | | | | | |",
                "| `b` | QEMU 1 | 20 of 20 | 30.0 | 20.0 | 31.0 | – |  |"
            ]
        );
        assert_eq!(takes(&[entry()], "b"), Some(20.04));
        assert_eq!(takes(&[entry()], "a"), None);
    }

    #[test]
    fn a_row_with_a_defect_names_it() {
        let mut entry = entry();
        (entry.passed, entry.hung) = (17, 1);
        entry.one_thread = None;
        entry.failed_tests = vec![FailedTest {
            test: "sockets".to_owned(),
            times: 2,
        }];
        entry.defects = vec![Defect {
            what: "threads hang".to_owned(),
            reproduction: "hang.c".to_owned(),
            setting: "`X=1`".to_owned(),
        }];
        let table = table(&["b"], &[entry]);
        let remarks = "| 1 hung; `sockets`: 2; does not pass in one thread; threads hang; \
            `hang.c` shows it, and `X=1` heals it |\n";
        assert!(
            table.contains("| 17 of 20 |") && table.ends_with(remarks),
            "{table}"
        );
    }

    #[test]
    #[should_panic(expected = "docs/conformance.json has b, which is no target for these tests")]
    fn what_was_measured_of_a_row_that_is_gone_has_to_go() {
        table(&["a"], &[entry()]);
    }

    /// The sums that the script has written.
    #[test]
    fn the_record_agrees_with_itself() {
        let record = read();
        assert!(record.is_sorted_by(|one, next| one.target < next.target));
        let agree = |ratio: Option<f64>, took: Option<f64>, native: Option<f64>| {
            let expected = took.zip(native).map(|(took, native)| took / native);
            let close = |(ratio, expected): (f64, f64)| (ratio - expected).abs() <= 0.051;
            ratio.is_some() == expected.is_some() && ratio.zip(expected).is_none_or(close)
        };
        for entry in &record {
            assert!(
                agree(entry.ratio, entry.seconds, entry.native)
                    && agree(
                        entry.one_thread_ratio,
                        entry.one_thread,
                        entry.native_one_thread
                    ),
                "{entry:?}"
            );
            assert!(entry.passed + entry.hung <= entry.times, "{entry:?}");
            let some_failed = entry.passed < entry.times;
            assert!(some_failed || entry.failed_tests.is_empty(), "{entry:?}");
            assert_eq!(entry.passed > 0, entry.seconds.is_some(), "{entry:?}");
            let said = [&entry.engine, &entry.date, &entry.rustc, &entry.std];
            assert!(
                entry.tests > 10 && said.iter().all(|said| !said.is_empty()),
                "{entry:?}"
            );
        }
    }
}
