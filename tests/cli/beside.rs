//! Directories and files beside the sources that tests may write to, such as trybuild's `wip`.

use std::os::unix::fs::symlink;

use crate::after::leaves;
use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};

const DEPENDENCIES: &str = "[dev-dependencies]\ntrybuild = '1'\nproptest = '1'\n";

/// A fixture whose package has these dependencies.
fn with(dependencies: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", dependencies);
    fixture
}

fn run<'a>(fixture: &'a Fixture, command: &str) -> Ran<'a> {
    let cross = fixture.cross(&format!("{command} --target {AARCH64}"));
    cross.run()
}

/// The engine's `run` line of a command.
fn line_of(fixture: &Fixture, command: &str) -> String {
    let ran = run(fixture, command);
    ran.success();
    ran.calls_of("docker run").join("\n")
}

#[test]
fn directories_that_tests_write_to_are_there_for_the_run_and_can_be_written_to() {
    let fixture = with("");
    let plain = run(&fixture, "test").line();
    let fixture = with(DEPENDENCIES);
    run(&fixture, "test").success().line().differs(
        &plain,
        "
        + --mount type=bind,source=[PROJECT]/wip,target=[PROJECT]/wip
        + --mount type=bind,source=[PROJECT]/proptest-regressions,target=[PROJECT]/proptest-regressions
        ",
    );
    for name in ["wip", "proptest-regressions"] {
        assert!(!fixture.root.join("project").join(name).exists(), "{name}");
    }
    // A file that a test has written there stays.
    fixture.write("leaves", ": >\"$root/project/wip/a.stderr\"\n");
    run(&fixture, "test").success();
    assert!(fixture.root.join("project/wip/a.stderr").exists());
    // A directory of the user's stays.
    fixture.directory("project/proptest-regressions");
    run(&fixture, "test").success();
    assert!(fixture.has("project/proptest-regressions"));
}

#[test]
fn nothing_else_of_the_project_can_be_written_to() {
    let fixture = with(DEPENDENCIES);
    for command in ["build", "run"] {
        let line = line_of(&fixture, command);
        assert!(!line.contains("/wip"), "{line}");
    }
    // A symbolic link in place of the directory could lead anywhere.
    symlink("../home", fixture.root.join("project/wip")).expect("it is not there");
    let line = line_of(&fixture, "test");
    assert!(!line.contains("/wip"), "{line}");
    assert!(line.contains("/proptest-regressions"), "{line}");
    // With a writable project the directories need no mounts of their own.
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    let line = line_of(&fixture, "test");
    assert!(!line.contains("/proptest-regressions"), "{line}");
}

/// proptest keeps the seeds of an integration test in a file beside it, among the sources.
#[test]
fn seeds_of_integration_tests_are_kept_in_files_that_exist() {
    let fixture = with(DEPENDENCIES);
    let plain = run(&fixture, "test").line();
    fixture.file("tests/one.rs", "");
    fixture.file("tests/one.proptest-regressions", "");
    fixture.file("tests/two.rs", "");
    fixture.file("tests/helper/mod.rs", "");
    symlink(
        "../Cargo.toml",
        fixture
            .root
            .join("project/tests/three.proptest-regressions"),
    )
    .expect("it is not there");
    let seeds = "[PROJECT]/tests/one.proptest-regressions";
    let mount = format!("+ --mount type=bind,source={seeds},target={seeds}");
    run(&fixture, "test").line().differs(&plain, &mount);
    // Tests of several files have a directory for their seeds.
    fixture.file("tests/many/main.rs", "");
    fixture.file("tests/proptest-regressions/main.txt", "");
    let dir = "[PROJECT]/tests/proptest-regressions";
    let mounts = format!("{mount}\n+ --mount type=bind,source={dir},target={dir}");
    run(&fixture, "test").line().differs(&plain, &mounts);
    // Without the dependency the directory is not looked at.
    fixture.krate("project", "hello", "");
    let line = line_of(&fixture, "test");
    assert!(!line.contains("proptest-regressions"), "{line}");
}

#[test]
fn a_seed_that_could_not_be_kept_is_told() {
    const NOTE: &str = "        Note tests cannot write beside the sources, as `proptest` does: \
        `read-only = false` below `[build]` lets them\n";
    let told = |files: &[&str]| {
        let fixture = with("[dev-dependencies]\nproptest = '1'\n");
        for file in files {
            fixture.file(file, "");
        }
        let built = "TARGET/debug/deps/libproptest-0123456789abcdef.rmeta";
        leaves(&fixture, &[(built, "")]);
        fixture.write("run-exits", "101\n");
        run(&fixture, "test").code(101).stderr.clone()
    };
    assert_eq!(told(&[]), "");
    assert_eq!(told(&["tests/a.rs", "tests/a.proptest-regressions"]), "");
    assert_eq!(told(&["tests/a.rs"]), NOTE);
    assert_eq!(told(&["tests/a/main.rs"]), NOTE);
}
