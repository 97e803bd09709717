//! The host's processes and the program cross itself, as a program in the sandbox sees them.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::faults::{Place, processes_with};
use crate::project::Project;
use crate::row::X86_64;

crate::tests![BuiltIn:
    the_hosts_processes_are_out_of_sight,
    what_a_build_script_leaves_behind_ends_with_the_build,
    a_killed_cross_leaves_no_build_script_behind,
    a_step_of_a_build_cannot_change_the_program_that_executes_it,
];

fn the_hosts_processes_are_out_of_sight(engine: &Engine) {
    let look = r#"fn main() {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if !line.is_empty() {
            println!("seen: {}", String::from_utf8_lossy(&line).replace('\0', " "));
        }
    }
}
"#;
    let project = Project::program(engine, look);
    let mut victim = Command::new("sleep")
        .args(["--", "4242"])
        .env("SECRET", "s3cr3t")
        .spawn()
        .expect("it starts");
    let args = ["run", "--quiet", "--", "an-argument-of-its-own"];
    let seen = project.cross_for(X86_64.triple, &args).output();
    let control = !processes_with("sleep -- 4242").is_empty();
    victim.kill().expect("a child");
    victim.wait().expect("a child");
    assert!(control, "the host does not see it either");
    seen.code(0)
        .stdout_has("an-argument-of-its-own")
        .lacks("sleep -- 4242");
}

/// A build script that leaves a process behind, with this word in its command line.
fn leaving(word: &str, then: &str) -> String {
    format!(
        r#"fn main() {{
    let script = "setsid sh -c 'sleep 120; : {word}' >/dev/null 2>&1 </dev/null &";
    std::process::Command::new("sh").args(["-c", script]).status().unwrap();
    std::fs::write(std::env::var("OUT_DIR").unwrap() + "/begun", "").unwrap();
    {then}
}}
"#
    )
}

fn what_a_build_script_leaves_behind_ends_with_the_build(engine: &Engine) {
    let word = "left-by-a-build-script";
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", &leaving(word, ""));
    project.cross_for(X86_64.triple, &["build"]).ok();
    ends(word);
}

fn a_killed_cross_leaves_no_build_script_behind(engine: &Engine) {
    let word = "left-by-a-killed-build-script";
    let wait = "std::thread::sleep(std::time::Duration::from_secs(120));";
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", &leaving(word, wait));
    let mut child = project.cross_for(X86_64.triple, &["build"]).start();
    let start = Instant::now();
    // The control: the process exists while the build runs.
    while processes_with(word).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing begins");
        sleep(Duration::from_millis(50));
    }
    child.kill().expect("a child");
    child.wait().expect("a child");
    ends(word);
}

#[track_caller]
fn ends(word: &str) {
    let start = Instant::now();
    while !processes_with(word).is_empty() {
        let left = processes_with(word);
        assert!(start.elapsed() < Duration::from_secs(5), "left: {left:?}");
        sleep(Duration::from_millis(50));
    }
}

/// A library that every program of the image loads. It tries to change the file of the program that
/// has loaded it.
const PRELOADED: &str = r#"
use std::os::unix::fs::PermissionsExt as _;
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;
extern "C" fn begin() {
    let try_it = |path: &str| {
        let mode = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).is_ok();
        let write = std::fs::OpenOptions::new().write(true).open(path).is_ok();
        (mode, write)
    };
    std::fs::write("/own", "").unwrap();
    eprintln!("own file: {:?}", try_it("/own"));
    eprintln!("program: {:?}", try_it("/proc/self/exe"));
    std::process::exit(0);
}
"#;

fn a_step_of_a_build_cannot_change_the_program_that_executes_it(engine: &Engine) {
    let place = Place::new(engine);
    let library = place.project.path("preloaded.so");
    let source = place.project.path("../preloaded.rs");
    fs_err::write(&source, PRELOADED).expect("a file");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-o"]);
    assert!(
        rustc
            .arg(&library)
            .arg(&source)
            .status()
            .expect("rustc starts")
            .success()
    );
    // A copy, because another test may be running the original.
    let decoy = place.project.path("../decoy");
    let place = place.dockerfile(
        "COPY preloaded.so /preloaded.so\nRUN ln -sf /proc/self/exe /bin/sh\nENV LD_PRELOAD=/preloaded.so\nRUN true\n",
    );
    let run = place.check().with_copy(&decoy);
    if let Some(account) = &engine.account {
        account.own(&decoy);
    }
    run.output();
    let log = crate::run::text(
        place
            .cache()
            .join("cross/logs/sandbox-custom-x86_64-unknown-linux-gnu.log"),
    );
    assert!(log.contains("own file: (true, true)"), "{log}");
    assert!(log.contains("program: (false, false)"), "{log}");
    let mode = fs_err::metadata(&decoy)
        .expect("a copy")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o755);
}
