//! Causes of failed builds: headers that a compiler or bindgen did not find, and libraries and
//! programs that CMake did not find.

use super::failure::{Failure, Found};
use super::output::{between, last_words};
use super::tables::{HEADERS, OF_CMAKE, PROGRAMS};

/// The words around the name of a missing header: clang's and bindgen's, then GCC's.
const ABSENT: &[(&str, &str)] = &[
    ("fatal error: '", "' file not found"),
    ("fatal error: ", ": No such file or directory"),
];

/// Words at the end of a script's output if it failed because of a compiler: from the crate `cc`,
/// make, Ninja and others.
const BY_COMPILER: &[&str] = &[
    "cc-rs",
    "Error ",
    "exit status",
    "exit code",
    "build stopped",
];

/// A missing header of a library that is not installed.
pub(super) fn a_header(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let (name, package) = missing(&script.said)?;
        let hint = failure.lacks(&format!("the header `{name}`"), package, script.built_for)?;
        Some(Found::by([name], hint))
    })
}

/// A missing library that a CMake project requires:
/// <https://cmake.org/cmake/help/latest/module/FindPackageHandleStandardArgs.html>.
pub(super) fn a_library_of_cmake(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let named = not_found(&script.said).map(|(name, _)| name);
        let configured = required(&script.said);
        let named = named.or(configured.as_deref())?;
        let (name, package) = OF_CMAKE.iter().find(|(name, _)| *name == named)?;
        is_compilers(&script.said).then_some(())?;
        let hint = failure.lacks(&format!("the library `{name}`"), package, script.built_for)?;
        let words = [format!("Could NOT find {name}"), format!("\"{name}\"")];
        Some(Found::by(words, hint))
    })
}

/// A known program that a CMake project requires:
/// <https://cmake.org/cmake/help/latest/command/find_program.html>.
pub(super) fn a_program_of_cmake(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let names = programs(&script.said).or_else(|| executables(&script.said))?;
        is_compilers(&script.said).then_some(())?;
        let known = |name: &&str| PROGRAMS.iter().find(|(program, _)| program == name);
        let package = |name: &str| known(&name).map(|(_, package)| *package);
        let mut all = names.split(", ");
        if all
            .clone()
            .any(|name| failure.has_program(name, package(name)))
        {
            return None;
        }
        let (name, package) = all.find_map(|name| known(&name))?;
        Some(Found::by([*name], failure.lacks_program(name, package)?))
    })
}

/// The names of a program that a CMake project requires, with commas between them.
fn programs(said: &str) -> Option<String> {
    const WORDS: &str = " using the following names: ";
    let error = errors(said).find(|error| error.contains(" (find_program):"))?;
    let (_, rest) = error.split_once(WORDS)?;
    let mut names = Vec::new();
    for word in rest.split(' ') {
        names.push(word);
        if !word.ends_with(',') {
            break;
        }
    }
    Some(names.join(" "))
}

/// What CMake's own modules did not find: the name of a library or program, and the variables that
/// would have it.
fn not_found(said: &str) -> Option<(&str, &str)> {
    // The line about an optional library begins with hyphens.
    let mut lines = said.lines().map(str::trim);
    lines.find_map(|line| {
        let (name, rest) = line
            .strip_prefix("Could NOT find ")?
            .split_once(" (missing: ")?;
        Some((name, rest.split(')').next()?))
    })
}

/// The names of a program, by the variable of CMake's that would have its path, with commas between
/// them: `FLEX_EXECUTABLE` is for `flex`, and `Protobuf_PROTOC_EXECUTABLE` for `protoc`.
fn executables(said: &str) -> Option<String> {
    let (_, variables) = not_found(said)?;
    let mut variables = variables.split(' ');
    let variable = variables.find_map(|name| name.strip_suffix("_EXECUTABLE"))?;
    let variable = variable.to_lowercase().replace('_', "-");
    let last = variable.rsplit('-').next()?;
    Some(format!("{variable}, {last}"))
}

/// The texts of CMake's errors, each on one line, as CMake breaks lines anywhere.
fn errors(said: &str) -> impl Iterator<Item = String> {
    let errors = said.split("CMake Error at ").skip(1);
    errors.map(|error| {
        let error = error.split("CMake Warning").next().unwrap_or_default();
        let words: Vec<&str> = error.split_whitespace().collect();
        words.join(" ")
    })
}

/// The name of a package that a CMake project requires and that brings its own files for CMake. A
/// warning says the same of packages that are not required:
/// <https://cmake.org/cmake/help/latest/command/find_package.html>.
fn required(said: &str) -> Option<String> {
    const WORDS: (&str, &str) = ("package configuration file provided by \"", "\"");
    errors(said).find_map(|error| between(&error, WORDS).map(str::to_owned))
}

/// The header that a line reports missing.
pub(super) fn named(line: &str) -> Option<&str> {
    ABSENT.iter().find_map(|words| between(line, *words))
}

/// Whether a script ended because of an error of a compiler or a build tool.
pub(super) fn is_compilers(said: &str) -> bool {
    last_words(said).any(|line| BY_COMPILER.iter().any(|words| line.contains(words)))
}

/// The last missing header in the output, with its package. None if the script went on after it, as
/// it may only have been an attempt.
fn missing(said: &str) -> Option<(&'static str, &'static str)> {
    let lines: Vec<&str> = said.lines().collect();
    let (at, named) = lines
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, line)| Some((at, named(line)?)))?;
    let found = HEADERS.iter().find(|(header, _)| *header == named)?;
    let is_named = || last_words(said).any(|line| line.contains(named));
    let is_last = || {
        !lines[at + 1..]
            .iter()
            .any(|line| line.contains(": error: "))
    };
    (is_named() || (is_compilers(said) && is_last())).then_some(*found)
}
