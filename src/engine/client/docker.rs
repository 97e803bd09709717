//! Docker: recognised by the name of its program, asked through the socket of its daemon.

use std::path::{Path, PathBuf};

use super::endpoint::{self, Daemon};
use super::{Client, Dialect, podman};
use crate::engine::Implementation;
use crate::engine::diagnosis::{Diagnosis, Inquiry, Verdict};
use crate::engine::registration::{Program, Registration, file_name};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::limit::within;

const NAME: &str = "docker";

pub(in crate::engine) static REGISTRATION: Registration = Registration {
    name: NAME,
    about: "installed, its daemon answers in time, the caller may use it, with whose rights it runs",
    usual_reason: "its daemon answers",
    // A caller who sets these variables means docker, even if its daemon does not answer.
    meant_by: &["DOCKER_HOST", "DOCKER_CONTEXT"],
    program: Program::Client(is_client),
    isolates: true,
    open,
    diagnose,
};

/// Whether a program is docker's client. A link called `docker` that leads to podman is podman.
fn is_client(program: &Path) -> bool {
    file_name(program).contains(NAME) && !podman::is_client(program)
}

fn open(host: &Host, program: PathBuf, reason: &str) -> Result<Implementation> {
    if is_podman(&program) {
        return podman::open(host, program, reason);
    }
    let socket = endpoint::socket(host)?;
    endpoint::check(&socket)?;
    Ok(Implementation::Client(Client {
        dialect: Dialect::Docker,
        program,
        // The owner of the socket tells the daemon's rights: a rootless daemon's socket belongs to
        // the caller, not to root.
        rootless: fs::owner(&socket).is_some_and(|uid| uid != 0),
    }))
}

/// Whether a program called `docker` is podman: Debian's podman-docker and others install podman
/// under that name.
fn is_podman(program: &Path) -> bool {
    file_name(&fs::canonical(program)) == podman::NAME
}

/// The error when a connection to the daemon does not come about in time.
pub(in crate::engine) fn no_connection<T>() -> Result<T> {
    let error = Error::new("the docker daemon accepts no connections");
    Err(error.hint("`sudo systemctl restart docker`"))
}

fn diagnose(inquiry: &Inquiry<'_>) -> Diagnosis {
    if inquiry.program.is_none() {
        match inquiry.host.on_path(NAME) {
            None => return Diagnosis::absent("not installed"),
            Some(program) if is_podman(&program) => {
                return Diagnosis::absent(format!("`{}` is podman in truth", program.display()));
            }
            Some(_) => {}
        }
    }
    match ask(inquiry) {
        Ok((socket, daemon)) => describe(&socket, daemon),
        Err(error) => Diagnosis::only(Verdict::Fails(error)),
    }
}

/// Asks the daemon, and returns its socket and answer.
fn ask(inquiry: &Inquiry<'_>) -> Result<(PathBuf, Daemon)> {
    let limit = inquiry.limit;
    let socket = endpoint::socket(inquiry.host)?;
    let ask = move || {
        endpoint::check(&socket)?;
        let daemon = endpoint::daemon(&socket, limit)?;
        Ok((socket, daemon))
    };
    within(limit, ask).unwrap_or_else(no_connection)
}

fn describe(socket: &Path, daemon: Daemon) -> Diagnosis {
    let rights = if daemon.is_rootless() {
        "without root's rights"
    } else {
        "with root's rights"
    };
    let text = format!(
        "{} answers on `{}`, runs {rights}, keeps images in `{}` ({})",
        daemon.server_version,
        socket.display(),
        daemon.docker_root_dir.display(),
        daemon.driver,
    );
    Diagnosis {
        verdict: Verdict::Works(text),
        images: Some(daemon.docker_root_dir),
    }
}
