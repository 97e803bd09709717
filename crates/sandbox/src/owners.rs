//! The owners of files in layers. On the disk the caller owns all files. So the caller can read and
//! remove them, a change of `/etc/subuid` leaves no files of unknown users behind, and layers that
//! were made with and without other users can be mixed. A list among the layer's files says which
//! files belong to other users in the image. A build's command that has other users begins by
//! restoring these owners.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Network;
use super::namespace::{self, Processes};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// The first argument that makes `cross` write the list of owners.
pub(super) const WORD: &str = "__sandbox-owners";
/// The path of the list, in a layer or in an image. Each entry consists of user, group and
/// permissions, the path, and a zero byte.
pub(super) const LIST: &str = ".cross-owners";

/// The command that makes the caller the owner of a layer's files and writes the list.
pub(super) fn cmd(program: &Path, tree: &Path) -> Cmd {
    Cmd::new(program).arg(WORD).arg(tree)
}

/// Whether a layer has files of other users.
fn has_others(tree: &Path, host: &Host) -> bool {
    walkdir::WalkDir::new(tree).into_iter().any(|entry| {
        // A directory that cannot be read belongs to another user.
        let metadata = entry.and_then(|entry| entry.metadata());
        metadata.map_or(true, |m| m.uid() != host.uid || m.gid() != host.gid)
    })
}

/// Makes the caller the owner of a layer's files and writes the list. Runs as root of a namespace
/// that has the other users.
pub(super) fn give_back(tree: &Path, host: &Host) -> Result<()> {
    if host.uid == 0 || !has_others(tree, host) {
        return Ok(());
    }
    namespace::unshare(Network::Host, true, Processes::Shared, host)?;
    let mut list = Vec::new();
    for entry in walkdir::WalkDir::new(tree) {
        let entry = entry.map_err(|e| Error::new(format!("cannot read a layer: {e}")))?;
        let metadata = entry.metadata().map_err(std::io::Error::from)?;
        let (uid, gid) = (metadata.uid(), metadata.gid());
        if (uid, gid) == (0, 0) {
            continue;
        }
        let path = entry.path();
        let inside = path.strip_prefix(tree).unwrap_or(path);
        let mode = metadata.mode() & 0o7777;
        let mut head = String::new();
        let _ = write!(head, "{uid}:{gid}:{mode:o}:");
        list.extend([head.as_bytes(), inside.as_os_str().as_bytes(), b"\0"].concat());
        // This also removes set-user-ID bits, so that no other user can run a program as the
        // caller.
        fs_err::os::unix::fs::lchown(path, Some(0), Some(0))?;
    }
    fs::write_if_changed(&tree.join(LIST), &list)
}

/// Restores the recorded owners of the files of the image that is mounted at `/`, then deletes the
/// list. Changing the owners copies the files to the layer that is being made, which gets a list of
/// its own.
pub(super) fn restore() -> Result<()> {
    let list = Path::new("/").join(LIST);
    let text = match fs_err::read(&list) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    for line in text
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let broken = || Error::new(format!("cannot understand `{}`", list.display()));
        let (uid, gid, mode, path) = entry(line).ok_or_else(broken)?;
        let path = Path::new("/").join(path);
        let Ok(metadata) = fs_err::symlink_metadata(&path) else {
            // A later command has removed the file.
            continue;
        };
        fs_err::os::unix::fs::lchown(&path, Some(uid), Some(gid))?;
        if !metadata.is_symlink() {
            fs::set_mode(&path, mode)?;
        }
    }
    fs::remove_if_exists(&list)
}

fn entry(line: &[u8]) -> Option<(u32, u32, u32, &Path)> {
    let mut fields = line.splitn(4, |byte| *byte == b':');
    let mut number = |radix| {
        let text = std::str::from_utf8(fields.next()?).ok()?;
        u32::from_str_radix(text, radix).ok()
    };
    let (uid, gid, mode) = (number(10)?, number(10)?, number(8)?);
    Some((uid, gid, mode, Path::new(OsStr::from_bytes(fields.next()?))))
}
