//! Command lines that cannot be run: one cause, one fix, nothing written.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::fixture::{AARCH64, Fixture, X86_64};

#[test]
fn a_misspelt_target_is_told_what_was_meant() {
    let fixture = Fixture::new();
    fixture
        .cross("build --target aarch64-unkown-linux-gnu")
        .refuses(
            101,
            "
        error: unknown target `aarch64-unkown-linux-gnu`
        hint: did you mean `aarch64-unknown-linux-gnu`?
        ",
        );
}

#[test]
fn a_target_that_nobody_knows() {
    let fixture = Fixture::new();
    fixture.cross("build --target toaster").refuses(
        101,
        "
        error: unknown target `toaster`
        hint: `rustc --print target-list` shows what there is
        ",
    );
}

#[test]
fn what_cargo_does_not_take_is_told_by_cargo_before_an_image_is_built() {
    let fixture = Fixture::without_images();
    fixture.write("cargo-is-real", "");
    for (args, word) in [
        ("build --targt aarch64-unknown-linux-gnu", "--targt"),
        ("build somewhere", "somewhere"),
        (
            "test --relase --target aarch64-unknown-linux-gnu",
            "--relase",
        ),
        ("run -x -- y", "-x"),
    ] {
        let ran = fixture.cross(args).run();
        ran.code(1)
            .says(&format!("error: unexpected argument '{word}' found"));
        assert!(
            ran.calls.iter().all(|call| call.program == "cargo"),
            "{ran}"
        );
    }
}

#[test]
fn what_is_for_this_machine_alone_is_not_done_for_a_configured_target() {
    let fixture = Fixture::new();
    let refused = "
        error: cross does not run `cargo install` for the target of cargo's configuration: it puts programs where this machine looks for its own
        hint: name another directory: `cross install --path . --root DIR --target TRIPLE`
        ";
    let install = || fixture.cross("install --path .");
    install()
        .env("CARGO_BUILD_TARGET", AARCH64)
        .refuses(101, refused);
    install().env("CARGO_BUILD_TARGET", X86_64).run().success();
    fixture.file(
        ".cargo/config.toml",
        "build.target = 'aarch64-unknown-linux-gnu'\n",
    );
    install().refuses(101, refused);
}

#[test]
fn a_file_beside_a_member_is_said_not_to_be_read() {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", "[workspace]\nmembers = ['member']\n");
    fixture.krate("project/member", "member", "");
    fixture.file("member/Cross.toml", "[build]\nnetwork = 'none'\n");
    let ran = fixture.build().dir("project/member").run();
    ran.success()
        .says("member/Cross.toml` is not read: the workspace's configuration stands in `");
}

#[test]
fn a_file_in_small_letters_is_said_not_to_be_read() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file("cross.toml", "[build]\nnetwork = 'none'\n");
    let ran = fixture.build().run();
    ran.line().differs(&plain, "");
    ran.says_exactly(
        "warning: `[PROJECT]/cross.toml` is not read: the file is called `Cross.toml`",
    );
    fixture.file("Cross.toml", "");
    fixture.build().run().success().says_exactly("");
}

// Cargo may be newer than cross.
#[test]
fn an_option_that_only_cargo_knows_is_handed_on() {
    let fixture = Fixture::new();
    let line = fixture.cross("build --brand-new=1").run().line();
    assert!(line.command().contains("--brand-new=1"), "{}", line.text());
}

#[test]
fn a_misspelt_target_is_told_before_a_missing_engine() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    fixture.remove("bin/podman");
    fixture
        .cross("build --target aarch64-unkown-linux-gnu")
        .refuses(
            101,
            "
        error: unknown target `aarch64-unkown-linux-gnu`
        hint: did you mean `aarch64-unknown-linux-gnu`?
        ",
        );
}

#[test]
fn a_target_without_an_image() {
    let fixture = Fixture::new();
    fixture.cross("build --target hexagon-unknown-linux-musl").refuses(
        101,
        "
        error: cross has no image for target `hexagon-unknown-linux-musl`
        hint: name one in Cross.toml: `[target.hexagon-unknown-linux-musl]` with `image = \"…\"`; `cross-util targets` lists the targets that have one
        ",
    );
}

/// The public cross falls back to plain cargo for a target of a specification.
#[test]
fn a_custom_target_without_an_image() {
    let fixture = Fixture::new();
    fixture.file("my.json", "{}");
    fixture.cross("build --target my.json").refuses(
        101,
        "
        error: cross has no image for the custom target `my`
        hint: name one with `image` below `[target.my]` in Cross.toml
        ",
    );
    fixture.cross("build --target other.json").refuses(
        101,
        "error: the target specification `[PROJECT]/other.json` does not exist",
    );
}

#[test]
fn one_bad_target_among_good_ones_stops_everything() {
    let fixture = Fixture::new();
    fixture
        .cross(&format!("build --target {AARCH64} --target toaster"))
        .refuses(
            101,
            "
        error: unknown target `toaster`
        hint: `rustc --print target-list` shows what there is
        ",
        );
}

#[test]
fn several_targets_cannot_be_run() {
    let fixture = Fixture::new();
    fixture
        .cross(&format!(
            "run --target {AARCH64} --target x86_64-unknown-linux-gnu"
        ))
        .refuses(
            101,
            "
        error: only one `--target` is supported by `cargo run`
        hint: run it once for each target
        ",
        );
}

#[test]
fn a_target_is_missing() {
    let fixture = Fixture::new();
    for args in [
        "build --target",
        "build --target=",
        "build --target --release",
    ] {
        fixture.cross(args).refuses(
            101,
            "
            error: `--target` takes a target triple
            hint: `cross-util targets` shows those that cross has an image for
            ",
        );
    }
}

#[test]
fn a_value_is_missing() {
    let fixture = Fixture::new();
    for args in ["build --target-dir", "build --manifest-path"] {
        let option = args.split(' ').next_back().expect("it has one");
        fixture
            .cross(args)
            .refuses(1, &format!("error: a value is required for `{option}`"));
    }
}

#[test]
fn an_unknown_subcommand_may_compile() {
    let fixture = Fixture::new();
    fixture
        .cross(&format!("frobnicate --target {AARCH64}"))
        .refuses(
            101,
            "
        error: cross does not know whether `cargo frobnicate` compiles for the target
        hint: run `cargo frobnicate` yourself if it does not
        ",
        );
    fixture.cross("biuld").refuses(
        101,
        "
        error: cross does not know whether `cargo biuld` compiles for the target
        hint: did you mean `cross build`?
        ",
    );
}

#[test]
fn what_cross_cannot_do_is_refused_with_the_way_out() {
    let fixture = Fixture::new();
    fixture.cross(&format!("install --target {AARCH64} ripgrep")).refuses(
        101,
        "
        error: cross does not run `cargo install --target`: it puts programs where this machine looks for its own
        hint: name another directory: `cross install --path . --root DIR --target TRIPLE`
        ",
    );
}

#[test]
fn a_target_without_its_option_is_told_where_it_belongs() {
    let fixture = Fixture::new();
    fixture.write("cargo-is-real", "");
    let ran = fixture.cross(&format!("build {AARCH64}")).run();
    ran.code(1).says_exactly(
        "
        error: unexpected argument `aarch64-unknown-linux-gnu`
        hint: a target is named with `--target aarch64-unknown-linux-gnu`
        ",
    );
    // The control: a surplus word is an ordinary error if `--target` names the target.
    let ran = fixture
        .cross(&format!("build --target {AARCH64} surplus"))
        .run();
    ran.code(1)
        .says("error: unexpected argument 'surplus' found");
}

#[test]
fn cargo_itself_behind_cross() {
    Fixture::new().cross("cargo build").refuses(
        101,
        "
        error: `cross` stands in the place of `cargo`, not before it
        hint: leave `cargo` out, as in `cross build`
        ",
    );
}

#[test]
fn a_toolchain_behind_other_arguments() {
    let fixture = Fixture::new();
    fixture.cross("-v +nightly build").refuses(
        101,
        "
        error: the toolchain `+nightly` stands behind other arguments
        hint: write it first: `cross +nightly build`
        ",
    );
    fixture.cross("+ build").refuses(
        1,
        "
        error: `+` names no toolchain
        hint: write a channel behind the plus, as in `cross +nightly build`
        ",
    );
}

#[test]
fn an_option_of_a_subcommand_before_it() {
    let fixture = Fixture::new();
    fixture.cross("--release build").refuses(
        1,
        "
        error: unexpected argument `--release` before the subcommand
        hint: write it behind: `cross build --release`
        ",
    );
}

#[test]
fn an_alias_that_means_itself() {
    let fixture = Fixture::new();
    fixture.file(".cargo/config.toml", "alias.a = 'z -v'\nalias.z = 'a'\n");
    fixture.cross("a").refuses(
        101,
        "error: alias a has unresolvable recursive definition: a -> z -> a",
    );
}

#[test]
fn an_argument_that_is_no_text() {
    let fixture = Fixture::new();
    let odd = OsStr::from_bytes(b"\xe9t\xe9");
    let words = ["run", "--target", AARCH64, "--"].map(OsStr::new);
    fixture.cross_words(words.into_iter().chain([odd])).refuses(
        101,
        "error: the argument `\u{fffd}t\u{fffd}` is not valid UTF-8, which `docker` cannot pass on",
    );
    // The host's cargo gets the argument unchanged.
    let ran = fixture
        .cross_words([OsStr::new("fmt"), OsStr::new("--"), odd])
        .run();
    ran.success();
    assert_eq!(ran.calls[0].args.last().map(OsString::as_os_str), Some(odd));
}

#[test]
fn a_target_or_a_subcommand_that_is_no_text() {
    let fixture = Fixture::new();
    let odd = OsStr::from_bytes(b"\xff");
    let words = [OsStr::new("build"), OsStr::new("--target"), odd];
    fixture.cross_words(words).refuses(
        101,
        "
        error: unknown target `\u{fffd}`
        hint: `rustc --print target-list` shows what there is
        ",
    );
    fixture.cross_words([odd]).refuses(
        101,
        "
        error: cross does not know whether `cargo \u{fffd}` compiles for the target
        hint: run `cargo \u{fffd}` yourself if it does not
        ",
    );
}
