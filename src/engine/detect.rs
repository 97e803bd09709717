//! Which engine is used, and the plain words when none can be.

use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::fs;
use crate::base::host::Host;
use crate::config::Setting;
use crate::engine::{Engine, Kind, endpoint};
use crate::sandbox::namespace;
use crate::sandbox::store::Store;

/// Finds the engine: the one that was named, else docker when its daemon answers, else podman, else the
/// one that is built in.
///
/// No process is started: programs are looked up on `PATH`, and docker's daemon is asked through
/// its socket.
///
/// # Errors
///
/// When the named engine does not exist or does not answer, or when there is none at all.
pub(crate) fn engine(host: &Host, named: Option<&Setting<String>>) -> Result<Engine> {
    if let Some(setting) = named.filter(|s| s.value != "auto") {
        return the_named(host, setting);
    }
    let Some(docker) = on_path(host, "docker") else {
        return match on_path(host, "podman") {
            Some(program) => Ok(podman_engine(host, program, "docker is not installed")),
            None => sandbox(host, "neither docker nor podman is installed"),
        };
    };
    let answer = docker_engine(host, docker, "its daemon answers");
    let chosen = ["DOCKER_HOST", "DOCKER_CONTEXT"]
        .iter()
        .any(|v| host.text(v).is_some());
    match (answer, on_path(host, "podman")) {
        // Whoever says where docker's daemon is means docker.
        (Err(error), Some(program)) if !chosen => Ok(Engine {
            is_second_choice: true,
            ..podman_engine(host, program, error.message())
        }),
        (Err(error), None) if !chosen && namespace::restriction().is_none() => Ok(Engine {
            is_second_choice: true,
            ..sandbox(host, error.message())?
        }),
        (answer, _) => answer,
    }
}

fn the_named(host: &Host, setting: &Setting<String>) -> Result<Engine> {
    let Setting { value, source } = setting;
    if value == Kind::Sandbox.program() {
        return sandbox(host, &format!("it is named by {source}"));
    }
    let program = on_path(host, value).ok_or_else(|| {
        Error::new(format!("the container engine `{value}` does not exist"))
            .hint(format!("it was named by {source}"))
    })?;
    let reason = format!("it is named by {source}");
    // The name tells the dialect; a link called `docker` that leads to podman speaks docker's.
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    if name(&program).contains("podman") || name(&fs::canonical(&program)).contains("podman") {
        Ok(podman_engine(host, program, &reason))
    } else if name(&program).contains("docker") {
        docker_engine(host, program, &reason)
    } else {
        Err(Error::new(format!(
            "the container engine `{value}` is none of docker, podman and sandbox"
        ))
        .hint(format!("it was named by {source}")))
    }
}

fn docker_engine(host: &Host, program: PathBuf, reason: &str) -> Result<Engine> {
    if is_podman(&program) {
        return Ok(podman_engine(host, program, reason));
    }
    let socket = endpoint::socket(host)?;
    endpoint::check(&socket)?;
    Ok(Engine {
        kind: Kind::Docker,
        program,
        store: None,
        // A daemon without root's rights owns its socket itself.
        rootless: fs::owner(&socket).is_some_and(|uid| uid != 0),
        reason: reason.to_owned(),
        is_second_choice: false,
    })
}

/// Whether a program is podman in truth: Debian's podman-docker and others install it under docker's name.
pub(crate) fn is_podman(program: &Path) -> bool {
    let program = fs::canonical(program);
    program.file_name().is_some_and(|name| name == "podman")
}

fn podman_engine(host: &Host, program: PathBuf, reason: &str) -> Engine {
    Engine {
        kind: Kind::Podman,
        program,
        store: None,
        rootless: host.uid != 0,
        reason: reason.to_owned(),
        is_second_choice: false,
    }
}

/// The built-in engine.
fn sandbox(host: &Host, reason: &str) -> Result<Engine> {
    if let Some(hint) = namespace::restriction() {
        let message = format!("the built-in engine cannot make user namespaces here ({reason})");
        return Err(Error::new(message).hint(hint));
    }
    let store = Store::of(host);
    store.is_ours(host)?;
    Ok(Engine {
        kind: Kind::Sandbox,
        program: host.program.clone(),
        store: Some(store),
        rootless: host.uid != 0,
        reason: reason.to_owned(),
        is_second_choice: false,
    })
}

/// Looks a program up on the caller's `PATH`, or takes a path as it is.
pub(crate) fn on_path(host: &Host, program: &str) -> Option<PathBuf> {
    which::which_in(program, host.var("PATH"), &host.cwd).ok()
}
