//! The mounts and variables of a run whose programs wait for a debugger.

use pretty_assertions::assert_eq;

use super::*;
use crate::plan::debugging::Stub;
use crate::target::RunnerKey;
use cross_base::debugging::Debugging;
use cross_base::relay::Kind;

const X86_64: &str = "x86_64-unknown-linux-gnu";

fn debugged(args: &'static str, triple: &'static str) -> World {
    let mut world = world_of(triple, args);
    world.host.debugging = Some(Debugging {
        dir: "/cache/debug/x".into(),
        gdbserver: Some("/usr/bin/gdbserver".into()),
        port: 20_000,
        keeps_terminal: false,
    });
    world
}

/// The lines of the engine's command that only a run with a debugger has.
fn lines(world: &World) -> Vec<String> {
    let plain = World {
        host: Host {
            debugging: None,
            ..world.host.clone()
        },
        config: world.config.clone(),
        toolchain: world.toolchain.clone(),
        workspace: world.workspace.clone(),
        engine: Engine::example("docker", false),
        image: world.image.clone(),
        cargo_home: world.cargo_home.clone(),
        results: world.results.clone(),
        obeyed: world.obeyed.clone(),
        sccache: world.sccache.clone(),
        specification: world.specification.clone(),
        cargo_config: world.cargo_config.clone(),
        ..*world
    };
    let plain = plain.line();
    let line = world.line();
    let new = line
        .lines()
        .filter(|line| !plain.lines().any(|old| old == *line));
    new.map(str::to_owned).collect()
}

fn refused(world: &World) -> String {
    let error = world.try_plan().unwrap_err();
    format!(
        "{}; {}",
        error.message(),
        error.hint_text().unwrap_or_default()
    )
}

#[test]
fn emulators_and_machines_make_sockets_in_a_directory_of_the_callers() {
    for (target, kind) in [(T, Kind::Program), ("thumbv7m-none-eabi", Kind::Machine)] {
        let world = debugged("run", target);
        assert_eq!(
            lines(&world),
            [
                "--mount type=bind,source=/cache/debug/x,target=/run/cross-debug",
                "--env QEMU_GDB=/run/cross-debug/%d",
            ]
        );
        let debugged = world.plan().debugged.unwrap();
        let dir = PathBuf::from("/cache/debug/x");
        assert_eq!(debugged.stub, Stub::Sockets { dir, kind });
    }
}

#[test]
fn the_hosts_gdbserver_runs_what_no_emulator_does() {
    let runner = "/opt/cross/bin/cross-runner /run/cross-gdbserver --once --no-startup-with-shell 127.0.0.1:20000";
    let world = debugged("test", X86_64);
    assert_eq!(
        lines(&world),
        [
            "--mount type=bind,source=/usr/bin/gdbserver,target=/run/cross-gdbserver,readonly",
            &format!("--env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER={runner}"),
        ]
    );
    assert_eq!(world.plan().debugged.unwrap().stub, Stub::Port(20_000));
    let mut native = debugged("run", "i686-unknown-linux-musl");
    native.config.runner = Some(Setting::by_default(RunnerKey::Native));
    assert_eq!(native.plan().debugged.unwrap().stub, Stub::Port(20_000));
}

#[test]
fn what_keeps_a_debugger_away_is_an_error() {
    let hint = "debug `run`, or `test --test FILE NAME`";
    for (args, name) in [
        ("build", "build"),
        ("test --no-run", "test"),
        ("nextest run", "nextest"),
    ] {
        let message = format!("`cross {name}` starts no program to debug; {hint}");
        assert_eq!(refused(&debugged(args, T)), message);
    }
    let mut none = debugged("run", X86_64);
    none.host.debugging.as_mut().unwrap().gdbserver = None;
    assert_eq!(
        refused(&none),
        format!(
            "programs of `{X86_64}` run without an emulator, so gdbserver must run them; install `gdbserver`"
        )
    );
    let mut alone = debugged("run", X86_64);
    alone.config.network = Setting::by_default(Network::None);
    assert_eq!(
        refused(&alone),
        "`network` is `none`, so no debugger can get to gdbserver in the container; set `network = \"host\"` while debugging"
    );
    let mut rootless = debugged("run", X86_64);
    rootless.engine = Engine::example("docker", true);
    assert_eq!(
        refused(&rootless),
        "the engine's daemon has no root, and so a network of its own: no debugger can get to gdbserver in the container; \
         name another engine with `--engine`"
    );
    // Sockets of QEMU's stubs are files, so they need no network.
    let mut emulated = debugged("run", T);
    emulated.config.network = Setting::by_default(Network::None);
    assert!(emulated.try_plan().is_ok());
    assert_eq!(
        refused(&debugged("run", "x86_64-pc-windows-gnu")),
        "programs of `x86_64-pc-windows-gnu` run by `wine`, which no debugger can be connected to; "
    );
}

#[test]
fn the_run_leaves_the_terminal_to_the_debugger() {
    let mut world = debugged("run", T);
    for tty in [
        &mut world.host.stdin_tty,
        &mut world.host.stdout_tty,
        &mut world.host.stderr_tty,
    ] {
        *tty = true;
    }
    assert!(!world.plan().run.tty);
    world.host.debugging.as_mut().unwrap().keeps_terminal = true;
    assert!(world.plan().run.tty);
}

#[test]
fn a_program_that_is_looked_at_has_no_limit() {
    let mut world = debugged("test --lib", T);
    world.config.test_timeout = Some(Setting::by_default(60));
    assert!(!world.line().contains("CROSS_TEST_TIMEOUT"));
    world.host.debugging = None;
    assert!(world.line().contains("CROSS_TEST_TIMEOUT"));
}
