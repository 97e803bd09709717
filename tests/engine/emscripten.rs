//! Programs of Emscripten: WebAssembly with JavaScript, or JavaScript alone, which Node.js runs.

use crate::engine::Engine;
use crate::images;
use crate::project::Project;
use crate::specification::lacks_nightly_source;
use crate::{wasi, wasm};

crate::tests![BuiltIn:
    a_program_of_emscripten_with_c_and_cplusplus_builds_runs_and_passes_its_tests,
    a_program_of_javascript_alone_does_the_same unless lacks_nightly_source,
    a_program_of_emscripten_runs_among_the_systems_sources unless wasi::lacks_sources,
];

const EMSCRIPTEN: &str = "wasm32-unknown-emscripten";
/// A target without WebAssembly, which current versions of rustc do not know.
const ASMJS: &str = "asmjs-unknown-emscripten";

fn a_program_of_emscripten_with_c_and_cplusplus_builds_runs_and_passes_its_tests(engine: &Engine) {
    if !images::has_openssl(engine, EMSCRIPTEN) {
        crate::skip(&format!("no image of {EMSCRIPTEN} with OpenSSL is there"));
    }
    let project = Project::fixture(engine, "native");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        project.cross(&[&[subcommand, "--locked", "--target", EMSCRIPTEN], rest].concat())
    };
    cross(&["build", "--verify"])
        .ok()
        .stderr_has("Verified 1 result");
    let program = project.path(format!("target/{EMSCRIPTEN}/debug/native.wasm"));
    let imports = wasm::imports(&program).expect("a program");
    let known = ["env", "wasi_snapshot_preview1"];
    let mut others = imports
        .iter()
        .filter(|(module, _)| !known.contains(&&**module));
    assert_eq!(others.next(), None);

    cross(&["run", "--quiet"])
        .ok()
        .stdout_has("arch wasm32\nlong 4\nadd 42\nshout HELLO!\nsha256 ba7816bf")
        .stdout_has("\ntls true\n");
    cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test src/lib.rs - add (line ");

    // The project's files by relative and absolute path, bytes on standard input, a panic that is
    // caught, and the exit status.
    let project = project.file(
        "src/main.rs",
        "use std::io::Read as _;\n\
         fn main() {\n\
             let whole = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/Cargo.toml\");\n\
             assert_eq!(std::fs::read(whole).unwrap(), std::fs::read(\"Cargo.toml\").unwrap());\n\
             let mut text = String::new();\n\
             std::io::stdin().read_to_string(&mut text).unwrap();\n\
             print!(\"{text}\");\n\
             assert!(std::panic::catch_unwind(|| panic!(\"caught\")).is_err());\n\
             std::process::exit(7);\n\
         }\n",
    );
    // For optimised programs, Emscripten starts further programs when it links.
    let run = project.cross(&["run", "--quiet", "--release", "--target", EMSCRIPTEN]);
    let said = run.stdin("no line").code(7).stdout("no line");
    said.lacks("program exited");
}

fn a_program_of_emscripten_runs_among_the_systems_sources(engine: &Engine) {
    if !images::has_openssl(engine, EMSCRIPTEN) {
        crate::skip(&format!("no image of {EMSCRIPTEN} with OpenSSL is there"));
    }
    wasi::run_among_sources(engine, EMSCRIPTEN);
}

fn a_program_of_javascript_alone_does_the_same(engine: &Engine) {
    if !images::has_openssl(engine, ASMJS) {
        crate::skip(&format!("no image of {ASMJS} with OpenSSL is there"));
    }
    let project = Project::fixture(engine, "native");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        let words = ["+nightly", subcommand, "--locked", "--target", ASMJS];
        project.cross(&[&words, rest].concat())
    };
    cross(&["run", "--quiet"])
        .ok()
        .stdout_has("arch wasm32\nlong 4\nadd 42\nshout HELLO!\nsha256 ba7816bf")
        .stdout_has("\ntls true\n");
    let program = project.path(format!("target/{ASMJS}/debug/native.js"));
    assert!(program.exists() && !program.with_extension("wasm").exists());
    // rustdoc compiles the examples in documentation for this target, too.
    cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test src/lib.rs - add (line ");

    // The exit status, a panic that is caught, and numbers of 64 bits.
    let project = project.file(
        "src/main.rs",
        "fn main() {\n\
             assert!(std::panic::catch_unwind(|| panic!(\"caught\")).is_err());\n\
             let words: Vec<String> = std::env::args().skip(1).collect();\n\
             print!(\"{words:?} {}\", u64::MAX / std::hint::black_box(3));\n\
             std::process::exit(7);\n\
         }\n",
    );
    let run = project.cross(&["+nightly", "run", "--quiet", "--target", ASMJS, "--", "a b"]);
    run.code(7).stdout("[\"a b\"] 6148914691236517205");
}
