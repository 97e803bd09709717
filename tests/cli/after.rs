//! What is said behind a run, from what cargo leaves in its build directory.

use crate::fixture::{AARCH64, Fixture};

/// Lets cargo leave a file with this text.
fn leaves(fixture: &Fixture, files: &[(&str, &str)]) {
    let lines = files.iter().map(|(path, text)| {
        let path = path.replace("TARGET", AARCH64);
        format!(
            "file=\"$dir/{path}\"\n/bin/mkdir -p \"${{file%/*}}\"\nprintf '%s\\n' '{text}' >\"$file\"\n"
        )
    });
    let script: String = lines.collect();
    fixture.write("leaves", &script);
}

const OUTPUT: &str = "TARGET/debug/build/some-sys-0123456789abcdef/output";
/// A build script that was started and has not ended well.
const FAILED_SCRIPT: &[(&str, &str)] = &[(
    "debug/build/openssl-sys-0123456789abcdef/invoked.timestamp",
    "",
)];
const NOTE: &str = "        Note the build asks for `SOME_SETTING`, which is set here and was kept back: \
    `passthrough = [\"SOME_SETTING\"]` below `[build.env]` passes it on\n";

#[test]
fn a_variable_that_a_build_script_asks_for_in_vain_is_named_once() {
    let fixture = Fixture::new();
    leaves(
        &fixture,
        &[(OUTPUT, "cargo::rerun-if-env-changed=SOME_SETTING")],
    );
    let build = || fixture.build().env("SOME_SETTING", "very-private");
    build().run().success().says_exactly(NOTE);
    build().run().success().says_exactly("");
    // All is built anew.
    fixture.remove("project/target");
    build().run().success().says_exactly(NOTE);
    build().arg("-v").run().success().says(NOTE.trim());
    fixture.remove("project/target");
    build().arg("-q").run().success().says_exactly("");
    // Neither set nor kept back.
    fixture.build().run().success().says_exactly("");
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['SOME_SETTING']\n",
    );
    build().run().success().says_exactly("");
}

/// What was built is looked at again where something was compiled, or where other variables are set.
#[test]
fn a_variable_that_is_set_later_is_named_too() {
    let fixture = Fixture::new();
    leaves(
        &fixture,
        &[(OUTPUT, "cargo::rerun-if-env-changed=SOME_SETTING")],
    );
    fixture.build().run().success().says_exactly("");
    fixture.remove("leaves");
    let build = || fixture.build().env("SOME_SETTING", "1").env("OTHER", "1");
    build().run().success().says_exactly(NOTE);
    // Nothing was compiled, as far as the directory tells.
    leaves(&fixture, &[(OUTPUT, "cargo::rerun-if-env-changed=OTHER")]);
    build().run().success().says_exactly("");
    leaves(
        &fixture,
        &[
            (OUTPUT, "cargo::rerun-if-env-changed=OTHER"),
            ("TARGET/debug/deps/x.d", ""),
        ],
    );
    build().run().success().says("asks for `OTHER`");
}

#[test]
fn a_variable_that_sources_read_is_named_whatever_it_holds() {
    let fixture = Fixture::new();
    let deps = "a.o: a.rs\n# env-dep:SOME_SETTING\n# env-dep:A_TOKEN\n# env-dep:A_DIR\n# env-dep:HOME\n# env-dep:CC";
    leaves(
        &fixture,
        &[("TARGET/debug/deps/hello-0123456789abcdef.d", deps)],
    );
    let build = fixture
        .build()
        .env("SOME_SETTING", "1")
        .env("A_TOKEN", "t")
        .env("A_DIR", "/srv")
        .env("CC", "clang");
    build.run().success().says_exactly(&format!(
        "        Note the build asks for `A_DIR`, which is set here and was kept back: it names a path of this \
         machine, and `passthrough = [\"A_DIR=PATH\"]` below `[build.env]` one of the container\n        \
         Note the build asks for `A_TOKEN`, which is set here and was kept back as a secret\n{NOTE}"
    ));
}

#[test]
fn what_a_container_leaves_leads_nowhere() {
    let fixture = Fixture::new();
    fixture.write(
        "secret/output",
        "cargo::rerun-if-env-changed=SOME_SETTING\n",
    );
    fixture.write(
        "leaves",
        "/bin/mkdir -p \"$dir/aarch64-unknown-linux-gnu/debug/build\"\n\
         /bin/ln -s \"$root/secret\" \"$dir/aarch64-unknown-linux-gnu/debug/build/a-1\"\n",
    );
    let build = fixture.build().env("SOME_SETTING", "1");
    build.run().success().says_exactly("");
}

#[test]
fn a_library_that_a_failed_build_script_looked_for_is_named() {
    let fixture = Fixture::new();
    leaves(&fixture, FAILED_SCRIPT);
    fixture.write("run-exits", "101\n");
    fixture.build().run().code(101).says_exactly(
        "hint: the image lacks the library of `openssl-sys` for the programs that run at build time: \
         `pre-build = [\"apt-get update && apt-get install --yes libssl-dev\"]` below \
         `[target.aarch64-unknown-linux-gnu]` adds it\n",
    );
}

/// What rustc says of a link that failed.
fn link_error(text: &str) -> String {
    format!(
        "{{\"message\":\"linking with `x` failed\",\"level\":\"error\",\"children\":[{{\"message\":\"{text}\",\"level\":\"note\"}}]}}"
    )
}

#[test]
fn a_cause_that_is_known_is_named_and_any_other_is_not() {
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    for (said, hint) in [
        (
            "/usr/bin/ld: cannot find -lasound: No such file",
            "`libasound` for the target: `pre-build = [\"dpkg --add-architecture arm64 && ",
        ),
        (
            "rust-lld: error: unable to find library -lasound",
            "apt-get install --yes libasound2-dev:arm64\"]`",
        ),
        ("/usr/bin/ld: cannot find -lof-my-own", ""),
        (
            "undefined reference to `__isoc23_strtol",
            "a newer glibc than 2.31",
        ),
        (
            "undefined reference to `__atomic_exchange_1",
            "-C link-arg=-latomic",
        ),
        (
            "gcc: mold is not in this image",
            "the image has no linker `mold`",
        ),
        ("undefined reference to `mine", ""),
    ] {
        let fixture = Fixture::new();
        leaves(&fixture, &[(print, &link_error(said))]);
        fixture.write("run-exits", "101\n");
        let ran = fixture.build().run();
        ran.code(101);
        if hint.is_empty() {
            ran.says_exactly("");
        } else {
            ran.says(hint);
        }
    }
}

#[test]
fn what_an_earlier_run_left_explains_no_later_failure() {
    let fixture = Fixture::new();
    leaves(&fixture, FAILED_SCRIPT);
    fixture.build().run().success().says_exactly("");
    fixture.remove("leaves");
    std::thread::sleep(std::time::Duration::from_millis(50));
    fixture.write("run-exits", "101\n");
    fixture.build().run().code(101).says_exactly("");
}

/// Lets the build script of a package fail for the target, which cargo shows each time.
fn fails(fixture: &Fixture, package: &str, said: &str) {
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
            "file=\"$dir/{AARCH64}/debug/build/{package}-0123456789abcdef/invoked.timestamp\"\n\
             /bin/mkdir -p \"${{file%/*}}\"\n: >\"$file\"\n/bin/cat \"$root/said\" >&2\n"
        ),
    );
    fixture.write("run-exits", "101\n101\n");
}

/// What scripts say, and a part of the hint that comes of it; nothing where there is none.
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
    (
        "sh: 1: swig: not found\nswig failed: exit status: 127",
        "hint: the image has no program `swig`: `pre-build = [\"apt-get update && apt-get install --yes swig\"]` below",
    ),
    (
        "make: yasm: No such file or directory\nmake: *** [all] Error 127",
        "no program `yasm`",
    ),
    ("is `meson` not installed?", "no program `meson`"),
    // A script may only try.
    ("sh: 1: swig: not found\nno compiler: exit status: 1", ""),
    ("sh: 1: of-my-own: not found\nexit status: 127", ""),
    ("Unable to find libclang: \"x\"", "`libclang-dev`"),
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
    // Of musl's.
    ("x.c:3:1: error: unknown type name 'off64_t'", ""),
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
        // The caller sees what the first run says, and no other.
        assert_eq!(ran.stderr.matches("error: failed to run").count(), 1);
    }
}

/// What it said when it last ended well is still there.
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

/// A script of this name may fail for any reason.
#[test]
fn a_script_that_looks_for_no_library_is_taken_at_its_word() {
    for (said, hint) in [
        (
            "could not find alsa",
            "hint: the image lacks the library of `alsa-sys`",
        ),
        ("assertion failed", ""),
    ] {
        let fixture = Fixture::new();
        fails(&fixture, "alsa-sys", said);
        let ran = fixture.build().run();
        let has_hint = ran.code(101).stderr.contains("hint: ");
        assert!(
            ran.stderr.contains(hint) && has_hint != hint.is_empty(),
            "{said}: {ran}"
        );
    }
}

/// What is run a second time comes to nothing else than to fail again.
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
    for line in [
        "-q build",
        "fix",
        "clippy --fix",
        "hack build",
        "run",
        "test",
    ] {
        assert_eq!(
            runs(&format!("{line} --target {AARCH64}")).len(),
            1,
            "{line}"
        );
    }
}

/// A daemon would follow a link that the first run has left in place of what is mounted.
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

#[test]
fn the_last_failure_is_explained_at_length() {
    let fixture = Fixture::new();
    fixture.util("explain").refuses(
        101,
        "
        error: nothing is known of a run that failed in `[PROJECT]`
        ",
    );
    fails(
        &fixture,
        "some-sys",
        "one\u{1b}[31m\u{7}red\nRead-only file system",
    );
    fixture.build().run().code(101);
    let below = fixture.util("explain").dir(fixture.project.join("src"));
    let told = below.run().success().stdout.clone();
    let (first, rest) = told.split_once('\n').expect("lines");
    assert!(
        first.starts_with("`cross build` for `aarch64-unknown-linux-gnu` failed in `"),
        "{first}"
    );
    assert!(
        first.ends_with("/project` just now, with exit code 101."),
        "{first}"
    );
    for part in [
        "\nFailed: the build script of `some-sys`, built for the target\n",
        "\n  | onered\n",
        "\n  | Read-only file system\n",
        "\nCause, and what to do:\n  the container cannot write to sources: `read-only = false`",
        "/debug\n",
    ] {
        assert!(rest.contains(part), "no `{part}` in:\n{rest}");
    }
    assert!(!told.contains('\u{1b}') && !told.contains('\u{7}'));
    // What succeeds later does not make it untrue.
    fixture.remove("leaves");
    fixture.build().run().success();
    assert_eq!(
        fixture
            .util("explain")
            .run()
            .success()
            .stdout
            .lines()
            .next(),
        Some(first)
    );
    // A failure of which nothing is known.
    fixture.write("run-exits", "101\n");
    fixture.build().run().code(101);
    let told = fixture.util("explain").run().success().stdout.clone();
    assert!(
        told.contains("\nCross knows no cause of this failure.\n"),
        "{told}"
    );
}

#[test]
fn tests_that_fail_to_write_what_they_were_asked_to_are_known() {
    let fixture = Fixture::new();
    let run = |line: &str, value: &str| {
        fixture.write("run-exits", "101\n");
        let run = fixture.cross(&format!("{line} --target {AARCH64}"));
        run.env("TRYBUILD", value).run().code(101).stderr.clone()
    };
    assert_eq!(
        run("test", "overwrite"),
        "hint: `TRYBUILD=overwrite` asks tests to write to the project, which the container cannot: \
         `read-only = false` below `[build]` lets it\n"
    );
    assert_eq!(run("test", "wip"), "");
    assert_eq!(run("build", "overwrite"), "");
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    assert_eq!(run("test", "overwrite"), "");
}

#[test]
fn a_caller_without_a_token_is_told_who_needs_one() {
    let fixture = Fixture::new();
    fixture.write("fetch-fails", "error: no token found for `mine`\n");
    fixture.write(
        "project/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"other\"\nversion = \"1.0.0\"\n\
         source = \"sparse+https://registry.example/\"\n",
    );
    fixture.write("run-exits", "101\n");
    let hint =
        "hint: the host's cargo has to fetch what the build needs, for only it has your tokens";
    fixture.build().run().code(101).says(hint);
    // What was fetched before is none of the failure's causes.
    fixture.remove("fetch-fails");
    fixture.write("run-exits", "101\n");
    let ran = fixture.build().run();
    assert!(!ran.code(101).stderr.contains(hint));
}
