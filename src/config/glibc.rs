//! The glibc that results must run with.

use super::{Config, Setting, TargetConfig};
use crate::target::{self, Row};
use cross_base::error::Result;
use cross_base::version::Version;

impl Config {
    /// The newest glibc that results may need: the value of `glibc`, or the version in cross-rs's
    /// key `zig`.
    pub(super) fn glibc(&self, triple: &str) -> Result<Option<Setting<Version>>> {
        let said = self.pick_for(triple, "glibc", str::parse, |target| target.glibc.clone())?;
        Ok(said.or_else(|| self.zigs_glibc(triple)))
    }
}

impl TargetConfig {
    /// The target's row, or its variant if the glibc that is asked for takes that.
    pub(crate) fn row(&self, triple: &str) -> Option<&'static Row> {
        let glibc = self.glibc.as_ref().map(|setting| &setting.value);
        Some(target::find(triple)?.for_glibc(glibc))
    }
}
