//! sccache around rustc in containers.

use crate::fixture::Fixture;

/// A fake sccache: a program that runs everywhere, with a text in it by which cross recognises
/// versions.
fn installed(fixture: &Fixture, knows: &str) {
    let program = std::fs::read("/bin/true").expect("every system has it");
    let path = fixture.root.join("bin/sccache");
    let content = [&program[..], knows.as_bytes()].concat();
    std::fs::write(&path, content).expect("it can be written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("it is ours");
}

#[test]
fn a_build_is_wrapped_in_the_container_and_on_the_host_nothing_is() {
    let fixture = Fixture::new();
    installed(&fixture, "SCCACHE_SERVER_UDS");
    let line = fixture.build().env("RUSTC_WRAPPER", "sccache").run().line();
    line.has("--mount type=bind,source=[ROOT]/bin/sccache,target=/run/cross/sccache,readonly")
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/sccache,target=[CACHE]/build/[TARGET]/sccache")
        .has("--env SCCACHE_DIR=[CACHE]/build/[TARGET]/sccache")
        .has("--env RUSTC_WRAPPER=/run/cross/sccache");
    // The project's or the user's cargo configuration can name the wrapper, too.
    fixture.file(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"sccache\"\n",
    );
    let line = fixture.build().run().line();
    line.has("--env RUSTC_WRAPPER=/run/cross/sccache");
    let ran = fixture.build().env("RUSTC_WRAPPER", "").run();
    ran.line().lacks("sccache");
}

#[test]
fn a_directory_that_a_variable_names_is_mounted_and_that_is_said() {
    let fixture = Fixture::new();
    installed(&fixture, "SCCACHE_SERVER_UDS");
    fixture.directory("caches");
    let ran = fixture
        .build()
        .env("RUSTC_WRAPPER", "sccache")
        .env("SCCACHE_DIR", "../caches")
        .run();
    ran.line()
        .has("--mount type=bind,source=[ROOT]/caches/cross,target=[ROOT]/caches/cross")
        .has("--env SCCACHE_DIR=[ROOT]/caches/cross");
    ran.says("    Mounting [ROOT]/caches/cross (the variable `SCCACHE_DIR`)");
}

/// It has tens of megabytes, which are read once, and only where a container is to use it.
#[test]
fn the_program_is_read_once_and_for_a_container_alone() {
    let fixture = Fixture::new();
    installed(&fixture, "SCCACHE_SERVER_UDS");
    let answers = fixture.root.join("home/.cache/cross/answers");
    let build = || fixture.build().env("RUSTC_WRAPPER", "sccache");
    let on_host = |args: &str| {
        let util = fixture.cross(args).env("RUSTC_WRAPPER", "sccache");
        util.env("CROSS_CONTAINER_ENGINE", "host").run()
    };
    let known = || {
        let entries = std::fs::read_dir(&answers).into_iter().flatten();
        let paths = entries.map(|entry| entry.expect("it is there").path());
        let mut known = paths.filter(|path| {
            let text = std::fs::read_to_string(path).expect("it is text");
            text.contains("has_socket")
        });
        known.next()
    };
    on_host("build").success();
    assert_eq!(known(), None);
    build()
        .run()
        .line()
        .has("--env RUSTC_WRAPPER=/run/cross/sccache");
    // Something else is written down about the same file, to see that it is asked for.
    let path = known().expect("it was written down");
    let text = std::fs::read_to_string(&path).expect("it is text");
    let other = text.replace("\"has_socket\":true", "\"has_socket\":false");
    std::fs::write(&path, other).expect("it is ours");
    build()
        .run()
        .says("this version has one server for all containers");
    installed(&fixture, "SCCACHE_SERVER_UDS and more");
    build()
        .run()
        .line()
        .has("--env RUSTC_WRAPPER=/run/cross/sccache");
}

#[test]
fn one_that_cannot_be_used_is_named_once() {
    let fixture = Fixture::new();
    let build = || fixture.build().env("RUSTC_WRAPPER", "sccache").run();
    let ran = build();
    ran.success()
        .says("nothing is cached by `sccache`, which the variable `RUSTC_WRAPPER` asks for: it is not installed on this machine\n");
    build().says_exactly("");
    installed(&fixture, "an older one");
    build().says("which the variable `RUSTC_WRAPPER` asks for: this version has one server for all containers; a newer one has one for each\n");
}
