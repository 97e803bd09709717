//! Causes of failed builds: files of the project that the container could not write.

use std::path::{Component, Path, PathBuf};

use super::failure::{Failure, Found};
use crate::cargo::trusted::{CARGO_CONFIG, REPOSITORIES};
use crate::engine::spec::EnvVar;

const READ_ONLY: &str = "Read-only file system";

/// The words in the last lines up to the error, among which is the path that a script could not
/// write to. None if there is no such error.
fn near(said: &str) -> Option<Vec<&str>> {
    const NEAR: usize = 3;
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().rposition(|line| line.contains(READ_ONLY))?;
    let near = lines[at.saturating_sub(NEAR)..=at].iter();
    let near = near.filter(|line| !line.contains(" panicked at "));
    let is_between = |c: char| c.is_whitespace() || "`'\",:".contains(c);
    Some(near.flat_map(|line| line.split(is_between)).collect())
}

/// Whether the place that a script could not write to is read-only whatever the settings: it is
/// outside the project, or programs of the host obey it.
fn writes_elsewhere(failure: &Failure<'_>, said: &str) -> bool {
    let is_obeyed = |part: Component<'_>| {
        let part = part.as_os_str();
        part == CARGO_CONFIG || REPOSITORIES.iter().any(|name| part == *name)
    };
    near(said).unwrap_or_default().into_iter().any(|word| {
        let path = Path::new(word);
        (path.is_absolute() && failure.shown.is_elsewhere(path)) || path.components().any(is_obeyed)
    })
}

pub(super) fn a_read_only_project(failure: &Failure<'_>) -> Option<Found> {
    if !failure.after.read_only {
        return None;
    }
    let said = failure.says_anywhere(&[READ_ONLY])?;
    // Cargo's home, for example, stays read-only with the setting.
    if failure
        .scripts
        .iter()
        .any(|script| writes_elsewhere(failure, &script.said))
    {
        return None;
    }
    let hint = "the container cannot write to sources: `read-only = false` below `[build]` lets it write to those of the project";
    Some(Found::by([said], hint))
}

/// A directory of the project that a variable of the caller's names, and to which a script was to
/// write. The key that mounts it is narrower than the one for the whole project.
pub(super) fn a_directory_of_a_variable(failure: &Failure<'_>) -> Option<Found> {
    failure.after.read_only.then_some(())?;
    let named: Vec<(&str, PathBuf)> = failure
        .env
        .iter()
        .filter_map(|it| dir(failure, it))
        .collect();
    if named.is_empty() {
        return None;
    }
    failure.scripts.iter().find_map(|script| {
        let paths = near(&script.said)?;
        let calls = failure.shown.calls(&script.said);
        let is_meant = |(name, dir): &&(&str, PathBuf)| {
            let mut paths = paths.iter().map(Path::new);
            paths.any(|path| path.starts_with(dir)) || calls.iter().any(|call| call.writes(name))
        };
        let (name, _) = named.iter().find(is_meant)?;
        let hint = format!(
            "the container cannot write to the directory in `{name}`: `volumes = [\"{name}\"]` below `[build.env]` lets it"
        );
        Some(Found::by([READ_ONLY], hint))
    })
}

/// A variable with the caller's own value, which is a directory within the project that may be
/// mounted.
fn dir<'a>(failure: &Failure<'_>, variable: &'a EnvVar) -> Option<(&'a str, PathBuf)> {
    let EnvVar::Inherit(name) = variable else {
        return None;
    };
    let path = Path::new(failure.host.text(name)?);
    let is_within = path.starts_with(failure.shown.root) && path != failure.shown.root;
    let is_one = is_within && path.is_dir() && failure.shown.may_be_shown(path);
    is_one.then(|| (name.as_str(), path.to_owned()))
}
