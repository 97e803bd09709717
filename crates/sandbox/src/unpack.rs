//! Imports images and root directories from archives.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Read;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, XattrFlags, fstat};
use rustix::io::Errno;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::layer::NewLayer;
use super::store::{Image, Store};
use super::{decompress, owners, text};
use cross_base::beneath::open_resolved;
use cross_base::error::{Error, Result};

/// An unpacked root directory that is not an image yet.
#[derive(Debug)]
pub struct Unpacked<'a> {
    store: &'a Store,
    layer: NewLayer<'a>,
    digest: String,
}

/// Unpacks an archive of a whole root directory. The caller must hold the lock of [`Store::build`],
/// so that the layer is not removed.
///
/// # Errors
///
/// If it is not an archive, or cannot be unpacked.
pub fn root_file_system(store: &Store, archive: impl Read) -> Result<Unpacked<'_>> {
    let layer = store.begin()?;
    let mut reader = Hashing {
        of: archive,
        hash: Sha256::new(),
    };
    let unpacked = unpack(&mut reader, &layer.tree());
    unpacked.map_err(|e| Error::new(format!("cannot unpack the archive: {}", why(&e))))?;
    // The writer may wait until its last byte is read, so the rest is read too.
    std::io::copy(&mut reader, &mut std::io::sink())?;
    Ok(Unpacked {
        store,
        layer,
        digest: hex::encode(reader.hash.finalize()),
    })
}

impl Unpacked<'_> {
    /// Makes an image without a name.
    ///
    /// # Errors
    ///
    /// If the layer cannot be stored.
    pub fn keep(self, labels: &[(&str, &str)]) -> Result<Image> {
        if !(self.store.has(&self.digest) && self.store.is_whole(&self.digest)) {
            self.layer.keep(&self.digest)?;
        }
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Image {
            layers: vec![self.digest],
            labels: labels.collect(),
            ..Image::default()
        })
    }
}

/// The entry of one image in an archive of `docker save` or `podman save`.
/// <https://github.com/moby/docker-image-spec>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: PathBuf,
    repo_tags: Option<Vec<String>>,
    layers: Vec<PathBuf>,
}

/// The configuration of an image.
/// <https://github.com/opencontainers/image-spec/blob/main/config.md>
#[derive(Debug, Deserialize)]
pub(super) struct Description {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    config: Option<Config>,
    rootfs: RootFs,
}

impl Description {
    /// The digests of the unpacked layers.
    pub(super) fn layers(&self) -> &[String] {
        &self.rootfs.diff_ids
    }

    /// The kind of machine that the image is for, if this machine is of another kind.
    pub(super) fn foreign_machine(&self) -> Option<String> {
        let this = this_machine();
        let fits = |said: &str, this| said.is_empty() || said == this;
        let fits = fits(&self.os, "linux") && fits(&self.architecture, this);
        (!fits).then(|| format!("{}/{}", self.os, self.architecture))
    }

    /// The store's description of the image, with its layers in the store.
    pub(super) fn image(self, layers: Vec<String>) -> Image {
        let config = self.config.unwrap_or_default();
        let vars = config.env.unwrap_or_default();
        let vars = vars.iter().filter_map(|var| var.split_once('='));
        Image {
            layers,
            env: vars
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            labels: config.labels.unwrap_or_default(),
            workdir: Some(PathBuf::from(config.working_dir)).filter(|dir| dir != Path::new("")),
            user: Some(config.user).filter(|user| !user.is_empty()),
            shell: config.shell.filter(|words| !words.is_empty()),
            on_build: config.on_build.unwrap_or_default(),
            ..Image::default()
        }
    }
}

/// The architecture of this machine as images name it.
/// <https://github.com/opencontainers/image-spec/blob/main/config.md#properties>
pub(super) fn this_machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    working_dir: String,
    user: String,
    /// Docker's alone. <https://github.com/moby/docker-image-spec>
    shell: Option<Vec<String>>,
    /// Docker's alone, too.
    on_build: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    diff_ids: Vec<String>,
}

/// Imports all images in an archive of `docker save` or `podman save`. Returns their names.
///
/// # Errors
///
/// If it is not such an archive, an image has no name, or a layer does not have its digest.
pub fn saved(store: &Store, archive: impl Read) -> Result<Vec<String>> {
    let _build = store.build(|| {})?;
    let scratch = store.begin()?;
    let dir = scratch.tree();
    unpack(archive, &dir).map_err(|e| broken(&why(&e)))?;
    let saved = Saved {
        dir: fs_err::File::open(&dir)?,
    };
    let entries: Vec<Entry> = saved.parse(Path::new("manifest.json"))?;
    let mut names = Vec::new();
    for entry in entries {
        let description: Description = saved.parse(&entry.config)?;
        if let Some(machine) = description.foreign_machine() {
            let names = entry.repo_tags.unwrap_or_default().join("`, `");
            return Err(Error::new(format!(
                "`{names}` is for the architecture `{machine}`"
            )));
        }
        let ids = description.layers();
        if ids.len() != entry.layers.len() {
            return Err(broken("layers are missing"));
        }
        let mut layers = Vec::new();
        for (id, file) in ids.iter().zip(&entry.layers) {
            if !has(store, id) {
                let layer = fs_err::File::from_parts(saved.find(file)?, file);
                into(store.begin()?, layer, id)?;
            }
            layers.push(layer_name(id)?);
        }
        let image = description.image(layers);
        for name in entry.repo_tags.unwrap_or_default() {
            if !super::names::is_reference(&name) {
                return Err(broken(&format!("{name:?} is no name of an image")));
            }
            store.name(&name, &image)?;
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(broken("no image in it has a name"));
    }
    Ok(names)
}

/// The largest size of a JSON file in an archive in bytes.
const LONGEST: u64 = 4 << 20;

/// An unpacked archive of saved images.
struct Saved {
    dir: fs_err::File,
}

impl Saved {
    /// Opens a file of the archive.
    fn find(&self, name: &Path) -> Result<std::fs::File> {
        member(&self.dir, name).map_err(|e| {
            let why = if e == Errno::NOENT {
                String::new()
            } else {
                format!(": {}", text(e))
            };
            let name = name.to_string_lossy();
            broken(&format!("it has no file {name:?}{why}"))
        })
    }

    /// Parses a JSON file of the archive.
    fn parse<T: DeserializeOwned>(&self, name: &Path) -> Result<T> {
        let mut text = String::new();
        let read = self.find(name)?.take(LONGEST).read_to_string(&mut text);
        read.map_err(|e| broken(&e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| broken(&e.to_string()))
    }
}

fn broken(why: &str) -> Error {
    Error::new(format!("this is not an archive of saved images: {why}"))
}

/// Opens a file of an unpacked archive by a name in the archive. Docker writes symbolic links from
/// a layer to an equal one. No link may lead out of the archive, and only regular files are opened,
/// because others may have no end.
fn member(dir: &fs_err::File, name: &Path) -> Result<std::fs::File, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = open_resolved(dir, name, flags, Mode::empty(), ResolveFlags::BENEATH)?;
    match FileType::from_raw_mode(fstat(&file)?.st_mode) {
        FileType::RegularFile => Ok(file.into()),
        _ => Err(Errno::NOENT),
    }
}

/// The store's name of the layer with this digest.
///
/// # Errors
///
/// If it is not a SHA-256 digest. The name becomes the name of a directory, so it is checked.
pub(super) fn layer_name(id: &str) -> Result<String> {
    let digits = id.strip_prefix("sha256:").unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() == 64 && digits.bytes().all(is_digit) {
        Ok(digits.to_owned())
    } else {
        Err(Error::new(format!("`{id}` is no digest of a layer")))
    }
}

/// Whether the store has the layer with this digest.
pub(super) fn has(store: &Store, id: &str) -> bool {
    layer_name(id).is_ok_and(|name| store.has(&name) && store.is_whole(&name))
}

/// Unpacks an archive, compressed or not, and stores it as the layer with this digest.
///
/// # Errors
///
/// If the archive has another digest.
pub(super) fn into(new: NewLayer<'_>, archive: fs_err::File, id: &str) -> Result<()> {
    let name = layer_name(id)?;
    let failed = |e| Error::new(format!("cannot unpack the layer `{id}`: {}", why(&e)));
    let mut reader = Hashing {
        of: decompress::open(archive).map_err(failed)?,
        hash: Sha256::new(),
    };
    let unpacked = unpack(&mut reader, &new.tree());
    // The rest of the file is read because it counts for the digest, even if the archive is
    // damaged.
    let read = std::io::copy(&mut reader, &mut std::io::sink());
    if read.is_err() || format!("sha256:{}", hex::encode(reader.hash.finalize())) != id {
        // A full disk makes unpacking fail, but not reading. So the digest is compared before that
        // error is reported.
        return Err(Error::new(format!("the layer `{id}` is damaged")));
    }
    unpacked.map_err(failed)?;
    new.keep(&name)
}

/// The reason why unpacking failed: the library's error says where, and its causes say what.
fn why(error: &std::io::Error) -> String {
    let mut text = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let _ = write!(text, ": {deeper}");
        cause = deeper.source();
    }
    text
}

/// A reader that digests the data.
struct Hashing<R> {
    of: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.of.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// Turns a whiteout in an archive, which removes files of lower layers, into an overlay's whiteout.
/// Returns whether the entry was one.
/// <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>
fn whiteout(to: &Path, path: &Path) -> std::io::Result<bool> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let Some(hidden) = name.strip_prefix(b".wh.") else {
        return Ok(false);
    };
    let parent = directory(to, path.parent().unwrap_or(Path::new("")))?;
    if hidden == b".wh..opq" {
        rustix::fs::setxattr(&parent, c"user.overlay.opaque", b"y", XattrFlags::empty())?;
    } else if !hidden.starts_with(b".wh.") {
        let file = parent.join(OsStr::from_bytes(hidden));
        rustix::fs::mknodat(CWD, &file, FileType::CharacterDevice, Mode::empty(), 0)?;
    }
    Ok(true)
}

/// Creates a directory of an archive. Fails if a symbolic link is on the way, which might lead out
/// of the archive.
fn directory(to: &Path, path: &Path) -> std::io::Result<PathBuf> {
    let mut dir = to.to_owned();
    for name in path {
        dir.push(name);
        match fs_err::symlink_metadata(&dir) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(std::io::Error::other(format!(
                    "`{}` is no directory",
                    path.display()
                )));
            }
            Err(_) => fs_err::create_dir(&dir)?,
        }
    }
    Ok(dir)
}

/// An entry's path relative to the directory where it is unpacked. None if the path leads out of
/// it.
fn below(path: &Path) -> Option<PathBuf> {
    let mut below = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => below.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(below)
}

/// The largest depth of a path. Every directory on the way is checked for each file.
const DEEPEST: usize = 256;

/// Unpacks files, directories and links. Owners are only restored if the caller is root. Device
/// files are left out, because the sandbox has its own.
fn unpack(archive: impl Read, to: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(archive);
    let is_root = rustix::process::geteuid().is_root();
    archive.set_preserve_ownerships(is_root);
    archive.set_preserve_permissions(true);
    archive.set_overwrite(true);
    // A directory's permissions may keep its owner from writing to it, so they are set at the end.
    let mut dirs = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            continue;
        }
        let Some(path) = below(&entry.path()?) else {
            continue;
        };
        if path.components().count() > DEEPEST {
            return Err(std::io::Error::other("a path in it is too deep"));
        }
        if path == Path::new(owners::LIST) {
            // An imported list of owners would be trusted.
            let message = format!("it has a `{}`, which only builds make", owners::LIST);
            return Err(std::io::Error::other(message));
        }
        if whiteout(to, &path)? {
            continue;
        }
        let mode = entry.header().mode()?;
        if entry.unpack_in(to)? && kind.is_dir() {
            if !is_root {
                let _ = cross_base::fs::set_mode(&to.join(&path), 0o700);
            }
            dirs.push((path, mode));
        }
    }
    for (path, mode) in dirs.iter().rev() {
        cross_base::fs::set_mode(&to.join(path), *mode)
            .map_err(|e| std::io::Error::other(e.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
