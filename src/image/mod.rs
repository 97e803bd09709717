//! The images that containers start from, cross's own and the user's: which one a run needs, how it
//! is made, and the digest that tells without a build whether it is missing or out of date.

pub(crate) mod base;
pub(crate) mod build;
pub(crate) mod custom;
mod log;
pub(crate) mod origin;
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

/// The directory of the programs that cross's images bring, which is first in their `PATH`.
const OWN_PROGRAMS: &str = "/opt/cross/bin";

/// The image of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// One of cross's own images, with the digest of its recipe. `current` says whether the image
    /// exists and was made by exactly that recipe.
    Provided {
        row: &'static Row,
        parts: Parts,
        digest: String,
        current: bool,
    },
    /// An image that the user has named, or that the user's configuration makes. `identity` is a
    /// short name for exactly this content.
    Custom {
        name: String,
        info: ImageInfo,
        identity: String,
    },
}

/// The digest of the recipe of a row's image, or of its toolchain with the engine `host`. None if
/// the row has no toolchain for that engine.
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
    /// The image's name in the engine.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Provided { row, parts, .. } => name(row, *parts),
            Self::Custom { name, .. } => name.clone(),
        }
    }

    /// Checks that the image may be made, before anything is fetched for it: the user has to have
    /// consented to all licences, and an image whose scripts fetch needs the network.
    ///
    /// # Errors
    ///
    /// When the user has not consented, or packages are missing and nothing may be fetched.
    pub(crate) fn permit(
        &self,
        engine: &Engine,
        host: &Host,
        term: Term,
        origin: &Origin,
    ) -> Result<()> {
        let Self::Provided {
            row,
            parts,
            current: false,
            ..
        } = self
        else {
            return Ok(());
        };
        if engine.isolates() {
            let recipe = recipe::row(row, *parts, host)?;
            return recipe.permit(row, *parts, host, term, origin);
        }
        let recipe = ToolchainRecipe::of(row, host)?;
        recipe.map_or(Ok(()), |recipe| {
            toolchain::permit(&recipe, host, term, origin)
        })
    }

    /// A short name for exactly this content. An image of cross's has the same one with every
    /// engine, even before it is built.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Provided { digest, .. } => digest.clone(),
            Self::Custom { identity, .. } => identity.clone(),
        }
    }

    /// Whether it is cross's image or was built from one. A custom image counts if a variable names
    /// cross's runner or its `PATH` has `/opt/cross/bin`.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::Provided { .. } => true,
            Self::Custom { info, .. } => {
                let mut dirs = info.env("PATH").unwrap_or_default().split(':');
                info.vars().any(|(_, value)| value == RUNNER) || dirs.any(|dir| dir == OWN_PROGRAMS)
            }
        }
    }

    /// Whether the image sets a variable.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    /// The value of a variable that the image sets.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match self {
            Self::Provided { row, parts, .. } => {
                let mut variables = row.environment(*parts).into_iter();
                variables
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value)
            }
            Self::Custom { info, .. } => info.env(name).map(str::to_owned),
        }
    }

    /// The value of `PATH` in the image.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Provided { .. } => PATH,
            Self::Custom { info, .. } => info.env("PATH").unwrap_or(cross_sandbox::USUAL_PATH),
        }
    }
}
