//! ripgrep as its authors published it: a program that people use.

use std::path::PathBuf;
use std::process::Command;

use crate::engine::Engine;
use crate::project::Project;
use crate::row::{AARCH64, I686};

crate::tests![Docker:
    ripgrep_builds_and_searches_a_tree_under_emulation,
    ripgrep_passes_its_own_tests_where_they_run_natively,
    ripgrep_passes_its_own_tests_under_emulation,
];

const VERSION: &str = "14.1.1";

/// The source of ripgrep. Cargo fetches it from the registry and checks it. Cargo also fetches
/// packages without a library, and merely warns of it.
fn source(engine: &Engine) -> Project<'_> {
    let fetch = Project::program(engine, "fn main() {}\n")
        .manifest(&format!("[dependencies]\nripgrep = \"={VERSION}\"\n"));
    fetch.cargo(&["fetch"]).ok();
    let archive = in_cache(&format!("ripgrep-{VERSION}.crate"));
    let project = Project::empty(engine);
    let tar = Command::new("tar")
        .args([
            "--extract",
            "--strip-components=1",
            "--no-same-owner",
            "--file",
        ])
        .arg(archive)
        .arg("--directory")
        .arg(project.root())
        .status();
    assert!(
        tar.is_ok_and(|status| status.success()),
        "the archive can be unpacked"
    );
    project
}

/// A file in cargo's cache, in the directory of any registry.
fn in_cache(name: &str) -> PathBuf {
    let cache = home::cargo_home().expect("a home").join("registry/cache");
    let registries = fs_err::read_dir(cache).expect("a directory");
    let mut files = registries.map(|entry| entry.expect("an entry").path().join(name));
    files
        .find(|path| path.exists())
        .expect("cargo has fetched it")
}

fn ripgrep_builds_and_searches_a_tree_under_emulation(engine: &Engine) {
    let project = source(engine);
    project.aarch64(&["build", "--locked"]).ok();
    let search = [
        "--sort",
        "path",
        "--files-with-matches",
        r"^fn main\(\)",
        ".",
    ];
    project
        .aarch64(&[&["run", "--locked", "--quiet", "--"], &search[..]].concat())
        .ok()
        .stdout("./build.rs\n./crates/core/main.rs\n");
    let nothing = [
        "run",
        "--locked",
        "--quiet",
        "--",
        "no such words anywhere",
        "crates",
    ];
    project.aarch64(&nothing).code(1).stdout("");
}

/// Some of the tests start ripgrep's program, which is beside the test's own.
fn ripgrep_passes_its_own_tests_where_they_run_natively(engine: &Engine) {
    source(engine)
        .cross_for(I686.triple, &["test", "--locked"])
        .ok()
        .stdout_has("test result: ok. 114 passed; 0 failed")
        .stdout_has("test result: ok. 300 passed; 0 failed");
}

/// The unit tests are always run. The integration tests, which start the program, run only with
/// `CROSS_TEST_LONG`, because they take minutes. Three of them fail under emulation: they start
/// programs to see whether these are installed, and QEMU does not report that they are not.
fn ripgrep_passes_its_own_tests_under_emulation(engine: &Engine) {
    let project = source(engine);
    let inside = project.aarch64(&["test", "--locked", "--bins"]).ok();
    inside.stdout_has("test result: ok. 114 passed; 0 failed");
    if std::env::var_os("CROSS_TEST_LONG").is_none() {
        return;
    }
    let args = ["test", "--locked", "--test", "integration", "--"];
    let skip = ["brotli", "lz4", "zstd"].map(|tool| format!("--skip=misc::compressed_{tool}"));
    let args = [&args[..], &skip.each_ref().map(String::as_str)].concat();
    // With this variable, ripgrep's tests start the program with QEMU themselves.
    let file = format!("[target.{}]\nrunner = \"qemu-user\"\n", AARCH64.triple);
    let outcome = project.file("Cross.toml", &file).aarch64(&args).ok();
    outcome.stdout_has("test result: ok. 296 passed; 0 failed");
}
