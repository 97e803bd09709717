//! Targets whose programs no program in the image can run.

use crate::fixture::Fixture;

const CONFIG: &str = ".cargo/config.toml";
const BSD: &str = "x86_64-unknown-freebsd";
const VARIABLE: &str = "CARGO_TARGET_X86_64_UNKNOWN_FREEBSD_RUNNER";
/// Only few kernels run programs for this target.
const X32: &str = "x86_64-unknown-linux-gnux32";
const X32_VARIABLE: &str = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNUX32_RUNNER";

fn fixture() -> Fixture {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[BSD, X32, "x86_64-unknown-linux-gnu"]);
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

#[test]
fn what_few_kernels_run_is_run_at_the_users_word() {
    let fixture = fixture();
    for engine in ["docker", "host"] {
        let command = |line: &str| {
            let line = format!("{line} --target {X32}");
            fixture.cross(&line).env("CROSS_CONTAINER_ENGINE", engine)
        };
        for line in ["run", "test", "bench"] {
            let ran = command(line).run();
            ran.code(101).says_exactly(&format!(
                "error: there is no runner for programs of `{X32}`\n\
                 hint: say `runner = \"native\"` below `[target.{X32}]` in `Cross.toml` where the kernel runs them; else \
                 name a script of the project's, which takes the program to a machine that runs it, as `runner` below \
                 `[target.{X32}]` in `.cargo/config.toml`\n"
            ));
        }
        // An emulator as runner is refused.
        let emulated = command("run").env(
            "CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNUX32_RUNNER",
            "qemu-user",
        );
        emulated.run().code(101).says("there is no runner for");
    }
    fixture.file(
        "Cross.toml",
        &format!("[target.{X32}]\nrunner = 'native'\n"),
    );
    let plan = || {
        let plan = fixture.util(&format!("plan -- run --target {X32}"));
        plan.run().success().stdout.clone()
    };
    let own = format!("{X32_VARIABLE}=/opt/cross/bin/cross-runner");
    let planned = plan();
    assert!(planned.contains(&own), "{planned}");
    // A runner that the user names takes precedence.
    fixture.file(CONFIG, &format!("[target.{X32}]\nrunner = 'ci/vm.sh'\n"));
    let named = format!("{X32_VARIABLE}={}/ci/vm.sh", fixture.project.display());
    let planned = plan();
    assert!(
        planned.contains(&named) && !planned.contains(&own),
        "{planned}"
    );
}

#[test]
fn on_the_machine_itself_a_runner_of_any_kind_is_the_users() {
    let fixture = fixture();
    let plan = || {
        let plan = fixture.util(&format!("plan -- run --target {X32}"));
        plan.env("CROSS_CONTAINER_ENGINE", "host")
    };
    plan().run().code(101).says("there is no runner for");
    plan().env(X32_VARIABLE, "my-vm").run().success();
    let native = plan().env("CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNUX32_RUNNER", "native");
    let ran = native.run();
    ran.success();
    // Cross itself adds the directories of build scripts, and starts the program.
    assert!(ran.stdout.contains(" __with-libraries' "), "{ran}");
}
