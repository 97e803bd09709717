//! Causes of failed builds: headers that a compiler or bindgen does not find, and libraries that
//! CMake does not.

use super::absent::last_words;
use super::failure::{Failure, Found};
use super::scripts::between;
use super::tables::{HEADERS, OF_CMAKE};

/// What stands around a header's name: clang's and bindgen's words, then GCC's.
const ABSENT: &[(&str, &str)] = &[
    ("fatal error: '", "' file not found"),
    ("fatal error: ", ": No such file or directory"),
];

/// What a script says at its end that failed because of a compiler: the crate `cc`, make, Ninja,
/// others.
const BY_COMPILER: &[&str] = &[
    "cc-rs",
    "Error ",
    "exit status",
    "exit code",
    "build stopped",
];

/// A header of a library that is not installed.
pub(super) fn a_header(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let (name, package) = missing(&script.said)?;
        let hint = failure.lacks(&format!("the header `{name}`"), package, script.built_for)?;
        Some(Found::by([name], hint))
    })
}

/// A library that a project of CMake's requires: <https://cmake.org/cmake/help/latest/module/FindPackageHandleStandardArgs.html>.
pub(super) fn a_library_of_cmake(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        // One that is not required is told in a line that begins with hyphens.
        let mut lines = script.said.lines().map(str::trim);
        let named = lines
            .find_map(|line| between(line.strip_prefix("Could NOT find ")?, ("", " (missing: ")))?;
        let (name, package) = OF_CMAKE.iter().find(|(name, _)| *name == named)?;
        is_compilers(&script.said).then_some(())?;
        let hint = failure.lacks(&format!("the library `{name}`"), package, script.built_for)?;
        Some(Found::by([format!("Could NOT find {name}")], hint))
    })
}

/// Whether a script ended because of what a compiler or the like had said.
fn is_compilers(said: &str) -> bool {
    last_words(said).any(|line| BY_COMPILER.iter().any(|words| line.contains(words)))
}

/// The last header that was not found, with its package, where the script did not go on from there:
/// it may only have tried.
fn missing(said: &str) -> Option<(&'static str, &'static str)> {
    let lines: Vec<&str> = said.lines().collect();
    let (at, named) = lines.iter().enumerate().rev().find_map(|(at, line)| {
        let mut words = ABSENT.iter();
        Some((at, words.find_map(|words| between(line, *words))?))
    })?;
    let found = HEADERS.iter().find(|(header, _)| *header == named)?;
    let is_named = || last_words(said).any(|line| line.contains(named));
    let is_last = || {
        !lines[at + 1..]
            .iter()
            .any(|line| line.contains(": error: "))
    };
    (is_named() || (is_compilers(said) && is_last())).then_some(*found)
}
