//! A project in its own directory.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::engine::Engine;
use crate::row::AARCH64;
use crate::run::Run;

/// A directory with a crate in it. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Project<'a> {
    engine: &'a Engine,
    dir: TempDir,
    /// The crate's directory, relative to `dir`.
    name: PathBuf,
}

impl<'a> Project<'a> {
    /// A project without files, in a directory `project`.
    pub(crate) fn empty(engine: &'a Engine) -> Self {
        Self::named(engine, "project")
    }

    /// A project without files, in a directory of this name.
    pub(crate) fn named(engine: &'a Engine, name: &str) -> Self {
        Self::below(engine, &std::env::temp_dir(), name)
    }

    /// A project without files, in a directory of this name somewhere below another directory.
    pub(crate) fn below(engine: &'a Engine, parent: &Path, name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("cross-test-")
            .tempdir_in(parent)
            .expect("a directory");
        let project = Self {
            engine,
            dir,
            name: name.into(),
        };
        fs_err::create_dir_all(project.root()).expect("a directory");
        project.settle()
    }

    /// A copy of a fixture in `tests/fixtures`.
    pub(crate) fn fixture(engine: &'a Engine, fixture: &str) -> Self {
        Self::empty(engine).copy(fixture)
    }

    /// The fixture `demo`, a program that does what its arguments say.
    pub(crate) fn demo(engine: &'a Engine) -> Self {
        Self::fixture(engine, "demo")
    }

    /// A program with this source.
    pub(crate) fn program(engine: &'a Engine, main: &str) -> Self {
        Self::empty(engine).manifest("").file("src/main.rs", main)
    }

    /// Copies a fixture in `tests/fixtures` into the directory.
    pub(crate) fn copy(self, fixture: &str) -> Self {
        copy_tree(&self::fixture(fixture), &self.root());
        self.settle()
    }

    /// Copies `tests/conformance` into the directory.
    pub(crate) fn conformance(self) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
        copy_tree(&source, &self.root());
        self.settle()
    }

    /// Adds a manifest for a package named `demo`, with these lines at its end.
    pub(crate) fn manifest(self, more: &str) -> Self {
        let text = format!(
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}\n"
        );
        self.file("Cargo.toml", &text)
    }

    /// Adds a file. `../` leads to a directory around the project that also belongs to the test.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().expect("a file has a directory"))
            .expect("a directory");
        fs_err::write(path, text).expect("a file");
        self.settle()
    }

    /// Gives all files to the user who runs cross.
    pub(crate) fn settle(self) -> Self {
        if let Some(account) = &self.engine.account {
            account.own(self.dir.path());
        }
        self
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }

    /// A path in the project.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let mut full = self.root();
        for part in path.as_ref().components() {
            match part {
                std::path::Component::ParentDir => drop(full.pop()),
                part => full.push(part),
            }
        }
        full
    }

    /// `cross` in the project.
    pub(crate) fn cross(&self, args: &[&str]) -> Run {
        self.cross_in(&self.root(), args)
    }

    /// `cross` in another directory.
    pub(crate) fn cross_in(&self, cwd: &Path, args: &[&str]) -> Run {
        Run::cross(self.engine, cwd).args(args)
    }

    /// `cross` in the project, with `--target` after the subcommand.
    pub(crate) fn cross_for(&self, triple: &str, args: &[&str]) -> Run {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        self.cross(&[&[subcommand, "--target", triple], rest].concat())
    }

    /// `cross` in the project, for aarch64, the target of most tests.
    pub(crate) fn aarch64(&self, args: &[&str]) -> Run {
        self.cross_for(AARCH64.triple, args)
    }

    /// The host's cargo in the project.
    pub(crate) fn cargo(&self, args: &[&str]) -> Run {
        self.host("cargo", args)
    }

    /// A program of the host, in the project.
    pub(crate) fn host(&self, program: &str, args: &[&str]) -> Run {
        Run::host(self.engine, program, &self.root()).args(args)
    }

    /// The user and the group that must own all files of a build.
    pub(crate) fn owner(&self) -> (u32, u32) {
        match &self.engine.account {
            Some(account) => (account.uid, account.gid),
            None => (
                rustix::process::getuid().as_raw(),
                rustix::process::getgid().as_raw(),
            ),
        }
    }

    /// The project's directory, and every file and directory in it.
    pub(crate) fn tree(&self) -> Vec<PathBuf> {
        tree(self.root())
    }
}

/// This directory, and every file and directory in it.
pub(crate) fn tree(root: PathBuf) -> Vec<PathBuf> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(path) = all.get(next).cloned() {
        next += 1;
        if path.is_dir() && !path.is_symlink() {
            let entries = fs_err::read_dir(path).expect("a directory");
            all.extend(entries.map(|entry| entry.expect("an entry").path()));
        }
    }
    all
}

/// The directory of a fixture in `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub(crate) fn copy_tree(source: &Path, target: &Path) {
    fs_err::create_dir_all(target).expect("a directory");
    for entry in fs_err::read_dir(source).expect("a fixture") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        if from.is_dir() && entry.file_name() != "target" {
            copy_tree(&from, &to);
        } else if from.is_file() {
            fs_err::copy(from, to).expect("a copy");
        }
    }
}
