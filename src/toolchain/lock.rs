//! The lock file `toolchains/packages.lock`, which `ci/lock.py` writes: all packages of toolchains,
//! with their versions, sizes and digests.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::definition::text;

/// A package of a Debian release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// The name of the release, such as `trixie`.
    pub(crate) suite: &'static str,
    /// The package's name. If the architecture is not the build machine's, it stands behind a
    /// colon: `libssl-dev:arm64`.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The size in bytes, if known.
    pub(crate) size: Option<u64>,
    /// The SHA-256 of the file, in hexadecimal digits.
    pub(crate) sha256: &'static str,
    /// The path of the file below a mirror's address.
    pub(crate) path: &'static str,
}

static LOCKED: LazyLock<Vec<Package>> = LazyLock::new(|| {
    let lines = text("packages.lock").lines();
    lines.filter_map(read).collect()
});

/// Reads a line: suite, name, version, size, digest, path, separated by a space. None for a
/// comment.
fn read(line: &'static str) -> Option<Package> {
    // Each start of cross reads all lines. To split at any white space would take ten times as
    // long.
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

/// The packages by suite and name. Each start of a container looks some hundred of them up.
static BY_NAME: LazyLock<HashMap<(&str, &str), &Package>> = LazyLock::new(|| {
    let all = LOCKED.iter();
    all.map(|package| ((package.suite, package.name), package))
        .collect()
});

/// The package of this name in a release.
pub(super) fn find(suite: &str, name: &str) -> Option<&'static Package> {
    BY_NAME.get(&(suite, name)).copied()
}

/// The package whose file has this digest.
pub(super) fn by_digest(sha256: &str) -> Option<&'static Package> {
    LOCKED.iter().find(|package| package.sha256 == sha256)
}

/// The number of packages in the lock file.
#[cfg(test)]
pub(super) fn count() -> usize {
    LOCKED.len()
}

/// The architecture of the build machine.
const ARCHITECTURE: &str = "amd64";

impl Package {
    /// The name without the architecture, and the architecture.
    pub(super) fn apart(&self) -> (&'static str, &'static str) {
        self.name
            .split_once(':')
            .unwrap_or((self.name, ARCHITECTURE))
    }

    /// The package as messages name it.
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
