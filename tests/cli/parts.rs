//! Parts of images: which projects need them, and how the configuration changes that.

use crate::cross::{Cross, Ran};
use crate::fixture::{AARCH64, ARMV7, Fixture};

/// The image of the run's last container.
fn image(ran: &Ran) -> String {
    let asked = ran.calls_of("docker run");
    let line = asked.last().expect("it runs");
    let name = line
        .split(' ')
        .find(|word| word.starts_with("localhost/cross/"));
    name.expect("it names an image").to_owned()
}

/// A build for a target whose toolchain has no OpenSSL.
fn build(fixture: &Fixture) -> Cross<'_> {
    fixture.cross(&format!("build --target {ARMV7}"))
}

/// A machine whose toolchain has the standard library for that target.
fn machine() -> Fixture {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[AARCH64, ARMV7]);
    fixture
}

fn with_crate(fixture: &Fixture, name: &str) {
    let lock = fixture.read("project/Cargo.lock");
    let package = format!("\n[[package]]\nname = \"{name}\"\nversion = \"0.9.1\"\n");
    fixture.write("project/Cargo.lock", &(lock + &package));
}

#[test]
fn a_project_that_links_openssl_gets_an_image_that_has_it() {
    let fixture = machine();
    let plain = image(&build(&fixture).run());
    with_crate(&fixture, "openssl-probe");
    assert_eq!(image(&build(&fixture).run()), plain);
    with_crate(&fixture, "openssl-sys");
    let ran = build(&fixture).run();
    ran.success();
    assert_eq!(image(&ran), format!("{plain}-openssl"));
    let built = ran.calls_of("docker build");
    assert!(
        built
            .last()
            .is_some_and(|line| line.contains("PARTS=openssl")),
        "{ran}"
    );
    // The early question to the engine already names the image with the part, so it is the only
    // question.
    let ran = build(&fixture).run();
    assert_eq!(ran.calls_of("docker image inspect").len(), 1, "{ran}");
}

#[test]
fn the_configuration_wins_over_the_lock_file() {
    let fixture = machine();
    let plain = image(&build(&fixture).run());
    with_crate(&fixture, "openssl-sys");
    let ran = build(&fixture).env("CROSS_BUILD_PARTS", "none").run();
    assert_eq!(image(&ran), plain);
    fixture.file("Cross.toml", "[build]\nparts = []\n");
    assert_eq!(image(&build(&fixture).run()), plain);
    let table = format!("[target.{ARMV7}]\nparts = [\"openssl\"]\n");
    fixture.file("Cross.toml", &table);
    assert_eq!(image(&build(&fixture).run()), format!("{plain}-openssl"));
}

#[test]
fn a_part_that_is_named_comes_beside_those_of_the_lock_file() {
    let fixture = machine();
    let plain = image(&build(&fixture).run());
    with_crate(&fixture, "clang-sys");
    assert_eq!(image(&build(&fixture).run()), format!("{plain}-libclang"));
    let ran = build(&fixture).env("CROSS_BUILD_PARTS", "openssl").run();
    assert_eq!(image(&ran), format!("{plain}-openssl-libclang"));
}

#[test]
fn crates_that_nothing_tells_of_may_want_what_takes_seconds() {
    let fixture = machine();
    fixture.remove("project/Cargo.lock");
    let plain = image(&build(&fixture).run());
    assert!(!plain.contains("libclang"), "{plain}");
    fixture.remove("project/Cargo.lock");
    let install = format!("install --path . --root ../out --target {ARMV7}");
    let ran = fixture.cross(&install).run();
    ran.success();
    assert_eq!(image(&ran), format!("{plain}-libclang"));
}

#[test]
fn a_part_that_there_is_not_is_refused() {
    let fixture = machine();
    fixture.file("Cross.toml", "[build]\nparts = [\"opensll\"]\n");
    build(&fixture).refuses(
        101,
        "
        error: there is no part `opensll`, which `build.parts` in `[PROJECT]/Cross.toml` names
        hint: there is `cxx`, `libclang`, `openssl`, `autoconf`, `bison`, `cmake`, `flex`, `git`, `m4`, `make`, `nasm`, `ninja`, `perl`, `protoc`, `python3`
        ",
    );
}

/// A project whose crates are in a directory of its own: `openssl-sys`.
fn with_vendored(fixture: &Fixture) {
    fixture.krate("project/vendor/openssl-sys", "openssl-sys", "");
    fixture.file("vendor/openssl-sys/.cargo-checksum.json", "{\"files\":{}}");
    fixture.file(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"vendor\"\n[source.vendor]\ndirectory = \"vendor\"\n",
    );
}

const WITH_OPENSSL: &str = "[dependencies]\nopenssl-sys = \"*\"\n";

#[test]
fn without_a_lock_file_cargo_writes_it_before_the_image_is_chosen() {
    let fixture = machine();
    with_vendored(&fixture);
    fixture.krate("project", "hello", WITH_OPENSSL);
    fixture.remove("project/Cargo.lock");
    let ran = build(&fixture).run();
    ran.success();
    assert!(image(&ran).ends_with("-openssl"), "{ran}");
    assert_eq!(ran.calls_of("cargo generate-lockfile").len(), 1, "{ran}");
}

/// Cargo adds a dependency to the lock file when it is first used, which is later than cross
/// chooses the image.
#[test]
fn a_new_dependency_counts_before_it_is_in_the_lock_file() {
    let fixture = machine();
    with_vendored(&fixture);
    fixture.write("fetch-is-real", "");
    assert!(!image(&build(&fixture).run()).ends_with("-openssl"));
    let lock = fixture.read("project/Cargo.lock");
    fixture.krate("project", "hello", WITH_OPENSSL);
    // What a call finds out that ends early does not count.
    fixture
        .cross("build --target aarch64-unknown-linux-gnuu")
        .run()
        .code(101);
    let ran = build(&fixture).arg("--locked").run();
    assert!(!image(&ran).ends_with("-openssl"), "{ran}");
    assert_eq!(fixture.read("project/Cargo.lock"), lock);
    fixture.write("fetch-fails", "error: no network\n");
    let ran = build(&fixture).run();
    assert_eq!(ran.calls_of("cargo fetch").len(), 1, "{ran}");
    fixture.remove("fetch-fails");
    let ran = build(&fixture).run();
    assert!(image(&ran).ends_with("-openssl"), "{ran}");
    assert_eq!(ran.calls_of("cargo fetch").len(), 1, "{ran}");
    let ran = build(&fixture).run();
    assert_eq!(ran.calls_of("cargo fetch").len(), 0, "{ran}");
}

#[test]
fn what_the_toolchain_has_is_in_every_image() {
    let fixture = Fixture::new();
    let plain = image(&fixture.build().run());
    with_crate(&fixture, "openssl-sys");
    assert_eq!(image(&fixture.build().run()), plain);
    fixture.file("Cross.toml", "[build]\nparts = []\n");
    assert_eq!(image(&fixture.build().run()), plain);
    let fixture = Fixture::without_images();
    fixture.directory("built");
    let ran = fixture.build().run();
    let built = ran.success().calls_of("docker build");
    assert!(built[1].contains("--build-arg PARTS=openssl"), "{ran}");
    let dockerfile = fixture.read("built/Dockerfile");
    assert!(dockerfile.contains("AARCH64_UNKNOWN_LINUX_GNU_OPENSSL_DIR="));
}
