//! What tests may write beside the sources.

use std::os::unix::fs::symlink;

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};

const DEPENDENCIES: &str = "[dev-dependencies]\ntrybuild = '1'\nproptest = '1'\n";

/// A fixture whose package has such dependencies.
fn with(dependencies: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", dependencies);
    fixture
}

fn run<'a>(fixture: &'a Fixture, command: &str) -> Ran<'a> {
    let cross = fixture.cross(&format!("{command} --target {AARCH64}"));
    cross.run()
}

/// How a command runs the container.
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
    // What a test has found stays.
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
    // A link may lead anywhere.
    symlink("../home", fixture.root.join("project/wip")).expect("it is not there");
    let line = line_of(&fixture, "test");
    assert!(!line.contains("/wip"), "{line}");
    assert!(line.contains("/proptest-regressions"), "{line}");
    // All of it can be written to.
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    let line = line_of(&fixture, "test");
    assert!(!line.contains("/proptest-regressions"), "{line}");
}
