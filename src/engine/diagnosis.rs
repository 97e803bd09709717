//! The report of `cross-util doctor` about an engine, whether the engine works or not.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_sandbox::store::Store;
use cross_sandbox::trial::{self, Report};

/// The input of an engine's diagnosis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inquiry<'a> {
    pub(crate) host: &'a Host,
    /// The time limit for the answer of a program or a server.
    pub(crate) limit: Duration,
    /// The engine's program, if `cross` would choose this engine.
    pub(crate) program: Option<&'a Path>,
    /// The result of the trial of sandboxes on this machine, which several engines share and which
    /// is run at most once.
    pub(crate) trial: &'a OnceLock<Result<Report>>,
}

impl Inquiry<'_> {
    /// The trial of sandboxes on this machine.
    ///
    /// # Errors
    ///
    /// When the trial cannot be run.
    pub(crate) fn trial(&self) -> Result<&Report> {
        let store = Store::of(self.host);
        let run = || trial::run(&store.root, self.host, self.limit);
        self.trial.get_or_init(run).as_ref().map_err(Clone::clone)
    }
}

/// The state of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The engine is not installed. The text says why.
    Absent(String),
    /// The engine works. The text describes it in one line.
    Works(String),
    /// The engine works in part.
    Incomplete(Error),
    /// The engine does not work.
    Fails(Error),
    /// The machine forbids the engine to work. Checks of the machine find out why.
    Forbidden(Error),
}

/// The result of an engine's diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) verdict: Verdict,
    /// The directory with the engine's images, if known.
    pub(crate) images: Option<PathBuf>,
}

impl Diagnosis {
    /// A diagnosis that knows the verdict alone.
    pub(super) fn only(verdict: Verdict) -> Self {
        Self {
            verdict,
            images: None,
        }
    }

    /// A diagnosis that the engine is not installed.
    pub(super) fn absent(why: impl Into<String>) -> Self {
        Self::only(Verdict::Absent(why.into()))
    }

    /// The error that keeps an installed engine from working.
    pub(crate) fn error(&self) -> Option<&Error> {
        match &self.verdict {
            Verdict::Fails(error) | Verdict::Forbidden(error) => Some(error),
            Verdict::Absent(_) | Verdict::Works(_) | Verdict::Incomplete(_) => None,
        }
    }

    /// Whether the engine can build.
    pub(crate) fn works(&self) -> bool {
        matches!(self.verdict, Verdict::Works(_) | Verdict::Incomplete(_))
    }
}
