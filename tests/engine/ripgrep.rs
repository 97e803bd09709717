//! A program that people use, as its authors published it.

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

/// The source from the registry, by way of cargo, which checks what it gets. Cargo fetches a
/// package without a library as well, it only warns of it.
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

/// A file of cargo's cache, whatever the registry is called there.
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

/// Some of them start the program that was built, from beside the test.
fn ripgrep_passes_its_own_tests_where_they_run_natively(engine: &Engine) {
    source(engine)
        .cross_for(I686.triple, &["test", "--locked"])
        .ok()
        .stdout_has("test result: ok. 114 passed; 0 failed")
        .stdout_has("test result: ok. 300 passed; 0 failed");
}

/// Those inside the program always. Those that start it only on demand, because they take minutes;
/// three of them fail there: they look whether a program is installed by starting it, and QEMU
/// does not tell them that it is not.
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
    // ripgrep's tests start it with QEMU themselves if they find this variable.
    let file = format!("[target.{}]\nrunner = \"qemu-user\"\n", AARCH64.triple);
    let outcome = project.file("Cross.toml", &file).aarch64(&args).ok();
    outcome.stdout_has("test result: ok. 296 passed; 0 failed");
}
