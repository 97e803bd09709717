//! Shows a directory at a second place, by hard links to its files.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT, linkat, mkdirat,
    readlinkat, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

use super::Place;
use super::walk::{entries, walk};
use crate::error::Result;

/// The largest number of entries that are shown. A directory with more would make each build wait.
const LIMIT: usize = if cfg!(test) { 200 } else { 20_000 };
/// The largest number of directories within each other that are shown or removed.
const DEPTH: usize = 64;

/// An open directory to show, and its path.
#[derive(Clone, Copy)]
struct Source<'a> {
    handle: BorrowedFd<'a>,
    path: &'a Path,
}

impl Place {
    /// Makes this a directory with the files of another one: directories are created, and files are
    /// linked, by hard links where the file system allows it. What the other directory does not
    /// have is removed. `stamp` names a file of the other directory that is written to last. This
    /// directory gets its time when all is done, and nothing is done while it has that time. Of a
    /// directory with too many entries, this becomes a symbolic link.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way to one of the directories, or the directory cannot be
    /// written to.
    pub fn mirror(&self, from: &Self, stamp: &Path) -> Result<()> {
        let failed = |e: Errno| self.cannot("create", e);
        let Some(source) = from.open()? else {
            return Ok(());
        };
        let written = stat(source.as_fd(), stamp.as_os_str()).ok();
        let written = written.map(|stat| (stat.st_mtime, stat.st_mtime_nsec));
        let there = self.stat()?;
        let is_there = there.as_ref().is_some_and(is_dir);
        let is_of = |there: &Stat| Some((there.st_mtime, there.st_mtime_nsec)) == written;
        if is_there && there.as_ref().is_some_and(is_of) {
            return Ok(());
        }
        let path = from.path();
        if !is_small(source.as_fd(), DEPTH, &mut { LIMIT }) {
            if is_there {
                self.clear()?;
            }
            return self.relink(&path);
        }
        if !is_there {
            self.clear()?;
        }
        let dir = self.make_dir()?;
        let source = Source {
            handle: source.as_fd(),
            path: &path,
        };
        show(source, dir.handle.as_fd()).map_err(failed)?;
        let Some((seconds, nanos)) = written else {
            return Ok(());
        };
        let times = Timestamps {
            last_access: UNCHANGED,
            last_modification: Timespec {
                tv_sec: seconds,
                tv_nsec: nanos.try_into().unwrap_or_default(),
            },
        };
        utimensat(&dir.handle, c".", &times, AtFlags::empty()).map_err(failed)
    }

    /// What is at the path. None if nothing is there.
    fn stat(&self) -> Result<Option<Stat>> {
        let Some((parent, name)) = self.parent() else {
            return Ok(None);
        };
        let dir = parent.open()?;
        Ok(dir.and_then(|dir| stat(dir.as_fd(), name).ok()))
    }

    /// Removes whatever is at the path, with all that is in it, if it exists.
    ///
    /// # Errors
    ///
    /// If a symbolic link is on the way, or something cannot be removed.
    pub fn clear(&self) -> Result<()> {
        let Some((parent, name)) = self.parent() else {
            return Ok(());
        };
        match parent.open()? {
            Some(dir) => remove(dir.as_fd(), name, DEPTH).map_err(|e| self.cannot("remove", e)),
            None => Ok(()),
        }
    }
}

/// The time of a file's last reading, which stays as it is.
const UNCHANGED: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: UTIME_OMIT,
};

fn stat(dir: BorrowedFd<'_>, name: &OsStr) -> Result<Stat, Errno> {
    statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

fn is_dir(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

fn open(dir: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd, Errno> {
    walk(dir, Path::new(name), OFlags::PATH | OFlags::DIRECTORY)
}

/// Whether a directory has no more entries than are left, and none too deep.
fn is_small(dir: BorrowedFd<'_>, depth: usize, left: &mut usize) -> bool {
    entries(dir).into_iter().all(|name| {
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        let within = match stat(dir, &name) {
            Ok(found) if is_dir(&found) => open(dir, &name),
            _ => return true,
        };
        depth > 0 && within.is_ok_and(|within| is_small(within.as_fd(), depth - 1, left))
    })
}

/// Links to the files of one directory in another.
fn show(from: Source<'_>, to: BorrowedFd<'_>) -> Result<(), Errno> {
    let names = entries(from.handle);
    for name in entries(to) {
        if !names.contains(&name) {
            remove(to, &name, DEPTH)?;
        }
    }
    for name in names {
        show_one(from, to, &name)?;
    }
    Ok(())
}

fn show_one(from: Source<'_>, to: BorrowedFd<'_>, name: &OsString) -> Result<(), Errno> {
    let path = from.path.join(name);
    let found = stat(from.handle, name)?;
    let there = stat(to, name).ok();
    match FileType::from_raw_mode(found.st_mode) {
        FileType::Directory => {
            if there.is_some_and(|there| !is_dir(&there)) {
                remove(to, name, DEPTH)?;
            }
            match mkdirat(to, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(e) => return Err(e),
            }
            let (within, to) = (open(from.handle, name)?, open(to, name)?);
            let within = Source {
                handle: within.as_fd(),
                path: &path,
            };
            show(within, to.as_fd())
        }
        FileType::RegularFile => {
            let is_same =
                |there: Stat| (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino);
            if there.is_some_and(is_same) {
                return Ok(());
            }
            remove(to, name, DEPTH)?;
            match linkat(from.handle, name, to, name, AtFlags::empty()) {
                Ok(()) => Ok(()),
                // The directories are on different file systems, or the file system has no hard
                // links.
                Err(_) => symlinkat(&path, to, name),
            }
        }
        // A relative link would lead elsewhere from here, so this one leads to the link.
        FileType::Symlink => {
            let lead = readlinkat(to, name, Vec::new());
            if lead.is_ok_and(|lead| lead.as_bytes() == path.as_os_str().as_bytes()) {
                return Ok(());
            }
            remove(to, name, DEPTH)?;
            symlinkat(&path, to, name)
        }
        // No script collects pipes and sockets.
        _ => Ok(()),
    }
}

/// Removes an entry with all that is in it, but not with more directories within each other than
/// `depth`: a container may have made any number. No symbolic link is followed.
fn remove(dir: BorrowedFd<'_>, name: &OsStr, depth: usize) -> Result<(), Errno> {
    let found = match stat(dir, name) {
        Ok(found) => found,
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e),
    };
    if !is_dir(&found) {
        return unlinkat(dir, name, AtFlags::empty());
    }
    let depth = depth.checked_sub(1).ok_or(Errno::NAMETOOLONG)?;
    let within = open(dir, name)?;
    for name in entries(within.as_fd()) {
        remove(within.as_fd(), &name, depth)?;
    }
    unlinkat(dir, name, AtFlags::REMOVEDIR)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use fs_err::os::unix::fs::symlink;
    use fs_err::{self as fs, create_dir_all, read_to_string, write};

    use super::*;

    struct Pair(tempfile::TempDir);

    impl Pair {
        fn new() -> Self {
            let pair = Self(tempfile::tempdir().unwrap());
            create_dir_all(pair.path("from/out/man")).unwrap();
            for (file, text) in [("out/man/a.1", "a"), ("out/b", "b"), ("output", "1")] {
                write(pair.path("from").join(file), text).unwrap();
            }
            // The clock of a file system may stand still for some milliseconds.
            std::thread::sleep(std::time::Duration::from_millis(20));
            pair
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.0.path().join(name)
        }

        fn mirror(&self) -> Result<()> {
            self.mirror_of("from")
        }

        fn mirror_of(&self, from: &str) -> Result<()> {
            let place = |name: &str| Place::new(&self.path(name), &[self.0.path().to_owned()]);
            place("to").mirror(&place(from), Path::new("output"))
        }

        /// The build script ends, at another time than before.
        fn ends(&self, from: &str) {
            std::thread::sleep(std::time::Duration::from_millis(20));
            write(self.path(from).join("output"), "").unwrap();
        }
    }

    #[test]
    fn files_are_where_programs_look_that_follow_no_link() {
        let pair = Pair::new();
        pair.mirror().unwrap();
        assert!(pair.path("to/out/man").is_dir() && !pair.path("to/out").is_symlink());
        let inode = |name: &str| fs::symlink_metadata(pair.path(name)).unwrap().ino();
        assert_eq!(inode("to/out/man/a.1"), inode("from/out/man/a.1"));
    }

    #[test]
    fn what_a_later_run_makes_is_shown_and_what_is_gone_is_not() {
        let pair = Pair::new();
        // An earlier version left a link.
        symlink(pair.path("from"), pair.path("to")).unwrap();
        pair.mirror().unwrap();
        fs::remove_dir_all(pair.path("from/out")).unwrap();
        create_dir_all(pair.path("from/out/b")).unwrap();
        write(pair.path("from/out/man"), "no directory now").unwrap();
        // Nothing tells yet that the build script has ended.
        pair.mirror().unwrap();
        assert_eq!(read_to_string(pair.path("to/out/b")).unwrap(), "b");
        pair.ends("from");
        pair.mirror().unwrap();
        assert!(pair.path("to/out/b").is_dir());
        assert!(pair.path("to/out/man").is_file());
    }

    #[test]
    fn what_another_image_made_is_not_taken_for_this_ones() {
        let pair = Pair::new();
        create_dir_all(pair.path("other/out")).unwrap();
        write(pair.path("other/out/b"), "other").unwrap();
        pair.ends("other");
        for (from, text) in [("from", "b"), ("other", "other"), ("from", "b")] {
            pair.mirror_of(from).unwrap();
            let shown = read_to_string(pair.path("to/out/b")).unwrap();
            assert_eq!(shown, text, "{from}");
        }
    }

    #[test]
    fn what_was_cut_off_is_done_again() {
        let pair = Pair::new();
        create_dir_all(pair.path("to/out")).unwrap();
        pair.mirror().unwrap();
        assert!(pair.path("to/out/man/a.1").is_file());
    }

    #[test]
    fn directories_without_end_are_an_error() {
        let pair = Pair::new();
        let deep = "d/".repeat(2 * DEPTH);
        create_dir_all(pair.path("to").join(deep)).unwrap();
        pair.mirror().unwrap_err();
    }

    #[test]
    fn relative_links_lead_where_they_led() {
        let pair = Pair::new();
        write(pair.path("real"), "real").unwrap();
        symlink("../../real", pair.path("from/out/lead")).unwrap();
        pair.mirror().unwrap();
        assert_eq!(read_to_string(pair.path("to/out/lead")).unwrap(), "real");
    }

    #[test]
    fn no_link_of_a_containers_is_followed() {
        let pair = Pair::new();
        create_dir_all(pair.path("secret")).unwrap();
        write(pair.path("secret/key"), "mine").unwrap();
        symlink(pair.path("secret"), pair.path("from/out/lead")).unwrap();
        pair.mirror().unwrap();
        assert!(pair.path("to/out/lead").is_symlink());
        // The link is removed, and not what it leads to.
        fs::remove_dir_all(pair.path("to/out")).unwrap();
        symlink(pair.path("secret"), pair.path("to/out")).unwrap();
        pair.ends("from");
        pair.mirror().unwrap();
        assert!(!pair.path("to/out").is_symlink());
        assert_eq!(read_to_string(pair.path("secret/key")).unwrap(), "mine");
        assert_eq!(fs::read_dir(pair.path("secret")).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_with_very_many_files_is_linked_to_as_a_whole() {
        let pair = Pair::new();
        for number in 0..=LIMIT {
            fs::File::create(pair.path(&format!("from/out/{number}"))).unwrap();
        }
        pair.mirror().unwrap();
        assert!(pair.path("to").is_symlink() && pair.path("to/out/b").is_file());
    }
}
