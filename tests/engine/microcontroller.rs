//! Programs for microcontrollers, which have no operating system and no standard library. QEMU's
//! machines run them.

use crate::engine::Engine;
use crate::project::Project;

crate::tests![Unprivileged: a_program_for_a_microcontroller_with_c_and_cplusplus_builds_runs_and_passes_its_tests];

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
