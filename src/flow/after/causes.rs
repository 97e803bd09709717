//! The list of all causes of failed builds, and those causes that rustc's errors show.

use super::absent;
use super::autotools;
use super::failure::{Failure, Found, NO_WORDS};
use super::flags;
use super::glibc;
use super::headers;
use super::kept::For;
use super::languages;
use super::linking;
use super::pkg_config;
use super::processors;
use super::scripts;
use super::submodules;
use super::tables::{LIBRARIES, OPENSSL, SCRIPTS};
use super::variables;
use super::writing;
use crate::cargo::config::variable;
use crate::target::Row;

/// The causes, the surest first. Each function returns the hint if the failure has its cause.
const CAUSES: &[fn(&Failure<'_>) -> Option<Found>] = &[
    // These say so themselves. Anything may fail in consequence.
    a_full_disk,
    a_killed_compiler,
    a_linker_that_is_not_installed,
    a_linker_of_flags,
    linking::another_sysroot,
    flags::a_file,
    bitcode_for_a_linker,
    submodules::without_files,
    pkg_config::a_library,
    scripts::a_program_that_is_missing,
    languages::a_module,
    absent::a_directory,
    absent::a_program,
    autotools::a_program_of_configure,
    autotools::a_macro,
    absent::a_file,
    scripts::libclang,
    processors::of_another_kind,
    linking::a_part_of_images,
    headers::a_header,
    headers::a_library_of_cmake,
    headers::a_program_of_cmake,
    // This comes after what the image lacks: such a message may also name a variable that could be
    // set.
    variables::that_was_kept_back,
    a_library_of_a_build_script,
    scripts::an_llvm,
    scripts::a_program_that_configure_runs,
    scripts::a_libclang_that_is_linked,
    linking::a_linker_that_is_called_otherwise,
    linking::what_only_lld_takes,
    linking::libraries_of_this_machine,
    objects_for_another_machine,
    a_library_for_the_linker,
    linking::a_static_library,
    atomics_of_odd_sizes,
    glibc::another_than_that_of_the_start_files,
    glibc::what_a_processor_can_do,
    glibc::a_function_of_a_newer_one,
    glibc::a_library_for_a_newer_one,
    names_for_large_files,
    scripts::types_for_large_files,
    scripts::what_compilers_have_come_to_refuse,
    scripts::types_of_cstdint,
    a_linker_that_is_not_used,
    writing::a_directory_of_a_variable,
    writing::a_read_only_project,
    pkg_config::any_library,
    absent::any_program,
    linking::any_library_for_the_linker,
    tests_that_were_to_write,
    what_could_not_be_fetched,
];

/// The hint for a failure, if its cause is recognised.
pub(super) fn find(failure: &Failure<'_>) -> Option<Found> {
    CAUSES.iter().find_map(|cause| cause(failure))
}

fn a_linker_that_is_not_used(failure: &Failure<'_>) -> Option<Found> {
    let said = failure.says(&["linking with `"])?;
    Some(Found::by([said], failure.after.linkers.first()?))
}

fn a_linker_that_is_not_installed(failure: &Failure<'_>) -> Option<Found> {
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
    let told = LINKERS.iter().find_map(|(name, words)| {
        let said = failure.says(words)?;
        Some((*name, said))
    });
    // GCC 14 has this message for each linker. rustc's error has the command with the linker's
    // name.
    let called = || {
        let said = failure.says(&["cannot find 'ld'"])?;
        let names = ["lld", "mold", "gold"];
        let mut names = names.into_iter();
        let name = names.find(|name| failure.says(&[&format!("-fuse-ld={name}\"")]).is_some())?;
        Some((name, said))
    };
    let (name, said) = told.or_else(called)?;
    let hint = if name == "gold" {
        "there is no linker `gold`, which binutils have given up: `-fuse-ld=lld` takes the toolchain's own".to_owned()
    } else if !failure.after.isolated {
        failure.has_no(&format!("linker `{name}`"), name)?
    } else {
        let line = failure.install(name, For::Build)?;
        format!("the image has no linker `{name}`: {line} adds it")
    };
    Some(Found::by([said], hint))
}

/// A missing linker that flags for rustc or cargo's options name.
fn a_linker_of_flags(failure: &Failure<'_>) -> Option<Found> {
    failure.row_of_image()?;
    let said = failure.errors.iter().find_map(|error| {
        let name = error.text.strip_prefix("linker `")?.split('`').next()?;
        Some(format!("linker `{name}` not found")).filter(|said| error.text.starts_with(said))
    })?;
    let hint = "the image has no linker of that name, which flags for rustc or an option give: without it the image's own is taken, \
        and `pre-build` can install another";
    Some(Found::by([said], hint))
}

/// Bitcode of `-C linker-plugin-lto` that the linker cannot read:
/// <https://doc.rust-lang.org/rustc/linker-plugin-lto.html>.
fn bitcode_for_a_linker(failure: &Failure<'_>) -> Option<Found> {
    let words = [".rcgu.o: file not recognized", ".rcgu.o: Invalid record"];
    let said = failure.says(&words)?;
    let hint = "this linker cannot read what `-C linker-plugin-lto` or `-C embed-bitcode` lets rustc write: `-C link-arg=-fuse-ld=lld` \
        takes the toolchain's own";
    Some(Found::by([said], hint))
}

/// A missing library, recognised by the name of the failed build script, and by its output if that
/// is known. It comes after surer causes, as the script may have failed for another reason.
fn a_library_of_a_build_script(failure: &Failure<'_>) -> Option<Found> {
    const WORDS: &[&str] = &[
        "was not found",
        "ould not find",
        "annot find",
        "id not find",
        // From libgssapi-sys.
        "no MIT or Heimdal gssapi library found",
    ];
    failure.scripts.iter().find_map(|script| {
        if !script.said.is_empty() && !WORDS.iter().any(|words| script.said.contains(words)) {
            return None;
        }
        let (name, package) = SCRIPTS.iter().find(|(name, _)| *name == script.package)?;
        let native = failure.after.row.is_some_and(Row::is_native);
        if *name == OPENSSL && (native || script.built_for == For::Target) {
            return None;
        }
        let what = format!("the library of `{name}`");
        let hint = failure.lacks(&what, package, script.built_for)?;
        Some(Found::by(NO_WORDS, hint))
    })
}

fn a_library_for_the_linker(failure: &Failure<'_>) -> Option<Found> {
    failure.errors.iter().find_map(|error| {
        let (before, name) = linking::missed(&error.text)?;
        let (name, package) = LIBRARIES.iter().find(|(known, _)| *known == name)?;
        let hint = failure.lacks(&format!("`lib{name}`"), package, error.built_for)?;
        Some(Found::by([format!("{before}{name}")], hint))
    })
}

fn atomics_of_odd_sizes(failure: &Failure<'_>) -> Option<Found> {
    const CALLS: &str = "undefined reference to `__atomic_";
    const LOCKS: &str = "libatomic.a(lock.o)";
    // The C library for static programs is an archive, into which the linker looks once more only
    // if it is named behind libatomic.
    let is_archive = |row: &&Row| row.glibc_floor().is_none() && row.triple.contains("-linux-");
    let (more, words) = match failure.after.row.filter(is_archive) {
        Some(_) => (" -C link-arg=-lc", &[CALLS, LOCKS][..]),
        None => ("", &[CALLS][..]),
    };
    let said = failure.says(words)?;
    let flags = variable(&format!("target.{}.rustflags", failure.after.target));
    let hint = format!(
        "C code needs libatomic for atomics that this processor lacks: `{flags}=\"-C link-arg=-latomic{more}\"`"
    );
    Some(Found::by([said], hint))
}

/// Names that musl lacks since 1.2.4, and that BSD never had:
/// <https://musl.libc.org/releases.html>.
fn names_for_large_files(failure: &Failure<'_>) -> Option<Found> {
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
    if failure.after.row?.glibc_floor().is_some() {
        return None;
    }
    let (name, said) = failure.misses(NAMES.iter().copied())?;
    let target = &failure.after.target;
    let hint = format!(
        "the C library of `{target}` has no `{name}` beside the plain name: `cargo update` brings crates that do without"
    );
    Some(Found::by([said.trim_end()], hint))
}

fn objects_for_another_machine(failure: &Failure<'_>) -> Option<Found> {
    // The last is from lld. The others are from GNU's linker, about objects and archives.
    const WORDS: &[[&str; 2]] = &[
        [": file in wrong format", ""],
        [": Relocations in generic ELF (EM: ", ""],
        ["skipping incompatible ", "cannot find -l"],
        ["lld: error: ", " is incompatible with "],
    ];
    let errors = failure.errors.iter();
    let mut errors = errors.filter(|error| error.built_for == For::Target);
    let [said, _] = errors.find_map(|error| {
        let says = |words: &&[&str; 2]| words.iter().all(|word| error.text.contains(word));
        WORDS.iter().find(says)
    })?;
    let target = failure.after.target.replace('-', "_");
    let hint = format!(
        "what is linked has objects for another machine: a build script has to compile with what `CC_{target}` names, \
         and the project must not have objects of the host's"
    );
    Some(Found::by([*said], hint))
}

fn a_full_disk(failure: &Failure<'_>) -> Option<Found> {
    // The last is a linker's whose output is mapped into its memory.
    const WORDS: &[&str] = &[
        "No space left on device",
        "Disk quota exceeded",
        "ld terminated with signal 7 [Bus error]",
    ];
    let said = failure.says_anywhere(WORDS)?;
    let hint =
        "no space is left on the disk with the target directory, or in the container's `/tmp`";
    Some(Found::by([said], hint))
}

/// Messages about a killed compiler or linker, or about memory that it did not get: of GCC's
/// driver, clang's, the crate `cc`, rustc, GCC itself, GNU's linker and LLVM.
fn a_killed_compiler(failure: &Failure<'_>) -> Option<Found> {
    const WORDS: &[&str] = &[
        "Killed signal terminated program ",
        "internal compiler error: Killed",
        "ld terminated with signal 9",
        "error: unable to execute command: Killed",
        "did not execute successfully (status code signal: 9 (SIGKILL))",
        "failed: signal: 9 (SIGKILL)",
        ": out of memory allocating ",
        "virtual memory exhausted: ",
        "final link failed: memory exhausted",
        "LLVM ERROR: out of memory",
    ];
    let said = failure.says_anywhere(WORDS)?;
    let hint = "a compiler or linker was killed, as the system does when memory is used up: `--jobs 1` needs less of it";
    Some(Found::by([said], hint))
}

/// Tests that the user asked to write expected files. Their output is not known, but the whole
/// build succeeded.
fn tests_that_were_to_write(failure: &Failure<'_>) -> Option<Found> {
    if !failure.is_elsewhere() {
        return None;
    }
    let variable = failure.after.writer.as_ref()?;
    let hint = format!(
        "`{variable}` asks tests to write to the project, which the container cannot: `read-only = false` below `[build]` lets it"
    );
    Some(Found::by(NO_WORDS, hint))
}

/// Dependencies that the host's cargo could not fetch. Cargo in the container then asks the
/// registry, and advises to configure a token, which the user has on the host.
fn what_could_not_be_fetched(failure: &Failure<'_>) -> Option<Found> {
    (failure.unfetched && failure.is_elsewhere()).then(|| {
        let hint = "the host's cargo has to fetch what the build needs, for only it has your tokens: what it said first may be the cause";
        Found::by(NO_WORDS, hint)
    })
}
