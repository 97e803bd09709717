//! Programs for microcontrollers, which have no operating system and no standard library. QEMU's
//! machines run them.

use crate::engine::Engine;
use crate::project::Project;
use crate::specification::lacks_nightly_source;

crate::tests![
    Unprivileged:
    a_program_for_a_microcontroller_with_c_and_cplusplus_builds_runs_and_passes_its_tests;
    BuiltIn:
    a_harness_of_the_crates_own_runs_tests_of_a_nightly unless lacks_nightly_source,
];

/// Tests that a function of the file's own runs.
/// <https://doc.rust-lang.org/unstable-book/language-features/custom-test-frameworks.html>
const HARNESS: &str = r#"#![no_std]
#![no_main]
#![feature(custom_test_frameworks)]
#![test_runner(run)]
#![reexport_test_harness_main = "harness"]

use core::fmt::Write;
use native::{Out, loud};

fn run(tests: &[&dyn Fn()]) {
    tests.iter().for_each(|test| test());
    let _ = writeln!(Out, "{} passed", tests.len());
}

#[unsafe(no_mangle)]
extern "C" fn program() -> i32 {
    harness();
    0
}

#[test_case]
fn adds() {
    assert_eq!(1 + 1, 2);
}

#[test_case]
fn calls_cplusplus() {
    assert_eq!(loud(&mut [b'a', b'1']), "A1");
}
"#;
const THUMB: &str = "thumbv7em-none-eabihf";

fn a_program_for_a_microcontroller_with_c_and_cplusplus_builds_runs_and_passes_its_tests(
    engine: &Engine,
) {
    let project = Project::fixture(engine, "microcontroller");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        project.cross(&[&[subcommand, "--locked", "--target", THUMB], rest].concat())
    };
    // The exit code is the program's own.
    cross(&["run", "--quiet"])
        .code(7)
        .stdout("arch arm\nlong 4\nsin 0.8415\nshout HELLO!\n");
    cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 3 passed");
}

fn a_harness_of_the_crates_own_runs_tests_of_a_nightly(engine: &Engine) {
    if engine.account.is_some() {
        crate::skip("the account has no nightly toolchain");
    }
    let project = Project::fixture(engine, "microcontroller").file("tests/own.rs", HARNESS);
    // Core is built from source, so the test adds nothing to the toolchain.
    let test = || {
        let words = ["+nightly", "test", "--locked", "--test", "own"];
        let run = project.cross(&[&words[..], &["--target", THUMB]].concat());
        run.env("CROSS_BUILD_BUILD_STD", "core")
    };
    test().ok().stdout_has("2 passed");
    let wrong = HARNESS.replace("1 + 1, 2", "1 + 1, 3");
    fs_err::write(project.path("tests/own.rs"), wrong).expect("a file");
    test().code(101).stdout_has("left: 2");
}
