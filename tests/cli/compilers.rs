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

/// Errors as GCC 14 and clang 19 write them.
#[test]
fn a_type_whose_header_other_headers_used_to_include_is_known() {
    for (said, is_told) in [
        ("b.cc:3:12: error: ‘uint64_t’ does not name a type", true),
        ("b.cc:3:12: error: 'uint64_t' does not name a type", true),
        (
            "b.cc:5:28: error: 'uint32_t' was not declared in this scope; did you mean 'wint_t'?",
            true,
        ),
        (
            "b.cc:4:6: error: 'uint8_t' in namespace 'std' does not name a type",
            true,
        ),
        (
            "b.cc:5:45: error: 'uint_fast32_t' is not a member of 'std'; did you mean 'wint_t'?",
            true,
        ),
        (
            "b.cc:5:59: error: 'INT64_MAX' was not declared in this scope\n\
             b.cc:5:59: note: 'INT64_MAX' is defined in header '<cstdint>'; this is probably fixable by adding '#include <cstdint>'",
            true,
        ),
        (
            "b.cc:2:6: error: no type named 'intptr_t' in namespace 'std'",
            true,
        ),
        // C has other words, and no such header.
        ("d.c:1:1: error: unknown type name 'uint64_t'", false),
        ("d.c:1:1: error: 'uint32_t' undeclared", false),
        ("b.cc:1:1: error: 'interval_t' does not name a type", false),
        ("b.cc:1:1: error: 'my_int8_t' does not name a type", false),
        ("b.cc:1:1: error: 'uint64' does not name a type", false),
        ("b.cc:1:1: error: 'x' was not declared in this scope", false),
    ] {
        let hint = "hint: C++ code uses types of `<cstdint>` and does not include it, as headers of older compilers did: \
            `CXXFLAGS_aarch64_unknown_linux_gnu=\"-include cstdint\"` includes it";
        let expected = if is_told { hint } else { "" };
        assert_eq!(hint_of(AARCH64, said), expected, "{said}");
        let expected = expected.replace("CXXFLAGS_aarch64_unknown_linux_gnu", "HOST_CXXFLAGS");
        assert_eq!(hint_of(".", said), expected, "{said}");
    }
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
