//! One layer: made in a directory of its own, counted, and given its name when all of it is on the
//! disk.

use std::path::{Path, PathBuf};

use super::store::Store;
use super::sum::{Look, Sum, measure};
use super::{LAYERS, text};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::lock::Lock;

/// A layer that is being made; it is gone when this is dropped without [`NewLayer::keep`].
#[derive(Debug)]
pub struct NewLayer<'a> {
    store: &'a Store,
    dir: Option<tempfile::TempDir>,
    /// Held while a process works on it.
    _lock: Lock,
}

/// The file in a layer's directory that is locked while it is made.
pub(super) const LOCK: &str = "lock";

/// Whether no process works on a layer. One that has just begun has not locked it yet.
fn is_abandoned(dir: &Path) -> bool {
    let lock = dir.join(LOCK);
    !lock.exists() || Lock::is_free(&lock)
}

impl Store {
    /// Where a layer's files are.
    #[must_use]
    pub fn layer(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(digest)
    }

    fn layer_file(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(format!("{digest}.json"))
    }

    /// Whether a layer is there and was finished, as far as one look tells: its description can be
    /// read, and no file or directory of the uppermost is missing.
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

    /// Whether a layer's files are as many as when it was finished, and as long.
    #[must_use]
    pub fn is_whole(&self, digest: &str) -> bool {
        self.is_as_it_was(digest, Look::Count)
    }

    /// Whether a layer is what it was when it was finished.
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

    /// What a finished layer has to be.
    pub(super) fn sum(&self, digest: &str) -> Option<Sum> {
        let text = fs_err::read(self.layer_file(digest)).ok()?;
        let sum = serde_json::from_slice(&text).ok();
        sum.filter(|sum: &Sum| sum.name == digest)
    }

    /// Layers that builds have left that were killed.
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
    /// When there is no room for it.
    pub fn begin(&self) -> Result<NewLayer<'_>> {
        // A process that begins one has not locked it yet, and its layer would be swept away.
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

    /// Takes a layer away, its description first, so that nothing half removed looks finished.
    ///
    /// # Errors
    ///
    /// When something cannot be removed.
    pub fn drop_layer(&self, digest: &str) -> Result<()> {
        fs::remove_if_exists(&self.layer_file(digest))?;
        fs::remove_tree(&self.layer(digest))
    }
}

impl NewLayer<'_> {
    /// Where the files go.
    pub fn path(&self) -> &Path {
        self.dir
            .as_ref()
            .map_or(Path::new(""), tempfile::TempDir::path)
    }

    /// The layer's files.
    pub fn tree(&self) -> PathBuf {
        self.path().join("tree")
    }

    /// Gives the layer its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk is full, or it cannot be moved.
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
        // Another build may have been faster, and may already work on it.
        if !self.store.is_whole(digest) {
            let to = self.store.layer(digest);
            fs::create_dir_all(&self.store.root.join(LAYERS))?;
            // What is there was never finished, or is damaged.
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
