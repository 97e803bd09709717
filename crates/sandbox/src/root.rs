//! The sandbox's root directory and paths in it. Images are not trusted: their symbolic links are
//! resolved within the root directory, and never through links of `/proc` to files that a process
//! has open.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, fstatfs, mkdirat, openat, symlinkat};
use rustix::io::Errno;

use super::text;
use cross_base::beneath::open_resolved;
use cross_base::error::{Error, Result};

/// The kind of a mount's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceKind {
    Dir,
    /// A file of any kind but a directory.
    File,
}

/// A directory that is the root directory or will become it.
#[derive(Debug)]
pub(super) struct Root(OwnedFd);

/// Restrictions for looking up paths of the image.
/// <https://man7.org/linux/man-pages/man2/openat2.2.html>
const WITHIN: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
const HANDLE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// The types of file systems that configure the kernel: procfs and sysfs.
/// <https://man7.org/linux/man-pages/man2/statfs.2.html>
const OF_THE_KERNEL: [i64; 2] = [0x9fa0, 0x6265_6572];
/// The paths of procfs and sysfs.
const PLACES: [&str; 2] = ["/proc", "/sys"];

impl Root {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// If the path is no directory.
    pub(super) fn at(path: &Path) -> Result<Self> {
        let handle = rustix::fs::open(path, HANDLE | OFlags::DIRECTORY, Mode::empty());
        let cannot = |e| Error::new(format!("cannot open `{}`: {}", path.display(), text(e)));
        Ok(Self(handle.map_err(cannot)?))
    }

    /// A handle of the path that a mount will cover. A missing path is created.
    ///
    /// # Errors
    ///
    /// If the path cannot be created, or a symbolic link leads to procfs or sysfs.
    pub(super) fn place(&self, target: &Path, kind: PlaceKind) -> Result<OwnedFd> {
        let cannot = |why: &str| Error::new(format!("cannot mount `{}`: {why}", target.display()));
        let handle = self
            .find(&relative(target), kind)
            .map_err(|e| cannot(&text(e)))?;
        let kernels = fstatfs(&handle).is_ok_and(|found| OF_THE_KERNEL.contains(&found.f_type));
        if kernels && !PLACES.iter().any(|place| target.starts_with(place)) {
            return Err(cannot("a link of the image leads to `/proc` or `/sys`"));
        }
        Ok(handle)
    }

    /// Whether the image has a file at a path.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.look(&relative(path)).is_ok()
    }

    /// Creates a symbolic link if the image has nothing at the path. Does nothing if the image
    /// lacks the parent directory.
    pub(super) fn link(&self, path: &Path, to: &str) {
        let path = relative(path);
        if let (Some(dir), Some(name)) = (path.parent(), path.file_name()) {
            let _ = self.look(dir).and_then(|dir| symlinkat(to, dir, name));
        }
    }

    /// A handle of a directory in the root directory. It must not be a symbolic link: the mount
    /// would then be at another path than the one where all programs look for it.
    ///
    /// # Errors
    ///
    /// If the entry is anything but a directory.
    pub(super) fn own_dir(&self, name: &str) -> Result<OwnedFd> {
        let open = || {
            let flags = HANDLE | OFlags::DIRECTORY | OFlags::NOFOLLOW;
            open_resolved(
                &self.0,
                name,
                flags,
                Mode::empty(),
                ResolveFlags::NO_SYMLINKS,
            )
        };
        let made = match open() {
            Err(Errno::NOENT) => {
                mkdirat(&self.0, name, Mode::from_raw_mode(0o755)).and_then(|()| open())
            }
            other => other,
        };
        made.map_err(|e| match e {
            Errno::LOOP | Errno::NOTDIR => {
                Error::new(format!("`/{name}` of the image is not a directory"))
            }
            e => Error::new(format!("cannot open `/{name}` of the image: {}", text(e))),
        })
    }

    fn look(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let path = if path == Path::new("") {
            Path::new(".")
        } else {
            path
        };
        open_resolved(&self.0, path, HANDLE, Mode::empty(), WITHIN)
    }

    /// Opens a path. Missing parts of it are created.
    fn find(&self, path: &Path, kind: PlaceKind) -> Result<OwnedFd, Errno> {
        match self.look(path) {
            Err(Errno::NOENT) => {}
            other => return other,
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Errno::NOENT);
        };
        let parent = self.find(parent, PlaceKind::Dir)?;
        let made = match kind {
            PlaceKind::Dir => mkdirat(&parent, name, Mode::from_raw_mode(0o777)),
            PlaceKind::File => new_file(parent.as_fd(), name),
        };
        match made {
            // The path is a symbolic link without a target.
            Err(Errno::EXIST) if kind == PlaceKind::File => {
                let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
                open_resolved(&self.0, path, flags, FILE, WITHIN)?;
            }
            other => other?,
        }
        self.look(path)
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The permissions of a new file, from which the kernel takes the caller's umask.
const FILE: Mode = Mode::from_raw_mode(0o666);

fn new_file(parent: BorrowedFd<'_>, name: &std::ffi::OsStr) -> Result<(), Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    openat(parent, name, flags, FILE).map(drop)
}

/// The path relative to the root directory.
fn relative(path: &Path) -> PathBuf {
    let path = cross_base::fs::absolute(Path::new("/"), path);
    path.components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross_base::fs;
    use pretty_assertions::assert_eq;

    /// A root directory with these symbolic links, and the directory that contains it.
    fn image(links: &[(&str, &str)]) -> (tempfile::TempDir, Root, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root");
        fs::create_dir_all(&path).unwrap();
        fs::create_dir_all(&dir.path().join("outside")).unwrap();
        for (link, target) in links {
            fs::link(&path.join(link), Path::new(target)).unwrap();
        }
        let root = Root::at(&path).unwrap();
        (dir, root, path)
    }

    #[test]
    fn links_of_the_image_lead_within_it() {
        for target in ["/data", "../data", "../../../data", "data"] {
            let (_dir, root, path) = image(&[("home", target)]);
            fs::create_dir_all(&path.join("data")).unwrap();
            root.place(Path::new("/home/me/project"), PlaceKind::Dir)
                .unwrap();
            root.place(Path::new("/home/me/file"), PlaceKind::File)
                .unwrap();
            assert!(path.join("data/me/project").is_dir(), "{target}");
            assert!(path.join("data/me/file").is_file(), "{target}");
        }
    }

    #[test]
    fn nothing_is_made_beside_the_image() {
        let (dir, ..) = image(&[]);
        let outside = dir.path().join("outside").display().to_string();
        for target in [
            &*outside,
            "../outside",
            "/proc/self/root/tmp",
            "/proc/self/cwd",
        ] {
            let (dir, root, _) = image(&[("home", target)]);
            let _ = root.place(Path::new("/home/made"), PlaceKind::Dir);
            let _ = root.place(Path::new("/home/made"), PlaceKind::File);
            assert_eq!(
                fs::names_in(&dir.path().join("outside")),
                Vec::<String>::new()
            );
        }
        assert!(!dir.path().join("outside/made").exists());
    }

    #[test]
    fn a_link_to_nothing_becomes_a_file_where_it_leads() {
        let (_dir, root, path) = image(&[("etc/resolv.conf", "../run/resolv.conf")]);
        fs::create_dir_all(&path.join("run")).unwrap();
        root.place(Path::new("/etc/resolv.conf"), PlaceKind::File)
            .unwrap();
        assert!(path.join("run/resolv.conf").is_file());
    }

    /// The kernel cannot say then whether a `..` led out of the directory.
    #[test]
    fn a_directory_that_is_renamed_meanwhile_does_no_harm() {
        let (dir, root, path) = image(&[("home", "a/../a/../a/../data")]);
        for made in ["a", "data"] {
            fs::create_dir_all(&path.join(made)).unwrap();
        }
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir_all(&one).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    rustix::fs::rename(&one, &two).unwrap();
                    rustix::fs::rename(&two, &one).unwrap();
                }
            });
            let tries = (0..20_000).map(|_| root.place(Path::new("/home"), PlaceKind::Dir));
            let failed = tries.filter(Result::is_err).count();
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(failed, 0);
        });
    }

    #[test]
    fn the_systems_directories_are_directories() {
        for target in [".", "/", "..", "/proc/self/fd/0", "data"] {
            let (_dir, root, path) = image(&[("proc", target)]);
            fs::create_dir_all(&path.join("data")).unwrap();
            fs::write_if_changed(&path.join("sys"), b"").unwrap();
            for name in ["proc", "sys"] {
                let error = root.own_dir(name).unwrap_err();
                let expected = format!("`/{name}` of the image is not a directory");
                assert_eq!(error.message(), expected, "{target}");
            }
            // The positive control: a missing directory is created.
            root.own_dir("dev").unwrap();
            assert!(path.join("dev").is_dir());
        }
    }
}
