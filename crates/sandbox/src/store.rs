//! The store of unpacked images: directories of layers, each named by a digest of all that made it,
//! and a file for each image that lists its layers.
//!
//! ```text
//! <store>/layers/<digest>/         a layer's files
//! <store>/layers/<digest>.json     written last: the layer's measurement (`sum.rs`)
//! <store>/images/<name>.json       layers, environment, labels; `/` in a name is `_`
//! <store>/new/<random>/tree        a layer that is being made
//! <store>/stage/                   where root directories are assembled, empty outside sandboxes
//! <store>/lock                     held while a layer is begun, or a layer or image is named
//! <store>/builds                   shared by builds, held exclusively while images are removed
//! ```

mod locks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use super::dir::Store;
use super::sum::{Look, Sum};
use super::{LAYERS, names, running};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::lock::Lock;

/// The store's directory in versions before 0.4.
const EARLIER: &str = "sandbox";

/// The description of an image.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Image {
    #[serde(default)]
    pub name: String,
    /// The names of the layers, the lowest first.
    pub layers: Vec<String>,
    /// Environment variables, in the order in which they were set.
    pub env: Vec<(String, String)>,
    pub labels: BTreeMap<String, String>,
    pub workdir: Option<PathBuf>,
    /// The user of commands in Dockerfiles that start from the image, as in `USER`.
    #[serde(default)]
    pub user: Option<String>,
    /// The words in front of such a command, if they are not the usual ones.
    #[serde(default)]
    pub shell: Option<Vec<String>>,
    /// Instructions that come first in Dockerfiles that start from the image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
}

impl Image {
    /// The user of commands. None for root.
    pub(super) fn user(&self) -> Option<&str> {
        const ROOT: [&str; 5] = ["", "root", "0", "0:0", "root:root"];
        let user = self.user.as_deref();
        user.filter(|user| !ROOT.contains(user))
    }

    /// The words in front of a command for the shell.
    pub(super) fn shell(&self) -> Vec<String> {
        let usual = || ["/bin/sh", "-c"].map(str::to_owned).into();
        self.shell.clone().unwrap_or_else(usual)
    }
}

impl Store {
    /// The directory that earlier versions used as their store, and the size of its files in bytes.
    #[must_use]
    pub fn earlier(&self) -> Option<(PathBuf, u64)> {
        let root = self.root.with_file_name(EARLIER);
        let layers = root.join(LAYERS);
        let names = fs::names_in(&layers).into_iter();
        let sums = names.filter_map(|name| {
            name.strip_suffix(".json")?;
            let text = fs_err::read(layers.join(&name)).ok()?;
            serde_json::from_slice::<Sum>(&text).ok()
        });
        let bytes = sums.map(|sum| sum.bytes).sum();
        root.is_dir().then_some((root, bytes))
    }

    /// Removes the store of earlier versions.
    ///
    /// # Errors
    ///
    /// If a program still runs in an image of that store, or a file cannot be removed.
    pub fn remove_earlier(&self, waiting: impl FnOnce()) -> Result<()> {
        let root = self.root.with_file_name(EARLIER);
        let _alone = Lock::take(&root.join("builds"), waiting)?;
        let layers = fs::names_in(&root.join(LAYERS));
        let uid = rustix::process::getuid().as_raw();
        if let Some(process) = running::with(&layers, uid) {
            let message = format!("`{}` is in use by the process {process}", root.display());
            return Err(Error::new(message).hint("remove it when that has ended"));
        }
        fs::remove_tree(&root)
    }

    /// The file with an image's description.
    fn file(&self, name: &str) -> PathBuf {
        let plain = name.replace('/', "_");
        self.root.join("images").join(format!("{plain}.json"))
    }

    /// Looks an image up by any spelling of its name. None if its description or a layer is missing
    /// or visibly damaged.
    ///
    /// # Errors
    ///
    /// If the description cannot be read.
    pub fn image(&self, name: &str) -> Result<Option<Image>> {
        for spelling in names::spellings(name) {
            let image = described(&self.file(&spelling))?;
            // Two names can have the same file name, so the name in the description is compared.
            let image = image.filter(|image| image.name.is_empty() || image.name == spelling);
            let whole = |image: &Image| image.layers.iter().all(|layer| self.has(layer));
            if let Some(image) = image.filter(whole) {
                return Ok(Some(image));
            }
        }
        Ok(None)
    }

    /// Writes an image's description, with which its layers get a name.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn name(&self, name: &str, image: &Image) -> Result<()> {
        let image = Image {
            name: name.to_owned(),
            ..image.clone()
        };
        let text = serde_json::to_string_pretty(&image)
            .map_err(|e| Error::new(format!("cannot describe the image `{name}`: {e}")))?;
        let _alone = self.lock()?;
        let file = self.file(name);
        let (Some(dir), Some(plain)) = (file.parent(), file.file_name()) else {
            return Ok(());
        };
        let new = self.root.join("new");
        fs::create_dir_all(dir)?;
        fs::create_dir_all(&new)?;
        fs_err::write(new.join(plain), text)?;
        Ok(fs_err::rename(new.join(plain), &file)?)
    }

    /// The files with descriptions of images, each with its content. None as the content if it
    /// cannot be parsed.
    fn descriptions(&self) -> Result<Vec<(PathBuf, Result<Option<Image>>)>> {
        let dir = self.root.join("images");
        let entries = match fs_err::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e.into()),
        };
        let mut all = Vec::new();
        for entry in entries {
            let file = entry?.path();
            if file.extension().is_some_and(|end| end == "json") {
                let image = described(&file);
                all.push((file, image));
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// The names of all images whose descriptions can be parsed, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let described = self.descriptions().unwrap_or_default().into_iter();
        let images = described.filter_map(|(_, image)| image.ok()?);
        let mut names: Vec<String> = images.map(|image| image.name).collect();
        names.sort();
        names
    }

    /// Removes an image, and the layers that no other image has. The caller must hold the lock of
    /// [`Store::alone`].
    ///
    /// # Errors
    ///
    /// If a file cannot be removed, or another image's description cannot be parsed, so that its
    /// layers are not known.
    pub fn remove(&self, name: &str) -> Result<()> {
        let mut others = Vec::new();
        for (file, image) in self.descriptions()? {
            others.push(image?.ok_or_else(|| {
                let file = file.display();
                Error::new(format!(
                    "`{file}` does not say which layers its image has, so none can be removed"
                ))
                .hint("`cross-util images check` takes damaged images away")
            })?);
        }
        others.retain(|image| image.name != name);
        let mut layers = fs::names_in(&self.root.join(LAYERS));
        layers.retain_mut(|file| {
            let layer = file.strip_suffix(".json").unwrap_or(file).to_owned();
            *file = layer;
            !others.iter().any(|image| image.layers.contains(file))
        });
        let uid = rustix::process::getuid().as_raw();
        if let Some(process) = running::with(&layers, uid) {
            let message = format!("the image `{name}` is in use by the process {process}");
            return Err(Error::new(message).hint("remove it when that has ended"));
        }
        fs::remove_if_exists(&self.file(name))?;
        for layer in layers {
            self.drop_layer(&layer)?;
        }
        Ok(())
    }

    /// Counts the files of an image that a build starts from, and removes damaged layers, so that
    /// they are made again.
    ///
    /// # Errors
    ///
    /// If a damaged layer cannot be removed.
    pub fn repair(&self, name: &str) -> Result<()> {
        let image = described(&self.file(name))?.unwrap_or_default();
        for layer in &image.layers {
            if !self.is_whole(layer) {
                self.drop_layer(layer)?;
            }
        }
        Ok(())
    }

    /// Reads all files of all layers, and removes damaged layers and descriptions that cannot be
    /// parsed. Returns for each image whether it is whole; for a broken description the file's path
    /// stands for the name. The caller must hold the lock of [`Store::alone`].
    ///
    /// # Errors
    ///
    /// If something damaged cannot be removed.
    pub fn check(&self) -> Result<Vec<(String, bool)>> {
        let (mut images, mut lost) = (Vec::new(), Vec::new());
        for (file, image) in self.descriptions()? {
            if let Some(image) = image? {
                images.push(image);
                continue;
            }
            fs::remove_if_exists(&file)?;
            lost.push((file.display().to_string(), false));
        }
        let mut whole: BTreeMap<&str, bool> = BTreeMap::new();
        for layer in images.iter().flat_map(|image| &image.layers) {
            if whole.contains_key(layer.as_str()) {
                continue;
            }
            let is_whole = self.is_as_it_was(layer, Look::Read);
            if !is_whole {
                self.drop_layer(layer)?;
            }
            whole.insert(layer, is_whole);
        }
        let is_whole = |image: &Image| {
            let mut layers = image.layers.iter();
            layers.all(|layer| whole.get(layer.as_str()) == Some(&true))
        };
        let checked = images.iter();
        Ok(checked
            .map(|image| (image.name.clone(), is_whole(image)))
            .chain(lost)
            .collect())
    }

    /// The size of an image in bytes, including layers that other images have as well.
    #[must_use]
    pub fn size(&self, image: &Image) -> u64 {
        let sums = image.layers.iter().filter_map(|layer| self.sum(layer));
        sums.map(|sum| sum.bytes).sum()
    }
}

/// Reads a description. None if there is none or it cannot be parsed.
fn described(file: &Path) -> Result<Option<Image>> {
    match fs_err::read(file) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn what_cannot_be_read_hides_no_other_image() {
        let dir = fs::temporary_dir().unwrap();
        let root = dir.path().to_owned();
        let store = Store { root };
        store.name("one", &Image::default()).unwrap();
        fs::create_dir_all(&store.file("other")).unwrap();
        assert_eq!(store.names(), ["one"]);
        assert!(store.remove("one").is_err());
        assert_eq!(store.names(), ["one"]);
    }

    #[test]
    fn no_layer_goes_while_it_is_not_known_who_has_it() {
        let dir = fs::temporary_dir().unwrap();
        let root = dir.path().to_owned();
        let store = Store { root };
        let (one, other) = ("a".repeat(64), "b".repeat(64));
        let layer = |digest: &str| store.root.join(LAYERS).join(digest);
        for (name, digest) in [("one", &one), ("other", &other)] {
            fs::create_dir_all(&layer(digest)).unwrap();
            let layers = vec![digest.clone()];
            let image = Image {
                layers,
                ..Image::default()
            };
            store.name(name, &image).unwrap();
        }
        let lost = store.file("other");
        fs::write_if_changed(&lost, b"{ \"layers\": [").unwrap();
        let error = store.remove("one").unwrap_err();
        assert!(
            error.message().contains(&lost.display().to_string()),
            "{error}"
        );
        assert!(layer(&one).exists() && layer(&other).exists());
        let checked = store.check().unwrap();
        assert!(
            checked.contains(&(lost.display().to_string(), false)),
            "{checked:?}"
        );
        store.remove("one").unwrap();
        assert_eq!(store.names(), Vec::<String>::new());
    }
}
