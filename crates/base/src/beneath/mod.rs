//! Paths below a directory that a container can write to. The container may have left a symbolic
//! link anywhere in it that leads to a path which the caller never meant. So cross follows no link
//! there: it opens the path step by step from the directory, and refuses a step that is a link.
//! <https://man7.org/linux/man-pages/man2/openat2.2.html>

mod look;
mod mirror;
mod walk;

use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    Access, AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, accessat, linkat, mkdirat, openat,
    readlinkat, renameat_with, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::fs;
pub use look::View;
pub use walk::open_resolved;
use walk::{base, entries, is, open_at, walk};

/// A path of which a container may have made the last names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The first part, which only the caller can change. Symbolic links in it are followed.
    base: PathBuf,
    /// The rest of the path, in which no link is followed. Empty if no container can change the
    /// path.
    below: PathBuf,
}

/// An open directory.
#[derive(Debug)]
pub struct Dir {
    handle: OwnedFd,
    /// Whether cross has just created the directory.
    pub made: bool,
}

impl Place {
    /// A path, where containers can write to the directories `written`. The outermost of these
    /// directories that contains the path is the trusted part.
    pub fn new(path: &Path, written: &[PathBuf]) -> Self {
        let around = written.iter().filter(|dir| path.starts_with(dir));
        let base = around.min_by_key(|dir| dir.components().count());
        let base = base.map_or(path, PathBuf::as_path);
        Self {
            below: path.strip_prefix(base).unwrap_or(Path::new("")).to_owned(),
            base: base.to_owned(),
        }
    }

    /// A path that no container can change.
    pub fn trusted(path: impl Into<PathBuf>) -> Self {
        Self {
            base: path.into(),
            below: PathBuf::new(),
        }
    }

    /// The whole path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        if self.is_trusted() {
            return self.base.clone();
        }
        self.base.join(&self.below)
    }

    /// The whole path with symbolic links in the trusted part resolved. The rest has no links
    /// unless a container has made one.
    #[must_use]
    pub fn real(&self) -> PathBuf {
        let base = fs::canonical(&self.base);
        if self.is_trusted() {
            return base;
        }
        base.join(&self.below)
    }

    /// Whether no container can change any part of the path.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.below.as_os_str().is_empty()
    }

    /// Opens the path with `O_PATH`, which is enough to mount it or to ask for its properties. None
    /// if nothing exists at the path.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way.
    pub fn open(&self) -> Result<Option<OwnedFd>> {
        let opened = if self.is_trusted() {
            openat(
                CWD,
                &self.base,
                OFlags::PATH | OFlags::CLOEXEC,
                Mode::empty(),
            )
        } else {
            base(&self.base).and_then(|base| walk(base.as_fd(), &self.below, OFlags::PATH))
        };
        match opened {
            Ok(handle) => Ok(Some(handle)),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(self.cannot("open", e)),
        }
    }

    /// Creates a directory with its parents, if it is missing.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or the directory cannot be created.
    pub fn make_dir(&self) -> Result<Dir> {
        let mut made = false;
        if !self.base.is_dir() {
            let created = std::fs::DirBuilder::new()
                .recursive(true)
                .create(&self.base);
            created.map_err(|e| self.cannot("create", e))?;
            made = self.is_trusted();
        }
        let failed = |e| self.cannot("create", e);
        let mut handle = base(&self.base).map_err(failed)?;
        if self.is_trusted() {
            return Ok(Dir { handle, made });
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        match walk(handle.as_fd(), &self.below, flags) {
            Ok(handle) => return Ok(Dir { handle, made }),
            Err(Errno::NOENT) => {}
            Err(e) => return Err(failed(e)),
        }
        for part in &self.below {
            match mkdirat(&handle, part, Mode::from_raw_mode(0o777)) {
                Ok(()) => made = true,
                Err(Errno::EXIST) => made = false,
                Err(e) => return Err(failed(e)),
            }
            handle = walk(handle.as_fd(), Path::new(part), flags).map_err(failed)?;
        }
        Ok(Dir { handle, made })
    }

    /// Creates an empty file, if it is missing. An existing file is left as it is.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or the file cannot be created.
    pub fn touch(&self) -> Result<()> {
        if self.is_trusted() {
            return fs::touch(&self.base);
        }
        let Some((dir, name)) = self.parent() else {
            return Ok(());
        };
        if self.open()?.is_some() {
            return Ok(());
        }
        let dir = dir.make_dir()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        match open_at(dir.handle.as_fd(), Path::new(name), flags, NEW) {
            Ok(_) | Err(Errno::EXIST) => Ok(()),
            Err(e) => Err(self.cannot("create", e)),
        }
    }

    /// Creates a symbolic link, unless something of that name exists.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or the link cannot be created.
    pub fn link(&self, target: &Path) -> Result<()> {
        let path = self.path();
        if path.is_symlink() || path.exists() {
            return Ok(());
        }
        let Some((dir, name)) = self.parent() else {
            return Ok(());
        };
        let dir = dir.make_dir()?;
        match symlinkat(target, &dir.handle, name) {
            // Another process of cross has created the link in the meantime.
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(e) => Err(self.cannot("create", e)),
        }
    }

    /// Creates a symbolic link. It replaces any other link of that name.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, something else has the name, or the link cannot be
    /// created.
    pub fn relink(&self, target: &Path) -> Result<()> {
        let Some((dir, name)) = self.parent() else {
            return Ok(());
        };
        let dir = dir.make_dir()?;
        match readlinkat(&dir.handle, name, Vec::new()) {
            Ok(old) if old.as_bytes() == target.as_os_str().as_bytes() => return Ok(()),
            Ok(_) => unlinkat(&dir.handle, name, AtFlags::empty())
                .map_err(|e| self.cannot("remove", e))?,
            Err(_) => {}
        }
        symlinkat(target, &dir.handle, name).map_err(|e| self.cannot("create", e))
    }

    /// The names in a directory. Empty if there is no directory, or if a symbolic link is on the
    /// way.
    #[must_use]
    pub fn names(&self) -> Vec<OsString> {
        let opened = self.open().ok().flatten();
        opened.map_or_else(Vec::new, |handle| entries(handle.as_fd()))
    }

    /// A path below this one. A container may have made the added part.
    #[must_use]
    pub fn join(&self, path: impl AsRef<Path>) -> Self {
        Self {
            base: self.base.clone(),
            below: self.below.join(path),
        }
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or the file cannot be removed.
    pub fn remove(&self) -> Result<()> {
        let Some((dir, name)) = self.parent() else {
            return Ok(());
        };
        let Some(dir) = dir.open()? else {
            return Ok(());
        };
        match unlinkat(&dir, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(self.cannot("remove", e)),
        }
    }

    /// Removes a directory, if it is empty.
    pub fn remove_if_empty(&self) {
        let Some((dir, name)) = self.parent() else {
            return;
        };
        if let Ok(Some(dir)) = dir.open() {
            let _ = unlinkat(&dir, name, AtFlags::REMOVEDIR);
        }
    }

    /// The text of a file with at most `limit` bytes. None if the file does not exist.
    ///
    /// # Errors
    ///
    /// If the path is a symbolic link or no regular file, or the file is too long or not UTF-8.
    pub fn read(&self, limit: u64) -> Result<Option<String>> {
        let Some((dir, name)) = self.parent() else {
            return Ok(None);
        };
        let Some(dir) = dir.open()? else {
            return Ok(None);
        };
        // Without `NONBLOCK`, opening a named pipe would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let handle = match walk(dir.as_fd(), Path::new(name), flags) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(self.cannot("read", e)),
        };
        let no_text = || {
            Error::new(format!(
                "`{}` is not a short text file",
                self.path().display()
            ))
        };
        if !is(&handle, FileType::RegularFile) {
            return Err(no_text());
        }
        let mut text = String::new();
        let mut file = std::fs::File::from(handle).take(limit + 1);
        match file.read_to_string(&mut text) {
            Ok(length) if length as u64 <= limit => Ok(Some(text)),
            _ => Err(no_text()),
        }
    }

    /// Creates a file with this content, unless something of that name exists.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or the file cannot be written.
    pub fn create(&self, content: &[u8]) -> Result<()> {
        match self.parent() {
            Some((dir, name)) => dir.make_dir()?.create(name, content),
            None => Ok(()),
        }
    }

    /// Checks that something exists at the path and that no symbolic link is on the way.
    ///
    /// # Errors
    ///
    /// If a link is on the way, or nothing exists at the path.
    pub fn check(&self) -> Result<()> {
        match self.open()? {
            Some(_) => Ok(()),
            None => Err(self.cannot("open", Errno::NOENT)),
        }
    }

    /// The parent directory, and the last name of the path.
    fn parent(&self) -> Option<(Self, &OsStr)> {
        let (base, below) = if self.is_trusted() {
            (self.base.parent()?, Path::new(""))
        } else {
            (self.base.as_path(), self.below.parent()?)
        };
        let name = if self.is_trusted() {
            self.base.file_name()?
        } else {
            self.below.file_name()?
        };
        let parent = Self {
            base: base.to_owned(),
            below: below.to_owned(),
        };
        Some((parent, name))
    }

    fn cannot(&self, what: &str, reason: impl Into<std::io::Error>) -> Error {
        if let Some(link) = self.first_link() {
            return Error::new(format!(
                "`{}` is a symbolic link where containers can make one, so it is not followed",
                link.display()
            ))
            .hint("remove the link");
        }
        let reason = reason.into();
        Error::new(format!(
            "cannot {what} `{}`: {reason}",
            self.path().display()
        ))
        .caused_by(&reason)
    }

    /// The first symbolic link on the way, for an error's message.
    fn first_link(&self) -> Option<PathBuf> {
        let mut path = self.base.clone();
        self.below.iter().find_map(|part| {
            path.push(part);
            path.is_symlink().then(|| path.clone())
        })
    }
}

impl Dir {
    /// Whether the caller may write into the directory.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        accessat(&self.handle, c".", Access::WRITE_OK, AtFlags::empty()).is_ok()
    }

    /// Creates a file with this content, unless something of that name exists. The file has its
    /// name only once it is whole.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn create(&self, name: &OsStr, content: &[u8]) -> Result<()> {
        let cannot = |e: std::io::Error| {
            let name = name.to_string_lossy();
            Error::new(format!("cannot write `{name}`: {e}"))
        };
        if statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return Ok(());
        }
        // The number alone may be that of a process in another container.
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let new = format!(".cross-{}-{}.new", std::process::id(), now.as_nanos());
        let new = OsStr::new(&new);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = open_at(self.handle.as_fd(), Path::new(new), flags, NEW);
        let file = file.map_err(|e| cannot(e.into()))?;
        let written = std::fs::File::from(file).write_all(content);
        let named = written.and_then(|()| Ok(self.name(new, name)?));
        if named.is_err() {
            let _ = unlinkat(&self.handle, new, AtFlags::empty());
        }
        named.map_err(cannot)
    }

    /// Gives a file its name, unless something has got that name meanwhile.
    fn name(&self, new: &OsStr, name: &OsStr) -> Result<(), Errno> {
        let dir = &self.handle;
        match renameat_with(dir, new, dir, name, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => {}
            // The file system has no such operation.
            Err(Errno::INVAL | Errno::NOSYS) => {
                match linkat(dir, new, dir, name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(e) => return Err(e),
                }
            }
            done => return done,
        }
        unlinkat(dir, new, AtFlags::empty())
    }
}

/// The permissions of a new file, from which the kernel takes the caller's umask.
const NEW: Mode = Mode::from_raw_mode(0o666);

#[cfg(test)]
mod tests;
