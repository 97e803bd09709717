//! Options that name files and directories, as a table: the container gets what they name.
//!
//! An option is in the table if its command runs in the container and the option names something
//! that may be outside the project, or in the project at a place to which the container cannot
//! write. [`PATHS`] has the options of commands, [`BEHIND`] those of the programs to which commands
//! pass arguments.

use super::{Flag, Meaning, Value};

/// What a command does with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Reads a file, or all files of a directory.
    Reads,
    /// Reads the file behind the colon: `NAME:PATH`.
    ReadsBehindColon,
    /// Writes a file.
    Writes(Around),
    /// Writes a file if the command's first argument is this one. Otherwise reads it.
    WritesFor(&'static str),
    /// Writes files in a directory.
    Fills(Around),
    /// Writes files in the directory `target` of a directory.
    FillsTarget,
    /// Writes the files of a list: `KIND=PATH,KIND=PATH`.
    WritesList,
    /// Writes a file, or a file in the directory if the path is one or ends with a slash.
    WritesOrFills(Around),
}

/// The directory that is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// The command makes the directory if it is missing.
    Made,
    /// The directory has to exist.
    There,
}

/// An option of a program to which a command passes the arguments behind its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Behind {
    /// The option with its dashes. Empty for the last argument.
    pub(crate) option: &'static str,
    pub(crate) does: Use,
}

use Around::{Made, There};
use Use::{
    Fills, FillsTarget, Reads, ReadsBehindColon, Writes, WritesFor, WritesList, WritesOrFills,
};

/// An option that is given with its dashes.
pub(super) const fn path(option: &'static str, short: Option<char>, does: Use) -> Flag {
    let (_, name) = option.as_bytes().split_at(2);
    let Ok(long) = std::str::from_utf8(name) else {
        panic!("options are ASCII")
    };
    Flag {
        long,
        short,
        value: Value::Required,
        meaning: Meaning::Path(option, does),
    }
}

const fn behind(option: &'static str, does: Use) -> Behind {
    Behind { option, does }
}

/// The options of commands.
pub(crate) const PATHS: &[(&str, &[Flag])] = &[
    // <https://github.com/pacak/cargo-show-asm>
    ("asm", &[path("--file", None, Reads)]),
    // <https://docs.rs/crate/cargo-chef/latest/source/src/main.rs>
    ("chef", &[path("--recipe-path", None, WritesFor("prepare"))]),
    // <https://bheisler.github.io/criterion.rs/book/cargo_criterion/configuring_cargo_criterion.html>
    (
        "criterion",
        &[path("--criterion-manifest-path", None, Reads)],
    ),
    // <https://github.com/kornelski/cargo-deb>
    ("deb", &[path("--output", Some('o'), WritesOrFills(Made))]),
    // <https://rust-fuzz.github.io/book/cargo-fuzz.html>
    ("fuzz", &[path("--fuzz-dir", None, Fills(There))]),
    // <https://github.com/taiki-e/cargo-llvm-cov/tree/main/docs>
    (
        "llvm-cov",
        &[
            path("--archive-file", None, WritesFor("nextest-archive")),
            path("--output-dir", None, Fills(Made)),
            path("--output-path", None, Writes(There)),
        ],
    ),
    // <https://mutants.rs/mutants-out.html>, <https://mutants.rs/in-diff.html>
    (
        "mutants",
        &[
            path("--in-diff", Some('D'), Reads),
            path("--output", Some('o'), Fills(Made)),
        ],
    ),
    // <https://nexte.st/docs/ci-features/archiving/>, <https://nexte.st/docs/configuration/>
    (
        "nextest",
        &[
            path("--archive-file", None, WritesFor("archive")),
            path("--binaries-metadata", None, Reads),
            path("--build-dir-remap", None, Reads),
            path("--cargo-metadata", None, Reads),
            path("--config-file", None, Reads),
            path("--extract-to", None, FillsTarget),
            path("--target-dir-remap", None, Reads),
            path("--tool-config-file", None, ReadsBehindColon),
            path("--user-config-file", None, Reads),
            path("--workspace-remap", None, Reads),
        ],
    ),
    // <https://github.com/obi1kenobi/cargo-semver-checks>
    (
        "semver-checks",
        &[
            path("--baseline-root", None, Reads),
            path("--baseline-rustdoc", None, Reads),
            path("--current-rustdoc", None, Reads),
        ],
    ),
    // <https://github.com/xd009642/tarpaulin>
    ("tarpaulin", &[path("--output-dir", None, Fills(Made))]),
];

/// The options of programs to which commands pass arguments.
pub(crate) const BEHIND: &[(&str, &[Behind])] = &[
    // The last argument is the file. <https://llvm.org/docs/CommandGuide/llvm-objcopy.html>
    ("objcopy", &[behind("", Writes(There))]),
    // <https://doc.rust-lang.org/rustc/command-line-arguments.html>
    (
        "rustc",
        &[behind("--emit", WritesList), behind("-o", Writes(There))],
    ),
    // <https://doc.rust-lang.org/rustdoc/command-line-arguments.html>
    (
        "rustdoc",
        &[
            behind("--extend-css", Reads),
            behind("--html-after-content", Reads),
            behind("--html-before-content", Reads),
            behind("--html-in-header", Reads),
            behind("--theme", Reads),
        ],
    ),
    // <https://llvm.org/docs/CommandGuide/llvm-strip.html>
    ("strip", &[behind("-o", Writes(There))]),
];
