//! A glibc older than the toolchain's own: the step that makes libraries for it, their mount, and
//! the variable with their directory.

use std::path::{Path, PathBuf};

use crate::config::Setting;
use crate::engine::spec::{Access, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::error::{Error, Result};

/// The directory of the libraries in the container.
const IN_CONTAINER: &str = "/opt/cross/glibc";

impl PlanInput<'_> {
    /// The step that makes the libraries, if the configuration asks for an older glibc.
    ///
    /// # Errors
    ///
    /// When the image is not one of cross's: only the compilers in cross's images use the
    /// libraries.
    pub(super) fn older_glibc(&self) -> Result<Option<Step>> {
        let Some(Setting { value, source }) = &self.context.config.glibc else {
            return Ok(None);
        };
        let recipe = self
            .recipe
            .filter(|_| self.image.is_ours() || !self.engine.isolates());
        let Some(recipe) = recipe else {
            let message = format!(
                "{source} asks for glibc {value}, which the image `{}` cannot give",
                self.image.name()
            );
            return Err(Error::new(message)
                .hint("it takes an image of cross's own, or one that starts from it"));
        };
        Ok(Some(Step::MakeOlderGlibc {
            recipe: recipe.clone(),
            version: value.clone(),
            origin: self.origin(),
        }))
    }

    /// The mount of the libraries.
    pub(super) fn older_mount(&self) -> Option<Mount> {
        let (source, _) = self.older_place()?;
        Some(Mount {
            source,
            target: IN_CONTAINER.into(),
            access: Access::ReadOnly,
        })
    }

    /// The variable for the compilers, with the libraries' directory in the container, or on the
    /// machine for the engine `host`.
    pub(super) fn older_variable(&self) -> Option<(&'static str, PathBuf)> {
        let (source, variable) = self.older_place()?;
        let place = if self.engine.isolates() {
            Path::new(IN_CONTAINER).to_owned()
        } else {
            source
        };
        Some((variable, place))
    }

    /// The libraries' directory on the machine, and the variable that the compilers read.
    fn older_place(&self) -> Option<(PathBuf, &'static str)> {
        let version = &self.context.config.glibc.as_ref()?.value;
        let recipe = self.recipe?;
        Some((
            recipe.older_dir(version, self.context.host),
            recipe.older_variable()?,
        ))
    }
}
