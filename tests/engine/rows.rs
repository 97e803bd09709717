//! The promises for every row, tested with six rows of different kinds; `tests/matrix` measures the
//! others. A crate with many native dependencies builds, runs and passes its tests, and its results
//! run on old systems.

use std::os::unix::fs::MetadataExt;

use crate::elf::{self, Facts};
use crate::engine::Engine;
use crate::project::Project;
use crate::row::{GLIBC, Row};

crate::tests![Row: native_dependencies_build_run_and_pass_their_tests];

/// A single test, because most of the time goes into building the crate's dependencies.
fn native_dependencies_build_run_and_pass_their_tests(engine: &Engine, row: &'static Row) {
    let project = Project::fixture(engine, "native");
    let lock = fs_err::read(project.path("Cargo.lock")).expect("a lock file");

    let has_parts = !row.parts.is_empty();
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        let mut words: Vec<&str> = row.toolchain.into_iter().collect();
        words.extend([subcommand, "--target", row.triple]);
        if !has_parts {
            words.push("--no-default-features");
        }
        let run = project.cross(&[&words[..], rest].concat());
        if has_parts {
            run
        } else {
            run.env("CROSS_BUILD_PARTS", "none")
        }
    };
    cross(&["build", "--locked"]).ok();
    let binary = project.path(format!("target/{}/debug/native", row.triple));
    let facts = elf::read(&binary);
    let (machine, glibc) = (row.machine, facts.glibc);
    assert_eq!(
        facts,
        Facts {
            machine,
            interpreter: row.interpreter.unwrap_or_default().to_owned(),
            glibc
        }
    );
    let dynamic = row.interpreter.is_some();
    assert!(
        dynamic == (glibc > (2, 0)) && glibc <= GLIBC,
        "{} needs glibc {glibc:?}",
        binary.display()
    );

    let ran = cross(&["run", "--quiet"]).ok().stdout_has(&format!(
        "arch {}\nlong {}\nadd 42\nshout HELLO!\n",
        row.arch, row.pointer
    ));
    let tested = cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test src/lib.rs - add (line ");
    if has_parts {
        ran.stdout_has("sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")
            .stdout_has("openssl OpenSSL 3.5")
            .stdout_has("tls true\n");
        tested.stdout_has("test result: ok. 2 passed");
    }

    assert_eq!(
        fs_err::read(project.path("Cargo.lock")).expect("a lock file"),
        lock
    );
    for path in project.tree() {
        let meta = path.symlink_metadata().expect("its owner");
        assert_eq!(
            (meta.uid(), meta.gid()),
            project.owner(),
            "{}",
            path.display()
        );
    }
}
