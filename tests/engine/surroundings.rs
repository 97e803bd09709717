//! What programs, tests and build scripts find as with plain cargo: the caller's variables, time
//! zone and language, the system's names, and the usual programs.

use crate::engine::Engine;
use crate::project::Project;
use crate::row::{AARCH64, X86_64};

crate::tests![Distinct:
    variables_arrive_whatever_their_names,
    a_test_that_clears_the_environment_runs_a_program,
    a_program_has_the_callers_time_zone,
    the_systems_names_are_known,
    profiles_are_written_where_the_caller_says,
    a_test_knows_that_it_cannot_write_a_snapshot,
    the_usual_programs_are_there,
    results_are_found_where_cargo_has_them,
    cargo_says_nothing_of_a_home_in_the_project,
];

/// A shell between cargo and a program would drop some variables. There is none, not even with an
/// unusual umask.
fn variables_arrive_whatever_their_names(engine: &Engine) {
    let project = Project::empty(engine)
        .manifest("[[bin]]\nname = \"my-tool\"\npath = \"src/main.rs\"")
        .file("src/main.rs", "fn main() {}\n")
        .file(
            "tests/t.rs",
            "#[test]\nfn t() {\n    \
             assert!(std::env::var_os(\"CARGO_BIN_EXE_my-tool\").is_some());\n    \
             assert_eq!(std::env::var(\"app.mode\").as_deref(), Ok(\"fast\"));\n    \
             assert_eq!(std::env::var(\"CFLAGS_x86_64-unknown-linux-gnu\").as_deref(), Ok(\"-g\"));\n}\n",
        )
        .file("Cross.toml", "[build.env]\npassthrough = ['app.mode']\n");
    for row in [&AARCH64, &X86_64] {
        for umask in ["022", "002"] {
            project
                .cross_for(row.triple, &["test", "--quiet", "--test", "t"])
                .env("app.mode", "fast")
                .env("CFLAGS_x86_64-unknown-linux-gnu", "-g")
                .under_umask(umask)
                .ok()
                .stdout_has("1 passed");
        }
    }
}

/// The runner is an absolute path, as there is no `PATH` to find it by.
fn a_test_that_clears_the_environment_runs_a_program(engine: &Engine) {
    let project = Project::program(engine, "fn main() {\n    println!(\"it ran\");\n}\n").file(
        "tests/t.rs",
        "#[test]\nfn t() {\n    \
         let runner = std::env::var(\"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER\").unwrap();\n    \
         let mut command = std::process::Command::new(runner);\n    \
         command.arg(env!(\"CARGO_BIN_EXE_demo\")).env_clear();\n    \
         assert_eq!(command.output().unwrap().stdout, b\"it ran\\n\");\n}\n",
    );
    project
        .aarch64(&["test", "--quiet", "--test", "t"])
        .ok()
        .stdout_has("1 passed");
}

fn a_program_has_the_callers_time_zone(engine: &Engine) {
    // POSIX counts the seconds west of Greenwich.
    let main = "#![allow(non_upper_case_globals)]\nunsafe extern \"C\" {\n    fn tzset();\n    safe static timezone: std::ffi::c_long;\n}\n\
         fn main() {\n    unsafe { tzset() };\n    println!(\"west {}\", timezone);\n}\n";
    let project = Project::program(engine, main);
    let west = |zone: Option<&str>| {
        let run = |run: crate::run::Run| match zone {
            Some(zone) => run.env("TZ", zone).ok().stdout,
            None => run.ok().stdout,
        };
        let cross = run(project.aarch64(&["run", "--quiet"]));
        let cargo = run(project.cargo(&["run", "--quiet", "--target-dir", "target/host"]));
        assert_eq!(cross, cargo, "{zone:?}");
        cross
    };
    assert_eq!(west(Some("JST-9")), "west -32400\n");
    // A time zone by its name, which must be in the image.
    let named = project.aarch64(&["run", "--quiet"]).env("TZ", "Asia/Tokyo");
    named.ok().stdout("west -32400\n");
    west(None);
}

fn the_systems_names_are_known(engine: &Engine) {
    let main = r#"use std::ffi::{c_char, c_int, c_void};
unsafe extern "C" {
    fn getservbyname(name: *const c_char, protocol: *const c_char) -> *const c_void;
    fn getprotobyname(name: *const c_char) -> *const c_void;
    fn getpwnam(name: *const c_char) -> *const c_void;
    fn getgrnam(name: *const c_char) -> *const c_void;
    fn getuid() -> c_int;
    fn getpwuid(uid: c_int) -> *const c_void;
}
fn main() {
    let known = unsafe {
        [
            getservbyname(c"http".as_ptr(), c"tcp".as_ptr()),
            getprotobyname(c"udp".as_ptr()),
            getpwnam(c"nobody".as_ptr()),
            getpwnam(c"daemon".as_ptr()),
            getgrnam(c"nogroup".as_ptr()),
            getgrnam(c"tty".as_ptr()),
            getpwuid(getuid()),
        ]
    };
    assert!(known.iter().all(|entry| !entry.is_null()), "{known:?}");
    assert!(unsafe { getpwnam(c"no-such-user".as_ptr()) }.is_null());
    for zone in ["Asia/Kolkata", "Asia/Calcutta", "US/Pacific"] {
        assert!(std::fs::read(format!("/usr/share/zoneinfo/{zone}")).unwrap().starts_with(b"TZif"));
    }
    let id = std::fs::read_to_string("/etc/machine-id").unwrap();
    assert!(std::fs::read_to_string("/etc/mtab").unwrap().contains(" / "));
    assert!(id.trim_end().len() == 32 && id.trim_end().bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(!std::fs::read_to_string("/etc/hostname").unwrap().trim_end().is_empty());
    assert!(std::fs::read_to_string("/etc/mime.types").unwrap().contains("image/png"));
}
"#;
    let project = Project::program(engine, main);
    project.aarch64(&["run", "--quiet"]).ok();
}

fn profiles_are_written_where_the_caller_says(engine: &Engine) {
    let project = Project::program(engine, "fn main() {}\n");
    let directory = project.path("target/profiles");
    project
        .aarch64(&["run", "--quiet"])
        .env("RUSTFLAGS", "-Cinstrument-coverage")
        .env("LLVM_PROFILE_FILE", directory.join("%p.profraw"))
        .ok();
    let profiles = fs_err::read_dir(directory).expect("it was made");
    assert!(profiles.count() > 0);
    // Under plain cargo, the program would write the profile into the manifest's directory.
    project
        .aarch64(&["run", "--quiet"])
        .env("RUSTFLAGS", "-Cinstrument-coverage")
        .ok();
    let beside = fs_err::read_dir(project.path("target")).expect("it is there");
    let names = beside.map(|entry| entry.expect("a name").file_name());
    let names = names.filter(|name| name.to_string_lossy().ends_with(".profraw"));
    assert_eq!(names.count(), 1);
}

fn a_test_knows_that_it_cannot_write_a_snapshot(engine: &Engine) {
    let project = Project::program(engine, "fn main() {}\n").file(
        "tests/t.rs",
        "#[test]\nfn t() {\n    \
         let update = std::env::var(\"INSTA_UPDATE\").unwrap_or_default();\n    \
         let written = std::fs::write(\"tests/t.snap.new\", \"\").is_ok();\n    \
         println!(\"update '{update}', written {written}\");\n}\n",
    );
    let test = || project.aarch64(&["test", "--quiet", "--test", "t", "--", "--nocapture"]);
    test().ok().stdout_has("update 'no', written false");
    test()
        .env("INSTA_UPDATE", "new")
        .ok()
        .stdout_has("update 'new', written false");
    fs_err::write(project.path("Cross.toml"), "[build]\nread-only = false\n").expect("a file");
    test().ok().stdout_has("update '', written true");
}

/// Programs that build scripts of crates with C libraries start.
fn the_usual_programs_are_there(engine: &Engine) {
    let build = r#"fn main() {
    for name in [
        "m4", "autoconf", "automake", "libtoolize", "file", "bison", "flex", "nasm", "python3", "xxd", "gperf", "unzip",
    ] {
        let output = std::process::Command::new(name).arg("-h").output();
        assert!(output.is_ok(), "{name}: {output:?}");
    }
}
"#;
    Project::program(engine, "fn main() {}\n")
        .file("build.rs", build)
        .aarch64(&["build", "--quiet"])
        .ok();
}

/// Files that scripts collect and tests load. They are beside the results of the host's cargo,
/// which uses the same names.
fn results_are_found_where_cargo_has_them(engine: &Engine) {
    let build = "fn main() {\n    \
                 println!(\"cargo::rerun-if-changed=build.rs\");\n    \
                 let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
                 std::fs::write(out + \"/made\", std::env::var(\"HOME\").unwrap()).unwrap();\n}\n";
    let test = "#[test]\nfn t() {\n    \
                let exe = std::env::current_exe().unwrap();\n    \
                assert!(exe.ancestors().nth(2).unwrap().join(\"libdemo.so\").exists());\n}\n";
    let project = Project::empty(engine)
        .manifest("[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n")
        .file("src/lib.rs", "")
        .file("build.rs", build)
        .file("tests/t.rs", test);
    let target = ["--target", X86_64.triple];
    let results = project.path(format!("target/{}/debug/build", X86_64.triple));
    let made = |of_container: bool| {
        let entries = fs_err::read_dir(&results).expect("a directory");
        let files = entries.map(|entry| entry.expect("an entry").path().join("out/made"));
        let texts = files.map(|file| fs_err::read_to_string(file).expect("what was made"));
        let of_container = |home: &String| (home == "/home/cross") == of_container;
        texts.filter(of_container).count()
    };
    let cross = |command| project.cross(&[&[command], &target[..]].concat()).ok();
    let cargo = || project.cargo(&[&["build"], &target[..]].concat()).ok();
    cross("build");
    assert_eq!((made(true), made(false)), (1, 0));
    cross("test").stdout_has("1 passed");
    cargo().stderr_has("Compiling");
    assert_eq!((made(true), made(false)), (1, 1));
    for again in [cross("build"), cargo()] {
        again.lacks("Compiling");
    }
    assert_eq!((made(true), made(false)), (1, 1));
}

/// CI services cache directories in the project, so cargo's home may be there.
fn cargo_says_nothing_of_a_home_in_the_project(engine: &Engine) {
    let project = Project::program(engine, "fn main() {}\n")
        .manifest("[dependencies]\nitoa = \"1\"\n")
        .file(".cargo/config.toml", "[env]\nA = \"b\"\n")
        .file(
            "build.rs",
            "fn main() {\n    assert_eq!(std::env::var(\"A\").as_deref(), Ok(\"b\"));\n}\n",
        );
    for home in ["home", ".cargo"] {
        let build = project.aarch64(&["build"]);
        let outcome = build.env("CARGO_HOME", project.path(home)).ok();
        outcome.lacks("warning").lacks("global-cache");
    }
}
