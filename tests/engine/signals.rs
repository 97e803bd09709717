//! What happens if the user stops cross: the container ends, and the exit code tells the signal.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::engine::{Candidate, Engine};
use crate::project::Project;

crate::tests![Engine:
    an_interrupted_program_leaves_nothing_behind unless keyboard_is_ignored,
    a_terminated_build_leaves_nothing_behind,
    control_c_in_a_terminal_stops_the_program unless keyboard_is_ignored;
    Distinct:
    a_terminated_program_leaves_nothing_behind,
    a_terminated_build_for_two_targets_starts_no_second_one,
];

fn an_interrupted_program_leaves_nothing_behind(engine: &Engine) {
    stopped_with(engine, Signal::INT, 130);
}

fn a_terminated_program_leaves_nothing_behind(engine: &Engine) {
    stopped_with(engine, Signal::TERM, 143);
}

/// The reason why typed keys cannot be tested; `None` if they can. The built-in engine has no
/// daemon, so programs inherit an ignored SIGINT from the tests, as from a shell that starts
/// background jobs.
fn keyboard_is_ignored(candidate: &Candidate) -> Option<String> {
    if !candidate.name.starts_with("sandbox") {
        return None;
    }
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    let interrupt = 1 << 1;
    (mask & interrupt != 0)
        .then(|| "whoever started the tests lets them ignore SIGINT, which is inherited".to_owned())
}

fn stopped_with(engine: &Engine, signal: Signal, code: i32) {
    let project = Project::demo(engine);
    project.aarch64(&["build"]).ok();
    let mut child = project
        .aarch64(&["run", "--quiet", "--", "sleep", "120"])
        .start();
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n", "the program does not start");
    assert_eq!(engine.containers(&project.root()).len(), 1);
    send(&child, signal);
    assert_code(engine, wait(&mut child), code);
    assert_gone(engine, &project);
}

/// Cargo itself is stopped while it waits for a build script.
fn a_terminated_build_leaves_nothing_behind(engine: &Engine) {
    terminated_build(engine, &["build"]);
}

/// Cross waits for the engine's client of the first target, and must not start the second target
/// after the signal.
fn a_terminated_build_for_two_targets_starts_no_second_one(engine: &Engine) {
    terminated_build(engine, &["build", "--target", "x86_64-unknown-linux-gnu"]);
}

fn terminated_build(engine: &Engine, args: &[&str]) {
    let slow = "fn main() {\n    std::thread::sleep(std::time::Duration::from_secs(120));\n}\n";
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", slow);
    let mut child = project.aarch64(args).start();
    let start = Instant::now();
    while engine.containers(&project.root()).is_empty() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "no container starts"
        );
        sleep(Duration::from_millis(100));
    }
    // By then cargo runs, and has set up how it handles the signal.
    sleep(Duration::from_secs(2));
    send(&child, Signal::TERM);
    assert_code(engine, wait(&mut child), 143);
    assert_gone(engine, &project);
}

/// `script` provides the terminal. Text that is written to its input counts as typed.
fn control_c_in_a_terminal_stops_the_program(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["build"]).ok();
    let cross = project.aarch64(&["run", "--quiet", "--", "sleep", "120"]);
    let mut child = cross.in_terminal().start();
    let mut keyboard = child.stdin.take().expect("it is piped");
    let mut screen = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        let read = screen.read_line(&mut line).expect("a line");
        assert!(read > 0, "the program does not start");
    }
    std::io::Write::write_all(&mut keyboard, b"\x03").expect("somebody reads");
    assert_eq!(wait(&mut child), Some(130));
    assert_gone(engine, &project);
}

fn send(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("a process");
    kill_process(Pid::from_raw(pid).expect("a process"), signal).expect("it is there");
}

/// Waits for the end for at most 20 seconds, and then kills the process.
fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().expect("a child") {
            // The built-in engine's process is the program, which the signal ends. The code is the
            // one of shells.
            return status.code().or(status.signal().map(|signal| 128 + signal));
        }
        sleep(Duration::from_millis(50));
    }
    child.kill().expect("a child");
    child.wait().expect("a child");
    panic!("20 seconds after the signal it still runs");
}

/// Expects an exit code that tells the signal. The exception is podman's own first process in
/// rootless podman, which only starts a second process with other rights, and answers signals
/// itself: 0 for SIGTERM, 1 for SIGINT. Podman 4.3 does so for every caller. The container stops
/// all the same.
#[track_caller]
fn assert_code(engine: &Engine, found: Option<i32>, expected: i32) {
    let podmans_own = i32::from(expected == 130);
    let excused = engine.name == "rootless-podman" && found == Some(podmans_own);
    assert!(
        excused || found == Some(expected),
        "ended with {found:?} instead of {expected}"
    );
}

/// Expects that the container is gone. The engine may need a moment to clean up.
fn assert_gone(engine: &Engine, project: &Project<'_>) {
    let start = Instant::now();
    let mut left = engine.containers(&project.root());
    while !left.is_empty() && start.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(100));
        left = engine.containers(&project.root());
    }
    assert!(left.is_empty(), "left behind: {left:?}");
}
