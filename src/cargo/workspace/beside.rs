//! Directories and files beside a package's sources to which test crates write the findings of
//! failing tests.

use std::path::{Path, PathBuf};

use crate::cargo::metadata::Package;
use cross_base::fs;

/// A place that a test crate writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    /// The name of the crate.
    pub(crate) of: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
}

/// The kind of a place that a test crate writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A directory. If it is new, it is removed after the run unless something is in it.
    Dir { is_new: bool },
    /// An existing file.
    File,
    /// A file that does not exist, in a directory of sources. It cannot be mounted, and the
    /// directory must not be.
    Missing,
}

/// Test crates and their directories. If trybuild cannot write there, it reports that instead of
/// the compiler's output. If proptest cannot, the seed of the failure is lost.
const DIRECTORIES: &[(&str, &str)] = &[
    // <https://docs.rs/trybuild/latest/trybuild/#workflow>
    ("trybuild", "wip"),
    // <https://proptest-rs.github.io/proptest/proptest/failure-persistence.html>
    ("proptest", SEEDS),
];

/// The crate that keeps the seeds of failed tests, and the name of the directory for them. Only
/// sources below a `lib.rs` or `main.rs` have such a directory, beside the one in which that is.
const PROPTEST: &str = "proptest";
const SEEDS: &str = "proptest-regressions";

/// The directory of a package's integration tests, which have no `lib.rs`. Each has a file for its
/// seeds beside itself, whose extension is [`SEEDS`].
/// <https://docs.rs/proptest/latest/proptest/test_runner/enum.FileFailurePersistence.html>
const TESTS: &str = "tests";

/// The places for those packages that are inside the root. Symbolic links are left out, because
/// they may lead anywhere.
pub(super) fn of_packages(packages: &[Package], root: &Path) -> Vec<Beside> {
    let packages = packages
        .iter()
        .filter(|package| package.dir().starts_with(root));
    packages.flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<Beside> {
    let used = DIRECTORIES.iter().filter(|(of, _)| package.depends_on(of));
    let dirs = used.map(|(of, name)| Beside {
        of,
        path: package.dir().join(name),
        kind: Kind::Dir {
            is_new: !package.dir().join(name).exists(),
        },
    });
    let mut places: Vec<Beside> = dirs.filter(|beside| is_free(&beside.path)).collect();
    if package.depends_on(PROPTEST) {
        places.extend(seeds_of_tests(&package.dir().join(TESTS)));
    }
    places
}

/// The places for the seeds of integration tests.
fn seeds_of_tests(tests: &Path) -> Vec<Beside> {
    let names = fs::names_in(tests);
    let mut places: Vec<(PathBuf, Kind)> = Vec::new();
    for name in &names {
        let path = tests.join(name);
        if let Some(test) = name.strip_suffix(".rs") {
            let seeds = format!("{test}.{SEEDS}");
            if !names.contains(&seeds) {
                places.push((tests.join(seeds), Kind::Missing));
            }
        } else if name.ends_with(&format!(".{SEEDS}")) {
            places.extend(is_plain_file(&path).then_some((path, Kind::File)));
        } else if path.join("main.rs").is_file() {
            let dir = tests.join(SEEDS);
            let there = dir.is_dir() && is_free(&dir);
            places.push((
                dir,
                if there {
                    Kind::Dir { is_new: false }
                } else {
                    Kind::Missing
                },
            ));
        }
    }
    places.sort_by(|(one, _), (other, _)| one.cmp(other));
    places.dedup();
    let places = places.into_iter();
    let places = places.map(|(path, kind)| Beside {
        of: PROPTEST,
        path,
        kind,
    });
    places.collect()
}

/// Whether a path does not exist, or is a directory and not a symbolic link.
fn is_free(dir: &Path) -> bool {
    fs::owner_of_link(dir).is_none() || (dir.is_dir() && is_no_link(dir))
}

fn is_plain_file(path: &Path) -> bool {
    path.is_file() && is_no_link(path)
}

/// Whether the last name of an existing path is no symbolic link.
fn is_no_link(path: &Path) -> bool {
    let real = path.parent().map(fs::canonical);
    let real = real.zip(path.file_name());
    real.is_some_and(|(real, name)| fs::canonical(path) == real.join(name))
}
