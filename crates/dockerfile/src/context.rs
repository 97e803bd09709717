//! The build context of a user's Dockerfile: the files that its instructions copy, without those in
//! `.dockerignore` and the target directory. No other file is copied to the engine, or makes it
//! build the image again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use parse_dockerfile::{Flag, Instruction, Source};
use walkdir::WalkDir;

use crate::here::Masked;
use crate::ignore::Ignore;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;

/// A file, directory or symbolic link in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path relative to the context's root.
    path: PathBuf,
    kind: EntryContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum EntryContent {
    Dir,
    /// A file with these permissions.
    File(u32),
    /// A symbolic link with this target.
    Link(PathBuf),
}

/// The files of one build context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    root: PathBuf,
    entries: Vec<Entry>,
}

/// The paths that a Dockerfile copies from its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of the context, or paths that are not known before the build.
    Everything,
    /// These paths and all below them. Nothing if the list is empty.
    Below(Vec<PathBuf>),
}

/// Finds out which files a Dockerfile copies. If a text is not understood, all files count as
/// copied: the engine decides whether the text is valid.
/// <https://docs.docker.com/reference/dockerfile/>
pub fn wanted(text: &str) -> Wanted {
    let masked = Masked::new(text);
    let Ok(dockerfile) = parse_dockerfile::parse(&masked.text) else {
        return Wanted::Everything;
    };
    let mut paths = Vec::new();
    for instruction in &dockerfile.instructions {
        let found = match instruction {
            Instruction::Copy(copy) => sources(&copy.options, &copy.src),
            Instruction::Add(add) => sources(&add.options, &add.src),
            // The instruction mounts the context, or has a mount of a kind that is not known here.
            Instruction::Run(run) if run.options.iter().any(mounts_context) => None,
            Instruction::Onbuild(_) => None,
            _ => Some(Vec::new()),
        };
        match found {
            Some(found) => paths.extend(found),
            None => return Wanted::Everything,
        }
    }
    Wanted::Below(paths)
}

fn mounts_context(flag: &Flag<'_>) -> bool {
    let value = flag.value.as_ref().map_or("", |value| &value.value);
    let elsewhere = ["cache", "tmpfs", "secret", "ssh"].map(|kind| format!("type={kind}"));
    flag.name.value == "mount"
        && !value
            .split(',')
            .any(|field| field.starts_with("from=") || elsewhere.iter().any(|kind| kind == field))
}

/// The paths that one instruction copies from the context. None if they are not known.
fn sources(options: &[Flag<'_>], sources: &[Source<'_>]) -> Option<Vec<PathBuf>> {
    if options.iter().any(|flag| flag.name.value == "from") {
        return Some(Vec::new());
    }
    let mut paths = Vec::new();
    for source in sources {
        let Source::Path(path) = source else {
            continue;
        };
        let path = &*path.value;
        if path.contains('$') {
            return None;
        }
        if !path.contains("://") {
            paths.push(fixed(path)?);
        }
    }
    Some(paths)
}

/// The paths that an instruction copies from the context. `sources` are its arguments with all
/// variables expanded.
pub fn copied(sources: &[String]) -> Wanted {
    let fixed = sources.iter().map(|source| fixed(source));
    fixed
        .collect::<Option<_>>()
        .map_or(Wanted::Everything, Wanted::Below)
}

/// The part of a path in front of the first wildcard. None if that is the whole context.
fn fixed(path: &str) -> Option<PathBuf> {
    let mut fixed = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            // Engines take the context for the root directory.
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => {
                fixed.pop();
            }
            Component::Normal(name) => {
                if name.to_string_lossy().contains(['*', '?', '[', '\\']) {
                    break;
                }
                fixed.push(name);
            }
            Component::Prefix(_) => return None,
        }
    }
    (fixed != Path::new("")).then_some(fixed)
}

impl Context {
    /// Finds the files that are `wanted` below `root`, without those that `.dockerignore` (or the
    /// Dockerfile's own `<name>.dockerignore`) excludes, and without the directories in `apart`.
    ///
    /// # Errors
    ///
    /// If a directory or file cannot be read, or a rule is not a valid pattern.
    pub fn find(
        root: &Path,
        dockerfile: &Path,
        wanted: &Wanted,
        apart: &[PathBuf],
    ) -> Result<Self> {
        let empty = Self {
            root: root.to_owned(),
            entries: Vec::new(),
        };
        let below: &[PathBuf] = match wanted {
            Wanted::Everything => &[PathBuf::new()],
            Wanted::Below(paths) => paths,
        };
        if below.is_empty() {
            return Ok(empty);
        }
        let mut own = dockerfile.as_os_str().to_owned();
        own.push(".dockerignore");
        let mut ignore = Ignore::default();
        for path in [PathBuf::from(own), root.join(".dockerignore")] {
            if let Some(text) = fs::read_if_exists(&path)? {
                ignore = Ignore::parse(&path, &text)?;
                break;
            }
        }
        let mut entries = Vec::new();
        for path in below {
            empty.walk(path, &ignore, apart, &mut entries)?;
        }
        entries.sort_by(|a: &Entry, b| a.path.cmp(&b.path));
        entries.dedup();
        Ok(Self { entries, ..empty })
    }

    /// Adds the path `below` and all below it.
    fn walk(
        &self,
        below: &Path,
        ignore: &Ignore,
        apart: &[PathBuf],
        entries: &mut Vec<Entry>,
    ) -> Result<()> {
        let start = self.root.join(below);
        // A symbolic link is copied as a link and never followed, since it may lead out of the
        // project, to files that must not get into images. If a file is missing then, the engine's
        // own error says so best.
        let above = start.parent().unwrap_or(&self.root);
        let leads_out =
            below != Path::new("") && !fs::canonical(above).starts_with(fs::canonical(&self.root));
        if start.symlink_metadata().is_err() || leads_out {
            return Ok(());
        }
        let inside = |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).to_owned();
        let walk = WalkDir::new(&start)
            .follow_root_links(below == Path::new(""))
            .sort_by_file_name()
            .into_iter();
        let walk = walk.filter_entry(|entry| {
            let gone = ignore.is_final() && ignore.leaves_out(&inside(entry.path()));
            !gone && !apart.iter().any(|dir| entry.path() == dir)
        });
        for found in walk {
            let found = found.map_err(|e| Error::new(format!("the build context: {e}")))?;
            let path = inside(found.path());
            if path == Path::new("") || ignore.leaves_out(&path) {
                continue;
            }
            let cannot = |e| Error::new(format!("cannot read `{}`: {e}", found.path().display()));
            let kind = if found.file_type().is_dir() {
                EntryContent::Dir
            } else if found.path_is_symlink() {
                EntryContent::Link(fs_err::read_link(found.path())?)
            } else if found.file_type().is_file() {
                let metadata = found.metadata().map_err(cannot)?;
                EntryContent::File(metadata.permissions().mode() & 0o777)
            } else {
                // Sockets and the like cannot be in images.
                continue;
            };
            entries.push(Entry { path, kind });
        }
        Ok(())
    }

    /// Adds all paths and contents to a digest.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn digest(&self, digest: &mut Digest) -> Result<()> {
        for Entry { path, kind } in &self.entries {
            digest.add(path.as_os_str().as_encoded_bytes());
            match kind {
                EntryContent::Dir => digest.add(b"dir"),
                EntryContent::Link(to) => digest.add(to.as_os_str().as_encoded_bytes()),
                EntryContent::File(mode) => {
                    digest.add(&mode.to_le_bytes());
                    digest.add(&fs_err::read(self.root.join(path))?);
                }
            }
        }
        Ok(())
    }

    /// Copies all entries to a directory.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written.
    pub fn copy(&self, to: &Path) -> Result<()> {
        for Entry { path, kind } in &self.entries {
            let to = to.join(path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            match kind {
                EntryContent::Dir => fs::create_dir_all(&to)?,
                EntryContent::Link(target) => fs::link(&to, target)?,
                EntryContent::File(_) => {
                    fs_err::copy(self.root.join(path), &to)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    /// The paths in the context of a Dockerfile that copies these paths.
    fn found(root: &Path, copied: &[&str]) -> Vec<String> {
        let wanted = Wanted::Below(copied.iter().map(PathBuf::from).collect());
        let context = Context::find(root, &root.join("Dockerfile"), &wanted, &[]).unwrap();
        let paths = context.entries.iter();
        paths
            .map(|entry| entry.path.display().to_string())
            .collect()
    }

    #[test]
    fn no_link_is_followed_out_of_the_context() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        for path in ["keys/id", "project/data/file"] {
            fs::write_if_changed(&dir.join(path), b"text").unwrap();
        }
        let root = dir.join("project");
        let link = |name: &str, to: &Path| fs::link(&root.join(name), to).unwrap();
        link("absolute", &dir.join("keys"));
        link("relative", Path::new("../keys"));
        link("inside", Path::new("data"));
        for name in ["absolute", "relative"] {
            // The link itself is in the context, as it is for docker.
            assert_eq!(found(&root, &[name]), [name]);
            assert_eq!(found(&root, &[&format!("{name}/id")]), [""; 0]);
        }
        assert_eq!(found(&root, &["inside/file"]), ["inside/file"]);
        assert_eq!(found(&root, &["data"]), ["data", "data/file"]);
    }
}
