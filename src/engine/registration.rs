//! What is known of an engine before it is looked for.

use std::path::{Path, PathBuf};

use super::Implementation;
use super::diagnosis::{Diagnosis, Inquiry};
use cross_base::error::Result;
use cross_base::host::Host;

/// What is known of an engine before it is looked for.
#[derive(Debug)]
pub(crate) struct Registration {
    /// Its name, which is also the usual name of its program.
    pub(crate) name: &'static str,
    /// What the doctor finds out about it, for `docs/troubleshooting.md`.
    pub(crate) about: &'static str,
    /// Why it is chosen where none is named and none before it was passed over.
    pub(super) usual_reason: &'static str,
    /// Variables by which the caller says that this engine is meant, and no other taken if it does
    /// not answer.
    pub(super) meant_by: &'static [&'static str],
    /// How it is called.
    pub(super) program: Program,
    /// Whether what it runs is in a container, apart from the machine.
    pub(crate) isolates: bool,
    /// Makes it ready, for the reason that is given.
    pub(super) open: fn(&Host, PathBuf, &str) -> Result<Implementation>,
    /// Looks it over.
    pub(crate) diagnose: fn(&Inquiry<'_>) -> Diagnosis,
}

/// The program of an engine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Program {
    /// This very program; the engine's name has no other meaning.
    BuiltIn,
    /// A client, told from others by its path.
    Client(fn(&Path) -> bool),
}

impl Registration {
    /// Its program, where that has the usual name.
    pub(super) fn usual_program(&self, host: &Host) -> Option<PathBuf> {
        match self.program {
            Program::BuiltIn => Some(host.program.clone()),
            Program::Client(_) => host.on_path(self.name),
        }
    }

    /// Whether the caller's environment says that it is meant.
    pub(super) fn is_meant(&self, host: &Host) -> bool {
        let mut variables = self.meant_by.iter();
        variables.any(|name| host.text(name).is_some())
    }
}

/// The name of a program.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
