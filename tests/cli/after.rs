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
