//! Panics, and the backtraces that they print.

use std::process::Command;

#[test]
fn a_backtrace_has_the_lines_of_the_source() {
    let line = line!() + 1;
    let text = std::backtrace::Backtrace::force_capture().to_string();
    assert!(text.contains(&format!("panics.rs:{line}")), "{text}");
    let mut own = Command::new(std::env::current_exe().unwrap());
    let own = own
        .args(["panics_for_another_test", "--exact", "--ignored"])
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    assert_eq!(own.status.code(), Some(101));
    let said = String::from_utf8_lossy(&own.stdout);
    assert!(said.contains("stack backtrace:"), "{said}");
    assert!(said.contains("panics.rs:"), "{said}");
}

#[test]
#[ignore = "run by another test"]
fn panics_for_another_test() {
    panic!("as expected");
}

/// This also holds with debugging information for lines alone, which this crate's release profile
/// has.
#[test]
fn a_panic_names_the_lines_that_lead_to_it() {
    let mut actor = Command::new(env!("CARGO_BIN_EXE_actor"));
    let died = actor
        .arg("panic")
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&died.stderr);
    assert_eq!(died.status.code(), Some(101), "{said}");
    for words in ["stack backtrace:", "actor::fall", "actor.rs:"] {
        assert!(said.contains(words), "{said}");
    }
}
