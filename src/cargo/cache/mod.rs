//! A cache of the answers of rustc and cargo. To ask them takes longer than anything else before
//! the container starts, and their answers only change with the files that they read. So each
//! answer is written to a file together with all that it depends on (its [`Fingerprint`]s), and is
//! used only while every fingerprint holds. If cross cannot know what an answer depends on, as with
//! a `rustc` that is neither rustup's proxy nor a toolchain's own program, it asks every time.

mod fingerprint;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cargo::config::CargoConfig;
use crate::cargo::input::Input;
use crate::cargo::metadata::Metadata;
use crate::cargo::sccache::Facts;
use crate::cargo::toolchain::{Toolchain, is_proxy};
use crate::cargo::trusted::TOOLCHAIN_FILES;
use crate::cli::Invocation;
use cross_base::digest::Digest;
use cross_base::fs;
use cross_base::host::Host;
use fingerprint::Fingerprint;

/// The number of files that are kept. There is a file for each working directory, cargo
/// configuration and environment.
const KEPT: usize = 256;

/// The key of the answer about the project. Answers about other manifests have the manifest's path
/// as their key.
const PROJECT: &str = "";

/// An answer with the fingerprints of all that it depends on.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Known<T> {
    answer: T,
    fingerprints: Vec<Fingerprint>,
}

/// The content of a file in the cache.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Record {
    /// rustc's answer about its toolchain.
    rustc: Option<Known<String>>,
    /// The specifications of targets that rustc printed, by triple.
    #[serde(default)]
    specifications: BTreeMap<String, String>,
    /// Cargo's answers about the project, under the key [`PROJECT`], and about manifests outside
    /// it, under their paths.
    cargo: BTreeMap<PathBuf, Known<Metadata>>,
    /// The facts about the caller's sccache.
    sccache: Option<Known<Facts>>,
}

/// The cached answers for one command line.
#[derive(Debug)]
pub(crate) struct ProbeCache<'a> {
    host: &'a Host,
    /// The project's manifest, or the path at which cargo begins to look for it.
    start: PathBuf,
    /// rustc and cargo on the caller's `PATH`.
    programs: Option<[PathBuf; 2]>,
    /// The cargo of the toolchain.
    cargo: Option<PathBuf>,
    file: PathBuf,
    record: Record,
    /// Whether `record` has answers that the file does not have.
    grown: bool,
}

impl<T> Known<T> {
    fn holds(&self) -> bool {
        self.fingerprints.iter().all(Fingerprint::holds)
    }

    /// Whether the answer depends on this file or directory.
    fn is_about(&self, subject: &Input) -> bool {
        let mut fingerprints = self.fingerprints.iter();
        fingerprints.any(|fingerprint| fingerprint.is_of(subject))
    }

    /// None if the state of one of the subjects cannot be read.
    fn new(answer: T, subjects: Vec<Input>) -> Option<Self> {
        let fingerprints = subjects.into_iter().map(Fingerprint::new);
        Some(Self {
            answer,
            fingerprints: fingerprints.collect::<Option<_>>()?,
        })
    }
}

impl<'a> ProbeCache<'a> {
    /// Reads the cached answers for this command line, configuration and environment, and drops
    /// those whose fingerprints do not hold.
    pub(crate) fn recall(
        host: &'a Host,
        invocation: &Invocation,
        cwd: &Path,
        config: &CargoConfig,
    ) -> Self {
        let find = |name| host.on_path(name);
        let programs = find("rustc").zip(find("cargo"));
        let programs = programs.map(|(rustc, cargo)| [rustc, cargo]);
        let manifest = invocation.options.manifest_path.as_ref();
        let mut key = Digest::default();
        for path in programs.iter().flatten().chain([&host.cwd]) {
            key.add(path.as_os_str().as_encoded_bytes());
        }
        for word in invocation.options.for_metadata() {
            key.add(word.as_encoded_bytes());
        }
        for word in [
            manifest.map(|path| path.as_os_str()),
            invocation.toolchain.as_deref(),
        ] {
            key.add(word.unwrap_or_default().as_encoded_bytes());
        }
        for (name, value) in host.env.iter().filter(|(name, _)| counts(name)) {
            key.add(name.as_encoded_bytes());
            key.add(value.as_encoded_bytes());
        }
        config.digest(&mut key);
        let file = host.cache.join("answers");
        let file = file.join(format!("{}.json", key.finish()));
        let text = fs::read_if_exists(&file).ok().flatten();
        // A file that cannot be parsed is damaged or another version's, and will be overwritten.
        let record = text.and_then(|text| serde_json::from_str(&text).ok());
        let mut record: Record = record.unwrap_or_default();
        record.rustc = record.rustc.filter(Known::holds);
        if record.rustc.is_none() {
            record.specifications.clear();
            record.cargo.clear();
        }
        let project = Path::new(PROJECT);
        if !record.cargo.get(project).is_some_and(Known::holds) {
            record.cargo.remove(project);
        }
        Self {
            host,
            start: match manifest {
                Some(path) => fs::absolute(cwd, path),
                None => cwd.join("Cargo.toml"),
            },
            programs,
            cargo: None,
            file,
            record,
            grown: false,
        }
    }

    /// rustc's answer about its toolchain.
    pub(crate) fn rustc(&self) -> Option<String> {
        Some(self.record.rustc.as_ref()?.answer.clone())
    }

    /// Cargo's answer about the project.
    pub(crate) fn project(&self) -> Option<Metadata> {
        let known = self.record.cargo.get(Path::new(PROJECT))?;
        Some(known.answer.clone())
    }

    /// Remembers the answers about the toolchain and the project.
    pub(crate) fn learn(&mut self, rustc: &str, toolchain: &Toolchain, project: &Metadata) {
        let from = toolchain.cargo_from.as_ref();
        let cargo = from.unwrap_or(&toolchain.sysroot).join("bin/cargo");
        if self.record.rustc.is_none() {
            let own = [toolchain.sysroot.join("bin/rustc"), cargo.clone()];
            let Some(programs) = self.programs.clone() else {
                return;
            };
            let mut pairs = programs.iter().zip(&own);
            if !pairs.all(|(program, own)| is_plain(program, own)) {
                return;
            }
            let mut subjects = rustup_files(self.host);
            subjects.extend(programs.into_iter().chain(own).map(Input::Program));
            self.record.rustc = Known::new(rustc.to_owned(), subjects);
            self.grown = true;
        }
        self.cargo = Some(cargo);
        let name = Path::new(PROJECT);
        if !self.record.cargo.contains_key(name) {
            let start = self.start.clone();
            self.add(name, &start, project);
        }
    }

    /// Cargo's answer about a manifest outside the project, from the cache or else from `ask`.
    ///
    /// # Errors
    ///
    /// Those of `ask`.
    pub(crate) fn about<E>(
        &mut self,
        manifest: &Path,
        ask: impl FnOnce() -> Result<Metadata, E>,
    ) -> Result<Metadata, E> {
        let known = self.record.cargo.get(manifest);
        if let Some(known) = known.filter(|known| known.holds()) {
            return Ok(known.answer.clone());
        }
        let answer = ask()?;
        self.add(manifest, manifest, &answer);
        Ok(answer)
    }

    fn add(&mut self, name: &Path, start: &Path, answer: &Metadata) {
        let Some(cargo) = self.cargo.clone() else {
            return;
        };
        let above = start.ancestors().skip(1);
        let mut subjects: Vec<Input> = above
            .map(|dir| Input::Text(dir.join("Cargo.toml")))
            .chain([Input::Program(cargo)])
            .collect();
        subjects.extend(answer.depends_on());
        subjects.sort();
        subjects.dedup();
        if let Some(known) = Known::new(answer.clone(), subjects) {
            self.record.cargo.insert(name.to_owned(), known);
            self.grown = true;
        }
    }

    /// The specification of a target that rustc prints, from the cache or else from `ask`.
    ///
    /// # Errors
    ///
    /// Those of `ask`.
    pub(crate) fn specification<E>(
        &mut self,
        triple: &str,
        ask: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        if let Some(known) = self.record.specifications.get(triple) {
            return Ok(known.clone());
        }
        let answer = ask()?;
        // The specification has the same dependencies as the answer about the toolchain, so it is
        // only cached with that.
        if self.record.rustc.is_some() {
            let all = &mut self.record.specifications;
            all.insert(triple.to_owned(), answer.clone());
            self.grown = true;
        }
        Ok(answer)
    }

    /// The facts about the caller's sccache, from the cache or else from the program.
    ///
    /// # Errors
    ///
    /// When the program cannot be read.
    pub(crate) fn sccache(&mut self, path: &Path) -> cross_base::error::Result<Facts> {
        let program = Input::Program(path.to_owned());
        let known = self.record.sccache.as_ref();
        if let Some(known) = known.filter(|known| known.is_about(&program) && known.holds()) {
            return Ok(known.answer.clone());
        }
        let answer = Facts::of(path)?;
        self.record.sccache = Known::new(answer.clone(), vec![program]);
        self.grown = true;
        Ok(answer)
    }

    /// Writes new answers to the cache. A failure is ignored, since the next call then only asks
    /// again.
    pub(crate) fn keep(&self) {
        if !self.grown {
            return;
        }
        if let Ok(text) = serde_json::to_vec(&self.record) {
            if fs::write_if_changed(&self.file, &text).is_ok() {
                let dir = self.file.parent().unwrap_or(Path::new("/"));
                fs::keep_newest(dir, KEPT);
            }
        }
    }
}

/// Whether the answers may depend on an environment variable: on any that rustup, rustc and cargo
/// may read, except those about registries, which have tokens.
fn counts(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let theirs = ["CARGO", "RUSTUP", "RUSTC", "__CARGO", "HOME"];
    theirs.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with("CARGO_REGISTR")
}

/// Whether a program on `PATH` is rustup's proxy, which chooses by known files, or the toolchain's
/// own program. A program of another kind may choose a toolchain in a way that cross does not know.
fn is_plain(program: &Path, own: &Path) -> bool {
    is_proxy(program) || fs::is_same(program, own)
}

/// The files from which rustup chooses a toolchain.
/// <https://rust-lang.github.io/rustup/overrides.html>
fn rustup_files(host: &Host) -> Vec<Input> {
    let above = host.cwd.ancestors();
    let named = above.flat_map(|dir| TOOLCHAIN_FILES.map(|name| Input::Text(dir.join(name))));
    let settings = [
        host.rustup_home.join("settings.toml"),
        PathBuf::from("/etc/rustup/settings.toml"),
    ];
    let installed = Input::Links(host.rustup_home.join("toolchains"));
    named
        .chain(settings.map(Input::Text))
        .chain([installed])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_registries_does_not_count() {
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "RUSTUP_TOOLCHAIN",
            "RUSTC",
            "HOME",
        ] {
            assert!(counts(name.as_ref()), "{name}");
        }
        for name in [
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MINE_TOKEN",
            "PATH",
            "EDITOR",
        ] {
            assert!(!counts(name.as_ref()), "{name}");
        }
    }
}
