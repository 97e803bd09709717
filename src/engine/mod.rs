//! Container engines. The plan speaks of mounts, environment and a command ([`spec::RunSpec`]);
//! what an engine calls these is decided here and nowhere else.

pub(crate) mod detect;
pub(crate) mod endpoint;
pub(crate) mod images;
pub(crate) mod spec;

use std::path::PathBuf;

use crate::process::Cmd;

/// The command lines cross speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Docker,
    Podman,
}

impl Kind {
    /// The usual name of the program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// The engine that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    pub(crate) kind: Kind,
    /// The program, as a full path.
    pub(crate) program: PathBuf,
    /// Whether it runs without root's rights, so that its root is the caller.
    pub(crate) rootless: bool,
    /// Why it was chosen.
    pub(crate) reason: String,
    /// Whether another one was there but did not answer, which is said without `-v` too.
    pub(crate) is_second_choice: bool,
}

impl Engine {
    /// A call of the engine's program.
    pub(crate) fn cmd(&self) -> Cmd {
        Cmd::new(&self.program)
    }
}
