//! Causes of failed builds: programs and files that a build script or rustc did not find. A script
//! has failed by what it printed last. Earlier output may be about attempts.

use super::failure::{Failure, Found};
use super::kept::FailedScript;
use super::output::{NO_FILE, last_words};
use super::scripts;
use super::source::{Call, Dir};
use super::tables::{LIBRARIES, PROGRAMS};
use crate::config::custom::PreBuild;

/// Parts of the system's error for a program that could not be started.
const NOT_STARTED: &[&str] = &["(os error 2)", "kind: NotFound"];
/// Phrases directly behind the name of a missing program (`BEHIND`), and directly before it
/// (`BEFORE`).
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
/// Words that may stand between a phrase of `BEFORE` and the name.
const KINDS: &[&str] = &[
    "",
    "the ",
    "command ",
    "executable ",
    "program ",
    "the program ",
];

/// The error of the crate which, as a value and as a text. It does not name the program:
/// <https://docs.rs/which/latest/which/enum.Error.html>.
const NOT_FOUND: [&str; 2] = ["CannotFindBinaryPath", "cannot find binary path"];

/// Programs whose names are also ordinary words: they only count if a command was to start them.
/// The same holds for programs with the name of a library.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "bc", "dot", "expect", "go", "gs", "ip", "java", "lemon", "lua", "make", "node", "octave", "php", "ruby",
    "ss", "thrift", "time", "tree",
];

/// A directory in which a call was to start a program and that does not exist. The system then says
/// the same as if there were no such program.
pub(super) fn a_directory(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let mut calls = calls(failure, script).into_iter();
        let dir = calls.find_map(|call| call.missing_dir(&failure.shown))?;
        let hint = format!(
            "a build script starts a program in `{dir}`, a directory that does not exist: if it is in a git submodule, \
             `git submodule update --init --recursive` fetches it"
        );
        Some(Found::by([NO_FILE], hint))
    })
}

/// A known program that a call was to start or to find, or that the script's last words name as
/// missing.
pub(super) fn a_program(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let looked_for = || {
            looked_for(failure, script)
                .iter()
                .find_map(|name| known(name))
        };
        let named = started(failure, script).or_else(looked_for);
        let named = named.or_else(|| last_words(&script.said).find_map(named_in));
        let (name, package) = named?;
        Some(Found::by([name], failure.lacks_program(name, package)?))
    })
}

/// A program that is not in the tables: one that a call was to start, or one that a shell reports
/// as missing.
pub(super) fn any_program(failure: &Failure<'_>) -> Option<Found> {
    let target = failure.after.row?.triple;
    let hint = |what: &str| {
        if failure.after.isolated {
            let installer = match &failure.after.pre_build {
                Some(PreBuild::Script(file)) => format!("`{file}`"),
                _ => format!("`pre-build` below `[target.{target}]`"),
            };
            format!(
                "a build script {what} the image has not: {installer} can install the package of Debian's that has it"
            )
        } else {
            format!("a build script {what} this machine has not: install it")
        }
    };
    // A known program that exists must have missed a file instead.
    let is_unknown = |name: &String| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
        let is_known = PROGRAMS.iter().any(|(program, _)| program == name);
        !name.is_empty() && name.chars().all(is_part) && !is_known
    };
    failure.scripts.iter().find_map(|script| {
        // The name comes from the project's source, so it can be shown.
        let calls = calls(failure, script).into_iter();
        let sure = calls.filter(|call| may_blame(failure, call, false));
        let mut named = sure.filter_map(|call| call.program).filter(is_unknown);
        let of_call = |name: &String, what: &str| {
            let is_there = failure.has_program(name, None);
            (!is_there).then(|| Found::by([NO_FILE], hint(&format!("{what} `{name}`, which"))))
        };
        if let Some(name) = named.next() {
            return of_call(&name, "starts");
        }
        let mut looked_for = looked_for(failure, script).into_iter().filter(is_unknown);
        if let Some(name) = looked_for.next() {
            return of_call(&name, "looks for");
        }
        if looked_for_one(failure, script) {
            return Some(Found::by(NOT_FOUND, hint("looks for a program that")));
        }
        let name = scripts::missed_program(&script.said).filter(|name| !scripts::is_macro(name))?;
        let package = PROGRAMS.iter().find(|(program, _)| *program == name);
        let package = package.map(|(_, package)| *package);
        let is_there = failure.has_program(name, package);
        (!is_there).then(|| Found::by(["not found"], hint("starts a program that")))
    })
}

/// Whether a call can only have failed because its program is missing, not its directory. It is
/// known which programs of the tables cross's images and this machine have, so the directory does
/// not matter for those.
fn may_blame(failure: &Failure<'_>, call: &Call, is_in_tables: bool) -> bool {
    let is_known = is_in_tables && (failure.row_of_image().is_some() || !failure.after.isolated);
    match call.dir {
        Dir::Computed => is_known,
        Dir::Own | Dir::Named(_) => true,
    }
}

/// The known program of a call that failed because there is no such program.
fn started(failure: &Failure<'_>, script: &FailedScript) -> Option<(&'static str, &'static str)> {
    let mut calls = calls(failure, script).into_iter();
    let call = calls.find(|call| call.program.is_some() && may_blame(failure, call, true))?;
    known(&call.program?)
}

/// The names of programs for which a script only looked when it panicked.
fn looked_for(failure: &Failure<'_>, script: &FailedScript) -> Vec<String> {
    let calls = failure.shown.calls(&script.said).into_iter();
    calls
        .filter_map(|call| call.looked_for().map(str::to_owned))
        .collect()
}

/// Whether a script has failed because it looked for a program, whose name it does not say and is
/// no literal in the source.
fn looked_for_one(failure: &Failure<'_>, script: &FailedScript) -> bool {
    let is_said =
        last_words(&script.said).any(|line| NOT_FOUND.iter().any(|words| line.contains(words)));
    let calls = failure.shown.calls(&script.said);
    is_said && (calls.is_empty() || calls.iter().any(Call::looks_for_a_value))
}

/// A program of the tables, with its package.
fn known(name: &str) -> Option<(&'static str, &'static str)> {
    let mut programs = PROGRAMS.iter();
    programs.find(|(program, _)| *program == name).copied()
}

fn calls(failure: &Failure<'_>, script: &FailedScript) -> Vec<Call> {
    if last_words(&script.said).any(|line| line.contains(NO_FILE)) {
        failure.shown.calls(&script.said)
    } else {
        Vec::new()
    }
}

/// Whether the name of a program is also a word, or the name of a library.
pub(super) fn is_name_of_more(name: &str) -> bool {
    WORDS.contains(&name) || LIBRARIES.iter().any(|(library, _)| *library == name)
}

/// A known program that a line reports as missing, with its package.
fn named_in(line: &str) -> Option<(&'static str, &'static str)> {
    let is_quote = |c: char| "`'\"‘’".contains(c);
    let is_part = |c: char| c.is_alphanumeric() || "-_+./".contains(c);
    let is_not_started = NOT_STARTED.iter().any(|words| line.contains(words));
    // Quotes may stand within quotes, as in a value that Rust prints. Arguments may stand behind
    // the name.
    let line = &line.replace("\\\"", "\"");
    let texts = line.split(is_quote).skip(1);
    let texts = texts.filter(|text| !text.starts_with(char::is_whitespace));
    let in_quotes: Vec<(&str, Option<&str>)> = texts
        .filter_map(|text| {
            let mut words = text.split_whitespace();
            Some((words.next()?, words.next()))
        })
        .collect();
    // A sentence in quotes may begin with such a word, but only a command goes on with an option.
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
        (is_not_started && is_quoted(name)) || (!is_name_of_more(name) && is_absent(name))
    };
    PROGRAMS.iter().find(|(name, _)| is_said(name)).copied()
}

/// The advice that makes cross mount a path.
pub(super) fn mount(path: &str) -> String {
    let entry = toml::Value::String(format!("DATA={path}"));
    format!("`volumes = [{entry}]` below `[build.env]` mounts it")
}

/// A file of this machine that the container does not have.
pub(super) fn a_file(failure: &Failure<'_>) -> Option<Found> {
    failure.after.isolated.then_some(())?;
    let shown = &failure.shown;
    // Only paths of calls in the source count. A script could print any path of the machine, and
    // the hint is to mount it.
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
            assert_eq!(named_in(line).map(|(name, _)| name), name, "{line}");
        }
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
