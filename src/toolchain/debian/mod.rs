//! The Debian packages of the base image: their root directory, unpacked and not set up.

mod database;
mod root;

use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;

use super::definition::text;
use super::fetch::{Origin, Packages};
use super::lock::{self, Package};
use super::mirrors;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::pattern::matches;
use cross_base::term::Term;

/// The edition of this folder's code. To be changed when the code makes other files of the same
/// packages.
const EDITION: &[u8] = b"1";
/// The file that defines the base image, and the file with the names of all its packages,
/// dependencies included.
pub(super) const DEFINITION: &str = "base.toml";
const PACKAGES: &str = "base.packages";
/// The purpose of the packages, in messages.
const WHAT: &str = "base";

/// The definition of the base image.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Definition {
    suite: String,
    /// The packages that were chosen. The file `PACKAGES` has these with their dependencies.
    packages: Vec<String>,
    /// Patterns of files that are left out.
    omitted: Vec<String>,
    /// The pattern of documentation, which is left out unless it matches `notices`.
    documentation: String,
    notices: String,
    parts: Vec<Part>,
}

/// A package of which the image has some files but which is not installed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Part {
    package: String,
    /// Patterns of the package's files that the root directory has.
    #[serde(default)]
    files: Vec<String>,
    /// The name of the part of rows' images whose Dockerfile takes the package.
    of: Option<String>,
}

static READ: LazyLock<Option<Definition>> = LazyLock::new(|| {
    // A test reads the file, so this does not fail.
    toml::from_str(text(DEFINITION)).ok()
});

/// The Debian packages of the base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Debian {
    definition: &'static Definition,
    /// The packages that are installed.
    packages: Vec<&'static Package>,
    parts: Vec<(&'static Part, &'static Package)>,
}

impl Debian {
    /// The packages by the files that are embedded in the program.
    ///
    /// # Errors
    ///
    /// When the lock file lacks a package.
    pub(crate) fn new() -> Result<Self> {
        let definition = READ.as_ref();
        let definition =
            definition.ok_or_else(|| Error::new("the definition of the base is not whole"))?;
        let locked = |name: &str| {
            lock::find(&definition.suite, name).ok_or_else(|| {
                let suite = &definition.suite;
                Error::new(format!(
                    "the lock file has no package `{name}` of {suite} for the base"
                ))
            })
        };
        let parts = definition.parts.iter();
        let parts = parts.map(|part| Ok((part, locked(&part.package)?)));
        Ok(Self {
            definition,
            packages: text(PACKAGES).lines().map(locked).collect::<Result<_>>()?,
            parts: parts.collect::<Result<_>>()?,
        })
    }

    /// Sixteen hexadecimal digits that identify the packages, by the lock file, and what this code
    /// makes of them.
    pub(crate) fn digest(&self) -> String {
        let mut digest = Digest::default();
        digest.add(EDITION);
        digest.add(text(DEFINITION).as_bytes());
        for package in self.root() {
            digest.add(package.sha256.as_bytes());
        }
        digest.finish()
    }

    /// The packages of the base image, with those that are not installed.
    pub(super) fn root(&self) -> impl Iterator<Item = &'static Package> {
        let parts = self.parts.iter().filter(|(part, _)| part.of.is_none());
        self.packages
            .iter()
            .chain(parts.map(|(_, package)| package))
            .copied()
    }

    /// The packages of the base image and those of parts of rows' images.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static Package> {
        let parts = self.parts.iter().filter(|(part, _)| part.of.is_some());
        self.root().chain(parts.map(|(_, package)| *package))
    }

    /// Whether a package is installed in the base image.
    pub(crate) fn installs(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// The number of installed packages.
    pub(crate) fn count(&self) -> usize {
        self.packages.len()
    }

    /// Fetches packages that are not in the cache, and returns the paths of all.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched, or a newer version was taken in its place.
    pub(super) fn keep(&self, host: &Host, term: Term, origin: &Origin) -> Result<Vec<PathBuf>> {
        let (packages, all) = (
            Packages::new(WHAT, host, term, origin),
            self.all().collect::<Vec<_>>(),
        );
        packages.ensure(&all)?;
        packages.pinned(&all)
    }

    /// The number of the base image's packages that are not in the cache.
    pub(crate) fn missing(&self, host: &Host) -> usize {
        let origin = Origin::default();
        let packages = Packages::new(WHAT, host, Term::default(), &origin);
        self.root().filter(|it| !packages.path(it).exists()).count()
    }

    /// The host of the first mirror that answers.
    ///
    /// # Errors
    ///
    /// When no mirror answers, or nothing may be fetched.
    pub(crate) fn reached(&self, host: &Host, origin: &Origin) -> Result<String> {
        let packages = Packages::new(WHAT, host, Term::default(), origin);
        let missing = self.root().filter(|it| !packages.path(it).exists());
        packages.needs_network(&missing.collect::<Vec<_>>())?;
        mirrors::reached(origin.mirror.as_ref(), &self.definition.suite, host)
    }

    /// The packages of a part of rows' images.
    pub(super) fn of_part(&self, name: &str) -> impl Iterator<Item = &'static Package> {
        let parts = self.parts.iter();
        let parts = parts.filter(move |(part, _)| part.of.as_deref() == Some(name));
        parts.map(|(_, package)| *package)
    }

    /// Writes an archive of the root directory. The packages must be in the cache.
    ///
    /// # Errors
    ///
    /// When a package cannot be read, or the archive cannot be written.
    pub(crate) fn write(
        &self,
        to: &mut (dyn Write + Send),
        host: &Host,
        origin: &Origin,
    ) -> Result<()> {
        // In the image, apt needs mirrors only for packages that users add, so none is required.
        let suite = &self.definition.suite;
        let mut mirrors = mirrors::of(origin.mirror.as_ref()).unwrap_or_default();
        if !origin.offline {
            mirrors = mirrors::that_answer(mirrors, suite, host);
        }
        let sources = mirrors::for_apt(&mirrors, suite);
        root::write(
            self,
            &Packages::new(WHAT, host, Term::default(), origin),
            &sources,
            to,
        )
    }

    /// Whether the root directory has a file of a package.
    pub(super) fn has(&self, package: &Package, path: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, path));
        let definition = self.definition;
        match self
            .parts
            .iter()
            .find(|(_, other)| other.name == package.name)
        {
            Some((part, _)) => any(&part.files),
            None if matches(&definition.notices, path) => true,
            None => !matches(&definition.documentation, path) && !any(&definition.omitted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_chosen_is_among_the_packages() {
        let read = toml::from_str::<Definition>(text(DEFINITION)).unwrap();
        let names: Vec<&str> = text(PACKAGES).lines().collect();
        for name in &read.packages {
            assert!(names.contains(&name.as_str()), "{name}");
        }
        for name in ["apt", "base-files", "dpkg", "libc6"] {
            assert!(names.contains(&name), "{name}");
        }
    }

    #[test]
    fn documentation_is_left_out_and_licences_are_not() {
        let debian = Debian::new().unwrap();
        let package = debian.packages[0];
        let has = |path| debian.has(package, path);
        assert!(has("usr/bin/gcc"));
        assert!(has("usr/share/doc/gcc/copyright"));
        assert!(!has("usr/share/doc/gcc/README"));
        assert!(!has("usr/share/man/man1/gcc.1.gz"));
        let (_, part) = debian
            .parts
            .iter()
            .find(|(part, _)| part.of.is_none())
            .unwrap();
        assert!(debian.has(part, "usr/include/google/protobuf/any.proto"));
        assert!(!debian.has(part, "usr/include/google/protobuf/any.pb.h"));
    }
}
