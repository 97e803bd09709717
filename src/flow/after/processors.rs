//! Causes of failed builds: C code and options that are for another processor than the target's.
//! Often a build script asks which processor it runs on itself.

use super::failure::{Failure, Found};
use super::headers::{self, is_compilers};
use super::kept::For;

/// Headers that compilers have for one kind of processor only.
const HEADERS: &[&str] = &[
    "arm_acle.h",
    "arm_neon.h",
    "arm_sve.h",
    "cpuid.h",
    "emmintrin.h",
    "immintrin.h",
    "mmintrin.h",
    "nmmintrin.h",
    "pmmintrin.h",
    "smmintrin.h",
    "tmmintrin.h",
    "wmmintrin.h",
    "x86intrin.h",
    "xmmintrin.h",
];

/// Parts of GCC's errors about options for processors, and of clang's. Each kind of processor has
/// its own words for a value.
const OPTIONS: &[(&str, &str)] = &[
    ("error: unrecognized command-line option '-m", ""),
    ("error: unrecognized argument in option '-m", ""),
    ("error: unrecognized -march target: ", ""),
    ("error: unrecognized -mcpu target: ", ""),
    ("error: unknown value '", "' for '-m"),
    ("error: bad value '", "' for '-m"),
    ("error: '-march=", "': ISA string must begin with rv"),
    ("error: '-m", "' does not work on a cross compiler"),
    ("error: unsupported option '-m", "' for target '"),
];

/// Words of clang's headers for x86, which it has for each target.
const OF_CLANG: &str = "This header is only meant to be used on x86 and x64 architecture";

/// Code or an option for another processor, in the output of a script that failed because of its
/// compiler.
pub(super) fn of_another_kind(failure: &Failure<'_>) -> Option<Found> {
    let scripts = failure.scripts.iter();
    let mut scripts = scripts.filter(|script| script.built_for == For::Target);
    let (what, said) = scripts.find_map(|script| {
        let found = in_output(&script.said)?;
        is_compilers(&script.said).then_some(found)
    })?;
    let hint = format!(
        "{what} is for another processor than the target's: a build script has to ask for `CARGO_CFG_TARGET_ARCH`, as \
         `cfg!(target_arch)` is about the machine that it runs on"
    );
    Some(Found::by([said], hint))
}

/// What is for another processor, and the words by which it is known.
fn in_output(said: &str) -> Option<(String, &'static str)> {
    said.lines().find_map(|line| {
        if let Some(named) = headers::named(line) {
            let header = HEADERS.iter().find(|header| **header == named)?;
            return Some((format!("the header `{header}`"), *header));
        }
        if line.contains(OF_CLANG) {
            return Some(("a header".to_owned(), OF_CLANG));
        }
        // Quotes depend on the locale.
        let line = line.replace(['‘', '’'], "'");
        let mut options = OPTIONS.iter();
        let (words, _) = options.find(|(before, behind)| {
            let rest = line.split_once(before).map(|(_, rest)| rest);
            rest.is_some_and(|rest| rest.contains(behind))
        })?;
        let words = words.split(" '").next().unwrap_or(words);
        Some(("an option for the compiler".to_owned(), words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_compiler_says_it_in_its_own_words() {
        for (line, is_told) in [
            (
                "cc1: error: unrecognized command-line option '-msse4.2'",
                true,
            ),
            ("cc1: error: unrecognized command-line option ‘-m64’", true),
            ("cc1: error: unknown value ‘native’ for ‘-march’", true),
            (
                "cc1: error: bad value ‘armv8-a+crypto’ for ‘-march=’ switch",
                true,
            ),
            (
                "arm-linux-gnueabihf-gcc-14: error: unrecognized -march target: native",
                true,
            ),
            (
                "cc1: error: unrecognized argument in option ‘-march=native’",
                true,
            ),
            (
                "riscv64-linux-gnu-gcc-14: error: ‘-march=native’: ISA string must begin with rv32 or rv64",
                true,
            ),
            (
                "loongarch64-linux-gnu-gcc-14: fatal error: ‘-march=native’ does not work on a cross compiler",
                true,
            ),
            (
                "clang: error: unsupported option '-msse4.2' for target 'aarch64-linux-gnu'",
                true,
            ),
            (
                "x.c:1:10: fatal error: immintrin.h: No such file or directory",
                true,
            ),
            (
                "x.c:1:10: fatal error: own.h: No such file or directory",
                false,
            ),
            (
                "gcc: error: unrecognized command-line option '--as-needed'",
                false,
            ),
            (
                "cc1: error: unrecognized command-line option '-fown'",
                false,
            ),
            ("checking for -m64... no", false),
        ] {
            assert_eq!(in_output(line).is_some(), is_told, "{line}");
        }
    }
}
