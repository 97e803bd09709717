//! The project's lock file, which decides the parts that images need. It is read once, early, to
//! guess the image before the project is known.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::{ResolvedTarget, Resolver};
use crate::cargo::fetch::lock_command;
use crate::cargo::toolchain::Toolchain;
use crate::cargo::workspace::Workspace;
use crate::plan::fetching::Fetching;
use crate::plan::{CargoHome, may_write_lockfile};
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::mode::Mode;
use cross_base::process::exit_code;

/// Cargo's name for the file.
const NAME: &str = "Cargo.lock";

/// The nearest lock file with its text, read on first use.
#[derive(Debug, Default)]
pub(crate) struct NearLockfile(OnceCell<Option<(PathBuf, String)>>);

/// The workspace's lock file, as far as it decides the parts of images.
pub(super) struct LockText {
    /// None if the crates are not known.
    pub(super) text: Option<String>,
    /// Whether cargo was asked to fetch and could not.
    pub(super) unfetched: bool,
}

impl Resolver<'_> {
    /// The text of the nearest lock file, which most likely is the workspace's.
    pub(super) fn near_lockfile(&self) -> Option<&str> {
        let near = self.near.0.get_or_init(|| {
            let manifest = self.invocation.options.manifest_path.as_deref();
            let manifest = manifest.map(|path| fs::absolute(&self.cwd, path));
            let dir = manifest.as_deref().and_then(Path::parent);
            let mut dirs = dir.unwrap_or(&self.cwd).ancestors();
            dirs.find_map(|dir| {
                let path = dir.join(NAME);
                let text = fs::read_if_exists(&path).ok().flatten()?;
                Some((path, text))
            })
        });
        near.as_ref().map(|(_, text)| text.as_str())
    }

    /// The text of the workspace's lock file, which decides the parts of images. None if the crates
    /// are not known. If there is no file, or it may lack a dependency, the host's cargo writes it
    /// now rather than before the container starts.
    ///
    /// # Errors
    ///
    /// When cargo cannot write the file, or it cannot be read.
    pub(super) fn lockfile(
        &self,
        (workspace, toolchain): (&Workspace, &Toolchain),
        resolved: &[ResolvedTarget],
        cargo_home: &CargoHome,
    ) -> Result<LockText> {
        let path = &workspace.lockfile;
        let is_old = fs::is_older_than_any(path, &workspace.manifests);
        let may_lock = || self.may_lock(workspace, resolved);
        let mut unfetched = false;
        if !workspace.has_lockfile && may_lock() {
            let status = toolchain
                .with_rustc(lock_command(self.invocation))
                .status()?;
            if !status.success() {
                return Err(Error::already_reported(exit_code(status)));
            }
        } else if is_old && may_lock() {
            unfetched = !self.bring_up_to_date((workspace, toolchain), resolved, cargo_home)?;
        } else if let Some(Some((near, text))) = self.near.0.get() {
            if near == path {
                let text = Some(text.clone());
                return Ok(LockText { text, unfetched });
            }
        }
        let text = fs::read_if_exists(path)?;
        // A project without crates from elsewhere needs no part.
        let is_alone = !workspace.asks_elsewhere && !self.subcommand.installs();
        // What is only shown does not wait for a lock file, which most likely needs no part.
        let is_written_later = self.mode == Mode::Show && !self.subcommand.installs();
        let text = text.or_else(|| (is_alone || is_written_later).then(String::new));
        Ok(LockText { text, unfetched })
    }

    /// Fetches what a plan would fetch for a lock file that was not fetched for as it and the
    /// manifests are. Returns whether cargo could fetch.
    fn bring_up_to_date(
        &self,
        (workspace, toolchain): (&Workspace, &Toolchain),
        resolved: &[ResolvedTarget],
        cargo_home: &CargoHome,
    ) -> Result<bool> {
        // Without the source of the standard library, which the plan installs, cargo cannot fetch
        // for it. With xargo it could, and then does so in the plan.
        let can = |one: &&ResolvedTarget| {
            one.specification.is_none() && (toolchain.has_src || !one.std.reads_source())
        };
        for resolved in resolved.iter().filter(can) {
            let fetching = Fetching {
                context: self.context(&resolved.config, toolchain),
                workspace,
                target: &resolved.target,
                std: &resolved.std,
                cargo_home,
            };
            let fetch = fetching.fetch().filter(|fetch| !fetch.has_seen_lockfile());
            if !fetch.map_or(Ok(true), |fetch| fetch.run(self.term))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether cargo may write the lock file now, and images depend on it.
    fn may_lock(&self, workspace: &Workspace, resolved: &[ResolvedTarget]) -> bool {
        let matters = resolved.iter().any(|resolved| {
            let row = target::find(resolved.target.name());
            let named = resolved.config.parts.as_ref();
            named.is_none_or(|names| !names.value.is_empty()) && row.is_some()
        });
        matters
            && workspace.asks_elsewhere
            && may_write_lockfile(self.invocation, self.subcommand)
            && self.mode == Mode::Run
    }
}
