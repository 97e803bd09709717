//! Targets for which Rust's own toolchain is enough: the host's cargo builds them, and no engine is
//! asked.

use crate::fixture::{AARCH64, Fixture};

const WASM: &str = "wasm32-unknown-unknown";

#[test]
fn the_hosts_cargo_builds_what_needs_no_toolchain_of_crosss() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[WASM]);
    let ran = fixture
        .cross(&format!("build --target {WASM} --release -- x"))
        .run();
    ran.success().says_exactly("");
    ran.called(&["rustc", "cargo metadata", "cargo build"]);
    assert_eq!(
        ran.calls_of("cargo build"),
        [format!("cargo build --target {WASM} --release -- x")]
    );
    // With `-v` a message says why the host's cargo builds.
    let ran = fixture.cross(&format!("build --target {WASM} -v")).run();
    ran.success()
        .says("     Running the host's cargo: Rust's own toolchain is enough for `wasm32-unknown-unknown`\n");
    let both = format!("build --target {WASM} --target wasm32-wasip2");
    fixture.toolchain("stable", &[WASM, "wasm32-wasip2"]);
    let ran = fixture.cross(&both).run();
    assert_eq!(ran.success().calls_of("cargo build").len(), 1, "{ran}");
}

#[test]
fn no_engine_need_be_there_for_it() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[WASM]);
    for program in ["docker", "podman"] {
        fixture.remove(&format!("bin/{program}"));
    }
    let ran = fixture
        .cross(&format!("build --target {WASM}"))
        .env("CROSS_CONTAINER_ENGINE", "docker")
        .run();
    ran.success().says_exactly("");
}

#[test]
fn its_standard_library_is_added_first() {
    let fixture = Fixture::without_images();
    let manifest = format!("[pkg.rust-std.target.{WASM}]\navailable = true\n");
    fixture.write(
        "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml",
        &manifest,
    );
    let shown = fixture
        .util(&format!("plan -- build --target {WASM}"))
        .run();
    let shown = shown.success().stdout.clone();
    assert!(
        shown.contains(&format!("rustup target add {WASM}")),
        "{shown}"
    );
    let ran = fixture.cross(&format!("build --target {WASM}")).run();
    assert_eq!(
        ran.success().calls_of("rustup target add"),
        [format!(
            "rustup target add {WASM} --toolchain stable-x86_64-unknown-linux-gnu"
        )],
        "{ran}"
    );
    ran.says(&format!("  Installing the standard library for `{WASM}`"));
    assert_eq!(ran.calls_of("cargo build").len(), 1, "{ran}");
}

#[test]
fn a_default_target_is_told_to_it() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[WASM]);
    fixture.file(
        "Cross.toml",
        &format!("[build]\ndefault-target = '{WASM}'\n"),
    );
    let ran = fixture.cross("build").run();
    assert_eq!(
        ran.success().calls_of("cargo build"),
        [format!("cargo build --target {WASM}")]
    );
    // The project chose it, so the user is told once.
    ran.says_exactly(&format!(
        "        Note the host's cargo builds for `{WASM}`, which `build.default-target` in `[PROJECT]/Cross.toml` names, without a \
         container: build scripts can do what you can\n"
    ));
    fixture.cross("build").run().success().says_exactly("");
    let ran = fixture.cross("build").env("CARGO_BUILD_TARGET", WASM).run();
    ran.success().says_exactly("");
}

#[test]
fn a_build_without_a_network_needs_a_container() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[WASM]);
    fixture.file("Cross.toml", "[build]\nnetwork = 'none'\n");
    let build = format!("build --target {WASM}");
    fixture.cross(&build).refuses(
        101,
        &format!(
            "
            error: the host's cargo builds for `{WASM}` and cannot keep the build from the network, as `network = \"none\"` asks
            hint: name an `image` for the target to build it in a container, or set `CROSS_BUILD_NETWORK=host`
            "
        ),
    );
    let build = fixture.cross(&build).env("CROSS_BUILD_NETWORK", "host");
    build.run().success();
}

#[test]
fn an_image_of_ones_own_is_used_all_the_same() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[WASM]);
    fixture.file(
        "Cross.toml",
        &format!("[target.{WASM}]\nimage = 'example.org/image:1'\n"),
    );
    let line = fixture
        .cross(&format!("build --target {WASM}"))
        .run()
        .line();
    line.has("example.org/image:1");
}

#[test]
fn it_is_not_built_beside_one_that_needs_a_container() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[WASM, AARCH64]);
    fixture
        .cross(&format!("build --target {AARCH64} --target {WASM}"))
        .refuses(
            101,
            "
            error: `wasm32-unknown-unknown` needs no container and is built by the host's cargo, `aarch64-unknown-linux-gnu` is built in one
            hint: run it once for each target
            ",
        );
}

#[test]
fn a_target_that_has_to_be_built_elsewhere_is_told_where() {
    let fixture = Fixture::new();
    fixture.write(
        "target-list",
        "aarch64-apple-darwin\nx86_64-pc-windows-msvc\n",
    );
    fixture.cross("build --target aarch64-apple-darwin").refuses(
        101,
        "
        error: cross has no image for target `aarch64-apple-darwin`
        hint: Apple's SDK cannot be handed on: build on macOS, with an `image` or a `dockerfile` of yours that has the SDK, or with `cargo zigbuild` and `SDKROOT`
        ",
    );
    fixture.cross("build --target x86_64-pc-windows-msvc").refuses(
        101,
        "
        error: cross has no image for target `x86_64-pc-windows-msvc`
        hint: Microsoft's SDK cannot be handed on: build for `x86_64-pc-windows-gnullvm`, on Windows, with an `image` or a `dockerfile` of yours that has the SDK, or with `cargo xwin`
        ",
    );
}

#[test]
fn bare_metal_needs_no_container_where_rusts_linker_is_enough() {
    const RISCV: &str = "riscv32imac-unknown-none-elf";
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[RISCV]);
    let ran = fixture.cross(&format!("build --target {RISCV}")).run();
    ran.success().says_exactly("");
    ran.called(&["rustc", "cargo metadata", "cargo build"]);
}

/// Without `panic-abort-tests`, cargo would compile tests to unwind and build a second `core` for
/// them.
#[test]
fn tests_heed_the_profile_where_core_alone_is_built() {
    const RISCV: &str = "riscv32imac-unknown-none-elf";
    let fixture = Fixture::without_images();
    fixture.toolchain("nightly", &[]);
    fixture.source("nightly");
    let args = format!("+nightly test --target {RISCV}");
    let ran = fixture
        .cross(&args)
        .env("CROSS_BUILD_BUILD_STD", "core")
        .run();
    let settings =
        "--config unstable.panic-abort-tests=true --config unstable.build-std=[\"core\"]";
    assert_eq!(
        ran.success().calls_of("cargo --config"),
        [format!("cargo +nightly {settings} test --target {RISCV}")],
        "{ran}"
    );
}

#[test]
fn results_that_cross_does_not_build_are_not_verified_in_silence() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[WASM]);
    let build = format!("build --verify --target {WASM}");
    fixture.cross(&build).refuses(
        1,
        &format!(
            "
            error: `--verify` reads what cross builds, and the host's cargo builds for `{WASM}`
            hint: `cross-util verify FILE` reads any result
            "
        ),
    );
}
