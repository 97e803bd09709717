//! Pages for `man`.

use crate::fixture::Fixture;

#[test]
fn there_is_a_page_for_each_program_and_command() {
    let fixture = Fixture::new();
    let ran = fixture.util("manual ../pages").run();
    ran.success();
    for page in ["cross", "cross-util", "cross-util-images-build"] {
        let path = format!("pages/{page}.1");
        assert!(fixture.read(&path).contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(!fixture.has("pages/cross-util-help.1"));
}
