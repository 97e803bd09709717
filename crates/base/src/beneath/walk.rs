//! Opens paths, and reads directories, without following symbolic links.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

/// How often a path is opened again. A moment is a few microseconds long.
const MOMENTS: usize = 1024;

/// The names in an open directory. Empty if it cannot be read.
pub(super) fn entries(dir: BorrowedFd<'_>) -> Vec<OsString> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = openat(dir, c".", flags, Mode::empty()).and_then(rustix::fs::Dir::new);
    let entries = opened.into_iter().flatten().flatten();
    let names = entries.map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
    names.filter(|name| name != "." && name != "..").collect()
}

/// Whether a handle is of a file of this kind.
pub(super) fn is(handle: impl AsFd, kind: FileType) -> bool {
    fstat(handle).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == kind)
}

pub(super) fn base(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty())
}

pub(super) fn walk(dir: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    open_at(dir, path, flags, Mode::empty())
}

/// Opens a path below a directory, if no symbolic link is on the way. Where `openat2` is missing
/// (Linux before 5.6) or forbidden (an older seccomp profile of a container around cross), each
/// name in the path is opened by a call of its own.
pub(super) fn open_at(
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::CLOEXEC;
    match open_resolved(dir, path, flags, mode, resolve) {
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(dir, path, flags, mode),
        other => other,
    }
}

/// The system call `openat2`. The kernel gives up on a path that it must keep within a directory
/// (`EAGAIN`) if any directory of the machine is renamed or mounted at the same moment and the path
/// has `..`, or a link that has it. So the call is repeated.
///
/// # Errors
///
/// Those of the call.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn open_resolved(
    dir: impl AsFd,
    path: impl rustix::path::Arg,
    flags: OFlags,
    mode: Mode,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    let path = path.into_c_str()?;
    for _ in 0..MOMENTS {
        match openat2(&dir, &*path, flags, mode, resolve) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

pub(super) fn step_by_step(
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Errno::INVAL);
    };
    let mut at: Option<OwnedFd> = None;
    for part in above {
        let from = at.as_ref().map_or(dir, AsFd::as_fd);
        let way = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        at = Some(openat(from, part, way, Mode::empty())?);
    }
    let from = at.as_ref().map_or(dir, AsFd::as_fd);
    let handle = openat(from, name, flags | OFlags::NOFOLLOW, mode)?;
    // With `O_PATH`, opening a symbolic link gives a handle of the link itself.
    if is(&handle, FileType::Symlink) {
        return Err(Errno::LOOP);
    }
    Ok(handle)
}
