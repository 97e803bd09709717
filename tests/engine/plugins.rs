//! The real plugins cargo-nextest and cargo-llvm-cov, if they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::row::{AARCH64, I686};
use crate::run::{Run, text};

crate::tests![Docker:
    nextest_runs_each_test_for_the_target unless lacks_nextest,
    nextest_says_which_tests_there_are unless lacks_nextest,
    nextest_packs_what_it_built unless lacks_nextest,
    llvm_cov_counts_what_an_emulated_program_ran unless lacks_llvm_cov,
    llvm_cov_counts_what_nextest_ran unless lacks_llvm_cov,
];

const NEXTEST: &str = "cargo-nextest";
const LLVM_COV: &str = "cargo-llvm-cov";

const LIBRARY: &str = r#"pub fn arch(known: bool) -> &'static str {
    if known {
        std::env::consts::ARCH
    } else {
        "who knows"
    }
}

#[test]
fn it_is_for_the_target() {
    assert_eq!(arch(true), env!("ARCH"));
}

#[test]
#[ignore = "it fails"]
fn it_is_unknown() {
    assert_eq!(arch(false), env!("ARCH"));
}
"#;
const BUILD: &str = r#"fn main() {
    println!("cargo::rustc-env=ARCH={}", std::env::var("CARGO_CFG_TARGET_ARCH").unwrap());
}
"#;

/// The file of a plugin: in the directory that `CROSS_TEST_PLUGINS` names, or in cargo's `bin`
/// directory.
fn find(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("CROSS_TEST_PLUGINS").map(PathBuf::from);
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let dirs = [named, home.map(|home| home.join("bin"))];
    let mut files = dirs.into_iter().flatten().map(|dir| dir.join(name));
    files.find(|file| file.is_file())
}

fn lacks(name: &str) -> Option<String> {
    let missing = find(name).is_none();
    missing.then(|| format!("{name} is not installed, nor in `CROSS_TEST_PLUGINS`"))
}

fn lacks_nextest(_: &Candidate) -> Option<String> {
    lacks(NEXTEST)
}

/// cargo-llvm-cov reads its counts with programs of the component `llvm-tools`.
fn lacks_llvm_cov(candidate: &Candidate) -> Option<String> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .output();
    let libraries = libraries.map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let tool = Path::new(libraries.unwrap_or_default().trim()).join("../bin/llvm-cov");
    let missing = !tool.exists();
    let component = missing.then(|| "the toolchain has no component `llvm-tools`".to_owned());
    lacks(LLVM_COV)
        .or(component)
        .or_else(|| lacks_nextest(candidate))
}

/// A library, with a cargo home beside it that contains the plugins.
fn project<'a>(engine: &'a Engine, plugins: &[&str]) -> Project<'a> {
    let project = Project::empty(engine)
        .manifest("")
        .file("build.rs", BUILD)
        .file("src/lib.rs", LIBRARY);
    let bin = home(&project).join("bin");
    fs_err::create_dir_all(&bin).expect("a directory");
    for plugin in plugins {
        let from = find(plugin).expect("it is installed");
        fs_err::copy(from, bin.join(plugin)).expect("a copy");
    }
    project
}

fn home(project: &Project<'_>) -> PathBuf {
    project.path("../home")
}

/// `cross` with that cargo home. Plugins take `--target` after their own subcommand.
fn aarch64(project: &Project<'_>, args: &[&str]) -> Run {
    let run = project.cross(args).args(["--target", AARCH64.triple]);
    run.env("CARGO_HOME", home(project))
}

/// nextest starts a process for each test, with the runner of the container.
fn nextest_runs_each_test_for_the_target(engine: &Engine) {
    let project = project(engine, &[NEXTEST]).file(
        ".config/nextest.toml",
        "[profile.default.junit]\npath = \"junit.xml\"\n",
    );
    aarch64(&project, &["nextest", "run"])
        .ok()
        .stderr_has("target runner `/opt/cross/bin/cross-runner`")
        .stderr_has("1 test run: 1 passed, 1 skipped");
    let report = text(project.path("target/nextest/default/junit.xml"));
    assert!(report.contains("it_is_for_the_target"), "{report}");
    // nextest has its own exit code for failed tests.
    aarch64(&project, &["nextest", "run", "--run-ignored", "only"])
        .code(100)
        .stderr_has("0 passed, 1 failed");
}

/// The target is cross's default target, so cargo learns of it by other means than an option.
fn nextest_says_which_tests_there_are(engine: &Engine) {
    let project = project(engine, &[NEXTEST]);
    project
        .cross(&["nextest", "list", "--run-ignored", "all"])
        .env("CARGO_HOME", home(&project))
        .env("CROSS_BUILD_DEFAULT_TARGET", AARCH64.triple)
        .ok()
        .stdout("demo it_is_for_the_target\ndemo it_is_unknown\n");
    assert!(project.path("target").join(AARCH64.triple).exists());
}

/// A machine of the target's kind could run the archive, which is a file in the project.
fn nextest_packs_what_it_built(engine: &Engine) {
    let project = project(engine, &[NEXTEST]);
    aarch64(
        &project,
        &["nextest", "archive", "--archive-file", "tests.tar.zst"],
    )
    .ok();
    assert!(project.path("tests.tar.zst").exists());
    project
        .cross(&["nextest", "run", "--archive-file", "tests.tar.zst"])
        .env("CARGO_HOME", home(&project))
        .env("CROSS_BUILD_DEFAULT_TARGET", AARCH64.triple)
        .ok()
        .stderr_has("1 test run: 1 passed, 1 skipped");
}

/// The number of each line of source, and how often it ran.
fn counts(report: &str) -> Vec<(u32, u32)> {
    let lines = report.lines().filter_map(|line| line.strip_prefix("DA:"));
    let numbers = lines.filter_map(|line| {
        let (line, count) = line.split_once(',')?;
        Some((line.parse().ok()?, count.parse().ok()?))
    });
    numbers.collect()
}

/// Expects that one branch of the function ran once, and the other never.
#[track_caller]
fn is_counted(report: &str) {
    let counts = counts(report);
    for expected in [(3, 1), (5, 0)] {
        assert!(counts.contains(&expected), "{report}");
    }
}

fn llvm_cov_counts_what_an_emulated_program_ran(engine: &Engine) {
    let project = project(engine, &[LLVM_COV]);
    aarch64(
        &project,
        &["llvm-cov", "--lcov", "--output-path", "lcov.info"],
    )
    .ok()
    .stdout_has("test it_is_for_the_target ... ok");
    is_counted(&text(project.path("lcov.info")));
    // The counts stay for a second report.
    aarch64(&project, &["llvm-cov", "report", "--summary-only"])
        .ok()
        .stdout_has("lib.rs");
}

fn llvm_cov_counts_what_nextest_ran(engine: &Engine) {
    let project = project(engine, &[LLVM_COV, NEXTEST]);
    let args = ["llvm-cov", "nextest", "--lcov", "--target", I686.triple];
    let report = project.cross(&args).env("CARGO_HOME", home(&project)).ok();
    is_counted(&report.stderr_has("1 passed").stdout);
}
