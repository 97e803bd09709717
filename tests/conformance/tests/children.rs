//! Programs that start programs, on any system.

mod common;

use std::io::Write as _;
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use common::{ACTOR, ARCH, actor, printed, said};

#[test]
fn a_sibling_is_started() {
    assert_eq!(printed(actor(&["say", "hello"])), said("hello"));
}

#[test]
fn a_test_starts_itself() {
    let mut own = Command::new(std::env::current_exe().unwrap());
    own.args(["a_sibling_is_started", "--exact"]);
    assert!(printed(own).contains("1 passed"));
}

#[test]
fn programs_start_programs_three_levels_deep() {
    let expected: String = (0..4)
        .rev()
        .map(|level| format!("{ARCH} {level}\n"))
        .collect();
    assert_eq!(printed(actor(&["deep", "3"])), expected);
}

#[test]
fn arguments_arrive_untouched() {
    let odd = ["", " ", "-0", "--", "*", "a\nb", "\\", "ä"];
    let mut command = actor(&["say"]);
    command.args(odd);
    assert_eq!(printed(command), said(&odd.join(" ")));
    // On Windows, a whole command line has at most 32,767 characters.
    let count = if cfg!(windows) { 1_000 } else { 20_000 };
    let many: Vec<String> = (0..count).map(|i| format!("{i:020}")).collect();
    let mut command = actor(&["count"]);
    command.args(&many);
    assert_eq!(printed(command), format!("{count} {}\n", count * 20));
}

/// The child ends with the exit code that shells use for programs that could not be started.
#[test]
fn a_program_that_ends_at_once_has_begun() {
    assert_eq!(actor(&["exit", "127"]).status().unwrap().code(), Some(127));
}

#[test]
fn a_child_is_killed() {
    let mut command = actor(&["copy"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    #[cfg(unix)]
    assert_eq!(status.signal(), Some(libc::SIGKILL));
    #[cfg(not(unix))]
    assert_eq!(status.code(), Some(1));
}

#[test]
fn pipes_join_programs() {
    let text: String = (0..50_000).map(|i| format!("{i}\n")).collect();
    let mut first = actor(&["copy"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut second = actor(&["copy"]);
    let second = second
        .stdin(first.stdout.take().unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, sent) = (first.stdin.take().unwrap(), text.clone());
    let writer = std::thread::spawn(move || input.write_all(sent.as_bytes()).unwrap());
    assert_eq!(second.wait_with_output().unwrap().stdout, text.as_bytes());
    writer.join().unwrap();
    assert!(first.wait().unwrap().success());
}

#[test]
fn many_threads_start_programs() {
    let start = |thread: usize| {
        for round in 0..5 {
            let word = format!("{thread}-{round}");
            let mut program = actor(&["say", &word]);
            if cfg!(unix) && round % 2 == 1 {
                program = Command::new("/bin/sh");
                program.args(["-c", "\"$0\" say \"$1\"", ACTOR, &word]);
            }
            assert_eq!(printed(program), said(&word));
        }
    };
    std::thread::scope(|scope| (0..12).for_each(|thread| drop(scope.spawn(move || start(thread)))));
}
