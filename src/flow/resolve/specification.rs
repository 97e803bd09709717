//! Specifications of targets that rustc does not know, made of what it says of others.

use super::Resolver;
use crate::cargo::cache::ProbeCache;
use crate::cargo::probe::Lookup;
use crate::cargo::specification::Specification;
use crate::cargo::std_lib::StdRequest;
use crate::cargo::toolchain::{Toolchain, specification_query};
use crate::config::TargetConfig;
use crate::plan::Target;
use cross_base::error::{Error, Result};
use cross_base::mode::Mode;
use cross_base::process::reason;
use cross_base::term::plain;

impl Resolver<'_> {
    /// The specification of each target, where it has to be made. Cargo has to be told of it.
    ///
    /// # Errors
    ///
    /// When the toolchain takes none, or its rustc does not say what it is made of.
    pub(super) fn specifications(
        &self,
        toolchain: &Toolchain,
        targets: &mut [Target],
        configs: &[TargetConfig],
        answers: &mut ProbeCache<'_>,
    ) -> Result<Vec<Option<Specification>>> {
        let one = |(target, config): (&mut Target, &TargetConfig)| {
            let request = StdRequest {
                context: self.context(config, toolchain),
                triple: &target.triple,
            };
            let Some(specified) = request.specified(&self.lookup(toolchain, target))? else {
                return Ok(None);
            };
            let printed =
                answers.specification(&specified.base, || self.ask_rustc(&specified.base))?;
            target.tell_cargo = true;
            Ok(Some(Specification {
                text: specified.make(&printed)?,
                rustflags: specified.rustflags(),
            }))
        };
        let made = targets.iter_mut().zip(configs).map(one);
        let made = made.collect::<Result<Vec<_>>>()?;
        if self.mode == Mode::Run && made.iter().any(Option::is_some) {
            answers.keep();
        }
        Ok(made)
    }

    /// What is looked up of a target's standard library.
    pub(super) fn lookup<'b>(&'b self, toolchain: &'b Toolchain, target: &'b Target) -> Lookup<'b> {
        Lookup {
            host: self.host,
            channel: self.invocation.toolchain.as_deref(),
            toolchain,
            triple: &target.triple,
        }
    }

    /// What rustc prints as a target's specification.
    fn ask_rustc(&self, triple: &str) -> Result<String> {
        let cmd = specification_query(self.invocation.toolchain.as_deref(), triple);
        let output = cmd.output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = plain(&reason(&output));
        Err(Error::new(format!(
            "rustc does not say how `{triple}` is specified: {why}"
        )))
    }
}
