//! Which engine is used, and the plain words when none can be.

use std::path::{Path, PathBuf};

use crate::config::Setting;
use crate::engine::{Engine, Kind, endpoint};
use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// Finds the engine: the one that was named, else docker when its daemon answers, else podman.
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
    let docker = on_path(host, "docker");
    let answer = docker.map(|program| docker_engine(host, program, "its daemon answers"));
    if let Some(Ok(engine)) = answer {
        return Ok(engine);
    }
    if let Some(program) = on_path(host, "podman") {
        let reason = match answer {
            Some(Err(_)) => "docker's daemon does not answer",
            _ => "docker is not installed",
        };
        return Ok(podman_engine(host, program, reason));
    }
    answer.unwrap_or_else(|| {
        Err(Error::new("no container engine found on `PATH`").hint(
            "install docker or podman (on Debian and Ubuntu: `sudo apt-get install docker.io`), \
             or name one with `CROSS_CONTAINER_ENGINE`",
        ))
    })
}

fn the_named(host: &Host, setting: &Setting<String>) -> Result<Engine> {
    let Setting { value, source } = setting;
    let program = on_path(host, value).ok_or_else(|| {
        Error::new(format!("the container engine `{value}` does not exist"))
            .hint(format!("it was named by {source}"))
    })?;
    let reason = format!("named by {source}");
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
            "the container engine `{value}` is neither docker nor podman"
        ))
        .hint(format!("it was named by {source}")))
    }
}

fn docker_engine(host: &Host, program: PathBuf, reason: &str) -> Result<Engine> {
    // Debian's podman-docker and others install podman under docker's name.
    if fs::canonical(&program)
        .file_name()
        .is_some_and(|n| n == "podman")
    {
        return Ok(podman_engine(host, program, reason));
    }
    let socket = endpoint::socket(host)?;
    endpoint::check(&socket)?;
    Ok(Engine {
        kind: Kind::Docker,
        program,
        // A daemon without root's rights owns its socket itself.
        rootless: fs::owner(&socket).is_some_and(|uid| uid != 0),
        reason: reason.to_owned(),
    })
}

fn podman_engine(host: &Host, program: PathBuf, reason: &str) -> Engine {
    Engine {
        kind: Kind::Podman,
        program,
        rootless: host.uid != 0,
        reason: reason.to_owned(),
    }
}

/// Looks a program up on the caller's `PATH`, or takes a path as it is.
fn on_path(host: &Host, program: &str) -> Option<PathBuf> {
    which::which_in(program, host.var("PATH"), &host.cwd).ok()
}
