//! Targets that the toolchain's rustc does not know: whether this rustc takes a specification, and
//! what is in it.

use crate::cargo::std_lib::{StdProbe, StdRequest};
use crate::target::{self, Row, Specified};
use cross_base::error::{Error, Result};

/// The specification of a target and the flags that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Specification {
    /// The text of the specification's file.
    pub(crate) text: String,
    /// Flags for rustc and rustdoc that no field of a specification can express.
    pub(crate) rustflags: &'static [String],
}

impl StdRequest<'_> {
    /// How to make the target's specification. None if this rustc knows the target: then the
    /// toolchain has a standard library for the target, or rustup offers one.
    ///
    /// # Errors
    ///
    /// If the toolchain takes no specification.
    pub(crate) fn specified(&self, facts: &impl StdProbe) -> Result<Option<Specified>> {
        let Some(specified) = target::find(self.triple).and_then(Row::specified) else {
            return Ok(None);
        };
        let toolchain = self.context.toolchain;
        if toolchain.has_std(self.triple) || toolchain.rustup_name.is_some() && facts.offered()? {
            return Ok(None);
        }
        if facts.unstable()? {
            return Ok(Some(specified));
        }
        let message = format!(
            "rustc has had no target `{}` since {}, and only a nightly toolchain takes one that cross specifies",
            self.triple,
            specified.gone_since()
        );
        Err(self.with_nightly(Error::new(message), facts))
    }
}
