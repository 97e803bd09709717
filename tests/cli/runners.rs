//! Targets whose programs nothing in an image runs.

use crate::fixture::Fixture;

const CONFIG: &str = ".cargo/config.toml";
const BSD: &str = "x86_64-unknown-freebsd";
const VARIABLE: &str = "CARGO_TARGET_X86_64_UNKNOWN_FREEBSD_RUNNER";

fn fixture() -> Fixture {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[BSD, "x86_64-unknown-linux-gnu"]);
    fixture
}

#[test]
fn programs_that_nothing_runs_are_not_built_first() {
    let fixture = fixture();
    for command in ["run", "test", "bench"] {
        let ran = fixture.cross(&format!("{command} --target {BSD}")).run();
        ran.code(101).says_exactly(
            "error: there is no runner for programs of `x86_64-unknown-freebsd`\n\
             hint: name a script of the project's, which takes the program to a machine that runs it, as `runner` below \
             `[target.x86_64-unknown-freebsd]` in `.cargo/config.toml`\n",
        );
        assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
    }
    for line in ["build", "test --no-run"] {
        fixture
            .cross(&format!("{line} --target {BSD}"))
            .run()
            .success();
    }
}

#[test]
fn a_runner_of_the_projects_own_takes_them_elsewhere() {
    let fixture = fixture();
    fixture.file(
        CONFIG,
        &format!("[target.{BSD}]\nrunner = ['ci/vm.sh', '--fast']\n"),
    );
    let run = || fixture.cross(&format!("run --target {BSD}"));
    let ran = run().run();
    ran.success();
    let line = format!("{VARIABLE}={}/ci/vm.sh --fast", fixture.project.display());
    assert!(format!("{ran}").contains(&line), "{ran}");
    fixture.remove(&format!("project/{CONFIG}"));
    run().env(VARIABLE, "./ci/vm.sh").run().success();
}

#[test]
fn a_runner_of_the_hosts_is_named() {
    let fixture = fixture();
    fixture.file(CONFIG, &format!("[target.{BSD}]\nrunner = '/opt/vm'\n"));
    let ran = fixture.cross(&format!("run --target {BSD}")).run();
    ran.code(101)
        .says("error: the runner `/opt/vm` of `")
        .says("is a program of the host, and there is no other for `x86_64-unknown-freebsd`\n");
}
