//! Dependencies from elsewhere, fetched by the user's own cargo on the host: it has the credentials,
//! keys, agents and proxies that a private registry or git server asks for, and the container gets
//! none of them. It also writes a lock file where there is none, for which it has to ask the same servers.
//!
//! Cargo alone knows what a target needs of a lock file, and asking it takes longer than all else
//! before the container starts. So what a fetch led to is written down: for the lock file and the
//! manifests as they were, the files that were there afterwards. While all are still so there is nothing
//! to fetch. (A manifest may ask for more than the lock file has; cargo then has to ask a registry.)

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::cli::Invocation;
use crate::error::{Error, Result};
use crate::fs;
use crate::process::Cmd;
use crate::toolchain::proxy;

/// What is needed to fetch, and to know that nothing need be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) cmd: Cmd,
    pub(crate) lockfile: PathBuf,
    /// What the lock file is made from.
    pub(crate) manifests: Vec<PathBuf>,
    /// Whether they may ask for something from elsewhere.
    pub(crate) asks_elsewhere: bool,
    /// Cargo's home, with the caches.
    pub(crate) cargo_home: PathBuf,
    /// Where it is written down.
    pub(crate) record: PathBuf,
}

/// The part of a lock file that matters here.
/// <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
#[derive(Debug, Deserialize)]
struct LockFile {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    /// None for what stands in the workspace or is reached by a path.
    source: Option<String>,
}

impl Fetch {
    /// Where a fetch for this lock file and this target is written down.
    pub(crate) fn record_in(cache: &Path, lockfile: &Path, triple: &str) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(lockfile.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(triple);
        cache
            .join("fetched")
            .join(hex::encode(&hash.finalize()[..8]))
    }

    /// Whether everything that is asked for was fetched before and is still there, or nothing is asked
    /// for from elsewhere.
    pub(crate) fn is_done(&self) -> bool {
        // A lock file that cannot be read is for cargo to complain about.
        let Ok(Some(lock)) = fs::read_if_exists(&self.lockfile) else {
            return true;
        };
        if !self.asks_elsewhere && !lock.contains("\nsource = ") {
            return true;
        }
        let Ok(Some(record)) = fs::read_if_exists(&self.record) else {
            return false;
        };
        let mut lines = record.lines();
        lines.next() == Some(self.digest(&lock).as_str())
            && lines.all(|path| self.cargo_home.join(path).exists())
    }

    /// Writes down what is there now.
    pub(crate) fn remember(&self) -> Result<()> {
        let lock = fs::read_if_exists(&self.lockfile)?.unwrap_or_default();
        let mut record = self.digest(&lock) + "\n";
        for path in self.files(&lock)? {
            record.push_str(&path);
            record.push('\n');
        }
        fs::write_if_changed(&self.record, record.as_bytes())
    }

    /// What the lock file and the manifests say.
    fn digest(&self, lock: &str) -> String {
        let mut hash = Sha256::new_with_prefix(lock);
        for path in &self.manifests {
            // One that cannot be read is for cargo to complain about.
            hash.update([0]);
            hash.update(fs::read_if_exists(path).ok().flatten().unwrap_or_default());
        }
        hex::encode(hash.finalize())
    }

    /// What is in cargo's caches of what the lock file lists, below cargo's home. Of packages that the
    /// target does not need, nothing is there.
    fn files(&self, lock: &str) -> Result<Vec<String>> {
        let lock: LockFile = toml::from_str(lock).map_err(|e| {
            Error::new(format!(
                "cannot understand `{}`: {}",
                self.lockfile.display(),
                e.message()
            ))
        })?;
        let below = |dir: &str| -> Vec<String> {
            let names = fs::names_in(&self.cargo_home.join(dir)).into_iter();
            names.map(|name| format!("{dir}/{name}")).collect()
        };
        let registries = below("registry/cache");
        let checkouts: Vec<String> = below("git/checkouts")
            .iter()
            .flat_map(|d| below(d))
            .collect();
        let mut files = Vec::new();
        for package in lock.package {
            let Some(source) = package.source else {
                continue;
            };
            if let Some((_, commit)) = source
                .split_once('#')
                .filter(|_| source.starts_with("git+"))
            {
                // Cargo names a checkout by the commit's first digits.
                let is_its = |dir: &&String| {
                    dir.rsplit('/')
                        .next()
                        .is_some_and(|short| commit.starts_with(short))
                };
                files.extend(checkouts.iter().filter(is_its).cloned());
            } else {
                let name = format!("{}-{}.crate", package.name, package.version);
                let archives = registries.iter().map(|dir| format!("{dir}/{name}"));
                files.extend(archives.filter(|path| self.cargo_home.join(path).exists()));
            }
        }
        Ok(files)
    }
}

/// The command with which cargo writes a lock file exactly as the build would.
pub(crate) fn lock_command(invocation: &Invocation) -> Cmd {
    let mut args = vec![OsString::from("generate-lockfile")];
    if invocation.options.offline {
        args.push("--offline".into());
    }
    same_workspace(invocation, args)
}

/// The command with which cargo fetches what the target needs of the lock file, and what build scripts
/// and procedural macros need, which run on the host.
pub(crate) fn fetch_command(invocation: &Invocation, triple: &str, host: &str) -> Cmd {
    let mut args = vec![OsString::from("fetch")];
    // A target of the user's own is described by a file, which this command does not take everywhere.
    if !triple.contains('.') {
        args.extend(["--target".into(), triple.into()]);
        if triple != host {
            args.extend(["--target".into(), host.into()]);
        }
    }
    if invocation.options.locked {
        args.push("--locked".into());
    }
    same_workspace(invocation, args)
}

/// A command of cargo's about the workspace of an invocation, with its toolchain and configuration, and
/// as loud as it.
fn same_workspace(invocation: &Invocation, command: Vec<OsString>) -> Cmd {
    let options = &invocation.options;
    let mut args: Vec<OsString> = options.for_metadata();
    args.extend(command);
    if options.quiet {
        args.push("--quiet".into());
    }
    if let Some(when) = &options.color {
        args.extend(["--color".into(), when.clone()]);
    }
    let paths = [
        ("--manifest-path", &options.manifest_path),
        ("--lockfile-path", &options.lockfile_path),
    ];
    for (flag, path) in paths {
        if let Some(path) = path {
            args.push(flag.into());
            args.push(path.into());
        }
    }
    proxy("cargo", invocation.toolchain.as_deref()).args(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n\
        [[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\
        source = \"registry+https://example.org/index\"\n\n\
        [[package]]\nname = \"elsewhere\"\nversion = \"1.0.0\"\n\
        source = \"registry+https://example.org/index\"\n\n\
        [[package]]\nname = \"b\"\nversion = \"0.1.0\"\n\
        source = \"git+https://example.org/b#0123456789012345678901234567890123456789\"\n";
    const ARCHIVE: &str = "home/registry/cache/example.org-0/a-1.2.3.crate";
    const CHECKOUT: &str = "home/git/checkouts/b-0/0123456";

    fn fetched() -> (tempfile::TempDir, Fetch) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(&root.join(CHECKOUT)).unwrap();
        for (path, text) in [(ARCHIVE, ""), ("Cargo.lock", LOCK), ("Cargo.toml", "")] {
            fs::write_if_changed(&root.join(path), text.as_bytes()).unwrap();
            fs::touch(&root.join(path)).unwrap();
        }
        let fetch = Fetch {
            cmd: Cmd::new("cargo"),
            lockfile: root.join("Cargo.lock"),
            manifests: vec![root.join("Cargo.toml")],
            asks_elsewhere: true,
            cargo_home: root.join("home"),
            record: Fetch::record_in(&root.join("cache"), &root.join("Cargo.lock"), "t"),
        };
        assert!(!fetch.is_done(), "nothing was fetched yet");
        fetch.remember().unwrap();
        assert!(fetch.is_done());
        (dir, fetch)
    }

    #[test]
    fn what_was_fetched_is_not_fetched_again_until_the_lock_file_changes() {
        let (_dir, fetch) = fetched();
        fs::write_if_changed(&fetch.lockfile, LOCK.replace("1.2.3", "1.2.4").as_bytes()).unwrap();
        assert!(!fetch.is_done());
    }

    #[test]
    fn a_changed_manifest_may_ask_for_more() {
        let (_dir, fetch) = fetched();
        fs::write_if_changed(&fetch.manifests[0], b"[dependencies]\nc = \"1\"\n").unwrap();
        assert!(!fetch.is_done());
    }

    #[test]
    fn what_was_removed_from_the_cache_is_fetched_again() {
        for path in [ARCHIVE, CHECKOUT] {
            let (dir, fetch) = fetched();
            let path = dir.path().join(path);
            fs_err::remove_file(&path)
                .or_else(|_| fs_err::remove_dir(&path))
                .unwrap();
            assert!(!fetch.is_done(), "{}", path.display());
        }
    }

    #[test]
    fn a_project_without_dependencies_from_elsewhere_has_nothing_to_fetch() {
        let (_dir, mut fetch) = fetched();
        fetch.record = "/nonexistent".into();
        assert!(!fetch.is_done());
        let (own, _) = LOCK.split_once("[[package]]\nname = \"a\"").unwrap();
        fs::write_if_changed(&fetch.lockfile, own.as_bytes()).unwrap();
        assert!(!fetch.is_done(), "the lock file may be stale");
        fetch.asks_elsewhere = false;
        assert!(fetch.is_done());
    }
}
