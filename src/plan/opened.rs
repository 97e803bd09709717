//! `--open`: cargo in the container says which page it would open, and the host's browser does it.

use std::path::PathBuf;

use crate::plan::PlanInput;
use cross_base::beneath::Place;

/// A page that is opened when the run is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The file in which the run names it.
    pub(crate) file: Place,
    /// The directories of documentation: in one of them it must be.
    pub(crate) docs: Vec<Place>,
}

impl PlanInput<'_> {
    /// Where cargo writes which page it would open: the browser is the host's.
    pub(super) fn opened_file(&self) -> Option<PathBuf> {
        // On the machine itself cargo opens it.
        let wanted = self.context.invocation.options.open && self.engine.isolates();
        wanted.then(|| self.own_dir().join("opened"))
    }

    /// The page that the run may want to have opened.
    pub(super) fn opened(&self) -> Option<Opened> {
        let target_dir = &self.workspace.target_dir;
        let dirs = [target_dir.join(self.target.name()), target_dir.clone()];
        Some(Opened {
            file: self.place(&self.opened_file()?),
            docs: dirs.map(|dir| self.place(&dir.join("doc"))).into(),
        })
    }
}
