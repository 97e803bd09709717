//! Builds that fail because glibc is too old for them.

use super::failure::{Failure, Found};
use super::kept::For;
use crate::target::Row;
use cross_base::version::Version;

/// The functions that glibc has got since the version that most targets have, by the second number
/// of the version that has them first. They were listed from its symbols:
/// `nm -D --with-symbol-versions libc.so.6`.
const FUNCTIONS: &[(u32, &[&str])] = &[
    (
        32,
        &[
            "sigabbrev_np",
            "sigdescr_np",
            "strerrordesc_np",
            "strerrorname_np",
        ],
    ),
    (33, &["mallinfo2"]),
    (
        34,
        &[
            "_Fork",
            "close_range",
            "closefrom",
            "execveat",
            "posix_spawn_file_actions_addclosefrom_np",
            "timespec_getres",
        ],
    ),
    (
        35,
        &["epoll_pwait2", "posix_spawn_file_actions_addtcsetpgrp_np"],
    ),
    (
        36,
        &[
            "arc4random",
            "arc4random_buf",
            "arc4random_uniform",
            "c8rtomb",
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "mbrtoc8",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "pidfd_getfd",
            "pidfd_open",
            "pidfd_send_signal",
            "process_madvise",
            "process_mrelease",
        ],
    ),
    (38, &["strlcat", "strlcpy", "wcslcat", "wcslcpy"]),
    (39, &["pidfd_getpid", "pidfd_spawn", "pidfd_spawnp"]),
    (41, &["sched_getattr", "sched_setattr"]),
];

/// A symbol of glibc for 64-bit POWER since 2.23. GCC's libraries refer to it, so that they are not
/// linked with an older glibc. <https://sourceware.org/glibc/wiki/Release/2.23>
pub(super) fn what_a_processor_can_do(failure: &Failure<'_>) -> Option<Found> {
    let said = failure.says(&["undefined reference to `__parse_hwcap_and_convert_at_platform"])?;
    let target = &failure.after.target;
    let hint = format!(
        "C++ that asks what the processor can do, as `std::random_device` does, needs glibc 2.23: `--target {target}.2.23`"
    );
    Some(Found::by([said], hint))
}

/// The version to ask for if a program needs this one. Versions up to that with which the newer
/// glibc is used give the row's own, which is older. None if the newest is not new enough.
fn to_ask_for(row: &'static Row, needed: &Version) -> Option<Version> {
    let from = row.family().newer_glibc.as_ref()?.from.parse().ok()?;
    let version = needed.max(&from);
    let newest = row.for_glibc(Some(version)).glibc()?;
    (newest >= *version).then(|| version.clone())
}

/// A function that a newer glibc has. C code may call it without a header that declares it.
pub(super) fn a_function_of_a_newer_one(failure: &Failure<'_>) -> Option<Found> {
    let row = failure.after.row?;
    row.glibc_floor()?;
    let all = FUNCTIONS.iter().flat_map(|(_, names)| *names);
    let (name, said) = failure.misses(all.copied())?;
    let (minor, _) = FUNCTIONS.iter().find(|(_, names)| names.contains(&name))?;
    let version = to_ask_for(row, &format!("2.{minor}").parse().ok()?)?;
    let target = &failure.after.target;
    let hint = format!(
        "`{name}` came with glibc 2.{minor}: `--target {target}.{version}` has it, and results then need systems with a glibc that new"
    );
    Some(Found::by([said.trim_end()], hint))
}

/// A library or an object that was compiled with a newer glibc.
pub(super) fn a_library_for_a_newer_one(failure: &Failure<'_>) -> Option<Found> {
    let row = failure.after.row?;
    let floor: Version = row.glibc_floor()?.parse().ok()?;
    let errors = failure.errors.iter();
    let errors = errors.filter(|error| error.built_for == For::Target);
    let needed = errors
        .flat_map(|error| versions_missed(&error.text))
        .max()?;
    let needs = format!("a library needs glibc {needed}");
    // If it is not newer than the target's own, an older one was asked for.
    let version = if needed <= floor {
        Some(needed)
    } else {
        to_ask_for(row, &needed)
    };
    let hint = match version {
        None => format!("{needs}, and results for this target may need no glibc that new"),
        Some(version) => {
            let target = &failure.after.target;
            format!("{needs}: `--target {target}.{version}` has it, and results then may need it")
        }
    };
    Some(Found::by(MISSED, hint))
}

/// Start files of one glibc, linked with another from 2.34 on, which has no such function any more.
/// <https://sourceware.org/glibc/wiki/Release/2.34>
pub(super) fn another_than_that_of_the_start_files(failure: &Failure<'_>) -> Option<Found> {
    failure.after.row?.glibc_floor()?;
    let (_, said) = failure.misses(["__libc_csu_init"].into_iter())?;
    let hint = "the linker takes another glibc than the target's: leave out the option for it (`-L`, `--sysroot`) that names a directory of \
        the system's";
    Some(Found::by([said.trim_end()], hint))
}

/// How a linker begins to say that it lacks a symbol. GNU's linker says it with a quote, and for a
/// symbol of a library with the version behind it; LLVM's has no quotes.
const MISSED: [&str; 2] = ["undefined reference to `", "undefined symbol: "];

/// The versions of glibc whose symbols a link lacks.
fn versions_missed(text: &str) -> impl Iterator<Item = Version> {
    text.lines().filter_map(|line| {
        let symbol = MISSED.iter().find_map(|words| line.split_once(words))?.1;
        // Headers of glibc 2.38 and newer let C code call these.
        if symbol.starts_with("__isoc23_") {
            return "2.38".parse().ok();
        }
        let version = symbol.split_once("@GLIBC_")?.1;
        let end = version.find(|c: char| !c.is_ascii_digit() && c != '.');
        version[..end.unwrap_or(version.len())].parse().ok()
    })
}
