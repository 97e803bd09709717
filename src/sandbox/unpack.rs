//! Images that others have made, as archives.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::store::{Image, Store};
use crate::error::{Error, Result};
use crate::image::recipe::Digest;

/// Takes an archive of a whole root directory for an image of one layer.
///
/// # Errors
///
/// When it is no archive, or cannot be unpacked.
pub(crate) fn root_file_system(store: &Store, archive: &Path, name: &str) -> Result<()> {
    let digest = digest(archive)?;
    if !(store.has(&digest) && store.is_whole(&digest)) {
        let layer = store.begin()?;
        let file = fs_err::File::open(archive)?;
        unpack(file, &layer.tree())
            .map_err(|e| Error::new(format!("cannot unpack `{}`: {e}", archive.display())))?;
        layer.keep(&digest)?;
    }
    let image = Image {
        layers: vec![digest],
        ..Image::default()
    };
    store.name(name, &image)
}

/// One image of an archive that `docker save` or `podman save` wrote.
/// <https://github.com/moby/docker-image-spec>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: PathBuf,
    repo_tags: Option<Vec<String>>,
    layers: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Description {
    #[serde(default)]
    config: Config,
    rootfs: RootFs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    working_dir: String,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    diff_ids: Vec<String>,
}

/// Takes all images of such an archive; returns their names.
///
/// # Errors
///
/// When it is no such archive, an image in it has no name, or a layer is not what it should be.
pub(crate) fn saved(store: &Store, archive: impl std::io::Read) -> Result<Vec<String>> {
    let scratch = store.begin()?;
    let dir = scratch.tree();
    let broken = |e: String| Error::new(format!("this is no archive of saved images: {e}"));
    unpack(archive, &dir).map_err(|e| broken(e.to_string()))?;
    let read = |name: &Path| {
        let text = crate::fs::read_if_exists(&dir.join(name))?;
        text.ok_or_else(|| broken(format!("it has no `{}`", name.display())))
    };
    let entries: Vec<Entry> = serde_json::from_str(&read(Path::new("manifest.json"))?)
        .map_err(|e| broken(e.to_string()))?;
    let mut names = Vec::new();
    for entry in entries {
        let description: Description =
            serde_json::from_str(&read(&entry.config)?).map_err(|e| broken(e.to_string()))?;
        let ids = description.rootfs.diff_ids;
        if ids.len() != entry.layers.len() {
            return Err(broken("layers are missing".to_owned()));
        }
        let mut image = Image::default();
        for (id, file) in ids.iter().zip(&entry.layers) {
            image.layers.push(layer(store, &dir.join(file), id)?);
        }
        let config = description.config;
        let vars = config.env.unwrap_or_default();
        let vars = vars.iter().filter_map(|var| var.split_once('='));
        image.env = vars
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        image.labels = config.labels.unwrap_or_default();
        image.workdir = Some(PathBuf::from(config.working_dir)).filter(|dir| dir != Path::new(""));
        for name in entry.repo_tags.unwrap_or_default() {
            store.name(&name, &image)?;
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(broken("no image in it has a name".to_owned()));
    }
    Ok(names)
}

/// Unpacks a layer, if it is the one that its image names by digest.
fn layer(store: &Store, archive: &Path, id: &str) -> Result<String> {
    let expected = id.strip_prefix("sha256:").unwrap_or(id);
    let name = expected.chars().take(16).collect::<String>();
    if store.has(&name) && store.is_whole(&name) {
        return Ok(name);
    }
    let mut hash = Sha256::new();
    in_pieces(archive, |piece| hash.update(piece))?;
    if hex::encode(hash.finalize()) != expected {
        return Err(Error::new(format!(
            "the layer `{id}` of the archive is damaged"
        )));
    }
    let layer = store.begin()?;
    unpack(fs_err::File::open(archive)?, &layer.tree())
        .map_err(|e| Error::new(format!("cannot unpack the layer `{id}`: {e}")))?;
    layer.keep(&name)?;
    Ok(name)
}

/// What an archive says of files in the layers below it, as overlays want to be told.
/// <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>
fn whiteout(to: &Path, path: &Path) -> std::io::Result<bool> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let Some(hidden) = name.strip_prefix(b".wh.") else {
        return Ok(false);
    };
    let parent = to.join(path.parent().unwrap_or(Path::new("")));
    fs_err::create_dir_all(&parent)?;
    if hidden == b".wh..opq" {
        rustix::fs::setxattr(&parent, c"user.overlay.opaque", b"y", XattrFlags::empty())?;
    } else {
        let file = parent.join(OsStr::from_bytes(hidden));
        rustix::fs::mknodat(CWD, &file, FileType::CharacterDevice, Mode::empty(), 0)?;
    }
    Ok(true)
}

/// The digest of a file's content.
fn digest(path: &Path) -> Result<String> {
    let mut digest = Digest::default();
    in_pieces(path, |piece| digest.add(piece))?;
    Ok(digest.finish())
}

fn in_pieces(path: &Path, mut each: impl FnMut(&[u8])) -> Result<()> {
    use std::io::Read as _;
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        each(&buffer[..count]);
    }
}

/// Unpacks files, directories and links; owners only where the caller can give files away. Devices are the
/// sandbox's own.
fn unpack(archive: impl std::io::Read, to: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(archive);
    let is_root = rustix::process::geteuid().is_root();
    archive.set_preserve_ownerships(is_root);
    archive.set_preserve_permissions(true);
    archive.set_overwrite(true);
    // A directory may be one that nobody can write to.
    let mut dirs = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            continue;
        }
        if whiteout(to, &entry.path()?)? {
            continue;
        }
        if kind.is_dir() {
            let mode = entry.header().mode()?;
            dirs.push((entry.path()?.into_owned(), mode));
        }
        entry.unpack_in(to)?;
        if kind.is_dir() && !is_root {
            let path = to.join(entry.path()?);
            let _ = crate::fs::set_mode(&path, 0o700);
        }
    }
    for (path, mode) in dirs.iter().rev() {
        crate::fs::set_mode(&to.join(path), *mode)
            .map_err(|e| std::io::Error::other(e.to_string()))?;
    }
    Ok(())
}
