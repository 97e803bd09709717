//! Results for another glibc than the target's own: how it is asked for, and what follows.

use pretty_assertions::assert_eq;

use crate::fixture::{AARCH64, Fixture, X86_64};

/// The plan of `cross build` with these arguments.
fn plan(fixture: &Fixture, words: &str) -> String {
    let ran = fixture.util(&format!("plan -- build {words}")).run();
    ran.success().says_exactly("").stdout.clone()
}

#[test]
fn a_version_behind_a_target_is_an_older_glibc_and_cargo_does_not_see_it() {
    let fixture = Fixture::new();
    let shown = plan(&fixture, &format!("--target {AARCH64}.2.17"));
    let make = format!("cross-util toolchains make {AARCH64}.2.17\n");
    assert!(shown.contains(&make), "{shown}");
    for part in [
        "-glibc-2.17,target=/opt/cross/glibc,readonly".to_owned(),
        "CROSS_GLIBC=/opt/cross/glibc".to_owned(),
        // Intermediate files have a directory of their own.
        "-glibc-2.17\"'".to_owned(),
    ] {
        assert!(shown.contains(&part), "{part}\n{shown}");
    }
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(
        words.windows(2).any(|pair| pair == ["--target", AARCH64]),
        "{shown}"
    );
}

#[test]
fn the_keys_ask_for_the_same_and_the_command_line_wins() {
    let fixture = Fixture::new();
    let target = format!("--target {AARCH64}");
    let expected = plan(&fixture, &format!("{target}.2.17"));
    for key in [
        "glibc = '2.17'",
        "zig = '2.17'",
        "zig = { version = '2.17' }",
    ] {
        fixture.file("Cross.toml", &format!("[target.{AARCH64}]\n{key}\n"));
        assert_eq!(plan(&fixture, &target), expected, "{key}");
    }
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nglibc = '2.28'\n"),
    );
    assert_eq!(plan(&fixture, &format!("{target}.2.17")), expected);
}

#[test]
fn what_is_so_anyway_changes_nothing() {
    let fixture = Fixture::new();
    let expected = plan(&fixture, &format!("--target {X86_64}"));
    // Versions above the target's own glibc and below the newer glibc that cross has.
    for version in ["2.31", "2.34"] {
        assert_eq!(
            plan(&fixture, &format!("--target {X86_64}.{version}")),
            expected
        );
    }
}

#[test]
fn a_newer_glibc_has_a_toolchain_and_images_of_its_own() {
    let fixture = Fixture::new();
    let image = format!("localhost/cross/{AARCH64}:0.3.0-glibc2.41");
    for (asked, limit) in [("2.36", "2.36"), ("2.41", "2.41"), ("2.50", "2.41")] {
        let shown = plan(&fixture, &format!("--target {AARCH64}.{asked}"));
        for part in [
            format!("images build {AARCH64}.2.41\n"),
            format!("toolchains make {AARCH64}.{limit}\n"),
            format!("-glibc-{limit},target=/opt/cross/glibc,readonly"),
            image.clone(),
        ] {
            assert!(shown.contains(&part), "{part}\n{shown}");
        }
    }
    // An image that the user's configuration makes starts from the row's image with the newer
    // glibc.
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nglibc = '2.36'\npre-build = ['true']\n"),
    );
    let shown = plan(&fixture, &format!("--target {AARCH64}"));
    let built = format!("images build {AARCH64}.2.41\n");
    assert!(shown.contains(&built), "{shown}");
}

#[test]
fn a_users_image_that_is_not_built_yet_can_be_for_an_older_glibc() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nglibc = '2.17'\npre-build = ['true']\n"),
    );
    let shown = plan(&fixture, &format!("--target {AARCH64}"));
    assert!(shown.contains("CROSS_GLIBC=/opt/cross/glibc"), "{shown}");
}

#[test]
fn a_target_without_glibc_has_no_version_of_it() {
    let fixture = Fixture::new();
    fixture.cross("build --target x86_64-unknown-linux-musl.2.17").refuses(
        101,
        "
        error: `--target` asks for glibc 2.17, which results for `x86_64-unknown-linux-musl` do not need
        hint: name the target without a version
        ",
    );
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nglibc = 'old'\n"),
    );
    let ran = fixture.build().run();
    ran.code(101).says("`old` is no version like 2.17");
}
