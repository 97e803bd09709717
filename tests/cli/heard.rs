//! Output of failed build scripts. `cross` runs the build once more to read it.

use crate::fixture::{AARCH64, Fixture};

/// Makes the build script of a package fail on each run with this output, as cargo shows it.
pub(crate) fn fails(fixture: &Fixture, package: &str, said: &str) {
    fails_for(AARCH64, fixture, package, said);
}

/// The same in a build for a target.
pub(crate) fn fails_for(target: &str, fixture: &Fixture, package: &str, said: &str) {
    let said = said.replace('\n', "\n  ");
    let error = format!(
        "error: failed to run custom build command for `{package} v1.2.3`\n\nCaused by:\n  \
         process didn't exit successfully: `/t/build-script-build` (exit status: 101)\n  --- stderr\n  {said}\n\
         warning: build failed, waiting for other jobs to finish...\n"
    );
    fixture.write("said", &error);
    fixture.write(
        "leaves",
        &format!(
            "file=\"$dir/{target}/debug/build/{package}-0123456789abcdef/invoked.timestamp\"\n\
             /bin/mkdir -p \"${{file%/*}}\"\n: >\"$file\"\n/bin/cat \"$root/said\" >&2\n"
        ),
    );
    fixture.write("run-exits", "101\n101\n");
}

/// Outputs of build scripts, each with a part of the hint for it. An empty text stands for no hint.
const SAID: &[(&str, &str)] = &[
    (
        "The system library `libseccomp` required by crate `x` was not found.",
        "hint: the image lacks the library `libseccomp` for the target: `pre-build = [\"dpkg --add-architecture arm64 && \
             apt-get update && apt-get install --yes libseccomp-dev:arm64\"]` below `[target.aarch64-unknown-linux-gnu]` adds it",
    ),
    (
        "Package libusb-1.0 was not found in the pkg-config search path.",
        "libusb-1.0-0-dev:arm64",
    ),
    (
        "The system library `of-my-own` required by crate `x` was not found.",
        "",
    ),
    // The output also shows the command line of pkg-config.
    (
        "pkg-config exited with status code 1\n> pkg-config --libs fuse 'fuse >= 2.6.0'\n\
         The system library `fuse` required by crate `fuser` was not found.",
        "libfuse-dev:arm64",
    ),
    (
        "Package 'fuse' has version '2.5', required version is '>= 2.6'",
        "",
    ),
    (
        "pkg-config exited with status code 1\nPackage of-my-own was not found in the pkg-config search path.",
        "hint: pkg-config finds a library for the target nowhere: let `pre-build` install the package of Debian's that has the `.pc` file, \
         with `:arm64` behind its name",
    ),
    (
        "pkg-config exited with status code 1\nPackage of-my-own was not found in the pkg-config search path.\nx.c:1: error: other",
        "",
    ),
    (
        "sh: 1: swig: not found\nswig failed: exit status: 127",
        "hint: the image has no program `swig`: `pre-build = [\"apt-get update && apt-get install --yes swig\"]` below",
    ),
    (
        "make: yasm: No such file or directory\nmake: *** [all] Error 127",
        "no program `yasm`",
    ),
    ("is `meson` not installed?", "no program `meson`"),
    // The script may only have tried whether the program exists.
    ("sh: 1: swig: not found\nno compiler: exit status: 1", ""),
    (
        "sh: 1: of-my-own: not found\nexit status: 127",
        "hint: a build script starts a program that the image has not: `pre-build` below `[target.aarch64-unknown-linux-gnu]` can",
    ),
    ("sh: 1: ./of-my-own: not found\nexit status: 127", ""),
    (
        "sh: 1: ip: not found\nexit status: 127",
        "no program `ip`: `pre-build = [\"apt-get update && apt-get install --yes iproute2\"]`",
    ),
    (
        "ModuleNotFoundError: No module named 'jinja2'\nexit status: 1",
        "hint: the image has no Python module `jinja2`: `pre-build = [\"apt-get update && apt-get install --yes python3-jinja2\"]` \
             below `[target.aarch64-unknown-linux-gnu]` adds it",
    ),
    (
        "Can't locate Text/Template.pm in @INC (you may need to install the Text::Template module)\nexit status: 2",
        "hint: the image has no Perl module `Text/Template.pm`: `pre-build = [\"apt-get update && apt-get install --yes libtext-template-perl\"]`",
    ),
    ("ModuleNotFoundError: No module named 'of_my_own'", ""),
    ("Unable to find libclang: \"x\"", "`libclang-dev`"),
    // An error in bindgen's words, then GCC's errors as the crate `cc` and make show them.
    (
        "wrapper.h:1:10: fatal error: 'security/pam_appl.h' file not found\nthread 'main' panicked at build.rs:70:10:\n\
         Unable to generate bindings: ClangDiagnostic(\"wrapper.h:1:10: fatal error: 'security/pam_appl.h' file not found\\n\")",
        "hint: the image lacks the header `security/pam_appl.h` for the target: `pre-build = [\"dpkg --add-architecture arm64 && \
             apt-get update && apt-get install --yes libpam0g-dev:arm64\"]` below",
    ),
    (
        "x.c:1:10: fatal error: uuid/uuid.h: No such file or directory\ncompilation terminated.\n\n\
         error occurred in cc-rs: command did not execute successfully (status code exit status: 1)",
        "uuid-dev:arm64",
    ),
    (
        "x.c:1:10: fatal error: pcap.h: No such file or directory\nmake: *** [Makefile:2: x.o] Error 1",
        "libpcap-dev:arm64",
    ),
    (
        "CMake Error at /usr/share/cmake-3.31/Modules/FindPackageHandleStandardArgs.cmake:233 (message):\n  \
         Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\nthread 'main' panicked at src/lib.rs:1132:5:\n\n\
         command did not execute successfully, got: exit status: 1\n\nbuild script failed, must exit now",
        "hint: the image lacks the library `ZLIB` for the target: `pre-build = [\"dpkg --add-architecture arm64 && \
             apt-get update && apt-get install --yes zlib1g-dev:arm64\"]` below",
    ),
    // A library that CMake looked for but does not require.
    (
        "-- Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\nthread 'main' panicked at src/lib.rs:1132:5:\n\n\
         command did not execute successfully, got: exit status: 1",
        "",
    ),
    (
        "failed to spawn `\"flatc\" \"--version\"`: No such file or directory (os error 2)",
        "no program `flatc`",
    ),
    // A header of the project's own, and a header that a script only tried.
    (
        "x.c:1:10: fatal error: of-my-own.h: No such file or directory\nmake: *** [Makefile:2: x.o] Error 1",
        "",
    ),
    (
        "x.c:1:10: fatal error: pcap.h: No such file or directory\nthread 'main' panicked at build.rs:1:2:\nassertion failed",
        "",
    ),
    (
        "Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }",
        "hint: the container cannot write to sources: `read-only = false`",
    ),
    (
        "write error: No space left on device",
        "hint: no space is left on the disk",
    ),
    (
        "gcc: fatal error: Killed signal terminated program cc1",
        "when memory is used up: `--jobs 1`",
    ),
    (
        "cargo:warning=x.c:1:1: error: implicit declaration of function 'g' [-Wimplicit-function-declaration]",
        "`CFLAGS_aarch64_unknown_linux_gnu=\"-Wno-error=implicit-function-declaration\"`",
    ),
    ("x.c:1:1: warning: y [-Wimplicit-function-declaration]", ""),
    // A hint for this error exists, but only for targets with another C library than glibc.
    ("x.c:3:1: error: unknown type name 'off64_t'", ""),
    (
        "could not run `meson`: No such file or directory (os error 2)",
        "hint: the image has no program `meson`: `pre-build = [\"apt-get update && apt-get install --yes meson\"]` below",
    ),
    ("gfortran is required", "no program `gfortran`"),
    // Each of cross's images has `cmake`, so something else was not found.
    (
        "could not run `cmake`: No such file or directory (os error 2)",
        "",
    ),
    // The crate opencv tries two names of the library.
    (
        "Package opencv4 was not found in the pkg-config search path.\n\
         The system library `opencv4` required by crate `opencv` was not found.\n\
         The system library `opencv` required by crate `opencv` was not found.\n\
         stdout: \"OpenCV not found.\\n\"",
        "hint: the image lacks the library `opencv` for the target: `pre-build = [\"dpkg --add-architecture arm64 && \
             apt-get update && apt-get install --yes libopencv-dev:arm64\"]` below",
    ),
    (
        "configure: error: in `/t/out':\nconfigure: error: cannot run test program while cross compiling\nSee `config.log' for more details",
        "hint: `configure` runs no programs of the target's: `passthrough = [\"NAME=VALUE\"]` below `[build.env]`, with the variable that its \
             test is called by, tells it what they would find",
    ),
    ("configure: error: no acceptable C compiler", ""),
    ("meson is missing, going on\nit failed", ""),
];

#[test]
fn what_a_failed_build_script_says_is_heard() {
    for (said, hint) in SAID {
        let fixture = Fixture::new();
        fails(&fixture, "some-sys", said);
        let ran = fixture.build().run();
        ran.code(101);
        let hints: Vec<_> = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("hint"))
            .collect();
        if hint.is_empty() {
            assert!(hints.is_empty(), "{said}: {hints:?}");
        } else {
            assert!(
                hints.len() == 1 && hints[0].contains(hint),
                "{said}: {hints:?}"
            );
        }
        // The caller sees the output of the first run only.
        assert_eq!(ran.stderr.matches("error: failed to run").count(), 1);
    }
}

/// A panic of a build script whose message lacks the name of the missing file or program. Only the
/// source has it.
const NOT_FOUND: &str = "thread 'main' (46) panicked at build.rs:2:5:\ncalled `Result::unwrap()` on an `Err` value: \
    Os { code: 2, kind: NotFound, message: \"No such file or directory\" }\nnote: run with `RUST_BACKTRACE=1`";

#[test]
fn what_a_call_of_a_build_script_did_not_find_is_in_its_source() {
    let near = "volumes = [\"DATA=[ROOT]/outside/data.txt\"]` below `[build.env]`";
    for (call, hint) in [
        ("Command::new(\"tclsh\").status()", "install --yes tcl\"]`"),
        (
            "Command::new(\"of-my-own\").status()",
            "hint: a build script starts `of-my-own`, which the image has not: `pre-build` below `[target.aarch64-unknown-linux-gnu]` can",
        ),
        // The image has this program, so something else was not found.
        ("Command::new(\"cmake\").status()", ""),
        ("fs::read(\"../outside/data.txt\")", near),
        ("fs::read(\"[ROOT]/outside/data.txt\")", near),
        ("fs::read(\"../outside/none.txt\")", ""),
        ("fs::read(\"Cargo.toml\")", ""),
        // A project asks for this file, which holds keys, so no hint suggests to mount it.
        ("fs::read(\"[ROOT]/home/.ssh/id\")", ""),
    ] {
        let fixture = Fixture::new();
        let root = fixture.root.to_str().unwrap();
        fixture.write("outside/data.txt", "");
        fixture.write("home/.ssh/id", "");
        let call = call.replace("[ROOT]", root);
        fixture.file(
            "build.rs",
            &format!("fn main() {{\n    let found = {call}\n    .unwrap();\n}}\n"),
        );
        let said = NOT_FOUND.replace(":2:5:", ":3:6:");
        fails(&fixture, "some-sys", &said);
        let ran = fixture.build().run();
        ran.code(101);
        let has_hint = ran.stderr.contains("hint: ");
        let hint = hint.replace("[ROOT]", root);
        assert!(
            ran.stderr.contains(&hint) && has_hint != hint.is_empty(),
            "{call}: {ran}"
        );
    }
}

/// The build directory still has the output of the script's last successful run.
#[test]
fn a_build_script_that_has_ended_well_before_may_fail_too() {
    let fixture = Fixture::new();
    fails(&fixture, "some-sys", "Read-only file system");
    let leaves = fixture.read("leaves");
    let output = "/bin/cp -p \"$root/said\" \"${file%/*}/output\"\n";
    fixture.write("leaves", &(leaves + output));
    std::thread::sleep(std::time::Duration::from_millis(50));
    fixture
        .build()
        .run()
        .code(101)
        .says("hint: the container cannot write");
}

/// `read-only` concerns the project alone. If a build script starts its own cargo, that cargo
/// cannot write to cargo's home, which the key does not change.
#[test]
fn a_home_of_cargos_that_is_read_only_is_not_the_project() {
    for (dir, is_told) in [("home/.cargo/registry", false), ("project/src", true)] {
        let fixture = Fixture::new();
        let path = fixture.directory(dir);
        let path = path.display();
        let said = format!(
            "error: failed to open `{path}/x.crate`\n\nCaused by:\n  Read-only file system (os error 30)"
        );
        fails(&fixture, "hello", &said);
        let ran = fixture.build().run();
        let has_hint = ran
            .code(101)
            .stderr
            .contains("hint: the container cannot write");
        assert_eq!(has_hint, is_told, "{dir}: {ran}");
    }
}

#[test]
fn a_variable_that_a_script_or_its_source_misses_is_named() {
    let panics = "thread 'main' (1) panicked at build.rs:2:38:\ncalled `Result::unwrap()` on an `Err` value: NotPresent";
    for (said, is_told) in [
        (panics, true),
        (
            "thread 'main' (1) panicked at build.rs:3:1:\nMY_KEY must be set",
            true,
        ),
        ("MY_KEY must be set, but not now\nfailed", false),
        (
            "thread 'main' (1) panicked at build.rs:3:1:\nNotPresent",
            false,
        ),
    ] {
        let fixture = Fixture::new();
        fixture.file(
            "build.rs",
            "fn main() {\n    let key = std::env::var(\"MY_KEY\").unwrap();\n}\n",
        );
        fails(&fixture, "hello", said);
        let ran = fixture.build().env("MY_KEY", "1").run();
        let hint = "hint: the build asks for `MY_KEY`, which is set here and was kept back: `passthrough = [\"MY_KEY\"]` below";
        assert_eq!(
            ran.code(101).stderr.contains(hint),
            is_told,
            "{said}: {ran}"
        );
        assert_eq!(ran.stderr.contains("hint: "), is_told, "{said}: {ran}");
    }
}

/// If the target's programs need libclang, they need the target's library, not the one that
/// `libclang-dev` adds for this machine.
#[test]
fn a_libclang_to_link_with_is_told_where_build_scripts_need_it() {
    let said = "couldn't find any valid shared libraries matching: ['libclang.so', 'libclang-*.so'], set the `LIBCLANG_PATH`";
    for (dir, hint) in [
        (format!("{AARCH64}/debug"), ""),
        ("debug".to_owned(), "`libclang-dev`"),
    ] {
        let fixture = Fixture::new();
        fails(&fixture, "clang-sys", said);
        let leaves = fixture.read("leaves");
        fixture.write("leaves", &leaves.replace(&format!("{AARCH64}/debug"), &dir));
        let ran = fixture.build().run();
        let has_hint = ran.code(101).stderr.contains("hint: ");
        assert!(
            ran.stderr.contains(hint) && has_hint != hint.is_empty(),
            "{dir}: {ran}"
        );
    }
}

/// A script of a crate with such a name may fail for any reason, so only output about the library
/// counts.
#[test]
fn a_script_that_looks_for_no_library_is_taken_at_its_word() {
    for (name, said, hint) in [
        (
            "alsa-sys",
            "could not find alsa",
            "hint: the image lacks the library of `alsa-sys`",
        ),
        (
            "mysqlclient-sys",
            "Did not find a compatible version of libmysqlclient.",
            "default-libmysqlclient-dev:arm64",
        ),
        (
            "libgssapi-sys",
            "no MIT or Heimdal gssapi library found. Set LIBGSSAPI_IMPL",
            "libkrb5-dev:arm64",
        ),
        (
            "krb5-src",
            "configure: error: Cannot test for constructor/destructor support when cross compiling\n\
             set krb5_cv_attr_constructor_destructor={yes|no} in the environment to skip this test",
            "`passthrough = [\"krb5_cv_attr_constructor_destructor=yes,yes\", \"ac_cv_func_regcomp=yes\", \
             \"ac_cv_printf_positional=yes\"]`",
        ),
        ("alsa-sys", "assertion failed", ""),
    ] {
        let fixture = Fixture::new();
        fails(&fixture, name, said);
        let ran = fixture.build().run();
        let has_hint = ran.code(101).stderr.contains("hint: ");
        assert!(
            ran.stderr.contains(hint) && has_hint != hint.is_empty(),
            "{said}: {ran}"
        );
    }
}

/// The second run must do nothing but fail again.
#[test]
fn only_a_build_of_cargos_is_heard_again() {
    let said = "Read-only file system";
    let fixture = Fixture::new();
    let runs = |line: &str| {
        fails(&fixture, "some-sys", said);
        let ran = fixture.cross(line).run();
        ran.code(101).calls_of("docker run")
    };
    let again = runs(&format!("check --target {AARCH64}"));
    assert_eq!(again.len(), 2);
    assert!(again[1].contains(" timeout -k 1 5 "), "{}", again[1]);
    // The second run builds programs and tests, but does not run them.
    for (line, building) in [
        ("run --bin hello x", "build --bin hello"),
        ("run -- --flag", "build"),
        ("test --lib", "test --lib --no-run"),
    ] {
        let (command, rest) = line.split_once(' ').unwrap();
        let again = runs(&format!("{command} --target {AARCH64} {rest}"));
        assert_eq!(again.len(), 2, "{line}");
        let words: Vec<&str> = building.split(' ').collect();
        let told = again[1].rsplit_once(" timeout ").expect("limited").1;
        let told: Vec<&str> = told.split_whitespace().collect();
        let begin = told.iter().position(|word| *word == words[0]);
        let told = told.into_iter().skip(begin.expect("a command"));
        let told: Vec<&str> = told
            .filter(|w| !["--target", AARCH64].contains(w))
            .collect();
        assert_eq!(told, words, "{line}");
    }
    for line in ["fix", "clippy --fix", "hack build"] {
        assert_eq!(
            runs(&format!("{line} --target {AARCH64}")).len(),
            1,
            "{line}"
        );
    }
}

/// A daemon would follow a symbolic link that the first run has left at a mount's place.
#[test]
fn nothing_is_heard_again_through_a_link() {
    let fixture = Fixture::new();
    fixture.directory("project/target/release");
    fails(&fixture, "some-sys", "Read-only file system");
    let leaves = fixture.read("leaves");
    let link =
        "cd \"$root/project/target\"\n/bin/rmdir release && /bin/ln -s \"$root/home\" release\n";
    fixture.write("leaves", &(leaves + link));
    let ran = fixture.build().run();
    let runs = ran.code(101).calls_of("docker run");
    assert!(runs[0].contains("/target/release,readonly"), "{ran}");
    assert_eq!(runs.len(), 1, "{ran}");
}
