//! Mounts. Errors name the path.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, mount,
    mount_change, move_mount, open_tree,
};

use super::root::{PlaceKind, Root};
use super::syscalls::restrict;
use super::text;
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};

/// Keeps later mounts in this namespace from the host.
pub(super) fn make_private() -> Result<()> {
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", flags)
        .map_err(|e| Error::new(format!("cannot make the mounts private: {}", text(e))))
}

/// A detached clone of the mount of a file or directory of the host, with all mounts below it.
#[derive(Debug)]
pub(super) struct Tree {
    handle: OwnedFd,
    is_dir: bool,
}

impl Tree {
    pub(super) fn take(source: &Path) -> Result<Self> {
        Self::of(&Place::trusted(source))
    }

    /// Clones the mount of the file or directory at a path. Later changes of the path, which a
    /// container may make, have no effect.
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

    /// Adds restrictions to the detached mount, before any process can reach it.
    pub(super) fn restrict(self, attributes: u64) -> Result<Self> {
        restrict(&self.handle, attributes)
            .map_err(|e| Error::new(format!("cannot restrict a mount: {}", text(e))))?;
        Ok(self)
    }

    /// Mounts it at a path below the sandbox's root directory. A missing path is created.
    pub(super) fn place(&self, root: &Root, target: &Path) -> Result<()> {
        let kind = if self.is_dir {
            PlaceKind::Dir
        } else {
            PlaceKind::File
        };
        self.attach(root.place(target, kind)?, target)
    }

    /// Mounts it over the file or directory of a handle.
    pub(super) fn attach(&self, place: impl AsFd, name: &Path) -> Result<()> {
        let flags =
            MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        move_mount(&self.handle, c"", place, c"", flags)
            .map_err(|e| Error::new(format!("cannot mount `{}`: {}", name.display(), text(e))))
    }

    /// A path of the mounted program, valid while this value exists.
    pub(super) fn as_program(&self) -> PathBuf {
        let number = self.handle.as_raw_fd();
        PathBuf::from(format!("/proc/self/fd/{number}"))
    }

    /// Mounts it at a path that no image can influence.
    pub(super) fn attach_at(&self, path: &Path) -> Result<()> {
        let place = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
            .map_err(|e| Error::new(format!("cannot open `{}`: {}", path.display(), text(e))))?;
        self.attach(place, path)
    }
}

/// The type of a path's file system, such as `ext4` or `nfs4`.
#[must_use]
pub fn file_system(place: &Path) -> Option<String> {
    let place = cross_base::fs::canonical(place);
    let above = table()
        .into_iter()
        .filter(|(point, _)| place.starts_with(point));
    // The last of several mounts at one path hides the others.
    let nearest = above.max_by_key(|(point, _)| point.components().count());
    nearest.map(|(_, kind)| kind)
}

/// The mount points in the order of mounting, with the types of their file systems.
/// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
fn table() -> Vec<(PathBuf, String)> {
    let table = fs_err::read("/proc/self/mountinfo").unwrap_or_default();
    let lines = table.split(|byte| *byte == b'\n');
    let entries = lines.filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ');
        let point = unescape(fields.nth(4)?);
        // A line has any number of optional fields, which end with a dash.
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        Some((point, String::from_utf8_lossy(kind).into_owned()))
    });
    entries.collect()
}

/// Decodes octal escapes such as `\040` for a space.
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

/// A detached tmpfs that every user may write to.
pub(super) fn new_tmpfs() -> Result<Tree> {
    let failed = |e| Error::new(format!("cannot make a tmpfs: {}", text(e)));
    let make = || {
        let new = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(&new, c"mode", c"1777")?;
        fsconfig_create(&new)?;
        let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
        fsmount(&new, FsMountFlags::FSMOUNT_CLOEXEC, attributes)
    };
    let handle = make().map_err(failed)?;
    Ok(Tree {
        handle,
        is_dir: true,
    })
}

/// Mounts a tmpfs at a path that no image can influence.
pub(super) fn tmpfs(target: &Path, flags: MountFlags, options: &CStr) -> Result<()> {
    mount(c"tmpfs", target, c"tmpfs", flags, options).map_err(|e| {
        Error::new(format!(
            "cannot mount a tmpfs on `{}`: {}",
            target.display(),
            text(e)
        ))
    })
}

/// Mounts an overlay of layers (the lowest first). Their paths are relative to the current
/// directory, since the kernel splits the list at colons and takes at most one page of options.
/// <https://docs.kernel.org/filesystems/overlayfs.html>
pub(super) fn overlay(
    layers: &[PathBuf],
    upper: &Path,
    work: &Path,
    root: &Path,
    flags: MountFlags,
) -> Result<(), Errno> {
    let mut options = lower(layers);
    options.extend_from_slice(b",upperdir=");
    escape(upper, &mut options);
    options.extend_from_slice(b",workdir=");
    escape(work, &mut options);
    options.extend_from_slice(b",userxattr,volatile");
    if options.len() >= PAGE {
        return long_overlay(layers, upper, work, root, flags);
    }
    mount_overlay(options, root, flags)
}

/// Mounts a read-only overlay of layers.
pub(super) fn read_only_overlay(layers: &[PathBuf], root: &Path) -> Result<(), Errno> {
    if let [only] = layers {
        return rustix::mount::mount_bind(only, root);
    }
    let mut options = lower(layers);
    options.extend_from_slice(b",userxattr");
    mount_overlay(options, root, MountFlags::empty())
}

/// The largest size of mount options in bytes.
const PAGE: usize = 4096;

/// Mounts an overlay of more layers than fit into a page of options. Needs Linux 6.5.
fn long_overlay(
    layers: &[PathBuf],
    upper: &Path,
    work: &Path,
    root: &Path,
    flags: MountFlags,
) -> Result<(), Errno> {
    let new = fsopen(c"overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    for layer in layers.iter().rev() {
        fsconfig_set_string(&new, c"lowerdir+", layer)?;
    }
    fsconfig_set_string(&new, c"upperdir", upper)?;
    fsconfig_set_string(&new, c"workdir", work)?;
    fsconfig_set_flag(&new, c"userxattr")?;
    fsconfig_set_flag(&new, c"volatile")?;
    fsconfig_create(&new)?;
    let mut attributes = MountAttrFlags::MOUNT_ATTR_NODEV;
    if flags.contains(MountFlags::NOSUID) {
        attributes |= MountAttrFlags::MOUNT_ATTR_NOSUID;
    }
    let mount = fsmount(&new, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
    move_mount(
        &mount,
        c"",
        CWD,
        root,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
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

fn mount_overlay(options: Vec<u8>, root: &Path, flags: MountFlags) -> Result<(), Errno> {
    let options = CString::new(options).map_err(|_| Errno::INVAL)?;
    mount(c"overlay", root, c"overlay", flags, options.as_c_str())
}

/// Appends a path to an overlay's options, with special characters escaped.
fn escape(path: &Path, options: &mut Vec<u8>) {
    for byte in path.as_os_str().as_bytes() {
        if matches!(byte, b',' | b':' | b'\\') {
            options.push(b'\\');
        }
        options.push(*byte);
    }
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
