//! Targets whose compilers come under a licence that each user has to accept.

use crate::cross::Cross;
use crate::fixture::Fixture;

const TARGET: &str = "aarch64-linux-android";
const LLVM: &str = "ndk/toolchains/llvm/prebuilt/linux-x86_64";
const MANIFEST: &str = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml";
const REFUSAL: &str = "
    error: `aarch64-linux-android` needs the Android NDK r27c, 663.99 MB from Google, whose licence you have to accept first: https://developer.android.com/studio/terms
    hint: accept it with `CROSS_ANDROID_LICENSE=accepted`, or let `ANDROID_NDK_HOME`, `ANDROID_NDK_ROOT` or `ANDROID_NDK` name one that you have
    ";

fn fixture() -> Fixture {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[TARGET, "x86_64-unknown-linux-gnu"]);
    fixture
}

/// A machine with an NDK whose compiler says how it was called.
fn with_kit() -> Fixture {
    let fixture = fixture();
    fixture.write("ndk/source.properties", "Pkg.Revision = 27.2.12479018\n");
    fixture.write(&format!("{LLVM}/sysroot/usr/include/stdio.h"), "");
    for name in ["clang", "clang++"] {
        let path = format!("../{LLVM}/bin/{name}");
        fixture.directory(&format!("{LLVM}/bin"));
        fixture.program(&path, "#!/bin/sh\necho \"${0##*/}\" \"$@\"\n");
    }
    fixture
}

fn build<'a>(fixture: &'a Fixture, engine: &str) -> Cross<'a> {
    let cross = fixture.cross(&format!("build --target {TARGET}"));
    cross.env("CROSS_CONTAINER_ENGINE", engine)
}

#[test]
fn nothing_is_done_for_a_target_before_its_licence_is_accepted() {
    for engine in ["auto", "docker", "host"] {
        // The standard library would have to be installed.
        let fixture = Fixture::without_images();
        let manifest = fixture.read(MANIFEST);
        let library = format!("\n[pkg.rust-std.target.{TARGET}]\navailable = true\n");
        fixture.write(MANIFEST, &(manifest + &library));
        let before = fixture.packages();
        let ran = build(&fixture, engine).refuses(101, REFUSAL);
        assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
        assert!(!ran.names().contains(&"rustup".to_owned()), "{ran}");
        assert_eq!(fixture.packages(), before, "{ran}");
    }
    let fixture = fixture();
    fixture
        .util(&format!("toolchains make {TARGET}"))
        .refuses(101, REFUSAL);
    let ran = fixture.util(&format!("images build {TARGET}")).run();
    ran.code(101).says("whose licence you have to accept first");
    assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
    // What would be done can be looked at all the same.
    fixture
        .util(&format!("plan -- build --target {TARGET}"))
        .run()
        .success();
}

#[test]
fn nothing_is_fetched_offline() {
    let fixture = fixture();
    let offline = build(&fixture, "host").env("CARGO_NET_OFFLINE", "true");
    offline.env("CROSS_ANDROID_LICENSE", "accepted").refuses(
        101,
        "
        error: `aarch64-linux-android` needs the package `android-ndk r27c`, and nothing is fetched because cargo is offline
        hint: run it once with the network, or see `cross-util toolchains import`
        ",
    );
}

#[test]
fn a_mirror_that_is_no_address_is_named() {
    let fixture = fixture();
    let accepted = build(&fixture, "host").env("CROSS_ANDROID_LICENSE", "accepted");
    let ran = accepted.env("CROSS_ANDROID_MIRROR", "here").run();
    ran.code(101).says_exactly(
        "error: `here`, which `CROSS_ANDROID_MIRROR` names, is no address of a mirror\n\
         hint: it takes one of http or https, below which there is `android-ndk-r27c-linux.zip`\n",
    );
}

#[test]
fn a_file_that_is_no_such_archive_is_not_taken() {
    let fixture = fixture();
    fixture.write("android-ndk-r27c-linux.zip", "no archive\n");
    let ran = fixture
        .util("toolchains import ../android-ndk-r27c-linux.zip")
        .run();
    ran.code(101)
        .says("is not the package `android-ndk r27c`: its digest is ")
        .says(", not 59c2f6dc96743b5daf5d1626684640b20a6bd2b1d85b13156b90333741bad5cc\n");
    fixture.write("other.zip", "no archive\n");
    let ran = fixture.util("toolchains import ../other.zip").run();
    ran.code(101)
        .says("error: there is no package of a toolchain in `../other.zip`: its digest is ");
}

#[test]
fn the_users_own_is_used_without_a_question() {
    let fixture = with_kit();
    let ndk = fixture.root.join("ndk");
    let ran = build(&fixture, "host").env("ANDROID_NDK_HOME", &ndk).run();
    ran.success()
        .says("Finished toolchain for `aarch64-linux-android` in ");
    let env = format!("env --target {TARGET} --format sh");
    let env = fixture.util(&env).env("ANDROID_NDK_ROOT", &ndk).run();
    let script = format!(
        "{}\n\"$CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER\" -c a.c --target=aarch64-linux-android\n\
         \"$CXX_aarch64_linux_android\" -v\n\
         CROSS_API_LEVEL=28 aarch64-linux-android-g++ a.o -lc++_static\n",
        env.success().stdout
    );
    let said = fixture.shell(&script).env("PATH", "/usr/bin:/bin").run();
    let lines: Vec<&str> = said.success().stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[0].starts_with("clang -c a.c --target=aarch64-linux-android --start-no-unused-arguments --target=aarch64-linux-android24 --sysroot=")
            && lines[0].ends_with(" -static-libstdc++ -Wl,-z,max-page-size=16384 --end-no-unused-arguments"),
        "{said}"
    );
    assert!(
        lines[1].starts_with("clang++ -v ") && !lines[1].contains("-Wl"),
        "{said}"
    );
    assert!(
        lines[2].contains("android28 ") && lines[2].contains(" -lc++abi "),
        "{said}"
    );
}

#[test]
fn an_image_is_built_of_the_users_own() {
    let fixture = with_kit();
    let ndk = fixture.root.join("ndk");
    let ran = build(&fixture, "docker")
        .env("ANDROID_NDK_HOME", &ndk)
        .run();
    ran.success();
    assert_eq!(ran.calls_of("docker build").len(), 2, "{ran}");
    let ran = build(&fixture, "docker")
        .env("ANDROID_NDK_HOME", &ndk)
        .run();
    assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
    // Another version is another image.
    fixture.write("ndk/source.properties", "Pkg.Revision = 28.0.1\n");
    let ran = build(&fixture, "docker")
        .env("ANDROID_NDK_HOME", &ndk)
        .run();
    assert_eq!(ran.calls_of("docker build").len(), 1, "{ran}");
    let ran = build(&fixture, "docker").env("ANDROID_NDK_HOME", fixture.root.join("bin"));
    ran.refuses(
        101,
        "
        error: `ANDROID_NDK_HOME` names `[ROOT]/bin`, which is no Android NDK
        hint: there is no `toolchains/llvm/prebuilt/linux-x86_64/bin/clang` in it
        ",
    );
}

#[test]
fn another_api_level_reaches_all_that_depends_on_it() {
    const KEY: &str = "CROSS_TARGET_AARCH64_LINUX_ANDROID_API_LEVEL";
    let fixture = fixture();
    let plan = || fixture.util(&format!("plan -- build --target {TARGET}"));
    let shown = plan().env(KEY, "28").run().success().stdout.clone();
    let sysroot = format!("/opt/cross/{TARGET}/{LLVM}/sysroot");
    for part in [
        "CROSS_API_LEVEL=28",
        &format!("--target={TARGET}28 --sysroot={sysroot} "),
        "-api-28\"",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let without = plan().run().success().stdout.clone();
    assert!(!without.contains("CROSS_API_LEVEL"), "{without}");
    let host = plan().env("CROSS_CONTAINER_ENGINE", "host");
    let host = host.env(KEY, "28").run().success().stdout.clone();
    assert!(
        host.contains("CROSS_API_LEVEL=28") && host.contains(&format!("--target={TARGET}28 ")),
        "{host}"
    );
    plan().env(KEY, "19").refuses(
        101,
        &format!(
            "error: the variable `{KEY}` asks for the API level 19: the oldest for `{TARGET}` is 21"
        ),
    );
    let ran = plan().env(KEY, "new").run();
    ran.code(101)
        .says("`new` is no API level, which is a number: 24");
    fixture.file("Cross.toml", "[target.'*']\napi-level = 28\n");
    let ran = fixture.build().run();
    ran.success().says(
        "warning: `target.*.api-level` in `[PROJECT]/Cross.toml` has no effect: there are no API levels for `aarch64-unknown-linux-gnu`\n",
    );
}
