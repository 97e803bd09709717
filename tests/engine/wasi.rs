//! Programs for WASI: WebAssembly, which Node.js runs.

use std::path::Path;

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::wasm;

crate::tests![
    Unprivileged: a_program_for_wasi_with_c_and_cplusplus_builds_runs_and_passes_its_tests;
    BuiltIn: a_program_for_wasi_runs_among_the_systems_sources unless lacks_sources,
];

const WASI: &str = "wasm32-wasip1";

/// Where users of containers have their projects, and systems have sources of theirs.
const SOURCES: &str = "/usr/src";

/// The reason why a project cannot be in a directory of the system's.
pub(crate) fn lacks_sources(_: &Candidate) -> Option<String> {
    let access = rustix::fs::Access::WRITE_OK;
    let error = rustix::fs::access(SOURCES, access).err()?;
    Some(format!("`{SOURCES}` cannot be written: {error}"))
}

/// Runs a program that reads and writes files of a project in a directory of the system's.
pub(crate) fn run_among_sources(engine: &Engine, triple: &str) {
    let main = "fn main() {\n\
         let whole = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/Cargo.toml\");\n\
         let text = std::fs::read(\"Cargo.toml\").unwrap();\n\
         assert_eq!(std::fs::read(whole).unwrap(), text);\n\
         assert_eq!(std::fs::read(\"part/../Cargo.toml\").unwrap(), text);\n\
         }\n";
    let project = Project::below(engine, Path::new(SOURCES), "project")
        .manifest("")
        .file("src/main.rs", main)
        .file("part/file", "")
        .settle();
    let words = ["run", "--quiet", "--target", triple];
    project.cross(&words).ok();
    let part = project.path("part");
    let words = ["run", "--quiet", "--target", triple];
    let inside = project.file(
        "src/main.rs",
        "fn main() {\n\
         let whole = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/Cargo.toml\");\n\
         assert!(std::fs::read(\"file\").is_ok() && std::fs::read(whole).is_ok());\n\
         }\n",
    );
    inside.cross_in(&part, &words).ok();
}

fn a_program_for_wasi_with_c_and_cplusplus_builds_runs_and_passes_its_tests(engine: &Engine) {
    let project = Project::fixture(engine, "native");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        project.cross(&[&[subcommand, "--target", WASI], rest].concat())
    };
    cross(&["build", "--locked"]).ok();
    let program = project.path(format!("target/{WASI}/debug/native.wasm"));
    let imports = wasm::imports(&program).expect("a program");
    let mut others = imports
        .iter()
        .filter(|(module, _)| module != "wasi_snapshot_preview1");
    assert_eq!(others.next(), None);

    cross(&["run", "--quiet"])
        .ok()
        .stdout("arch wasm32\nlong 4\nadd 42\nshout HELLO!\n");
    cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test src/lib.rs - add (line ");

    // The project's files by relative and absolute path, and the exit status.
    let project = project.file(
        "src/main.rs",
        "fn main() {\n\
             let whole = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/Cargo.toml\");\n\
             assert_eq!(std::fs::read(whole).unwrap(), std::fs::read(\"Cargo.toml\").unwrap());\n\
             std::process::exit(7);\n\
         }\n",
    );
    let run = project.cross(&["run", "--quiet", "--target", WASI]);
    run.code(7);
}

fn a_program_for_wasi_runs_among_the_systems_sources(engine: &Engine) {
    run_among_sources(engine, WASI);
}
