//! Programs that start programs in ways that only Unix has: scripts, signals, and one program that
//! replaces another.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{ACTOR, actor, printed, said};

/// A directory that is removed when this is dropped.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("conformance-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        // Another process writes the file. Otherwise a child of another test might have the file
        // open for writing, and the system would refuse to start it.
        let mut shell = Command::new("/bin/sh");
        shell
            .arg("-c")
            .arg("cat >\"$0\" && chmod 755 \"$0\"")
            .arg(&file)
            .stdin(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        shell
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        assert!(shell.wait().unwrap().success());
        file
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_shell_starts_a_program() {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "\"$0\" say one && exec \"$0\" say two", ACTOR]);
    assert_eq!(printed(shell), said("one") + &said("two"));
}

#[test]
fn a_script_starts_a_program() {
    let dir = Dir::new("script");
    let script = dir.script("script", &format!("#!/bin/sh\nexec '{ACTOR}' \"$@\"\n"));
    let mut command = Command::new(script);
    command.args(["say", "by a script"]);
    assert_eq!(printed(command), said("by a script"));
}

#[test]
fn a_script_is_for_a_program_that_it_names() {
    let dir = Dir::new("interpreter");
    let script = dir.script("script", &format!("#!{ACTOR}  say \nanything\n"));
    let mut command = Command::new(&script);
    command.arg("more");
    assert_eq!(
        printed(command),
        said(&format!("{} more", script.display()))
    );
}

#[test]
fn a_script_is_for_a_script() {
    let dir = Dir::new("interpreters");
    let first = dir.script("first", &format!("#!{ACTOR} say\n"));
    let second = dir.script("second", &format!("#!{} with\n", first.display()));
    let expected = format!("{} with {}", first.display(), second.display());
    assert_eq!(printed(Command::new(&second)), said(&expected));
}

#[test]
fn a_program_is_found_by_path() {
    let dir = Dir::new("path");
    std::os::unix::fs::symlink(ACTOR, dir.0.join("an-actor")).unwrap();
    let mut command = Command::new("an-actor");
    command
        .args(["say", "found"])
        .env("PATH", format!("/nowhere:{}", dir.0.display()));
    assert_eq!(printed(command), said("found"));
    let mut shell = Command::new("/bin/sh");
    let script = "PATH=$0:$PATH; an-actor say found";
    shell.args(["-c", script]).arg(&dir.0);
    assert_eq!(printed(shell), said("found"));
}

#[test]
fn a_program_begins_in_another_directory() {
    let dir = Dir::new("place");
    let place = fs::canonicalize(&dir.0).unwrap();
    std::os::unix::fs::symlink(ACTOR, place.join("-actor")).unwrap();
    let mut command = Command::new("./-actor");
    command.arg("place").current_dir(&place);
    assert_eq!(printed(command), format!("{}\n", place.display()));
}

#[test]
fn the_environment_is_the_one_that_is_given() {
    let mut cleared = actor(&["variables"]);
    cleared.env_clear();
    assert_eq!(printed(cleared), "");
    let mut odd = actor(&["variables"]);
    odd.env_clear().env("my-tool.x", "a b").env("A", "");
    let mut lines: Vec<String> = printed(odd).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["\"A\"=\"\"", "\"my-tool.x\"=\"a b\""]);
    let mut deep = actor(&["deep", "2"]);
    deep.env_clear();
    assert_eq!(printed(deep).lines().count(), 3);
}

#[test]
fn a_program_is_told_its_name() {
    let mut command = actor(&["name"]);
    command.arg0("another name");
    assert_eq!(printed(command), "another name\n");
    let mut command = actor(&["name"]);
    command.arg0("");
    assert_eq!(printed(command), "\n");
}

#[test]
fn a_program_becomes_another() {
    assert_eq!(
        printed(actor(&["become", ACTOR, "say", "new"])),
        said("new")
    );
    assert_eq!(
        printed(actor(&["become-in-a-thread", ACTOR, "say", "new"])),
        said("new")
    );
    assert_eq!(
        printed(actor(&["become", "/bin/sh", "-c", "echo native"])),
        "native\n"
    );
}

#[test]
fn an_open_program_begins() {
    assert_eq!(
        printed(actor(&["become-open", ACTOR, "say", "open"])),
        said("open")
    );
}

#[test]
fn a_program_without_a_path_begins() {
    assert_eq!(
        printed(actor(&["become-in-memory", ACTOR, "say", "in memory"])),
        said("in memory")
    );
    assert_eq!(
        printed(actor(&["become-in-memory", ACTOR, "descriptors"])),
        printed(actor(&["become", ACTOR, "descriptors"]))
    );
    let mut twice = actor(&["become-in-memory", ACTOR, "become-in-memory", ACTOR]);
    twice.args(["become", ACTOR, "say", "again"]);
    assert_eq!(printed(twice), said("again"));
    let dir = Dir::new("in-memory");
    for interpreter in [ACTOR, "/bin/sh"] {
        let script = dir.script("script", &format!("#!{interpreter}\n"));
        let mut command = actor(&["become-in-memory"]);
        let refused = command.arg(&script).output().unwrap();
        assert_eq!(refused.status.code(), Some(3));
        assert_eq!(String::from_utf8_lossy(&refused.stdout), "NotFound\n");
    }
}

#[test]
fn a_missing_program_is_not_found() {
    let missing = Path::new("/nowhere/program");
    assert_eq!(Command::new(missing).exec().kind(), ErrorKind::NotFound);
    let mut command = Command::new(missing);
    // If the child has anything to do before the program starts, the standard library does not use
    // `posix_spawn`.
    unsafe { command.pre_exec(|| Ok(())) };
    assert_eq!(command.spawn().unwrap_err().kind(), ErrorKind::NotFound);
    let mut shell = Command::new("/bin/sh");
    assert_eq!(
        shell
            .args(["-c", "exec /nowhere/program 2>/dev/null"])
            .status()
            .unwrap()
            .code(),
        Some(127)
    );
}

/// The standard library uses `posix_spawn` for these, whose errors QEMU would hide from glibc.
#[test]
fn a_program_that_cannot_be_spawned_is_an_error() {
    let dir = Dir::new("unspawned");
    let error = |program: &Path| Command::new(program).spawn().unwrap_err();
    for missing in ["/nowhere/program", "no-such-program"] {
        assert_eq!(error(Path::new(missing)).kind(), ErrorKind::NotFound);
    }
    let mut elsewhere = Command::new("./program");
    elsewhere
        .current_dir(&dir.0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    assert_eq!(elsewhere.spawn().unwrap_err().kind(), ErrorKind::NotFound);
    let mut nowhere = actor(&["say", "here"]);
    assert_eq!(
        nowhere.current_dir("/nowhere").spawn().unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(error(&dir.0).kind(), ErrorKind::PermissionDenied);
    let nameless = dir.script("nameless", "echo what am I");
    assert_eq!(error(&nameless).raw_os_error(), Some(libc::ENOEXEC));
}

#[test]
fn a_program_that_may_not_begin_is_refused() {
    let dir = Dir::new("refused");
    let copy = dir.0.join("copy");
    fs::copy(ACTOR, &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        Command::new(&copy).exec().kind(),
        ErrorKind::PermissionDenied
    );
    assert_eq!(
        Command::new(&dir.0).exec().kind(),
        ErrorKind::PermissionDenied
    );
}

#[test]
fn the_way_of_dying_is_seen() {
    assert_eq!(actor(&["exit", "7"]).status().unwrap().code(), Some(7));
    for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGSEGV, libc::SIGUSR1] {
        let status = actor(&["signal", &signal.to_string()]).status().unwrap();
        assert_eq!(status.signal(), Some(signal));
    }
    assert_eq!(
        actor(&["abort"]).status().unwrap().signal(),
        Some(libc::SIGABRT)
    );
}

#[test]
fn a_process_that_is_left_behind_starts_programs() {
    let dir = Dir::new("left");
    let file = dir.0.join("said");
    assert!(
        actor(&["leave", file.to_str().unwrap()])
            .status()
            .unwrap()
            .success()
    );
    let is_there = || fs::read_to_string(&file).is_ok_and(|text| !text.is_empty());
    (0..1000)
        .take_while(|_| !is_there())
        .for_each(|_| std::thread::sleep(std::time::Duration::from_millis(20)));
    assert_eq!(fs::read_to_string(&file).unwrap(), said("later"));
}
