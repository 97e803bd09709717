//! Directories beside a package's manifest to which test crates write the findings of failing
//! tests.

use std::path::{Path, PathBuf};

use crate::cargo::metadata::Package;
use cross_base::fs;

/// A directory that a test crate writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    /// The name of the crate.
    pub(crate) of: &'static str,
    pub(crate) dir: PathBuf,
}

/// Test crates and their directories. If trybuild cannot write there, it reports that instead of
/// the compiler's output. If proptest cannot, the seed of the failure is lost.
const DIRECTORIES: &[(&str, &str)] = &[
    // <https://docs.rs/trybuild/latest/trybuild/#workflow>
    ("trybuild", "wip"),
    // <https://proptest-rs.github.io/proptest/proptest/failure-persistence.html>
    ("proptest", "proptest-regressions"),
];

/// The directories for those packages that are inside the root. Symbolic links are left out,
/// because they may lead anywhere.
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

/// Whether a path does not exist, or is a directory and not a symbolic link.
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
