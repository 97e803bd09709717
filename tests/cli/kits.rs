//! Targets whose compilers or libraries only their makers hand out, often under a licence that each
//! user has to accept.

use crate::cross::Cross;
use crate::fixture::Fixture;

const TARGET: &str = "aarch64-linux-android";
const LLVM: &str = "ndk/toolchains/llvm/prebuilt/linux-x86_64";
const MANIFEST: &str = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml";
const REFUSAL: &str = "
    error: `aarch64-linux-android` needs the Android NDK r27c, 663.99 MB from Google, whose licence you have to accept first: https://developer.android.com/studio/terms
    hint: accept it with `CROSS_ANDROID_LICENSE=accepted`, or let `ANDROID_NDK_HOME`, `ANDROID_NDK_ROOT` or `ANDROID_NDK` name one that you have
    ";

/// A kit, and a target that needs it.
struct Kit {
    target: &'static str,
    /// The engines that can build for the target.
    engines: &'static [&'static str],
    package: &'static str,
    file: &'static str,
    digest: &'static str,
    mirror: &'static str,
    /// The variable by which the user accepts the licence, and the error without it.
    consent: Option<(&'static str, &'static str)>,
    /// The variable that names the user's own directory with the kit; what messages call such a
    /// directory; a file that shows that it is one; and the file with its version.
    own: [&'static str; 4],
}

const KITS: &[Kit] = &[
    Kit {
        target: TARGET,
        engines: &["auto", "docker", "host"],
        package: "android-ndk r27c",
        file: "android-ndk-r27c-linux.zip",
        digest: "59c2f6dc96743b5daf5d1626684640b20a6bd2b1d85b13156b90333741bad5cc",
        mirror: "CROSS_ANDROID_MIRROR",
        consent: Some(("CROSS_ANDROID_LICENSE", REFUSAL)),
        own: [
            "ANDROID_NDK_HOME",
            "Android NDK",
            "toolchains/llvm/prebuilt/linux-x86_64/bin/clang",
            "source.properties",
        ],
    },
    Kit {
        target: "x86_64-unknown-dragonfly",
        engines: &["auto", "docker"],
        package: "dragonfly 6.4.2",
        file: "dfly-x86_64-6.4.2_REL.iso.bz2",
        digest: "373150a21eeb7ce0f20c7faf1b8129145bf3bf0463a45d0dc18aad274f7ed661",
        mirror: "CROSS_DRAGONFLY_MIRROR",
        consent: None,
        own: [
            "CROSS_DRAGONFLY_SYSROOT",
            "DragonFly sysroot",
            "usr/lib/crt1.o",
            "usr/include/sys/param.h",
        ],
    },
    Kit {
        target: "x86_64-pc-solaris",
        engines: &["auto", "docker"],
        package: "solaris-sysroot 11.4.42.111.0",
        file: "solaris-11.4.42.111.0-i386-sysroot-v2025-02-21.tar.bz2",
        digest: "e82b78c14464cc2dc71f3cdab312df3dd63441d7c23eeeaf34d41d8b947688d3",
        mirror: "CROSS_SOLARIS_MIRROR",
        consent: Some((
            "CROSS_SOLARIS_LICENSE",
            "
    error: `x86_64-pc-solaris` needs the Solaris sysroot 11.4.42.111.0 from Oracle, whose licence you have to accept first: https://www.oracle.com/downloads/licenses/solaris-ea-license.html
    hint: accept it with `CROSS_SOLARIS_LICENSE=accepted`, or let `CROSS_SOLARIS_SYSROOT` name one that you have
    ",
        )),
        own: [
            "CROSS_SOLARIS_SYSROOT",
            "Solaris sysroot",
            "usr/lib/amd64/crt1.o",
            "lib/amd64/libc.so.1",
        ],
    },
    Kit {
        target: "sparcv9-sun-solaris",
        engines: &["auto", "docker"],
        package: "solaris-sysroot 11.4.42.111.0",
        file: "solaris-11.4.42.111.0-sparc-sysroot-v2025-02-21.tar.bz2",
        digest: "e249a7ef781b9b3297419bd014fa0574800703981d84e113d6af3a897a8b4ffc",
        mirror: "CROSS_SOLARIS_MIRROR",
        consent: Some((
            "CROSS_SOLARIS_LICENSE",
            "
    error: `sparcv9-sun-solaris` needs the Solaris sysroot 11.4.42.111.0 from Oracle, whose licence you have to accept first: https://www.oracle.com/downloads/licenses/solaris-ea-license.html
    hint: accept it with `CROSS_SOLARIS_LICENSE=accepted`, or let `CROSS_SOLARIS_SYSROOT` name one that you have
    ",
        )),
        own: [
            "CROSS_SOLARIS_SYSROOT",
            "Solaris sysroot",
            "usr/lib/sparcv9/crt1.o",
            "lib/sparcv9/libc.so.1",
        ],
    },
];

impl Kit {
    /// A machine without images whose toolchain has a standard library for the target.
    fn fixture(&self) -> Fixture {
        let fixture = Fixture::without_images();
        fixture.toolchain("stable", &[self.target, "x86_64-unknown-linux-gnu"]);
        fixture
    }

    fn build<'a>(&self, fixture: &'a Fixture, engine: &str) -> Cross<'a> {
        let cross = fixture.cross(&format!("build --target {}", self.target));
        cross.env("CROSS_CONTAINER_ENGINE", engine)
    }

    /// The build, with the licence accepted if there is one.
    fn accepted<'a>(&self, fixture: &'a Fixture, engine: &str) -> Cross<'a> {
        let mut cross = self.build(fixture, engine);
        if let Some((variable, _)) = self.consent {
            cross = cross.env(variable, "accepted");
        }
        cross
    }
}

fn fixture() -> Fixture {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[TARGET, "x86_64-unknown-linux-gnu"]);
    fixture
}

/// A machine with an NDK whose compiler prints its command line.
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
    for kit in KITS {
        let Some((_, refusal)) = kit.consent else {
            continue;
        };
        for engine in kit.engines {
            // Without the error, the missing standard library would be installed.
            let fixture = Fixture::without_images();
            let manifest = fixture.read(MANIFEST);
            let library = format!("\n[pkg.rust-std.target.{}]\navailable = true\n", kit.target);
            fixture.write(MANIFEST, &(manifest + &library));
            let before = fixture.packages();
            let ran = kit.build(&fixture, engine).refuses(101, refusal);
            assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
            assert!(!ran.names().contains(&"rustup".to_owned()), "{ran}");
            assert_eq!(fixture.packages(), before, "{ran}");
        }
        let (fixture, target) = (kit.fixture(), kit.target);
        let ran = fixture.util(&format!("images build {target}")).run();
        ran.code(101).says("whose licence you have to accept first");
        assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
        // `cross-util plan` shows the steps without consent.
        let plan = fixture.util(&format!("plan -- build --target {target}"));
        plan.run().success();
    }
    let make = format!("toolchains make {TARGET}");
    fixture().util(&make).refuses(101, REFUSAL);
}

#[test]
fn nothing_is_fetched_offline() {
    for kit in KITS {
        for engine in kit.engines {
            let fixture = kit.fixture();
            let offline = kit.accepted(&fixture, engine);
            offline.env("CARGO_NET_OFFLINE", "true").refuses(
                101,
                &format!(
                    "
        error: `{}` needs the package `{}`, and nothing is fetched because cargo is offline
        hint: run it once with the network, or see `cross-util toolchains import`
        ",
                    kit.target, kit.package
                ),
            );
        }
    }
}

#[test]
fn a_mirror_that_is_no_address_is_named() {
    for kit in KITS {
        for engine in kit.engines {
            let fixture = kit.fixture();
            let ran = kit.accepted(&fixture, engine).env(kit.mirror, "here").run();
            ran.code(101).says_exactly(&format!(
                "error: `here`, which `{}` names, is no address of a mirror\n\
                 hint: give an address of http or https, below which there is `{}`\n",
                kit.mirror, kit.file
            ));
            assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
        }
    }
}

#[test]
fn a_file_that_is_no_such_archive_is_not_taken() {
    for Kit {
        package,
        file,
        digest,
        ..
    } in KITS
    {
        let fixture = fixture();
        fixture.write(file, "no archive\n");
        let ran = fixture.util(&format!("toolchains import ../{file}")).run();
        ran.code(101)
            .says(&format!("is not the package `{package}`: its digest is "))
            .says(&format!(", not {digest}\n"));
    }
    let fixture = fixture();
    fixture.write("other.zip", "no archive\n");
    let ran = fixture.util("toolchains import ../other.zip").run();
    ran.code(101)
        .says("error: `../other.zip` is no package that a toolchain of this version of cross needs: its digest is ");
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
    for kit in KITS {
        let fixture = kit.fixture();
        let [variable, title, probe, version] = kit.own;
        let own = fixture.root.join("own");
        fixture.write(&format!("own/{probe}"), "");
        fixture.write(&format!("own/{version}"), "one\n");
        // No licence needs to be accepted for the user's own kit.
        let build = || kit.build(&fixture, "docker").env(variable, &own).run();
        let builds = |expected: usize| {
            let ran = build();
            ran.success();
            assert_eq!(ran.calls_of("docker build").len(), expected, "{ran}");
        };
        builds(2);
        builds(0);
        // Another version of the kit makes another image.
        fixture.write(&format!("own/{version}"), "two\n");
        builds(1);
        let ran = kit.build(&fixture, "docker");
        ran.env(variable, fixture.root.join("bin")).refuses(
            101,
            &format!(
                "
        error: `{variable}` names `[ROOT]/bin`, which is no {title}
        hint: there is no `{probe}` in it
        "
            ),
        );
    }
}

#[test]
fn what_only_an_image_can_use_is_no_toolchain() {
    for kit in KITS.iter().filter(|kit| !kit.engines.contains(&"host")) {
        let (fixture, target) = (kit.fixture(), kit.target);
        let ran = fixture.util("toolchains list").run();
        assert!(!ran.success().stdout.contains(target), "{ran}");
        fixture.util(&format!("toolchains make {target}")).refuses(
            101,
            &format!(
                "
        error: there is no toolchain for `{target}`, only an image
        hint: `cross-util toolchains list` shows which targets have one
        "
            ),
        );
    }
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

#[test]
fn a_program_of_such_a_target_is_not_built_where_nothing_runs_it() {
    for kit in KITS {
        let fixture = kit.fixture();
        let run = format!("run --target {}", kit.target);
        let ran = fixture
            .cross(&run)
            .env("CROSS_CONTAINER_ENGINE", "docker")
            .run();
        ran.code(101).says(&format!(
            "error: there is no runner for programs of `{}`\nhint: name a script of the project's",
            kit.target
        ));
        assert_eq!(ran.calls_of("docker build").len(), 0, "{ran}");
    }
}
