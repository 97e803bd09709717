//! Builds with toolchains that are made of packages: without a container, and for another glibc
//! than the toolchain's own.

use std::path::Path;

use object::Architecture;

use crate::after::{below_a_plugin, with_an_inner_crate};
use crate::elf;
use crate::engine::Engine;
use crate::project::Project;
use crate::row::{AARCH64, ARMV7, GLIBC, X86_64};
use crate::run::Run;

crate::tests![
    Unprivileged: cplusplus_of_today_builds_runs_and_needs_an_old_system_only_without_a_container,
        programs_that_the_machine_lacks_are_there_without_a_container,
        a_shared_library_of_a_build_script_is_found_without_a_container,
        a_build_script_below_a_plugin_builds_another_crate_without_a_container,
        bindings_have_the_targets_layout_without_a_container_and_without_libclang,
        openmp_runs_in_threads_and_needs_no_library_of_its_own;
    Docker: cplusplus_of_today_needs_an_older_glibc_where_that_is_asked_for,
        functions_of_a_newer_glibc_are_there_where_that_is_asked_for
];

/// A build script that calls the compilers by the variables that crates use.
const BUILD: &str = r#"
use std::{env, process::Command};
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let target = env::var("TARGET").unwrap().replace('-', "_");
    let run = |tool: &str, args: &[&str]| {
        let tool = env::var(format!("{tool}_{target}")).unwrap();
        assert!(Command::new(tool).args(args).status().unwrap().success());
    };
    let (object, archive) = (format!("{out}/x.o"), format!("{out}/libx.a"));
    run("CXX", &["-std=c++23", "-O2", "-fPIC", "-c", "src/x.cc", "-o", &object]);
    run("AR", &["crs", &archive, &object]);
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=x");
    println!("cargo:rustc-link-lib=stdc++");
}
"#;

const CPLUSPLUS: &str = r#"
#include <filesystem>
#include <format>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>
extern "C" int from_threads(int count) {
    std::counting_semaphore<2> both(2);
    std::atomic<int> caught = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < count; i++)
            threads.emplace_back([&] {
                both.acquire();
                try {
                    throw std::runtime_error(std::format("{:>5}", 7));
                } catch (const std::exception &e) {
                    caught += std::string(e.what()) == "    7";
                }
                both.release();
            });
    }
    std::random_device device;
    device();
    return std::filesystem::exists("/") ? caught.load() : -1;
}
"#;

const MAIN: &str = r#"
unsafe extern "C" { fn from_threads(count: i32) -> i32; }
fn main() { println!("{} {}", std::env::consts::ARCH, unsafe { from_threads(4) }); }
#[test]
fn exceptions_stay_in_their_threads() { assert_eq!(unsafe { from_threads(8) }, 8); }
"#;

fn cplusplus_of_today_builds_runs_and_needs_an_old_system_only_without_a_container(
    engine: &Engine,
) {
    let project = Project::program(engine, MAIN)
        .file("build.rs", BUILD)
        .file("src/x.cc", CPLUSPLUS);
    let on_host = |args: &[&str]| project.aarch64(args).env("CROSS_CONTAINER_ENGINE", "host");
    on_host(&["run", "--quiet"]).ok().stdout("aarch64 4\n");
    on_host(&["test"])
        .ok()
        .stdout_has("test result: ok. 1 passed");
    needs_at_most(&project, GLIBC);
    let older = format!("{}.2.17", AARCH64.triple);
    let run = project.cross_for(&older, &["run", "--quiet"]);
    run.env("CROSS_CONTAINER_ENGINE", "host")
        .ok()
        .stdout("aarch64 4\n");
    needs_at_most(&project, (2, 17));
}

/// The library is linked by its name, as many crates do.
fn openmp_runs_in_threads_and_needs_no_library_of_its_own(engine: &Engine) {
    let project = Project::fixture(engine, "openmp");
    for name in ["host", engine.program] {
        let run = project.aarch64(&["run", "--quiet", "--locked"]);
        let run = run.env("CROSS_CONTAINER_ENGINE", name);
        run.ok().stdout("3 threads\n");
        let program = format!("target/{}/debug/openmp", AARCH64.triple);
        let verify = ["verify", "--glibc", "2.31", &program];
        let verified = Run::util(engine, &project.root()).args(verify).ok();
        verified.stdout_has("libc.so.6").lacks("gomp");
    }
}

/// Beside the library that the program needs, the caller's own directory has another of this name,
/// and one that only this directory has.
fn a_shared_library_of_a_build_script_is_found_without_a_container(engine: &Engine) {
    const SCRIPT: &str = r#"
use std::{env, fs, process::Command};
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let compiler = env::var(format!("CC_{}", env::var("TARGET").unwrap().replace('-', "_"))).unwrap();
    let own = env::var("OF_THE_CALLER").unwrap();
    fs::create_dir_all(&own).unwrap();
    for (dir, name, number) in [(&out, "made", 42), (&own, "made", 1), (&own, "own", 7)] {
        let source = format!("{out}/{name}.c");
        fs::write(&source, format!("int {name}(void) {{ return {number}; }}")).unwrap();
        let library = format!("{dir}/lib{name}.so");
        let mut compiler = Command::new(&compiler);
        compiler.args(["-shared", "-fPIC", "-o", &library, &source]);
        assert!(compiler.status().unwrap().success());
        println!("cargo::rustc-link-search=native={dir}");
        println!("cargo::rustc-link-lib=dylib={name}");
    }
}
"#;
    const MAIN: &str = r#"
unsafe extern "C" { fn made() -> i32; fn own() -> i32; }
fn main() { println!("{} {}", unsafe { made() }, unsafe { own() }); }
#[test]
fn both_are_found() { assert_eq!(unsafe { (made(), own()) }, (42, 7)); }
"#;
    let project = Project::program(engine, MAIN).file("build.rs", SCRIPT);
    for target in [AARCH64.triple, X86_64.triple] {
        let own = project.path("of the caller").join(target);
        let on_host = |args: &[&str]| {
            let run = project.cross_for(target, args);
            let run = run.env("CROSS_CONTAINER_ENGINE", "host");
            run.env("OF_THE_CALLER", &own).env("LD_LIBRARY_PATH", &own)
        };
        on_host(&["run", "--quiet"]).ok().stdout("42 7\n");
        on_host(&["test"])
            .ok()
            .stdout_has("test result: ok. 1 passed");
    }
}

/// Files of a build with a plugin are apart from those of the host's cargo, as without one. A cargo
/// that took this setting from the plugin would wait for the outer one for ever.
fn a_build_script_below_a_plugin_builds_another_crate_without_a_container(engine: &Engine) {
    let project = with_an_inner_crate(engine);
    let run = below_a_plugin(&project);
    run.env("CROSS_CONTAINER_ENGINE", "host").ok();
    assert!(project.path("target/cross").exists());
    let program = project.path("target").join(AARCH64.triple);
    let facts = elf::read(&program.join("debug/demo"));
    assert_eq!(facts.machine, Architecture::Aarch64);
}

/// A build script that starts programs which the test's machine lacks.
const STARTS: &str = r#"
use std::{env, fs, path::Path, process::Command};
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let out = Path::new(&out);
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(out).output();
        let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
        assert!(output.status.success(), "{program}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let write = |name: &str, text: &str| fs::write(out.join(name), text).unwrap();
    write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nfind_package(Threads REQUIRED)\nadd_library(x x.c)\n");
    write("x.c", "int x;");
    run("cmake", &["-S", ".", "-B", "made"]);
    run("cmake", &["--build", "made"]);
    run("cmake", &["-S", ".", "-B", "by-ninja", "-G", "Ninja"]);
    run("cmake", &["--build", "by-ninja"]);
    write("x.proto", "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; message X { google.protobuf.Timestamp at = 1; }");
    run("protoc", &["--descriptor_set_out=x.bin", "--include_imports", "x.proto"]);
    write("x.asm", "section .text\nglobal f\nf: ret\n");
    run("nasm", &["-f", "elf64", "x.asm"]);
    assert_eq!(run("m4", &["-P", "x.asm"]).lines().count(), 3);
    write("x.l", "%option noyywrap\n%%\na return 1;\n");
    run("flex", &["x.l"]);
    write("x.y", "%token A\n%%\nx: A;\n");
    run("bison", &["x.y"]);
    write("x.py", "import ssl, sqlite3, json, sys, subprocess\nprint(subprocess.run([sys.executable, '-c', 'print(6*7)'], capture_output=True, text=True).stdout)\n");
    assert_eq!(run("python3", &["x.py"]).trim(), "42");
    write("x.pl", "use FindBin; use IPC::Cmd; use File::Spec; use POSIX; print `$^X -e 'print 6*7'`;");
    assert_eq!(run("perl", &["x.pl"]), "42");
    write("configure.ac", "AC_INIT([x], [1])\nAC_CONFIG_AUX_DIR([aux-files])\nAC_CONFIG_MACRO_DIRS([macros])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nLT_INIT\nPKG_CHECK_MODULES([Z], [zlib])\nAC_CONFIG_HEADERS([config.h])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n");
    write("Makefile.am", "lib_LTLIBRARIES = libx.la\nlibx_la_SOURCES = x.c\n");
    run("autoreconf", &["--force", "--install"]);
    for name in ["configure", "config.h.in", "Makefile.in", "aux-files/config.sub", "aux-files/ltmain.sh", "macros/libtool.m4"] {
        assert!(out.join(name).exists(), "{name}");
    }
    assert!(!fs::read_to_string(out.join("configure")).unwrap().contains("PKG_CHECK_MODULES("));
    run("git", &["-c", "init.defaultBranch=main", "init", "--quiet", "repository"]);
    run("git", &["-C", "repository", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--allow-empty", "-m", "x"]);
    assert_eq!(run("git", &["-C", "repository", "log", "--format=%s"]), "x\n");
}
"#;

/// The key `parts` names all of these programs here. Usually a table tells from the crates of a
/// project which ones are needed.
fn programs_that_the_machine_lacks_are_there_without_a_container(engine: &Engine) {
    const ALL: &[&str] = &[
        "autoconf", "bison", "cmake", "flex", "git", "m4", "make", "nasm", "ninja", "perl",
        "protoc", "python3",
    ];
    const OF_AUTOCONF: &[&str] = &[
        "aclocal",
        "autoheader",
        "autom4te",
        "automake",
        "autoreconf",
        "autoupdate",
        "libtoolize",
    ];
    let project = Project::program(engine, "fn main() {}\n")
        .file("build.rs", STARTS)
        .file("Cross.toml", &format!("[build]\nparts = {ALL:?}\n"));
    let build = project.aarch64(&["build", "--quiet"]);
    // A `PATH` with all programs of the machine except these.
    let bin = project.path("../bin-of-the-machine");
    fs_err::create_dir(&bin).expect("a directory");
    for dir in std::env::split_paths(&build.path()) {
        for entry in dir.read_dir().into_iter().flatten().flatten() {
            let (name, place) = (entry.file_name(), bin.join(entry.file_name()));
            let mut lacking = ALL.iter().chain(OF_AUTOCONF);
            if !place.is_symlink() && !lacking.any(|lacking| name == **lacking) {
                fs_err::os::unix::fs::symlink(entry.path(), place).expect("a link");
            }
        }
    }
    build
        .env("CROSS_CONTAINER_ENGINE", "host")
        .env("PATH", &bin)
        .ok();
}

/// The key `parts` names libclang, so cross's own is used even if the machine has one. The target
/// has other sizes than the machine.
fn bindings_have_the_targets_layout_without_a_container_and_without_libclang(engine: &Engine) {
    let project = Project::fixture(engine, "bindings")
        .file("Cross.toml", "[build]\nparts = [\"libclang\"]\n");
    let on_host = |args: &[&str]| {
        let run = project.cross_for(ARMV7.triple, args);
        run.env("CROSS_CONTAINER_ENGINE", "host")
    };
    let said = on_host(&["run", "--quiet"]).ok().stdout;
    let dir = said.trim_end().strip_prefix("arm 4 42 ").expect(&said);
    assert!(dir.contains("/toolchains/libclang-"), "{dir}");
    on_host(&["test"])
        .ok()
        .stdout_has("test result: ok. 1 passed");
    // Programs cannot be linked with it, since they would not find it. So a crate that would link
    // with it does not find it either.
    let for_linkers = Path::new(dir).join("libclang.so");
    assert!(!for_linkers.exists(), "{}", for_linkers.display());
    // What is promised: it can be loaded on machines with this glibc.
    for entry in fs_err::read_dir(dir).expect("the directory of libclang") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let facts = elf::read(&path);
            assert!(facts.glibc <= (2, 29), "{}: {facts:?}", path.display());
        }
    }
}

/// Like the first test, but in a container.
fn cplusplus_of_today_needs_an_older_glibc_where_that_is_asked_for(engine: &Engine) {
    let project = Project::program(engine, MAIN)
        .file("build.rs", BUILD)
        .file("src/x.cc", CPLUSPLUS);
    let older = format!("{}.2.17", AARCH64.triple);
    let run = project.cross_for(&older, &["run", "--quiet"]);
    run.ok().stdout("aarch64 4\n");
    needs_at_most(&project, (2, 17));
    // Without a version, the program is linked again, for the target's own glibc.
    project.aarch64(&["build", "--quiet", "--verify"]).ok();
}

/// A C++ file with functions of glibc 2.36: `arc4random_uniform` is new in it. With headers of 2.38
/// and newer, `strtol` and `sscanf` become functions of that version.
const NEWER: &str = r#"
#include <cstdio>
#include <cstdlib>
#include <string>
extern "C" int number() {
    int read = 0;
    std::sscanf("20", "%d", &read);
    return std::stoi("21") + read + arc4random_uniform(1);
}
"#;

/// Builds in a container and on the host.
fn functions_of_a_newer_glibc_are_there_where_that_is_asked_for(engine: &Engine) {
    const MAIN: &str = "
unsafe extern \"C\" { fn number() -> i32; }
fn main() { println!(\"{}\", unsafe { number() }); }
";
    let project = Project::program(engine, MAIN)
        .file("build.rs", BUILD)
        .file("src/x.cc", NEWER);
    project
        .aarch64(&["build", "--quiet"])
        .code(101)
        .stderr_has("arc4random_uniform");
    let newer = format!("{}.2.36", AARCH64.triple);
    let run = || project.cross_for(&newer, &["run", "--quiet"]);
    run().ok().stdout("41\n");
    needs_at_most(&project, (2, 36));
    run()
        .env("CROSS_CONTAINER_ENGINE", "host")
        .ok()
        .stdout("41\n");
    needs_at_most(&project, (2, 36));
    // Any cargo gets the same.
    fs_err::remove_dir_all(project.path("target")).expect("results");
    Run::util(engine, &project.root())
        .args(["exec", "--target", &newer, "--"])
        .args(["cargo", "build", "--quiet", "--target", AARCH64.triple])
        .ok();
    needs_at_most(&project, (2, 36));
}

fn needs_at_most(project: &Project, glibc: (u32, u32)) {
    let program = project.path("target").join(AARCH64.triple);
    let facts = elf::read(&program.join("debug/demo"));
    assert_eq!(facts.machine, Architecture::Aarch64);
    assert!(facts.glibc <= glibc, "{facts:?}");
}
