//! Builds by a toolchain that is made of packages: without a container, and for an older glibc than
//! its own.

use object::Architecture;

use crate::elf;
use crate::engine::Engine;
use crate::project::Project;
use crate::row::{AARCH64, GLIBC};

crate::tests![
    Unprivileged: cplusplus_of_today_builds_runs_and_needs_an_old_system_only_without_a_container;
    Docker: cplusplus_of_today_needs_an_older_glibc_where_that_is_asked_for
];

/// Calls the compilers by the variables that crates know.
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

/// The same in a container.
fn cplusplus_of_today_needs_an_older_glibc_where_that_is_asked_for(engine: &Engine) {
    let project = Project::program(engine, MAIN)
        .file("build.rs", BUILD)
        .file("src/x.cc", CPLUSPLUS);
    let older = format!("{}.2.17", AARCH64.triple);
    let run = project.cross_for(&older, &["run", "--quiet"]);
    run.ok().stdout("aarch64 4\n");
    needs_at_most(&project, (2, 17));
    // Without a version it is linked anew.
    project.aarch64(&["build", "--quiet", "--verify"]).ok();
}

fn needs_at_most(project: &Project, glibc: (u32, u32)) {
    let program = project.path("target").join(AARCH64.triple);
    let facts = elf::read(&program.join("debug/demo"));
    assert_eq!(facts.machine, Architecture::Aarch64);
    assert!(facts.glibc <= glibc, "{facts:?}");
}
