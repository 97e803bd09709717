//! Hints and notes after a build, and cargo and rustup that a build script starts itself.

use std::os::unix::fs::PermissionsExt as _;

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::Run;

crate::tests![Distinct:
    what_a_build_asked_for_in_vain_and_why_it_failed_is_said,
    objects_for_another_machine_are_named,
    a_linker_and_a_runner_of_the_projects_own_are_used,
    a_build_script_can_name_the_toolchain_in_use_and_no_other unless Candidate::lacks_rustup,
    a_build_script_below_a_plugin_builds_another_crate,
];

fn what_a_build_asked_for_in_vain_and_why_it_failed_is_said(engine: &Engine) {
    let script = "fn main() {\n    println!(\"cargo::rerun-if-env-changed=DEMO_PAGE\");\n}\n";
    let main = "fn main() {\n    println!(\"{:?}\", option_env!(\"DEMO_NAME\"));\n}\n";
    let project = Project::program(engine, main).file("build.rs", script);
    let build = || {
        let build = project.aarch64(&["build"]);
        build.env("DEMO_PAGE", "16").env("DEMO_NAME", "x")
    };
    build()
        .ok()
        .stderr_has("Note the build asks for `DEMO_PAGE`")
        .stderr_has("Note the build asks for `DEMO_NAME`");
    build().ok().lacks("DEMO_");
    let unlinked = "#[link(name = \"asound\")]\nunsafe extern \"C\" {\n    fn snd_lib_error_set_handler();\n}\n\
        fn main() {\n    unsafe { snd_lib_error_set_handler() }\n}\n";
    let project = project.file("src/main.rs", unlinked);
    project
        .aarch64(&["build"])
        .code(101)
        .stderr_has("hint: the image lacks `libasound` for the target")
        .stderr_has("libasound2-dev:arm64");
    let project = project.file("src/main.rs", "fn main() {\n    1\n}\n");
    project.aarch64(&["build"]).code(101).lacks("hint: the");
    // Cargo keeps no output of a build script that failed.
    let script = "fn main() {\n    std::fs::write(\"made\", \"\").unwrap();\n}\n";
    let project = project.file("build.rs", script);
    let hint = "hint: the container cannot write to sources: `read-only = false`";
    project.aarch64(&["build"]).code(101).stderr_has(hint);
}

/// Objects for this machine in a library for the target, as from build scripts that start `gcc` by
/// this name.
fn objects_for_another_machine_are_named(engine: &Engine) {
    let script = r#"use std::process::Command;
fn main() {
    let dir = std::env::var("OUT_DIR").unwrap();
    let run = |program: &str, args: &[&str]| assert!(Command::new(program).args(args).current_dir(&dir).status().unwrap().success());
    std::fs::write(format!("{dir}/own.c"), "int own(void) { return 1; }\n").unwrap();
    run("gcc", &["-c", "own.c"]);
    run("ar", &["crs", "libown.a", "own.o"]);
    if std::path::Path::new("object").exists() {
        println!("cargo::rustc-link-arg={dir}/own.o");
    } else {
        println!("cargo::rustc-link-search={dir}");
        println!("cargo::rustc-link-lib=static=own");
    }
}
"#;
    let main = "unsafe extern \"C\" {\n    fn own() -> i32;\n}\nfn main() {\n    println!(\"{}\", unsafe { own() });\n}\n";
    let project = Project::program(engine, main).file("build.rs", script);
    let hint = "hint: what is linked has objects for another machine: a build script has to compile with what `CC_aarch64_unknown_linux_gnu` names";
    project.aarch64(&["build"]).code(101).stderr_has(hint);
    let project = project.file("object", "");
    project.aarch64(&["build"]).code(101).stderr_has(hint);
}

fn a_linker_and_a_runner_of_the_projects_own_are_used(engine: &Engine) {
    let linker = format!(
        "#!/bin/sh\nexec {}-gcc \"$@\" -Wl,--build-id=0x123456\n",
        AARCH64.triple
    );
    let project = Project::program(engine, "fn main() {\n    println!(\"it ran\");\n}\n")
        .file("ci/cc.sh", &linker)
        .file(
            "ci/run.sh",
            "#!/bin/sh\necho \"runs $1\"\nshift\nexec cross-runner \"$@\"\n",
        )
        .file(
            ".cargo/config.toml",
            "[target.'cfg(unix)']\nlinker = 'ci/cc.sh'\n\
             [target.'cfg(target_arch = \"aarch64\")']\nrunner = ['ci/run.sh', '--fast']\n",
        );
    for program in ["ci/cc.sh", "ci/run.sh"] {
        let mode = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(project.path(program), mode).expect("it is ours");
    }
    project
        .aarch64(&["run"])
        .ok()
        .stdout("runs --fast\nit ran\n");
    let program = project
        .path("target")
        .join(AARCH64.triple)
        .join("debug/demo");
    let program = fs_err::read(program).expect("a program");
    let has_id = program
        .windows(7)
        .any(|bytes| bytes == b"GNU\0\x12\x34\x56");
    assert!(has_id, "the linker of the project's own was not used");
}

fn a_build_script_can_name_the_toolchain_in_use_and_no_other(engine: &Engine) {
    let script = r#"use std::process::Command;
fn run(words: &str) -> (bool, String) {
    let mut words = words.split(' ');
    let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}
fn main() {
    let (there, list) = run("rustup toolchain list");
    assert!(there, "{list}");
    let name = list.split(' ').next().unwrap();
    let version = run("cargo --version");
    assert_eq!(run(&format!("cargo +{name} --version")), version);
    assert_eq!(run(&format!("rustup run {name} cargo --version")), version);
    let (there, says) = run("cargo +another --version");
    assert!(!there && says.contains("there is only the toolchain"), "{says}");
}
"#;
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", script);
    project.aarch64(&["build"]).ok();
}

/// The plugin passes its settings to cargo by variables. An inner cargo that took these settings
/// would wait for the outer one for ever.
fn a_build_script_below_a_plugin_builds_another_crate(engine: &Engine) {
    below_a_plugin(&with_an_inner_crate(engine)).ok();
}

/// A project whose build script builds another crate, twice, and a plugin in a home of cargo's own.
pub(crate) fn with_an_inner_crate(engine: &Engine) -> Project<'_> {
    let script = r#"use std::process::Command;
fn main() {
    for (name, cargo) in [("a", &*std::env::var("CARGO").unwrap()), ("b", "cargo")] {
        let dir = std::env::var("OUT_DIR").unwrap() + "/" + name;
        let mut cargo = Command::new(cargo);
        cargo.args(["build", "--offline", "--manifest-path", "inner/Cargo.toml", "--target-dir", &dir]);
        assert!(cargo.env_remove("CARGO_BUILD_TARGET").status().unwrap().success());
        assert!(std::path::Path::new(&dir).join("debug/inner").exists());
    }
}
"#;
    let inner =
        "[package]\nname = \"inner\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    let project = Project::empty(engine)
        .manifest("[workspace]\nexclude = ['inner']")
        .file("src/main.rs", "fn main() {}\n")
        .file("build.rs", script)
        .file("inner/Cargo.toml", inner)
        .file(
            "inner/Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"inner\"\nversion = \"0.1.0\"\n",
        )
        .file("inner/src/main.rs", "fn main() {}\n");
    let home = project.path("../home");
    let plugin = home.join("bin/cargo-hack");
    fs_err::create_dir_all(home.join("bin")).expect("a directory");
    fs_err::write(&plugin, "#!/bin/sh\nshift\nexec cargo \"$@\"\n").expect("a program");
    fs_err::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    project
}

/// `cross hack build` in that project.
pub(crate) fn below_a_plugin(project: &Project<'_>) -> Run {
    let run = project.cross(&["hack", "build", "--target", AARCH64.triple]);
    run.env("CARGO_HOME", project.path("../home"))
}
