//! Cargo's help with a few lines about cross, and flags of old templates that have to work.

use crate::fixture::{AARCH64, Fixture};

#[test]
fn the_help_ends_with_what_cross_adds() {
    let fixture = Fixture::without_images();
    for args in ["--help", "-h", "help", ""] {
        let ran = fixture.cross(args).run();
        ran.success().says_exactly("");
        let (cargos, own) = ran
            .stdout
            .split_at(ran.stdout.find("\nCross ").expect("it is there"));
        // The fake cargo's only output.
        assert_eq!(cargos, "cargo on the host\n", "{args}");
        assert!(own.lines().count() <= 7, "{own}");
        for word in [
            "cross-util targets",
            "Cross.toml",
            "cross-util doctor",
            "--target TRIPLE",
        ] {
            assert!(own.contains(word), "{own}");
        }
        assert_eq!(ran.calls.len(), 1, "{ran}");
    }
}

#[test]
fn other_answers_of_cargos_stay_as_they_are() {
    let fixture = Fixture::without_images();
    for args in [
        "help build",
        "build --help",
        "--list",
        "--explain E0004",
        "-Zhelp",
    ] {
        let ran = fixture.cross(args).run();
        assert_eq!(ran.success().stdout, "cargo on the host\n", "{args}");
    }
    let ran = fixture.cross("--version").run();
    assert!(!ran.success().stdout.contains("cross-util"), "{ran}");
}

/// Eight of ten public scripts pass `-C lto` behind `--`, as older cargos allowed. With today's
/// cargo, rustc refuses it there, so cross sets it in the profile.
#[test]
fn lto_for_rustc_alone_becomes_the_profiles() {
    let fixture = Fixture::new();
    let ran = fixture
        .cross(&format!(
            "rustc --bin hello --target {AARCH64} --release -- -C lto"
        ))
        .run();
    assert_eq!(
        ran.line().command(),
        format!(
            "cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" \
             --config profile.release.lto=\"fat\" rustc --bin hello --target {AARCH64} --release"
        )
    );
    ran.says_exactly(
        "     Setting `profile.release.lto=\"fat\"`, as rustc does not take `-C lto` behind `--` from today's cargo",
    );
    let plain = format!("rustc --target {AARCH64} -- -C lto=off");
    let ran = fixture.cross(&plain).run();
    assert!(ran.line().command().ends_with(&plain), "{ran}");
    ran.says_exactly("");
}
