//! File operations. Every error names the path.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// Reads a text file. None if it does not exist.
///
/// # Errors
///
/// If the file exists but cannot be read or is not UTF-8.
pub fn read_if_exists(path: &Path) -> Result<Option<String>> {
    match fs_err::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e)
            if matches!(
                e.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

/// Reads a whole file.
///
/// # Errors
///
/// If the path is a directory, or the file cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(Error::new(format!("`{}` is a directory", path.display())));
    }
    Ok(fs_err::read(path)?)
}

/// Writes a file by writing a temporary file beside it and renaming that. Does nothing if the file
/// has this content already. The permissions follow from the caller's umask, as those of any new
/// file.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    write_as(path, content, 0o666)
}

/// Like [`write_if_changed`], for a file that only the caller may read.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    write_as(path, content, 0o600)
}

/// Like [`write_if_changed`], for a file that can be run as a program.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_program_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    write_as(path, content, 0o777)
}

fn write_as(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    if fs_err::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    fs_err::create_dir_all(parent)?;
    let failed = |e: &std::io::Error| Error::new(format!("cannot write `{}`: {e}", path.display()));
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
        .tempfile_in(parent)
        .map_err(|e| failed(&e))?;
    file.write_all(content).map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// Gives a program a second name, as a hard link, or as a copy where the file system differs or
/// forbids it. A name that was given to an earlier file is given anew.
///
/// # Errors
///
/// If the second name cannot be given.
pub fn name_program(name: &Path, program: &Path) -> Result<()> {
    if is_named(name, program) {
        return Ok(());
    }
    let parent = name.parent().unwrap_or(Path::new("/"));
    create_dir_all(parent)?;
    // Others may be about to start the program by this name.
    let dir = temporary_dir_in(parent)?;
    let made = dir.path().join("program");
    if fs_err::hard_link(program, &made).is_err() {
        let written = fs_err::metadata(program)?.modified()?;
        fs_err::copy(program, &made)?;
        let copy = fs_err::OpenOptions::new().write(true).open(&made)?;
        copy.file().set_modified(written)?;
    }
    Ok(fs_err::rename(made, name)?)
}

/// Whether a program has this second name.
#[must_use]
pub fn is_named(name: &Path, program: &Path) -> bool {
    let about = |path: &Path| {
        let about = fs_err::metadata(path).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    is_same(name, program) || about(name).is_some_and(|it| Some(it) == about(program))
}

/// Writes a file that is copied into an image. It has the mode 0644 whatever the caller's umask is,
/// so that images do not depend on the umask.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_for_image(path: &Path, content: &[u8]) -> Result<()> {
    write_if_changed(path, content)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    Ok(fs_err::set_permissions(path, mode)?)
}

/// Creates a symbolic link, unless something of that name exists.
///
/// # Errors
///
/// If the link cannot be created.
pub fn link(link: &Path, target: &Path) -> Result<()> {
    if link.is_symlink() || link.exists() {
        return Ok(());
    }
    if let Some(parent) = link.parent() {
        create_dir_all(parent)?;
    }
    match fs_err::os::unix::fs::symlink(target, link) {
        // Another process of cross has created the link in the meantime.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => Ok(other?),
    }
}

/// Creates a temporary directory, which is removed when the value is dropped.
///
/// # Errors
///
/// If the directory cannot be created.
pub fn temporary_dir() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::new(format!("cannot make a temporary directory: {e}")))
}

/// Creates a temporary directory in `dir`, which is created as well if it is missing.
///
/// # Errors
///
/// If the directory cannot be created.
pub fn temporary_dir_in(dir: &Path) -> Result<tempfile::TempDir> {
    create_dir_all(dir)?;
    let made = tempfile::Builder::new().prefix("").tempdir_in(dir);
    made.map_err(|e| Error::new(format!("cannot make a temporary directory: {e}")))
}

/// Opens the terminal of the caller's session. None if the session has none.
pub fn terminal() -> Option<std::fs::File> {
    let file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty");
    file.ok().map(fs_err::File::into_file)
}

/// Removes a file if it exists.
///
/// # Errors
///
/// If the file exists and cannot be removed.
pub fn remove_if_exists(path: &Path) -> Result<()> {
    match fs_err::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

/// Removes a directory if it is empty. A directory that is not stays, without an error.
pub fn remove_if_empty(dir: &Path) {
    let _ = fs_err::remove_dir(dir);
}

/// Sets a file's permissions regardless of the umask.
///
/// # Errors
///
/// If the file belongs to another user.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    Ok(fs_err::set_permissions(path, permissions)?)
}

/// Removes a directory with everything in it. Directories in it may lack permissions, as overlays
/// and tested programs leave them. Does nothing if the directory does not exist.
///
/// # Errors
///
/// If a file in it belongs to another user.
pub fn remove_tree(dir: &Path) -> Result<()> {
    match fs_err::remove_dir_all(dir) {
        Ok(()) => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) => {}
    }
    unlock(dir);
    Ok(fs_err::remove_dir_all(dir)?)
}

/// Gives the caller all permissions for a directory and all directories below it, from the top
/// down.
fn unlock(dir: &Path) {
    let _ = set_mode(dir, 0o700);
    for entry in fs_err::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path());
        }
    }
}

/// Creates an empty file, if it is missing. An existing file is left as it is.
///
/// # Errors
///
/// If the file cannot be created.
pub fn touch(path: &Path) -> Result<()> {
    if !path.exists() {
        fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?;
    }
    Ok(())
}

/// Creates a directory and its parents.
///
/// # Errors
///
/// If one of them cannot be created.
pub fn create_dir_all(path: &Path) -> Result<()> {
    Ok(fs_err::create_dir_all(path)?)
}

/// Whether the caller may write to the path, by its permissions and by whether its file system is
/// mounted read-only.
#[must_use]
pub fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The free space that the caller may use in the path's file system, in bytes.
#[must_use]
pub fn free_space(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Whether the path's file system is mounted with `noexec`, so that no program on it can be run.
#[must_use]
pub fn forbids_programs(path: &Path) -> bool {
    let stat = rustix::fs::statvfs(path);
    stat.is_ok_and(|stat| stat.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}

/// The path, or its nearest parent that exists.
#[must_use]
pub fn nearest_existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|dir| dir.exists())
}

/// The path with all symbolic links resolved. The path itself if it cannot be resolved.
#[must_use]
pub fn canonical(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The real path of a path whose last parts need not exist: symbolic links are resolved in the part
/// that exists.
#[must_use]
pub fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (fs_err::canonicalize(above), path.strip_prefix(above)) {
            // Joining an empty path would add a slash at the end.
            return rest.iter().fold(real, |real, name| real.join(name));
        }
    }
    path.to_owned()
}

/// The names in a directory. Empty if it cannot be read.
#[must_use]
pub fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// The paths of a directory's entries whose names are text, in order. Empty if the directory cannot
/// be read.
#[must_use]
pub fn paths_in(dir: &Path) -> Vec<PathBuf> {
    let mut names = names_in(dir);
    names.sort();
    names.iter().map(|name| dir.join(name)).collect()
}

/// The kind of an entry in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Directory,
    Link,
    Other,
}

/// Whether a path is a directory, not a link to one, and has nothing in it.
#[must_use]
pub fn is_empty_dir(path: &Path) -> bool {
    path.is_dir() && !path.is_symlink() && entries_in(path).is_empty()
}

/// The entries of a directory with their kinds. Empty if it cannot be read.
#[must_use]
pub fn entries_in(dir: &Path) -> Vec<(std::ffi::OsString, EntryKind)> {
    let entries = fs_err::read_dir(dir).into_iter().flatten().flatten();
    let kind = |entry: &fs_err::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => EntryKind::Directory,
        Ok(kind) if kind.is_symlink() => EntryKind::Link,
        _ => EntryKind::Other,
    };
    entries
        .map(|entry| (entry.file_name(), kind(&entry)))
        .collect()
}

/// The symbolic links in a directory, each with the absolute path in its text. Empty if the
/// directory cannot be read.
#[must_use]
pub fn links_in(dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = fs_err::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .filter_map(|entry| {
            let link = entry.path();
            leads_to(&link).map(|target| (link, target))
        })
        .collect()
}

/// The absolute path in the text of a symbolic link. None for other files.
#[must_use]
pub fn leads_to(link: &Path) -> Option<PathBuf> {
    let target = fs_err::read_link(link).ok()?;
    Some(absolute(link.parent()?, &target))
}

/// The user id of a file's owner. Symbolic links are followed.
#[must_use]
pub fn owner(path: &Path) -> Option<u32> {
    fs_err::metadata(path).ok().map(|m| m.uid())
}

/// The user id of a file's owner. For a symbolic link this is the owner of the link.
#[must_use]
pub fn owner_of_link(path: &Path) -> Option<u32> {
    fs_err::symlink_metadata(path).ok().map(|m| m.uid())
}

/// A text that identifies a file and its state. It changes if the file is written to or replaced.
/// None if the file does not exist.
#[must_use]
pub fn stamp(path: &Path) -> Option<String> {
    let m = fs_err::metadata(path).ok()?;
    let changed = (m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec());
    Some(format!("{:?}", (m.dev(), m.ino(), m.size(), changed)))
}

/// Whether a file was written to before one of the others. False if it does not exist.
pub fn is_older_than_any<'a>(path: &Path, others: impl IntoIterator<Item = &'a PathBuf>) -> bool {
    let written = |path: &Path| fs_err::metadata(path).and_then(|m| m.modified()).ok();
    let Some(own) = written(path) else {
        return false;
    };
    let mut others = others.into_iter();
    others.any(|other| written(other).is_some_and(|other| other > own))
}

/// Whether a file, or a directory with what is in it and two levels below, was not written to for
/// some time. False if the path does not exist.
#[must_use]
pub fn is_unchanged_for(path: &Path, time: Duration) -> bool {
    let entries = walkdir::WalkDir::new(path).max_depth(3).into_iter();
    let written = entries.filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok());
    let last = written.max().and_then(|last| last.elapsed().ok());
    last.is_some_and(|elapsed| elapsed > time)
}

/// Whether two paths lead to the same file.
#[must_use]
pub fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path| fs_err::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    file(one).is_some_and(|one| Some(one) == file(other))
}

/// Removes the oldest files in a directory until `count` are left. Files that cannot be removed
/// stay.
pub fn keep_newest(dir: &Path, count: usize) {
    let names = names_in(dir);
    if names.len() <= count {
        return;
    }
    let written = |path: &PathBuf| fs_err::metadata(path).map_or(0, |m| m.mtime());
    let mut files: Vec<PathBuf> = names.iter().map(|name| dir.join(name)).collect();
    files.sort_by_cached_key(written);
    for file in &files[..files.len() - count] {
        let _ = remove_if_exists(file);
    }
}

/// Makes a path absolute, and removes `.` and `..` without looking at links, as cargo does.
#[must_use]
pub fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Calls `each` with the pieces of a file's content, so that it need not be in memory at once.
///
/// # Errors
///
/// If the file cannot be read.
pub fn in_pieces(path: &Path, mut each: impl FnMut(&[u8])) -> std::io::Result<()> {
    use std::io::Read as _;
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        each(&buffer[..count]);
    }
}

/// The total size of the readable files below a directory, in bytes.
pub fn size(dir: &Path) -> u64 {
    let entries = walkdir::WalkDir::new(dir).into_iter().flatten();
    let files = entries.filter_map(|entry| entry.metadata().ok());
    files
        .filter(std::fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}
