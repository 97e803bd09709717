//! Reads directories that a container can write to.

use std::ffi::OsString;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, FileType, OFlags, StatxFlags, fstat, statx};

use super::Place;
use super::walk::{entries, is, walk};

/// An open directory. Paths below it are looked up without following symbolic links. Anything that
/// is missing or of the wrong kind counts as absent.
#[derive(Debug)]
pub struct View(OwnedFd);

impl Place {
    /// Opens the directory. None if it is missing, is no directory, or is behind a symbolic link.
    pub fn view(&self) -> Option<View> {
        self.open().ok()?.map(View)
    }
}

impl View {
    /// Opens a directory below this one.
    pub fn below(&self, path: &Path) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        walk(self.0.as_fd(), path, flags).ok().map(Self)
    }

    /// The names in the directory, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<OsString> {
        let mut names = entries(self.0.as_fd());
        names.sort();
        names
    }

    /// The text of a file with at most `limit` bytes. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, path: &Path, limit: u64) -> Option<String> {
        let bytes = self.bytes(path, limit)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The content of a file with at most `limit` bytes.
    #[must_use]
    pub fn bytes(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        // Without `NONBLOCK`, opening a named pipe would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let handle = walk(self.0.as_fd(), path, flags).ok()?;
        if !is(&handle, FileType::RegularFile) {
            return None;
        }
        let mut bytes = Vec::new();
        let mut file = std::fs::File::from(handle).take(limit + 1);
        file.read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= limit).then_some(bytes)
    }

    /// The time at which the directory was created, in seconds and nanoseconds. A directory that
    /// was removed and created again differs in it. None if the file system does not record it.
    #[must_use]
    pub fn made(&self) -> Option<(i64, u32)> {
        let flags = AtFlags::EMPTY_PATH;
        let answer = statx(&self.0, c"", flags, StatxFlags::BTIME).ok()?;
        let known = answer.stx_mask & StatxFlags::BTIME.bits() != 0;
        known.then_some((answer.stx_btime.tv_sec, answer.stx_btime.tv_nsec))
    }

    /// The time of the last change to a file's content.
    #[must_use]
    pub fn written(&self, path: &Path) -> Option<SystemTime> {
        let handle = walk(self.0.as_fd(), path, OFlags::PATH).ok()?;
        let stat = fstat(handle).ok()?;
        let seconds = Duration::from_secs(stat.st_mtime.try_into().ok()?);
        let nanos = Duration::from_nanos(stat.st_mtime_nsec);
        UNIX_EPOCH.checked_add(seconds + nanos)
    }
}
