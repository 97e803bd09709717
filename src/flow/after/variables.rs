//! Causes of failed builds: variables of the caller's that the container did not get.

use super::absent::last_words;
use super::failure::{Failure, Found};
use super::message;

/// What stands just before the name of a variable that somebody misses, and what stands just behind it.
const BEFORE: &[&str] = &[
    "environment variable ",
    "env var ",
    "error: set ",
    "expected ",
    "missing ",
    "Missing ",
    "please set ",
    "Please set ",
];
const BEHIND: &[&str] = &[
    " environment variable",
    " env var",
    " is missing",
    " is not set",
    " is required",
    " is unset",
    " missing",
    " must be set",
    " not defined",
    " not found",
    " not set",
    " to be set",
    " was not set",
    ": NotPresent",
    ": environment variable not found",
];

/// What an error of the standard library's says, which does not name the variable.
/// <https://doc.rust-lang.org/std/env/enum.VarError.html>
const NOT_PRESENT: &[&str] = &["NotPresent", "environment variable not found"];

/// One that rustc's errors or a build script's last words miss, or that the call reads at which the script panicked.
pub(super) fn that_was_kept_back(failure: &Failure<'_>) -> Option<Found> {
    failure.after.kept_back.iter().find_map(|variable| {
        let name = variable.name.as_str();
        let by_error = || failure.errors.iter().any(|error| misses(&error.text, name));
        let by_script = || {
            failure.scripts.iter().any(|script| {
                let mut last = last_words(&script.said);
                let is_absent =
                    last.any(|line| NOT_PRESENT.iter().any(|words| line.contains(words)));
                let calls = is_absent.then(|| failure.shown.calls(&script.said));
                let mut calls = calls.into_iter().flatten();
                last_words(&script.said).any(|line| misses(line, name))
                    || calls.any(|call| call.reads(name))
            })
        };
        let is_missed = by_error() || by_script();
        is_missed.then(|| Found::by([name], message(name, variable.kind)))
    })
}

/// Whether a text says that a variable is not there.
fn misses(text: &str, name: &str) -> bool {
    let is_quote = |c: char| "`'\"‘’".contains(c);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let bare = &text.replace(is_quote, "");
    let mut found = bare.match_indices(name);
    found.any(|(at, _)| {
        let (before, behind) = (&bare[..at], &bare[at + name.len()..]);
        let is_whole = !before.ends_with(is_part) && !behind.starts_with(is_part);
        // rustc's messages have no prefix here.
        let is_before = |words: &&str| {
            before.ends_with(*words) || words.strip_prefix("error: ") == Some(before)
        };
        let is_behind = |words: &&str| behind.starts_with(*words);
        is_whole && (BEFORE.iter().any(is_before) || BEHIND.iter().any(is_behind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_counts_where_a_text_says_that_it_is_not_there() {
        for (text, is_missed) in [
            (
                "set `MY_KEY` to use query macros online, or run `cargo sqlx prepare`",
                true,
            ),
            (
                "environment variable `MY_KEY` not defined at compile time",
                true,
            ),
            ("MY_KEY must be set", true),
            ("MY_KEY: NotPresent", true),
            ("Please set MY_KEY!", true),
            ("missing 'MY_KEY'", true),
            ("cannot find value `MY_KEY` in this scope", false),
            ("`MY_KEY` is ambiguous", false),
            ("reset MY_KEY", false),
            ("MY_KEYS must be set", false),
            ("expected MY_KEY_ID", false),
        ] {
            assert_eq!(misses(text, "MY_KEY"), is_missed, "{text}");
        }
    }
}
