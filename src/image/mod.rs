//! The images cross provides: their names, what goes into each, and a digest of that, so that an
//! image that is missing or out of date is known without building anything.

pub(crate) mod base;
pub(crate) mod build;
pub(crate) mod custom;
mod log;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod recipe;
pub(crate) mod select;

use crate::engine::Engine;
use crate::engine::images::ImageInfo;
pub(crate) use crate::target::image_name::{
    PATH, RECIPE_LABEL, TARGET_LABEL, base_name, debian_name, name, named,
};
use crate::target::{Parts, RUNNER, Row};
use crate::toolchain::{self, Origin, ToolchainRecipe};
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::term::Term;

/// The directory of the images' own programs, first in their `PATH`.
const OWN_PROGRAMS: &str = "/opt/cross/bin";

/// The image of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// One of cross's own, with its recipe's digest; `current` when it is there and made by just
    /// that recipe.
    Provided {
        row: &'static Row,
        parts: Parts,
        digest: String,
        current: bool,
    },
    /// One that the user named, or that the user's configuration made; with a short name for
    /// exactly this content.
    Custom {
        name: String,
        info: ImageInfo,
        identity: String,
    },
}

/// The digest of what an engine makes for a row: an image, or a toolchain. None where it makes
/// nothing for it.
///
/// # Errors
///
/// When the lock file lacks a package.
pub(crate) fn digest(
    engine: &Engine,
    row: &'static Row,
    parts: Parts,
    host: &Host,
) -> Result<Option<String>> {
    if engine.isolates() {
        return Ok(Some(recipe::row(row, parts, host)?.digest));
    }
    Ok(ToolchainRecipe::of(row, host)?.map(|recipe| recipe.digest))
}

impl Image {
    /// What the engine calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Provided { row, parts, .. } => name(row, *parts),
            Self::Custom { name, .. } => name.clone(),
        }
    }

    /// Refuses what would take the user's consent to make, before anything is fetched for it,
    /// rather than in the middle.
    ///
    /// # Errors
    ///
    /// When the user has not consented.
    pub(crate) fn permit(&self, host: &Host, term: Term, origin: &Origin) -> Result<()> {
        let Self::Provided {
            row,
            current: false,
            ..
        } = self
        else {
            return Ok(());
        };
        let recipe = ToolchainRecipe::for_image(row, host)?;
        recipe.map_or(Ok(()), |recipe| {
            toolchain::permit(&recipe, host, term, origin)
        })
    }

    /// A short name for exactly this content. The same recipe gives the same name with every
    /// engine, and before the image is built.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Provided { digest, .. } => digest.clone(),
            Self::Custom { identity, .. } => identity.clone(),
        }
    }

    /// Whether it is one of cross's own or was made from one, which then names the runner that is
    /// in it, or, where there is none, the place of the other programs.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::Provided { .. } => true,
            Self::Custom { info, .. } => {
                let mut dirs = info.env("PATH").unwrap_or_default().split(':');
                info.vars().any(|(_, value)| value == RUNNER) || dirs.any(|dir| dir == OWN_PROGRAMS)
            }
        }
    }

    /// Whether it sets a variable.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        match self {
            Self::Provided { row, parts, .. } => {
                let variables = row.environment(*parts);
                variables.iter().any(|(key, _)| key == name)
            }
            Self::Custom { info, .. } => info.env(name).is_some(),
        }
    }

    /// Its `PATH`.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Provided { .. } => PATH,
            Self::Custom { info, .. } => info.env("PATH").unwrap_or(cross_sandbox::USUAL_PATH),
        }
    }
}
