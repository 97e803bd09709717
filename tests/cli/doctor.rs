//! `cross-util doctor`: its report for machines on which something is missing, broken or hangs.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cross::{Cross, Ran};
use crate::fixture::{Fixture, text};

/// The doctor, with cargo offline.
fn doctor<'a>(fixture: &'a Fixture, args: &str) -> Cross<'a> {
    fixture
        .util(&format!("doctor {args}"))
        .env("CARGO_NET_OFFLINE", "true")
}

/// Starts a docker daemon that answers, and returns its address.
fn daemon(fixture: &Fixture) -> String {
    let path = fixture.root.join("daemon.sock");
    let listener = UnixListener::bind(&path).expect("a short path");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut question = [0; 1024];
            let n = stream.read(&mut question).expect("a question");
            let question = String::from_utf8_lossy(&question[..n]).into_owned();
            let (code, body) = if question.starts_with("GET /info ") {
                let info = r#"{"ServerVersion":"28.2.1","Driver":"overlay2","DockerRootDir":"/"}"#;
                ("200 OK", info)
            } else {
                ("500 Oh dear", r#"{"message":"no such host"}"#)
            };
            let _ = write!(stream, "HTTP/1.0 {code}\r\nX: y\r\n\r\n{body}");
        }
    });
    format!("unix://{}", path.display())
}

/// Names a daemon in docker's own configuration. Unlike a variable, this is not taken for the
/// user's explicit choice.
fn by_context<'a>(fixture: &Fixture, cross: Cross<'a>, address: &str) -> Cross<'a> {
    let digest = hex::encode(Sha256::digest("mine"));
    fixture.write("docker/config.json", r#"{"currentContext":"mine"}"#);
    fixture.write(
        &format!("docker/contexts/meta/{digest}/meta.json"),
        &format!(r#"{{"Endpoints":{{"docker":{{"Host":"{address}"}}}}}}"#),
    );
    let config = fixture.root.join("docker");
    cross.env("DOCKER_HOST", "").env("DOCKER_CONFIG", config)
}

/// Expects a line on standard output that starts with this text.
#[track_caller]
fn shows(ran: &Ran<'_>, line: &str) {
    let found = ran
        .stdout
        .lines()
        .any(|shown| shown.trim().starts_with(line));
    assert!(found, "`{line}` is not shown\n{ran}");
}

/// The JSON of a check, and its status.
#[track_caller]
fn check(ran: &Ran<'_>, name: &str) -> (Value, String) {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}\n{ran}"));
    let checks = json["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name}\n{ran}")).clone();
    let status = check["status"].as_str().expect("a word").to_owned();
    (check, status)
}

#[test]
fn a_machine_with_everything_has_no_problem_and_nothing_is_written() {
    let fixture = Fixture::new();
    fixture.write("home/ca.crt", "-----BEGIN CERTIFICATE-----\n");
    let address = daemon(&fixture);
    let before = fixture.listing();
    let ran = doctor(&fixture, "").env("DOCKER_HOST", &address).run();
    ran.success().says_exactly("");
    shows(&ran, "ok  docker: 28.2.1 answers on `");
    shows(&ran, "ok  podman: 5.4.2 in `");
    shows(&ran, "ok  certificates: ");
    shows(&ran, "ok  toolchain: ");
    shows(&ran, "ok  standard libraries: installed for 2 of cross's ");
    shows(&ran, "ok  Cargo.toml: `");
    shows(&ran, "cross would use `docker`, because its daemon answers");
    assert_eq!(fixture.listing(), before, "something was written\n{ran}");
}

#[test]
fn podman_alone_is_enough() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    let ran = doctor(&fixture, "").run();
    ran.success();
    shows(&ran, "note  docker: not installed");
    shows(
        &ran,
        "cross would use `podman`, because `DOCKER_HOST` is set, but `docker` is not installed",
    );
}

#[test]
fn a_daemon_that_does_not_run_is_a_warning_where_podman_is_there() {
    let fixture = Fixture::new();
    let ran = by_context(
        &fixture,
        doctor(&fixture, ""),
        "unix:///nobody/listens.sock",
    )
    .run();
    ran.success();
    shows(
        &ran,
        "warning  docker: the docker daemon is not running (nothing answers on `/nobody/listens.sock`)",
    );
    shows(&ran, "hint: `sudo systemctl start docker`");
    shows(
        &ran,
        "cross would use `podman`, because the docker daemon is not running",
    );
    // A daemon that a variable names is the user's choice, so no other engine replaces it.
    let ran = doctor(&fixture, "")
        .env("DOCKER_HOST", "unix:///nobody/listens.sock")
        .run();
    ran.code(1);
    shows(&ran, "problem  engine: the docker daemon is not running");
    shows(
        &ran,
        "hint: `sudo systemctl start docker`, or `CROSS_CONTAINER_ENGINE=podman` takes one that works",
    );
    shows(&ran, "cross cannot work here: 1 problem");
}

#[test]
fn a_daemon_that_hangs_is_not_waited_for() {
    let fixture = Fixture::new();
    // The daemon of the fixture accepts connections and never answers.
    let ran = doctor(&fixture, "--quiet").run();
    ran.code(1);
    shows(
        &ran,
        "problem  engine: cross would use `docker` (its daemon answers), which does not work",
    );
    shows(
        &ran,
        "hint: `sudo systemctl restart docker`, or `CROSS_CONTAINER_ENGINE=podman` takes one that works",
    );
    assert_eq!(ran.stdout.lines().count(), 2, "{ran}");
}

#[test]
fn a_podman_that_hangs_is_ended() {
    let fixture = Fixture::new();
    fixture.write("info-hangs", "");
    let ran = doctor(&fixture, "--json")
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .run();
    ran.code(1);
    let (engine, status) = check(&ran, "engine");
    let message = engine["message"].as_str().expect("a text");
    assert_eq!(status, "problem", "{ran}");
    assert!(message.contains("did not end within"), "{ran}");
    let pid = fixture.read("info-hangs");
    let process = Path::new("/proc").join(pid.trim());
    assert!(!process.exists(), "{} is there\n{ran}", process.display());
}

/// A machine that allows no user namespaces. The test approximates it by a namespace in which no
/// further ones can be created.
#[test]
#[ignore = "needs user namespaces and root: ci/test.sh runs it"]
fn without_containers_the_setting_that_forbids_them_is_named() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    fixture.remove("bin/podman");
    let forbid = "echo 0 >/proc/sys/user/max_user_namespaces";
    let inside = |script: &str| {
        let script = format!("exec /usr/bin/unshare --user --map-root-user /bin/sh -c '{script}'");
        fixture
            .shell(&script)
            .env("PATH", fixture.root.join("bin"))
            .env("CARGO_NET_OFFLINE", "true")
    };
    assert!(
        inside(forbid).run().stderr.is_empty(),
        "no user namespace can be made, or its settings cannot be changed"
    );
    let util = text(Path::new(env!("CARGO_BIN_EXE_cross-util"))).to_owned();
    let ran = inside(&format!("{forbid}; exec {util} doctor")).run();
    ran.code(0);
    shows(&ran, "note  docker: not installed");
    shows(&ran, "note  podman: not installed");
    shows(&ran, "warning  sandbox: cannot work here: ");
    shows(&ran, "warning  user namespaces: ");
    shows(
        &ran,
        "warning  engine: `host`: no container, so build scripts and tests can do what you can do: \
         the built-in engine cannot make user namespaces here (`DOCKER_HOST` is set, but `docker` is not installed)",
    );
    let hint = "hint: `user.max_user_namespaces` is 0 on this machine";
    shows(&ran, hint);
}

#[test]
fn no_password_is_shown() {
    let fixture = Fixture::new();
    let address = daemon(&fixture);
    fixture.write(
        "lockfile-fails",
        "error: failed\n  cannot reach https://me:hunter3@crates.example/index\n",
    );
    for form in ["", "--json"] {
        let ran = fixture
            .util(&format!("doctor {form}"))
            .env("DOCKER_HOST", &address)
            .env("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1/")
            .env("CARGO_REGISTRY_TOKEN", "hunter4")
            .run();
        ran.success();
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hunter"), "{ran}");
        for part in [
            "the proxy that `HTTPS_PROXY` names cannot be reached",
            "cargo gets no answer: cannot reach https://…@crates.example/index",
        ] {
            assert!(all.contains(part), "{part}\n{ran}");
        }
    }
}

#[test]
fn programs_get_the_same() {
    let fixture = Fixture::new();
    let ran = doctor(&fixture, "--json")
        .env("DOCKER_HOST", daemon(&fixture))
        .run();
    let json: Value = serde_json::from_str(&ran.success().stdout).expect("JSON");
    assert_eq!(json["works"], true, "{ran}");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"), "{ran}");
    assert_eq!(json["engine"]["name"], "docker", "{ran}");
    assert_eq!(json["engine"]["reason"], "its daemon answers", "{ran}");
    let (docker, status) = check(&ran, "docker");
    assert_eq!(
        (status.as_str(), &docker["group"]),
        ("ok", &"Engines".into())
    );
    assert_eq!(check(&ran, "crates").1, "note");
}

#[test]
fn a_machine_without_problems_is_nothing_to_speak_of() {
    let fixture = Fixture::new();
    let ran = doctor(&fixture, "--quiet")
        .env("DOCKER_HOST", daemon(&fixture))
        .run();
    assert_eq!(ran.success().stdout, "", "{ran}");
}

#[test]
fn a_broken_configuration_is_a_problem() {
    let fixture = Fixture::new();
    let address = daemon(&fixture);
    let ran = |dir: &str| {
        let doctor = doctor(&fixture, "--json").env("DOCKER_HOST", &address);
        doctor.dir(dir).run()
    };
    fixture.file("Cross.toml", "[build]\nenginee = 'podman'\n");
    let broken = ran("project");
    let (check_of, status) = check(broken.code(1), "Cross.toml");
    assert_eq!(status, "problem", "{broken}");
    let message = check_of["message"].as_str().expect("a text");
    assert!(message.contains("enginee"), "{broken}");
    // Without a project there is no configuration that could be broken.
    let away = ran("home");
    for name in ["Cargo.toml", "Cross.toml", "file system"] {
        assert_eq!(check(away.success(), name).1, "note", "{away}");
    }
    fixture.file("Cross.toml", "");
    fixture.file("Cargo.toml", "[package\n");
    let broken = ran("project");
    assert_eq!(check(broken.code(1), "Cargo.toml").1, "problem", "{broken}");
}

#[test]
fn without_rust_there_is_one_thing_to_do() {
    let fixture = Fixture::new();
    for program in ["rustc", "cargo", "rustup"] {
        fixture.remove(&format!("bin/{program}"));
    }
    let ran = doctor(&fixture, "--quiet")
        .env("DOCKER_HOST", daemon(&fixture))
        .run();
    ran.code(1);
    shows(&ran, "problem  toolchain: `rustc` is not on `PATH`");
    shows(&ran, "hint: install Rust with rustup: https://rustup.rs");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran}");
}

#[test]
fn the_engine_of_the_project_is_the_one_that_counts() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nengine = 'podman'\n");
    let ran = doctor(&fixture, "").run();
    // docker's daemon hangs, but the project does not use docker.
    ran.success();
    shows(&ran, "note  docker: ");
    shows(
        &ran,
        "cross would use `podman`, because it is named by `build.engine` in ",
    );
    let ran = doctor(&fixture, "--engine docker").run();
    ran.code(1);
    fixture.write("info-fails", "Error: no subuid ranges found\n");
    let ran = doctor(&fixture, "").run();
    ran.code(1);
    shows(
        &ran,
        "problem  engine: cross would use `podman` (it is named by ",
    );
}

#[test]
fn a_default_target_without_an_image_is_a_problem() {
    let fixture = Fixture::new();
    let text = "[build]\ndefault-target = 'aarch64-unkown-linux-gnu'\n";
    fixture.file("Cross.toml", text);
    let ran = doctor(&fixture, "")
        .env("DOCKER_HOST", daemon(&fixture))
        .run();
    ran.code(1);
    shows(
        &ran,
        "problem  Cross.toml: unknown target `aarch64-unkown-linux-gnu`",
    );
    shows(&ran, "hint: did you mean `aarch64-unknown-linux-gnu`?");
}

#[test]
fn a_custom_default_target_without_an_image_is_a_problem() {
    let fixture = Fixture::new();
    let text = "[build]\ndefault-target = 'specs/my-board.json'\n";
    fixture.file("Cross.toml", text);
    let ran = doctor(&fixture, "")
        .env("DOCKER_HOST", daemon(&fixture))
        .run();
    ran.code(1);
    let message = "problem  Cross.toml: cross has no image for the custom target `my-board`";
    shows(&ran, message);
}

#[test]
fn a_toolchain_that_rustup_will_install_is_no_problem() {
    let fixture = Fixture::new();
    fixture.write("toolchain-missing", "");
    let daemon = daemon(&fixture);
    let ran = doctor(&fixture, "").env("DOCKER_HOST", &daemon).run();
    ran.success();
    shows(
        &ran,
        "warning  toolchain: rustc does not work: toolchain 'stable' is not installed",
    );
    shows(&ran, "hint: rustup installs it at the first use");
    assert!(fixture.has("toolchain-missing"), "it was installed\n{ran}");

    let ran = doctor(&fixture, "")
        .env("DOCKER_HOST", &daemon)
        .env("RUSTUP_AUTO_INSTALL", "0")
        .run();
    ran.code(1);
    shows(&ran, "problem  toolchain: rustc does not work: ");
    shows(&ran, "hint: `rustup toolchain install`");
}

#[test]
fn without_containers_the_checks_are_about_toolchains() {
    let fixture = Fixture::new();
    let doctor = || {
        let util = fixture.util("doctor");
        util.env("CROSS_CONTAINER_ENGINE", "host")
            .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
            .env("CROSS_BUILD_MIRROR", "http://127.0.0.1:1/debian")
    };
    let ran = doctor().run();
    assert!(ran.stdout.contains(" free for toolchains, in `"), "{ran}");
    let refused = "toolchains are made of them: 127.0.0.1: connection refused";
    shows(&ran, &format!("warning  packages: {refused}"));
    let ran = doctor().env("CARGO_NET_OFFLINE", "true").run();
    let offline = "toolchains are made of them, and nothing is fetched because cargo is offline";
    shows(&ran, &format!("note  packages: {offline}"));
    for words in ["base image", "'s images"] {
        assert!(!ran.stdout.contains(words), "{words}\n{ran}");
    }
}

#[test]
fn packages_that_are_missing_are_asked_for_at_a_mirror() {
    let fixture = Fixture::new();
    let listed = include_str!("../../toolchains/base.packages").lines();
    // The base image also has some files of one further package, which the list does not name.
    let count = listed.filter(|line| !line.starts_with('#')).count() + 1;
    let doctor = || {
        let util = fixture.util("doctor");
        util.env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
            .env("CROSS_BUILD_MIRROR", "http://127.0.0.1:1/debian")
    };
    let ran = doctor().env("CARGO_NET_OFFLINE", "true").run();
    shows(
        &ran,
        &format!(
            "warning  packages: {count} are missing for the base image: `base` needs the package `"
        ),
    );
    let ran = doctor().run();
    shows(
        &ran,
        &format!(
            "warning  packages: {count} are missing for the base image: 127.0.0.1: connection refused"
        ),
    );
    fixture.base_packages(b"");
    let ran = doctor().run();
    shows(&ran, "ok  packages: those of the base image are all there");
}
