//! What every program expects of a system: `/proc`, `/sys`, `/dev`, and how names are resolved.
//! Each is put together on a tmpfs of ours, with all that keeps root from changing the host by it,
//! and shown in the sandbox as a whole: nothing in an image has a say in where a part of it goes.

use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::binfmt::Emulators;
use super::mounts::{Tree, new_tmpfs, tmpfs};
use super::root::Root;
use super::syscalls::attr::{NODEV, NOEXEC, NOSUID, RDONLY};
use super::{mkdir, text};
use cross_base::error::{Error, Result};

/// The devices that a container has. <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices>
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];
const LINKS: &[(&str, &str)] = &[
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
/// Files of the host's that say how names are resolved, and which its own is.
const FILES: &[&str] = &["/etc/resolv.conf", "/etc/hosts", "/etc/hostname"];
/// What libraries and tools ask for what is mounted. Docker makes this link, too; what builds make
/// is kept, so it is for runs alone. <https://man7.org/linux/man-pages/man8/mount.8.html#FILES>
pub(super) const MOUNTS: (&str, &str) = ("/etc/mtab", "/proc/mounts");
/// What root could change the host by, in `/proc`.
const PROTECTED: &[&str] = &["bus", "fs", "irq", "sys", "sysrq-trigger"];

/// What tells of the host and of other processes, files and directories: docker's list.
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

/// What is taken from the host.
#[derive(Debug)]
pub(super) struct System {
    /// Directories in the root directory.
    dirs: Vec<(&'static str, Tree)>,
    files: Vec<(PathBuf, Tree)>,
    /// Where emulators are registered, if they can be.
    pub(super) emulators: Option<Emulators>,
}

impl System {
    /// Puts it together below a directory that no image has a part in.
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

    /// Shows it in the sandbox.
    pub(super) fn place(&self, root: &Root) -> Result<()> {
        for (name, tree) in &self.dirs {
            tree.attach(root.own_dir(name)?, &Path::new("/").join(name))?;
        }
        let mut files = self.files.iter();
        files.try_for_each(|(path, tree)| tree.place(root, path))
    }
}

/// Processes, and what the kernel is told by; the latter read-only.
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

/// Mounts the processes of our own PID namespace; whether that was possible. Where a container
/// hides parts of its `/proc`, the kernel allows no other: then the container's has to do, in which
/// everybody finds themselves as well.
fn own_processes(place: &Path) -> bool {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount(c"proc", place, c"proc", flags, None).is_ok()
}

/// Devices, terminals, shared memory.
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
