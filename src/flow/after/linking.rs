//! Causes of failed links: the way in which flags have rustc call the linker, and the directories
//! in which the linker looks for libraries.

use std::path::Path;

use super::failure::{Failure, Found, NO_WORDS, has_packages};
use super::headers;
use super::kept::For;
use super::output::between;
use super::tables::{LIBRARIES, MISSING};
use crate::target::ObjectFormat;

/// A linker that rustc calls as one of another kind, or without GCC, which knows the directories of
/// the C library. <https://doc.rust-lang.org/rustc/codegen-options/#linker-flavor>
pub(super) fn a_linker_that_is_called_otherwise(failure: &Failure<'_>) -> Option<Found> {
    const LLD: &str = "`-C link-arg=-fuse-ld=lld` has GCC start the toolchain's own lld";
    let row = failure.after.row;
    row.filter(|row| row.object_format() == Some(ObjectFormat::Elf))?;
    let by_flavor = || {
        let said = failure.says(&[
            "error: unrecognized command-line option '--as-needed'",
            "error: unrecognized command-line option '--eh-frame-hdr'",
        ])?;
        let hint = format!(
            "flags for rustc have it speak to GCC as to a linker: leave the flavor of the linker out, or name the linker as well; {LLD}"
        );
        Some(Found::by([said], hint))
    };
    let by_itself = || {
        failure.says(&["unable to find library -lc\n"])?;
        let said = failure.says(&["linking with `rust-lld` failed"])?;
        let hint =
            format!("`rust-lld` by itself does not know where the target's C library is: {LLD}");
        Some(Found::by([said], hint))
    };
    by_flavor().or_else(by_itself)
}

/// Options of LLD that GNU's linker does not have, from `ld.lld --help` of LLVM 22 and
/// GNU's 2.44, less those of few projects. A number may stand directly behind the last.
const OF_LLD: &[&str] = &[
    "--Bsymbolic-non-weak-functions",
    "--call-graph-ordering-file",
    "--call-graph-profile-sort",
    "--color-diagnostics",
    "--icf",
    "--ignore-data-address-equality",
    "--ignore-function-address-equality",
    "--keep-unique",
    "--no-color-diagnostics",
    "--no-warn-symbol-ordering",
    "--optimize-bb-jumps",
    "--pack-dyn-relocs",
    "--print-icf-sections",
    "--print-symbol-order",
    "--shuffle-sections",
    "--symbol-ordering-file",
    "--thinlto-cache-dir",
    "--thinlto-cache-policy",
    "--thinlto-jobs",
    "--threads",
    "--time-trace",
    "--warn-backrefs",
    "--why-extract",
    "--lto-O",
];

/// What a project asks the linker for and only LLD can do. Since Rust 1.90, plain cargo links with
/// LLD for `x86_64-unknown-linux-gnu`: <https://blog.rust-lang.org/2025/09/18/Rust-1.90.0/>.
pub(super) fn what_only_lld_takes(failure: &Failure<'_>) -> Option<Found> {
    const OPTION: (&str, &str) = (": unrecognized option '", "'");
    const TAGS: &str = "anonymous version tag cannot be combined with other version tags";
    let row = failure.after.row;
    row.filter(|row| row.object_format() == Some(ObjectFormat::Elf))?;
    let errors = failure.errors.iter();
    let mut errors = errors.filter(|error| error.built_for == For::Target);
    let (what, said) = errors.find_map(|error| {
        let option = error.text.lines().find_map(|line| {
            let said = between(line, OPTION)?;
            let name = said.split('=').next().unwrap_or(said);
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
            OF_LLD.iter().find(|option| **option == name)
        });
        if let Some(option) = option {
            return Some((format!("has no `{option}`"), *option));
        }
        // The linker's command is part of the error. LLD refuses such tags in a single script, too.
        let has_two = error.text.matches("-version-script").count() > 1;
        let what = "takes no version script beside rustc's own".to_owned();
        (has_two && error.text.contains(TAGS)).then_some((what, TAGS))
    })?;
    let hint = format!(
        "GNU's linker {what}, but LLD does: `-C link-arg=-fuse-ld=lld` beside the project's flags for rustc takes LLD"
    );
    Some(Found::by([said], hint))
}

/// Libraries of the build machine, whose directories the linker was told to search.
pub(super) fn libraries_of_this_machine(failure: &Failure<'_>) -> Option<Found> {
    const PLACES: &[&str] = &[
        "/lib/",
        "/lib64/",
        "/usr/lib/",
        "/usr/lib64/",
        "/usr/local/lib/",
    ];
    let errors = failure.errors.iter();
    let mut errors = errors.filter(|error| error.built_for == For::Target);
    let said = errors.find_map(|error| {
        let skipped = PLACES
            .iter()
            .map(|place| format!("skipping incompatible {place}"));
        skipped.into_iter().find(|words| error.text.contains(words))
    })?;
    let hint = "the linker looks for libraries among those of the machine that builds: leave out the `-L` of flags for rustc, or the \
        `rustc-link-search` of a build script, that names such a directory; the target's own are found without";
    Some(Found::by([said], hint))
}

/// A sysroot that flags name for another compiler of the target. Ours has its own, and the linker
/// then looks for the files that the C library's linker script names outside of both.
pub(super) fn another_sysroot(failure: &Failure<'_>) -> Option<Found> {
    const OPTION: &str = "--sysroot=";
    const WORDS: &[&str] = &["-ld: cannot find /", "lld: error: cannot open /"];
    const LIBRARY: &str = "/libc.so.6: No such file";
    failure.after.row?;
    let errors = failure.errors.iter();
    let mut errors = errors.filter(|error| error.built_for == For::Target);
    errors.find(|error| {
        let named = error.text.split(OPTION).skip(1);
        let mut named = named.filter_map(|rest| rest.split(['"', ',', ' ']).next());
        let is_told = error
            .text
            .lines()
            .any(|line| line.contains(LIBRARY) && WORDS.iter().any(|words| line.contains(words)));
        // A directory that is there is the user's own, and meant to be used.
        is_told && named.any(|dir| !failure.has_path(Path::new(dir)))
    })?;
    let whose = if failure.after.isolated {
        "the image's"
    } else {
        "the toolchain's"
    };
    let hint = format!(
        "{whose} compiler has a sysroot of its own: leave `--sysroot` out of the flags for the linker"
    );
    Some(Found::by([LIBRARY], hint))
}

/// The name of the library that an error of a linker's reports missing, and the words before it.
pub(super) fn missed(text: &str) -> Option<(&'static str, &str)> {
    MISSING.iter().find_map(|(before, behind)| {
        let (_, rest) = text.split_once(before)?;
        Some((*before, rest.split(*behind).next()?))
    })
}

/// A library in a part that the image was made without: no crate in the lock file calls a compiler,
/// or `parts` leaves it out.
pub(super) fn a_part_of_images(failure: &Failure<'_>) -> Option<Found> {
    let row = failure.row_of_image()?;
    let errors = failure.errors.iter();
    let errors = errors.filter(|error| error.built_for == For::Target);
    let scripts = failure.scripts.iter();
    let scripts = scripts.filter(|script| script.built_for == For::Target);
    let texts = errors
        .map(|error| error.text.as_str())
        .chain(scripts.map(|script| script.said.as_str()));
    let mut lines = texts.flat_map(str::lines);
    let (said, part) = lines.find_map(|line| {
        let (said, library) = missed_of_part(line)?;
        Some((said, failure.after.parts.lacking(row, library)?))
    })?;
    let hint = format!(
        "the image was made without the part `{0}`, which this needs: `parts = [\"{0}\"]` below `[target.{1}]` adds it",
        part.name, failure.after.target
    );
    Some(Found::by([said], hint))
}

/// The missing library or header that a line names, and the name of the library that has it. C++'s
/// own headers are the only ones whose names have no extension.
fn missed_of_part(line: &str) -> Option<(&str, &str)> {
    let has_no_extension = |name: &&str| {
        name.chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
    };
    let header = headers::named(line).filter(has_no_extension);
    header
        .map(|header| (header, "stdc++"))
        .or_else(|| missed(line).map(|(_, library)| (library, library)))
}

/// A missing library whose package is installed. If the link asks for a static one, few of Debian's
/// packages have it. GNU's linker asks the user whether that is there.
pub(super) fn a_static_library(failure: &Failure<'_>) -> Option<Found> {
    failure.errors.iter().find_map(|error| {
        let (_, name) = missed(&error.text)?;
        let (name, package) = LIBRARIES.iter().find(|(known, _)| *known == name)?;
        let said = format!("have you installed the static version of the {name} library");
        let is_asked = error.text.contains(&said) && failure.is_installed(package, error.built_for);
        let hint = format!(
            "Debian's `{package}`, which `pre-build` installs, has no static `lib{name}`: link the shared one, as features of crates let you"
        );
        is_asked.then(|| Found::by([said], hint))
    })
}

/// A missing library that the tables do not have.
pub(super) fn any_library_for_the_linker(failure: &Failure<'_>) -> Option<Found> {
    let row = failure.row_of_image()?;
    let errors = failure.errors.iter();
    let mut missed = errors.filter_map(|error| Some((error, missed(&error.text)?.1)));
    let (error, _) = missed.find(|(error, name)| {
        let package = LIBRARIES.iter().find(|(known, _)| known == name);
        !package.is_some_and(|(_, package)| failure.is_installed(package, error.built_for))
    })?;
    let suffix = match error.built_for {
        For::Target if !has_packages(row) => {
            let hint = "the linker finds a library nowhere, and Debian has none for this target: name the directory of one of your own by \
                `cargo:rustc-link-search` in a build script";
            return Some(Found::by(NO_WORDS, hint));
        }
        For::Target if !row.is_native() => {
            format!(", with `:{}` behind its name", row.package_architecture())
        }
        _ => String::new(),
    };
    let hint = format!(
        "the linker finds a library nowhere: let `pre-build` install the package of Debian's that has it{suffix}, or name the directory of one \
         of your own by `cargo:rustc-link-search` in a build script"
    );
    Some(Found::by(NO_WORDS, hint))
}
