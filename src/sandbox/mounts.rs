//! Mounts, with errors that name the place.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, StatVfsMountFlags};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount, mount_change,
    mount_remount, move_mount, open_tree,
};

use super::text;
use crate::beneath::Place;
use crate::error::{Error, Result};

/// Keeps what is mounted from now on from the host.
pub(super) fn make_private() -> Result<()> {
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", flags)
        .map_err(|e| Error::new(format!("cannot keep mounts from the host: {}", text(e))))
}

/// A file or directory of the host with all that is mounted below it, to be shown elsewhere.
#[derive(Debug)]
pub(super) struct Tree {
    handle: OwnedFd,
    is_dir: bool,
}

impl Tree {
    pub(super) fn take(source: &Path) -> Result<Self> {
        Self::of(&Place::trusted(source))
    }

    /// Takes hold of what is at a place, and of just that: a container may change the path meanwhile.
    pub(super) fn of(source: &Place) -> Result<Self> {
        let cannot = |why: String| {
            let source = source.path();
            Error::new(format!("cannot mount `{}`: {why}", source.display()))
        };
        let Some(found) = source.open()? else {
            return Err(cannot(text(Errno::NOENT)));
        };
        let kind = rustix::fs::fstat(&found).map(|stat| FileType::from_raw_mode(stat.st_mode));
        let is_dir = kind.map_err(|e| cannot(text(e)))? == FileType::Directory;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_EMPTY_PATH
            | OpenTreeFlags::AT_RECURSIVE;
        let handle = open_tree(&found, c"", flags).map_err(|e| cannot(text(e)))?;
        Ok(Self { handle, is_dir })
    }

    /// Mounts it, at a place that is made if need be.
    pub(super) fn place(&self, target: &Path, read_only: bool) -> Result<()> {
        let cannot = |e| Error::new(format!("cannot mount `{}`: {}", target.display(), text(e)));
        if self.is_dir {
            make_dir(target)?;
        } else {
            make_file(target)?;
        }
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_SYMLINKS;
        move_mount(&self.handle, c"", CWD, target, flags).map_err(cannot)?;
        if read_only {
            make_read_only(target)?;
        }
        Ok(())
    }
}

/// Makes a mount, and those below it, read-only. What the host has forbidden for one (programs, devices)
/// has to be said again, or the kernel refuses.
pub(super) fn make_read_only(target: &Path) -> Result<()> {
    let mut places = below(target);
    if places.is_empty() {
        places.push(target.to_owned());
    }
    for place in places {
        let failed = |e| {
            let place = place.display();
            Error::new(format!("cannot make `{place}` read-only: {}", text(e)))
        };
        let flags = match rustix::fs::statvfs(&place) {
            Ok(stat) => stat.f_flag,
            // A mount below another that hides it.
            Err(Errno::NOENT | Errno::ACCESS | Errno::NOTDIR) => continue,
            Err(e) => return Err(failed(e)),
        };
        let mut wanted = MountFlags::BIND | MountFlags::RDONLY;
        for (had, keep) in [
            (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
            (StatVfsMountFlags::NODEV, MountFlags::NODEV),
            (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
            (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
            (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
            (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
        ] {
            if flags.contains(had) {
                wanted |= keep;
            }
        }
        mount_remount(&place, wanted, c"").map_err(failed)?;
    }
    Ok(())
}

/// The mounts at and below a place.
fn below(place: &Path) -> Vec<PathBuf> {
    let place = crate::fs::canonical(place);
    let points = table().into_iter().map(|(point, _)| point);
    let mut found: Vec<PathBuf> = points.filter(|point| point.starts_with(&place)).collect();
    found.sort();
    found.dedup();
    found
}

/// What kind of file system a place is on: `ext4`, `nfs4`.
pub(crate) fn file_system(place: &Path) -> Option<String> {
    let place = crate::fs::canonical(place);
    let above = table()
        .into_iter()
        .filter(|(point, _)| place.starts_with(point));
    // The last of several at one place hides the others.
    let nearest = above.max_by_key(|(point, _)| point.components().count());
    nearest.map(|(_, kind)| kind)
}

/// The places where something is mounted, in the order in which that was done, and the kinds of file systems.
/// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
fn table() -> Vec<(PathBuf, String)> {
    let table = fs_err::read("/proc/self/mountinfo").unwrap_or_default();
    let lines = table.split(|byte| *byte == b'\n');
    let entries = lines.filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ');
        let point = unescape(fields.nth(4)?);
        // Fields of any number end with a dash.
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        Some((point, String::from_utf8_lossy(kind).into_owned()))
    });
    entries.collect()
}

/// Takes out the `\040` that stands for a space.
fn unescape(field: &[u8]) -> PathBuf {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, tail)) = rest.split_first() {
        let digits = tail.get(..3).filter(|_| *byte == b'\\');
        let number = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 8).ok());
        out.push(number.unwrap_or(*byte));
        rest = if number.is_some() { &tail[3..] } else { tail };
    }
    PathBuf::from(std::ffi::OsString::from(std::ffi::OsStr::from_bytes(&out)))
}

/// A directory in memory.
pub(super) fn tmpfs(target: &Path, flags: MountFlags, options: &CStr) -> Result<()> {
    mount(c"tmpfs", target, c"tmpfs", flags, options).map_err(|e| {
        Error::new(format!(
            "cannot mount a tmpfs on `{}`: {}",
            target.display(),
            text(e)
        ))
    })
}

/// Puts layers (the lowest first) on top of each other. They are named as they are seen from the current
/// directory, since the kernel splits the list at colons and takes a page of options at most.
/// <https://docs.kernel.org/filesystems/overlayfs.html>
pub(super) fn overlay(
    layers: &[PathBuf],
    upper: &Path,
    work: &Path,
    root: &Path,
) -> Result<(), Errno> {
    let mut options = lower(layers);
    options.extend_from_slice(b",upperdir=");
    escape(upper, &mut options);
    options.extend_from_slice(b",workdir=");
    escape(work, &mut options);
    options.extend_from_slice(b",userxattr,volatile");
    mount_overlay(options, root)
}

/// The same without anything that can be written to.
pub(super) fn read_only_overlay(layers: &[PathBuf], root: &Path) -> Result<(), Errno> {
    if let [only] = layers {
        return rustix::mount::mount_bind(only, root);
    }
    let mut options = lower(layers);
    options.extend_from_slice(b",userxattr");
    mount_overlay(options, root)
}

fn lower(layers: &[PathBuf]) -> Vec<u8> {
    let mut options = b"lowerdir=".to_vec();
    for (number, layer) in layers.iter().rev().enumerate() {
        if number > 0 {
            options.push(b':');
        }
        escape(layer, &mut options);
    }
    options
}

fn mount_overlay(options: Vec<u8>, root: &Path) -> Result<(), Errno> {
    let options = CString::new(options).map_err(|_| Errno::INVAL)?;
    mount(
        c"overlay",
        root,
        c"overlay",
        MountFlags::empty(),
        options.as_c_str(),
    )
}

/// A path in the options of an overlay.
fn escape(path: &Path, options: &mut Vec<u8>) {
    for byte in path.as_os_str().as_bytes() {
        if matches!(byte, b',' | b':' | b'\\') {
            options.push(b'\\');
        }
        options.push(*byte);
    }
}

/// Makes sure that a directory is there.
pub(super) fn make_dir(path: &Path) -> Result<()> {
    crate::fs::create_dir_all(path)
}

/// Makes sure that something is there to mount a file over.
fn make_file(path: &Path) -> Result<()> {
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    if rustix::fs::accessat(CWD, path, rustix::fs::Access::EXISTS, AtFlags::empty()).is_ok() {
        return Ok(());
    }
    crate::fs::touch(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_escapes_are_understood() {
        assert_eq!(unescape(b"/a\\040b\\134c"), Path::new("/a b\\c"));
        let mut options = Vec::new();
        escape(Path::new("/a:b,c\\d"), &mut options);
        assert_eq!(options, b"/a\\:b\\,c\\\\d");
    }
}
