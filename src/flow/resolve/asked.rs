//! The questions to the host's rustc and cargo, and their answers.

use std::path::Path;

use super::offer::Prefetch;
use super::{Resolver, check_host};
use crate::bounds::Bounds;
use crate::cargo::cache::ProbeCache;
use crate::cargo::probe::{ProbeResult, Probes, metadata_of};
use crate::cargo::rustup::Rustup;
use crate::cargo::toolchain::Toolchain;
use crate::cargo::workspace::Workspace;
use crate::config::Config;
use cross_base::error::Result;
use cross_base::mode::Mode;

/// The answers that are known before the configuration is read.
pub(super) struct Asked<'a> {
    pub(super) toolchain: Toolchain,
    pub(super) workspace: Workspace,
    pub(super) bounds: Bounds<'a>,
    /// A warning about the workspace's root.
    pub(super) odd_root: Option<String>,
    /// The configuration nearest to the caller's directory, which most often is the workspace's.
    pub(super) near: Config,
    pub(super) guess: Prefetch,
    /// The answers of rustc and cargo, from this and earlier runs.
    pub(super) answers: ProbeCache<'a>,
}

impl Resolver<'_> {
    /// Asks rustc and cargo about the toolchain and the project. Meanwhile the engine is asked
    /// about the image that is most likely needed.
    pub(super) fn ask(&self) -> Result<Asked<'_>> {
        let (invocation, host) = (self.invocation, self.host);
        let mut answers = ProbeCache::recall(host, invocation, &self.cwd, &self.cargo_config);
        let probes = Probes::start(invocation, &answers)?;
        let near = Config::nearest(host, &self.cwd);
        let guess = self.guess_image(&near);
        let offline = self.is_offline() && self.mode == Mode::Run;
        let ProbeResult {
            rustc,
            toolchain,
            project,
        } = probes.finish(invocation, host, self.mode == Mode::Run && !offline)?;
        check_host(&toolchain)?;
        let rustup = Rustup {
            toolchain: &toolchain,
            offline,
        };
        rustup.has_what_is_named()?;
        answers.learn(&rustc, &toolchain, &project);
        let mut ask =
            |manifest: &Path| answers.about(manifest, || metadata_of(invocation, manifest));
        let bounds = Bounds::new(host, project.root());
        let odd_root = bounds.check_root()?;
        let places = (&*self.cwd, &bounds);
        let workspace = Workspace::new(&project, invocation, places, &self.cargo_config, &mut ask)?;
        if self.mode == Mode::Run {
            answers.keep();
        }
        Ok(Asked {
            toolchain,
            workspace,
            bounds,
            odd_root,
            near,
            guess,
            answers,
        })
    }
}
