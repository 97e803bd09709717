//! The locks of the store, and the file systems on which it can be added to.

use super::Store;
use crate::mounts;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::lock::Lock;

/// File systems that cannot hold the upper layer of an overlay. They lack whiteouts or extended
/// attributes, or other machines may change their names.
/// <https://docs.kernel.org/filesystems/overlayfs.html#upper-and-lower>
const CANNOT_BE_UPPER: &[&str] = &[
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "ecryptfs", "exfat", "fuse", "fuseblk", "gfs2",
    "gpfs", "hfs", "hfsplus", "lustre", "msdos", "nfs", "nfs4", "ntfs", "ntfs3", "ocfs2",
    "orangefs", "overlay", "smb3", "vboxsf", "vfat", "virtiofs",
];

/// Whether a file system of this type, as `mountinfo` has it, can hold the upper layer of an
/// overlay.
fn can_be_upper(kind: &str) -> bool {
    let family = kind.split('.').next().unwrap_or_default();
    !CANNOT_BE_UPPER.contains(&family)
}

impl Store {
    /// Takes a shared lock that keeps layers without an image from being removed. Calls `waiting`
    /// first if another process is removing images.
    ///
    /// # Errors
    ///
    /// If the store cannot be written to, or no layer can be made on its file system.
    pub fn build(&self, waiting: impl FnOnce()) -> Result<Lock> {
        self.can_be_added_to()?;
        drop(self.lock()?);
        Lock::share(&self.root.join("builds"), waiting)
    }

    /// Checks that the file system can hold the upper layer of an overlay.
    fn can_be_added_to(&self) -> Result<()> {
        fs::create_dir_all(&self.root)?;
        let kind = mounts::file_system(&self.root).unwrap_or_default();
        if can_be_upper(&kind) {
            return Ok(());
        }
        let store = self.root.display();
        let message = format!(
            "the built-in engine can make no image in `{store}`: it is on a file system of the kind `{kind}`"
        );
        Err(Error::new(message)
            .hint("`XDG_CACHE_HOME` can name a directory on another one (ext4, xfs, btrfs, tmpfs)"))
    }

    /// Takes a lock that keeps builds away. Calls `waiting` first if there are builds.
    ///
    /// # Errors
    ///
    /// If the store cannot be written to.
    pub fn alone(&self, waiting: impl FnOnce()) -> Result<Lock> {
        drop(self.lock()?);
        Lock::take(&self.root.join("builds"), waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_clusters_hold_no_upper_layer() {
        for kind in [
            "lustre",
            "gpfs",
            "beegfs",
            "ceph",
            "afs",
            "nfs4",
            "fuse.sshfs",
        ] {
            assert!(!can_be_upper(kind), "{kind}");
        }
        for kind in ["ext4", "xfs", "btrfs", "tmpfs", "zfs", "f2fs", "bcachefs"] {
            assert!(can_be_upper(kind), "{kind}");
        }
    }
}
