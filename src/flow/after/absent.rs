//! Causes of failed builds: programs and files that a build script or rustc did not find. What a
//! script says last is what it failed by; what it says before may have been a try.

use super::failure::{Failure, Found};
use super::kept::FailedScript;
use super::scripts;
use super::source::Call;
use super::tables::{LIBRARIES, PROGRAMS};
use crate::toolchain::debian::Debian;

/// What an error of the system says, as text and as a value.
pub(super) const NO_FILE: &str = "No such file or directory";

/// What an error of the system says of a program that was to be started.
const NOT_STARTED: &[&str] = &["(os error 2)", "kind: NotFound"];
/// What is said just behind the name of a program that is not there, and just before it.
const BEHIND: &[&str] = &[
    " could not be found",
    " is missing",
    " is not installed",
    " is required",
    " must be installed",
    " not found",
    " not installed",
    " was not found",
    ": command not found",
    ": not found",
];
const BEFORE: &[&str] = &["annot find ", "ould not find ", "ouldn't find "];
/// What may stand between these and the name.
const KINDS: &[&str] = &[
    "",
    "the ",
    "command ",
    "executable ",
    "program ",
    "the program ",
];

/// Programs whose names are words as well: they count where they were to be started. So do those
/// that are called as a library is.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "bc", "dot", "expect", "go", "gs", "ip", "java", "lemon", "lua", "make", "node", "octave", "php", "ruby",
    "ss", "thrift", "time", "tree",
];

/// A program that a call was to start, or that a script names in its last words.
pub(super) fn a_program(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let named = started(failure, script).or_else(|| last_words(&script.said).find_map(named));
        let (name, package) = named.filter(|(_, package)| !is_in_base(failure, package))?;
        Some(Found::by([name], failure.lacks_program(name, package)))
    })
}

/// A program that the tables do not have: the one that a call was to start, or one of which a shell
/// says that it is not there.
pub(super) fn any_program(failure: &Failure<'_>) -> Option<Found> {
    let row = failure.after.row?;
    let hint = |which: &str| {
        format!(
            "a build script starts {which} the image has not: `pre-build` below `[target.{}]` can install the package of Debian's that has it",
            row.triple
        )
    };
    // What the tables have and is there missed something else.
    let is_unknown = |name: &String| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
        let is_known = PROGRAMS.iter().any(|(program, _)| program == name);
        !name.is_empty() && name.chars().all(is_part) && !is_known
    };
    failure.scripts.iter().find_map(|script| {
        // What the project's own source says.
        let calls = calls(failure, script).into_iter();
        let mut named = calls.filter_map(|call| call.program).filter(is_unknown);
        if let Some(name) = named.next() {
            return Some(Found::by([NO_FILE], hint(&format!("`{name}`, which"))));
        }
        scripts::misses_a_program(&script.said)
            .then(|| Found::by(["not found"], hint("a program that")))
    })
}

/// The program of a call that failed because there is none.
fn started(failure: &Failure<'_>, script: &FailedScript) -> Option<(&'static str, &'static str)> {
    let calls = calls(failure, script);
    let name = calls.into_iter().find_map(|call| call.program)?;
    PROGRAMS
        .iter()
        .find(|(program, _)| *program == name)
        .copied()
}

fn calls(failure: &Failure<'_>, script: &FailedScript) -> Vec<Call> {
    if last_words(&script.said).any(|line| line.contains(NO_FILE)) {
        failure.shown.calls(&script.said)
    } else {
        Vec::new()
    }
}

/// What a script says from where it panics on, else its last line.
pub(super) fn last_words(said: &str) -> impl Iterator<Item = &str> {
    let lines = said.lines().filter(|line| !line.is_empty());
    let lines = lines.take_while(|line| !line.starts_with("stack backtrace:"));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("note: ")).collect();
    let panic = lines
        .iter()
        .rposition(|line| line.contains(" panicked at "));
    let begin = panic.unwrap_or(lines.len().saturating_sub(1));
    lines.into_iter().skip(begin)
}

/// A program that a line says is not there, with its package.
fn named(line: &str) -> Option<(&'static str, &'static str)> {
    let is_quote = |c: char| "`'\"‘’".contains(c);
    let is_part = |c: char| c.is_alphanumeric() || "-_+./".contains(c);
    let is_not_started = NOT_STARTED.iter().any(|words| line.contains(words));
    // Quotes may stand in quotes, as in a value of Rust's, and what was to be started may have
    // arguments.
    let line = &line.replace("\\\"", "\"");
    let texts = line.split(is_quote).skip(1);
    let texts = texts.filter(|text| !text.starts_with(char::is_whitespace));
    let in_quotes: Vec<(&str, Option<&str>)> = texts
        .filter_map(|text| {
            let mut words = text.split_whitespace();
            Some((words.next()?, words.next()))
        })
        .collect();
    // A sentence may begin so, but no sentence goes on with an option.
    let is_quoted = |name: &str| {
        let is_call = |word: &&str| word.starts_with('-') || !WORDS.contains(&name);
        in_quotes
            .iter()
            .any(|(first, second)| *first == name && second.as_ref().is_none_or(is_call))
    };
    let bare = line.replace(is_quote, "");
    let is_absent = |name: &str| {
        let mut found = bare.match_indices(name);
        found.any(|(at, _)| {
            let (before, behind) = (&bare[..at], &bare[at + name.len()..]);
            let ends_here = !behind.starts_with(is_part);
            let begins_here = !before.ends_with(is_part);
            let said_before = || {
                let mut phrases = BEFORE
                    .iter()
                    .flat_map(|words| KINDS.iter().map(move |kind| (words, kind)));
                phrases.any(|(words, kind)| {
                    before
                        .strip_suffix(kind)
                        .is_some_and(|rest| rest.ends_with(words))
                })
            };
            let said_behind = || BEHIND.iter().any(|words| behind.starts_with(words));
            ends_here && begins_here && (said_behind() || said_before())
        })
    };
    let is_said = |name: &str| {
        let is_name_of_more =
            WORDS.contains(&name) || LIBRARIES.iter().any(|(library, _)| *library == name);
        (is_not_started && is_quoted(name)) || (!is_name_of_more && is_absent(name))
    };
    PROGRAMS.iter().find(|(name, _)| is_said(name)).copied()
}

/// Whether a package is in each of our images, so that something else was not found.
fn is_in_base(failure: &Failure<'_>, package: &str) -> bool {
    failure.after.row.is_some() && Debian::new().is_ok_and(|base| base.installs(package))
}

/// What makes the container have a path that a project may ask for.
pub(super) fn mount(path: &str) -> String {
    let entry = toml::Value::String(format!("DATA={path}"));
    format!("`volumes = [{entry}]` below `[build.env]` mounts it")
}

/// A file of this machine that the container has not.
pub(super) fn a_file(failure: &Failure<'_>) -> Option<Found> {
    let shown = &failure.shown;
    // Not what a script says by itself: it may say any path of the machine's, and the hint is to
    // mount it.
    let by_script = |script: &FailedScript| {
        let mut calls = calls(failure, script).into_iter();
        calls.find_map(|call| call.hidden(shown))
    };
    let by_error = || {
        let errors = failure
            .errors
            .iter()
            .filter(|error| error.text.contains(NO_FILE));
        let read = errors.filter_map(|error| {
            let (_, rest) = error.text.split_once("couldn't read `")?;
            rest.split('`').next()
        });
        shown.hidden(shown.root, read)
    };
    let path = failure
        .scripts
        .iter()
        .find_map(by_script)
        .or_else(by_error)?;
    let path = path.to_str()?;
    let hint = format!("the container has no `{path}`: {}", mount(path));
    Some(Found::by([path], hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_counts_where_a_line_says_that_it_is_not_there() {
        for (line, name) in [
            (
                "failed to run `go`: No such file or directory (os error 2)",
                Some("go"),
            ),
            ("failed to run `go --version` (os error 2)", Some("go")),
            (
                "Custom { kind: NotFound, error: \"go to the page and install the SDK\" }",
                None,
            ),
            ("gfortran is required to build this crate", Some("gfortran")),
            ("could not find meson in PATH", Some("meson")),
            ("Error: flatc is missing", Some("flatc")),
            ("go to the page where the file was not found", None),
            ("clang: error: x not found", None),
            ("could not find meson.build", None),
            ("Package 'thrift', required by 'x', not found", None),
            ("meson is here", None),
            ("`meson setup` failed: meson.build not found", None),
            ("flatc could not find schema.fbs", None),
            ("sqlite3 not found", None),
            ("could not find zstd", None),
            (
                "failed to start 'sqlite3': No such file or directory (os error 2)",
                Some("sqlite3"),
            ),
            ("error: program `meson` not found", Some("meson")),
            (
                "Error { extra: \"Failed to execute `capnp --version`: No such file or directory (os error 2). Please verify\" }",
                Some("capnp"),
            ),
            (
                "Custom { kind: NotFound, error: \"failed to spawn `\\\"flatc\\\" \\\"--version\\\"`: No such file or directory (os error 2)\" }",
                Some("flatc"),
            ),
        ] {
            assert_eq!(named(line).map(|(name, _)| name), name, "{line}");
        }
    }

    #[test]
    fn what_a_script_only_tried_is_not_its_last_words() {
        let last = |said| last_words(said).collect::<Vec<_>>();
        assert_eq!(last("a\nb\n\n"), ["b"]);
        let panic = "meson not found, going on\nthread 'main' panicked at build.rs:1:2:\nno luck\nnote: run with\nstack backtrace:\n0: x";
        assert_eq!(
            last(panic),
            ["thread 'main' panicked at build.rs:1:2:", "no luck"]
        );
    }

    #[test]
    fn words_and_names_are_in_the_table() {
        for name in WORDS {
            assert!(
                PROGRAMS.iter().any(|(program, _)| program == name),
                "{name}"
            );
        }
    }
}
