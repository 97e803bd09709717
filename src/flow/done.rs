//! Whether a step of a plan is done already: then `cross` has nothing to do, and `cross-util plan` does not show it.

use crate::base::error::Result;
use crate::base::fs;
use crate::plan::Step;

impl Step {
    /// Whether nothing is left to do.
    ///
    /// # Errors
    ///
    /// When a link is on the way to a place that a container may have made.
    pub(crate) fn is_done(&self) -> Result<bool> {
        Ok(match self {
            Self::Lock { path, .. } | Self::Dir(path) | Self::Touch(path) => path.open()?.is_some(),
            // One that cannot be written to is as bad as none, and why is said where it is made.
            Self::TargetDir(place) => {
                let is_there = place.open().is_ok_and(|found| found.is_some());
                is_there && fs::is_writable(&place.path())
            }
            Self::Fetch(fetch) => fetch.lockfile.exists() && fetch.is_done(),
            Self::Link(link, _) => fs_err::symlink_metadata(link.path()).is_ok(),
            Self::Write(path, text) | Self::WriteProgram(path, text) => {
                fs::read_if_exists(path) == Ok(Some(text.clone()))
            }
            // The plan has them only where they are needed.
            Self::Rustup { .. } | Self::BuildImage(_) | Self::Registry(_) => false,
        })
    }
}
