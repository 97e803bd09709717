//! Layers of the store. A layer is made in a temporary directory, measured, and renamed to its
//! final name once all of it is on the disk.

use std::path::{Path, PathBuf};

use super::dir::Store;
use super::sum::{Look, Sum, measure};
use super::{LAYERS, text};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::lock::Lock;

/// A layer that is being made. It is removed if the value is dropped without [`NewLayer::keep`].
#[derive(Debug)]
pub struct NewLayer<'a> {
    store: &'a Store,
    dir: Option<tempfile::TempDir>,
    /// Held while the layer is being made.
    _lock: Lock,
}

/// The file in a new layer's directory that is locked while the layer is being made.
pub(super) const LOCK: &str = "lock";

/// Whether no process is making the layer in a directory. The caller must hold the store's lock,
/// because a process creates the directory first and locks it then.
fn is_abandoned(dir: &Path) -> bool {
    let lock = dir.join(LOCK);
    !lock.exists() || Lock::is_free(&lock)
}

impl Store {
    /// The directory with a layer's files.
    #[must_use]
    pub fn layer(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(digest)
    }

    fn layer_file(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(format!("{digest}.json"))
    }

    /// Whether a layer exists and was finished, as far as one look tells: its description can be
    /// read, and its root directory has as many entries as it should.
    #[must_use]
    pub fn has(&self, digest: &str) -> bool {
        let Some(sum) = self.sum(digest) else {
            return false;
        };
        let Ok(entries) = fs_err::read_dir(self.layer(digest)) else {
            return false;
        };
        sum.top.is_none_or(|top| entries.count() as u64 == top)
    }

    /// Whether a layer has as many files and bytes as when it was finished.
    #[must_use]
    pub fn is_whole(&self, digest: &str) -> bool {
        self.is_as_it_was(digest, Look::Count)
    }

    /// Whether a layer is unchanged since it was finished, as far as this kind of look tells.
    pub(super) fn is_as_it_was(&self, digest: &str, look: Look) -> bool {
        let Some(sum) = self.sum(digest) else {
            return false;
        };
        let look = if sum.digest.is_some() {
            look
        } else {
            Look::Count
        };
        measure(&self.layer(digest), look).is_ok_and(|found| found.fits(&sum))
    }

    /// The description of a finished layer.
    pub(super) fn sum(&self, digest: &str) -> Option<Sum> {
        let text = fs_err::read(self.layer_file(digest)).ok()?;
        let sum = serde_json::from_slice(&text).ok();
        sum.filter(|sum: &Sum| sum.name == digest)
    }

    /// The directories of layers that killed builds have left.
    #[must_use]
    pub fn abandoned(&self) -> Vec<PathBuf> {
        let new = self.root.join("new");
        let dirs = fs::names_in(&new).into_iter().map(|name| new.join(name));
        dirs.filter(|dir| dir.join("tree").is_dir() && is_abandoned(dir))
            .collect()
    }

    /// Begins a layer.
    ///
    /// # Errors
    ///
    /// If there is no space for it.
    pub fn begin(&self) -> Result<NewLayer<'_>> {
        // Without the lock, a layer that another process has just begun and not locked yet would be
        // removed below.
        let _alone = self.lock()?;
        let new = self.root.join("new");
        fs::create_dir_all(&new)?;
        for name in fs::names_in(&new) {
            let path = new.join(name);
            if is_abandoned(&path) {
                let _ = fs::remove_if_exists(&path);
                let _ = fs::remove_tree(&path);
            }
        }
        let failed = |e| {
            Error::new(format!(
                "cannot create a directory in `{}`: {e}",
                new.display()
            ))
        };
        let dir = tempfile::tempdir_in(&new).map_err(failed)?;
        for name in ["tree", "work"] {
            fs::create_dir_all(&dir.path().join(name))?;
        }
        fs::set_mode(&dir.path().join("tree"), 0o755)?;
        let lock = Lock::take(&dir.path().join(LOCK), || {})?;
        Ok(NewLayer {
            store: self,
            dir: Some(dir),
            _lock: lock,
        })
    }

    /// Removes a layer. The description goes first, so that a half-removed layer does not look
    /// finished.
    ///
    /// # Errors
    ///
    /// If a file cannot be removed.
    pub fn drop_layer(&self, digest: &str) -> Result<()> {
        fs::remove_if_exists(&self.layer_file(digest))?;
        fs::remove_tree(&self.layer(digest))
    }
}

impl NewLayer<'_> {
    /// The temporary directory of the layer.
    pub fn path(&self) -> &Path {
        self.dir
            .as_ref()
            .map_or(Path::new(""), tempfile::TempDir::path)
    }

    /// The directory for the layer's files.
    pub fn tree(&self) -> PathBuf {
        self.path().join("tree")
    }

    /// Gives the layer its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// If the disk is full, or the layer cannot be renamed.
    pub fn keep(mut self, digest: &str) -> Result<()> {
        let tree = self.tree();
        let cannot = |what: &str, e: &dyn std::fmt::Display| {
            Error::new(format!("cannot {what} the layer `{digest}`: {e}"))
        };
        let sum = measure(&tree, Look::Read)?.named(digest);
        let description = self.path().join("description");
        let text = serde_json::to_string(&sum).map_err(|e| cannot("describe", &e))?;
        fs_err::write(&description, text)?;
        let handle = fs_err::File::open(&tree)?;
        rustix::fs::syncfs(&handle).map_err(|e| cannot("write", &self::text(e)))?;
        let alone = self.store.lock()?;
        // Another build may have finished the same layer first, and sandboxes may already use it.
        if !self.store.is_whole(digest) {
            let to = self.store.layer(digest);
            fs::create_dir_all(&self.store.root.join(LAYERS))?;
            // An existing layer of this name was never finished, or is damaged.
            self.store.drop_layer(digest)?;
            fs_err::rename(&tree, &to)?;
            fs_err::rename(&description, self.store.layer_file(digest))?;
        }
        drop(alone);
        self.discard();
        Ok(())
    }

    fn discard(&mut self) {
        if let Some(dir) = self.dir.take() {
            let _ = fs::remove_tree(&dir.keep());
        }
    }
}

impl Drop for NewLayer<'_> {
    fn drop(&mut self) {
        self.discard();
    }
}
