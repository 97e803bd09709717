//! The oldest API level that results run on. The compilers of an image or a toolchain read it from
//! variables, which have the row's level unless the user asks for another.

use crate::config::Setting;
use crate::plan::PlanInput;
use crate::target;
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// The row's parameter for the API level, with the level that the user asks for.
    pub(super) fn api_level(&self) -> Option<(&'static str, String)> {
        let level = self.context.config.api_level.as_ref()?.value;
        let known = target::find(self.target.name())?
            .family()
            .api_level
            .as_ref()?;
        Some((&known.parameter, level.to_string()))
    }

    /// Checks that the compilers support the API level that the user asks for.
    ///
    /// # Errors
    ///
    /// When the level is older than the oldest, or the image is not one of cross's: only the
    /// compilers in cross's images read the level.
    pub(super) fn knows_api_level(&self) -> Result<()> {
        let Some(Setting { value, source }) = &self.context.config.api_level else {
            return Ok(());
        };
        let triple = self.target.name();
        let row = target::find(triple);
        let Some(known) = row.and_then(|row| row.family().api_level.as_ref()) else {
            return Ok(());
        };
        if *value < known.oldest {
            let oldest = known.oldest;
            return Err(Error::new(format!(
                "{source} asks for the API level {value}: the oldest for `{triple}` is {oldest}"
            )));
        }
        if self.image.is_ours() || !self.engine.isolates() {
            return Ok(());
        }
        let image = self.image.name();
        let message = format!(
            "{source} asks for the API level {value}, which the image `{image}` cannot give"
        );
        Err(Error::new(message)
            .hint("it takes an image of cross's own, or one that starts from it"))
    }
}
