//! `cross-util verify`, applied to its own program.

use crate::fixture::Fixture;

#[test]
fn a_program_above_the_floor_is_named_with_symbol_and_version() {
    let fixture = Fixture::new();
    let program = env!("CARGO_BIN_EXE_cross-util");
    let ran = fixture.util(&format!("verify {program}")).run();
    ran.success().says_exactly("");
    assert!(ran.stdout.starts_with(&format!("{program}\n")), "{ran}");
    assert!(ran.stdout.contains("  machine  "), "{ran}");
    // A program that was linked with musl needs no glibc at all.
    if ran.stdout.contains("GLIBC_") {
        let above = fixture.util(&format!("verify --glibc 2.0 {program}")).run();
        above.code(1);
        let errors: Vec<&str> = above.stderr.lines().collect();
        assert_eq!(errors.len(), 1, "{above}");
        let start = format!("error: `{program}` needs `");
        assert!(errors[0].starts_with(&start), "{above}");
        assert!(errors[0].ends_with("newer than glibc 2.0"), "{above}");
    }
    let below = fixture.util(&format!("-q verify --glibc 9.9 {program}"));
    let ran = below.run();
    ran.success().says_exactly("");
    assert_eq!(ran.stdout, "", "{ran}");
}

/// `llvm-strip --strip-sections` makes such a program, and it starts like any other.
#[test]
fn a_program_without_section_headers_is_above_the_floor_too() {
    let fixture = Fixture::new();
    let mut bytes = std::fs::read(env!("CARGO_BIN_EXE_cross-util")).unwrap();
    // `e_shoff`, then `e_shnum` and `e_shstrndx` of a 64-bit file.
    for field in [40..48, 60..64] {
        bytes[field].fill(0);
    }
    std::fs::write(fixture.project.join("bare"), bytes).unwrap();
    let verify = |file: &str| {
        let line = format!("verify --glibc 2.0 {file}");
        let ran = fixture.util(&line).run();
        let text = format!("{}{}", ran.stdout, ran.stderr);
        (ran.status.code(), text.replace(file, "FILE"))
    };
    let whole = verify(env!("CARGO_BIN_EXE_cross-util"));
    assert!(whole.1.contains("machine"), "{whole:?}");
    assert_eq!(verify("bare"), whole);
}

#[test]
fn each_file_that_cannot_be_read_is_an_error_of_its_own() {
    let fixture = Fixture::new();
    let program = env!("CARGO_BIN_EXE_cross-util");
    let ran = fixture
        .util(&format!("verify --json src Cargo.toml {program} gone"))
        .run();
    ran.code(101).says_exactly(
        "
        error: `[PROJECT]/src` is a directory
        error: cannot verify `Cargo.toml`: it is no program, library, object file or archive that is known
        error: failed to open file `[PROJECT]/gone`: No such file or directory (os error 2)
        ",
    );
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(json["files"][0]["file"], program);
    assert_eq!(json["files"][0]["object"]["format"], "elf");
    assert_eq!(json["files"].as_array().map(Vec::len), Some(1));
    fixture.util("verify").run().code(2);
    fixture.util("verify --glibc two x").run().code(2);
}
