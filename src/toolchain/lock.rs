//! The packages that toolchains are made of, each by version, size and digest:
//! `toolchains/packages.lock`, which `ci/lock.py` writes.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::definition::text;

/// One package of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// The release's name: trixie.
    pub(crate) suite: &'static str,
    /// With an architecture behind a colon where that is not the one of machines that build:
    /// `libssl-dev:arm64`.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// In bytes, where it is known.
    pub(crate) size: Option<u64>,
    /// Of the whole file, in hexadecimal digits.
    pub(crate) sha256: &'static str,
    /// Where the file is below a mirror's address.
    pub(crate) path: &'static str,
}

static LOCKED: LazyLock<Vec<Package>> = LazyLock::new(|| {
    let lines = text("packages.lock").lines();
    lines.filter_map(read).collect()
});

/// Reads a line: suite, name, version, size, digest, path, with a space between them. None for a
/// comment.
fn read(line: &'static str) -> Option<Package> {
    // Each start reads all lines, and a search for white space of any kind takes ten times as long.
    let mut words = line.split(' ');
    let mut next = || words.next().filter(|_| !line.starts_with('#'));
    Some(Package {
        suite: next()?,
        name: next()?,
        version: next()?,
        size: Some(next()?.parse().ok()?),
        sha256: next()?,
        path: next()?,
    })
}

/// The same by suite and name: each start of a container asks for some hundred of them.
static BY_NAME: LazyLock<HashMap<(&str, &str), &Package>> = LazyLock::new(|| {
    let all = LOCKED.iter();
    all.map(|package| ((package.suite, package.name), package))
        .collect()
});

/// Looks a package up.
pub(super) fn find(suite: &str, name: &str) -> Option<&'static Package> {
    BY_NAME.get(&(suite, name)).copied()
}

/// Looks a package up by the digest of its file.
pub(super) fn by_digest(sha256: &str) -> Option<&'static Package> {
    LOCKED.iter().find(|package| package.sha256 == sha256)
}

/// How many there are.
#[cfg(test)]
pub(super) fn count() -> usize {
    LOCKED.len()
}

/// The architecture of machines that build.
const ARCHITECTURE: &str = "amd64";

impl Package {
    /// The name alone, and the architecture.
    pub(super) fn apart(&self) -> (&'static str, &'static str) {
        self.name
            .split_once(':')
            .unwrap_or((self.name, ARCHITECTURE))
    }

    /// What messages call it.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_package_or_a_comment() {
        let lines = text("packages.lock").lines();
        let packages = lines.filter(|line| !line.starts_with('#'));
        assert_eq!(packages.count(), LOCKED.len());
        assert!(!LOCKED.is_empty());
        assert!(LOCKED.is_sorted_by(|a, b| (a.suite, a.name) < (b.suite, b.name)));
        for package in LOCKED.iter() {
            assert_eq!(package.sha256.len(), 64, "{}", package.name);
            assert!(package.path.starts_with("pool/main/"), "{}", package.path);
        }
    }
}
