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
    /// are not known. If there is no file, or a manifest is new since the last run and newer than
    /// the file, the host's cargo writes it now rather than before the container starts.
    ///
    /// # Errors
    ///
    /// When cargo cannot write the file, or it cannot be read.
    pub(super) fn lockfile(
        &self,
        (workspace, toolchain): (&Workspace, &Toolchain),
        resolved: &[ResolvedTarget],
        cargo_home: &CargoHome,
        is_new: bool,
    ) -> Result<Option<String>> {
        let path = &workspace.lockfile;
        let is_old = is_new && fs::is_older_than_any(path, &workspace.manifests);
        let may_lock = || self.may_lock(workspace, resolved);
        if !workspace.has_lockfile && may_lock() {
            let status = toolchain
                .with_rustc(lock_command(self.invocation))
                .status()?;
            if !status.success() {
                return Err(Error::already_reported(exit_code(status)));
            }
        } else if is_old && may_lock() {
            for resolved in resolved.iter().filter(|one| one.specification.is_none()) {
                let fetching = Fetching {
                    context: self.context(&resolved.config, toolchain),
                    workspace,
                    target: &resolved.target,
                    std: &resolved.std,
                    cargo_home,
                };
                let fetch = fetching.fetch().filter(|fetch| !fetch.is_recorded());
                fetch.map_or(Ok(()), |fetch| fetch.run(self.term))?;
            }
        } else if let Some(Some((near, text))) = self.near.0.get() {
            if near == path {
                return Ok(Some(text.clone()));
            }
        }
        let text = fs::read_if_exists(path)?;
        // A project without crates from elsewhere needs no part.
        let is_alone = !workspace.asks_elsewhere && !self.subcommand.installs();
        Ok(text.or_else(|| is_alone.then(String::new)))
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
