//! No engine, or none that can be used: one cause, one fix, nothing written.

use std::os::unix::fs::PermissionsExt;

use crate::fixture::Fixture;

#[test]
fn no_engine_is_installed_and_no_package_can_be_had() {
    let fixture = Fixture::new();
    fixture.remove("bin/docker");
    fixture.remove("bin/podman");
    let ran = fixture
        .build()
        .arg("-v")
        .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
        .env("CROSS_BUILD_MIRROR", "http://127.0.0.1:1/debian");
    ran.run()
        .code(101)
        .says("`DOCKER_HOST` is set, but `docker` is not installed")
        .says("error: cannot fetch the package `");
}

#[test]
fn the_daemon_was_never_started() {
    let fixture = Fixture::new();
    fixture.remove("bin/podman");
    fixture.remove("docker.sock");
    fixture.build().refuses(
        101,
        "
        error: the docker daemon is not running (nothing answers on `[ROOT]/docker.sock`)
        hint: `sudo systemctl start docker`
        ",
    );
}

#[test]
fn the_daemon_has_died() {
    let fixture = Fixture::new();
    fixture.remove("bin/podman");
    let dead = fixture.root.join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).expect("a short path"));
    let address = format!("unix://{}", dead.display());
    fixture.build().env("DOCKER_HOST", address).refuses(
        101,
        "
        error: the docker daemon is not running (nothing answers on `[ROOT]/dead.sock`)
        hint: `sudo systemctl start docker`
        ",
    );
}

/// The engine's client starts on the host, so a project could start any program in its place.
#[test]
fn a_project_names_no_program_as_engine() {
    let fixture = Fixture::new();
    fixture.program("docker-theirs", "#!/bin/sh\nexit 1\n");
    let path = fixture.root.join("bin/docker-theirs");
    let key = format!("build.engine = '{}'\n", path.display());
    fixture.file("Cross.toml", &key);
    fixture.build().refuses(
        101,
        "
        error: `build.engine` in `[PROJECT]/Cross.toml` names the container engine by a path
        hint: if you trust the project, `CROSS_CONTAINER_ENGINE=[ROOT]/bin/docker-theirs` allows it
        ",
    );
}

#[test]
fn a_named_docker_is_not_replaced_by_podman() {
    let fixture = Fixture::new();
    fixture.remove("docker.sock");
    fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "docker")
        .refuses(
            101,
            "
        error: the docker daemon is not running (nothing answers on `[ROOT]/docker.sock`)
        hint: `sudo systemctl start docker`
        ",
        );
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn the_socket_is_not_for_the_caller() {
    let mut fixture = Fixture::new();
    fixture.remove("bin/podman");
    assert!(fixture.becomes(1000), "only root can be somebody else");
    let socket = fixture.root.join("docker.sock");
    std::os::unix::fs::chown(&socket, Some(0), Some(0)).expect("we are root");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o660)).expect("we are root");
    fixture.build().refuses(
        101,
        "
        error: no permission to use the docker daemon's socket `[ROOT]/docker.sock`
        hint: `sudo usermod -aG docker $USER`, then log in again
        ",
    );
}

#[test]
fn the_variable_names_no_engine() {
    let fixture = Fixture::new();
    fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "dokcer")
        .refuses(
            101,
            "
        error: the container engine `dokcer` does not exist
        hint: it was named by the variable `CROSS_CONTAINER_ENGINE`: did you mean `docker`?
        ",
        );
    fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "/opt/gone/podman")
        .refuses(
            101,
            "
        error: the container engine `/opt/gone/podman` does not exist
        hint: it was named by the variable `CROSS_CONTAINER_ENGINE`
        ",
        );
}

#[test]
fn the_variable_names_something_else() {
    let fixture = Fixture::new();
    fixture.program("nerdctl", "#!/bin/sh\n");
    fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "nerdctl")
        .refuses(
            101,
            "
        error: the container engine `nerdctl` is none of `docker`, `podman`, `sandbox` and `host`
        hint: it was named by the variable `CROSS_CONTAINER_ENGINE`
        ",
        );
}

#[test]
fn the_configuration_names_no_engine() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nengine = 'dokcer'\n");
    fixture.build().refuses(
        101,
        "
        error: the container engine `dokcer` does not exist
        hint: it was named by `build.engine` in `[PROJECT]/Cross.toml`: did you mean `docker`?
        ",
    );
}

#[test]
fn a_daemon_elsewhere_cannot_mount_the_project() {
    let fixture = Fixture::new();
    fixture.remove("bin/podman");
    fixture.build().env("DOCKER_HOST", "tcp://build.example:2375").refuses(
        101,
        "
        error: the docker daemon at `tcp://build.example:2375` (from the variable `DOCKER_HOST`) is not on this machine, so nothing of this machine can be mounted there
        hint: use a local engine: `CROSS_CONTAINER_ENGINE=podman`, or unset it
        ",
    );
}

#[test]
fn the_engines_own_error_is_passed_on() {
    let fixture = Fixture::new();
    fixture.write("inspect-fails", "Error: storage is on fire\n");
    fixture.build().refuses(
        101,
        "error: docker cannot look up the image \
         `localhost/cross/aarch64-unknown-linux-gnu:[VERSION]`: storage is on fire",
    );
}

/// So that scripts, and the look at a failed build, can tell it from cargo's failures.
#[test]
fn a_sandbox_that_does_not_come_about_ends_as_dockers_containers_do() {
    let fixture = Fixture::new();
    let store = fixture.directory("store");
    let store = store.display().to_string();
    let words = [
        "__sandbox",
        "--store",
        &store,
        "--layer",
        "none",
        "--",
        "/bin/true",
    ];
    fixture.cross_words(words).run().code(125).says("error: ");
}
