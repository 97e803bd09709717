//! Fetching of dependencies. The host's cargo does it, because it has the credentials, keys, agents
//! and proxies for private registries and git servers, which no container gets. The host's cargo
//! also writes a missing lock file, for which it asks the same servers.
//!
//! Only cargo knows which packages of a lock file a target needs, and asking it takes longer than
//! anything else before the container starts. So the result of a fetch is recorded: a digest of the
//! lock file and the manifests, and the fetched files. While these are unchanged there is nothing
//! to fetch. (Manifests count because one may ask for more than the lock file has; cargo then has
//! to ask a registry.)
//!
//! Containers cannot fetch: cargo's caches are read-only there, because the host's cargo runs code
//! from them in every project. So all packages that cargo needs in a container have to be fetched
//! here, including those of the standard library.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::cargo::toolchain::proxy;
use crate::cli::Invocation;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::process::Cmd;
use cross_base::term::Term;

/// A command that fetches packages, and the data that shows whether it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) cmd: Cmd,
    pub(crate) lockfile: PathBuf,
    /// The lock file of the standard library, if that is built from source.
    pub(crate) library: Option<PathBuf>,
    /// The manifests from which the lock file is made.
    pub(crate) manifests: Vec<PathBuf>,
    /// Whether a manifest may have a dependency that is not reached by a path.
    pub(crate) asks_elsewhere: bool,
    /// Cargo's home, which has the caches.
    pub(crate) cargo_home: PathBuf,
    /// The file with the record of the last fetch.
    pub(crate) record: PathBuf,
    /// Whether the command was run for this plan already and has failed.
    pub(crate) has_failed: bool,
}

/// The packages in a lock file.
/// <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
#[derive(Debug, Deserialize)]
pub(crate) struct LockFile {
    #[serde(default)]
    pub(crate) package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The registry or repository. None for members of the workspace and path dependencies.
    pub(crate) source: Option<String>,
}

/// The purpose of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    /// The target's and the host's triple. None to fetch all packages in the lock file.
    pub(crate) platforms: Option<(&'a str, &'a str)>,
    /// Additional `--config` settings, in the form `key=value`.
    pub(crate) settings: &'a [String],
    /// Identifies cargo's configuration, which may name other sources and patches.
    pub(crate) config: &'a str,
}

impl LockFile {
    /// Parses a lock file.
    ///
    /// # Errors
    ///
    /// If the text is not a lock file.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let path = path.display();
            Error::new(format!("cannot understand `{path}`: {}", e.message()))
        })
    }
}

impl Package {
    /// Whether the package comes from a registry. False for packages from git and path
    /// dependencies.
    pub(crate) fn is_of_registry(&self) -> bool {
        let source = self.source.as_deref();
        source.is_some_and(|source| !source.starts_with("git+"))
    }

    /// The file name of the package's archive.
    pub(crate) fn archive(&self) -> String {
        format!("{}-{}.crate", self.name, self.version)
    }
}

impl Fetch {
    /// The file for the record of a fetch, by lock file, purpose, and the toolchain whose cargo
    /// fetches.
    pub(crate) fn record_in(
        cache: &Path,
        lockfile: &Path,
        scope: Scope<'_>,
        sysroot: &Path,
    ) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(lockfile.as_os_str().as_encoded_bytes());
        let triple = scope
            .platforms
            .map(|(triple, _)| triple)
            .unwrap_or_default();
        let settings = scope.settings.iter().map(String::as_bytes);
        let words = [
            sysroot.as_os_str().as_encoded_bytes(),
            triple.as_bytes(),
            scope.config.as_bytes(),
        ];
        for word in words.into_iter().chain(settings) {
            hash.update([0]);
            hash.update(word);
        }
        cache
            .join("fetched")
            .join(hex::encode(&hash.finalize()[..8]))
    }

    /// Whether the needed packages were fetched before and their files still exist, or no package
    /// has to be fetched at all.
    pub(crate) fn is_recorded(&self) -> bool {
        let lock = match fs::read_if_exists(&self.lockfile) {
            Ok(Some(lock)) => lock,
            Ok(None) => return false,
            // If the lock file cannot be read, cargo reports it later.
            Err(_) => return true,
        };
        if !self.asks_elsewhere && !lock.contains("\nsource = ") && self.library.is_none() {
            return true;
        }
        let Ok(Some(record)) = fs::read_if_exists(&self.record) else {
            return false;
        };
        let mut lines = record.lines();
        lines.next() == Some(self.digest(&lock).as_str())
            && lines.all(|path| self.cargo_home.join(path).exists())
    }

    /// Runs the command. A failure is only a warning, as the build may need less than cargo
    /// fetches: if a crate is missing, cargo in the container fails. Returns whether cargo could
    /// fetch.
    ///
    /// # Errors
    ///
    /// If cargo cannot be started, or the record not be written.
    pub(crate) fn run(&self, term: Term) -> Result<bool> {
        if self.has_failed {
            return Ok(false);
        }
        term.verbose("Fetching", &self.cmd.to_string());
        if self.cmd.status_with_signals()?.success() {
            self.remember()?;
            return Ok(true);
        }
        term.warning(
            "the host's cargo could not fetch all dependencies, see above; going on with those that are there",
        );
        Ok(false)
    }

    /// Whether the last fetch was for the lock file and the manifests as they are.
    pub(crate) fn has_seen_lockfile(&self) -> bool {
        let record = fs::read_if_exists(&self.record).ok().flatten();
        let lock = fs::read_if_exists(&self.lockfile).ok().flatten();
        record.zip(lock).is_some_and(|(record, lock)| {
            record.lines().next() == Some(self.digest(&lock).as_str())
        })
    }

    /// Records the files that are in the caches now.
    fn remember(&self) -> Result<()> {
        let lock = fs::read_if_exists(&self.lockfile)?.unwrap_or_default();
        let mut record = self.digest(&lock) + "\n";
        let mut files = self.files(&self.lockfile, &lock)?;
        if let (Some(path), Some(text)) = (&self.library, self.library_text()) {
            files.extend(self.files(path, &text)?);
        }
        for path in files {
            record.push_str(&path);
            record.push('\n');
        }
        fs::write_if_changed(&self.record, record.as_bytes())
    }

    /// The text of the standard library's lock file. None if rustup has not installed it yet.
    fn library_text(&self) -> Option<String> {
        fs::read_if_exists(self.library.as_ref()?).ok()?
    }

    /// The digest of the lock files and the manifests.
    fn digest(&self, lock: &str) -> String {
        let mut hash = Sha256::new_with_prefix(lock);
        if let Some(text) = self.library_text() {
            hash.update([0]);
            hash.update(text);
        }
        for path in &self.manifests {
            // If a manifest cannot be read, cargo reports it later.
            hash.update([0]);
            hash.update(fs::read_if_exists(path).ok().flatten().unwrap_or_default());
        }
        hex::encode(hash.finalize())
    }

    /// The files in cargo's caches for the packages of a lock file, relative to cargo's home:
    /// archives, and their unpacked sources, which cargo in the container could not write. Packages
    /// that the target does not need have none.
    fn files(&self, path: &Path, lock: &str) -> Result<Vec<String>> {
        let lock = LockFile::parse(path, lock)?;
        let below = |dir: &str| -> Vec<String> {
            let names = fs::names_in(&self.cargo_home.join(dir)).into_iter();
            names.map(|name| format!("{dir}/{name}")).collect()
        };
        let registries = fs::names_in(&self.cargo_home.join("registry/cache"));
        let checkouts: Vec<String> = below("git/checkouts")
            .iter()
            .flat_map(|d| below(d))
            .collect();
        let mut files = Vec::new();
        for package in lock.package {
            let Some(source) = &package.source else {
                continue;
            };
            if package.is_of_registry() {
                for registry in &registries {
                    files.extend(self.of_registry(registry, &package.archive()));
                }
            } else if let Some((_, commit)) = source.split_once('#') {
                // The name of a checkout's directory is the beginning of the commit's hash.
                let is_its = |dir: &&String| {
                    dir.rsplit('/')
                        .next()
                        .is_some_and(|short| commit.starts_with(short))
                };
                let its = checkouts.iter().filter(is_its).cloned();
                files.extend(
                    its.flat_map(|dir| {
                        let whole = format!("{dir}/{WHOLE}");
                        [Some(whole).filter(|path| self.has(path)), Some(dir)]
                    })
                    .flatten(),
                );
            }
        }
        Ok(files)
    }

    /// The files in cargo's caches for a package of a registry.
    fn of_registry(&self, registry: &str, archive: &str) -> Vec<String> {
        let unpacked = archive.trim_end_matches(".crate");
        let paths = [
            format!("registry/cache/{registry}/{archive}"),
            format!("registry/src/{registry}/{unpacked}/{WHOLE}"),
            format!("registry/index/{registry}/config.json"),
        ];
        if !self.has(&paths[0]) {
            return Vec::new();
        }
        paths.into_iter().filter(|path| self.has(path)).collect()
    }

    fn has(&self, path: &str) -> bool {
        self.cargo_home.join(path).exists()
    }
}

/// The file by which cargo marks a package as completely unpacked or checked out.
/// <https://doc.rust-lang.org/nightly/nightly-rustc/cargo/sources/registry/index.html>
const WHOLE: &str = ".cargo-ok";

/// The command with which cargo writes a missing lock file, as a build would write it.
pub(crate) fn lock_command(invocation: &Invocation) -> Cmd {
    let mut args = vec![OsString::from("generate-lockfile")];
    if invocation.options.offline {
        args.push("--offline".into());
    }
    same_workspace(invocation, args)
}

/// The command with which cargo fetches the packages for the target, and those for build scripts
/// and procedural macros, which run on the host.
pub(crate) fn fetch_command(invocation: &Invocation, scope: Scope<'_>) -> Cmd {
    let mut args = vec![OsString::from("fetch")];
    for setting in scope.settings {
        args.extend(["--config".into(), setting.into()]);
    }
    // A custom target is named by a file's path, which `cargo fetch` does not accept everywhere.
    if let Some((triple, host)) = scope.platforms.filter(|(triple, _)| !triple.contains('.')) {
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

/// A command of cargo's for the workspace of an invocation, with the same toolchain, configuration,
/// colour and verbosity.
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
    /// Cargo could not unpack the archive itself where its caches are read-only.
    const UNPACKED: &str = "home/registry/src/example.org-0/a-1.2.3/.cargo-ok";

    fn fetched() -> (tempfile::TempDir, Fetch) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(&root.join(CHECKOUT)).unwrap();
        fs::create_dir_all(root.join(UNPACKED).parent().unwrap()).unwrap();
        for (path, text) in [
            (ARCHIVE, ""),
            (UNPACKED, ""),
            ("Cargo.lock", LOCK),
            ("Cargo.toml", ""),
        ] {
            fs::write_if_changed(&root.join(path), text.as_bytes()).unwrap();
            fs::touch(&root.join(path)).unwrap();
        }
        let fetch = Fetch {
            cmd: Cmd::new("cargo"),
            lockfile: root.join("Cargo.lock"),
            manifests: vec![root.join("Cargo.toml")],
            asks_elsewhere: true,
            cargo_home: root.join("home"),
            library: None,
            record: Fetch::record_in(
                &root.join("cache"),
                &root.join("Cargo.lock"),
                Scope {
                    platforms: Some(("t", "h")),
                    settings: &[],
                    config: "",
                },
                Path::new("/sysroot"),
            ),
            has_failed: false,
        };
        assert!(!fetch.is_recorded(), "nothing was fetched yet");
        fetch.remember().unwrap();
        assert!(fetch.is_recorded());
        (dir, fetch)
    }

    #[test]
    fn what_was_fetched_is_not_fetched_again_until_the_lock_file_changes() {
        let (_dir, fetch) = fetched();
        fs::write_if_changed(&fetch.lockfile, LOCK.replace("1.2.3", "1.2.4").as_bytes()).unwrap();
        assert!(!fetch.is_recorded());
    }

    #[test]
    fn a_changed_manifest_may_ask_for_more() {
        let (_dir, fetch) = fetched();
        fs::write_if_changed(&fetch.manifests[0], b"[dependencies]\nc = \"1\"\n").unwrap();
        assert!(!fetch.is_recorded());
    }

    #[test]
    fn what_was_removed_from_the_cache_is_fetched_again() {
        for path in [ARCHIVE, CHECKOUT, UNPACKED] {
            let (dir, fetch) = fetched();
            let path = dir.path().join(path);
            fs_err::remove_file(&path)
                .or_else(|_| fs_err::remove_dir(&path))
                .unwrap();
            assert!(!fetch.is_recorded(), "{}", path.display());
        }
    }

    #[test]
    fn another_standard_library_may_need_more() {
        let (dir, mut fetch) = fetched();
        let library = dir.path().join("library.lock");
        fetch.library = Some(library.clone());
        // rustup has not installed the library's source yet.
        assert!(fetch.is_recorded());
        fs::write_if_changed(&library, LOCK.as_bytes()).unwrap();
        assert!(!fetch.is_recorded());
        fetch.remember().unwrap();
        assert!(fetch.is_recorded());
        // A project without dependencies still needs those of the standard library.
        fetch.asks_elsewhere = false;
        fs::write_if_changed(&fetch.lockfile, b"version = 4\n").unwrap();
        assert!(!fetch.is_recorded());
    }

    #[test]
    fn a_project_without_dependencies_from_elsewhere_has_nothing_to_fetch() {
        let (_dir, mut fetch) = fetched();
        fetch.record = "/nonexistent".into();
        assert!(!fetch.is_recorded());
        let (own, _) = LOCK.split_once("[[package]]\nname = \"a\"").unwrap();
        fs::write_if_changed(&fetch.lockfile, own.as_bytes()).unwrap();
        assert!(!fetch.is_recorded(), "the lock file may be stale");
        fetch.asks_elsewhere = false;
        assert!(fetch.is_recorded());
    }
}
