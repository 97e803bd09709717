//! Images that have to be built, and what can go wrong with that.

use crate::fixture::{AARCH64, ARMV7, Fixture};

const LOG: &str = "home/.cache/cross/logs/docker-aarch64-unknown-linux-gnu.log";

#[test]
fn the_first_build_makes_the_image_and_the_second_finds_it() {
    let fixture = Fixture::without_images();
    let ran = fixture.build().run();
    ran.line();
    ran.says("Building image `localhost/cross/aarch64-unknown-linux-gnu:[VERSION]` (this happens once; log: ");
    assert_eq!(ran.calls_of("docker build").len(), 2, "{ran}");
    assert!(ran.calls_of("docker import").is_empty(), "{ran}");
    let again = fixture.build().run();
    again.called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker run",
    ]);
    again.says_exactly("");
}

#[test]
fn rows_share_the_base() {
    let fixture = Fixture::without_images();
    fixture.build().run().success();
    let ran = fixture.cross(&format!("build --target {ARMV7}")).run();
    assert_eq!(ran.success().calls_of("docker build").len(), 1, "{ran}");
}

#[test]
fn an_image_of_another_recipe_is_built_anew() {
    let fixture = Fixture::new();
    let name = format!(
        "images/docker/localhost_cross_{AARCH64}:{}",
        env!("CARGO_PKG_VERSION")
    );
    let old = r#"[{"Id":"sha256:0","Config":{"Labels":{"cross.recipe":"0000000000000000"}}}]"#;
    fixture.write(&name, old);
    let ran = fixture.build().run();
    ran.line()
        .has("localhost/cross/aarch64-unknown-linux-gnu:[VERSION]");
    assert!(!ran.calls_of("docker build").is_empty(), "{ran}");
    assert_ne!(fixture.read(&name), old);
}

#[test]
fn nothing_of_the_caller_gets_into_an_image() {
    let fixture = Fixture::without_images();
    let ran = fixture
        .build()
        .env("CARGO_REGISTRY_TOKEN", "s3cr3t")
        .env("https_proxy", "http://me:pa55word@proxy")
        .run();
    for call in ran.success().calls_of("docker build") {
        assert!(
            !call.contains("s3cr3t") && !call.contains("pa55word"),
            "{call}"
        );
        assert!(call.contains("--build-arg https_proxy"), "{call}");
        assert!(
            !call.contains("[PROJECT]") && !call.contains("[HOME]"),
            "{call}"
        );
    }
}

/// A machine that has all packages of the base image, each with this content, and no Debian image.
fn with_packages(content: &[u8]) -> Fixture {
    let fixture = Fixture::without_images();
    fixture.remove(&Fixture::debian_image("docker"));
    fixture.base_packages(content);
    fixture
}

/// A Debian package with one file.
fn package() -> Vec<u8> {
    let archive = |path: &str, content: &str| {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, path, content.as_bytes())
            .expect("it has room");
        archive.into_inner().expect("it has room")
    };
    let mut package = ar::Builder::new(Vec::new());
    for (member, content) in [
        (
            "control.tar",
            archive("control", "Package: it\nVersion: 1\n"),
        ),
        ("data.tar", archive("usr/bin/it", "a program")),
    ] {
        let header = ar::Header::new(member.into(), content.len() as u64);
        package.append(&header, &*content).expect("it has room");
    }
    package.into_inner().expect("it has room")
}

#[test]
fn the_base_is_made_of_packages_once() {
    let fixture = with_packages(&package());
    let ran = fixture.build().run();
    ran.line();
    assert_eq!(ran.calls_of("docker import").len(), 1, "{ran}");
    ran.says("Unpacking ");
    let archive = std::fs::read(fixture.root.join("imported")).expect("it was read");
    let mut archive = tar::Archive::new(&*archive);
    let files = archive.entries().expect("it is an archive");
    let paths = files.map(|file| {
        file.expect("it is a file")
            .path()
            .expect("it has a path")
            .into_owned()
    });
    let paths: Vec<_> = paths.collect();
    for path in ["usr/bin/it", "var/lib/dpkg/status"] {
        assert!(paths.contains(&path.into()), "{path}");
    }
    // Another target's image is built upon the same base image.
    let ran = fixture.cross(&format!("build --target {ARMV7}")).run();
    assert!(ran.success().calls_of("docker import").is_empty(), "{ran}");
}

#[test]
fn an_archive_that_breaks_off_is_no_image() {
    let fixture = with_packages(b"no package");
    let ran = fixture.build().run();
    ran.code(101)
        .says("error: cannot make the base image: cannot read the package `");
    assert!(!fixture.has(&Fixture::debian_image("docker")), "{ran}");
    let fixture = with_packages(&package());
    fixture.write("import-fails", "Error: no space left on device\n");
    let ran = fixture.build().run();
    ran.code(101)
        .says("error: cannot make the base image: `[ROOT]/bin/docker import ");
    ran.says("no space left on device");
    assert!(!fixture.has(&Fixture::debian_image("docker")), "{ran}");
}

#[test]
fn packages_that_cannot_be_had_are_named_before_anything_is_built() {
    let fixture = Fixture::without_images();
    fixture.remove(&Fixture::debian_image("docker"));
    let ran = fixture
        .build()
        .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
        .env("CROSS_BUILD_MIRROR", "http://127.0.0.1:1/debian")
        .run();
    ran.code(101)
        .says("error: cannot fetch the package `")
        .says("` for `aarch64-unknown-linux-gnu`: 127.0.0.1: connection refused\n")
        .says(
            "hint: let `build.mirror` or `CROSS_BUILD_MIRROR` name a mirror that has `pool/main/",
        );
    assert!(
        ran.lines().is_empty() && ran.calls_of("docker build").is_empty(),
        "{ran}"
    );
    assert!(!fixture.has("project/target"), "{ran}");
}

#[test]
fn an_image_of_other_packages_is_not_built_upon() {
    let fixture = Fixture::without_images();
    fixture.write(
        &Fixture::debian_image("docker"),
        r#"[{"Id":"sha256:0","Config":{"Labels":{"cross.recipe":"0"}}}]"#,
    );
    let ran = fixture.build().env("CARGO_NET_OFFLINE", "true").run();
    ran.code(101)
        .says("error: `aarch64-unknown-linux-gnu` needs the package `")
        .says(" more, and nothing is fetched because cargo is offline\n");
}

#[test]
fn a_failed_build_names_its_log_and_the_next_run_goes_on() {
    let fixture = Fixture::without_images();
    fixture.write("row-build-fails", "make: *** [all] Error 2\n");
    let ran = fixture.build().run();
    ran.code(101).says(&format!(
        "
        hint: the whole log is `[CACHE]/logs/docker-{AARCH64}.log`; the next run goes on where this one stopped
        "
    ));
    assert!(ran.lines().is_empty(), "{ran}");
    assert!(!fixture.has("project/target"), "{ran}");
    ran.says(
        "error: building the image `localhost/cross/aarch64-unknown-linux-gnu:[VERSION]` failed; \
         the end of its log:",
    );
    // The engine's two streams have no order between them.
    for text in [&ran.stderr, &fixture.read(LOG)] {
        assert!(
            text.contains("\nStep 1/2 : FROM") || text.starts_with("Step 1/2 : FROM"),
            "{ran}"
        );
        assert!(text.contains("make: *** [all] Error 2\n"), "{ran}");
    }

    // The tag is absent, so nothing half built is ever used; the base need not be built again.
    let ran = fixture.build().run();
    ran.code(101);
    assert_eq!(ran.calls_of("docker build").len(), 1, "{ran}");

    fixture.remove("row-build-fails");
    fixture
        .build()
        .run()
        .line()
        .has("localhost/cross/aarch64-unknown-linux-gnu:[VERSION]");
}

/// docker colours what a command writes to stderr. It does so for each write, wherever in a line
/// the write ends.
#[test]
fn a_failed_builds_words_have_no_colours() {
    let fixture = Fixture::without_images();
    let words =
        "\u{1b}[91m+ \u{1b}[0m\u{1b}[91mtest -e\u{1b}[0m\u{1b}[91m /nowhere\n\u{1b}[0mit failed\n";
    fixture.write("row-build-fails", words);
    let ran = fixture.build().run();
    ran.code(101);
    for text in [&ran.stderr, &fixture.read(LOG)] {
        assert!(text.contains("+ test -e /nowhere\nit failed\n"), "{ran}");
    }
}

/// To reuse layers, the engines look through all images, and fail if another process removes one
/// meanwhile.
#[test]
fn a_build_that_lost_its_layers_to_another_process_is_begun_again() {
    let podmans = "Error: checking if cached image exists from a previous build: getting top layer \
                   info: layer not known\n";
    let dockers =
        "unable to find image \"sha256:7d4a69552ed362778707d7ea0d758bad20fe619ef8838459d\"";
    for (engine, lost) in [("podman", podmans), ("docker", dockers)] {
        let build = format!("{engine} build");
        let fixture = Fixture::without_images();
        fixture.write("row-build-fails-once", lost);
        let chosen = ("CROSS_CONTAINER_ENGINE", engine);
        let ran = fixture.build().env(chosen.0, chosen.1).run();
        ran.success()
            .says("Building the image again, as another process removed images meanwhile");
        assert_eq!(ran.calls_of(&build).len(), 3, "{ran}");

        // The build is repeated only a few times, and not at all after another error.
        let other = format!("{lost}\nError: exit status 2\n");
        for (words, builds) in [(lost, 4), (&other, 1)] {
            let fixture = Fixture::without_images();
            fixture.write("row-build-fails", words);
            let ran = fixture.build().env(chosen.0, chosen.1).run();
            ran.code(101).says("the end of its log");
            assert_eq!(ran.calls_of(&build).len(), 1 + builds, "{ran}");
        }
    }
}

#[test]
fn a_full_disk_is_named_as_such() {
    for words in [
        "write /var/lib/x: no space left on device\n",
        "No space left on device (28)\n",
        "E: You don't have enough free space in /var/cache/apt/archives/.\n",
        // The script blames another cause, and the end of the log has nothing but that.
        &format!(
            "write (28: No space left on device)\n{}a package is not in the mirror\n",
            "E: x\n".repeat(20)
        ),
    ] {
        let fixture = Fixture::without_images();
        fixture.write("base-build-fails", words);
        let ran = fixture.build().run();
        ran.says("failed: the disk is full; the end of its log:");
        ran.code(101).says(
            "
            hint: free some disk space (`docker system df` shows what images take) and run the command again; it goes on where it stopped
            ",
        );
        assert!(ran.lines().is_empty(), "{ran}");
    }
}

#[test]
fn a_full_disk_of_podman_is_looked_up_with_podman() {
    let fixture = Fixture::without_images();
    fixture.write(
        "row-build-fails",
        "Error: write /x: no space left on device\n",
    );
    let ran = fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .run();
    ran.code(101).says("`podman system df`");
}

#[test]
fn the_failed_build_of_a_second_target_starts_nothing() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[ARMV7]);
    fixture.remove(&format!(
        "images/docker/localhost_cross_{ARMV7}:{}",
        env!("CARGO_PKG_VERSION")
    ));
    fixture.write("row-build-fails", "Error: x\n");
    let ran = fixture
        .cross(&format!("build --target {AARCH64} --target {ARMV7}"))
        .run();
    ran.code(101);
    assert!(ran.lines().is_empty(), "{ran}");
}

#[test]
fn quiet_builds_an_image_without_a_word() {
    let fixture = Fixture::without_images();
    fixture.build().arg("-q").run().success().says_exactly("");
}
