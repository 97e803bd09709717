//! What every program expects of a system: `/proc`, `/sys`, `/dev`, and how names are resolved.

use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::mounts::{Tree, make_dir, make_read_only, tmpfs};
use super::text;
use crate::error::{Error, Result};

/// The devices that a container has. <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices>
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];
const LINKS: &[(&str, &str)] = &[
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
/// Files of the host's that say how names are resolved.
const FILES: &[&str] = &["/etc/resolv.conf", "/etc/hosts"];
/// What root could change the host by. The sandbox has the host's processes, since one of its own would
/// take another process that starts it.
const PROTECTED: &[&str] = &[
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/sys",
];

/// What is taken from the host.
#[derive(Debug)]
pub(super) struct Host(Vec<(PathBuf, Tree, bool)>);

impl Host {
    pub(super) fn take() -> Result<Self> {
        let mut trees = Vec::new();
        for dir in ["/proc", "/sys"] {
            trees.push((PathBuf::from(dir), Tree::take(Path::new(dir))?, false));
        }
        for name in DEVICES {
            let path = Path::new("/dev").join(name);
            if path.exists() {
                let tree = Tree::take(&path)?;
                trees.push((path, tree, false));
            }
        }
        for name in FILES {
            let path = PathBuf::from(name);
            if path.exists() {
                let tree = Tree::take(&path)?;
                trees.push((path, tree, true));
            }
        }
        Ok(Self(trees))
    }

    pub(super) fn place(&self) -> Result<()> {
        let dev = Path::new("/dev");
        make_dir(dev)?;
        tmpfs(dev, MountFlags::NOSUID | MountFlags::NOEXEC, c"mode=0755")?;
        for (path, tree, read_only) in &self.0 {
            tree.place(path, *read_only)?;
        }
        let shm = dev.join("shm");
        make_dir(&shm)?;
        tmpfs(&shm, MountFlags::NOSUID | MountFlags::NODEV, c"mode=1777")?;
        let pts = dev.join("pts");
        make_dir(&pts)?;
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        let options = c"newinstance,ptmxmode=0666,mode=0620";
        mount(c"devpts", &pts, c"devpts", flags, options)
            .map_err(|e| Error::new(format!("cannot mount `/dev/pts`: {}", text(e))))?;
        for (name, target) in LINKS {
            crate::fs::link(&dev.join(name), Path::new(target))?;
        }
        Ok(())
    }
}

/// Shows the processes of our own PID namespace. Where a container hides parts of its `/proc`, the kernel allows
/// no other: then the container's has to do, in which everybody finds themselves as well.
pub(super) fn own_processes() {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let _ = mount(c"proc", "/proc", c"proc", flags, None);
}

/// Keeps what is not the sandbox's from being written to.
pub(super) fn protect() -> Result<()> {
    for path in PROTECTED {
        let path = Path::new(path);
        if path.exists() {
            // What is not a mount yet has to become one first.
            if path.starts_with("/proc") {
                Tree::take(path)?.place(path, true)?;
            } else {
                make_read_only(path)?;
            }
        }
    }
    Ok(())
}
