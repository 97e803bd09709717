//! Container engines. The plan speaks of mounts, environment and a command ([`spec::RunSpec`]);
//! what an engine calls these is decided here and nowhere else.

pub(crate) mod detect;
pub(crate) mod endpoint;
pub(crate) mod images;
pub(crate) mod rights;
pub(crate) mod spec;

use std::path::PathBuf;

use crate::base::process::Cmd;
use crate::sandbox::store::Store;

/// The command lines cross speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Docker,
    Podman,
    /// The one that is built in.
    Sandbox,
}

impl Kind {
    /// The usual name of the program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Sandbox => "sandbox",
        }
    }
}

/// The engine that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    pub(crate) kind: Kind,
    /// The program, as a full path; ourselves where the engine is built in.
    pub(crate) program: PathBuf,
    /// Where the built-in engine keeps its images; only that has one.
    pub(crate) store: Option<Store>,
    /// Whether it runs without root's rights, so that its root is the caller.
    pub(crate) rootless: bool,
    /// Why it was chosen.
    pub(crate) reason: String,
    /// Whether another one was there but did not answer, which is said without `-v` too.
    pub(crate) is_second_choice: bool,
}

impl Engine {
    /// Which one it is and why, in a line.
    pub(crate) fn described(&self) -> String {
        let reason = &self.reason;
        match self.kind {
            Kind::Sandbox => format!("`sandbox`, which is built in: {reason}"),
            Kind::Docker | Kind::Podman => format!("`{}`: {reason}", self.program.display()),
        }
    }

    /// A call of the engine's program.
    pub(crate) fn cmd(&self) -> Cmd {
        Cmd::new(&self.program)
    }
}
