//! The parts of a system that every program expects: `/proc`, `/sys`, `/dev`, and the files for
//! resolving host names. Each directory is assembled on a tmpfs that no image can influence, with
//! restrictions that keep root from changing the host through it, and is then mounted as a whole.

use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::binfmt::Emulators;
use super::mounts::{Tree, new_tmpfs, tmpfs};
use super::root::Root;
use super::syscalls::attr::{NODEV, NOEXEC, NOSUID, RDONLY};
use super::{mkdir, text};
use cross_base::error::{Error, Result};

/// The device files of a container.
/// <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices>
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];
const LINKS: &[(&str, &str)] = &[
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
/// The host's files for resolving host names and for its own name.
const FILES: &[&str] = &["/etc/resolv.conf", "/etc/hosts", "/etc/hostname"];
/// A link to the table of mounts, which libraries and tools look for. Docker creates it, too. Only
/// runs get it, because builds would keep it in their layers.
/// <https://man7.org/linux/man-pages/man8/mount.8.html#FILES>
pub(super) const MOUNTS: (&str, &str) = ("/etc/mtab", "/proc/mounts");
/// Paths in `/proc` with which root could change the host. They are mounted read-only.
const PROTECTED: &[&str] = &["bus", "fs", "irq", "sys", "sysrq-trigger"];

/// Paths in `/proc` that reveal the host or other processes, by docker's list. They are hidden.
/// <https://github.com/moby/moby/blob/master/daemon/pkg/oci/defaults.go>
const MASKED: &[&str] = &[
    "acpi",
    "asound",
    "kcore",
    "keys",
    "latency_stats",
    "sched_debug",
    "scsi",
    "timer_list",
    "timer_stats",
];

/// The prepared mounts of system directories and files.
#[derive(Debug)]
pub(super) struct System {
    /// The directories for `/proc`, `/sys` and `/dev`, by name.
    dirs: Vec<(&'static str, Tree)>,
    files: Vec<(PathBuf, Tree)>,
    /// The sandbox's own list of emulators. None if the kernel has only one list for all.
    pub(super) emulators: Option<Emulators>,
}

impl System {
    /// Prepares the mounts below a directory that no image can influence.
    pub(super) fn take(stage: &Path) -> Result<Self> {
        let (proc, emulators) = proc(stage)?;
        let sys = Tree::take(Path::new("/sys"))?.restrict(RDONLY | NOSUID | NODEV | NOEXEC)?;
        let dirs = vec![("proc", proc), ("sys", sys), ("dev", dev(stage)?)];
        let there = FILES.iter().map(PathBuf::from).filter(|path| path.exists());
        let files: Result<Vec<_>> = there
            .map(|path| {
                let tree = Tree::take(&path)?.restrict(RDONLY | NOSUID | NODEV)?;
                Ok((path, tree))
            })
            .collect();
        Ok(Self {
            dirs,
            files: files?,
            emulators,
        })
    }

    /// Mounts the directories and files in the sandbox.
    pub(super) fn place(&self, root: &Root) -> Result<()> {
        for (name, tree) in &self.dirs {
            tree.attach(root.own_dir(name)?, &Path::new("/").join(name))?;
        }
        let mut files = self.files.iter();
        files.try_for_each(|(path, tree)| tree.place(root, path))
    }
}

/// Prepares `/proc`. The paths with which the kernel is configured are read-only.
fn proc(stage: &Path) -> Result<(Tree, Option<Emulators>)> {
    let proc = stage.join("proc");
    mkdir(&proc)?;
    if !own_processes(&proc) {
        let hosts = Tree::take(Path::new("/proc"))?;
        hosts.restrict(NOSUID | NODEV | NOEXEC)?.attach_at(&proc)?;
    }
    let emulators = Emulators::of(&proc);
    for name in PROTECTED {
        let path = proc.join(name);
        if path.exists() {
            let part = Tree::take(&path)?;
            part.restrict(RDONLY | NOSUID | NODEV | NOEXEC)?
                .attach_at(&path)?;
        }
    }
    for path in MASKED.iter().map(|name| proc.join(name)) {
        let hides = if path.is_dir() {
            new_tmpfs()?
        } else if path.exists() {
            Tree::take(Path::new("/dev/null"))?
        } else {
            continue;
        };
        hides.restrict(RDONLY | NOSUID | NOEXEC)?.attach_at(&path)?;
    }
    Ok((Tree::take(&proc)?, emulators))
}

/// Mounts a procfs for our own PID namespace. Returns whether that was possible. In a container
/// that hides parts of its `/proc`, the kernel allows no new procfs. Then the container's must do;
/// each process finds itself there as well.
fn own_processes(place: &Path) -> bool {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount(c"proc", place, c"proc", flags, None).is_ok()
}

/// Prepares `/dev` with devices, pseudo terminals and shared memory.
fn dev(stage: &Path) -> Result<Tree> {
    let dev = stage.join("dev");
    mkdir(&dev)?;
    tmpfs(&dev, MountFlags::NOSUID | MountFlags::NOEXEC, c"mode=0755")?;
    for name in DEVICES {
        let device = Path::new("/dev").join(name);
        if device.exists() {
            let place = dev.join(name);
            cross_base::fs::touch(&place)?;
            let device = Tree::take(&device)?.restrict(NOSUID | NOEXEC)?;
            device.attach_at(&place)?;
        }
    }
    let shm = dev.join("shm");
    mkdir(&shm)?;
    tmpfs(&shm, MountFlags::NOSUID | MountFlags::NODEV, c"mode=1777")?;
    let pts = dev.join("pts");
    mkdir(&pts)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    let options = c"newinstance,ptmxmode=0666,mode=0620";
    mount(c"devpts", &pts, c"devpts", flags, options)
        .map_err(|e| Error::new(format!("cannot mount `/dev/pts`: {}", text(e))))?;
    for (name, target) in LINKS {
        cross_base::fs::link(&dev.join(name), Path::new(target))?;
    }
    Tree::take(&dev)
}
