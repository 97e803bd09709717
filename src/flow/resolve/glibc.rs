//! Another glibc than a target's own, which the command line or the configuration asks for.

use super::Resolver;
use crate::config::{Setting, Source, TargetConfig};
use crate::plan::Target;
use crate::target;
use cross_base::error::{Error, Result};

impl Resolver<'_> {
    /// Puts the version of glibc that the command line names behind a target into the target's
    /// configuration. A version that is newer than all that cross has is replaced by the newest. A
    /// version for which the target's own C library is used as it is, is dropped.
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
        let row = target::find(target.name());
        let Some(row) = row.filter(|row| row.glibc_floor().is_some()) else {
            let message = format!(
                "{source} asks for glibc {value}, which results for `{}` do not need",
                target.name()
            );
            return Err(Error::new(message).hint("name the target without a version"));
        };
        let source = source.clone();
        config.glibc = row.limit(value).map(|value| Setting { value, source });
        Ok(())
    }
}
