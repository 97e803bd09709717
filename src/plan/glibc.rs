//! An older glibc than the toolchain's own: libraries for it, where the container has them, and the
//! variable that names the place.

use std::path::{Path, PathBuf};

use crate::config::Setting;
use crate::engine::spec::{Access, Mount};
use crate::plan::{PlanInput, Step};
use crate::target;
use crate::toolchain::ToolchainRecipe;
use cross_base::error::{Error, Result};

/// Where the container has them.
const PLACE: &str = "/opt/cross/glibc";

impl PlanInput<'_> {
    /// The step that makes the libraries, if any are asked for.
    ///
    /// # Errors
    ///
    /// When the image is none of cross's, whose compilers alone know of them.
    pub(super) fn older_glibc(&self) -> Result<Option<Step>> {
        let Some(Setting { value, source }) = &self.context.config.glibc else {
            return Ok(None);
        };
        let recipe = self.older_recipe()?;
        let recipe = recipe.filter(|_| self.image.is_ours() || !self.engine.isolates());
        let Some(recipe) = recipe else {
            let message = format!(
                "{source} asks for glibc {value}, which the image `{}` cannot give",
                self.image.name()
            );
            return Err(Error::new(message)
                .hint("it takes an image of cross's own, or one that starts from it"));
        };
        Ok(Some(Step::MakeToolchain {
            row: recipe.row,
            runs: false,
            origin: self.origin(),
            glibc: Some(value.clone()),
            files: vec![recipe.older_dir(value, self.context.host)],
        }))
    }

    /// What the container sees of them.
    pub(super) fn older_mount(&self) -> Option<Mount> {
        let (source, _) = self.older_place()?;
        Some(Mount {
            source,
            target: PLACE.into(),
            access: Access::ReadOnly,
        })
    }

    /// The variable that names the place, and the place: the container's, or where there is none
    /// the machine's.
    pub(super) fn older_variable(&self) -> Option<(&'static str, PathBuf)> {
        let (source, variable) = self.older_place()?;
        let place = if self.engine.isolates() {
            Path::new(PLACE).to_owned()
        } else {
            source
        };
        Some((variable, place))
    }

    /// Where they stand on the machine, and the variable that compilers read.
    fn older_place(&self) -> Option<(PathBuf, &'static str)> {
        let version = &self.context.config.glibc.as_ref()?.value;
        let recipe = self.older_recipe().ok().flatten()?;
        Some((
            recipe.older_dir(version, self.context.host),
            recipe.older_variable()?,
        ))
    }

    fn older_recipe(&self) -> Result<Option<ToolchainRecipe>> {
        target::find(self.target.name()).map_or(Ok(None), |row| {
            ToolchainRecipe::for_image(row, self.context.host)
        })
    }
}
