//! Directories beside the sources that tests may write to, such as trybuild's `wip`.

use std::os::unix::fs::symlink;

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
