//! Compares `cross` with `cargo`: the same command line, for this machine's own target, must lead
//! to the same files, messages, output and exit code.
//!
//! Cargo and cross each have a copy of the fixture `workspace`. Before each line, `reset` removes
//! the results of earlier lines, so all results are the line's own. Only intermediate files stay,
//! which saves time. Both copies see the same lines in the same order, so cargo must find the same
//! units fresh. If a line fails, its copies are not used again.
//!
//! Intermediate files are not compared: another compiler has linked them, and cross keeps them in
//! `<target>/cross/<image>`. Plain cargo would mix them with the results. It gets a build directory
//! as well (`build.build-dir`), so by cargo's documentation the target directory of both contains
//! nothing but final artefacts.
//! <https://doc.rust-lang.org/cargo/reference/build-cache.html>

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pretty_assertions::StrComparison;
use tempfile::TempDir;

use crate::engine::Engine;
use crate::lines::{Line, Part};
use crate::observed::{self, Observed};
use crate::project::{copy_tree, fixture};
use crate::row::X86_64;
use crate::run::Run;

crate::tests![Line: differential];

const FIXTURE: &str = "workspace";

/// Variables for every line, so that no result depends on speed.
const ENV: &[(&str, &str)] = &[("RUST_TEST_THREADS", "1")];

/// The pairs of copies that no line uses at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copies(Arc<Mutex<Vec<Pair>>>);

/// A directory with two copies of the fixture, for one line at a time.
#[derive(Debug)]
struct Pair(TempDir);

impl Copies {
    fn take(&self) -> Pair {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(Pair::new)
    }

    fn give_back(&self, pair: Pair) {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(pair);
    }
}

impl Pair {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("cross-test-").tempdir();
        Self(dir.expect("a directory"))
    }

    /// Restores or makes the copy of this name, without results.
    fn reset(&self, name: &str) -> PathBuf {
        let root = self.0.path().join(name);
        let source = fixture(FIXTURE);
        if root.exists() {
            observed::restore(&root, &source);
        } else {
            copy_tree(&source, &root);
        }
        fs_err::create_dir_all(root.join("target/cross")).expect("a directory");
        root
    }
}

fn differential(engine: &Engine, line: &Line, copies: &Copies) {
    let pair = copies.take();
    let words = line.words(X86_64.triple);

    let root = pair.reset("cargo");
    let build_dir = root.join(line.target_dir).join("cross/cargo");
    let cargo = Run::host(engine, "cargo", &root).env("CARGO_BUILD_BUILD_DIR", build_dir);
    let cargo = observe(cargo, line, &words, &root);

    let root = pair.reset("cross");
    let cross = observe(Run::cross(engine, &root), line, &words, &root);

    let shown = words.join(" ");
    let code = cargo.code;
    assert_eq!(
        code, line.code,
        "the table is wrong about `cargo {shown}`: {cargo:#?}"
    );
    let mut report = String::new();
    for part in Part::ALL {
        let (expected, got) = (cargo.part(part), cross.part(part));
        if expected != got && !line.differs.iter().any(|(differs, _)| *differs == part) {
            let difference = StrComparison::new(&expected, &got);
            let _ = write!(report, "\n{part:?}: {difference}");
        }
    }
    assert!(
        report.is_empty(),
        "`cargo {shown}` and `cross {shown}` differ{report}"
    );
    copies.give_back(pair);
}

fn observe(run: Run, line: &Line, words: &[String], root: &Path) -> Observed {
    let env = ENV.iter().chain(line.env);
    let run = env.fold(run, |run, (name, value)| run.env(name, value));
    Observed::new(
        &run.args(words).output(),
        root,
        &fixture(FIXTURE),
        line.target_dir,
    )
}
