//! Causes of failed builds: macros that autoconf did not find, and programs without which a
//! `configure` ends.

use super::absent;
use super::failure::{Failure, Found};
use super::output::{between, is_other_error};
use super::scripts::missed_program;
use super::tables::{MACROS, PROGRAMS};

/// A macro that none of the installed packages defines. Autoconf reports macros with such names as
/// its own; of others it leaves the text in `configure`, which the shell takes for a program or
/// does not understand.
pub(super) fn a_macro(failure: &Failure<'_>) -> Option<Found> {
    failure.row_of_image()?;
    failure.scripts.iter().find_map(|script| {
        let named = last_undefined(&script.said).or_else(|| missed_program(&script.said))?;
        let (package, macros) = MACROS.iter().find(|(_, macros)| macros.contains(&named))?;
        let name = macros.iter().find(|name| **name == named)?;
        let hint = failure.has_no(&format!("macro `{name}` for autoconf"), package)?;
        Some(Found::by([*name], hint))
    })
}

/// The name of the last macro that is reported undefined, unless the script has gone on.
fn last_undefined(said: &str) -> Option<&str> {
    let lines: Vec<&str> = said.lines().collect();
    let mut all = lines.iter().enumerate().rev();
    let (at, named) = all.find_map(|(at, line)| {
        let above = at.checked_sub(1).map_or("", |above| lines[above]);
        Some((at, undefined(line, above)?))
    })?;
    // These are messages about the same failure.
    let is_same = |line: &str| line.starts_with("autoreconf: ") || undefined(line, "").is_some();
    let mut behind = lines[at + 1..].iter();
    let is_last = !behind.any(|line| is_other_error(line) && !is_same(line));
    is_last.then_some(named)
}

/// The name of a macro that a line reports undefined. A shell shows the call in the line behind its
/// error.
fn undefined<'t>(line: &'t str, above: &str) -> Option<&'t str> {
    let by_autoconf = || {
        line.split_once("error: possibly undefined macro: ")
            .map(|(_, name)| name)
    };
    let by_shell = || {
        let is_told = above.contains(": syntax error near unexpected token ");
        is_told.then(|| between(line, (": `", "("))).flatten()
    };
    by_autoconf().or_else(by_shell).map(str::trim)
}

/// A known program without which a `configure` ends. Its authors write the error in words of their
/// own.
pub(super) fn a_program_of_configure(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let lines: Vec<&str> = script.said.lines().collect();
        let at = lines.iter().rposition(|line| line.starts_with(ERROR))?;
        if lines[at + 1..].iter().any(|line| is_other_error(line)) {
            return None;
        }
        let missed = missed(lines[at].strip_prefix(ERROR)?);
        // One of several may do.
        let mut packages = missed.iter();
        let is_there = |&(name, package): &Named| failure.has_program(name, Some(package));
        if packages.any(is_there) {
            return None;
        }
        let (name, package) = missed.first()?;
        Some(Found::by([*name], failure.lacks_program(name, package)?))
    })
}

/// A known program with its package.
type Named = (&'static str, &'static str);

const ERROR: &str = "configure: error: ";
/// Phrases directly before names of missing programs (`BEFORE`), and directly behind them
/// (`BEHIND`), in lower case and as words.
const BEFORE: &[&str] = &[
    "can not find",
    "can't find",
    "cannot find",
    "could not find",
    "couldn't find",
    "need",
    "needs",
    "requires",
    "unable to find",
    "you need",
];
const BEHIND: &[&str] = &[
    "are missing",
    "are needed",
    "are required",
    "cannot be found",
    "could not be found",
    "is missing",
    "is needed",
    "is not found",
    "is not installed",
    "is required",
    "missing",
    "must be installed",
    "needed",
    "not found",
    "not installed",
    "required",
    "was not found",
];
/// Words that may stand beside a name and that only say what it is.
const KINDS: &[&str] = &[
    "***",
    "a",
    "an",
    "command",
    "executable",
    "gnu",
    "program",
    "the",
    "tool",
    "utility",
];
/// Names that are also those of libraries, macros or headers that a `configure` looks for.
const AMBIGUOUS: &[&str] = &["brotli", "clang", "convert", "gettext", "gpg", "valgrind"];
/// Words that may stand behind a name that stands behind a phrase.
const GOES_ON: &[&str] = &["for", "in", "on", "to", "and", "but"];

/// The known programs of which a sentence says that they are missing: one, or several with `or`
/// between them.
fn missed(sentence: &str) -> Vec<Named> {
    let is_mark = |c: char| "`'\"‘’()[],;:.!*".contains(c);
    let all: Vec<&str> = sentence.split_whitespace().collect();
    let words: Vec<String> = all
        .iter()
        .map(|word| word.trim_matches(is_mark).to_lowercase())
        .collect();
    let known = |at: usize| {
        let name = all.get(at)?.trim_matches(is_mark);
        let mut programs = PROGRAMS.iter();
        let is_more = absent::is_name_of_more(name) || AMBIGUOUS.contains(&name);
        programs.find(|(program, _)| *program == name && !is_more)
    };
    let Some(first) = (0..all.len()).find(|at| known(*at).is_some()) else {
        return Vec::new();
    };
    let mut found: Vec<Named> = known(first).into_iter().copied().collect();
    let mut last = first;
    while words.get(last + 1).is_some_and(|word| word == "or") {
        let Some(other) = known(last + 2) else {
            return Vec::new();
        };
        found.push(*other);
        last += 2;
    }
    let is_kind = |word: &&String| word.is_empty() || KINDS.contains(&word.as_str());
    let mut begin = first;
    while begin > 0 && is_kind(&&words[begin - 1]) {
        begin -= 1;
    }
    let mut end = last + 1;
    while words.get(end).as_ref().is_some_and(is_kind) {
        end += 1;
    }
    let ends = |at: usize| all[at].ends_with([',', ';', ':', '.', '!']);
    let (before, behind) = (words[..begin].join(" "), words[end..].join(" "));
    // A word before the name could be what is really missing, as in `module for meson is required`.
    let begins_here = begin == 0 || ends(begin - 1);
    let ends_here = end == all.len() || ends(end - 1) || GOES_ON.contains(&words[end].as_str());
    let is_before = BEFORE.iter().any(|words| ends_with_words(&before, words));
    let is_behind = BEHIND.iter().any(|words| begins_with_words(&behind, words));
    if (is_before && ends_here) || (is_behind && begins_here) {
        found
    } else {
        Vec::new()
    }
}

fn ends_with_words(text: &str, words: &str) -> bool {
    let rest = text.strip_suffix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}

fn begins_with_words(text: &str, words: &str) -> bool {
    let rest = text.strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_counts_where_a_configure_says_that_it_is_missing() {
        for (sentence, names) in [
            ("makeinfo is required", &["makeinfo"][..]),
            ("Could not find yasm or nasm", &["yasm", "nasm"]),
            ("You need gperf to build this package.", &["gperf"]),
            ("*** gperf not found", &["gperf"]),
            ("GNU gperf is missing.", &["gperf"]),
            ("The msgfmt command is required to build x", &["msgfmt"]),
            ("the program `xsltproc' was not found", &["xsltproc"]),
            ("cannot find help2man. Install it", &["help2man"]),
            ("sorry, xxd required", &["xxd"]),
            // Another thing is missing.
            ("libunwind is needed for strace", &[]),
            ("a module for meson is required", &[]),
            ("headers of valgrind not found", &[]),
            ("Could not find valgrind headers", &[]),
            ("Could not find doxygen.cfg", &[]),
            ("readline is required by gnuplot", &[]),
            ("makeinfo is too old", &[]),
            ("gettext is required", &[]),
            ("sqlite3 not found", &[]),
            ("could not convert x: missing y", &[]),
            ("you need to go", &[]),
            ("Could not find yasm or an assembler", &[]),
        ] {
            let found: Vec<&str> = missed(sentence).iter().map(|(name, _)| *name).collect();
            assert_eq!(found, names, "{sentence}");
        }
    }

    #[test]
    fn a_macro_is_known_by_what_autoconf_or_a_shell_says() {
        let error = "./configure: line 2620: syntax error near unexpected token `1.0'";
        for (line, above, name) in [
            (
                "configure.ac:3: error: possibly undefined macro: AM_ICONV",
                "",
                Some("AM_ICONV"),
            ),
            (
                "./configure: line 2620: `GTK_DOC_CHECK(1.0)'",
                error,
                Some("GTK_DOC_CHECK"),
            ),
            ("./configure: line 2620: `GTK_DOC_CHECK(1.0)'", "", None),
            (error, "", None),
        ] {
            assert_eq!(undefined(line, above), name, "{line}");
        }
    }
}
