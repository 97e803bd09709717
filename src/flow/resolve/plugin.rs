//! The program of a plugin that is not in cargo's home.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Resolver, host_program};
use crate::cli::Provider;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::process::{Cmd, reason};

/// A version manager whose shims are links to its own program. The program reads from the shim's
/// name what it is to start. <https://mise.jdx.dev/dev-tools/shims.html>
const BY_LINK: &str = "mise";
/// A version manager whose shims are scripts with [`MARK`].
const BY_SCRIPT: &str = "asdf";
/// The beginning of the comment in which asdf's shims name the versions that they may start.
const MARK: &str = "# asdf-plugin:";
/// The length of the part of a script that is searched.
const START: u64 = 4096;

impl Resolver<'_> {
    /// The program of a plugin that is not in cargo's home, but elsewhere on `PATH`, where
    /// distributions and version managers put it. None for other commands.
    ///
    /// # Errors
    ///
    /// If a version manager cannot tell which program it would start.
    pub(super) fn plugin_elsewhere(&self) -> Result<Option<PathBuf>> {
        let name = format!("cargo-{}", self.subcommand.name());
        let is_plugin = self.subcommand.provider == Provider::Plugin;
        if !is_plugin || host_program(self.host, &name).exists() {
            return Ok(None);
        }
        let Some(found) = self.host.on_path(&name) else {
            return Ok(None);
        };
        match manager(&found) {
            Some(manager) => behind_shim(&found, &name, manager).map(Some),
            None => Ok(Some(fs::canonical(&found))),
        }
    }
}

/// The version manager whose shim a program is.
fn manager(program: &Path) -> Option<PathBuf> {
    let real = fs::canonical(program);
    if real.ends_with(BY_LINK) {
        return Some(real);
    }
    let mut start = Vec::new();
    let file = fs_err::File::open(&real).ok()?;
    file.take(START).read_to_end(&mut start).ok()?;
    let start = String::from_utf8_lossy(&start);
    let is_marked = start.lines().any(|line| line.starts_with(MARK));
    (start.starts_with("#!") && is_marked).then(|| BY_SCRIPT.into())
}

/// The program that a shim starts in the current directory. The container has neither the manager
/// nor what it has installed, so it gets this program.
fn behind_shim(shim: &Path, name: &str, manager: PathBuf) -> Result<PathBuf> {
    let cmd = Cmd::new(manager).args(["which", name]);
    let failed = |why: &str| {
        let shim = shim.display();
        Error::new(format!(
            "cannot find the program behind the shim `{shim}`: {cmd}: {why}"
        ))
    };
    let output = cmd.output().map_err(|error| failed(error.message()))?;
    if !output.status.success() {
        return Err(failed(&reason(&output)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let path = Path::new(text.trim_end());
    if path.is_absolute() && path.is_file() && self::manager(path).is_none() {
        return Ok(fs::canonical(path));
    }
    Err(failed(&format!("`{}` is no program", path.display())))
}
