//! `cross-util debug`: a debugger beside a run. The test plays the emulator's stub, and in some
//! tests also the user's debugger.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use crate::fixture::{AARCH64, Fixture, X86_64};

const PROGRAM: &str = "target/aarch64-unknown-linux-gnu/debug/hello";

/// A fake gdb that claims to know all machines. It lets the run end by creating the file `done`.
const GDB: &str = r#"#!/bin/sh
. "${0%/*}/../fakes/common.sh"
case "$*" in *"set architecture"*) echo 'The target architecture is set to "any".'; exit ;; esac
: >"$root/done"
"#;

/// Calls `find` until it returns a value, for at most 30 seconds.
fn wait_for<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(5));
    }
}

/// A machine on which a run lasts until the file `done` exists.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write(
        "leaves",
        "while [ ! -e \"$root/done\" ]; do /bin/sleep 0.05; done\n",
    );
    fixture.write(&format!("project/{PROGRAM}"), "");
    fixture
}

/// Plays a program under an emulator that waits for a debugger on the socket `number`. It reads one
/// question and sends this answer; the thread returns the question and the connection.
fn program(
    fixture: &Fixture,
    number: u32,
    answer: &'static str,
) -> JoinHandle<(String, UnixStream)> {
    let dirs = fixture.root.join("home/.cache/cross/debug");
    spawn(move || {
        let dir: PathBuf = wait_for("there is no directory of sockets", || {
            let dir = fs::read_dir(&dirs).ok()?.flatten().next()?;
            // Containers get this subdirectory. The debugger's own socket is beside it, out of
            // their reach.
            Some(dir.path().join("p")).filter(|dir| dir.exists())
        });
        let socket = UnixListener::bind(dir.join(number.to_string())).expect("a short path");
        let (mut stream, _) = socket.accept().expect("cross comes");
        let question = packet(&mut stream);
        stream.write_all(b"+").expect("cross listens");
        stream.write_all(answer.as_bytes()).expect("cross listens");
        (question, stream)
    })
}

/// The next packet of gdb's protocol, or as much as came before the end of the stream.
fn packet(stream: &mut impl Read) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|count| count == 1) {
        text.push(byte[0].into());
        if text.len() > 3 && text.as_bytes()[text.len() - 3] == b'#' {
            break;
        }
    }
    text
}

#[test]
fn the_debugger_is_told_where_the_program_waits() {
    let fixture = fixture();
    fixture.program("gdb-multiarch", GDB);
    let stub = program(
        &fixture,
        77,
        "$ltarget/aarch64-unknown-linux-gnu/debug/hello#00",
    );
    let command = format!("debug --target {AARCH64} --batch -x bt -- run --bin hello");
    let ran = fixture.util(&command).run();
    let (question, _) = stub.join().expect("it was asked");
    assert_eq!(question, "$qXfer:exec-file:read:4d:0,fff#22");
    ran.success()
        .says_exactly(&format!("   Debugging `[PROJECT]/{PROGRAM}`"));
    let calls = ran.calls_of("gdb-multiarch");
    assert_eq!(calls.len(), 2, "{ran}");
    let (before, behind) = calls[1].split_once("target remote ").expect("it connects");
    assert_eq!(
        before,
        "gdb-multiarch -q -iex set sysroot target: -batch -ex "
    );
    let (socket, rest) = behind.split_once(' ').expect("there is more");
    assert!(
        socket.starts_with("[CACHE]/debug/") && socket.ends_with("/gdb"),
        "{socket}"
    );
    assert_eq!(rest, format!("-ex bt [PROJECT]/{PROGRAM}"));
    let end = format!("run --bin hello --target {AARCH64}");
    assert!(ran.line().command().ends_with(&end), "{ran}");
    let left = fs::read_dir(fixture.root.join("home/.cache/cross/debug")).expect("it is there");
    assert_eq!(left.count(), 0, "sockets are left");
}

/// A free port.
fn port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is one");
    listener.local_addr().expect("it has one").port()
}

/// Runs with a port for the user's debugger. Returns what the debugger reads after its question,
/// and the messages of `cross-util`.
fn served(answer: &'static str) -> (String, String) {
    let fixture = fixture();
    let port = port();
    let stub = program(&fixture, 5, "$l/nowhere#00");
    let done = fixture.root.join("done");
    let debugger = spawn(move || {
        let (_, mut stub) = stub.join().expect("it was asked");
        let mut debugger = wait_for("nobody listens at the port", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        debugger.write_all(b"$g#67").expect("cross listens");
        let question = packet(&mut stub);
        assert_eq!(
            question, "+$g#67",
            "with the answer to cross's own question"
        );
        stub.write_all(answer.as_bytes()).expect("cross listens");
        let read = packet(&mut debugger);
        drop((stub, debugger));
        fs::write(done, "").expect("it is ours");
        read
    });
    let command = format!("debug --server --port {port} --target {AARCH64} -- test");
    let ran = fixture.util(&command).run();
    ran.success();
    let said = ran.stderr.replace(&port.to_string(), "[PORT]");
    (debugger.join().expect("it has read"), said)
}

const WAITING: &str = "     Waiting for a debugger at 127.0.0.1:[PORT]: a program\n";

#[test]
fn a_debugger_of_the_users_comes_to_a_port() {
    let (read, said) = served("$05#35");
    assert_eq!(read, "$05#35");
    assert_eq!(said, WAITING);
}

/// gdb would open the file itself, with the user's rights.
#[test]
fn a_program_that_asks_the_debugger_for_files_is_cut_off() {
    let (read, said) = served("$Fopen,1000/5,601,1b6#00");
    assert_eq!(read, "");
    let warning = "warning: the program was cut off from the debugger, as it asked the debugger for files of this machine\n";
    assert_eq!(said, format!("{WAITING}{warning}"));
}

#[test]
fn a_debugger_that_knows_another_machine_is_passed_by() {
    let fixture = fixture();
    let deaf = "#!/bin/sh\n. \"${0%/*}/../fakes/common.sh\"\necho 'Undefined item' >&2\n";
    fixture.program("gdb-multiarch", deaf);
    let stub = program(&fixture, 1, "$l#00");
    fixture.program("gdb", GDB);
    let ran = fixture
        .util(&format!("debug --target {AARCH64} -- run"))
        .run();
    ran.success();
    stub.join().expect("it was asked");
    assert_eq!(ran.calls_of("gdb").len(), 2, "{ran}");
}

#[test]
fn what_cannot_be_debugged_is_refused() {
    let fixture = Fixture::new();
    let debug = |more: &str| fixture.util(&format!("debug --target {AARCH64} {more}"));
    let hint = "hint: debug `run`, or `test --test FILE NAME`\n";
    debug("-- build").run().code(1).says_exactly(&format!(
        "error: `cross build` starts no program to debug\n{hint}"
    ));
    debug("-- fmt").run().code(1).says_exactly(&format!(
        "error: the host's cargo does this by itself, so there is nothing to debug\n{hint}"
    ));
    let ran = debug("-- run").run();
    ran.code(101).says_exactly(&format!(
        "error: no debugger on `PATH` knows programs of `{AARCH64}`\n\
         hint: install `gdb-multiarch`, or your system's `gdb` or `lldb` for all machines\n"
    ));
    assert!(ran.lines().is_empty(), "{ran}");
    debug("--debugger dbg -- run")
        .run()
        .code(101)
        .says_exactly("error: there is no debugger `dbg`\n");
    let native = format!("debug --target {X86_64} -- run");
    fixture.util(&native).run().code(101).says_exactly(&format!(
        "error: programs of `{X86_64}` run without an emulator, so gdbserver must run them\n\
         hint: install `gdbserver`\n"
    ));
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is one");
    let port = taken.local_addr().expect("it has one").port();
    debug(&format!("--server --port {port} -- run"))
        .run()
        .code(101)
        .says(&format!(
            "error: a debugger cannot be expected at port {port}: "
        ));
    fixture
        .util("debug --batch --server -- run")
        .run()
        .code(2)
        .says("cannot be used with");
}

#[test]
fn a_run_in_which_nothing_waits_says_so() {
    let fixture = Fixture::new();
    fixture.program("gdb-multiarch", GDB);
    let ran = fixture
        .util(&format!("debug --target {AARCH64} -- run"))
        .run();
    ran.success().says_exactly(
        "warning: no program has waited for a debugger: none was started, or a runner of the project's started it\n",
    );
    fixture.write("run-exits", "7\n");
    let failed = fixture.util(&format!("debug --target {AARCH64} -- run"));
    failed.run().code(7).says_exactly("");
}
