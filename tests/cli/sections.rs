//! Sections of the configuration for targets that are not built. They are no errors, but names that
//! can only be misspelled get a warning.

use crate::fixture::{AARCH64, Fixture};

#[test]
fn a_section_for_a_target_that_is_not_built_is_no_error() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        "Cross.toml",
        "[target.x86_64-unknown-openbsd]\npre-build = ['true']\n\
         [target.wasm32-unknown-unknown.env]\npassthrough = ['A']\n\
         [target.mips-unknown-linux-musl]\nrunner = 'native'\n\
         [target.'*-freebsd'.env]\npassthrough = ['B']\n\
         [target.my-board]\nenv.passthrough = ['C']\n",
    );
    let ran = fixture.build().run();
    ran.line().differs(&plain, "");
    ran.says_exactly("");
}

#[test]
fn a_section_in_a_manifest_is_no_error_either() {
    let fixture = Fixture::new();
    let more = "[package.metadata.cross.target.x86_64-unknown-openbsd]\nrunner = 'native'\n";
    fixture.krate("project", "hello", more);
    fixture.build().run().success().says_exactly("");
}

#[test]
fn the_target_of_such_a_section_needs_an_image_when_it_is_built() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[target.x86_64-unknown-openbsd]\nrunner = 'native'\n",
    );
    fixture.cross("build --target x86_64-unknown-openbsd").refuses(
        101,
        "
        error: cross has no image for target `x86_64-unknown-openbsd`
        hint: name one in Cross.toml: `[target.x86_64-unknown-openbsd]` with `image = \"…\"`; `cross-util targets` lists the targets that have one
        ",
    );
}

#[test]
fn a_section_with_a_slip_in_its_name_is_said_to_have_no_effect() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    for (name, meant) in [
        ("aarch64-unkown-linux-gnu", "aarch64-unknown-linux-gnu"),
        (
            "armv7-unknown-linux-gnueabihff",
            "armv7-unknown-linux-gnueabihf",
        ),
        ("aarch64_unknown_linux_gnu", "aarch64-unknown-linux-gnu"),
        // Debian's names for machines.
        ("aarch64-linux-gnu", "aarch64-unknown-linux-gnu"),
        ("arm-linux-gnueabihf", "armv7-unknown-linux-gnueabihf"),
    ] {
        let text = format!("[target.{name}.env]\npassthrough = ['A=1']\n");
        fixture.file("Cross.toml", &text);
        let ran = fixture.build().run();
        ran.line().differs(&plain, "");
        ran.says_exactly(&format!(
            "warning: no target is called `{name}`, as `[target.{name}]` in `[PROJECT]/Cross.toml` has it: did you mean `{meant}`?"
        ));
    }
    // The warning does not depend on the section's keys.
    fixture.file(
        "Cross.toml",
        "[target.aarch64_unknown_linux_gnu]\nimage = 'my/image'\n",
    );
    let ran = fixture.build().run();
    ran.line().differs(&plain, "");
    ran.says("did you mean `aarch64-unknown-linux-gnu`?");
    fixture.build().arg("-q").run().success().says_exactly("");
}

#[test]
fn a_name_that_rustc_knows_is_no_slip() {
    let fixture = Fixture::new();
    fixture.write(
        "target-list",
        "riscv32gc-unknown-linux-musl\nx86_64-unknown-linux-gnu\n",
    );
    fixture.file(
        "Cross.toml",
        "[target.riscv32gc-unknown-linux-musl]\nrunner = 'native'\n",
    );
    let ran = fixture.build().run();
    ran.success().says_exactly("");
    // rustc is asked for its targets once, and only about names that resemble a target with an
    // image.
    assert_eq!(ran.calls_of("rustc").len(), 2, "{ran}");
    fixture.file(
        "Cross.toml",
        "[target.x86_64-unknown-openbsd]\nrunner = 'native'\n",
    );
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("rustc").len(), 1, "{ran}");
}

#[test]
fn a_pattern_that_no_target_matches_is_said_to_have_no_effect() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[target.'*-linux-gun'.env]\npassthrough = ['A=1']\n",
    );
    fixture.build().run().success().says_exactly(
        "warning: no target matches `*-linux-gun`, as `[target.*-linux-gun]` in `[PROJECT]/Cross.toml` has it",
    );
}

#[test]
fn a_name_that_no_target_can_have_is_said_to_have_no_effect() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    for (name, why) in [
        (
            "cfg(unix)",
            "only cargo's own configuration has such conditions; a pattern here is `*-linux-*`",
        ),
        (
            "aarch64-unknown-linux-gnu,armv7-unknown-linux-gnueabihf",
            "each target has a section of its own, and `*` stands for any text",
        ),
        (
            "aarch64-unknown-linux-{gnu,musl}",
            "each target has a section of its own, and `*` stands for any text",
        ),
        (
            "aarch64-unknown-linux-gnu.2.17",
            "write `glibc = \"2.17\"` below `[target.aarch64-unknown-linux-gnu]`",
        ),
    ] {
        let text = format!("[target.'{name}'.env]\npassthrough = ['A=1']\n");
        fixture.file("Cross.toml", &text);
        let ran = fixture.build().run();
        ran.line().differs(&plain, "");
        ran.says_exactly(&format!(
            "warning: no target is called `{name}`, as `[target.{name}]` in `[PROJECT]/Cross.toml` has it: {why}"
        ));
    }
}

#[test]
fn a_specification_of_ones_own_may_have_a_name_like_a_targets() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[]);
    fixture.source("nightly");
    fixture.file("aarch64-unknown-linux-gnux.json", "{}");
    let own = format!("localhost/cross/{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
    let text = format!("[target.aarch64-unknown-linux-gnux]\nimage = '{own}'\n");
    fixture.file("Cross.toml", &text);
    let ran = fixture
        .cross("+nightly build -Zbuild-std --target aarch64-unknown-linux-gnux.json")
        .run();
    ran.success().says_exactly("");
    fixture.cross("build").run().success().says_exactly("");
}
