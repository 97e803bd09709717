//! The line that each engine is given, and which engine is chosen.

use sha2::{Digest, Sha256};
use std::os::unix::fs::{chown, symlink};

use crate::cross::Cross;
use crate::fixture::{AARCH64, ENGINES, Fixture, X86_64, is_root};

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn a_plain_crate_with_docker() {
    assert!(is_root(), "rootful docker has a socket of root's");
    let fixture = Fixture::new();
    fixture.build().run().line().is(r#"
        docker run
        --rm
        --init
        --userns host
        --user [USER]
        --security-opt no-new-privileges
        --cap-drop ALL
        --cap-add CHOWN
        --cap-add DAC_OVERRIDE
        --cap-add FOWNER
        --cap-add KILL
        --cap-add NET_BIND_SERVICE
        --cap-add SETGID
        --cap-add SETUID
        --pull=never
        --network host
        --mount type=bind,source=[PROJECT],target=[PROJECT],readonly
        --mount type=bind,source=[PROJECT]/Cargo.lock,target=[PROJECT]/Cargo.lock
        --mount type=bind,source=[PROJECT]/target,target=[PROJECT]/target
        --mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/debug,target=[PROJECT]/target/debug
        --mount type=bind,source=[PROJECT]/target/release,target=[PROJECT]/target/release,readonly
        --mount type=bind,source=[PROJECT]/target/aarch64-unknown-linux-gnu/debug/.fingerprint,target=[PROJECT]/target/aarch64-unknown-linux-gnu/debug/.fingerprint,readonly
        --mount type=bind,source=[PROJECT]/target/.rustc_info.json,target=[PROJECT]/target/.rustc_info.json,readonly
        --mount type=bind,source=[CARGO_HOME]/registry,target=[CARGO_HOME]/registry,readonly
        --mount type=bind,source=[CARGO_HOME]/git,target=[CARGO_HOME]/git,readonly
        --mount type=bind,source=[CARGO_HOME]/.package-cache,target=[CARGO_HOME]/.package-cache
        --mount type=bind,source=[CARGO_HOME]/.package-cache-mutate,target=[CARGO_HOME]/.package-cache-mutate
        --mount type=bind,source=[CARGO_HOME]/bin,target=[CARGO_HOME]/bin,readonly
        --mount type=bind,source=[SYSROOT],target=[SYSROOT],readonly
        --mount type=bind,source=[CACHE]/files/cargo,target=/opt/cross/front/cargo,readonly
        --mount type=bind,source=[CACHE]/files/rustup,target=/opt/cross/front/rustup,readonly
        --mount type=bind,source=[CACHE]/files/rustup,target=/opt/cross/front/rustc,readonly
        --mount type=bind,source=[CACHE]/files/rustup,target=/opt/cross/front/rustdoc,readonly
        --mount type=bind,source=[CACHE]/files/rustup,target=/opt/cross/front/rustfmt,readonly
        --mount type=bind,source=[HOME]/ca.crt,target=/etc/ssl/certs/ca-certificates.crt,readonly
        --mount type=bind,source=[CACHE]/files/passwd,target=/etc/passwd,readonly
        --mount type=bind,source=[CACHE]/files/group,target=/etc/group,readonly
        --tmpfs /dev/shm:exec,mode=1777
        --tmpfs /home/cross:exec,mode=1777
        --env HOME=/home/cross
        --env USER=tester
        --env PATH=/opt/cross/front:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        --env RUSTUP_AUTO_INSTALL=0
        --env RUSTUP_TOOLCHAIN=stable-x86_64-unknown-linux-gnu
        --env RUSTUP_HOME=[HOME]/.rustup
        --env CARGO_HOME=[CARGO_HOME]
        --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
        --env CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt
        --env COMPILER_PATH=[SYSROOT]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        --workdir [PROJECT]
        localhost/cross/aarch64-unknown-linux-gnu:[VERSION]
        cargo --config build.build-dir="[PROJECT]/target/cross/[RECIPE]" build --target aarch64-unknown-linux-gnu
        "#);
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn rootless_docker_has_the_caller_as_root() {
    assert!(is_root(), "only root can give the socket away");
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    chown(fixture.root.join("docker.sock"), Some(1000), Some(1000)).expect("we are root");
    fixture.build().run().line().differs(
        &plain,
        "
        - --userns host
        - --user [USER]
        - --mount type=bind,source=[CACHE]/files/passwd,target=/etc/passwd,readonly
        - --mount type=bind,source=[CACHE]/files/group,target=/etc/group,readonly
        ",
    );
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn podman_of_root_needs_no_user_namespace() {
    assert!(is_root(), "only root has a rootful podman");
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let podman = fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .run()
        .line();
    podman.differs(
        &plain,
        "
        - docker run
        + podman run
        - --userns host
        + --pids-limit -1
        ",
    );
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn rootless_podman_keeps_the_callers_id() {
    let mut fixture = Fixture::new();
    assert!(
        fixture.becomes(1000),
        "rootful docker, which it is compared with, has a socket of root's"
    );
    let plain = fixture.build().run().line();
    let podman = fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .run()
        .line();
    podman.differs(
        &plain,
        "
        - docker run
        + podman run
        - --userns host
        + --userns keep-id
        ",
    );
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn the_caller_has_an_entry_in_the_containers_passwd() {
    let mut fixture = Fixture::new();
    assert!(fixture.becomes(1234), "only root can be somebody else");
    fixture.build().run().success();
    let lines = |name| -> Vec<String> {
        let text = fixture.generated(name);
        text.lines().map(str::to_owned).collect()
    };
    let passwd = lines("passwd");
    assert_eq!(passwd[0], "tester:x:1234:1234::/home/cross:/bin/sh");
    for line in [
        "root:x:0:0:root:/root:/bin/bash",
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    ] {
        assert!(passwd.iter().any(|l| l == line), "{passwd:?}");
    }
    let group = lines("group");
    assert_eq!(group[0], "tester:x:1234:");
    for line in ["root:x:0:", "nogroup:x:65534:"] {
        assert!(group.iter().any(|l| l == line), "{group:?}");
    }
}

#[test]
fn podman_is_used_where_docker_is_not_installed() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    fixture.build().run().line().has("podman run");
}

#[test]
fn podman_is_used_where_dockers_daemon_does_not_answer() {
    let fixture = Fixture::new();
    // A context names the daemon, not a variable, so the other engine may be used instead.
    let meta = format!(
        "docker/contexts/meta/{}",
        hex::encode(Sha256::digest("mine"))
    );
    fixture.write("docker/config.json", r#"{"currentContext":"mine"}"#);
    fixture.write(
        &format!("{meta}/meta.json"),
        r#"{"Endpoints":{"docker":{"Host":"unix:///nobody/listens.sock"}}}"#,
    );
    let build = || {
        let config = fixture.root.join("docker");
        fixture
            .build()
            .env("DOCKER_HOST", "")
            .env("DOCKER_CONFIG", config)
    };
    let ran = build().run();
    ran.line().has("podman run");
    ran.says(
        "podman`: the docker daemon is not running (nothing answers on `/nobody/listens.sock`)",
    );
    // A variable is the user's choice, so no other engine replaces it.
    let ran = build().env("DOCKER_CONTEXT", "mine").run();
    ran.code(101)
        .says("error: the docker daemon is not running");
    assert!(ran.lines().is_empty(), "{ran}");
}

/// A machine with docker and podman, of which only `engines` have the image. No variable chooses
/// docker.
fn with_image_of(engines: &[&str]) -> Fixture {
    let fixture = Fixture::new();
    for engine in ENGINES.iter().filter(|name| !engines.contains(name)) {
        let name = format!("localhost_cross_{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
        fixture.remove(&format!("images/{engine}/{name}"));
    }
    let meta = format!(
        "docker/contexts/meta/{}",
        hex::encode(Sha256::digest("mine"))
    );
    fixture.write("docker/config.json", r#"{"currentContext":"mine"}"#);
    let socket = fixture.root.join("docker.sock");
    let host = format!("unix://{}", socket.display());
    let text = format!(r#"{{"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    fixture.write(&format!("{meta}/meta.json"), &text);
    fixture
}

/// The same command without `DOCKER_HOST`, so that cross may choose the engine.
fn unsaid<'a>(fixture: &Fixture, cross: Cross<'a>) -> Cross<'a> {
    let config = fixture.root.join("docker");
    cross.env("DOCKER_HOST", "").env("DOCKER_CONFIG", config)
}

#[test]
fn an_engine_that_has_the_image_goes_before_one_that_would_build_it() {
    let fixture = with_image_of(&["podman"]);
    let ran = unsaid(&fixture, fixture.build()).run();
    ran.line().has("podman run");
    ran.says_exactly("");
    let ran = unsaid(&fixture, fixture.build().arg("-v")).run();
    ran.says(
        "      Engine `[ROOT]/bin/podman`: it has the image, which docker would have to build\n",
    );
    // An engine that the user names is used, even if it has to build the image.
    let ran = unsaid(&fixture, fixture.build())
        .env("CROSS_CONTAINER_ENGINE", "docker")
        .run();
    assert!(!ran.calls_of("docker build").is_empty(), "{ran}");
    let ran = fixture.build().run();
    ran.line().has("docker run");
}

#[test]
fn no_other_engine_is_asked_where_the_first_has_the_image_or_none_has() {
    let fixture = with_image_of(ENGINES);
    let ran = unsaid(&fixture, fixture.build()).run();
    ran.line().has("docker run");
    assert!(
        ran.calls.iter().all(|call| call.program != "podman"),
        "{ran}"
    );
    let fixture = with_image_of(&[]);
    let ran = unsaid(&fixture, fixture.build()).run();
    ran.line().has("docker run");
    assert!(!ran.calls_of("docker build").is_empty(), "{ran}");
}

#[test]
fn the_built_in_engine_is_taken_where_it_has_the_image() {
    let fixture = with_image_of(&["podman"]);
    let name = format!("localhost_cross_{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
    let known = fixture.read(&format!("images/podman/{name}"));
    let labels = known.split("\"Labels\":").nth(1).expect("it has one");
    let labels = labels.split('}').next().expect("they end");
    fixture.remove("bin/podman");
    let store = "home/.cache/cross/store";
    let text = format!(r#"{{"layers":[],"env":[],"labels":{labels}}},"workdir":null}}"#);
    fixture.write(&format!("{store}/images/{name}.json"), &text);
    let plan = || {
        unsaid(
            &fixture,
            fixture.util(&format!("plan -- build -v --target {AARCH64}")),
        )
    };
    let ran = plan().run();
    assert!(ran.success().stdout.contains("__sandbox"), "{ran}");
    // The built-in engine cannot do `network = bridge`.
    let ran = plan().env("CROSS_BUILD_NETWORK", "bridge").run();
    assert!(ran.success().stdout.contains("docker run"), "{ran}");
}

#[test]
fn docker_that_is_podman_in_truth_is_spoken_to_as_podman() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    fixture.remove("docker.sock");
    symlink("podman", fixture.root.join("bin/docker")).expect("the name is free");
    let ran = fixture.build().arg("-v").run();
    let line = ran.line();
    line.lacks("--userns host");
    ran.says("its daemon answers").success();
}

#[test]
fn the_engine_of_the_configuration_is_used_and_the_variable_wins() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nengine = 'podman'\n");
    fixture.build().run().line().has("podman run");
    for name in ["CROSS_CONTAINER_ENGINE", "CROSS_BUILD_ENGINE"] {
        fixture
            .build()
            .env(name, "docker")
            .run()
            .line()
            .has("docker run");
    }
}

#[test]
fn an_engine_can_be_named_by_its_path() {
    let fixture = Fixture::new();
    fixture.directory("opt");
    let path = fixture.root.join("opt/podman");
    std::fs::copy(fixture.root.join("bin/podman"), &path).expect("it is there");
    let ran = fixture.build().env("CROSS_CONTAINER_ENGINE", &path).run();
    ran.line().has("podman run");
}

#[test]
fn the_network_is_the_hosts_unless_something_else_is_said() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file("Cross.toml", "[build]\nnetwork = 'none'\n");
    fixture
        .build()
        .run()
        .line()
        .differs(&plain, "- --network host\n+ --network none");
    let bridge = fixture
        .build()
        .env("CROSS_BUILD_NETWORK", "bridge")
        .run()
        .line();
    bridge.differs(&plain, "- --network host\n+ --network bridge");
}

#[test]
fn what_was_picked_and_why_is_said_to_who_wants_to_know() {
    let fixture = Fixture::new();
    let said = |build: Cross<'_>, line: &str| {
        build.arg("-v").run().says(line);
    };
    said(
        fixture.build(),
        "      Engine `[ROOT]/bin/docker`: its daemon answers\n",
    );
    for (engine, shown) in [
        ("docker", "`[ROOT]/bin/docker`"),
        ("podman", "`[ROOT]/bin/podman`"),
        ("sandbox", "`sandbox`, which is built in"),
    ] {
        said(
            fixture.build().env("CROSS_CONTAINER_ENGINE", engine),
            &format!(
                "      Engine {shown}: it is named by the variable `CROSS_CONTAINER_ENGINE`\n"
            ),
        );
    }
    fixture.remove("bin/docker");
    said(
        fixture.build(),
        "       Using `[ROOT]/bin/podman`: `DOCKER_HOST` is set, but `docker` is not installed\n",
    );
    fixture.remove("bin/podman");
    said(
        fixture.build(),
        "       Using `sandbox`, which is built in: `DOCKER_HOST` is set, but `docker` is not installed\n",
    );
}

#[test]
fn gcc_never_finds_another_linker_in_an_older_toolchain() {
    let fixture = Fixture::new();
    let names_it = || {
        fixture
            .build()
            .run()
            .line()
            .text()
            .contains("COMPILER_PATH")
    };
    assert!(names_it());
    let linkers = format!("lib/rustlib/{X86_64}/bin/gcc-ld");
    let toolchain = format!("home/.rustup/toolchains/stable-{X86_64}");
    fixture.write(&format!("{toolchain}/{linkers}/ld"), "");
    assert!(!names_it());
}
