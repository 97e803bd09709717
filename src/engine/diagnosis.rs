//! What `cross-util doctor` wants to know of an engine, whether or not it works.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_sandbox::store::Store;
use cross_sandbox::trial::{self, Report};

/// What an engine is looked over with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inquiry<'a> {
    pub(crate) host: &'a Host,
    /// How long a program or a server may take to answer.
    pub(crate) limit: Duration,
    /// The engine's program, if it is the one that `cross` would take.
    pub(crate) program: Option<&'a Path>,
    /// What sandboxes can do here, tried once at most.
    pub(crate) trial: &'a OnceLock<Result<Report>>,
}

impl Inquiry<'_> {
    /// What a sandbox can do here.
    ///
    /// # Errors
    ///
    /// When it cannot be tried.
    pub(crate) fn trial(&self) -> Result<&Report> {
        let store = Store::of(self.host);
        let run = || trial::run(&store.root, self.host, self.limit);
        self.trial.get_or_init(run).as_ref().map_err(Clone::clone)
    }
}

/// How an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not there, and this is why.
    Absent(String),
    /// It works; more of it in a line.
    Works(String),
    /// It works, but not all of it.
    Incomplete(Error),
    /// It does not work.
    Fails(Error),
    /// The machine forbids it. What exactly is found by checks of the machine.
    Forbidden(Error),
}

/// What was found out about an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) verdict: Verdict,
    /// Where it keeps images, as far as that is known.
    pub(crate) images: Option<PathBuf>,
}

impl Diagnosis {
    /// A verdict without anything else.
    pub(super) fn only(verdict: Verdict) -> Self {
        Self {
            verdict,
            images: None,
        }
    }

    /// The engine is not there.
    pub(super) fn absent(why: impl Into<String>) -> Self {
        Self::only(Verdict::Absent(why.into()))
    }

    /// What keeps it from working, where it is there.
    pub(crate) fn error(&self) -> Option<&Error> {
        match &self.verdict {
            Verdict::Fails(error) | Verdict::Forbidden(error) => Some(error),
            Verdict::Absent(_) | Verdict::Works(_) | Verdict::Incomplete(_) => None,
        }
    }

    /// Whether builds can be done with it.
    pub(crate) fn works(&self) -> bool {
        matches!(self.verdict, Verdict::Works(_) | Verdict::Incomplete(_))
    }
}
