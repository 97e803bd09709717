//! The build context of a user's Dockerfile: the files that its instructions copy, without those in
//! `.dockerignore` and the target directory. No other file is copied to the engine, or makes it
//! build the image again.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use parse_dockerfile::{Flag, Instruction, Source};
use walkdir::WalkDir;

use crate::here::Masked;
use crate::ignore::Ignore;
use crate::pattern::Pattern;
use crate::values;
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
    /// These paths, whose names may be patterns, and all below them. Nothing if the list is empty.
    Below(Vec<PathBuf>),
}

/// Finds out which files a Dockerfile copies. If a text is not understood, all files count as
/// copied: the engine decides whether the text is valid.
/// <https://docs.docker.com/reference/dockerfile/>
pub fn wanted(text: &str) -> Wanted {
    let masked = Masked::new(values::text(text));
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
        let path = values::unquoted(&path.value);
        if path.contains('$') {
            return None;
        }
        if !path.contains("://") {
            paths.push(within(path)?);
        }
    }
    Some(paths)
}

/// The paths that an instruction copies from the context. `sources` are its arguments with all
/// variables expanded.
pub fn copied(sources: &[String]) -> Wanted {
    let paths = sources.iter().map(|source| within(source));
    paths
        .collect::<Option<_>>()
        .map_or(Wanted::Everything, Wanted::Below)
}

/// A source as a path relative to the context, out of which `..` does not lead. Empty if it is the
/// whole context.
#[must_use]
pub fn inside(path: &str) -> PathBuf {
    scoped(Path::new(""), Path::new(path))
}

/// A source as a path relative to the context. None if that is the whole context.
fn within(path: &str) -> Option<PathBuf> {
    let path = inside(path);
    (path != Path::new("")).then_some(path)
}

/// A path that is relative to a directory of the context. The context counts as the root directory.
fn scoped(dir: &Path, path: &Path) -> PathBuf {
    let mut whole = dir.to_owned();
    for part in path.components() {
        match part {
            Component::RootDir => whole.clear(),
            Component::CurDir | Component::Prefix(_) => {}
            Component::ParentDir => {
                whole.pop();
            }
            Component::Normal(name) => whole.push(name),
        }
    }
    whole
}

/// The most links that a path leads through. <https://man7.org/linux/man-pages/man7/path_resolution.7.html>
const LINKS: usize = 40;

/// A search for the files that a source names. Links in it are followed, but not those below it.
/// <https://docs.docker.com/reference/dockerfile/#copy>
struct Search<'a> {
    root: &'a Path,
    ignore: &'a Ignore,
    /// What has been found: paths that lead through no link, and links that lead there.
    found: BTreeSet<PathBuf>,
    /// The links that have been followed, each with the path behind it.
    followed: BTreeSet<(PathBuf, PathBuf)>,
}

impl Search<'_> {
    /// Follows the path `rest` from a directory, by at most this number of links.
    fn follow(&mut self, dir: &Path, rest: &Path, links: usize) {
        let mut parts = rest.components();
        let Some(name) = parts.next() else {
            self.found.insert(dir.to_owned());
            return;
        };
        let (name, rest) = (name.as_os_str(), parts.as_path());
        if !name.to_string_lossy().contains(['*', '?', '[', '\\']) {
            self.enter(dir, name, rest, links);
            return;
        }
        // All of the directory, because the engine decides what the pattern matches.
        self.found.insert(dir.to_owned());
        let Ok(pattern) = Pattern::of_names(&name.to_string_lossy()) else {
            return;
        };
        for name in fs::names_in(&self.root.join(dir)) {
            if pattern.matches(&name) {
                self.enter(dir, OsStr::new(&name), rest, links);
            }
        }
    }

    fn enter(&mut self, dir: &Path, name: &OsStr, rest: &Path, links: usize) {
        let path = dir.join(name);
        let Ok(target) = fs_err::read_link(self.root.join(&path)) else {
            self.follow(&path, rest, links);
            return;
        };
        let is_new = self.followed.insert((path.clone(), rest.to_owned()));
        if links > 0 && is_new && !self.ignore.leaves_out(&path) {
            let target = scoped(dir, &target).join(rest);
            self.found.insert(path);
            self.follow(Path::new(""), &target, links - 1);
        }
    }
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
        let mut search = Search {
            root,
            ignore: &ignore,
            found: BTreeSet::new(),
            followed: BTreeSet::new(),
        };
        for path in below {
            search.follow(Path::new(""), path, LINKS);
        }
        let mut entries = Vec::new();
        for path in &search.found {
            empty.walk(path, &ignore, apart, &mut entries)?;
        }
        entries.sort_by(|a: &Entry, b| a.path.cmp(&b.path));
        entries.dedup();
        Ok(Self { entries, ..empty })
    }

    /// Adds the path `below`, which leads through no link, and all below it. Links are added as
    /// links: they may lead out of the project, to files that must not get into images.
    fn walk(
        &self,
        below: &Path,
        ignore: &Ignore,
        apart: &[PathBuf],
        entries: &mut Vec<Entry>,
    ) -> Result<()> {
        let start = self.root.join(below);
        // The engine's own error says best that a file is missing.
        if start.symlink_metadata().is_err() {
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

    #[test]
    fn no_source_is_outside_the_context() {
        for (said, meant) in [
            ("data/x", "data/x"),
            ("/data", "data"),
            ("../../etc", "etc"),
            ("a/../../b", "b"),
            (".", ""),
        ] {
            assert_eq!(inside(said), Path::new(meant), "{said}");
        }
    }

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
            assert_eq!(found(&root, &[&format!("{name}/id")]), [name]);
        }
        let all = ["data/file", "inside"];
        assert_eq!(found(&root, &["inside/file"]), all);
        assert_eq!(found(&root, &["data"]), ["data", "data/file"]);
    }

    #[test]
    fn a_link_that_is_named_is_followed_within_the_context() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in ["data/file", "data/deep/file", "other/x.txt", "links/own"] {
            fs::write_if_changed(&root.join(path), b"text").unwrap();
        }
        let link = |name: &str, to: &str| fs::link(&root.join(name), Path::new(to)).unwrap();
        link("absolute", "/data/file");
        link("links/a.txt", "../other/x.txt");
        link("links/above", "../../../data/deep");
        link("data/inner", "../other");
        link("loop", "loop/x");
        link("twice", "absolute");
        for (source, expected) in [
            ("absolute", &["absolute", "data/file"][..]),
            ("twice", &["absolute", "data/file", "twice"]),
            (
                "links/above/../above",
                &["data/deep", "data/deep/file", "links/above"],
            ),
            ("data/inner/x.txt", &["data/inner", "other/x.txt"]),
            ("loop", &["loop"]),
            // What is in a directory stays as it is.
            (
                "data",
                &[
                    "data",
                    "data/deep",
                    "data/deep/file",
                    "data/file",
                    "data/inner",
                ],
            ),
            (
                "links/*.txt",
                &[
                    "links",
                    "links/a.txt",
                    "links/above",
                    "links/own",
                    "other/x.txt",
                ],
            ),
        ] {
            let source = within(source).unwrap();
            assert_eq!(found(root, &[source.to_str().unwrap()]), expected);
        }
    }
}
