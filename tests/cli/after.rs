//! Hints and notes after a run, which `cross` derives from the files in cargo's build directory.

use crate::fixture::{AARCH64, Fixture};
use crate::heard::fails;

/// Makes the fake engine leave these files in the build directory on each run. `TARGET` in a path
/// stands for the triple.
pub(crate) fn leaves(fixture: &Fixture, files: &[(&str, &str)]) {
    let lines = files.iter().map(|(path, text)| {
        let path = path.replace("TARGET", AARCH64);
        let text = text.replace('\'', "'\\''");
        format!(
            "file=\"$dir/{path}\"\n/bin/mkdir -p \"${{file%/*}}\"\nprintf '%s\\n' '{text}' >\"$file\"\n"
        )
    });
    let script: String = lines.collect();
    fixture.write("leaves", &script);
}

const OUTPUT: &str = "TARGET/debug/build/some-sys-0123456789abcdef/output";
/// The file by which cargo shows that a build script was started and did not end well.
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
    // Without the target directory the next run compiles everything again.
    fixture.remove("project/target");
    build().run().success().says_exactly(NOTE);
    build().arg("-v").run().success().says(NOTE.trim());
    fixture.remove("project/target");
    build().arg("-q").run().success().says_exactly("");
    // The variable is not set, so nothing was kept back.
    fixture.build().run().success().says_exactly("");
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['SOME_SETTING']\n",
    );
    build().run().success().says_exactly("");
}

/// Cargo's value wins over the caller's if it says so, in the container as outside. Otherwise the
/// caller's value is passed on.
#[test]
fn a_variable_of_cargos_configuration_is_not_missed() {
    for (entry, is_told) in [
        ("{ value = 'x', force = true }", false),
        ("{ value = 'x', force = false }", false),
        ("'x'", false),
    ] {
        let fixture = Fixture::new();
        let config = format!("[env]\nSOME_SETTING = {entry}\n");
        fixture.file(".cargo/config.toml", &config);
        leaves(
            &fixture,
            &[(OUTPUT, "cargo::rerun-if-env-changed=SOME_SETTING")],
        );
        let ran = fixture.build().env("SOME_SETTING", "1").run();
        let expected = if is_told { NOTE } else { "" };
        ran.success().says_exactly(expected);
    }
}

#[test]
fn a_variable_that_a_hint_names_is_named_once() {
    let fixture = Fixture::new();
    fails(&fixture, "hello", "SOME_SETTING must be set");
    let fails = fixture.read("leaves");
    leaves(
        &fixture,
        &[(OUTPUT, "cargo::rerun-if-env-changed=SOME_SETTING")],
    );
    let leaves = fixture.read("leaves");
    fixture.write("leaves", &(leaves + &fails));
    let ran = fixture.build().env("SOME_SETTING", "1").run();
    let said = ran
        .code(101)
        .stderr
        .matches("the build asks for `SOME_SETTING`");
    assert_eq!(said.count(), 1, "{ran}");
    ran.says("hint: the build asks for `SOME_SETTING`");
}

/// The files of a build are examined again if something was compiled, or if the caller sets other
/// variables.
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
    // The build directory has no sign that anything was compiled.
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

/// Cargo sets it for build scripts, and not for rustc.
#[test]
fn a_variable_that_cargo_sets_for_scripts_is_named_if_sources_read_it() {
    let note = NOTE.replace("SOME_SETTING", "PROFILE");
    let script = (OUTPUT, "cargo::rerun-if-env-changed=PROFILE");
    let source = (
        "TARGET/debug/deps/hello-0123456789abcdef.d",
        "# env-dep:PROFILE",
    );
    for (left, said) in [(script, ""), (source, &*note)] {
        let fixture = Fixture::new();
        leaves(&fixture, &[left]);
        let ran = fixture.build().env("PROFILE", "demo").run();
        ran.success().says_exactly(said);
    }
}

/// Flags for this machine's compilers would be wrong for those of the target.
#[test]
fn flags_for_the_compilers_of_this_machine_are_told_of() {
    let fixture = Fixture::new();
    let asked = "cargo::rerun-if-env-changed=CFLAGS\ncargo::rerun-if-env-changed=CC";
    leaves(&fixture, &[(OUTPUT, asked)]);
    let build = fixture.build().env("CFLAGS", "-DX").env("CC", "clang");
    build.run().success().says_exactly(
        "        Note the build asks for `CFLAGS`, which is set here and was kept back, as its flags are for this \
         machine: `CFLAGS_<target>` is passed on\n",
    );
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
    let hint = "hint: the image lacks the library of `openssl-sys` for the programs that run at build time: \
         `pre-build = [\"apt-get update && apt-get install --yes libssl-dev\"]` below \
         `[target.aarch64-unknown-linux-gnu]` adds it\n";
    // Cargo's error is shown with `-q` as well.
    for args in [&[][..], &["-q"]] {
        fixture.write("run-exits", "101\n101\n");
        let mut build = fixture.build();
        for arg in args {
            build = build.arg(arg);
        }
        build.run().code(101).says_exactly(hint);
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

#[test]
fn a_file_outside_the_project_that_a_source_includes_is_named() {
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    let error = |path: &str| {
        let message = format!("couldn't read `{path}`: No such file or directory (os error 2)");
        format!("{{\"message\":\"{message}\",\"level\":\"error\",\"children\":[]}}")
    };
    let run = |path: &str| {
        let fixture = Fixture::new();
        fixture.write("outside/data.txt", "");
        leaves(&fixture, &[(print, &error(path))]);
        fixture.write("run-exits", "101\n");
        fixture.build().run().code(101).stderr.clone()
    };
    let told = run("src/../../outside/data.txt");
    assert!(
        told.contains("/outside/data.txt\"]` below `[build.env]` mounts it"),
        "{told}"
    );
    assert_eq!(run("src/../../outside/none.txt"), "");
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
    // A later success leaves the record of the failure as it is.
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
    // A failure without a known cause is recorded, too.
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
fn crates_whose_tests_write_beside_the_sources_are_named_once_behind_a_failure() {
    const LINE: &str = "        Note tests cannot write beside the sources, as `proptest` and `ts-rs` do: \
        `read-only = false` below `[build]` lets them\n";
    let fixture = Fixture::new();
    let left = [
        "libproptest-0123456789abcdef.rmeta",
        "libts_rs-0123456789abcdef.rlib",
    ];
    let left = left.map(|name| format!("TARGET/debug/deps/{name}"));
    let built = [(&*left[0], ""), (&*left[1], "")];
    leaves(&fixture, &built);
    let run = |line: &str| fixture.cross(&format!("{line} --target {AARCH64}")).run();
    let fails = |line: &str| {
        fixture.write("run-exits", "101\n");
        let ran = run(line);
        ran.code(101);
        ran
    };
    run("test").success().says_exactly("");
    fails("build").says_exactly("");
    fails("test -q").says_exactly("");
    // What was not compiled has not run.
    let error = (
        "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-test-lib-hello",
        "{\"message\":\"cannot find value\",\"level\":\"error\",\"children\":[]}",
    );
    leaves(&fixture, &[built[0], built[1], error]);
    fails("test").says_exactly("");
    leaves(&fixture, &built);
    fails("test").says_exactly(LINE);
    fails("test").says_exactly("");
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    assert!(!fails("test -v").stderr.contains("ts-rs"));
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
    // Where everything was fetched before, a missing token cannot be the cause of the failure.
    fixture.remove("fetch-fails");
    fixture.write("run-exits", "101\n");
    let ran = fixture.build().run();
    assert!(!ran.code(101).stderr.contains(hint));
}
