//! Causes of failed builds: git submodules whose files were not fetched.
//! <https://git-scm.com/docs/gitmodules>

use std::path::Path;

use super::failure::{Failure, Found};
use cross_base::beneath::Place;

/// The largest size in bytes of a list of submodules that is read.
const LIMIT: u64 = 1 << 16;

/// Parts of errors about files that do not exist: the system's, CMake's and clang's.
const ABSENT: &[&str] = &[
    "No such file or directory",
    "does not appear to contain CMakeLists.txt",
    "does not exist",
    "file not found",
];

/// A submodule of the project's without files, in which a build script or rustc looked for one.
pub(super) fn without_files(failure: &Failure<'_>) -> Option<Found> {
    let said = failure.scripts.iter().map(|script| script.said.as_str());
    let errors = failure.errors.iter().map(|error| error.text.as_str());
    let texts = said.chain(errors);
    let is_absent = |text: &&str| ABSENT.iter().any(|words| text.contains(words));
    let texts: Vec<&str> = texts.filter(is_absent).collect();
    if texts.is_empty() {
        return None;
    }
    // The repository may begin above the workspace.
    let root = failure.shown.root;
    let (repository, list) = root.ancestors().find_map(|dir| {
        let view = Place::trusted(dir).view()?;
        Some((dir, view.text(Path::new(".gitmodules"), LIMIT)?))
    })?;
    let path = paths(&list).find(|path| {
        let dir = repository.join(path);
        let is_missed = texts.iter().any(|text| is_in(text, path));
        is_missed && dir.starts_with(root) && is_empty(&dir)
    })?;
    let hint = format!(
        "the git submodule `{path}` has no files: `git submodule update --init --recursive` fetches them"
    );
    Some(Found::by([path], hint))
}

/// The paths of submodules that a list has.
fn paths(list: &str) -> impl Iterator<Item = &str> {
    let values = list.lines().filter_map(|line| line.split_once('='));
    let paths = values.filter(|(key, _)| key.trim() == "path");
    let paths = paths.map(|(_, path)| path.trim());
    let is_plain = |path: &&str| {
        let odd = |c: char| c.is_control() || "`\"\\".contains(c);
        !path.is_empty() && !path.starts_with('/') && !path.contains("..") && !path.contains(odd)
    };
    paths.filter(is_plain)
}

/// Whether a text has a path, as a whole or as the beginning of others.
fn is_in(text: &str, path: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let mut found = text.match_indices(path);
    found.any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + path.len()..]);
        !before.ends_with(goes_on) && !behind.starts_with(goes_on)
    })
}

fn is_empty(dir: &Path) -> bool {
    let view = Place::trusted(dir).view();
    view.is_none_or(|view| view.names().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_submodules_are_read() {
        let list = "[submodule \"a\"]\n\tpath = vendor/a\n\turl = https://example.com/a\n\
            [submodule \"b\"]\n\tpath=b\n[submodule \"c\"]\n\tpath = ../c\n\tbranch = path\n";
        assert_eq!(paths(list).collect::<Vec<_>>(), ["vendor/a", "b"]);
    }

    #[test]
    fn a_path_counts_as_a_whole() {
        for (text, is_named) in [
            ("The source directory \"/p/vendor/a\" does not exist.", true),
            (
                "cc1: fatal error: vendor/a/x.c: No such file or directory",
                true,
            ),
            ("\"-I\" \"vendor/a/include\"", true),
            ("vendor/ab/x.c", false),
            ("my-vendor/a", false),
        ] {
            assert_eq!(is_in(text, "vendor/a"), is_named, "{text}");
        }
    }
}
