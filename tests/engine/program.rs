//! Programs under `cross run` and `cross test` behave as under cargo.

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::row::{AARCH64, X86_64};

crate::tests![Engine:
    a_program_for_the_target_runs,
    the_exit_code_is_the_programs,
    tests_run_side_by_side,
    doctests_are_processes_of_their_own,
    a_program_reaches_the_hosts_network unless the_hosts_network_is_the_daemons,
    without_a_network_a_program_still_talks_to_itself;
    Distinct:
    a_program_for_the_host_runs,
    arguments_reach_the_program_untouched,
    the_program_reads_standard_input,
    a_failing_test_gives_101,
    a_compile_error_gives_101,
    standard_output_is_cargos_alone,
    qemu_strace_prints_system_calls,
    a_bench_runs,
    a_library_that_a_build_script_made_is_found,
    emulated_programs_start_others_and_use_the_system_as_on_the_target,
];

fn the_hosts_network_is_the_daemons(candidate: &Candidate) -> Option<String> {
    let is_rootless = candidate.name == "rootless-docker";
    is_rootless.then(|| "the network it calls the host's is its daemon's own".to_owned())
}

fn a_program_for_the_target_runs(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["run"]).ok().stdout("aarch64\n");
    project
        .aarch64(&["run", "--release"])
        .ok()
        .stdout("aarch64\n");
    let binary = format!("target/{}/release/demo", AARCH64.triple);
    assert!(project.path(binary).exists());
}

/// Without an own process for each, rustdoc runs doctests in one process. The first one would end
/// it with code 0, and none of the others would have run.
fn doctests_are_processes_of_their_own(engine: &Engine) {
    let library = "//! ```\n//! std::process::exit(0);\n//! ```\n\
        /// ```\n/// assert!(std::env::args().count() > 9, \"it ran\");\n/// ```\npub fn f() {}\n";
    let project = Project::empty(engine)
        .manifest("")
        .file("src/lib.rs", library);
    let outcome = project.aarch64(&["test", "--doc"]).code(101);
    outcome
        .stdout_has("test result: FAILED. 1 passed; 1 failed")
        .stdout_has("it ran")
        .lacks("WARNING");
}

/// If an emulated program starts another one, the kernel starts the emulator with the built-in
/// engine, and the runner does so with other engines. The crate tests what else programs may
/// expect. Its tests of threads are left out, as they take half a minute.
fn emulated_programs_start_others_and_use_the_system_as_on_the_target(engine: &Engine) {
    let project = Project::empty(engine).conformance();
    let programs = [
        "children", "unix", "library", "panics", "plain", "sockets", "system",
    ];
    let words = programs.iter().flat_map(|name| ["--test", name]);
    let words: Vec<&str> = ["test"].into_iter().chain(words).collect();
    let run = project.aarch64(&words);
    run.ok()
        .stdout_has("test result: ok. 8 passed; 0 failed; 0 ignored")
        .stdout_has("test result: ok. 16 passed; 0 failed; 0 ignored")
        .stdout_has("test result: ok. 2 passed; 0 failed; 1 ignored")
        .stdout_has("plain test: []")
        .stdout_has("test result: ok. 9 passed; 0 failed; 0 ignored");
    let examples = project.aarch64(&["test", "--doc"]).ok();
    examples.stdout_has("test result: ok. 200 passed; 0 failed");
    let bench = project.aarch64(&["bench", "--bench", "plain"]).ok();
    bench.stdout_has("plain bench");
    let fallen = project
        .aarch64(&["run", "--profile", "abort", "--", "panic"])
        .env("RUST_BACKTRACE", "1")
        .output();
    let named = fallen.stderr.contains("src/actor.rs:") && fallen.stderr.contains("actor::fall");
    let aborted = fallen.exit_code() == 134;
    fallen.expect(named && aborted, "a backtrace, and the way of dying");
}

/// Cargo adds directories that build scripts name to the loader's path, but only those below the
/// target directory.
fn a_library_that_a_build_script_made_is_found(engine: &Engine) {
    let script = r#"use std::env::var;
fn main() {
    let (out, target) = (var("OUT_DIR").unwrap(), var("TARGET").unwrap());
    let compiler = var(format!("CC_{}", target.replace('-', "_"))).unwrap();
    std::fs::create_dir_all(format!("{out}/lib")).unwrap();
    let mut compile = std::process::Command::new(compiler);
    compile.args(["-shared", "-fPIC", "-Wl,-soname,libmade.so", "-o", &format!("{out}/lib/libmade.so"), "made.c"]);
    assert!(compile.status().unwrap().success());
    println!("cargo:rustc-link-search=native={out}/lib");
    println!("cargo:rustc-link-lib=dylib=made");
}
"#;
    let main = "unsafe extern \"C\" { fn made() -> i32; }\n\
        fn main() { println!(\"{}\", unsafe { made() }); }\n\
        #[test]\nfn made_here() { assert_eq!(unsafe { made() }, 43); }\n";
    let project = Project::program(engine, main)
        .file("build.rs", script)
        .file("made.c", "int made(void) { return 43; }\n");
    project.aarch64(&["run"]).ok().stdout("43\n");
    project.aarch64(&["test"]).ok();
    project.cross(&["run", "--release"]).ok().stdout("43\n");
}

/// Without `--target`, the row of the host is used, and results are where cargo puts them.
fn a_program_for_the_host_runs(engine: &Engine) {
    let project = Project::demo(engine);
    project.cross(&["run"]).ok().stdout("x86_64\n");
    assert!(project.path("target/debug/demo").exists());
    assert!(!project.path("target").join(X86_64.triple).exists());
}

fn arguments_reach_the_program_untouched(engine: &Engine) {
    let args = [
        "run", "--", "args", "a b", "", "$HOME", "*", "'\"", "--target", "-v",
    ];
    Project::demo(engine)
        .aarch64(&args)
        .ok()
        .stdout("<a b>\n<>\n<$HOME>\n<*>\n<'\">\n<--target>\n<-v>\n");
}

fn the_program_reads_standard_input(engine: &Engine) {
    Project::demo(engine)
        .aarch64(&["run", "--", "stdin"])
        .stdin("hi\n")
        .ok()
        .stdout("HI\n");
}

fn the_exit_code_is_the_programs(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["run", "--", "exit", "42"]).code(42);
    project.cross(&["run", "--", "exit", "3"]).code(3);
}

fn a_failing_test_gives_101(engine: &Engine) {
    Project::program(
        engine,
        "fn main() {}\n#[test]\nfn wrong() {\n    assert_eq!(1, 2);\n}\n",
    )
    .aarch64(&["test"])
    .code(101)
    .stdout_has("test wrong ... FAILED");
}

fn a_compile_error_gives_101(engine: &Engine) {
    Project::program(engine, "fn main() {\n    missing();\n}\n")
        .aarch64(&["build"])
        .code(101)
        .stderr_has("src/main.rs:2:5")
        .stdout("");
}

/// Scripts can pipe standard output to another program.
fn standard_output_is_cargos_alone(engine: &Engine) {
    let project = Project::demo(engine);
    let args = ["build", "--message-format", "json"];
    let outcome = project.aarch64(&args).ok();
    for line in outcome.stdout.lines() {
        let parsed = serde_json::from_str::<serde_json::Value>(line);
        outcome.clone().expect(parsed.is_ok(), "nothing but JSON");
    }
    outcome.stdout_has("\"reason\":\"build-finished\"");
}

fn qemu_strace_prints_system_calls(engine: &Engine) {
    Project::demo(engine)
        .aarch64(&["run"])
        .env("QEMU_STRACE", "1")
        .ok()
        .stdout_has("aarch64")
        .stderr_has(" write(1,");
}

/// Each of these two tests waits for the other.
fn tests_run_side_by_side(engine: &Engine) {
    let main = r#"fn main() {}
#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    static HERE: Mutex<u32> = Mutex::new(0);
    static CAME: Condvar = Condvar::new();

    fn meet() {
        let mut here = HERE.lock().unwrap();
        *here += 1;
        CAME.notify_all();
        let (_here, timeout) =
            CAME.wait_timeout_while(here, Duration::from_secs(20), |here| *here < 2).unwrap();
        assert!(!timeout.timed_out(), "nobody else came");
    }

    #[test]
    fn one() {
        meet();
    }

    #[test]
    fn other() {
        meet();
    }
}
"#;
    Project::program(engine, main)
        .aarch64(&["test"])
        .ok()
        .stdout_has("2 passed");
}

/// The benchmark has its own harness, as stable Rust has none.
fn a_bench_runs(engine: &Engine) {
    Project::program(engine, "fn main() {}\n")
        .manifest("[[bench]]\nname = \"speed\"\nharness = false\n")
        .file(
            "benches/speed.rs",
            "fn main() {\n    println!(\"fast {}\", std::env::consts::ARCH);\n}\n",
        )
        .aarch64(&["bench"])
        .ok()
        .stdout_has("fast aarch64");
}

fn without_a_network_a_program_still_talks_to_itself(engine: &Engine) {
    let main = r#"use std::net::{TcpListener, TcpStream};
fn main() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let itself = TcpStream::connect(own.local_addr().unwrap());
    let other = TcpStream::connect("192.0.2.1:9");
    println!("{} {:?}", itself.is_ok(), other.map_err(|e| e.kind()).err());
}
"#;
    Project::program(engine, main)
        .aarch64(&["run", "--quiet"])
        .env("CROSS_BUILD_NETWORK", "none")
        .ok()
        .stdout("true Some(NetworkUnreachable)\n");
}

/// A test may need a database that listens on the host.
fn a_program_reaches_the_hosts_network(engine: &Engine) {
    use std::io::Write;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        stream.write_all(b"good morning").expect("somebody listens");
    });
    let project = Project::demo(engine);
    project
        .aarch64(&["run", "--", "connect", &address])
        .ok()
        .stdout("heard: good morning\n");
}
