//! Files: the few operations cross needs, each of which names its path when it fails.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// Reads a text file; `None` when it does not exist.
///
/// # Errors
///
/// When the file is there but cannot be read or is not UTF-8.
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

/// Reads a file whole.
///
/// # Errors
///
/// When it is a directory, or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(Error::new(format!("`{}` is a directory", path.display())));
    }
    Ok(fs_err::read(path)?)
}

/// Writes a file whole: to a temporary name beside it, then renamed. Nothing happens when the file
/// has that content already. The caller's umask decides who may read and write it, as with any new
/// file.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    write_as(path, content, 0o666)
}

/// The same of a file that only the caller may read.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    write_as(path, content, 0o600)
}

/// The same of a program.
///
/// # Errors
///
/// When it cannot be written.
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

/// Writes a file that is copied into an image, where everybody may read it and it is the same
/// whatever the caller's umask is.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_for_image(path: &Path, content: &[u8]) -> Result<()> {
    write_if_changed(path, content)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    Ok(fs_err::set_permissions(path, mode)?)
}

/// Makes a symbolic link, unless there is something of that name already.
///
/// # Errors
///
/// When it cannot be made.
pub fn link(link: &Path, target: &Path) -> Result<()> {
    if link.is_symlink() || link.exists() {
        return Ok(());
    }
    if let Some(parent) = link.parent() {
        create_dir_all(parent)?;
    }
    match fs_err::os::unix::fs::symlink(target, link) {
        // Another cross was faster.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => Ok(other?),
    }
}

/// Makes a directory that is gone when the value is dropped.
///
/// # Errors
///
/// When there is no room for it.
pub fn temporary_dir() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::new(format!("cannot make a temporary directory: {e}")))
}

/// The same below a directory, which is made if it is missing.
///
/// # Errors
///
/// When there is no room for it.
pub fn temporary_dir_in(dir: &Path) -> Result<tempfile::TempDir> {
    create_dir_all(dir)?;
    let made = tempfile::Builder::new().prefix("").tempdir_in(dir);
    made.map_err(|e| Error::new(format!("cannot make a temporary directory: {e}")))
}

/// The terminal of the caller's session, where there is one.
pub fn terminal() -> Option<std::fs::File> {
    let file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty");
    file.ok().map(fs_err::File::into_file)
}

/// Makes sure a file is not there.
///
/// # Errors
///
/// When it is there and cannot be removed.
pub fn remove_if_exists(path: &Path) -> Result<()> {
    match fs_err::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

/// Removes a directory that has nothing in it. Any other stays, and that is no error.
pub fn remove_if_empty(dir: &Path) {
    let _ = fs_err::remove_dir(dir);
}

/// Sets a file's permissions, whatever the umask.
///
/// # Errors
///
/// When it belongs to another user.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    Ok(fs_err::set_permissions(path, permissions)?)
}

/// Removes a directory with all that is in it, directories without permissions included, as
/// overlays and programs under test leave them. Nothing happens where there is none.
///
/// # Errors
///
/// When something in it belongs to another user.
pub fn remove_tree(dir: &Path) -> Result<()> {
    match fs_err::remove_dir_all(dir) {
        Ok(()) => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) => {}
    }
    unlock(dir);
    Ok(fs_err::remove_dir_all(dir)?)
}

/// Lets the caller into a directory and all below it, from above: one that is locked cannot be
/// looked into.
fn unlock(dir: &Path) {
    let _ = set_mode(dir, 0o700);
    for entry in fs_err::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path());
        }
    }
}

/// Makes sure a file is there, without touching one that is.
///
/// # Errors
///
/// When it cannot be made.
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
/// When one of them cannot be made.
pub fn create_dir_all(path: &Path) -> Result<()> {
    Ok(fs_err::create_dir_all(path)?)
}

/// Whether the caller may write into the directory: mode bits, and a file system mounted read-only.
#[must_use]
pub fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// How much more the caller may write to the file system of a path, in bytes.
#[must_use]
pub fn free_space(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Whether the file system of a path is mounted so that no program on it can be run.
#[must_use]
pub fn forbids_programs(path: &Path) -> bool {
    let stat = rustix::fs::statvfs(path);
    stat.is_ok_and(|stat| stat.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}

/// The path, or the nearest directory above it that is there.
#[must_use]
pub fn nearest_existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|dir| dir.exists())
}

/// The path with every symbolic link resolved; the path itself when it cannot be resolved.
#[must_use]
pub fn canonical(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a path really is, which need not be there yet: the part that is there with every symbolic
/// link resolved.
#[must_use]
pub fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (fs_err::canonicalize(above), path.strip_prefix(above)) {
            // Not joined with nothing, which would put a slash at the end.
            return rest.iter().fold(real, |real, name| real.join(name));
        }
    }
    path.to_owned()
}

/// The names in a directory; none when it cannot be read.
#[must_use]
pub fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// The kind of what is in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Directory,
    Link,
    Other,
}

/// What is in a directory; nothing when it cannot be read.
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

/// The symbolic links of a directory and where they lead, by their text; nothing when it cannot be
/// read.
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

/// Where a symbolic link leads, by its text; none for anything else.
#[must_use]
pub fn leads_to(link: &Path) -> Option<PathBuf> {
    let target = fs_err::read_link(link).ok()?;
    Some(absolute(link.parent()?, &target))
}

/// The user who owns a file.
#[must_use]
pub fn owner(path: &Path) -> Option<u32> {
    fs_err::metadata(path).ok().map(|m| m.uid())
}

/// The user who owns a link, or what is there if it is none.
#[must_use]
pub fn owner_of_link(path: &Path) -> Option<u32> {
    fs_err::symlink_metadata(path).ok().map(|m| m.uid())
}

/// Which file a path leads to, and in which state it is: another one in its place, or one written
/// to, looks different. None where there is none.
#[must_use]
pub fn stamp(path: &Path) -> Option<String> {
    let m = fs_err::metadata(path).ok()?;
    let changed = (m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec());
    Some(format!("{:?}", (m.dev(), m.ino(), m.size(), changed)))
}

/// Whether two paths lead to the same file.
#[must_use]
pub fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path| fs_err::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    file(one).is_some_and(|one| Some(one) == file(other))
}

/// Removes the oldest files of a directory that has more than so many. What cannot be removed
/// stays.
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

/// Makes a path absolute and takes out `.` and `..` by the text alone, as cargo does.
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

/// Hands a file's content over in pieces.
///
/// # Errors
///
/// When it cannot be read.
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

/// How many bytes are in the files below a directory, as far as they can be seen.
pub fn size(dir: &Path) -> u64 {
    let entries = walkdir::WalkDir::new(dir).into_iter().flatten();
    let files = entries.filter_map(|entry| entry.metadata().ok());
    files
        .filter(std::fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}
