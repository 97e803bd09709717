//! Images that others have made, as archives.

use std::path::Path;

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

/// The digest of a file's content.
fn digest(path: &Path) -> Result<String> {
    use std::io::Read as _;
    let mut file = fs_err::File::open(path)?;
    let mut digest = Digest::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(digest.finish());
        }
        digest.add(&buffer[..count]);
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
