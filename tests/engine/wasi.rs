//! Programs for WASI: WebAssembly, which Node.js runs.

use crate::engine::Engine;
use crate::project::Project;
use crate::wasm;

crate::tests![Unprivileged: a_program_for_wasi_with_c_and_cplusplus_builds_runs_and_passes_its_tests];

const WASI: &str = "wasm32-wasip1";

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
