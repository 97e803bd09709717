//! Puts a toolchain into the context of an image's build.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use walkdir::WalkDir;

use super::recipe::{Emulator, ToolchainRecipe};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;

/// The names of directories in the context: that of the toolchain, and that of the emulator, which
/// may be empty.
pub(crate) const TOOLCHAIN: &str = "toolchain";
pub(crate) const EMULATOR: &str = "emulator";

impl ToolchainRecipe {
    /// Puts the toolchain and its emulator, which must have been made, into the context of a build.
    /// Files are hard links where possible, as nothing writes to a context.
    ///
    /// # Errors
    ///
    /// When the disk is full.
    pub(crate) fn place(&self, context: &Path, host: &Host) -> Result<()> {
        let toolchain = context.join(TOOLCHAIN);
        tree(&self.dir(host), &toolchain)?;
        if let Some((kit, own)) = self
            .kit
            .as_ref()
            .and_then(|kit| Some((kit, kit.own.as_ref()?)))
        {
            // An image cannot have a link to a directory of the machine's, so the files are copied.
            let place = toolchain.join(&kit.kit.dir);
            fs::remove_if_exists(&place)?;
            for below in kit.own_files()? {
                copy(&own.dir, &below, &place)?;
            }
        }
        let dir = context.join(EMULATOR);
        make_dir(&dir)?;
        if let Some(program) = self.emulator.as_ref().map(|emulator| emulator.path(host)) {
            file(&program, &dir.join(program.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }

    /// The identity of all that reaches an image: the toolchain's digest, and that of the
    /// emulator's package.
    pub(crate) fn image_identity(&self) -> String {
        let emulator = self.emulator.as_ref().map_or("", Emulator::digest);
        format!("{}-{emulator}", self.digest)
    }
}

fn tree(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry.map_err(|e| Error::new(format!("cannot read the toolchain: {e}")))?;
        let Ok(below) = entry.path().strip_prefix(from) else {
            continue;
        };
        let place = to.join(below);
        if entry.file_type().is_dir() {
            make_dir(&place)?;
        } else {
            file_or_link(entry.path(), &place)?;
        }
    }
    Ok(())
}

/// Puts a file of a directory into another directory, at the same relative path.
fn copy(from: &Path, below: &Path, to: &Path) -> Result<()> {
    let mut dirs: Vec<&Path> = below.ancestors().skip(1).collect();
    dirs.reverse();
    for dir in dirs.iter().map(|dir| to.join(dir)) {
        if !dir.exists() {
            make_dir(&dir)?;
        }
    }
    file_or_link(&from.join(below), &to.join(below))
}

fn file_or_link(from: &Path, to: &Path) -> Result<()> {
    match fs_err::read_link(from) {
        Ok(target) => Ok(fs_err::os::unix::fs::symlink(target, to)?),
        Err(_) => file(from, to),
    }
}

/// Makes a directory that all users can read, whatever umask the caller has.
fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    fs::set_mode(path, 0o755)
}

/// Makes a file that all users can read: a hard link, or a copy if the file is on another disk or
/// not readable by all.
pub(super) fn file(from: &Path, to: &Path) -> Result<()> {
    let mode = fs_err::metadata(from)?.permissions().mode() & 0o777;
    let wanted = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    if mode == wanted && fs_err::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs_err::copy(from, to)?;
    fs::set_mode(to, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_callers_alone_can_be_read_by_all_in_an_image() {
        let dir = fs::temporary_dir().unwrap();
        let from = dir.path().join("from");
        fs::create_dir_all(&from.join("bin")).unwrap();
        fs::set_mode(&from.join("bin"), 0o700).unwrap();
        for (name, mode) in [("plain", 0o600), ("bin/tool", 0o700), ("shared", 0o644)] {
            fs::write_if_changed(&from.join(name), name.as_bytes()).unwrap();
            fs::set_mode(&from.join(name), mode).unwrap();
        }
        fs_err::os::unix::fs::symlink("bin/tool", from.join("link")).unwrap();
        let to = dir.path().join("to");
        tree(&from, &to).unwrap();
        let mode = |name: &str| {
            let metadata = fs_err::metadata(to.join(name)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(
            ["bin", "bin/tool", "plain", "shared"].map(mode),
            [0o755, 0o755, 0o644, 0o644]
        );
        let link = fs_err::read_link(to.join("link")).unwrap();
        assert_eq!(link, Path::new("bin/tool"));
        assert_eq!(
            fs_err::metadata(from.join("plain"))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
    }
}
