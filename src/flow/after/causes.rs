//! Causes of failed builds that what cargo keeps gives away, and what to do about them.

use std::time::SystemTime;

use super::kept::{CompilerError, FailedScript, For, Kept};
use super::message;
use crate::cargo::config::variable;
use crate::plan::after::After;
use crate::target::Row;

/// Packages of crates whose build scripts look for a C library and fail without it, and Debian's package that has it.
/// OpenSSL for the target is in every image of a project that needs it.
const SCRIPTS: &[(&str, &str)] = &[
    ("alsa-sys", "libasound2-dev"),
    ("atk-sys", "libatk1.0-dev"),
    ("cairo-sys-rs", "libcairo2-dev"),
    ("gdk-pixbuf-sys", "libgdk-pixbuf-2.0-dev"),
    ("gdk-sys", "libgtk-3-dev"),
    ("gdk4-sys", "libgtk-4-dev"),
    ("gio-sys", "libglib2.0-dev"),
    ("glib-sys", "libglib2.0-dev"),
    ("gobject-sys", "libglib2.0-dev"),
    ("gstreamer-sys", "libgstreamer1.0-dev"),
    ("gtk-sys", "libgtk-3-dev"),
    ("gtk4-sys", "libgtk-4-dev"),
    ("javascriptcore-rs-sys", "libjavascriptcoregtk-4.1-dev"),
    ("libdbus-sys", "libdbus-1-dev"),
    ("libgssapi-sys", "libkrb5-dev"),
    ("libpulse-sys", "libpulse-dev"),
    ("libspa-sys", "libpipewire-0.3-dev"),
    ("libsystemd-sys", "libsystemd-dev"),
    ("libudev-sys", "libudev-dev"),
    (OPENSSL, "libssl-dev"),
    ("pango-sys", "libpango1.0-dev"),
    ("pipewire-sys", "libpipewire-0.3-dev"),
    ("soup3-sys", "libsoup-3.0-dev"),
    ("tss-esapi-sys", "libtss2-dev"),
    ("webkit2gtk-sys", "libwebkit2gtk-4.1-dev"),
    ("x11", "libx11-dev"),
    ("yeslogic-fontconfig-sys", "libfontconfig-dev"),
];
const OPENSSL: &str = "openssl-sys";

/// Libraries by which a linker fails, and Debian's packages.
#[rustfmt::skip]
const LIBRARIES: &[(&str, &str)] = &[
    ("acl", "libacl1-dev"), ("asound", "libasound2-dev"), ("blkid", "libblkid-dev"), ("bz2", "libbz2-dev"),
    ("cap", "libcap-dev"), ("crypto", "libssl-dev"), ("curl", "libcurl4-openssl-dev"), ("dbus-1", "libdbus-1-dev"),
    ("elf", "libelf-dev"), ("ffi", "libffi-dev"), ("fontconfig", "libfontconfig-dev"), ("freetype", "libfreetype-dev"),
    ("fuse", "libfuse-dev"), ("fuse3", "libfuse3-dev"), ("git2", "libgit2-dev"), ("gmp", "libgmp-dev"),
    ("jack", "libjack-dev"), ("lz4", "liblz4-dev"), ("lzma", "liblzma-dev"), ("mariadb", "libmariadb-dev"),
    ("mysqlclient", "default-libmysqlclient-dev"), ("ncurses", "libncurses-dev"), ("ncursesw", "libncurses-dev"),
    ("numa", "libnuma-dev"), ("pam", "libpam0g-dev"), ("pcap", "libpcap-dev"), ("pq", "libpq-dev"),
    ("pulse", "libpulse-dev"), ("readline", "libreadline-dev"), ("seccomp", "libseccomp-dev"),
    ("selinux", "libselinux1-dev"), ("sodium", "libsodium-dev"), ("sqlite3", "libsqlite3-dev"), ("ssh2", "libssh2-1-dev"),
    ("ssl", "libssl-dev"), ("systemd", "libsystemd-dev"), ("tinfo", "libncurses-dev"), ("udev", "libudev-dev"),
    ("usb-1.0", "libusb-1.0-0-dev"), ("uuid", "uuid-dev"), ("X11", "libx11-dev"), ("xcb", "libxcb1-dev"),
    ("xkbcommon", "libxkbcommon-dev"), ("xml2", "libxml2-dev"), ("z", "zlib1g-dev"), ("zmq", "libzmq3-dev"),
    ("zstd", "libzstd-dev"),
];

/// What a linker says before and behind the name of a library that it does not find: GNU's, lld, mold.
const MISSING: &[(&str, &[char])] = &[
    ("cannot find -l", &[':', '\n', ' ']),
    ("unable to find library -l", &['\n', ' ']),
    ("library not found: ", &['\n', ' ']),
];

/// Everything that is looked at.
struct Failure<'a> {
    after: &'a After,
    scripts: Vec<FailedScript>,
    errors: Vec<CompilerError>,
}

/// The causes, the surest first: what is to be done, where a failure has that one.
const CAUSES: &[fn(&Failure<'_>) -> Option<String>] = &[
    a_variable_that_was_kept_back,
    a_linker_that_is_not_installed,
    a_library_of_a_build_script,
    objects_for_another_machine,
    a_library_for_the_linker,
    atomics_of_odd_sizes,
    a_newer_glibc,
    names_for_large_files,
    a_full_disk,
    a_linker_that_is_not_used,
    a_read_only_project,
];

/// What to do about a failure, where that is known.
pub(super) fn find(after: &After, kept: &Kept, began: SystemTime) -> Option<String> {
    let failure = Failure {
        after,
        scripts: kept.failed_scripts(began),
        errors: kept.compiler_errors(began),
    };
    CAUSES.iter().find_map(|cause| cause(&failure))
}

impl Failure<'_> {
    /// Whether rustc's errors say one of these.
    fn says(&self, words: &[&str]) -> bool {
        let mut errors = self.errors.iter();
        errors.any(|error| words.iter().any(|word| error.text.contains(word)))
    }

    /// The line that adds a package, where the image is one of ours.
    fn install(&self, package: &str, built_for: For) -> Option<String> {
        let row = self.after.row?;
        let add = "apt-get update && apt-get install --yes";
        let line = match built_for {
            _ if is_native(row) => format!("{add} {package}"),
            For::Build => format!("{add} {package}"),
            // Debian's packages are for glibc.
            For::Target if row.glibc_floor().is_none() => return None,
            For::Target => {
                let arch = row.package_architecture();
                if !RELEASED.contains(&arch.as_str()) {
                    return None;
                }
                format!("dpkg --add-architecture {arch} && {add} {package}:{arch}")
            }
        };
        Some(format!(
            "`pre-build = [\"{line}\"]` below `[target.{}]`",
            self.after.target
        ))
    }
}

/// The architectures of Debian 13, whose packages the images can have: its release notes, "Supported architectures".
const RELEASED: &[&str] = &[
    "amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x",
];

/// Whether what is built for the target and what runs at build time are for the same system.
fn is_native(row: &Row) -> bool {
    row.package_architecture() == "amd64" && row.glibc_floor().is_some()
}

fn a_variable_that_was_kept_back(failure: &Failure<'_>) -> Option<String> {
    let kept_back = failure.after.kept_back.iter();
    let mut missed = kept_back.filter(|variable| {
        let words = format!("environment variable `{}` not defined", variable.name);
        failure.says(&[&words])
    });
    let variable = missed.next()?;
    Some(message(&variable.name, variable.kind))
}

fn a_linker_that_is_not_used(failure: &Failure<'_>) -> Option<String> {
    let links = failure.says(&["linking with `"]);
    failure.after.linkers.first().filter(|_| links).cloned()
}

fn a_linker_that_is_not_installed(failure: &Failure<'_>) -> Option<String> {
    const LINKERS: &[(&str, &[&str])] = &[
        (
            "mold",
            &[
                "mold is not in this image",
                "invalid linker name in '-fuse-ld=mold'",
            ],
        ),
        (
            "lld",
            &[
                "cannot find 'ld.lld'",
                "invalid linker name in '-fuse-ld=lld'",
            ],
        ),
    ];
    let (name, _) = LINKERS.iter().find(|(_, words)| failure.says(words))?;
    let line = failure.install(name, For::Build)?;
    Some(format!("the image has no linker `{name}`: {line} adds it"))
}

fn a_library_of_a_build_script(failure: &Failure<'_>) -> Option<String> {
    failure.scripts.iter().find_map(|script| {
        let (name, package) = SCRIPTS.iter().find(|(name, _)| *name == script.package)?;
        let native = failure.after.row.is_some_and(is_native);
        if *name == OPENSSL && (native || script.built_for == For::Target) {
            return None;
        }
        missing(
            failure,
            &format!("the library of `{name}`"),
            package,
            script.built_for,
        )
    })
}

fn a_library_for_the_linker(failure: &Failure<'_>) -> Option<String> {
    failure.errors.iter().find_map(|error| {
        let name = MISSING.iter().find_map(|(before, behind)| {
            let (_, rest) = error.text.split_once(before)?;
            rest.split(*behind).next()
        })?;
        let (name, package) = LIBRARIES.iter().find(|(known, _)| *known == name)?;
        missing(failure, &format!("`lib{name}`"), package, error.built_for)
    })
}

fn missing(failure: &Failure<'_>, what: &str, package: &str, whose: For) -> Option<String> {
    let line = failure.install(package, whose)?;
    let whose = match whose {
        For::Target => "the target",
        For::Build => "the programs that run at build time",
    };
    Some(format!(
        "the image lacks {what} for {whose}: {line} adds it"
    ))
}

fn atomics_of_odd_sizes(failure: &Failure<'_>) -> Option<String> {
    let flags = variable(&format!("target.{}.rustflags", failure.after.target));
    failure
        .says(&["undefined reference to `__atomic_"])
        .then(|| {
            format!(
                "C code needs libatomic for atomics that this processor lacks: \
             `{flags}=\"-C link-arg=-latomic\"`"
            )
        })
}

fn a_newer_glibc(failure: &Failure<'_>) -> Option<String> {
    let floor = failure.after.row?.glibc_floor()?;
    let newer = ["undefined reference to `__isoc23_", "@GLIBC_2."];
    let mut errors = failure.errors.iter();
    let of_target = errors.any(|error| {
        error.built_for == For::Target && newer.iter().any(|word| error.text.contains(word))
    });
    (of_target).then(|| {
        format!("a library needs a newer glibc than {floor}, the newest that results for this target may need")
    })
}

/// musl has had none of them since 1.2.4, and BSD never had: <https://musl.libc.org/releases.html>.
fn names_for_large_files(failure: &Failure<'_>) -> Option<String> {
    const NAMES: &[&str] = &[
        "creat64",
        "fopen64",
        "fstat64",
        "fstatat64",
        "ftruncate64",
        "lseek64",
        "lstat64",
        "mmap64",
        "open64",
        "openat64",
        "pread64",
        "pwrite64",
        "readdir64",
        "stat64",
    ];
    let has_them = failure.after.row?.glibc_floor().is_some();
    let mut errors = failure.errors.iter();
    let name = errors.find_map(|error| {
        let lacks = |name: &&&str| {
            let gnu = error
                .text
                .contains(&format!("undefined reference to `{name}'"));
            gnu || error.text.contains(&format!("undefined symbol: {name}\n"))
        };
        NAMES
            .iter()
            .find(lacks)
            .filter(|_| error.built_for == For::Target)
    });
    name.filter(|_| !has_them).map(|name| {
        format!("the C library of `{}` has no `{name}` beside the plain name: `cargo update` brings crates that do without", failure.after.target)
    })
}

fn objects_for_another_machine(failure: &Failure<'_>) -> Option<String> {
    // GNU's linker has all but the last, of objects and of archives; lld has that.
    const WORDS: &[[&str; 2]] = &[
        [": file in wrong format", ""],
        [": Relocations in generic ELF (EM: ", ""],
        ["skipping incompatible ", "cannot find -l"],
        ["ld.lld: error: ", " is incompatible with "],
    ];
    let mut errors = failure.errors.iter();
    let links = errors.any(|error| {
        let says = |words: &[&str; 2]| words.iter().all(|word| error.text.contains(word));
        error.built_for == For::Target && WORDS.iter().any(says)
    });
    links.then(|| {
        let target = failure.after.target.replace('-', "_");
        format!(
            "what is linked has objects for another machine: a build script has to compile with what `CC_{target}` names, \
             and the project must not have objects of the host's"
        )
    })
}

fn a_full_disk(failure: &Failure<'_>) -> Option<String> {
    failure.says(&["No space left on device"]).then(|| {
        "no space is left on the disk with the target directory, or in the container's `/tmp`"
            .to_owned()
    })
}

fn a_read_only_project(failure: &Failure<'_>) -> Option<String> {
    failure.says(&["Read-only file system"]).then(|| {
        "the container cannot write to the project: `read-only = false` below `[build]` lets it"
            .to_owned()
    })
}
