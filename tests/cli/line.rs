//! The engine's `run` line as text, one option a line, and the difference between two such lines.

use pretty_assertions::assert_eq;

use crate::cross::Call;
use crate::fixture::{Fixture, own_ids};

/// Options of the engines that are followed by a value.
const WITH_VALUE: &[&str] = &[
    "--cap-add",
    "--cap-drop",
    "--env",
    "--mount",
    "--network",
    "--pids-limit",
    "--security-opt",
    "--tmpfs",
    "--user",
    "--userns",
    "--workdir",
];

/// Whether a row exists only on some machines: with SELinux there is one row more, and without a
/// time zone there are fewer.
pub(crate) fn is_of_the_machine(row: &str) -> bool {
    row == "--security-opt label=disable"
        || row.ends_with(",target=/etc/localtime,readonly")
        || row.ends_with(",target=/etc/timezone,readonly")
        || row.contains("source=/usr/share/zoneinfo/")
        || row.starts_with("--env TZ=")
}

/// The paths at which the container has cargo. Lines show each of them as `cargo`.
const CARGOS: &[&str] = &[
    "[SYSROOT]/bin/cargo",
    "[NIGHTLY]/bin/cargo",
    "/opt/cross/front/toolchain-cargo",
];

/// A `run` line, split into rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    rows: Vec<String>,
    /// The whole run as text, for the message of a failed expectation.
    context: String,
}

impl Line {
    pub(crate) fn new(fixture: &Fixture, call: &Call, context: &str) -> Self {
        let mut rows = vec![format!("{} run", call.program)];
        let words: Vec<String> = call
            .args
            .iter()
            .map(|arg| fixture.generalise(&arg.to_string_lossy()))
            .collect();
        let mut words = words.into_iter().skip(1).peekable();
        while let Some(option) = words.next_if(|word| word.starts_with("--")) {
            let value = if WITH_VALUE.contains(&option.as_str()) {
                words.next()
            } else {
                None
            };
            rows.push(match value {
                Some(value) => format!("{option} {value}"),
                None => option,
            });
        }
        rows.extend(words.next());
        rows.push(
            words
                .map(|word| {
                    if CARGOS.contains(&word.as_str()) {
                        "cargo".to_owned()
                    } else {
                        quoted(&word)
                    }
                })
                .collect::<Vec<_>>()
                .join(" "),
        );
        rows.retain(|row| !is_of_the_machine(row));
        let (uid, gid) = fixture.user.map_or_else(own_ids, |uid| (uid, uid));
        for row in &mut rows {
            if *row == format!("--user {uid}:{gid}") {
                "--user [USER]".clone_into(row);
            }
        }
        Self {
            rows,
            context: context.to_owned(),
        }
    }

    /// Expects exactly these rows.
    #[track_caller]
    pub(crate) fn is(&self, expected: &str) {
        assert_eq!(
            self.rows.join("\n") + "\n",
            undent(expected),
            "{}",
            self.context
        );
    }

    /// Expects that the line differs from `other` in exactly these rows: `- ` before rows that are
    /// only in `other`, `+ ` before rows that are only in this line.
    #[track_caller]
    pub(crate) fn differs(&self, other: &Self, expected: &str) {
        let found = difference(&other.rows, &self.rows).join("\n");
        assert_eq!(
            found.trim_end(),
            undent(expected).trim_end(),
            "{}",
            self.context
        );
    }

    /// Expects a row.
    #[track_caller]
    pub(crate) fn has(&self, row: &str) -> &Self {
        assert!(
            self.rows.iter().any(|r| r == row),
            "no `{row}`\n{}\n{}",
            self.text(),
            self.context
        );
        self
    }

    /// Expects that no row contains this text.
    #[track_caller]
    pub(crate) fn lacks(&self, part: &str) -> &Self {
        assert!(
            !self.text().contains(part),
            "`{part}` is there\n{}\n{}",
            self.text(),
            self.context
        );
        self
    }

    /// The command in the container.
    pub(crate) fn command(&self) -> &str {
        self.rows.last().map(String::as_str).unwrap_or_default()
    }

    /// The line as text.
    pub(crate) fn text(&self) -> String {
        self.rows.join("\n")
    }
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

/// Removes the indentation of a text that begins with a line break: as many columns as its closing
/// quote has. Other texts stay as they are. The result ends with one line break, unless it is
/// empty.
pub(crate) fn undent(text: &str) -> String {
    let Some(block) = text.strip_prefix('\n') else {
        return if text.is_empty() {
            String::new()
        } else {
            text.trim_end().to_owned() + "\n"
        };
    };
    let margin = block.len() - block.trim_end_matches(' ').len();
    let lines = block.trim_end().lines();
    lines
        .flat_map(|line| [line.get(margin..).unwrap_or_default(), "\n"])
        .collect()
}

/// The rows that are in only one of the lists, each with its mark. Rows of a longest common
/// subsequence are left out.
fn difference(old: &[String], new: &[String]) -> Vec<String> {
    let mut common = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            common[i][j] = if a == b {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            i += 1;
            j += 1;
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            out.push(format!("- {}", old[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", new[j]));
            j += 1;
        }
    }
    out
}
