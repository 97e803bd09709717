//! Failed build scripts whose output also has what they only tried, and causes that are certain
//! whatever else is said.

use crate::fixture::Fixture;
use crate::heard::fails;

/// The hint of a build whose script fails with this output. Empty if there is none.
fn hint(said: &str) -> String {
    let fixture = Fixture::new();
    fails(&fixture, "some-sys", said);
    hint_of(&fixture)
}

/// The hint of a build that fails.
fn hint_of(fixture: &Fixture) -> String {
    let ran = fixture.build().run();
    ran.code(101);
    let mut hints = ran.stderr.lines().filter(|line| line.starts_with("hint"));
    let hint = hints.next().unwrap_or_default().to_owned();
    assert_eq!(hints.next(), None, "{ran}");
    hint
}

/// The error of the crate `pkg-config`, as a script prints it, with the output of pkgconf.
const TRIED: &str = "pkg-config exited with status code 1\n\
    > PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --libs --cflags libusb-1.0\n\n\
    pkg-config output:\n\
    Package libusb-1.0 was not found in the pkg-config search path.\n\
    Perhaps you should add the directory containing `libusb-1.0.pc'\n\
    to the PKG_CONFIG_PATH environment variable\n\
    Package 'libusb-1.0', required by 'virtual:world', not found\n\n\
    The system library `libusb-1.0` required by crate `some-sys` was not found.\n\
    The file `libusb-1.0.pc` needs to be installed and the PKG_CONFIG_PATH environment variable must contain its parent directory.\n\
    The PKG_CONFIG_PATH environment variable is not set.\n\n\
    HINT: if you have installed the library, try setting PKG_CONFIG_PATH to the directory containing `libusb-1.0.pc`.\n";

#[test]
fn a_library_that_a_script_only_tried_is_not_the_cause() {
    for (behind, is_cause) in [
        // The script ends there, or says in its own words that it needs the library.
        ("", true),
        (
            "thread 'main' (7) panicked at build.rs:9:5:\nUnable to find libusb-1.0\nnote: run with `RUST_BACKTRACE=1`",
            true,
        ),
        (
            "thread 'main' panicked at build.rs:9:5:\nexplicit panic",
            true,
        ),
        ("Error: \"pkg_config failed\"", true),
        (
            "Make sure you also have the development packages installed.\n\n$HOST = x86_64-unknown-linux-gnu",
            true,
        ),
        // Programs that the script has started did not find the library.
        (
            "CMake Error at /usr/share/cmake-3.31/Modules/FindPkgConfig.cmake:645 (message):\n  \
             The following required packages were not found:\n\n   - libusb-1.0\n\n\
             thread 'main' panicked at cmake-0.1.58/src/lib.rs:1132:5:\n\n\
             command did not execute successfully, got: exit status: 1\n\nbuild script failed, must exit now",
            true,
        ),
        // The script goes on without the library, and fails for another reason.
        (
            "x.c:1:1: error: expected ';' before '}' token\n\
             error occurred in cc-rs: command did not execute successfully (status code exit status: 1)",
            false,
        ),
        (
            "error occurred in cc-rs: command did not execute successfully (status code exit status: 1)",
            false,
        ),
        (
            "CMake Error at CMakeLists.txt:1 (cmake_minimum_required):\n  Compatibility with CMake < 3.5 has been removed from CMake.\n\
             thread 'main' panicked at cmake-0.1.58/src/lib.rs:1132:5:\n\n\
             command did not execute successfully, got: exit status: 1\n\nbuild script failed, must exit now",
            false,
        ),
        (
            "thread 'main' panicked at build.rs:9:5:\nassertion failed: sources.is_dir()",
            false,
        ),
        (
            "thread 'main' panicked at build.rs:9:5:\ncalled `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
            false,
        ),
        ("Error: \"the download of the sources failed\"", false),
        ("Error: \"the download of libusb-1.0 failed\"", false),
        // It compiles the library itself.
        (
            "libusb-1.0/core.c:1:1: error: expected ';' before '}' token\nError: \"failed to compile libusb-1.0\"",
            false,
        ),
        (
            "thread 'main' panicked at build.rs:9:5:\nfailed to install libusb-1.0: exit status: 2",
            false,
        ),
        (
            "make: *** [Makefile:2: x.o] Error 1\nError: \"make failed: exit status: 2\"",
            false,
        ),
    ] {
        let hint = hint(&format!("{TRIED}{behind}"));
        assert_eq!(
            hint.contains("the library `libusb-1.0`"),
            is_cause,
            "{behind}: {hint}"
        );
        assert_eq!(hint.is_empty(), !is_cause, "{behind}: {hint}");
        // A library that the tables do not have.
        let other = TRIED.replace("libusb-1.0", "of-my-own");
        let behind = behind.replace("libusb-1.0", "of-my-own");
        let told = self::hint(&format!("{other}{behind}"));
        assert_eq!(
            told.contains("the package of Debian's that has the `.pc` file"),
            is_cause,
            "{behind}: {told}"
        );
        assert_eq!(told.is_empty(), !is_cause, "{behind}: {told}");
    }
}

/// A module of Python's is tried like a library.
#[test]
fn a_module_that_a_script_only_tried_is_not_the_cause() {
    const TRIED: &str =
        "Traceback (most recent call last):\nModuleNotFoundError: No module named 'jinja2'\n";
    for (behind, is_cause) in [
        (
            "thread 'main' panicked at build.rs:9:5:\npython3 failed: exit status: 1",
            true,
        ),
        ("make: *** [Makefile:2: x.h] Error 1", true),
        (
            "CMake Error at CMakeLists.txt:9 (message):\n  the Python module jinja2 is required",
            true,
        ),
        ("configure: error: Python needs the module jinja2", true),
        (
            "x.c:1:1: error: expected ';' before '}' token\n\
             error occurred in cc-rs: command did not execute successfully (status code exit status: 1)",
            false,
        ),
        (
            "x.o: undefined reference to `f'\nmake: *** [Makefile:2: x] Error 1",
            false,
        ),
    ] {
        let hint = hint(&format!("{TRIED}{behind}"));
        assert_eq!(
            hint.contains("Python module `jinja2`"),
            is_cause,
            "{behind}: {hint}"
        );
        assert_eq!(hint.is_empty(), !is_cause, "{behind}: {hint}");
    }
}

/// What came before it went on, so it was not the last.
#[test]
fn a_script_that_tries_one_library_may_miss_another() {
    for (behind, words) in [
        (
            "x.c:1:10: fatal error: uuid/uuid.h: No such file or directory\ncompilation terminated.\n\n\
             error occurred in cc-rs: command did not execute successfully (status code exit status: 1)",
            "the header `uuid/uuid.h`",
        ),
        (
            "failed to execute command: No such file or directory (os error 2)\nis `meson` not installed?",
            "no program `meson`",
        ),
        (
            "thread 'main' panicked at build.rs:9:5:\nUnable to find libclang: \"the `libclang` shared library could not be opened\"",
            "no libclang is there",
        ),
    ] {
        let hint = hint(&format!("{TRIED}{behind}"));
        assert!(hint.contains(words), "{behind}: {hint}");
    }
}

#[test]
fn a_full_disk_and_a_killed_compiler_come_before_what_may_be_missing() {
    const FULL: &str = "hint: no space is left on the disk";
    const KILLED: &str = "hint: a compiler or linker was killed";
    for (said, words) in [
        ("cc1: fatal error: x.s: No space left on device", FULL),
        (
            "LLVM ERROR: IO failure on output stream: No space left on device",
            FULL,
        ),
        ("tar: x: Cannot write: Disk quota exceeded", FULL),
        (
            "collect2: fatal error: ld terminated with signal 7 [Bus error]",
            FULL,
        ),
        (
            "gcc: fatal error: Killed signal terminated program cc1plus",
            KILLED,
        ),
        ("clang: error: unable to execute command: Killed", KILLED),
        (
            "error occurred in cc-rs: command did not execute successfully (status code signal: 9 (SIGKILL))",
            KILLED,
        ),
        (
            "cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes",
            KILLED,
        ),
        ("virtual memory exhausted: Cannot allocate memory", KILLED),
        ("LLVM ERROR: out of memory", KILLED),
    ] {
        for before in [TRIED, "is `meson` not installed?\n", ""] {
            let hint = hint(&format!("{before}{said}"));
            assert!(hint.starts_with(words), "{before}{said}: {hint}");
        }
    }
}

/// The output of CMake and of the crate `cmake` about a directory that is empty.
const NO_LISTS: &str = "CMake Error: The source directory \"/p/vendor/x\" does not appear to contain CMakeLists.txt.\n\
    Specify --help for usage, or press the help button on the CMake GUI.\n\
    thread 'main' panicked at cmake-0.1.58/src/lib.rs:1132:5:\n\n\
    command did not execute successfully, got: exit status: 1\n\nbuild script failed, must exit now";

#[test]
fn a_submodule_that_was_not_fetched_is_named() {
    const LIST: &str = "[submodule \"x\"]\n\tpath = vendor/x\n\turl = https://example.com/x\n";
    const NO_SOURCE: &str = "cc1: fatal error: vendor/x/x.c: No such file or directory\ncompilation terminated.\n\n\
        error occurred in cc-rs: command did not execute successfully (status code exit status: 1)";
    for (said, list, file, is_named) in [
        (NO_LISTS, LIST, "", true),
        (NO_SOURCE, LIST, "", true),
        // There is no such submodule, it has files, or the error is about something else.
        (NO_LISTS, "", "", false),
        (NO_LISTS, LIST, "vendor/x/README", false),
        (
            "cc1: fatal error: y.c: No such file or directory\nexit status: 1",
            LIST,
            "",
            false,
        ),
    ] {
        let fixture = Fixture::new();
        fixture.directory("project/vendor/x");
        fixture.file(".gitmodules", list);
        if !file.is_empty() {
            fixture.file(file, "");
        }
        fails(&fixture, "hello", said);
        let hint = hint_of(&fixture);
        let told = "hint: the git submodule `vendor/x` has no files: `git submodule update --init --recursive` fetches them";
        assert_eq!(hint, if is_named { told } else { "" }, "{said}");
    }
}

#[test]
fn code_for_another_processor_is_told_from_what_is_missing() {
    const FAILED: &str = "error occurred in cc-rs: command did not execute successfully (status code exit status: 1)";
    for (said, what) in [
        (
            "x.c:1:10: fatal error: immintrin.h: No such file or directory",
            "the header `immintrin.h`",
        ),
        (
            "cc1: error: unrecognized command-line option '-msse4.2'",
            "an option for the compiler",
        ),
    ] {
        let hint = hint(&format!("{said}\ncompilation terminated.\n\n{FAILED}"));
        let told = format!(
            "hint: {what} is for another processor than the target's: a build script has to ask for"
        );
        assert!(hint.starts_with(&told), "{said}: {hint}");
        // The script went on.
        assert_eq!(self::hint(&format!("{said}\nno luck")), "");
    }
}

/// These are read-only with `read-only = false` as well, so that the setting is no help.
#[test]
fn what_stays_read_only_is_not_the_project() {
    for (said, is_told) in [
        (
            "error: could not lock config file .git/config: Read-only file system",
            false,
        ),
        (
            "fatal: cannot open '/p/.git/FETCH_HEAD': Read-only file system",
            false,
        ),
        (
            "cp: cannot create regular file 'src/x.rs': Read-only file system",
            true,
        ),
    ] {
        let hint = hint(said);
        assert_eq!(
            hint.contains("`read-only = false`"),
            is_told,
            "{said}: {hint}"
        );
        assert_eq!(hint.is_empty(), !is_told, "{said}: {hint}");
    }
}

/// CMake's own files for its packages. It breaks its lines anywhere.
#[test]
fn a_package_of_cmakes_is_named_where_it_is_required() {
    const TEXT: &str = "(find_package):\n  By not providing \"FindRapidJSON.cmake\" in CMAKE_MODULE_PATH this project has\n  \
        asked CMake to find a package configuration file provided by \"RapidJSON\",\n  but CMake did not find one.\n\n  \
        Could not find a package configuration file provided by\n  \"RapidJSON\" with any of the following names:\n\n    \
        RapidJSONConfig.cmake\n    rapidjson-config.cmake\n";
    const FAILED: &str = "thread 'main' panicked at cmake-0.1.58/src/lib.rs:1132:5:\n\n\
        command did not execute successfully, got: exit status: 1\n\nbuild script failed, must exit now";
    for (kind, name, package) in [
        ("Error", "RapidJSON", "--yes rapidjson-dev:arm64"),
        ("Error", "zstd", "--yes libzstd-dev:arm64"),
        ("Error", "OfMyOwn", ""),
        // The project goes on without it, and something else is an error.
        ("Warning", "RapidJSON", ""),
    ] {
        let text = TEXT.replace("RapidJSON", name);
        let hint = hint(&format!(
            "CMake {kind} at CMakeLists.txt:3 {text}\n{FAILED}"
        ));
        assert!(
            hint.contains(package) && hint.is_empty() == package.is_empty(),
            "{kind}, {name}: {hint}"
        );
    }
    let boost = "CMake Error at /usr/share/cmake-3.31/Modules/FindPackageHandleStandardArgs.cmake:233 (message):\n  \
        Could NOT find Boost (missing: Boost_INCLUDE_DIR)";
    let hint = hint(&format!("{boost}\n{FAILED}"));
    assert!(hint.contains("--yes libboost-dev:arm64"), "{hint}");
}
