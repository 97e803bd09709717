//! Unpacked images: directories of layers, each named by a digest of all that made it, and for each
//! image a file that says which layers it has.
//!
//! ```text
//! <store>/layers/<digest>/         a layer's files
//! <store>/layers/<digest>.json     written last: what the layer has to be
//! <store>/images/<name>.json       layers, environment, labels; `/` in a name is `_`
//! <store>/new/<random>/tree        a layer that is being made
//! <store>/stage/                   where root directories are put together, empty but in sandboxes
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LAYERS, names, text};
use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// The place where images are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    pub(crate) root: PathBuf,
}

/// What is known of an image.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Image {
    #[serde(default)]
    pub(crate) name: String,
    /// The lowest first.
    pub(crate) layers: Vec<String>,
    /// In the order in which it was set.
    pub(crate) env: Vec<(String, String)>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) workdir: Option<PathBuf>,
}

/// What a layer has to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Files, directories and links.
    pub(crate) entries: u64,
    /// Bytes in files.
    pub(crate) bytes: u64,
}

/// A layer that is being made; it is gone when this is dropped without [`NewLayer::keep`].
#[derive(Debug)]
pub(crate) struct NewLayer<'a> {
    store: &'a Store,
    dir: Option<tempfile::TempDir>,
    /// Held while somebody works on it.
    _lock: fs::Lock,
}

/// The file in a layer's directory that is locked while it is made.
const LOCK: &str = "lock";

impl Store {
    /// The caller's own.
    pub(crate) fn of(host: &Host) -> Self {
        Self {
            root: host.cache.join("sandbox"),
        }
    }

    /// The file that describes an image.
    fn file(&self, name: &str) -> PathBuf {
        let plain = name.replace('/', "_");
        self.root.join("images").join(format!("{plain}.json"))
    }

    /// Looks an image up; none when one of its layers is gone.
    ///
    /// # Errors
    ///
    /// When its file cannot be read or understood.
    pub(crate) fn image(&self, name: &str) -> Result<Option<Image>> {
        for spelling in names::spellings(name) {
            if let Some(image) = self.spelt(&spelling)? {
                return Ok(Some(image));
            }
        }
        Ok(None)
    }

    /// Looks an image up that is kept under just this name.
    fn spelt(&self, name: &str) -> Result<Option<Image>> {
        let path = self.file(name);
        let Some(text) = fs::read_if_exists(&path)? else {
            return Ok(None);
        };
        let image: Image = serde_json::from_str(&text)
            .map_err(|e| Error::new(format!("cannot understand `{}`: {e}", path.display())))?;
        let complete = image.layers.iter().all(|layer| self.has(layer));
        Ok(complete.then_some(image))
    }

    /// Gives a name to layers that are there.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(crate) fn name(&self, name: &str, image: &Image) -> Result<()> {
        let image = Image {
            name: name.to_owned(),
            ..image.clone()
        };
        let text = serde_json::to_string_pretty(&image)
            .map_err(|e| Error::new(format!("cannot describe the image `{name}`: {e}")))?;
        fs::write_if_changed(&self.file(name), text.as_bytes())
    }

    /// The names of all images.
    pub(crate) fn names(&self) -> Vec<String> {
        let dir = self.root.join("images");
        let files = fs::names_in(&dir);
        let texts = files
            .iter()
            .filter_map(|file| fs::read_if_exists(&dir.join(file)).ok()?);
        let images = texts.filter_map(|text| serde_json::from_str::<Image>(&text).ok());
        let mut names: Vec<String> = images.map(|image| image.name).collect();
        names.sort();
        names
    }

    /// Takes an image away, and the layers that no other has.
    ///
    /// # Errors
    ///
    /// When something cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        fs::remove_if_exists(&self.file(name))?;
        let mut used = Vec::new();
        for name in self.names() {
            used.extend(self.image(&name)?.unwrap_or_default().layers);
        }
        for file in fs::names_in(&self.root.join(LAYERS)) {
            if let Some(layer) = file.strip_suffix(".json") {
                if !used.iter().any(|other| other == layer) {
                    self.drop_layer(layer)?;
                }
            }
        }
        Ok(())
    }

    /// The size of an image in bytes, what it shares with others included.
    pub(crate) fn size(&self, image: &Image) -> u64 {
        let sums = image.layers.iter().filter_map(|layer| self.sum(layer));
        sums.map(|sum| sum.bytes).sum()
    }

    /// Where a layer's files are.
    pub(crate) fn layer(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(digest)
    }

    /// Whether a layer is there and was finished.
    pub(crate) fn has(&self, digest: &str) -> bool {
        self.layer(digest).is_dir() && self.layer_file(digest).is_file()
    }

    /// Whether a layer's files are what they were when it was finished.
    pub(crate) fn is_whole(&self, digest: &str) -> bool {
        let sum = self.sum(digest);
        sum.is_some() && sum == count(&self.layer(digest)).ok()
    }

    fn layer_file(&self, digest: &str) -> PathBuf {
        self.root.join(LAYERS).join(format!("{digest}.json"))
    }

    fn sum(&self, digest: &str) -> Option<Sum> {
        let text = fs::read_if_exists(&self.layer_file(digest)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// What builds have left that were killed.
    pub(crate) fn abandoned(&self) -> Vec<PathBuf> {
        let new = self.root.join("new");
        let dirs = fs::names_in(&new).into_iter().map(|name| new.join(name));
        // Without a lock it is being made at this moment, or nearly empty.
        let is_free = |lock: &Path| lock.exists() && fs::Lock::is_free(lock);
        dirs.filter(|dir| is_free(&dir.join(LOCK))).collect()
    }

    /// Begins a layer.
    ///
    /// # Errors
    ///
    /// When there is no room for it.
    pub(crate) fn begin(&self) -> Result<NewLayer<'_>> {
        let new = self.root.join("new");
        fs::create_dir_all(&new)?;
        // Programs in layers that run as their owner would let everybody be the caller.
        fs::set_mode(&self.root, 0o700)?;
        for dir in self.abandoned() {
            let _ = fs::remove_tree(&dir);
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
        let lock = fs::Lock::take(&dir.path().join(LOCK), || {})?;
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
    pub(crate) fn drop_layer(&self, digest: &str) -> Result<()> {
        fs::remove_if_exists(&self.layer_file(digest))?;
        fs::remove_tree(&self.layer(digest))
    }
}

impl NewLayer<'_> {
    /// Where the files go.
    pub(crate) fn path(&self) -> &Path {
        self.dir
            .as_ref()
            .map_or(Path::new(""), tempfile::TempDir::path)
    }

    /// The layer's files.
    pub(crate) fn tree(&self) -> PathBuf {
        self.path().join("tree")
    }

    /// Gives the layer its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk is full, or it cannot be moved.
    pub(crate) fn keep(mut self, digest: &str) -> Result<()> {
        let tree = self.tree();
        // Another build was faster, and may already work on it.
        if self.store.is_whole(digest) {
            return Ok(());
        }
        let sum = count(&tree)?;
        let failed = |e| Error::new(format!("cannot write the layer `{digest}`: {}", text(e)));
        let handle = fs_err::File::open(&tree)?;
        rustix::fs::syncfs(&handle).map_err(failed)?;
        let to = self.store.layer(digest);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        // What is there was never finished, or is damaged.
        self.store.drop_layer(digest)?;
        fs_err::rename(&tree, &to)?;
        let text = serde_json::to_string(&sum)
            .map_err(|e| Error::new(format!("cannot describe the layer `{digest}`: {e}")))?;
        fs::write_if_changed(&self.store.layer_file(digest), text.as_bytes())?;
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

/// Counts what is in a directory.
fn count(dir: &Path) -> Result<Sum> {
    let mut sum = Sum::default();
    for entry in walkdir::WalkDir::new(dir).min_depth(1) {
        let failed = |e: walkdir::Error| Error::new(format!("cannot read a layer: {e}"));
        let metadata = entry.map_err(failed)?.metadata().map_err(failed)?;
        sum.entries += 1;
        if metadata.is_file() {
            sum.bytes += metadata.len();
        }
    }
    Ok(sum)
}
