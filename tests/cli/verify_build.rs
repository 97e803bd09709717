//! `cross build --verify`: examines the results that cargo names.

use std::fs;

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};
use crate::line::Line;

/// The headers of a 64-bit ELF file for this machine, with one empty segment and no sections.
fn header(machine: u8) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(64 + 56, 0);
    // `e_type`, `e_machine`, `e_version`, `e_phoff`, `e_ehsize`, `e_phentsize`, `e_phnum`,
    // `e_shentsize`, and `p_type`.
    for (at, value) in [
        (16, 2),
        (18, machine),
        (20, 1),
        (32, 64),
        (52, 64),
        (54, 56),
        (56, 1),
        (58, 64),
        (64, 1),
    ] {
        header[at] = value;
    }
    header
}

/// A project whose build leaves a program for this machine, and cargo's message about it.
fn fixture(machine: u8) -> Fixture {
    let fixture = Fixture::new();
    let file = fixture.write(&format!("project/target/{AARCH64}/debug/hello"), "");
    fs::write(&file, header(machine)).expect("it is ours");
    let message = |kind: &str, file: &str, program: &str| {
        format!(
            r#"{{"reason":"compiler-artifact","target":{{"crate_types":["{kind}"]}},"filenames":["{file}"],"executable":{program}}}"#
        )
    };
    let file = file.display().to_string();
    let program = message("bin", &file, &format!("\"{file}\""));
    let script = message("bin", "/h/build-script-build", "null");
    fixture.write("messages", &format!("{script}\n{program}\n"));
    fixture.write(
        "leaves",
        "case \"$*\" in *json-render-diagnostics*) show \"$root/messages\" ;; esac\n",
    );
    fixture
}

fn verify<'a>(fixture: &'a Fixture, more: &str) -> Ran<'a> {
    let command = format!("build --verify --timings {more} --target {AARCH64}");
    fixture.cross(&command).run()
}

const AARCH64_MACHINE: u8 = 183;
const X86_64_MACHINE: u8 = 62;

#[test]
fn cargo_is_asked_for_its_results_and_never_sees_the_option() {
    let fixture = fixture(AARCH64_MACHINE);
    let ran = verify(&fixture, "--message-format short");
    ran.success()
        .says_exactly("    Verified 1 result: for aarch64, nothing newer than glibc 2.31");
    let lines = ran.lines();
    let commands: Vec<&str> = lines.iter().map(Line::command).collect();
    let ends = [
        format!(" build --timings --message-format short --target {AARCH64}"),
        format!(" build --message-format json-render-diagnostics --target {AARCH64}"),
    ];
    assert_eq!(commands.len(), 2, "{ran}");
    for (command, end) in commands.iter().zip(&ends) {
        assert!(command.ends_with(end.as_str()), "{command}");
    }
    // Cargo's JSON messages are not shown to the user.
    assert_eq!(ran.stdout, "in the container\n", "{ran}");
    let quiet = verify(&fixture, "-q");
    quiet.success().says_exactly("");
}

#[test]
fn a_result_for_another_machine_is_a_failure() {
    let fixture = fixture(X86_64_MACHINE);
    let ran = verify(&fixture, "");
    ran.code(1).says_exactly(
        "error: `[PROJECT]/target/aarch64-unknown-linux-gnu/debug/hello` has code for x86_64 \
         (little-endian), not for aarch64 (little-endian)",
    );
}

#[test]
fn after_a_failure_nothing_is_looked_at() {
    let fixture = fixture(X86_64_MACHINE);
    fixture.write("run-exits", "101\n");
    let ran = verify(&fixture, "");
    ran.code(101).says_exactly("");
    assert_eq!(ran.lines().len(), 1, "{ran}");
}

#[test]
fn a_link_that_a_container_made_is_not_followed() {
    let fixture = fixture(AARCH64_MACHINE);
    let file = fixture
        .project
        .join(format!("target/{AARCH64}/debug/hello"));
    let other = fixture.root.join("elsewhere");
    fs::rename(&file, &other).expect("it is ours");
    std::os::unix::fs::symlink(&other, &file).expect("it is ours");
    let ran = verify(&fixture, "");
    ran.code(101).says_exactly(
        "error: cannot read the result `[PROJECT]/target/aarch64-unknown-linux-gnu/debug/hello`",
    );
}

#[test]
fn tests_are_looked_at_where_they_are_not_run() {
    let fixture = fixture(AARCH64_MACHINE);
    fixture
        .cross(&format!("test --verify --target {AARCH64}"))
        .refuses(
            1,
            "
            error: `--verify` needs `--no-run` behind `cross test`
            hint: what only runs here is no result that goes to other machines
            ",
        );
    let command = format!("test --no-run --verify --target {AARCH64}");
    fixture.cross(&command).run().success().says("Verified");
}

#[test]
fn a_plan_says_that_results_are_looked_at() {
    let fixture = fixture(AARCH64_MACHINE);
    let plan = format!("plan -- build --verify --target {AARCH64}");
    let ran = fixture.util(&plan).run();
    assert!(
        ran.success().stdout.contains(
            "look at the results, each must be for aarch64, nothing newer than glibc 2.31"
        ),
        "{ran}"
    );
    assert!(!ran.stdout.contains("--verify"), "{ran}");
}
