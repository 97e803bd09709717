//! What a build may write, and where its results are.

use crate::engine::Engine;
use crate::project::Project;
use crate::row::{AARCH64, GLIBC, I686, X86_64, X86_64_MUSL};
use crate::run::text;

crate::tests![Engine:
    a_build_script_cannot_modify_the_source,
    a_project_that_says_so_can_be_modified,
    a_target_directory_elsewhere_is_used,
    cargo_and_cross_in_turn_rebuild_nothing;
    Distinct:
    rustflags_arrive,
    the_toolchains_own_lld_is_found_and_reads_its_bitcode,
    a_static_program_of_rust_alone_links_with_glibc,
    several_targets_are_built_by_one_call,
    a_target_directory_behind_links_is_used,
    a_target_directory_that_cannot_be_written_is_an_error,
    two_builds_at_the_same_time_succeed;
    Docker:
    a_directory_with_the_systems_libraries_may_be_named,
];

fn a_build_script_cannot_modify_the_source(engine: &Engine) {
    let project = Project::fixture(engine, "modifies-source");
    project
        .aarch64(&["build"])
        .code(101)
        .stderr_has("the source cannot be modified")
        .stderr_has("Read-only file system");
    assert!(!project.path("generated.rs").exists());
}

fn a_project_that_says_so_can_be_modified(engine: &Engine) {
    let project = Project::fixture(engine, "modifies-source");
    let project = project.file("Cross.toml", "[build]\nread-only = false\n");
    project.aarch64(&["build"]).ok();
    assert_eq!(text(project.path("generated.rs")), "// not here\n");
}

/// libgcc's unwinder calls thread functions of glibc. In a static program without C, only Rust's
/// standard library refers to them.
fn a_static_program_of_rust_alone_links_with_glibc(engine: &Engine) {
    let main = "fn main() {\n    let caught = std::panic::catch_unwind(|| panic!(\"as expected\"));\n    \
        println!(\"{}\", caught.is_err());\n}\n";
    let project = Project::program(engine, main);
    for triple in [AARCH64.triple, X86_64.triple] {
        let run = project.cross(&["run", "--quiet", "--target", triple]);
        run.env("RUSTFLAGS", "-Ctarget-feature=+crt-static")
            .ok()
            .stdout("true\n");
        let program = project.path(format!("target/{triple}/debug/demo"));
        assert_eq!(crate::elf::read(&program).interpreter, "");
    }
}

/// Build scripts and flags name this directory. On a machine with Debian it has the glibc of the
/// machine, so only libraries that the target lacks may be taken from it.
fn a_directory_with_the_systems_libraries_may_be_named(engine: &Engine) {
    const DIR: &str = "/usr/lib/x86_64-linux-gnu";
    let program = || Project::program(engine, "fn main() {\n    println!(\"it ran\");\n}\n");
    let script = format!("fn main() {{ println!(\"cargo::rustc-link-search=native={DIR}\"); }}\n");
    let by_script = program().file("build.rs", &script);
    let by_flags = program();
    for (project, flags) in [
        (by_script, String::new()),
        (by_flags, format!("-Lnative={DIR}")),
    ] {
        for row in [&X86_64, &X86_64_MUSL] {
            let run = || {
                let run = project.cross_for(row.triple, &["run", "--quiet"]);
                run.env("RUSTFLAGS", &flags)
            };
            run().ok().stdout("it ran\n");
            let program = project.path(format!("target/{}/debug/demo", row.triple));
            let facts = crate::elf::read(&program);
            assert!(facts.glibc <= GLIBC, "it needs glibc {:?}", facts.glibc);
        }
        let on_host = project.cross_for(X86_64.triple, &["run", "--quiet"]);
        let on_host = on_host.env("CROSS_CONTAINER_ENGINE", "host");
        on_host.env("RUSTFLAGS", &flags).ok().stdout("it ran\n");
    }
}

/// Debian's LLD is older than rustc's LLVM, and cannot read rustc's bitcode.
fn the_toolchains_own_lld_is_found_and_reads_its_bitcode(engine: &Engine) {
    let project = Project::program(engine, "fn main() {\n    println!(\"it ran\");\n}\n");
    let run = |flags: &str| {
        let run = project.aarch64(&["run", "--quiet"]);
        run.env("RUSTFLAGS", flags)
    };
    run("-Clink-arg=-fuse-ld=lld").ok().stdout("it ran\n");
    run("-Clinker-plugin-lto -Clink-arg=-fuse-ld=lld")
        .ok()
        .stdout("it ran\n");
    let program = project.path(format!("target/{}/debug/demo", AARCH64.triple));
    let program = fs_err::read(program).expect("it was built");
    assert!(program.windows(4).any(|bytes| bytes == b"LLD "));
    // GNU ld cannot read bitcode either, and a hint says what to do.
    let build = project.aarch64(&["build"]);
    build
        .env("RUSTFLAGS", "-Clinker-plugin-lto")
        .code(101)
        .stderr_has("hint: this linker cannot read what `-C linker-plugin-lto`");
}

fn rustflags_arrive(engine: &Engine) {
    let project = Project::demo(engine);
    project
        .aarch64(&["run", "--", "flavour"])
        .ok()
        .stdout("plain\n");
    let run = project
        .aarch64(&["run", "--", "flavour"])
        .env("RUSTFLAGS", "--cfg vanilla");
    run.ok().stdout("vanilla\n");
    let args = ["run", "--", "flavour"];
    let run = project
        .aarch64(&args)
        .env("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}vanilla");
    run.ok().stdout("vanilla\n");
}

fn several_targets_are_built_by_one_call(engine: &Engine) {
    let project = Project::demo(engine);
    project
        .cross(&[
            "build",
            "--target",
            AARCH64.triple,
            "--target",
            X86_64.triple,
        ])
        .ok();
    for triple in [AARCH64.triple, X86_64.triple] {
        let binary = project.path(format!("target/{triple}/debug/demo"));
        assert!(binary.exists(), "no {}", binary.display());
    }
    assert!(!project.path(format!("target/{}", I686.triple)).exists());
}

fn a_target_directory_elsewhere_is_used(engine: &Engine) {
    let project = Project::demo(engine);
    let elsewhere = project.path("../elsewhere/target");
    let binary = elsewhere.join(AARCH64.triple).join("debug/demo");
    project
        .aarch64(&["run", "--target-dir", "../elsewhere/target"])
        .ok()
        .stdout("aarch64\n");
    assert!(binary.exists());
    fs_err::remove_file(&binary).expect("the binary");
    let elsewhere = elsewhere.display().to_string();
    project
        .aarch64(&["run"])
        .env("CARGO_TARGET_DIR", &elsewhere)
        .ok()
        .stdout("aarch64\n");
    assert!(binary.exists());
    assert!(!project.path("target").exists());
}

/// `target` is a symbolic link to another link, which leads to a directory far away from the
/// project.
fn a_target_directory_behind_links_is_used(engine: &Engine) {
    let project = Project::demo(engine).file("../far/away/from/here/note", "");
    let link = |text: &str, path: &str| {
        std::os::unix::fs::symlink(text, project.path(path)).expect("a link");
    };
    link("../short", "target");
    link("far/away/from/here", "../short");
    let project = project.settle();
    project.aarch64(&["run"]).ok().stdout("aarch64\n");
    let binary = format!("../far/away/from/here/{}/debug/demo", AARCH64.triple);
    assert!(project.path(binary).exists());
}

/// A file in place of the directory stops root as well, unlike permissions.
fn a_target_directory_that_cannot_be_written_is_an_error(engine: &Engine) {
    let project = Project::demo(engine).file("taken", "");
    project
        .aarch64(&["build", "--target-dir", "taken"])
        .code(101)
        .stderr_has("error: cannot write to the target directory")
        .stderr_has("taken")
        .stdout("");
    assert!(!project.path("target").exists());
}

fn two_builds_at_the_same_time_succeed(engine: &Engine) {
    let project = Project::demo(engine);
    std::thread::scope(|scope| {
        for triple in [AARCH64.triple, X86_64.triple, AARCH64.triple] {
            let project = &project;
            scope.spawn(move || project.cross_for(triple, &["build"]).ok());
        }
    });
}

/// Cargo keeps the build scripts of cargo and of cross apart, so neither rebuilds them after the
/// other.
fn cargo_and_cross_in_turn_rebuild_nothing(engine: &Engine) {
    let project = Project::demo(engine)
        .manifest("[dependencies]\npart = { path = \"part\" }\n")
        .file("part/src/lib.rs", "")
        .file("part/build.rs", "fn main() {}\n")
        .file(
            "part/Cargo.toml",
            "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        );
    project.cargo(&["build"]).ok();
    project.cross(&["build"]).ok();
    for _ in 0..2 {
        project
            .cargo(&["build", "-v"])
            .ok()
            .stderr_has("Fresh demo")
            .lacks("Compiling")
            .lacks("Dirty");
        project
            .cross(&["build", "-v"])
            .ok()
            .stderr_has("Fresh demo")
            .lacks("Compiling")
            .lacks("Dirty");
    }
    // The same holds for builds with `--target`.
    project.cargo(&["build", "--target", X86_64.triple]).ok();
    project.cross(&["build", "--target", X86_64.triple]).ok();
    for _ in 0..2 {
        let args = ["build", "-v", "--target", X86_64.triple];
        project
            .cargo(&args)
            .ok()
            .stderr_has("Fresh demo")
            .lacks("Compiling");
        project
            .cross(&args)
            .ok()
            .stderr_has("Fresh demo")
            .lacks("Compiling");
    }
}
