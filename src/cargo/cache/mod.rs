//! What rustc and cargo answered before. Asking them takes longer than all else before the
//! container starts, and they answer the same until something changes that they look at. So each
//! answer is written down with all that it depends on (its [`Fingerprint`]s), and is taken for true
//! only while every one of these is as it was. Where that cannot be told, as with a `rustc` that is
//! neither rustup's nor a toolchain's own, they are asked every time.

mod fingerprint;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cargo::config::CargoConfig;
use crate::cargo::input::Input;
use crate::cargo::metadata::Metadata;
use crate::cargo::toolchain::Toolchain;
use crate::cli::Invocation;
use cross_base::digest::Digest;
use cross_base::fs;
use cross_base::host::Host;
use fingerprint::Fingerprint;

/// How many files with answers are kept: one for each directory, configuration and environment of a
/// call.
const KEPT: usize = 256;

/// What the answer about the project is kept under; others are under their manifest's path.
const PROJECT: &str = "";

/// An answer with all it depends on.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Known<T> {
    answer: T,
    fingerprints: Vec<Fingerprint>,
}

/// One file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Record {
    /// What rustc said about its toolchain.
    rustc: Option<Known<String>>,
    /// What rustc printed as specifications of targets.
    #[serde(default)]
    specifications: BTreeMap<String, String>,
    /// What cargo said about the project, as [`PROJECT`], and about manifests outside of it.
    cargo: BTreeMap<PathBuf, Known<Metadata>>,
}

/// The answers to the questions of one call.
#[derive(Debug)]
pub(crate) struct ProbeCache<'a> {
    host: &'a Host,
    /// The manifest of the project, or where cargo begins to look for it.
    start: PathBuf,
    /// rustc and cargo on the caller's `PATH`.
    programs: Option<[PathBuf; 2]>,
    /// The toolchain's own cargo.
    cargo: Option<PathBuf>,
    file: PathBuf,
    record: Record,
    /// Whether the record says more than the file.
    grown: bool,
}

impl<T> Known<T> {
    fn holds(&self) -> bool {
        self.fingerprints.iter().all(Fingerprint::holds)
    }

    /// None where something cannot be watched.
    fn new(answer: T, subjects: Vec<Input>) -> Option<Self> {
        let fingerprints = subjects.into_iter().map(Fingerprint::new);
        Some(Self {
            answer,
            fingerprints: fingerprints.collect::<Option<_>>()?,
        })
    }
}

impl<'a> ProbeCache<'a> {
    /// Looks up what was answered to the same questions.
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
        // One that cannot be understood is another version's, or damaged, and will be written anew.
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

    /// What rustc would say about its toolchain.
    pub(crate) fn rustc(&self) -> Option<String> {
        Some(self.record.rustc.as_ref()?.answer.clone())
    }

    /// What cargo would say about the project.
    pub(crate) fn project(&self) -> Option<Metadata> {
        let known = self.record.cargo.get(Path::new(PROJECT))?;
        Some(known.answer.clone())
    }

    /// Takes note of what was answered.
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

    /// What cargo says about a manifest outside the project, asking it where that is not known.
    ///
    /// # Errors
    ///
    /// Those of the question.
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

    /// What rustc prints as the specification of a target, asking it where that is not known.
    ///
    /// # Errors
    ///
    /// Those of the question.
    pub(crate) fn specification<E>(
        &mut self,
        triple: &str,
        ask: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        if let Some(known) = self.record.specifications.get(triple) {
            return Ok(known.clone());
        }
        let answer = ask()?;
        // It depends on what the toolchain does.
        if self.record.rustc.is_some() {
            let all = &mut self.record.specifications;
            all.insert(triple.to_owned(), answer.clone());
            self.grown = true;
        }
        Ok(answer)
    }

    /// Writes down what is new, for the next call. Without room for that the next call asks again.
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

/// Whether a variable counts for the answers: all that rustup, rustc and cargo may look at, except
/// what is about registries, where tokens are.
fn counts(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let theirs = ["CARGO", "RUSTUP", "RUSTC", "__CARGO", "HOME"];
    theirs.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with("CARGO_REGISTR")
}

/// Whether what stands on `PATH` is rustup's proxy, which chooses by files that are known, or the
/// toolchain's own program. Anything else may choose by whatever it likes.
fn is_plain(program: &Path, own: &Path) -> bool {
    let rustup = program.with_file_name("rustup");
    fs::is_same(program, &rustup) || fs::is_same(program, own)
}

/// The files by which rustup chooses a toolchain.
/// <https://rust-lang.github.io/rustup/overrides.html>
fn rustup_files(host: &Host) -> Vec<Input> {
    let above = host.cwd.ancestors();
    let named = above.flat_map(|dir| {
        let names = ["rust-toolchain", "rust-toolchain.toml"];
        names.map(|name| Input::Text(dir.join(name)))
    });
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
