//! Causes of failed builds: libraries that pkg-config did not find. Many build scripts ask it
//! first, and go on without the library if it does not know it. So its error only counts where
//! nothing tells of another failure behind it.

use super::failure::{Failure, Found};
use super::kept::{FailedScript, For};
use super::output::{before_backtrace, between, is_end, is_other_error};
use super::tables::MODULES;

/// The words around the name of a library that pkg-config does not find: the first are from the
/// crate `pkg-config`, the others from pkgconf.
const NO_MODULE: &[(&str, &str)] = &[
    ("The system library `", "` required by crate"),
    ("Package '", "' not found"),
    ("Package '", "', required by"),
    ("Package ", " was not found in the pkg-config search path"),
];
/// Words of pkg-config's about a library that exists in another version than a script asks for.
const VERSIONS: &[&str] = &["has version", "but version of", "version mismatch"];

/// Parts of errors about a program that failed, which a script has started.
const PROGRAM_FAILED: &[&str] = &[
    "did not execute successfully",
    "exit code: ",
    "exit status: ",
];
/// The beginnings of errors with which CMake, autoconf and Meson end because of pkg-config.
const REQUIRED: &[&str] = &[
    "/FindPkgConfig.cmake:",
    "configure: error: Package requirements (",
    "ERROR: Dependency \"",
];
/// Words about pkg-config, in lower case.
const ABOUT: &[&str] = &["pkg-config", "pkg_config", "pkgconf"];
/// Words with which a script says that it needs a library, in lower case.
const NEEDED: &[&str] = &[
    "depend", "detect", "find", "found", "install", "locate", "missing", "need", "requir",
];

/// A missing library that pkg-config was asked for and that the tables have.
pub(super) fn a_library(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let named = missed(script)?;
        let (name, package) = MODULES.iter().find(|(module, _)| *module == named)?;
        let what = format!("the library `{name}`");
        let has_glibc = failure.after.row?.glibc_floor().is_some();
        let isolated = failure.after.isolated;
        let hint = if isolated && script.built_for == For::Target && !has_glibc {
            format!(
                "the image lacks {what} for the target, and Debian has it for glibc only: some crates build it by \
                 themselves with a feature like `vendored`, `bundled` or `static`"
            )
        } else {
            failure.lacks(&what, package, script.built_for)?
        };
        Some(Found::by([*name], hint))
    })
}

/// A missing library that pkg-config was asked for and that the tables do not have.
pub(super) fn any_library(failure: &Failure<'_>) -> Option<Found> {
    const FAILED: &str = "pkg-config exited with status code";
    let row = failure
        .row_of_image()
        .filter(|row| row.glibc_floor().is_some())?;
    let arch = row.package_architecture();
    let script = failure.scripts.iter().find(|script| {
        let is_known = |name| MODULES.iter().any(|(module, _)| *module == name);
        script.said.contains(FAILED) && missed(script).is_some_and(|name| !is_known(name))
    })?;
    let (whose, suffix) = match script.built_for {
        For::Target if row.is_native() => ("the target", String::new()),
        For::Target => ("the target", format!(", with `:{arch}` behind its name")),
        For::Build => ("the programs that run at build time", String::new()),
    };
    let hint = format!(
        "pkg-config finds a library for {whose} nowhere: let `pre-build` install the package of Debian's that has the `.pc` file{suffix}"
    );
    Some(Found::by([FAILED], hint))
}

/// The name of the library without which a script has failed.
fn missed(script: &FailedScript) -> Option<&str> {
    if VERSIONS.iter().any(|words| script.said.contains(words)) {
        return None;
    }
    let lines: Vec<&str> = script.said.lines().collect();
    let (at, name) = lines.iter().enumerate().rev().find_map(|(at, line)| {
        let mut words = NO_MODULE.iter();
        Some((at, words.find_map(|words| between(line, *words))?))
    })?;
    let behind = before_backtrace(lines[at + 1..].iter().copied());
    is_the_last(name, &behind.collect::<Vec<_>>(), &script.said).then_some(name)
}

/// Whether a script has failed because of a library, by the lines behind pkg-config's error.
fn is_the_last(name: &str, behind: &[&str], said: &str) -> bool {
    let has = |line: &str, words: &[&str]| words.iter().any(|words| line.contains(words));
    let lower: Vec<String> = behind.iter().map(|line| line.to_lowercase()).collect();
    let is_of_pkg_config = |at: usize| has(&lower[at], ABOUT) || has(behind[at], REQUIRED);
    let mut all = 0..behind.len();
    if all.any(|at| is_other_error(behind[at]) && !is_of_pkg_config(at)) {
        return false;
    }
    // The error with which the script ended, if it has one.
    let end = behind.iter().position(|line| is_end(line));
    let is_failed = behind.iter().any(|line| has(line, PROGRAM_FAILED));
    if is_failed {
        return has(said, REQUIRED);
    }
    let stem = stem(name).to_lowercase();
    end.is_none_or(|end| {
        let mut end = end..behind.len();
        end.any(|at| {
            let line = &lower[at];
            is_of_pkg_config(at)
                || line == "explicit panic"
                || line.contains(&stem) && has(line, NEEDED)
        })
    })
}

/// The part of a library's name that people say: `usb` of `libusb-1.0`.
fn stem(name: &str) -> &str {
    let bare = name.strip_prefix("lib").unwrap_or(name);
    let end = bare.find(|c: char| !c.is_alphabetic());
    let stem = &bare[..end.unwrap_or(bare.len())];
    if stem.len() < 3 { name } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_by_what_people_call_it() {
        for (name, said) in [
            ("libusb-1.0", "usb"),
            ("opencv4", "opencv"),
            ("gtk+-3.0", "gtk"),
            ("dbus-1", "dbus"),
            ("x11", "x11"),
            ("libva", "libva"),
            ("zlib", "zlib"),
        ] {
            assert_eq!(stem(name), said);
        }
    }
}
