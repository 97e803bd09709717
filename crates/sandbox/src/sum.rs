//! The measurement of a layer: the number of its files, their size, and a digest of their content.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use walkdir::{DirEntry, WalkDir};

use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;

/// A measurement of a layer's files. It is stored with the layer, and shows damage later.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(super) struct Sum {
    /// The layer's name, which is a whole digest.
    #[serde(default)]
    pub(super) name: String,
    /// The number of files, directories and symbolic links.
    entries: u64,
    /// The size of all files in bytes.
    pub(super) bytes: u64,
    /// The number of entries in the root directory, which can be checked before every run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) top: Option<u64>,
    /// A digest of names, kinds, permissions and content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
}

/// How closely a layer is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The files are counted.
    Count,
    /// The files are read.
    Read,
}

impl Sum {
    /// The measurement with the layer's name.
    pub(super) fn named(self, digest: &str) -> Self {
        let name = digest.to_owned();
        Self { name, ..self }
    }

    /// Whether this measurement agrees with the expected one, as far as both have values.
    pub(super) fn fits(&self, expected: &Self) -> bool {
        let agree = self.digest.is_none() || self.digest == expected.digest;
        agree && (self.entries, self.bytes) == (expected.entries, expected.bytes)
    }
}

/// Measures a directory.
///
/// # Errors
///
/// If a file in it cannot be read.
pub(super) fn measure(dir: &Path, look: Look) -> Result<Sum> {
    let mut sum = Sum {
        top: Some(0),
        ..Sum::default()
    };
    let mut digest = Digest::default();
    for entry in WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let failed = |e: walkdir::Error| Error::new(format!("cannot read a layer: {e}"));
        let entry = entry.map_err(failed)?;
        let metadata = entry.metadata().map_err(failed)?;
        sum.entries += 1;
        if entry.depth() == 1 {
            sum.top = sum.top.map(|top| top + 1);
        }
        if metadata.is_file() {
            sum.bytes += metadata.len();
        }
        if look == Look::Read {
            let path = entry.path().strip_prefix(dir).unwrap_or(entry.path());
            digest.add(path.as_os_str().as_bytes());
            digest.add(&metadata.permissions().mode().to_le_bytes());
            content(&entry, &mut digest)?;
        }
    }
    if look == Look::Read {
        sum.digest = Some(digest.whole());
    }
    Ok(sum)
}

/// Adds a file's content or a symbolic link's target to a digest.
fn content(entry: &DirEntry, digest: &mut Digest) -> Result<()> {
    let kind = entry.file_type();
    if kind.is_symlink() {
        digest.add(fs_err::read_link(entry.path())?.as_os_str().as_bytes());
    }
    if !kind.is_file() {
        return Ok(());
    }
    match fs::in_pieces(entry.path(), |piece| digest.add(piece)) {
        // If the caller is not root, there may be files that neither this check nor a build can
        // read.
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        other => Ok(other?),
    }
}
