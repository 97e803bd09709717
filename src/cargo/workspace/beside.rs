//! Directories beside a package's manifest to which crates write what a failing test has found.

use std::path::{Path, PathBuf};

use crate::cargo::metadata::Package;
use cross_base::fs;

/// A directory of a package's tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    /// The crate that writes there.
    pub(crate) of: &'static str,
    pub(crate) dir: PathBuf,
}

/// Crates, and the directories. Without them the first says that it cannot write in place of what
/// the compiler said, and the seed that the second found is lost.
const DIRECTORIES: &[(&str, &str)] = &[
    // <https://docs.rs/trybuild/latest/trybuild/#workflow>
    ("trybuild", "wip"),
    // <https://proptest-rs.github.io/proptest/proptest/failure-persistence.html>
    ("proptest", "proptest-regressions"),
];

/// Those of the packages in a directory. A link may lead anywhere, so it is none.
pub(super) fn of_packages(packages: &[Package], root: &Path) -> Vec<Beside> {
    let packages = packages
        .iter()
        .filter(|package| package.dir().starts_with(root));
    packages
        .flat_map(|package| {
            let used = DIRECTORIES.iter().filter(|(of, _)| package.depends_on(of));
            used.map(|(of, name)| Beside {
                of,
                dir: package.dir().join(name),
            })
        })
        .filter(|beside| is_free(&beside.dir))
        .collect()
}

/// Whether there is nothing at a path, or a directory itself.
fn is_free(dir: &Path) -> bool {
    let is_directory = || {
        let real = dir.parent().map(fs::canonical);
        let real = real
            .zip(dir.file_name())
            .map(|(real, name)| real.join(name));
        dir.is_dir() && real.is_some_and(|real| fs::canonical(dir) == real)
    };
    fs::owner_of_link(dir).is_none() || is_directory()
}
