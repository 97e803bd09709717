//! An older glibc than a target's own, by the command line or the configuration.

use super::Resolver;
use crate::config::{Setting, Source, TargetConfig};
use crate::plan::Target;
use crate::target;
use cross_base::error::{Error, Result};

impl Resolver<'_> {
    /// Puts what was said behind a target on the command line into its configuration. What is so
    /// anyway is left out.
    ///
    /// # Errors
    ///
    /// When results for the target need no glibc.
    pub(super) fn set_glibc(&self, target: &Target, config: &mut TargetConfig) -> Result<()> {
        let mut said = self.glibc.iter().rev();
        if let Some((_, version)) = said.find(|(triple, _)| *triple == target.triple) {
            config.glibc = Some(Setting {
                value: version.clone(),
                source: Source::CommandLine("--target"),
            });
        }
        let Some(Setting { value, source }) = &config.glibc else {
            return Ok(());
        };
        let own = target::find(target.name()).and_then(target::Row::glibc_floor);
        let Some(own) = own.and_then(|own| own.parse().ok()) else {
            let message = format!(
                "{source} asks for glibc {value}, which results for `{}` do not need",
                target.name()
            );
            return Err(Error::new(message).hint("name the target without a version"));
        };
        if *value >= own {
            config.glibc = None;
        }
        Ok(())
    }
}
