//! Targets for which Rust's own toolchain is enough: the host's cargo builds for them, without a
//! container.

use std::path::Path;

use super::{ResolvedTarget, Resolver};
use crate::bounds::asker::Asker;
use crate::cargo::rustup::Installation;
use crate::cargo::std_lib::Std;
use crate::cargo::toolchain::{Toolchain, host_cargo};
use crate::config::TargetConfig;
use crate::config::build_std::StdCrate;
use crate::config::file::Network;
use crate::flow::decision::Decision;
use crate::plan::Target;
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::mode::Mode;
use cross_base::notices::{Notice, Notices};

/// Whether the host's cargo builds for the target. Not if the user has an image, which the build
/// may need, or uses xargo, which builds a library that rustup lacks.
pub(super) fn is_bare(target: &Target, config: &TargetConfig) -> bool {
    target::is_bare(target.name()) && !config.has_image() && !config.xargo.value
}

/// Whether anything can build for the target: an image of cross's or the user's, or Rust's own
/// toolchain.
pub(crate) fn can_be_built(target: &Target, config: &TargetConfig) -> bool {
    config.has_image() || target::find(target.name()).is_some() || is_bare(target, config)
}

impl Resolver<'_> {
    /// The decision for the host's cargo, if no target needs a container.
    ///
    /// # Errors
    ///
    /// When some targets need a container and others do not, when results are to be verified, and
    /// when the network is to be kept from a build.
    pub(super) fn without_container(
        &self,
        toolchain: &Toolchain,
        resolved: &[ResolvedTarget],
        (root, asker): (&Path, &Asker),
    ) -> Result<Option<Decision>> {
        let (bare, others): (Vec<&ResolvedTarget>, Vec<&ResolvedTarget>) = resolved
            .iter()
            .partition(|resolved| is_bare(&resolved.target, &resolved.config));
        let Some(first) = bare.first() else {
            return Ok(None);
        };
        if let Some(other) = others.first() {
            let message = format!(
                "`{}` needs no container and is built by the host's cargo, `{}` is built in one",
                first.target.name(),
                other.target.name()
            );
            return Err(Error::new(message).hint("run it once for each target"));
        }
        if self.invocation.options.verify {
            let name = first.target.name();
            let message = format!(
                "`--verify` reads what cross builds, and the host's cargo builds for `{name}`"
            );
            return Err(Error::usage(message).hint("`cross-util verify FILE` reads any result"));
        }
        needs_no_isolation(&bare)?;
        if !asker.is_user() {
            self.tell_of_choice(first.target.name(), root, asker);
        }
        let message = format!(
            "the host's cargo: Rust's own toolchain is enough for `{}`",
            first.target.name()
        );
        self.term.verbose("Running", &message);
        let mut before: Vec<Installation> = Vec::new();
        let mut invocation = self.invocation.clone();
        for resolved in resolved {
            let ResolvedTarget { target, std, .. } = resolved;
            let rustup = self.context(&resolved.config, toolchain).rustup();
            before.extend(std.installation(rustup, &target.triple)?);
            if let Some((key, value)) = std.crates_setting() {
                invocation = invocation.with_config(&format!("{key}={value}"));
            }
            if let Std::Built { crates, .. } = std {
                // If the profile aborts, cargo would otherwise build a second core for the tests.
                if !crates.contains(&StdCrate::Std) {
                    invocation = invocation.with_config("unstable.panic-abort-tests=true");
                }
            }
        }
        before.dedup();
        if let [ResolvedTarget { target, .. }] = resolved {
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

    /// Tells the user once that the project has chosen a target that is built without a container.
    fn tell_of_choice(&self, target: &str, root: &Path, asker: &Asker) {
        let message = format!(
            "the host's cargo builds for `{target}`, which {asker} names, without a container: build scripts can do what you can"
        );
        let mut notices = Notices::apart(root, "bare");
        notices.extend([Notice::Status("Note", message)]);
        if self.mode == Mode::Run {
            notices.show(self.host, self.term);
        }
    }
}

/// Refuses a build that is to have no network, which only a container can keep from it.
fn needs_no_isolation(bare: &[&ResolvedTarget]) -> Result<()> {
    let mut bare = bare.iter();
    let Some(first) = bare.find(|it| it.config.network.value == Network::None) else {
        return Ok(());
    };
    let name = first.target.name();
    let message = format!(
        "the host's cargo builds for `{name}` and cannot keep the build from the network, as `network = \"none\"` asks"
    );
    Err(Error::new(message)
        .hint("name an `image` for the target to build it in a container, or set `CROSS_BUILD_NETWORK=host`"))
}
