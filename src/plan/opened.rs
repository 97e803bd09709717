//! `--open`: cargo in the container writes down the page that it would open, and the host's browser
//! opens it.

use std::path::PathBuf;

use crate::plan::PlanInput;
use cross_base::beneath::Place;

/// A page that the browser may open after the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The file in which the run writes the page's path.
    pub(crate) file: Place,
    /// The directories of documentation, one of which must contain the page.
    pub(crate) docs: Vec<Place>,
}

impl PlanInput<'_> {
    /// The file in which cargo writes the path of the page, as it cannot start the host's browser.
    pub(super) fn opened_file(&self) -> Option<PathBuf> {
        // With the engine `host` cargo opens the page itself.
        let wanted = self.context.invocation.options.open && self.engine.isolates();
        wanted.then(|| self.own_dir().join("opened"))
    }

    /// The page that the run may ask to open.
    pub(super) fn opened(&self) -> Option<Opened> {
        let target_dir = &self.workspace.target_dir;
        let dirs = [target_dir.join(self.target.name()), target_dir.clone()];
        Some(Opened {
            file: self.place(&self.opened_file()?),
            docs: dirs.map(|dir| self.place(&dir.join("doc"))).into(),
        })
    }
}
