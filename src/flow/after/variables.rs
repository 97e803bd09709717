//! Causes of failed builds: variables of the caller's that the container did not get.

use super::failure::{Failure, Found};
use super::message;
use super::output::last_words;
use super::source::Call;

/// Phrases directly before the name of a missing variable (`BEFORE`), and directly behind it
/// (`BEHIND`).
const BEFORE: &[&str] = &[
    "environment variable ",
    "env var ",
    "error: set ",
    "missing ",
    "Missing ",
    "please set ",
    "Please set ",
];
const BEHIND: &[&str] = &[
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

/// Words that may stand between a name and the phrases of `BEHIND`.
const KINDS: &[&str] = &[" environment variable", " env var"];
/// The largest part of an error in bytes that is read, from its end.
const LONGEST: usize = 64 << 10;

/// The texts of the standard library's error for a missing variable, which do not name it.
/// <https://doc.rust-lang.org/std/env/enum.VarError.html>
const NOT_PRESENT: &[&str] = &["NotPresent", "environment variable not found"];

/// A variable that the container did not get, and that is reported missing by rustc's errors or a
/// script's last words, or is read by the call at which the script panicked.
pub(super) fn that_was_kept_back(failure: &Failure<'_>) -> Option<Found> {
    if failure.after.kept_back.is_empty() {
        return None;
    }
    let errors = failure.errors.iter().map(|error| bare(&error.text));
    let said = failure
        .scripts
        .iter()
        .flat_map(|script| last_words(&script.said));
    let texts: Vec<String> = errors.chain(said.map(bare)).collect();
    let absent = failure.scripts.iter().filter(|script| {
        last_words(&script.said).any(|line| NOT_PRESENT.iter().any(|words| line.contains(words)))
    });
    let calls = absent.flat_map(|script| failure.shown.calls(&script.said));
    let calls: Vec<Call> = calls.collect();
    // Cargo sets the others for build scripts itself.
    let kept_back = failure.after.kept_back.iter();
    let mut kept_back = kept_back.filter(|variable| !variable.by_sources);
    kept_back.find_map(|variable| {
        let name = variable.name.as_str();
        let is_missed = texts.iter().any(|text| misses(text, name))
            || calls.iter().any(|call| call.reads(name));
        is_missed.then(|| Found::by([name], message(name, variable.kind)))
    })
}

/// The end of a text, without quotes.
fn bare(text: &str) -> String {
    let begin = text.len().saturating_sub(LONGEST);
    let begin = (begin..=text.len()).find(|at| text.is_char_boundary(*at));
    text[begin.unwrap_or_default()..].replace(|c: char| "`'\"‘’".contains(c), "")
}

/// Whether a text without quotes reports that a variable is missing.
fn misses(bare: &str, name: &str) -> bool {
    // A character before the name that makes it a part of a path, a word or an option.
    let is_part = |c: char| c.is_alphanumeric() || "_-./\\:".contains(c);
    let goes_on = |behind: &str| {
        let mut chars = behind.chars();
        match chars.next() {
            Some('.') => chars.next().is_some_and(char::is_alphanumeric),
            Some(c) => c.is_alphanumeric() || "_-/".contains(c),
            None => false,
        }
    };
    let is_word = name.contains(|c: char| c.is_lowercase());
    let mut found = bare.match_indices(name);
    found.any(|(at, _)| {
        let (before, behind) = (&bare[..at], &bare[at + name.len()..]);
        let is_whole = !before.ends_with(is_part) && !goes_on(behind);
        let kind = KINDS.iter().find_map(|kind| behind.strip_prefix(kind));
        if is_word && kind.is_none() && !before.ends_with("variable ") {
            return false;
        }
        let behind = kind.unwrap_or(behind);
        // An error of rustc's is the bare message, without `error: ` before it.
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
            assert_eq!(misses(&bare(text), "MY_KEY"), is_missed, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_a_word_counts_where_it_is_said_to_be_a_variable() {
        for (text, name, is_missed) in [
            (
                "../VERSION not found: run git submodule update",
                "VERSION",
                false,
            ),
            ("VERSION.txt not found", "VERSION", false),
            ("vendor/src not found", "src", false),
            ("src not found", "src", false),
            ("environment variable `src` not found", "src", true),
            ("src environment variable is not set", "src", true),
            ("missing-MODE is required", "MODE", false),
            (
                "when the CI environment variable is set, warnings are errors",
                "CI",
                false,
            ),
            ("expected SIZE <= 3", "SIZE", false),
            ("the MODE environment variable must be set", "MODE", true),
            (
                "set the `PROTOC` environment variable to the path of `protoc`",
                "PROTOC",
                false,
            ),
        ] {
            assert_eq!(misses(&bare(text), name), is_missed, "{text}");
        }
    }
}
