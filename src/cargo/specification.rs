//! A target that the toolchain's rustc does not know: whether it can be told of it, and what it is
//! told.

use crate::cargo::std_lib::{StdProbe, StdRequest};
use crate::target::{self, Row, Specified};
use cross_base::error::{Error, Result};

/// What rustc is told of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Specification {
    /// The text of the file.
    pub(crate) text: String,
    /// What rustc and rustdoc are told besides.
    pub(crate) rustflags: &'static [String],
}

impl StdRequest<'_> {
    /// What the target's specification is made of. None where rustc knows the target, as one does
    /// that has a standard library for it or can get it.
    ///
    /// # Errors
    ///
    /// When the toolchain takes no specification.
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
