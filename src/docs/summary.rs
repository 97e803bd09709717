//! The short table of targets in the README, from the record that `ci/matrix.sh` writes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::lines;
use super::matrix::{Known, NOTHING, head, libc, or_nothing, range, remark, row, verdicts};
use super::record::Entry;

/// The columns. Targets that are the same in the second to the fifth share a row.
const COLUMNS: &[&str] = &[
    "targets",
    "libc",
    "compiler",
    "runs by",
    "what was shown",
    "tests take",
    "first program, s",
];

/// The table: one line for all targets that have the same C library, compiler and emulator, and of
/// which the same was shown. What differs between them is a range.
pub(super) fn table(known: &Known<'_>, record: &[Entry]) -> String {
    let mut groups: BTreeMap<[String; 4], Group> = BTreeMap::new();
    for (triple, entry) in known.entries(record) {
        let same = match entry {
            Some(entry) => [
                libc(entry),
                or_nothing(&entry.image.compiler),
                or_nothing(&entry.image.runs_by),
                shown(entry) + &remark(triple),
            ],
            None => match (known.unmeasured)(triple) {
                Some([libc, why]) => [libc, String::new(), String::new(), why],
                None => ["", "", "", "not measured"].map(str::to_owned),
            },
        };
        let group = groups.entry(same).or_default();
        group.targets.push(format!("`{triple}`"));
        group.takes.extend((known.takes)(triple));
        let first = entry.and_then(|entry| entry.first.as_ref());
        group.first.extend(first.map(|first| first.seconds));
    }
    // The largest groups come first, and those of which nothing was measured last.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| (group.first.is_empty(), Reverse(group.targets.len())));
    let rows = groups.into_iter().map(|(same, group)| {
        let mut cells = vec![group.targets.join(", ")];
        cells.extend(same);
        cells.push(range(&group.takes, 1, " ×"));
        cells.push(range(&group.first, 0, ""));
        row(&cells)
    });
    lines(head(COLUMNS).into_iter().chain(rows))
}

/// Targets that share a line.
#[derive(Default)]
struct Group {
    targets: Vec<String>,
    /// How many times as long as natively the tests of each take, and the seconds until there is a
    /// first program, as far as they were measured.
    takes: Vec<f64>,
    first: Vec<f64>,
}

/// What was shown of a target, in the summary's words.
fn shown(entry: &Entry) -> String {
    let [build, run, test] = verdicts(entry, &mut Vec::new());
    let words = if [&build, &run, &test]
        .iter()
        .any(|step| step.starts_with('✗'))
    {
        "fails: see [Targets](docs/targets.md)"
    } else if build == NOTHING {
        "not measured"
    } else if run != NOTHING && test != NOTHING {
        "runs and tests"
    } else {
        "builds; artefacts checked; not run"
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::record::{First, Outcome, Step};
    use super::*;

    /// A target of which these steps ended so.
    fn entry(target: &str, names: &[&str], outcome: Outcome, seconds: f64) -> Entry {
        let step = |name: &&str| Step {
            name: (*name).to_owned(),
            outcome,
            note: String::new(),
            seconds: 1.0,
        };
        Entry {
            target: target.to_owned(),
            steps: names.iter().map(step).collect(),
            first: Some(First {
                date: String::new(),
                seconds,
            }),
            ..Entry::default()
        }
    }

    #[test]
    fn targets_that_are_alike_share_a_line() {
        let all = ["image", "build", "binary", "run", "test"];
        let record = [
            entry("a", &all, Outcome::Ok, 22.0),
            entry("b", &all[..3], Outcome::Ok, 30.0),
            entry("c", &all, Outcome::Ok, 57.0),
            entry("d", &all, Outcome::Failed, 40.0),
            Entry {
                target: "e".to_owned(),
                ..Entry::default()
            },
        ];
        let known = Known {
            triples: &["a", "b", "c", "d", "e", "f", "z"],
            unmeasured: &|triple| {
                let words = ["Other 7", "out of reach"].map(str::to_owned);
                (triple == "z").then_some(words)
            },
            takes: &|triple| match triple {
                "a" => Some(6.14),
                "c" => Some(34.25),
                _ => None,
            },
        };
        let table = table(&known, &record);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2..],
            [
                "| `a`, `c` | – | – | – | runs and tests | 6.1 to 34.2 × | 22 to 57 |",
                "| `b` | – | – | – | builds; artefacts checked; not run | – | 30 |",
                "| `d` | – | – | – | fails: see [Targets](docs/targets.md) | – | 40 |",
                "| `f` |  |  |  | not measured | – | – |",
                "| `z` | Other 7 |  |  | out of reach | – | – |",
                "| `e` | – | – | – | not measured | – | – |",
            ]
        );
    }
}
