//! Commands that cargo is to carry out without the network: what cross itself would fetch is an
//! error, and what is there is used.

use crate::cross::{Cross, Ran};
use crate::fixture::{AARCH64, ARMV7, Fixture, MIPS, X86_64};

const STABLE: &str = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

/// The four ways to forbid cargo the network, each with a command for a target.
fn each_way(fixture: &Fixture, command: &str, each: impl Fn(Cross<'_>)) {
    let plain = || fixture.cross(command);
    each(plain().arg("--offline"));
    each(plain().arg("--frozen"));
    each(plain().env("CARGO_NET_OFFLINE", "true"));
    fixture.write("home/.cargo/config.toml", "[net]\noffline = true\n");
    each(plain());
    fixture.remove("home/.cargo/config.toml");
}

fn asks_rustup_nothing(ran: &Ran) {
    let asked = ran.calls.iter().any(|call| call.program == "rustup");
    assert!(!asked, "{ran}");
}

#[test]
fn what_is_there_is_built_with_and_cargo_is_not_asked_to_fetch() {
    let fixture = Fixture::new();
    each_way(&fixture, &format!("build --target {AARCH64}"), |build| {
        let ran = build.run();
        ran.success().says_exactly("");
        assert_eq!(ran.calls_of("docker run").len(), 1, "{ran}");
        assert!(ran.calls_of("cargo fetch").is_empty(), "{ran}");
        asks_rustup_nothing(&ran);
    });
}

#[test]
fn a_missing_standard_library_is_not_installed() {
    let fixture = Fixture::new();
    each_way(&fixture, &format!("build --target {ARMV7}"), |build| {
        build.refuses(
            101,
            "
            error: the toolchain in `[SYSROOT]` lacks the standard library for `armv7-unknown-linux-gnueabihf`, and nothing is fetched because cargo is offline
            hint: run it once with the network: `rustup target add armv7-unknown-linux-gnueabihf --toolchain stable-x86_64-unknown-linux-gnu`
            ",
        );
    });
    let host = fixture.cross(&format!("build --target {ARMV7} --offline"));
    let ran = host.env("CROSS_CONTAINER_ENGINE", "host").run();
    ran.code(101)
        .says("lacks the standard library for `armv7-unknown-linux-gnueabihf`, and nothing");
    asks_rustup_nothing(&ran);
    // The host's cargo builds for this target.
    let bare = fixture.cross("build --target wasm32-unknown-unknown --offline");
    let manifest = format!("{STABLE}/lib/rustlib/multirust-channel-manifest.toml");
    let library = "\n[pkg.rust-std.target.wasm32-unknown-unknown]\navailable = true\n";
    fixture.write(&manifest, &(fixture.read(&manifest) + library));
    let ran = bare.run();
    ran.code(101)
        .says("lacks the standard library for `wasm32-unknown-unknown`, and nothing");
    asks_rustup_nothing(&ran);
}

#[test]
fn the_source_of_the_library_is_not_installed() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    let image = format!("[target.{MIPS}]\nimage = 'example.org/mips'\n");
    fixture.file("Cross.toml", &image);
    fixture.write(
        "images/docker/example.org_mips",
        r#"[{"Id":"sha256:1234567890abcdef","Size":7,"Config":{"Labels":{}}}]"#,
    );
    let build = format!("+nightly build --target {MIPS}");
    each_way(&fixture, &build, |build| {
        build.refuses(
            101,
            "
            error: the toolchain in `[NIGHTLY]` lacks the standard library's source, and nothing is fetched because cargo is offline
            hint: run it once with the network: `rustup component add rust-src --toolchain nightly-x86_64-unknown-linux-gnu`
            ",
        );
    });
    fixture.source("nightly");
    each_way(&fixture, &build, |build| {
        let ran = build.run();
        ran.success();
        asks_rustup_nothing(&ran);
    });
}

#[test]
fn a_component_that_the_toolchain_file_names_is_not_installed() {
    let fixture = Fixture::new();
    fixture.proxies();
    fixture.write(
        &format!("{STABLE}/lib/rustlib/components"),
        "rustc-x86_64-unknown-linux-gnu\n",
    );
    fixture.write(
        &format!("{STABLE}/lib/rustlib/multirust-channel-manifest.toml"),
        "[pkg.llvm-tools-preview.target.x86_64-unknown-linux-gnu]\navailable = true\n",
    );
    fixture.file(
        "rust-toolchain.toml",
        "[toolchain]\ncomponents = ['llvm-tools']\n",
    );
    // A lock file would have to be written, by a cargo behind rustup's proxy.
    fixture.remove("project/Cargo.lock");
    let ran = fixture.build().arg("--offline").run();
    ran.code(101).says(
        "error: the toolchain in `[SYSROOT]` lacks the component `llvm-tools`, and nothing is fetched because cargo is offline\n\
         hint: run it once with the network: `rustup component add llvm-tools --toolchain stable-x86_64-unknown-linux-gnu`\n",
    );
    assert!(ran.calls_of("cargo generate-lockfile").is_empty(), "{ran}");
    asks_rustup_nothing(&ran);
    let build = fixture.build().env("RUSTUP_AUTO_INSTALL", "0");
    build.arg("--offline").run().success();
}

#[test]
fn a_missing_toolchain_is_not_installed() {
    let fixture = Fixture::new();
    fixture.write("toolchain-missing", "");
    each_way(&fixture, &format!("build --target {AARCH64}"), |build| {
        build.refuses(1, "error: toolchain 'stable' is not installed");
    });
}

/// A machine without images whose toolchain has standard libraries for these targets.
fn without_images() -> Fixture {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[AARCH64, ARMV7, MUSL, X86_64]);
    fixture
}

#[test]
fn an_image_whose_scripts_fetch_is_not_built() {
    let fixture = without_images();
    each_way(&fixture, &format!("build --target {MUSL}"), |build| {
        build.refuses(
            101,
            "
            error: building the image `localhost/cross/x86_64-unknown-linux-musl:[VERSION]` fetches packages, and nothing is fetched because cargo is offline
            hint: build it once with the network: `CARGO_NET_OFFLINE=false cross-util images build x86_64-unknown-linux-musl`
            ",
        );
    });
    let ran = fixture
        .util(&format!("images build {MUSL}"))
        .env("CARGO_NET_OFFLINE", "true")
        .run();
    ran.code(101).says("fetches packages, and nothing is");
    assert!(ran.calls_of("docker build").is_empty(), "{ran}");
    // The plan can be seen.
    let plan = fixture.util(&format!("plan -- build --offline --target {MUSL}"));
    plan.run().success();
}

#[test]
fn a_part_that_is_fetched_is_not_built() {
    let fixture = without_images();
    fixture.write(
        "project/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"openssl-sys\"\nversion = \"0.9.1\"\n",
    );
    let build = fixture.cross(&format!("build --target {ARMV7} --offline"));
    build.refuses(
        101,
        "
        error: building the image `localhost/cross/armv7-unknown-linux-gnueabihf:[VERSION]-openssl` fetches packages, and nothing is fetched because cargo is offline
        hint: build it once with the network: `CARGO_NET_OFFLINE=false cross-util images build --with openssl armv7-unknown-linux-gnueabihf`
        ",
    );
    // The toolchain of this target has the part.
    fixture.build().arg("--offline").run().success();
}

#[test]
fn an_image_of_packages_that_are_there_is_built_without_the_network() {
    let networks = |ran: &Ran| {
        let builds = ran.calls_of("docker build");
        let network = |line: &String| {
            let (_, rest) = line.split_once(" --network ").expect("it is said");
            rest.split(' ').next().map(str::to_owned)
        };
        builds.iter().filter_map(network).collect::<Vec<_>>()
    };
    let fixture = without_images();
    let ran = fixture.build().arg("--offline").run();
    assert_eq!(networks(ran.success()), ["none", "none"], "{ran}");
    let fixture = without_images();
    let ran = fixture.build().run();
    assert_eq!(networks(ran.success()), ["host", "host"], "{ran}");
}

#[test]
fn an_image_of_the_users_is_not_pulled() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = 'example.org/mine'\n"),
    );
    each_way(&fixture, &format!("build --target {AARCH64}"), |build| {
        build.refuses(
            101,
            "
            error: the image `example.org/mine`, which `target.aarch64-unknown-linux-gnu.image` in `[PROJECT]/Cross.toml` names, is missing, and nothing is fetched because cargo is offline
            hint: `CARGO_NET_OFFLINE=false` lets one run pull it
            ",
        );
    });
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("docker pull").len(), 1, "{ran}");
    fixture.build().arg("--offline").run().success();
}

/// Cargo's settings are no business of the user's own commands, as of build scripts.
#[test]
fn commands_of_the_users_for_an_image_run_as_ever() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\npre-build = ['true']\n"),
    );
    let ran = fixture.build().arg("--offline").run();
    let builds = ran.success().calls_of("docker build");
    assert_eq!(builds.len(), 1, "{ran}");
    assert!(builds[0].contains(" --network host "), "{ran}");
    // The image that they start from is cross's.
    let fixture = without_images();
    fixture.file(
        "Cross.toml",
        &format!("[target.{MUSL}]\npre-build = ['true']\n"),
    );
    let ran = fixture
        .cross(&format!("build --offline --target {MUSL}"))
        .run();
    ran.code(101).says("fetches packages, and nothing is");
    assert!(ran.calls_of("docker build").is_empty(), "{ran}");
}
