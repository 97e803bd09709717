//! What the kernel does for a program in the sandbox, and what it refuses.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::Engine;
use crate::project::Project;
use crate::row::X86_64;
use crate::run::{Outcome, Run};

crate::tests![BuiltIn:
    calls_that_reach_beyond_the_sandbox_are_refused,
    calls_of_a_32_bit_program_are_refused_as_well,
    nothing_is_typed_into_the_callers_shell,
    keys_of_the_callers_session_are_not_there,
    a_program_gains_no_rights_by_what_it_executes,
];

/// A program that makes system calls, and prints the result of each.
const CALLER: &str = r#"use std::arch::asm;

/// The call, or the negative number of an error.
fn call(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize) -> isize {
    let result: isize;
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
            in("r10") d, in("r8") e, out("rcx") _, out("r11") _);
    }
    result
}

/// The same as a program for 32 bits makes it.
fn call32(number: usize, a: usize, b: usize) -> i32 {
    let result: i32;
    unsafe {
        asm!("push rbx", "mov ebx, {a:e}", "int 0x80", "pop rbx", a = in(reg) a,
            inlateout("eax") number as i32 => result, in("ecx") b as i32, in("edx") 0, in("esi") 0, in("edi") 0);
    }
    result
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1].as_str() {
        "calls" => {
            let user = 0x1000_0000;
            for (name, result) in [
                ("unshare", call(272, user, 0, 0, 0, 0)),
                ("clone", call(56, user | 17, 0, 0, 0, 0)),
                ("clone3", call(435, 0, 0, 0, 0, 0)),
                ("setns", call(308, usize::MAX, 0, 0, 0, 0)),
                ("mount", call(165, 0, 0, 0, 0, 0)),
                ("open_tree", call(428, usize::MAX, 0, 0, 0, 0)),
                ("keyctl", call(250, 0, usize::MAX - 2, 0, 0, 0)),
                ("add_key", call(248, 0, 0, 0, 0, 0)),
                ("bpf", call(321, 999, 0, 0, 0, 0)),
                ("perf_event_open", call(298, 0, 0, 0, 0, 0)),
                ("userfaultfd", call(323, usize::MAX, 0, 0, 0, 0)),
                ("open_by_handle_at", call(304, usize::MAX, 0, 0, 0, 0)),
                ("x32 mount", call(0x4000_0000 + 165, 0, 0, 0, 0, 0)),
            ] {
                println!("{name}: {result}");
            }
            // What programs need.
            println!("process: {}", call(39, 0, 0, 0, 0, 0) == std::process::id() as isize);
            println!("thread: {}", std::thread::spawn(|| 7).join().unwrap());
            println!("child: {}", std::process::Command::new("true").status().unwrap());
            println!("io_uring: {}", call(425, 0, 0, 0, 0, 0));
        }
        "calls32" => {
            println!("mount: {}", call32(21, 0, 0));
            println!("umount: {}", call32(22, 0, 0));
            println!("unshare: {}", call32(310, 0x1000_0000, 0));
            println!("keyctl: {}", call32(288, 0, (usize::MAX - 2) & 0xffff_ffff));
            println!("process: {}", call32(20, 0, 0) == std::process::id() as i32);
        }
        "type" => {
            for byte in b"echo typed-by-the-program\n" {
                let result = call(16, 0, 0x1_0000_5412, byte as *const u8 as usize, 0, 0);
                println!("typed: {result}");
            }
        }
        "key" => {
            // `KEYCTL_SEARCH` in the session's keyring.
            let found = call(250, 10, usize::MAX - 2, c"user".as_ptr() as usize, c"cross-test-key".as_ptr() as usize, 0);
            println!("key found: {}", found > 0);
            let keys = std::fs::read_to_string("/proc/keys").unwrap_or_default();
            println!("key seen: {}", keys.contains("cross-test-key"));
        }
        "with-key" => {
            // `KEYCTL_JOIN_SESSION_KEYRING`, `add_key`; then the command.
            assert!(call(250, 1, 0, 0, 0, 0) > 0);
            let (kind, name, secret) = (c"user", c"cross-test-key", "s3cr3t");
            let key = call(248, kind.as_ptr() as usize, name.as_ptr() as usize, secret.as_ptr() as usize, secret.len(), usize::MAX - 2);
            assert!(key > 0, "{key}");
            use std::os::unix::process::CommandExt as _;
            panic!("{}", std::process::Command::new(&args[2]).args(&args[3..]).exec());
        }
        other => panic!("{other}"),
    }
}
"#;

struct Caller<'a> {
    engine: &'a Engine,
    project: Project<'a>,
}

impl<'a> Caller<'a> {
    fn new(engine: &'a Engine) -> Self {
        let project = Project::program(engine, CALLER);
        Self { engine, project }
    }

    fn inside(&self, what: &str) -> Run {
        let args = ["run", "--quiet", "--", what];
        self.project.cross_for(X86_64.triple, &args)
    }

    /// The path of the same program, compiled for the host.
    fn program(&self) -> PathBuf {
        let program = self.project.path("../caller");
        let mut rustc = Command::new("rustc");
        rustc
            .args(["--edition", "2024", "-o"])
            .arg(&program)
            .arg(self.project.path("src/main.rs"));
        assert!(rustc.status().expect("rustc starts").success());
        program
    }

    fn outside(&self, what: &str) -> Run {
        let program = self.program().display().to_string();
        Run::host(self.engine, &program, &self.project.root()).args([what])
    }
}

/// The outputs for `EPERM` (refused) and `ENOSYS` (not there).
const REFUSED: &str = ": -1\n";
const NOT_THERE: &str = ": -38\n";

fn calls_that_reach_beyond_the_sandbox_are_refused(engine: &Engine) {
    let caller = Caller::new(engine);
    let found = caller.inside("calls").ok();
    let mut found = found
        .stdout_has("process: true\n")
        .stdout_has("thread: 7\n")
        .stdout_has("child: exit status: 0\n")
        .stdout_has(&format!("clone3{NOT_THERE}"));
    for name in [
        "unshare",
        "clone",
        "setns",
        "mount",
        "open_tree",
        "keyctl",
        "add_key",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "open_by_handle_at",
        "x32 mount",
    ] {
        found = found.stdout_has(&format!("{name}{REFUSED}"));
    }
    // The control: outside of the sandbox, these calls succeed or fail for other reasons.
    let outside = caller.outside("calls").ok();
    let same = |line: &&str| line.starts_with("io_uring: ");
    let io_uring = outside.stdout.lines().find(same).expect("a line");
    found.stdout_has(io_uring);
    outside
        .lacks(&format!("setns{REFUSED}"))
        .lacks(&format!("keyctl{REFUSED}"))
        .lacks(&format!("add_key{REFUSED}"))
        .lacks(&format!("clone3{NOT_THERE}"));
}

fn calls_of_a_32_bit_program_are_refused_as_well(engine: &Engine) {
    let caller = Caller::new(engine);
    let outside = caller.outside("calls32").output();
    if outside.exit_code() != 0 {
        crate::skip("this kernel runs no programs for 32 bits");
    }
    outside
        .stdout_has("process: true\n")
        .lacks(&format!("keyctl{REFUSED}"));
    let mut inside = caller.inside("calls32").ok().stdout_has("process: true\n");
    for name in ["mount", "umount", "unshare", "keyctl"] {
        inside = inside.stdout_has(&format!("{name}{REFUSED}"));
    }
}

fn nothing_is_typed_into_the_callers_shell(engine: &Engine) {
    let caller = Caller::new(engine);
    caller.inside("calls").ok();
    let inside = caller.inside("type").in_terminal().output();
    inside.stdout_has("typed: -1").lacks("typed: 0");
    // The control is done by root, as the kernel may forbid this to other users.
    if rustix::process::getuid().is_root() {
        let outside = Command::new(caller.program());
        let outside = Run::new(outside, &caller.project.root()).args(["type"]);
        outside.in_terminal().output().stdout_has("typed: 0");
    }
}

/// The command for a caller whose session has a key.
fn with_key(run: Run, program: &Path) -> Run {
    let command = run.command();
    let own = std::iter::once(command.get_program()).chain(command.get_args());
    let mut words: Vec<OsString> = own.map(OsStr::to_owned).collect();
    // A process that becomes another user leaves its session's keys behind, so the key is added
    // after that.
    let start = words.iter().position(|word| word == "--inh-caps=-all");
    let at = start.map_or(0, |start| start + 2);
    words.splice(at..at, [program.into(), "with-key".into()]);
    let mut with = Command::new(&words[0]);
    with.args(&words[1..]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => with.env(name, value),
            None => with.env_remove(name),
        };
    }
    with.current_dir(command.get_current_dir().expect("a directory"));
    Run::of(with)
}

fn keys_of_the_callers_session_are_not_there(engine: &Engine) {
    let caller = Caller::new(engine);
    caller.inside("calls").ok();
    let program = caller.program();
    with_key(caller.outside("key"), &program)
        .ok()
        .stdout_has("key found: true")
        .stdout_has("key seen: true");
    with_key(caller.inside("key"), &program)
        .ok()
        .stdout_has("key found: false")
        .stdout_has("key seen: false");
}

fn a_program_gains_no_rights_by_what_it_executes(engine: &Engine) {
    let main = r#"fn main() {
    for file in ["status", "mounts"] {
        print!("{}", std::fs::read_to_string(format!("/proc/self/{file}")).unwrap());
    }
}
"#;
    let project = Project::program(engine, main);
    let root = project.root().display().to_string();
    let run = project.cross_for(X86_64.triple, &["run", "--quiet"]).ok();
    let mounts = |outcome: &Outcome, place: &str| -> Vec<String> {
        let lines = outcome.stdout.lines();
        let lines = lines.filter(|line| line.split(' ').nth(1) == Some(place));
        lines.map(str::to_owned).collect()
    };
    let run = run
        .stdout_has("NoNewPrivs:\t1\n")
        .stdout_has("Seccomp:\t2\n");
    for place in ["/", &root] {
        let lines = mounts(&run, place);
        assert!(
            lines.iter().any(|line| line.contains("nosuid,nodev")),
            "{place}: {lines:?}"
        );
    }
    // The control: the program on the host.
    let outside = project.cargo(&["run", "--quiet", "--target-dir", "../native"]);
    let outside = outside
        .ok()
        .stdout_has("NoNewPrivs:\t0\n")
        .stdout_has("Seccomp:\t0\n");
    let lines = mounts(&outside, "/");
    assert!(
        !lines.iter().any(|line| line.contains("nosuid,nodev")),
        "{lines:?}"
    );
}
