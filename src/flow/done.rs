//! Checks whether a step of a plan is done. `cross` skips such steps, and `cross-util plan` does
//! not show them.

use rustix::fs::FileType;

use crate::plan::Step;
use cross_base::beneath::Place;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;

impl Step {
    /// Whether the step has nothing left to do.
    ///
    /// # Errors
    ///
    /// When a symbolic link is in the path of a place that a container may have made.
    pub(crate) fn is_done(&self, host: &Host) -> Result<bool> {
        Ok(match self {
            Self::Lock { path, .. } | Self::Touch(path) => path.open()?.is_some(),
            Self::Dir(place) => is_directory(place)?,
            Self::Cover { place, own } => is_directory(place)? && own.is_dir(),
            // A directory that is not writable counts as not done. The step then fails with the
            // reason.
            Self::TargetDir(place) => {
                is_directory(place).unwrap_or_default() && fs::is_writable(&place.path())
            }
            Self::Fetch(fetch) => fetch.is_recorded(),
            Self::Link(link, _) => fs_err::symlink_metadata(link.path()).is_ok(),
            Self::Write(path, text) | Self::WriteProgram(path, text) => {
                fs::read_if_exists(path) == Ok(Some(text.clone()))
            }
            Self::NameProgram(name, program) => fs::is_named(name, program),
            Self::MakeToolchain { recipe, runs, .. } => {
                recipe.marks(*runs, host).iter().all(|path| path.exists())
            }
            Self::MakeOlderGlibc {
                recipe, version, ..
            } => recipe.older_dir(version, host).exists(),
            Self::MakeTool { recipe, .. } => recipe.place(host).exists(),
            // The plan has these steps only if they are needed.
            Self::Rustup(_) | Self::BuildImage { .. } | Self::Registry(_) => false,
        })
    }

    /// Whether the step is a fetch after which packages may still be missing.
    pub(crate) fn is_open_fetch(&self) -> bool {
        matches!(self, Self::Fetch(fetch) if !fetch.is_recorded())
    }
}

fn is_directory(place: &Place) -> Result<bool> {
    let found = place.open()?;
    let kind = found.and_then(|found| rustix::fs::fstat(found).ok());
    Ok(kind.is_some_and(|found| FileType::from_raw_mode(found.st_mode).is_dir()))
}
