//! A glibc older than a target's own, which the command line or the configuration asks for.

use super::Resolver;
use crate::config::{Setting, Source, TargetConfig};
use crate::plan::Target;
use crate::target;
use cross_base::error::{Error, Result};

impl Resolver<'_> {
    /// Puts the version of glibc that the command line names behind a target into the target's
    /// configuration. A version that is not older than the target's own is dropped.
    ///
    /// # Errors
    ///
    /// When results for the target do not use glibc.
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
