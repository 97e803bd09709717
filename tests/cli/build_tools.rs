//! The hints about failures of autoconf, `configure` and CMake.

use crate::fixture::Fixture;
use crate::heard::fails;
use crate::programs::with_pre_build;

/// The hint of a build whose script says this and then ends because a command has failed.
fn hint(fixture: &Fixture, said: &str) -> String {
    let end = "thread 'main' (59) panicked at build.rs:5:5:\nscript failed: exit status: 1\n";
    fails(fixture, "some-sys", &format!("{said}\n\n{end}"));
    let ran = fixture.build().run();
    let mut hints = ran.code(101).stderr.lines();
    let hint = hints.find(|line| line.starts_with("hint"));
    hint.unwrap_or_default().to_owned()
}

/// Outputs, each with a part of the hint. An empty text stands for no hint.
fn expect(all: &[(&str, &str)]) {
    for (said, part) in all {
        let told = hint(&Fixture::new(), said);
        assert!(
            told.contains(part) && told.is_empty() == part.is_empty(),
            "{said}: {told}"
        );
    }
}

#[test]
fn a_macro_that_autoconf_does_not_find_is_named_with_its_package() {
    expect(&[
        (
            "configure.ac:3: warning: macro 'AM_GNU_GETTEXT' not found in library\n\
             configure.ac:3: error: possibly undefined macro: AM_GNU_GETTEXT\n      \
             If this token and others are legitimate, please use m4_pattern_allow.\n      See the Autoconf documentation.\n\
             autoreconf: error: /usr/bin/autoconf failed with exit status: 1",
            "hint: the image has no macro `AM_GNU_GETTEXT` for autoconf: \
             `pre-build = [\"apt-get update && apt-get install --yes gettext\"]` below",
        ),
        (
            "./configure: line 2620: syntax error near unexpected token `17'\n\
             ./configure: line 2620: `AX_CXX_COMPILE_STDCXX(17)'",
            "install --yes autoconf-archive",
        ),
        (
            "./configure: line 2620: syntax error near unexpected token `0.50'\n./configure: line 2620: `IT_PROG_INTLTOOL(0.50)'",
            "install --yes intltool",
        ),
        (
            "./configure: line 2620: AX_PTHREAD: command not found",
            "install --yes autoconf-archive",
        ),
        (
            "./configure: line 2620: AX_OF_MY_OWN: command not found",
            "",
        ),
        // The image has libtool's, and nothing is known of the other.
        (
            "configure.ac:3: error: possibly undefined macro: AC_PROG_LIBTOOL",
            "",
        ),
        (
            "./configure: line 26: syntax error near unexpected token `1'\n./configure: line 26: `AX_OF_MY_OWN(1)'",
            "",
        ),
        // The script has gone on.
        (
            "configure.ac:3: error: possibly undefined macro: AM_ICONV\nx.c:1:1: error: other",
            "",
        ),
    ]);
    let fixture = with_pre_build("apt-get install --yes gettext");
    let said = "configure.ac:3: error: possibly undefined macro: AM_GNU_GETTEXT";
    assert_eq!(hint(&fixture, said), "");
}

#[test]
fn a_program_without_which_a_configure_ends_is_named() {
    expect(&[
        (
            "checking for makeinfo... no\nconfigure: error: makeinfo is required",
            "hint: the image has no program `makeinfo`: `pre-build = [\"apt-get update && apt-get install --yes texinfo\"]` below",
        ),
        (
            "configure: error: You need xmlto to build the manual",
            "install --yes xmlto",
        ),
        // The image has the other, which would do.
        ("configure: error: Could not find yasm or nasm", ""),
        ("configure: error: flex is required", ""),
        ("configure: error: the headers of valgrind are required", ""),
        (
            "configure: error: xmlto is required\nx.c:1:1: error: other",
            "",
        ),
    ]);
}

#[test]
fn a_program_that_a_cmake_project_requires_is_named() {
    let error = |kind: &str, names: &str| {
        format!(
            "CMake Error at CMakeLists.txt:3 ({kind}):\n  Could not find A_LONG_NAME using the\n  following names: {names}\n\n"
        )
    };
    let missing = |what: &str| {
        format!(
            "CMake Error at /usr/share/cmake-3.31/Modules/FindPackageHandleStandardArgs.cmake:233 (message):\n  Could NOT find {what}\n\n"
        )
    };
    expect(&[
        (
            &error("find_program", "doxygen"),
            "hint: the image has no program `doxygen`: `pre-build = [\"apt-get update && apt-get install --yes doxygen\"]` below",
        ),
        (
            &error("find_program", "oxygen,\n  doxygen"),
            "program `doxygen`",
        ),
        (&error("find_program", "doxygen, make"), ""),
        (&error("find_program", "of-my-own"), ""),
        (&error("find_library", "doxygen"), ""),
        (
            &missing("Doxygen (missing: DOXYGEN_EXECUTABLE dot)"),
            "hint: the image has no program `doxygen`: `pre-build = [\"apt-get update && apt-get install --yes doxygen\"]` below",
        ),
        (
            &missing("Gettext (missing: GETTEXT_MSGMERGE_EXECUTABLE)"),
            "program `msgmerge`",
        ),
        (&missing("FLEX (missing: FLEX_EXECUTABLE)"), ""),
        (&missing("Mine (missing: MINE_EXECUTABLE)"), ""),
        (&missing("Mine (missing: MINE_DOXYGEN)"), ""),
    ]);
}
