//! A standard library that rustup does not have, or that the user wants to be built from source.

use crate::cross::{Cross, Ran};
use crate::fixture::{AARCH64, ARMV7, Fixture, MIPS, MIPS64, X86_64};

const CARGO: &str = "cargo --config build.build-dir=\"[PROJECT]/target/cross/1234567890abcdef\" \
                     --config 'unstable.build-std=[\"std\", \"panic_abort\"]' \
                     --config unstable.panic-abort-tests=true";
const ADD_SOURCE: &str =
    "rustup component add rust-src --toolchain nightly-x86_64-unknown-linux-gnu";

/// A machine with a nightly, and with images for MIPS.
fn mips() -> Fixture {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    let image = |triple| format!("[target.{triple}]\nimage = 'example.org/mips'\n");
    fixture.file("Cross.toml", &(image(MIPS) + &image(MIPS64)));
    fixture.write(
        "images/docker/example.org_mips",
        r#"[{"Id":"sha256:1234567890abcdef","Size":7,"Config":{"Labels":{}}}]"#,
    );
    fixture
}

fn asks_rustup_nothing(ran: &Ran) {
    let asked = ran.calls.iter().any(|call| call.program == "rustup");
    assert!(!asked, "{ran}");
}

/// A toolchain that was linked with `rustup toolchain link`. Only `cargo -V` tells its channel.
fn linked(fixture: &Fixture, version: &str) {
    fixture.sysroot("built/stage2", &[X86_64]);
    let path = format!("{}/built/stage2\n", fixture.root.display());
    fixture.write("sysroot", &path);
    fixture.write("cargo-version", version);
}

#[test]
fn a_nightly_builds_what_rustup_has_not() {
    for triple in [MIPS, MIPS64] {
        let fixture = mips();
        let build = || fixture.cross(&format!("+nightly build --target {triple}"));
        let ran = build().run();
        ran.success().says_exactly(&format!(
            "  Installing the standard library's source (`{ADD_SOURCE}`)"
        ));
        ran.called(&[
            "rustc",
            "cargo metadata",
            "docker image inspect",
            "rustup component add",
            "cargo fetch",
            "docker run",
        ]);
        assert_eq!(ran.calls_of("rustup component add"), [ADD_SOURCE]);
        // The host's cargo also fetches the library's dependencies, because cargo in the container
        // has no access to a registry.
        let crates = "unstable.build-std=[\"std\", \"panic_abort\"]";
        let fetch = format!("cargo +nightly fetch --config {crates} --target {triple}");
        assert_eq!(ran.calls_of("cargo fetch"), [fetch + " --target " + X86_64]);
        let command = ran.line().command().to_owned();
        assert_eq!(command, format!("{CARGO} build --target {triple}"));
        let again = build().run();
        again.success().says_exactly("");
        asks_rustup_nothing(&again);
        assert_eq!(again.line().command(), command);
        let quiet = fixture.cross(&format!("+nightly build -q --target {triple}"));
        quiet.run().success().says_exactly("");
    }
}

#[test]
fn its_source_is_installed_once_for_all_targets() {
    let fixture = mips();
    let targets = format!("--target {MIPS} --target {AARCH64} --target {MIPS64}");
    let ran = fixture.cross(&format!("+nightly build {targets}")).run();
    ran.success();
    assert_eq!(ran.calls_of("rustup component add"), [ADD_SOURCE], "{ran}");
    assert_eq!(ran.calls_of("rustup target add").len(), 1, "{ran}");
    let built = |line: &crate::line::Line| line.command().contains("unstable.build-std");
    let built: Vec<_> = ran.lines().iter().map(built).collect();
    assert_eq!(built, [true, false, true], "{ran}");
}

#[test]
fn no_other_toolchain_can_and_the_hint_is_the_command_that_can() {
    for triple in [MIPS, MIPS64] {
        let fixture = mips();
        // The early question to the engine may or may not be asked before the refusal, so the calls
        // are not compared.
        fixture
            .cross(&format!("test --target {triple} --release -- --skip a"))
            .arg("b c")
            .refuses(
                101,
                &format!(
                    "
        error: rustup has no standard library for `{triple}`, and only a nightly toolchain can build it
        hint: `cross +nightly test --target {triple} --release -- --skip a 'b c'`
        "
                ),
            );
    }
}

#[test]
fn a_stable_toolchain_that_acts_as_a_nightly_is_one() {
    let fixture = mips();
    fixture.source("stable");
    let build = format!("build --target {MIPS}");
    let ran = fixture.cross(&build).env("RUSTC_BOOTSTRAP", "1").run();
    asks_rustup_nothing(&ran);
    ran.line().has("--env RUSTC_BOOTSTRAP");
    assert_eq!(ran.line().command(), format!("{CARGO} {build}"));
    // Cargo accepts no other value than `1`.
    fixture
        .cross(&build)
        .env("RUSTC_BOOTSTRAP", "hello")
        .run()
        .code(101)
        .says("only a nightly toolchain can build it");
}

#[test]
fn building_it_oneself_needs_no_std_but_its_source() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.source("nightly");
    let args = format!("+nightly build -Zbuild-std --target {AARCH64}");
    let ran = fixture.cross(&args).run();
    asks_rustup_nothing(&ran);
    let plain = fixture.build().run().line();
    ran.line().differs(
        &plain,
        "
        - --mount type=bind,source=[SYSROOT],target=[SYSROOT],readonly
        + --mount type=bind,source=[NIGHTLY],target=[NIGHTLY],readonly
        - --env PATH=/opt/cross/front:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        + --env PATH=/opt/cross/front:[NIGHTLY]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        - --env RUSTUP_TOOLCHAIN=stable-x86_64-unknown-linux-gnu
        + --env RUSTUP_TOOLCHAIN=nightly-x86_64-unknown-linux-gnu
        - --env COMPILER_PATH=[SYSROOT]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        + --env COMPILER_PATH=[NIGHTLY]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        - cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build --target aarch64-unknown-linux-gnu
        + cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build -Zbuild-std --target aarch64-unknown-linux-gnu
        ",
    );
}

#[test]
fn its_source_is_installed_for_who_builds_it_himself_and_nothing_is_added() {
    for (args, config, variable) in [
        ("-Zbuild-std", "", ""),
        ("-Z build-std=core,alloc", "", ""),
        ("-v", "unstable.build-std = ['core']\n", ""),
        ("-v", "", "core"),
    ] {
        let fixture = mips();
        fixture.file(".cargo/config.toml", config);
        let command = format!("build --target {MIPS} {args}");
        let ran = fixture
            .cross(&format!("+nightly {command}"))
            .env("CARGO_UNSTABLE_BUILD_STD", variable)
            .run();
        assert_eq!(ran.calls_of("rustup component add"), [ADD_SOURCE], "{ran}");
        assert!(ran.calls_of("rustup target add").is_empty(), "{ran}");
        let start = "cargo --config build.build-dir=\"[PROJECT]/target/cross/1234567890abcdef\"";
        assert_eq!(ran.line().command(), format!("{start} {command}"));
    }
}

/// A stable cargo passes over the table `[unstable]`.
#[test]
fn an_unstable_setting_counts_for_a_nightly_alone() {
    let fixture = Fixture::new();
    fixture.write(
        "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml",
        &format!("[pkg.rust-std.target.{ARMV7}]\navailable = true\n"),
    );
    fixture.file(".cargo/config.toml", "[unstable]\nbuild-std = ['core']\n");
    let ran = fixture.cross(&format!("build --target {ARMV7}")).run();
    assert_eq!(
        ran.success().calls_of("rustup target add").len(),
        1,
        "{ran}"
    );
}

#[test]
fn the_configuration_says_whether_it_is_built() {
    let built = |file: &str, variables: &[(&str, &str)]| {
        let fixture = Fixture::new();
        fixture.toolchain("nightly", &[X86_64, AARCH64]);
        fixture.source("nightly");
        fixture.file("Cross.toml", file);
        let mut cross = fixture.cross(&format!("+nightly build --target {AARCH64}"));
        for (name, value) in variables {
            cross = cross.env(name, value);
        }
        let ran = cross.run();
        asks_rustup_nothing(&ran);
        let command = ran.line().command().to_owned();
        let value = command.split_once("unstable.build-std=");
        value.map(|(_, rest)| rest[..=rest.find(']').unwrap_or_default()].to_owned())
    };
    let std = Some("[\"std\", \"panic_abort\"]".to_owned());
    let core = Some("[\"core\", \"alloc\"]".to_owned());
    let (all, one) = (
        "CROSS_BUILD_BUILD_STD",
        "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_BUILD_STD",
    );
    let of_target = |value: &str| format!("[target.{AARCH64}]\nbuild-std = {value}\n");
    assert_eq!(built("", &[]), None);
    assert_eq!(built("[build]\nbuild-std = true\n", &[]), std);
    assert_eq!(built("[build]\nbuild-std = false\n", &[]), None);
    assert_eq!(built(&of_target("['core', 'alloc']"), &[]), core);
    assert_eq!(built("", &[(all, "true")]), std);
    assert_eq!(built("", &[(one, "core,alloc")]), core);
    assert_eq!(built(&of_target("true"), &[(one, "false")]), None);
    assert_eq!(built("", &[(all, "true"), (one, "false")]), None);
}

#[test]
fn the_configuration_can_ask_for_what_the_toolchain_cannot() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nbuild-std = true\n");
    fixture.build().refuses(
        101,
        "
        error: `build.build-std` in `[PROJECT]/Cross.toml` needs a nightly toolchain: no other can build the standard library
        hint: `cross +nightly build --target aarch64-unknown-linux-gnu`
        ",
    );
    // Commands that compile nothing for the target do not need the library.
    fixture.cross("tree").run().success();
}

#[test]
fn the_configuration_can_forbid_it() {
    let fixture = mips();
    let cross = || fixture.cross(&format!("+nightly build --target {MIPS}"));
    cross().env("CROSS_BUILD_BUILD_STD", "false").refuses(
        101,
        "
        error: rustup has no standard library for `mips-unknown-linux-gnu`, and the variable `CROSS_BUILD_BUILD_STD` is `false`
        hint: set it to `true` and use a nightly toolchain, which builds the library from source
        ",
    );
}

#[test]
fn what_the_configuration_cannot_be_is_said() {
    let fixture = Fixture::new();
    fixture.build().env("CROSS_BUILD_BUILD_STD", "yes").refuses(
        101,
        "
        error: the variable `CROSS_BUILD_BUILD_STD` cannot be `yes`
        hint: it can be `true`, `false` or crates of the standard library, as in `core,alloc`
        ",
    );
    fixture.file("Cross.toml", "[build]\nbuild-std = 'core'\n");
    fixture.build().refuses(
        101,
        "
        error: invalid type: string \"core\", expected `true`, `false` or a list of crates
         --> [PROJECT]/Cross.toml:2:13
          |
        2 | build-std = 'core'
          |             ^
        ",
    );
}

#[test]
fn where_rustup_fails_the_hint_says_how_to_build_it() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.source("nightly");
    let reason = "error: component 'rust-std' for target 'armv7-unknown-linux-gnueabihf' is \
                  unavailable for download\n";
    fixture.write("rustup-fails", reason);
    let build = || -> Cross { fixture.cross(&format!("build --target {ARMV7}")) };
    let ran = build().run();
    ran.code(101).says_exactly(
        "
          Installing the standard library for `armv7-unknown-linux-gnueabihf` (`rustup target add armv7-unknown-linux-gnueabihf --toolchain stable-x86_64-unknown-linux-gnu`)
        error: cannot install the standard library for `armv7-unknown-linux-gnueabihf`: `rustup target add armv7-unknown-linux-gnueabihf --toolchain stable-x86_64-unknown-linux-gnu`: component 'rust-std' for target 'armv7-unknown-linux-gnueabihf' is unavailable for download
        hint: build it from source: `CROSS_BUILD_BUILD_STD=true cross +nightly build --target armv7-unknown-linux-gnueabihf`
        ",
    );
    ran.called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "rustup target add",
    ]);
    fixture.remove("home/.rustup/toolchains/nightly-x86_64-unknown-linux-gnu");
    let ran = build().run();
    assert!(!ran.stderr.contains("hint"), "{ran}");
}

/// The public cross prints `{toolchain}` in place of its name.
#[test]
fn a_linked_toolchain_is_named_by_its_directory() {
    let fixture = Fixture::new();
    linked(&fixture, "cargo 1.95.0 (abc 2026-04-01)\n");
    let build = format!("build --target {ARMV7}");
    let refused = |error: &str| {
        let ran = fixture.cross(&build).run();
        ran.code(101).says_exactly(error);
        ran.called(&[
            "rustc",
            "cargo metadata",
            "cargo -V",
            "docker image inspect",
        ]);
    };
    refused(
        "
        error: the toolchain in `[ROOT]/built/stage2` lacks the standard library for `armv7-unknown-linux-gnueabihf`, and only a nightly toolchain can build it
        hint: `cross +nightly build --target armv7-unknown-linux-gnueabihf`
        ",
    );
    fixture.write("cargo-version", "cargo 1.97.0-dev\n");
    refused(
        "error: the toolchain in `[ROOT]/built/stage2` lacks the standard library for \
         `armv7-unknown-linux-gnueabihf` and its source, and rustup did not install that toolchain",
    );
    fixture.directory("built/stage2/lib/rustlib/src/rust/library");
    let ran = fixture.cross(&build).run();
    asks_rustup_nothing(&ran);
    let command = ran.line().command().to_owned();
    assert!(
        command.contains("unstable.build-std=[\"std\", "),
        "{command}"
    );
}

#[test]
fn whoever_has_a_library_is_asked_nothing_more() {
    let fixture = Fixture::new();
    linked(&fixture, "cargo 1.95.0 (abc 2026-04-01)\n");
    fixture.sysroot("built/stage2", &[AARCH64]);
    let ran = fixture.build().run();
    ran.called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker run",
    ]);
}

#[test]
fn a_target_without_a_standard_library_has_core_and_alloc_built() {
    const THUMB: &str = "thumbv6m-none-eabi";
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &["x86_64-unknown-linux-gnu"]);
    let build = fixture.cross(&format!("+nightly build --target {THUMB}"));
    let ran = build.env("CROSS_BUILD_BUILD_STD", "true").run();
    let command = ran.line().command().to_owned();
    assert!(
        command.contains("unstable.build-std=[\"core\", \"alloc\"]"),
        "{command}"
    );
}

/// xargo's last release reads a lock file that newer nightlies do not have at that path.
#[test]
fn xargo_runs_by_itself_for_a_microcontroller_where_it_works() {
    const THUMB: &str = "thumbv6m-none-eabi";
    let fixture = Fixture::new();
    let (old, new) = ("nightly-2024-01-01", "nightly");
    for channel in [old, new, "stable"] {
        fixture.toolchain(channel, &[THUMB, "x86_64-unknown-linux-gnu"]);
        fixture.source(channel);
    }
    for channel in [old, "stable"] {
        fixture.write(
            &format!(
                "home/.rustup/toolchains/{channel}-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/Cargo.lock"
            ),
            "",
        );
    }
    let ran = |channel: &str, target: &str, expected: &str| {
        let command = format!("+{channel} -v build --target {target}");
        let ran = fixture.cross(&command).run();
        let line = ran.line().command().to_owned();
        assert_eq!(
            line.starts_with("xargo "),
            expected.starts_with("xargo "),
            "{line}"
        );
        ran.says(&format!("Running {expected}"));
    };
    let cargo = format!("cargo for `{THUMB}`: ");
    ran(
        old,
        THUMB,
        &format!("{cargo}the project has no `Xargo.toml`"),
    );
    fixture.file("Xargo.toml", "[dependencies.core]\n");
    ran(
        old,
        THUMB,
        &format!("{cargo}`[PROJECT]/Xargo.toml` is there, and xargo is not installed"),
    );
    fixture.write("home/.cargo/bin/xargo", "");
    ran(
        old,
        THUMB,
        &format!("xargo for `{THUMB}`: `[PROJECT]/Xargo.toml` is there, and xargo is installed"),
    );
    ran(new, THUMB, &format!("{cargo}xargo needs `"));
    ran(
        "stable",
        THUMB,
        &format!("{cargo}xargo needs a nightly toolchain"),
    );
    // For other targets only a setting makes xargo run.
    let other = fixture.cross(&format!(
        "+{old} -v build --target aarch64-unknown-linux-gnu"
    ));
    let other = other.run();
    assert!(!other.line().command().starts_with("xargo "));
    assert!(!other.stderr.contains("cargo for `"), "{other}");
    let off = fixture.cross(&format!("+{old} -v build --target {THUMB}"));
    let off = off.env("CROSS_BUILD_XARGO", "false").run();
    assert!(!off.line().command().starts_with("xargo "));
    off.says(&format!(
        "Running {cargo}the variable `CROSS_BUILD_XARGO` says so"
    ));
}
