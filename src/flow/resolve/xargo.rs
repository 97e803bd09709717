//! Decides whether xargo runs in place of cargo.

use std::path::{Path, PathBuf};

use super::{Resolver, host_program};
use crate::cargo::std_lib::StdProbe as _;
use crate::cargo::toolchain::{SOURCE, Toolchain};
use crate::config::{Setting, Source};
use crate::plan::{Target, XARGO};
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::term::plain;

/// xargo's configuration, which marks a project that is made for xargo.
const XARGO_TOML: &str = "Xargo.toml";

impl Resolver<'_> {
    /// Whether xargo runs for a target: if a setting says so, or for a target without a standard
    /// library by itself. Then the choice is said with `-v`.
    ///
    /// # Errors
    ///
    /// When a setting asks for xargo, which is not installed.
    pub(super) fn xargo(
        &self,
        target: &Target,
        said: Setting<bool>,
        root: &Path,
        toolchain: &Toolchain,
    ) -> Result<Setting<bool>> {
        if said.value && !self.has_xargo() {
            let source = &said.source;
            let message = format!("{source} asks for `xargo`, which is not installed");
            return Err(Error::new(message).hint(
                "use `build-std` instead: Rust 1.89 and newer cannot compile xargo's last release",
            ));
        }
        let row = target::find(target.name());
        if row.is_none_or(|row| row.family().std) || !self.subcommand.needs_std() {
            return Ok(said);
        }
        let (setting, why) = if said.source == Source::Default {
            let (value, why) = self.xargo_by_itself(target, root, toolchain)?;
            (Setting::by_default(value), why)
        } else {
            let why = format!("{} says so", said.source);
            (said, why)
        };
        let program = if setting.value { XARGO } else { "cargo" };
        let message = format!("{program} for `{}`: {why}", target.name());
        self.term.verbose("Running", &plain(&message));
        Ok(setting)
    }

    /// Whether xargo runs although no setting says so, and why. It takes a project that is made for
    /// xargo, for an xargo that lies unused in cargo's home is no wish. And it takes a toolchain
    /// with which xargo works. Its last release, 0.3.26, reads a lock file beside the library's
    /// source, which is there no more since the library is a workspace of its own.
    /// <https://github.com/rust-lang/rust/pull/128685>
    fn xargo_by_itself(
        &self,
        target: &Target,
        root: &Path,
        toolchain: &Toolchain,
    ) -> Result<(bool, String)> {
        let Some(file) = self.xargo_toml(root) else {
            return Ok((false, format!("the project has no `{XARGO_TOML}`")));
        };
        let file = file.display();
        if !self.has_xargo() {
            let why = format!("`{file}` is there, and xargo is not installed");
            return Ok((false, why));
        }
        let lockfile = toolchain.sysroot.join(SOURCE).with_file_name("Cargo.lock");
        if !lockfile.is_file() {
            let why = format!("xargo needs `{}`, which does not exist", lockfile.display());
            return Ok((false, why));
        }
        if !self.lookup(toolchain, target).unstable()? {
            return Ok((false, "xargo needs a nightly toolchain".to_owned()));
        }
        let why = format!("`{file}` is there, and xargo is installed");
        Ok((true, why))
    }

    fn has_xargo(&self) -> bool {
        host_program(self.host, XARGO).exists()
    }

    /// The project's configuration of xargo, which may be in any directory from the package's to
    /// the workspace's root.
    fn xargo_toml(&self, root: &Path) -> Option<PathBuf> {
        let manifest = self.invocation.options.manifest_path.as_ref();
        let start = manifest.map_or(self.cwd.clone(), |path| self.cwd.join(path));
        let within = start.ancestors().filter(|dir| dir.starts_with(root));
        let dirs = within.chain([root]);
        let mut files = dirs.map(|dir| dir.join(XARGO_TOML));
        files.find(|file| file.is_file())
    }
}
