//! Builds for targets that need no toolchain but Rust's own: the host's cargo does them.

use super::Resolver;
use crate::cargo::rustup::Installation;
use crate::cargo::std_lib::Std;
use crate::cargo::toolchain::{Toolchain, host_cargo};
use crate::config::TargetConfig;
use crate::config::build_std::StdCrate;
use crate::flow::decision::Decision;
use crate::plan::Target;
use crate::target;
use cross_base::error::{Error, Result};

/// Whether the host's cargo builds for the target. An image of the user's has something that the
/// build needs, and xargo builds what rustup does not have.
pub(super) fn is_bare(target: &Target, config: &TargetConfig) -> bool {
    target::is_bare(target.name()) && !config.has_image() && !config.xargo.value
}

/// Whether there is something to build a target with: an image of cross's own or of the user's, or
/// Rust's own toolchain is enough.
pub(crate) fn can_be_built(target: &Target, config: &TargetConfig) -> bool {
    config.has_image() || target::find(target.name()).is_some() || is_bare(target, config)
}

impl Resolver<'_> {
    /// The decision, where no target needs a container.
    ///
    /// # Errors
    ///
    /// When only some need one.
    pub(super) fn without_container(
        &self,
        toolchain: &Toolchain,
        targets: &[Target],
        configs: &[TargetConfig],
        libraries: &[Std],
    ) -> Result<Option<Decision>> {
        let (bare, others): (Vec<_>, Vec<_>) = targets
            .iter()
            .zip(configs)
            .partition(|(target, config)| is_bare(target, config));
        let Some((first, _)) = bare.first() else {
            return Ok(None);
        };
        if let Some((other, _)) = others.first() {
            let message = format!(
                "`{}` needs no container and is built by the host's cargo, `{}` is built in one",
                first.name(),
                other.name()
            );
            return Err(Error::new(message).hint("run it once for each target"));
        }
        let message = format!(
            "the host's cargo: Rust's own toolchain is enough for `{}`",
            first.name()
        );
        self.term.verbose("Running", &message);
        let mut before: Vec<Installation> = Vec::new();
        let mut invocation = self.invocation.clone();
        for (target, std) in targets.iter().zip(libraries) {
            before.extend(lacking(toolchain, target, std)?);
            if let Std::Built { crates, .. } = std {
                let names = crates.iter().map(|name| name.as_str());
                let names = toml::Value::Array(names.map(toml::Value::from).collect());
                invocation = invocation.with_config(&format!("unstable.build-std={names}"));
                // A package whose profile aborts would have a second core with each test.
                if !crates.contains(&StdCrate::Std) {
                    invocation = invocation.with_config("unstable.panic-abort-tests=true");
                }
            }
        }
        before.dedup();
        if let [target] = targets {
            if target.tell_cargo {
                invocation = invocation.for_target(target.triple.as_ref());
            }
        }
        let cmd = host_cargo(&invocation);
        Ok(Some(Decision::Host {
            before,
            cmd,
            after: Vec::new(),
            removed: None,
            help: false,
        }))
    }
}

/// What adds to the toolchain that which the target's standard library comes from.
///
/// # Errors
///
/// When the toolchain is not one of rustup's.
fn lacking(toolchain: &Toolchain, target: &Target, std: &Std) -> Result<Option<Installation>> {
    match std {
        Std::Added { hint } => {
            Installation::of_library(toolchain, &target.triple, hint.clone()).map(Some)
        }
        Std::UserManaged | Std::Built { .. } if !toolchain.has_src => {
            Installation::of_source(toolchain).map(Some)
        }
        Std::Ready | Std::UserManaged | Std::Built { .. } => Ok(None),
    }
}
