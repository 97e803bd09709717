//! The hints about C and C++ code that newer compilers refuse.

use crate::fixture::{AARCH64, Fixture};
use crate::heard::fails;

/// The hint of a build in which the script of a crate for the target, or of one that runs at build
/// time, says this.
fn hint_of(dir: &str, said: &str) -> String {
    let fixture = Fixture::new();
    fails(&fixture, "some-sys", said);
    let leaves = fixture.read("leaves");
    let target = format!("{AARCH64}/debug");
    fixture.write("leaves", &leaves.replace(&target, &format!("{dir}/debug")));
    let ran = fixture.build().run();
    let mut hints = ran.code(101).stderr.lines();
    let hint = hints.find(|line| line.starts_with("hint"));
    hint.unwrap_or_default().to_owned()
}

#[test]
fn old_code_that_is_compiled_for_the_build_machine_has_a_hint_too() {
    let said = "a.c:2:1: error: type defaults to ‘int’ in declaration of ‘x’ [-Wimplicit-int]\n\
        a.c:5:22: error: implicit declaration of function ‘foo’ [-Wimplicit-function-declaration]\n\
        c.c:1:1: error: parameter names (without types) in function declaration [-Wdeclaration-missing-parameter-type]";
    let expected = "hint: the compiler refuses C code that older ones warned of: `HOST_CFLAGS=\"-Wno-error=declaration-missing-parameter-type \
        -Wno-error=implicit-function-declaration -Wno-error=implicit-int\"` has it warn again";
    assert_eq!(hint_of(".", said), expected);
    let expected = expected.replace("HOST_CFLAGS", "CFLAGS_aarch64_unknown_linux_gnu");
    assert_eq!(hint_of(AARCH64, said), expected);
}
