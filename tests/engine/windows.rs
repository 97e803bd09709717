//! Programs for Windows, which Wine runs.

use object::{Architecture, Object};

use crate::engine::Engine;
use crate::images;
use crate::project::Project;

crate::tests![BuiltIn:
    a_program_for_windows_needs_windows_alone_and_runs_and_passes_its_tests,
    one_of_32_bits_does_so_as_well,
    programs_start_others_load_a_library_and_talk_to_each_other,
    a_program_that_shares_rusts_own_library_runs,
];

/// Beginnings of the names of DLLs of GCC and mingw-w64, which no Windows has.
const NOT_OF_WINDOWS: &[&str] = &["libstdc++", "libgcc", "libwinpthread"];

fn a_program_for_windows_needs_windows_alone_and_runs_and_passes_its_tests(engine: &Engine) {
    runs(engine, "x86_64-pc-windows-gnu", Architecture::X86_64);
}

fn one_of_32_bits_does_so_as_well(engine: &Engine) {
    runs(engine, "i686-pc-windows-gnu", Architecture::I386);
}

/// Rust's name of the architecture: `x86` if the triple begins with `i686`.
fn arch(windows: &str) -> &str {
    match windows.split('-').next() {
        Some("i686") => "x86",
        other => other.unwrap_or_default(),
    }
}

fn runs(engine: &Engine, windows: &str, machine: Architecture) {
    if !images::has_openssl(engine, windows) {
        crate::skip(&format!("no image of {windows} with OpenSSL is there"));
    }
    let project = Project::fixture(engine, "native");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        project.cross(&[&[subcommand, "--target", windows], rest].concat())
    };
    cross(&["build", "--locked"]).ok();
    let program = project.path(format!("target/{windows}/debug/native.exe"));
    let data = fs_err::read(program).expect("a program");
    let file = object::File::parse(&*data).expect("a program of Windows");
    assert_eq!(file.architecture(), machine);
    let libraries = file.import_libraries().expect("its DLLs");
    let libraries = libraries.map(|library| {
        let library = library.expect("a DLL");
        String::from_utf8_lossy(library.name()).into_owned()
    });
    let libraries: Vec<String> = libraries.collect();
    assert!(!libraries.is_empty());
    for lacking in NOT_OF_WINDOWS {
        let found = libraries.iter().find(|name| name.starts_with(lacking));
        assert_eq!(found, None);
    }

    // Standard error has nothing that the program did not write.
    cross(&["run", "--quiet"])
        .ok()
        .stdout_has(&format!(
            "arch {}\nlong 4\nadd 42\nshout HELLO!\n",
            arch(windows)
        ))
        .stdout_has("tls true\n");
    cross(&["test"])
        .ok()
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test result: ok. 2 passed")
        .stdout_has("test src/lib.rs - add (line ");

    // The project's files by relative and absolute path, arguments with blanks, and the exit
    // status.
    let project = project.file(
        "src/main.rs",
        "fn main() {\n\
             let whole = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/Cargo.toml\");\n\
             assert_eq!(std::fs::read(whole).unwrap(), std::fs::read(\"Cargo.toml\").unwrap());\n\
             assert_eq!(std::env::args().nth(1).as_deref(), Some(\"ä \\\"b\\\"\"));\n\
             assert_eq!(std::env::var(\"CARGO_PKG_NAME\").as_deref(), Ok(\"native\"));\n\
             std::process::exit(7);\n\
         }\n",
    );
    let run = project.cross(&["run", "--quiet", "--target", windows, "--", "ä \"b\""]);
    run.code(7);
}

/// Tests of what programs may expect of any system. The tests of threads are left out, as they take
/// long.
fn programs_start_others_load_a_library_and_talk_to_each_other(engine: &Engine) {
    let windows = "x86_64-pc-windows-gnu";
    if images::current(engine, windows).is_none() {
        crate::skip(&format!("no image of {windows} is there"));
    }
    let project = Project::empty(engine).conformance();
    let programs = ["children", "library", "panics", "sockets"];
    let words = programs.iter().flat_map(|name| ["--test", name]);
    let words: Vec<&str> = ["test", "--target", windows]
        .into_iter()
        .chain(words)
        .collect();
    project
        .cross(&words)
        .ok()
        .stdout_has("test result: ok. 8 passed; 0 failed; 0 ignored")
        .stdout_has("test result: ok. 1 passed; 0 failed; 0 ignored")
        .stdout_has("test result: ok. 2 passed; 0 failed; 1 ignored");
    project
        .cross(&["test", "--target", windows, "--doc"])
        .ok()
        .stdout_has("test result: ok. 200 passed; 0 failed");
}

/// rustc's DLL needs GCC's unwinder, which Windows does not have.
fn a_program_that_shares_rusts_own_library_runs(engine: &Engine) {
    let windows = "x86_64-pc-windows-gnu";
    if images::current(engine, windows).is_none() {
        crate::skip(&format!("no image of {windows} is there"));
    }
    let main = "fn main() {\n    let caught = std::panic::catch_unwind(|| panic!(\"as expected\"));\n    \
        println!(\"{}\", caught.is_err());\n}\n";
    let project = Project::program(engine, main);
    project
        .cross(&["run", "--quiet", "--target", windows])
        .env("RUSTFLAGS", "-Cprefer-dynamic")
        .ok()
        .stdout("true\n");
    let data = fs_err::read(project.path(format!("target/{windows}/debug/demo.exe")));
    let data = data.expect("a program");
    let file = object::File::parse(&*data).expect("a program of Windows");
    let mut libraries = file.import_libraries().expect("its DLLs");
    assert!(libraries.any(|library| library.expect("a DLL").name().starts_with(b"std-")));
}
