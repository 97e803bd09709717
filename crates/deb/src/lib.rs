//! Unpacks Debian's packages: `ar` archives with two compressed tar archives in them, one with the
//! files. deb(5) describes the format. Compares their versions.
//!
//! No function here is generic, so that decompression is compiled with this crate, which the
//! compiler optimises more than the program.

#![forbid(unsafe_code)]

pub mod version;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use tar::EntryType;

use cross_base::error::{Error, Result};
use cross_base::fs;

/// A file in a package's archive.
pub type Entry<'a, 'b> = tar::Entry<'a, Box<dyn Read + 'b>>;

/// A function that is called for each file, with the file's path.
type Each<'a> = &'a mut dyn FnMut(&Path, &mut Entry<'_, '_>) -> Result<Done>;

/// Decompresses a text with xz.
///
/// # Errors
///
/// If the data is not in xz's format, or the text is not UTF-8.
pub fn text_of_xz(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    XzReader::new(packed, true).read_to_string(&mut text)?;
    Ok(text)
}

/// Calls a function for each file of a package, with its path below the root directory, until the
/// function returns [`Done::Yes`].
///
/// # Errors
///
/// If the file is not a package, or the function fails.
pub fn each_file(package: &Path, each: Each<'_>) -> Result<()> {
    each_entry(package, "data.tar", each)
}

/// The metadata of a package: the files of its archive `control.tar`, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control(BTreeMap<String, Vec<u8>>);

impl Control {
    /// Metadata from the contents of files, by their names.
    #[must_use]
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(files)
    }

    /// The files, by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.0.iter();
        files.map(|(name, content)| (name.as_str(), content.as_slice()))
    }

    /// The text of one file. Empty if the package does not have the file.
    #[must_use]
    pub fn text(&self, name: &str) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.get(name).map_or(&[], Vec::as_slice))
    }
}

/// Reads the metadata of a package.
///
/// # Errors
///
/// If the file is not a package.
pub fn control(package: &Path) -> Result<Control> {
    let mut files = BTreeMap::new();
    each_entry(package, "control.tar", &mut |path, entry| {
        if entry.header().entry_type() == EntryType::Regular {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            files.insert(path.to_string_lossy().into_owned(), content);
        }
        Ok(Done::No)
    })?;
    Ok(Control(files))
}

/// Calls a function for each file in one of the two archives of a package.
fn each_entry(package: &Path, archive: &str, each: Each<'_>) -> Result<()> {
    let unreadable = |e: std::io::Error| {
        let path = package.display();
        Error::new(format!("cannot read the package `{path}`: {e}"))
    };
    let mut members = ar::Archive::new(fs_err::File::open(package)?);
    while let Some(member) = members.next_entry() {
        let member = member.map_err(unreadable)?;
        let name = String::from_utf8_lossy(member.header().identifier()).into_owned();
        let data: Box<dyn Read + '_> = match name.strip_prefix(archive) {
            Some(".xz") => Box::new(XzReader::new(member, true)),
            Some(".gz") => Box::new(GzDecoder::new(member)),
            Some("") => Box::new(member),
            _ => continue,
        };
        let mut files = tar::Archive::new(data);
        for entry in files.entries().map_err(unreadable)? {
            let mut entry = entry.map_err(unreadable)?;
            let path = entry.path().map_err(unreadable)?.into_owned();
            let parts = path.components().filter(|part| *part != Component::CurDir);
            let path: PathBuf = parts.collect();
            if path
                .components()
                .any(|part| !matches!(part, Component::Normal(_)))
            {
                let message = format!(
                    "the package `{}` has a file outside its root",
                    package.display()
                );
                return Err(Error::new(message));
            }
            if each(&path, &mut entry)? == Done::Yes {
                break;
            }
        }
        return Ok(());
    }
    Err(unreadable(std::io::Error::other("it has no files")))
}

/// Whether the search for files is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Look at no further file.
    Yes,
    /// Go on with the next file.
    No,
}

/// Writes a file of a package to a path below a directory. Directories are only created for the
/// files in them. Symbolic links to absolute paths are changed to lead to the same place below the
/// directory.
///
/// # Errors
///
/// If the file cannot be written.
pub fn place(entry: &mut Entry<'_, '_>, path: &Path, dir: &Path) -> Result<()> {
    let at = dir.join(path);
    let cannot = |e: std::io::Error| Error::new(format!("cannot write `{}`: {e}", at.display()));
    let kind = entry.header().entry_type();
    if kind == EntryType::Directory {
        return Ok(());
    }
    if let Some(parent) = at.parent() {
        fs::create_dir_all(parent)?;
    }
    match kind {
        EntryType::Symlink => {
            let link = entry.link_name().map_err(cannot)?.unwrap_or_default();
            // Two packages may have the same link.
            fs::remove_if_exists(&at)?;
            fs_err::os::unix::fs::symlink(below(path, &link), &at)?;
        }
        EntryType::Link => {
            let link = entry.link_name().map_err(cannot)?.unwrap_or_default();
            let parts = link
                .components()
                .filter(|part| matches!(part, Component::Normal(_)));
            fs_err::hard_link(dir.join(parts.collect::<PathBuf>()), &at)?;
        }
        _ => {
            entry.unpack(&at).map_err(cannot)?;
        }
    }
    Ok(())
}

/// The text of a symbolic link at `path` that leads to an absolute target below the same root.
fn below(path: &Path, target: &Path) -> PathBuf {
    let Ok(rest) = target.strip_prefix("/") else {
        return target.to_owned();
    };
    let up = path.components().count().saturating_sub(1);
    std::iter::repeat_n("..", up)
        .map(Path::new)
        .chain([rest])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_an_absolute_path_stays_below_its_root() {
        let at = |target: &str| below(Path::new("usr/lib/a/l"), Path::new(target));
        assert_eq!(at("/usr/lib/x"), Path::new("../../../usr/lib/x"));
        assert_eq!(at("../x"), Path::new("../x"));
    }
}
