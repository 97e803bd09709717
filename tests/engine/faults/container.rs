//! The built-in engine in a container of docker's, as on many CI services. It works if the
//! container may make user namespaces, and otherwise says what forbids them.

use std::path::PathBuf;
use std::process::Command;

use super::Place;
use crate::engine::{self, Candidate, Engine};
use crate::row::X86_64;
use crate::run::{Outcome, Run};

crate::tests![BuiltIn:
    in_a_container_that_allows_namespaces_all_is_as_outside unless lacks_docker,
    in_a_container_that_forbids_namespaces_one_error_says_so unless lacks_docker,
    under_a_filter_for_system_calls_a_sandbox_is_tried_out_once unless lacks_strace,
];

/// Plain Debian, on which every row's image is built.
const IMAGE: &str = "localhost/cross-test/debian:trixie";

/// The reason why docker cannot run such a container; `None` otherwise.
fn lacks_docker(_: &Candidate) -> Option<String> {
    let docker = match engine::docker() {
        Ok(docker) => docker,
        Err(reason) => return Some(reason),
    };
    let inspect = docker.command().args(["image", "inspect", IMAGE]).output();
    let there = inspect.is_ok_and(|output| output.status.success());
    (!there).then(|| format!("docker has no image `{IMAGE}`"))
}

/// The reason why no program can be watched under a filter for system calls; `None` otherwise.
fn lacks_strace(candidate: &Candidate) -> Option<String> {
    let starts = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let missing = ["strace", "python3"].into_iter().find(|it| !starts(it));
    let missing = missing.map(|program| format!("there is no {program}"));
    missing.or_else(|| super::lacks_root(candidate))
}

/// Sets a filter that allows all system calls, and becomes the program that its arguments name.
/// <https://man7.org/linux/man-pages/man2/seccomp.2.html>
const FILTERED: &str = r#"
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(1, ctypes.addressof(allow))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"#;

/// The trial takes longer than a build that has nothing to do, and the engine is opened twice.
fn under_a_filter_for_system_calls_a_sandbox_is_tried_out_once(engine: &Engine) {
    for (filtered, trials) in [(false, 0), (true, 1)] {
        let place = Place::new(engine);
        let start = if filtered {
            "python3 -c \"$FILTERED\""
        } else {
            "env"
        };
        let script = format!("strace -f -e trace=execve -o \"$CALLS\" {start} \"$@\"");
        let calls = place.project.path("../calls");
        let run = place.check().env("FILTERED", FILTERED).env("CALLS", &calls);
        run.in_mounts(&script).ok();
        let calls = fs_err::read_to_string(&calls).expect("strace writes it");
        for word in ["__sandbox-trial", "__sandbox-whole-trial"] {
            let count = calls.matches(&format!("\"{word}\"")).count();
            assert_eq!(count, trials, "{word}");
        }
    }
}

/// Runs `cross` with these arguments in a container. The program, the toolchain and the test's
/// files are mounted at their own paths.
fn inside(place: &Place<'_>, options: &[&str], args: &[&str]) -> Outcome {
    let engine = place.engine;
    let (program, toolchain) = match &engine.account {
        Some(account) => (account.cross(), account.toolchain()),
        None => (PathBuf::from(env!("CARGO_BIN_EXE_cross")), sysroot()),
    };
    let root = place.project.root();
    let files = root.parent().expect("a directory around it").to_owned();
    let layers = engine.images().expect("it is built in").join("layers");
    let (uid, gid) = place.project.owner();
    let mut command = Command::new("docker");
    command
        .args(["run", "--rm", "--network=none"])
        .arg(format!("--user={uid}:{gid}"))
        .arg(format!("--workdir={}", root.display()))
        .arg(format!(
            "--mount=type=bind,source={0},target={0}",
            files.display()
        ));
    for path in [&program, &toolchain, &layers] {
        command.arg(format!(
            "--mount=type=bind,source={0},target={0},readonly",
            path.display()
        ));
    }
    for (name, value) in [
        ("PATH", toolchain.join("bin")),
        ("HOME", files.join("home")),
        ("XDG_CACHE_HOME", place.cache().to_owned()),
        ("CROSS_CONTAINER_ENGINE", "sandbox".into()),
    ] {
        command.arg(format!("--env={name}={}", value.display()));
    }
    command.args(options).arg(IMAGE).arg(&program).args(args);
    Run::of(command).output()
}

/// The toolchain of the user who runs the tests.
fn sysroot() -> PathBuf {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.expect("rustc is there");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

fn in_a_container_that_allows_namespaces_all_is_as_outside(engine: &Engine) {
    // AppArmor may be active as well. Docker's profile for it forbids mounts.
    let allowed = [
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
    ];
    let place = Place::new(engine).dockerfile("RUN echo made >/made\nCOPY src /src\n");
    let args = ["check", "--target", X86_64.triple];
    let first = inside(&place, &allowed, &args).code(0);
    let first = first.stderr_has("Building image");
    first.stderr_has("Checking");
    place.is_sound();
    let second = inside(&place, &allowed, &args).code(0);
    second.stderr_has("Finished").lacks("Building image");
}

fn in_a_container_that_forbids_namespaces_one_error_says_so(engine: &Engine) {
    let place = Place::new(engine);
    let args = ["check", "--target", X86_64.triple];
    let refused = inside(&place, &[], &args).code(101);
    let errors = refused.stderr.matches("error: ").count();
    let refused = refused.expect(errors == 1, "one error");
    refused
        .stderr_has("cannot make a user namespace for the sandbox")
        .stderr_has("hint: this container's seccomp profile forbids it")
        .stderr_has("--security-opt seccomp=unconfined");
}
