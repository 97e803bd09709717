//! A separate copy of cargo's registry for containers, for commands with which cargo fetches by
//! itself: it resolves another lock file than the project's, or unpacks a package that it has just
//! made. No program of the host reads this copy. At first it has the packages in the project's lock
//! file, which the host's cargo has fetched. So only new packages have to be fetched without the
//! caller's credentials.

use std::path::{Path, PathBuf};

use crate::cargo::fetch::LockFile;
use cross_base::beneath::Place;
use cross_base::error::Result;
use cross_base::fs;

/// A registry for containers, and the source that it is filled from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    /// The caller's registry, in cargo's home.
    pub(crate) from: PathBuf,
    /// The directory of the containers' registry.
    pub(crate) to: PathBuf,
    pub(crate) lockfile: PathBuf,
}

impl Registry {
    /// Copies the files that are missing. Files that a container has put in their places stay, and
    /// may cause errors in the next container.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub(crate) fn fill(&self) -> Result<()> {
        fs::create_dir_all(&self.to)?;
        let Some(lock) = fs::read_if_exists(&self.lockfile)? else {
            return Ok(());
        };
        let lock = LockFile::parse(&self.lockfile, &lock)?;
        let registries = fs::names_in(&self.from.join("index"));
        for package in lock.package.iter().filter(|p| p.is_of_registry()) {
            for registry in &registries {
                // Crates for other platforms have no archive, but cargo looks them up in the index.
                let entry = format!("index/{registry}/.cache/{}", in_index(&package.name));
                self.copy(&entry)?;
                self.copy(&format!("cache/{registry}/{}", package.archive()))?;
            }
        }
        for registry in &registries {
            self.copy(&format!("index/{registry}/config.json"))?;
        }
        Ok(())
    }

    /// Copies a file if it exists and its destination does not.
    fn copy(&self, path: &str) -> Result<()> {
        let to = self.to.join(path);
        if to.is_symlink() || to.exists() {
            return Ok(());
        }
        let Ok(content) = fs_err::read(self.from.join(path)) else {
            return Ok(());
        };
        Place::new(&to, std::slice::from_ref(&self.to)).create(&content)
    }
}

/// The path of a crate's file in a registry's index.
/// <https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files>
fn in_index(name: &str) -> String {
    let name = name.to_lowercase();
    match name.len() {
        1 | 2 => format!("{}/{name}", name.len()),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => match (name.get(..2), name.get(2..4)) {
            (Some(first), Some(second)) => format!("{first}/{second}/{name}"),
            _ => name,
        },
    }
}

/// The directory in the cache that has a directory for each target directory.
const BUILD: &str = "build";

/// The directory in the cache for files that only containers of this target directory use.
/// Containers can change nothing else in the cache, and users who share a target directory share
/// its results anyway.
pub(crate) fn container_cache(cache: &Path, target_dir: &Path) -> PathBuf {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(target_dir.as_os_str().as_encoded_bytes());
    cache.join(BUILD).join(hex::encode(&digest[..16]))
}

/// The directories of [`container_cache`] for all target directories.
pub(crate) fn container_caches(cache: &Path) -> Vec<PathBuf> {
    fs::paths_in(&cache.join(BUILD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_where_an_index_has_them() {
        for (name, place) in [
            ("a", "1/a"),
            ("ab", "2/ab"),
            ("Abc", "3/a/abc"),
            ("serde_json", "se/rd/serde_json"),
        ] {
            assert_eq!(in_index(name), place);
        }
    }

    #[test]
    fn what_the_lock_file_lists_is_there_and_what_was_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        let lock = "[[package]]\nname = \"good\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
        for (path, text) in [
            ("Cargo.lock", lock),
            ("from/cache/r/good-1.0.0.crate", "archive"),
            ("from/cache/r/other-1.0.0.crate", "archive"),
            ("from/index/r/config.json", "{}"),
            ("from/index/r/.cache/go/od/good", "index"),
            ("to/index/r/config.json", "own"),
        ] {
            fs::write_if_changed(&at(path), text.as_bytes()).unwrap();
        }
        let registry = Registry {
            from: at("from"),
            to: at("to"),
            lockfile: at("Cargo.lock"),
        };
        registry.fill().unwrap();
        let text = |path: &str| fs::read_if_exists(&at(path)).unwrap();
        assert_eq!(
            text("to/cache/r/good-1.0.0.crate").as_deref(),
            Some("archive")
        );
        assert_eq!(
            text("to/index/r/.cache/go/od/good").as_deref(),
            Some("index")
        );
        assert_eq!(text("to/index/r/config.json").as_deref(), Some("own"));
        assert_eq!(text("to/cache/r/other-1.0.0.crate"), None);
        registry.fill().unwrap();
    }

    #[test]
    fn a_link_that_a_container_left_is_not_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        let lock = "[[package]]\nname = \"good\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
        for (path, text) in [
            ("Cargo.lock", lock),
            ("from/cache/r/good-1.0.0.crate", "archive"),
            ("from/index/r/config.json", "{}"),
        ] {
            fs::write_if_changed(&at(path), text.as_bytes()).unwrap();
        }
        fs::create_dir_all(&at("outside")).unwrap();
        fs::create_dir_all(&at("to")).unwrap();
        std::os::unix::fs::symlink(at("outside"), at("to/cache")).unwrap();
        let registry = Registry {
            from: at("from"),
            to: at("to"),
            lockfile: at("Cargo.lock"),
        };
        let error = registry.fill().unwrap_err();
        assert!(error.message().contains("is a symbolic link"), "{error:?}");
        assert_eq!(fs::names_in(&at("outside")), [""; 0]);
    }
}
