//! Locks between processes, by files.

use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::fs;

/// Holds a lock on a file until dropped; waits while another process holds it.
#[derive(Debug)]
pub struct Lock {
    _file: fs_err::File,
}

impl Lock {
    /// Whether the lock's file exists and no process holds the lock.
    #[must_use]
    pub fn is_free(path: &Path) -> bool {
        let file = fs_err::File::open(path);
        file.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
    }

    /// Takes the lock exclusively. Calls `waiting` first if another process holds it.
    ///
    /// # Errors
    ///
    /// If the file cannot be created or locked.
    pub fn take(path: &Path, waiting: impl FnOnce()) -> Result<Self> {
        Self::hold(path, FlockOperation::LockExclusive, waiting)
    }

    /// Takes the lock together with other processes that share it. Calls `waiting` first if another
    /// process holds it exclusively.
    ///
    /// # Errors
    ///
    /// If the file cannot be created or locked.
    pub fn share(path: &Path, waiting: impl FnOnce()) -> Result<Self> {
        Self::hold(path, FlockOperation::LockShared, waiting)
    }

    /// Takes the lock exclusively, if no other process holds it.
    #[must_use]
    pub fn take_free(path: &Path) -> Option<Self> {
        let file = fs_err::OpenOptions::new().append(true).open(path).ok()?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => None,
            _ => Some(Self { _file: file }),
        }
    }

    fn hold(path: &Path, how: FlockOperation, waiting: impl FnOnce()) -> Result<Self> {
        let at_once = match how {
            FlockOperation::LockShared => FlockOperation::NonBlockingLockShared,
            _ => FlockOperation::NonBlockingLockExclusive,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?;
        let held = match flock(&file, at_once) {
            Err(Errno::WOULDBLOCK) => {
                waiting();
                flock(&file, how)
            }
            other => other,
        };
        match held {
            // Some network file systems have no locks. Cargo goes on without them, too.
            Ok(()) | Err(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP) => {
                Ok(Self { _file: file })
            }
            Err(e) => Err(Error::new(format!("cannot lock `{}`: {e}", path.display()))),
        }
    }
}
