//! Specifications of targets that rustc does not know, made from those of other targets, which
//! rustc prints.

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
    /// The specification of each target that rustc does not know. Cargo has to be told such
    /// targets.
    ///
    /// # Errors
    ///
    /// When the toolchain does not accept specifications, or its rustc does not print the one that
    /// is changed.
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

    /// The lookup of facts about a target's standard library.
    pub(super) fn lookup<'b>(&'b self, toolchain: &'b Toolchain, target: &'b Target) -> Lookup<'b> {
        Lookup {
            host: self.host,
            channel: self.invocation.toolchain.as_deref(),
            toolchain,
            triple: &target.triple,
        }
    }

    /// The specification of a target as rustc prints it.
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
