//! Causes of failed builds that a build script's output names.

use super::failure::{Failure, Found};
use super::kept::For;
use super::output::{between, is_end, is_other_error};
use super::tables::PROGRAMS;

/// Warnings of older compilers that are errors in GCC 14, and some of them in clang 16:
/// <https://gcc.gnu.org/gcc-14/porting_to.html#c-code-now-errors>.
const REFUSED: &[&str] = &[
    "declaration-missing-parameter-type",
    "implicit-function-declaration",
    "implicit-int",
    "incompatible-pointer-types",
    "int-conversion",
    "return-mismatch",
];

/// A missing program that a build script starts.
pub(super) fn a_program_that_is_missing(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let (name, package) = last_missing(&script.said)
            .and_then(|name| PROGRAMS.iter().find(|(program, _)| *program == name))?;
        let hint = failure.lacks_program(name, package)?;
        Some(Found::by([*name], hint))
    })
}

/// Whether a name is not a program's but that of a macro, of which autoconf has left the text in
/// `configure`.
pub(super) fn is_macro(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.contains('_') && name.chars().all(is_part)
}

/// The name without a path of a program that a shell or a tool reports missing.
pub(super) fn missed_program(said: &str) -> Option<&str> {
    last_missing(said).filter(|name| !name.contains('/'))
}

fn last_missing(said: &str) -> Option<&str> {
    let is_told = ["status: 127", "code: 127", "Error 127"];
    let is_told = is_told.iter().any(|words| said.contains(words));
    let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    let last = before_its_end(&lines);
    let mut all = lines.iter().enumerate().rev();
    all.find_map(|(at, line)| missing(line, is_told || Some(at) == last))
}

/// The line of a script's output directly before the error with which the script ended itself, or
/// the last line. None if that error names a cause of its own.
fn before_its_end(lines: &[&str]) -> Option<usize> {
    let end = lines.iter().rposition(|line| is_end(line));
    let end = end.unwrap_or(lines.len());
    let mut behind = lines[end..].iter();
    if behind.any(|line| is_other_error(line)) {
        return None;
    }
    end.checked_sub(1)
}

/// The name of the missing program that a line reports, in the form of each shell and tool. A shell
/// also reports programs that a script only tries, so its report only counts with the exit code 127
/// or as the last line before the script's end (`is_told`).
fn missing(line: &str, is_told: bool) -> Option<&str> {
    let by_make = |line: &&str| line.starts_with("make") || line.starts_with("gmake");
    let by_shell = || {
        // dash puts the line number before the name.
        let dash = line.strip_suffix(": not found").and_then(|rest| {
            let (before, name) = rest.rsplit_once(": ")?;
            let number = before.rsplit(' ').next()?;
            number.parse::<u32>().is_ok().then_some(name)
        });
        let bash = line.strip_suffix(": command not found");
        let make = Some(line).filter(by_make);
        let make = make.and_then(|line| line.strip_suffix(": No such file or directory"));
        let name = |rest: &'_ str| rest.rfind(": ").map_or(0, |at| at + 2);
        dash.or_else(|| bash.or(make).map(|rest| &rest[name(rest)..]))
            .or_else(|| between(line, ("env: ‘", "’: No such file")))
            .or_else(|| between(line, ("env: '", "': No such file")))
    };
    // From the crates `autotools` and `cmake`, from perl about autoconf's programs, and from the
    // crate `cc`.
    between(line, ("is `", "` not installed?"))
        .or_else(|| between(line, ("Can't exec \"", "\": No such file")))
        .or_else(|| between(line, ("failed to find tool \"", "\"")))
        .or_else(|| is_told.then(by_shell).flatten())
}

/// A missing libclang, which bindgen needs. Images of cross's own have it if the lock file lists
/// `clang-sys`.
pub(super) fn libclang(failure: &Failure<'_>) -> Option<Found> {
    // The first is from crates that load it, the second from crates that link with it. A program
    // for the target would have to link with a libclang for the target.
    const LOADS: &str = "Unable to find libclang";
    const WORDS: &[(&str, &[For])] = &[
        (LOADS, &[For::Build, For::Target]),
        (
            "couldn't find any valid shared libraries matching: ['libclang.so'",
            &[For::Build],
        ),
    ];
    let words = failure.scripts.iter().find_map(|script| {
        let mut words = WORDS.iter();
        let is_said = |(words, built_for): &&(&str, &[For])| {
            built_for.contains(&script.built_for) && script.said.contains(words)
        };
        words.find(is_said).map(|(words, _)| *words)
    })?;
    let hint = if failure.after.isolated {
        "no libclang is there, which bindgen loads: name `libclang` in the key `parts`; Debian has it in its package `libclang-dev`".to_owned()
    } else if words == LOADS {
        failure
            .makes_library("libclang")
            .or_else(|| failure.has_no("libclang, which bindgen loads", "libclang-dev"))?
    } else {
        // Cross's own can only be loaded.
        failure.has_no("libclang with which build scripts can link", "libclang-dev")?
    };
    Some(Found::by([words], hint))
}

/// Build scripts that cannot link with libclang. If the target is this machine's own kind, build
/// scripts are linked with the target's old glibc, which is too old for Debian's libclang.
pub(super) fn a_libclang_that_is_linked(failure: &Failure<'_>) -> Option<Found> {
    failure.after.row.filter(|row| row.is_native())?;
    let said = "libclang.so: undefined reference to `";
    let mut errors = failure.errors.iter();
    errors.find(|error| error.built_for == For::Build && error.text.contains(said))?;
    let hint = "build scripts cannot link with libclang where the target is of the kind of this machine, but can load it: the feature `runtime` of \
        `bindgen` or `clang-sys` does, as `clang-runtime` of `opencv`";
    Some(Found::by([said], hint))
}

/// Results of tests that autoconf's scripts find by running programs for the target, for crates
/// whose scripts need them:
/// <https://web.mit.edu/kerberos/krb5-latest/doc/build/options2configure.html>.
const FOUND_OUT: &[(&str, &[&str])] = &[(
    "krb5-src",
    &[
        "krb5_cv_attr_constructor_destructor=yes,yes",
        "ac_cv_func_regcomp=yes",
        "ac_cv_printf_positional=yes",
    ],
)];

/// A test of `configure` that would have to run a program for the target, by autoconf's error and
/// by some that authors of scripts write.
pub(super) fn a_program_that_configure_runs(failure: &Failure<'_>) -> Option<Found> {
    const WORDS: &[&str] = &[
        "cannot run test program while cross compiling",
        " when cross compiling",
    ];
    let asks = |line: &&str| line.starts_with("configure: error: ");
    let (script, said) = failure.scripts.iter().find_map(|script| {
        let line = script.said.lines().rev().find(asks)?;
        let said = WORDS.iter().find(|words| line.contains(**words))?;
        Some((script, *said))
    })?;
    let known = FOUND_OUT.iter().find(|(name, _)| *name == script.package);
    let entries = known.map_or_else(
        || "\"NAME=VALUE\"".to_owned(),
        |(_, entries)| {
            let entries: Vec<String> = entries.iter().map(|entry| format!("\"{entry}\"")).collect();
            entries.join(", ")
        },
    );
    let which = if known.is_some() {
        ""
    } else {
        ", with the variable that its test is called by,"
    };
    let hint = format!(
        "`configure` runs no programs of the target's: `passthrough = [{entries}]` below `[build.env]`{which} tells it what they would find"
    );
    Some(Found::by([said], hint))
}

/// A missing LLVM, by the `compile_error!` in `src/lib.rs` of llvm-sys.
pub(super) fn an_llvm(failure: &Failure<'_>) -> Option<Found> {
    const SAID: &str = "No suitable version of LLVM was found";
    let mut errors = failure.errors.iter();
    let error = errors.find(|error| error.text.starts_with(SAID))?;
    let mut words = error.text.split(|c: char| c.is_whitespace() || c == '.');
    let is_variable = |word: &&str| word.starts_with("LLVM_SYS_") && word.ends_with("_PREFIX");
    let name = words.find(is_variable)?;
    // For example `LLVM_SYS_191_PREFIX`: LLVM 19, and a last digit that counts the crate's own
    // releases.
    let version = name.strip_prefix("LLVM_SYS_")?.strip_suffix("1_PREFIX");
    let hint = match (error.built_for, version) {
        (For::Build, Some(version)) => failure.lacks(
            &format!("LLVM {version}"),
            &format!("llvm-{version}-dev"),
            For::Build,
        )?,
        _ if !failure.after.isolated => return None,
        _ => format!(
            "the image has no LLVM that is made for the target: `volumes = [\"{name}=PATH\"]` below `[build.env]` shows one of yours, whose \
             `llvm-config` has to run here"
        ),
    };
    Some(Found::by([SAID], hint))
}

/// Types for large files, which musl since 1.2.4 declares only on request:
/// <https://musl.libc.org/releases.html>.
pub(super) fn types_for_large_files(failure: &Failure<'_>) -> Option<Found> {
    const WORDS: &[&str] = &[
        "unknown type name 'off64_t'",
        "'off64_t' undeclared",
        "unknown type name 'loff_t'",
    ];
    let row = failure.after.row?;
    if row.glibc_floor().is_some() || !row.triple.contains("-linux-") {
        return None;
    }
    let scripts = failure.scripts.iter();
    let mut scripts = scripts.filter(|script| script.built_for == For::Target);
    let said =
        scripts.find_map(|script| WORDS.iter().find(|words| script.said.contains(**words)))?;
    let flags = failure.flags("CFLAGS", For::Target);
    let hint = format!(
        "the C library of the target declares such types only for those who ask for them: `{flags}=-D_LARGEFILE64_SOURCE` does"
    );
    Some(Found::by([*said], hint))
}

/// Old C code that newer compilers refuse. Those of the build machine are newer ones as well.
pub(super) fn what_compilers_have_come_to_refuse(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let lines = script.said.lines();
        let errors: Vec<&str> = lines.filter(|line| line.contains(": error: ")).collect();
        let mark = |name: &str| format!("[-W{name}]");
        let is_said = |name: &&&str| errors.iter().any(|line| line.contains(&mark(name)));
        let names: Vec<_> = REFUSED.iter().filter(is_said).collect();
        if names.is_empty() {
            return None;
        }
        let options: Vec<String> = names
            .iter()
            .map(|name| format!("-Wno-error={name}"))
            .collect();
        let flags = failure.flags("CFLAGS", script.built_for);
        let hint = format!(
            "the compiler refuses C code that older ones warned of: `{flags}=\"{}\"` has it warn again",
            options.join(" ")
        );
        Some(Found::by(names.into_iter().map(|name| mark(name)), hint))
    })
}

/// The words around the name of a type that C++ code uses without a declaration: GCC's, and clang's
/// at the end. For C they have other words.
const UNDECLARED: &[(&str, &str)] = &[
    (": error: '", "' does not name a type"),
    (": error: '", "' was not declared in this scope"),
    (": error: '", "' in namespace 'std' does not name a type"),
    (": error: '", "' is not a member of 'std'"),
    (": error: no type named '", "' in namespace 'std'"),
];

/// C++ code without `#include <cstdint>`. Headers of GCC's library included it up to GCC 12:
/// <https://gcc.gnu.org/gcc-13/porting_to.html#header-dep-changes>.
pub(super) fn types_of_cstdint(failure: &Failure<'_>) -> Option<Found> {
    // GCC adds this to an error.
    const NOTE: &str = "is defined in header '<cstdint>'";
    failure.scripts.iter().find_map(|script| {
        let mut lines = script.said.lines();
        let said = lines.find_map(|line| {
            // Quotes depend on the locale.
            let line = line.replace(['‘', '’'], "'");
            let mut names = UNDECLARED.iter().filter_map(|words| between(&line, *words));
            let name = names.find(|name| is_of_cstdint(name)).map(str::to_owned);
            name.or_else(|| line.contains(NOTE).then(|| "<cstdint>".to_owned()))
        })?;
        let flags = failure.flags("CXXFLAGS", script.built_for);
        let hint = format!(
            "C++ code uses types of `<cstdint>` and does not include it, as headers of older compilers did: `{flags}=\"-include cstdint\"` \
             includes it"
        );
        Some(Found::by([said], hint))
    })
}

/// Whether a type is one of the header's: <https://en.cppreference.com/w/cpp/header/cstdint>.
fn is_of_cstdint(name: &str) -> bool {
    let bare = name.strip_prefix('u').unwrap_or(name);
    let kind = bare
        .strip_prefix("int")
        .and_then(|it| it.strip_suffix("_t"));
    let Some(kind) = kind else {
        return false;
    };
    let bits = ["_fast", "_least"]
        .iter()
        .find_map(|speed| kind.strip_prefix(speed));
    ["8", "16", "32", "64"].contains(&bits.unwrap_or(kind)) || ["ptr", "max"].contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_known_by_who_says_so() {
        for (line, name) in [
            ("sh: 1: swig: not found", Some("swig")),
            ("./build.sh: 12: swig: not found", Some("swig")),
            ("bash: line 1: swig: command not found", Some("swig")),
            ("make[1]: yasm: No such file or directory", Some("yasm")),
            ("env: ‘python’: No such file or directory", Some("python")),
            ("checking for swig: not found", None),
            ("cat: python: No such file or directory", None),
            ("ls: cannot access 'node': No such file or directory", None),
            ("make: swig.mk: No such file or directory", Some("swig.mk")),
        ] {
            assert_eq!(missing(line, true), name, "{line}");
            assert_eq!(missing(line, false), None, "{line}");
        }
        for line in [
            "failed to execute command: No such file or directory (os error 2)\\nis `m4` not installed?",
            "Can't exec \"m4\": No such file or directory at /usr/share/autoconf/x.pm line 3.",
            "error occurred in cc-rs: failed to find tool \"m4\": No such file or directory (os error 2)",
        ] {
            assert_eq!(missing(line, false), Some("m4"), "{line}");
        }
    }
}
