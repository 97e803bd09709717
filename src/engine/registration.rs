//! The table's entry for an engine.

use std::path::{Path, PathBuf};

use super::Implementation;
use super::diagnosis::{Diagnosis, Inquiry};
use cross_base::error::Result;
use cross_base::host::Host;

/// The static facts about an engine, known before the engine is looked for.
#[derive(Debug)]
pub(crate) struct Registration {
    /// The engine's name, which is also the usual name of its program.
    pub(crate) name: &'static str,
    /// The doctor's checks of the engine, for `docs/troubleshooting.md`.
    pub(crate) about: &'static str,
    /// The reason for the choice of this engine if none is named and none before it was passed
    /// over.
    pub(super) usual_reason: &'static str,
    /// Variables by which the caller says that this engine is meant. If it does not answer then, no
    /// other engine takes its place.
    pub(super) meant_by: &'static [&'static str],
    /// The engine's program.
    pub(super) program: Program,
    /// Whether commands run in a container, apart from the machine.
    pub(crate) isolates: bool,
    /// Opens the engine. The text is the reason for its choice.
    pub(super) open: fn(&Host, PathBuf, &str) -> Result<Implementation>,
    /// Finds out for the doctor whether the engine works.
    pub(crate) diagnose: fn(&Inquiry<'_>) -> Diagnosis,
}

/// The program of an engine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Program {
    /// `cross` itself. The engine's name names no program.
    BuiltIn,
    /// A client. The function tells whether a path is this engine's client.
    Client(fn(&Path) -> bool),
}

impl Registration {
    /// The engine's program, if it has its usual name.
    pub(super) fn usual_program(&self, host: &Host) -> Option<PathBuf> {
        match self.program {
            Program::BuiltIn => Some(host.program.clone()),
            Program::Client(_) => host.on_path(self.name),
        }
    }

    /// Whether the caller's environment says that this engine is meant.
    pub(super) fn is_meant(&self, host: &Host) -> bool {
        self.asker(host).is_some()
    }

    /// The variable by which the caller says that this engine is meant.
    pub(super) fn asker(&self, host: &Host) -> Option<&'static str> {
        let mut variables = self.meant_by.iter().copied();
        variables.find(|name| host.text(name).is_some())
    }
}

/// The last component of a program's path, as text.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
