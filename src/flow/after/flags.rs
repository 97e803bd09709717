//! Causes of failed builds: files of this machine that flags for rustc name and that the container
//! does not have.

use std::path::Path;

use super::absent;
use super::failure::{Failure, Found};
use super::output::NO_FILE;
use super::tables::MISSING;

/// Options with files that rustc reads before anything else. If one is missing, cargo's first
/// question to rustc fails:
/// <https://doc.rust-lang.org/rustc/codegen-options/#profile-use>,
/// <https://doc.rust-lang.org/rustc/command-line-arguments.html#path-load-command-line-flags-from-a-path>.
const READ_FIRST: &[&str] = &["profile-use=", "profile-sample-use="];

/// Options whose value, a path, follows without a separator.
const BEFORE: &[&str] = &["-L", "-T", "@"];

/// The words around the name of a library that rustc does not find:
/// <https://doc.rust-lang.org/error_codes/error-index.html>.
const NOT_FOUND: (&str, &[char]) = ("could not find native static library `", &['`']);

/// A file or directory that a flag names and whose absence explains an error.
pub(super) fn a_file(failure: &Failure<'_>) -> Option<Found> {
    let shown = &failure.shown;
    let flags = &failure.after.flags;
    let path = flags.iter().find_map(|flag| {
        let is_first =
            flag.starts_with('@') || READ_FIRST.iter().any(|option| flag.contains(option));
        paths(flag).find(|path| {
            let is_missed = || {
                is_first && failure.is_elsewhere()
                    || is_named(failure, path)
                    || has_library(failure, path)
            };
            shown.is_hidden(Path::new(path)) && is_missed()
        })
    })?;
    let mount = if shown.may_be_shown(Path::new(path)) {
        absent::mount(path)
    } else {
        // Only the caller's own settings may mount any path.
        format!("`CROSS_BUILD_ENV_VOLUMES=DATA={path}` in the environment mounts it")
    };
    let hint = format!("the container has no `{path}`, which flags for rustc name: {mount}");
    Some(Found::by([path], hint))
}

/// The absolute paths in a flag.
fn paths(flag: &str) -> impl Iterator<Item = &str> {
    let values = flag.split(['=', ',']);
    let values = values.map(|value| {
        let mut bare = BEFORE
            .iter()
            .filter_map(|option| value.strip_prefix(option));
        bare.next().unwrap_or(value)
    });
    values.filter(|value| value.starts_with('/') && !value.contains(char::is_control))
}

/// Whether a line of an error reports that a path does not exist. The path alone does not count, as
/// the linker's command has it as well.
fn is_named(failure: &Failure<'_>, path: &str) -> bool {
    let mut lines = failure.errors.iter().flat_map(|error| error.text.lines());
    lines.any(|line| line.contains(path) && line.contains(NO_FILE))
}

/// Whether a directory has a library that the linker or rustc did not find.
fn has_library(failure: &Failure<'_>, dir: &str) -> bool {
    failure.errors.iter().any(|error| {
        let mut words = MISSING.iter().chain([&NOT_FOUND]);
        words.any(|(before, behind)| {
            let mut rest = error.text.split(*before).skip(1);
            rest.any(|rest| {
                let name = rest.split(*behind).next().unwrap_or_default();
                let is_name = !name.is_empty() && !name.contains(['/', '.']);
                let has = |ending| Path::new(dir).join(format!("lib{name}{ending}"));
                is_name && [".a", ".so"].map(has).iter().any(|file| file.exists())
            })
        })
    })
}
