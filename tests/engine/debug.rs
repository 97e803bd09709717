//! Tracing and debugging: QEMU's variables, and a debugger on the host beside a run.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::row::{AARCH64, X86_64};
use crate::run::{Outcome, Run};

crate::tests![
    Engine:
    variables_of_the_emulator_have_their_effect,
    a_test_that_hangs_is_ended_and_named,
    a_crash_of_an_emulated_program_says_where_it_was,
    a_breakpoint_in_an_emulated_program_is_hit unless no_debugger,
    a_breakpoint_in_a_program_without_an_emulator_is_hit unless no_server;
    Distinct:
    a_test_is_debugged_by_its_name unless no_debugger,
    programs_that_are_started_while_one_is_debugged_run unless no_debugger,
    a_key_stops_the_program_for_the_debugger unless no_debugger;
    Unprivileged:
    a_program_in_a_machine_waits_for_a_debugger,
    a_breakpoint_in_a_machine_is_hit unless no_debugger,
    a_key_stops_a_machine_for_the_debugger unless no_debugger,
    a_machine_ends_with_its_debugger_unless_that_let_it_go unless no_debugger,
];

const THUMB: &str = "thumbv7em-none-eabihf";
/// A program for the fixture `microcontroller` that says that it is there, and never ends.
const NEVER_ENDS: &str = r#"#![no_std]
#![no_main]

use core::fmt::Write;

#[unsafe(no_mangle)]
extern "C" fn program() -> i32 {
    let _ = writeln!(native::Out, "ready");
    loop {
        core::hint::black_box(());
    }
}
"#;

const MAIN: &str = r#"fn twice(number: u32) -> u32 {
    let doubled = number * 2;
    doubled
}

fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("{} {}", line.trim(), twice(21));
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(super::twice(2), 4);
    }

    #[test]
    fn starts_another() {
        let me = std::env::current_exe().unwrap();
        let mut other = std::process::Command::new(me);
        assert!(other.arg("doubles").status().unwrap().success());
    }
}
"#;

const CRASHES: &str = r#"fn poke(place: *mut u32) {
    unsafe { place.write_volatile(1) };
}
#[test]
fn crashes() {
    poke(std::ptr::without_provenance_mut(8));
}
#[test]
fn starts_one_that_crashes() {
    let me = std::env::current_exe().unwrap();
    let mut other = std::process::Command::new(me);
    assert!(!other.args(["--exact", "crashes"]).status().unwrap().success());
    let mut left = std::fs::read_dir("/tmp").unwrap();
    assert!(!left.any(|entry| entry.unwrap().file_name().as_encoded_bytes().starts_with(b"c.")));
}
fn main() {}
"#;

/// A test that hangs and ignores SIGQUIT, as programs do that a shell has started in the
/// background.
const HANGS: &str = r#"unsafe extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}
#[test]
fn never_ends() {
    const SIGQUIT: i32 = 3;
    const SIG_IGN: usize = 1;
    unsafe { signal(SIGQUIT, SIG_IGN) };
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
#[test]
fn ends() {}
fn main() {}
"#;

fn lacking(program: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    (!found).then(|| format!("there is no `{program}`"))
}

fn no_debugger(_: &Candidate) -> Option<String> {
    lacking("gdb-multiarch")
}

fn no_server(candidate: &Candidate) -> Option<String> {
    let is_apart = candidate.name == "rootless-docker";
    let reason = is_apart.then(|| "its network is not the host's".to_owned());
    reason
        .or_else(|| no_debugger(candidate))
        .or_else(|| lacking("gdbserver"))
}

/// Runs `cross-util debug` with these commands for gdb, after it has connected.
fn debug(
    project: &Project<'_>,
    engine: &Engine,
    triple: &str,
    gdb: &[&str],
    args: &[&str],
) -> Outcome {
    let commands = gdb.iter().flat_map(|command| ["-x", command]);
    Run::util(engine, &project.root())
        .args(["debug", "--target", triple, "--batch"])
        .args(commands)
        .args([&["--"], args].concat())
        .stdin("hello\n")
        .ok()
}

fn variables_of_the_emulator_have_their_effect(engine: &Engine) {
    let project = Project::program(engine, MAIN);
    let log = project.path("target/trace");
    let run =
        |name: &str, value: &Path| project.aarch64(&["run"]).env(name, value).stdin("hello\n");
    run("QEMU_STRACE", Path::new("1"))
        .env("QEMU_LOG_FILENAME", &log)
        .ok()
        .stdout("hello 42\n")
        .lacks(" write(1,");
    let trace = fs_err::read_to_string(&log).expect("the emulator wrote it");
    assert!(trace.contains(" write(1,"), "{trace}");
    run("QEMU_LOG", Path::new("page"))
        .ok()
        .stderr_has("page layout");
    run("QEMU_CPU", Path::new("cortex-a53"))
        .ok()
        .stdout("hello 42\n");
    run("QEMU_CPU", Path::new("nonsense"))
        .code(1)
        .stderr_has("unable to find CPU model 'nonsense'");
}

fn a_test_that_hangs_is_ended_and_named(engine: &Engine) {
    let project = Project::program(engine, HANGS);
    for triple in [AARCH64.triple, X86_64.triple] {
        let run = |args: &[&str]| {
            let run = project.cross_for(triple, args);
            run.env("CROSS_BUILD_TEST_TIMEOUT", "3")
        };
        run(&["test"])
            .code(101)
            .stdout_has("test ends ... ok")
            .stderr_has("has not ended within 3 seconds; its threads: ")
            .stderr_has("never_ends")
            .stderr_has("SIGABRT");
        run(&["test", "--", "--skip", "never_ends"]).ok();
    }
    project
        .aarch64(&["test"])
        .env("CROSS_BUILD_TEST_TIMEOUT", "3")
        .code(101)
        .stderr_has("cross-runner: where `demo-")
        .stderr_has("thread `never_ends`:\n")
        .stderr_has(": demo::never_ends\n             at src/main.rs:10");
}

fn a_crash_of_an_emulated_program_says_where_it_was(engine: &Engine) {
    let project = Project::program(engine, CRASHES);
    let test = |name: &str| project.aarch64(&["test", "--", "--exact", name]);
    test("crashes")
        .code(101)
        .stderr_has("cross-runner: SIGSEGV has ended `demo-")
        .stderr_has(", in its thread `crashes`:\n")
        .stderr_has(": demo::poke\n             at src/main.rs:2")
        .stderr_has(": demo::crashes\n             at src/main.rs:6")
        .lacks("__rust_begin_short_backtrace");
    test("crashes")
        .env("RUST_BACKTRACE", "0")
        .code(101)
        .stderr_has("SIGSEGV")
        .lacks("src/main.rs:2");
    // Only tests themselves are observed: a program that a test starts may crash without a message.
    test("starts_one_that_crashes").ok().lacks("src/main.rs:2");
}

fn a_breakpoint_in_an_emulated_program_is_hit(engine: &Engine) {
    let project = Project::program(engine, MAIN);
    let gdb = [
        "break demo::twice",
        "continue",
        "print number",
        "info source",
        "continue",
    ];
    debug(&project, engine, AARCH64.triple, &gdb, &["run"])
        .stdout_has("demo::twice (number=21) at src/main.rs:2")
        .stdout_has(&format!(
            "Located in {}",
            project.path("src/main.rs").display()
        ))
        .stdout_has("$1 = 21")
        .stdout_has("hello 42");
}

fn a_test_is_debugged_by_its_name(engine: &Engine) {
    let project = Project::program(engine, MAIN);
    let gdb = ["break demo::twice", "continue", "continue"];
    debug(&project, engine, AARCH64.triple, &gdb, &["test", "doubles"])
        .stdout_has("demo::twice (number=2) at src/main.rs:2")
        .stdout_has("test tests::doubles ... ok");
}

fn programs_that_are_started_while_one_is_debugged_run(engine: &Engine) {
    let project = Project::program(engine, MAIN);
    let args = ["test", "starts_another"];
    debug(&project, engine, AARCH64.triple, &["continue"], &args)
        .stdout_has("test tests::starts_another ... ok");
}

fn a_breakpoint_in_a_program_without_an_emulator_is_hit(engine: &Engine) {
    let project = Project::program(engine, MAIN);
    let gdb = ["break demo::twice", "continue", "print number", "continue"];
    debug(&project, engine, X86_64.triple, &gdb, &["run"])
        .stdout_has("demo::twice (number=21) at src/main.rs:2")
        .stdout_has("$1 = 21")
        .stdout_has("hello 42");
}

fn a_key_stops_the_program_for_the_debugger(engine: &Engine) {
    let main = "fn main() {\n    println!(\"ready\");\n    loop {\n        std::thread::sleep(std::time::Duration::from_millis(50));\n    }\n}\n";
    let project = Project::program(engine, main);
    is_stopped_by_a_key(&project, engine, AARCH64.triple, "killed");
}

fn a_key_stops_a_machine_for_the_debugger(engine: &Engine) {
    let project = Project::fixture(engine, "microcontroller").file("src/main.rs", NEVER_ENDS);
    is_stopped_by_a_key(&project, engine, THUMB, "Terminated via GDBstub");
}

/// Runs a program that says `ready` and never ends. `script` provides the terminal. Text that is
/// written to its input counts as typed.
fn is_stopped_by_a_key(project: &Project<'_>, engine: &Engine, triple: &str, killed: &str) {
    let args = [
        "debug",
        "--target",
        triple,
        "-x",
        "set confirm off",
        "-x",
        "continue",
        "--",
        "run",
    ];
    let util = Run::util(engine, &project.root()).args(args);
    let mut child = util.in_terminal().start();
    let mut keyboard = child.stdin.take().expect("it is piped");
    let mut screen = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut seen = String::new();
    let mut wait_for = |part: &str| {
        let start = seen.len();
        while !seen[start..].contains(part) {
            let read = screen.read_line(&mut seen).expect("a line");
            assert!(read > 0, "no `{part}` in:\n{seen}");
        }
    };
    wait_for("ready");
    keyboard.write_all(b"\x03").expect("it is read");
    wait_for("received signal");
    keyboard.write_all(b"kill\nquit\n").expect("it is read");
    wait_for(killed);
    screen.read_to_string(&mut seen).expect("it is text");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}:\n{seen}");
}

/// The test is the debugger, so this needs none on the machine.
fn a_program_in_a_machine_waits_for_a_debugger(engine: &Engine) {
    let project = Project::fixture(engine, "microcontroller");
    let program = format!("target/{THUMB}/debug/native");
    let args = ["debug", "--server", "--target", THUMB, "--", "run"];
    let mut child = Run::util(engine, &project.root()).args(args).start();
    let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let mut lines = lines.map(|line| line.expect("it is text"));
    let waiting = "Waiting for a debugger at 127.0.0.1:";
    let line = lines.find_map(|line| Some(line.split_once(waiting)?.1.to_owned()));
    let line = line.expect("it waits");
    let (port, shown) = line.split_once(": ").expect("a port and a program");
    assert_eq!(shown, format!("`{}`", project.path(program).display()));

    let port: u16 = port.parse().expect("a port");
    let mut stub = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let mut seen = String::new();
    let mut wait_for = |stub: &mut TcpStream, part: &str| {
        while !seen.contains(part) {
            let mut byte = [0];
            stub.read_exact(&mut byte).expect("the stub answers");
            seen.push(byte[0].into());
        }
    };
    stub.write_all(b"$?#3f").expect("it is read");
    wait_for(&mut stub, "$T05thread:");
    stub.write_all(b"+$c#63").expect("it is read");
    wait_for(&mut stub, "$W07#");
    let output = child.wait_with_output().expect("it ends");
    // The exit code is the program's own.
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("shout HELLO!\n"), "{said}");
}

fn a_breakpoint_in_a_machine_is_hit(engine: &Engine) {
    let project = Project::fixture(engine, "microcontroller");
    let gdb = ["break native::sine", "continue", "print angle", "continue"];
    let run = |args: &[&str]| debug(&project, engine, THUMB, &gdb, args);
    run(&["test"])
        .stdout_has("native::sine (angle=1, ")
        .stdout_has("$1 = 1\n")
        .stdout_has("test result: ok. 3 passed");
}

fn a_machine_ends_with_its_debugger_unless_that_let_it_go(engine: &Engine) {
    let project = Project::fixture(engine, "microcontroller");
    let debug = |gdb: &[&str]| {
        let commands = gdb.iter().flat_map(|command| ["-x", command]);
        Run::util(engine, &project.root())
            .args(["debug", "--target", THUMB, "--batch"])
            .args(commands)
            .args(["--", "run"])
    };
    debug(&["break native::sine", "continue", "delete", "detach"])
        .code(7)
        .stdout_has("shout HELLO!");
    let ended = debug(&["break native::sine", "continue", "disconnect"]).output();
    let by_sigkill = ended.exit_code() == 128 + 9;
    ended
        .expect(by_sigkill, "a run that SIGKILL ended")
        .lacks("shout HELLO!");
}
