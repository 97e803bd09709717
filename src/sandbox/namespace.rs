//! Leaving the host's namespaces, and saying why that is not allowed where it is not.

use std::path::Path;

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, UnshareFlags};

use super::{Network, text};
use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// The capabilities that root keeps in a sandbox; docker's list.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::MKNOD)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::AUDIT_WRITE);

/// All user and group ids there are.
const ALL: u32 = u32::MAX;

/// Enters namespaces of its own: users, mounts, System V's shared memory, and the network if it is to be
/// none.
pub(super) fn unshare(as_root: bool, network: Network, host: &Host) -> Result<()> {
    let mut flags = UnshareFlags::NEWUSER | UnshareFlags::NEWNS | UnshareFlags::NEWIPC;
    if network == Network::None {
        flags |= UnshareFlags::NEWNET;
    }
    #[expect(
        deprecated,
        reason = "the only flag that needs care, FILES, is not among these; the other function is unsafe"
    )]
    rustix::thread::unshare(flags).map_err(forbidden)?;
    map(as_root, host)
}

/// Says who is who. Real root sees everybody as they are; anybody else only themselves, as themselves or as
/// root. <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>
fn map(as_root: bool, host: &Host) -> Result<()> {
    if host.uid == 0 {
        let all = format!("0 0 {ALL}\n");
        if write("uid_map", &all).is_ok() {
            return write("gid_map", &all).map_err(|e| cannot_map(&e));
        }
    }
    let (uid, gid) = if as_root {
        (0, 0)
    } else {
        (host.uid, host.gid)
    };
    write("setgroups", "deny")
        .and_then(|()| write("uid_map", &format!("{uid} {} 1\n", host.uid)))
        .and_then(|()| write("gid_map", &format!("{gid} {} 1\n", host.gid)))
        .map_err(|e| cannot_map(&e))
}

fn write(name: &str, content: &str) -> std::io::Result<()> {
    // In place: these files take one write and cannot be replaced.
    fs_err::write(Path::new("/proc/self").join(name), content)
}

fn cannot_map(error: &std::io::Error) -> Error {
    let error = Error::new(format!("cannot set up the sandbox's users: {error}"));
    match restriction() {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Why there is no user namespace.
fn forbidden(errno: Errno) -> Error {
    let error = Error::new(format!(
        "cannot make a user namespace for the sandbox: {}",
        text(errno)
    ));
    error.hint(restriction().unwrap_or_else(|| {
        "whatever runs this container or session forbids it; use docker or podman instead"
            .to_owned()
    }))
}

/// What on this machine forbids user namespaces, and how to allow them.
pub(crate) fn restriction() -> Option<String> {
    let says = |path: &str, value: &str| {
        fs::read_if_exists(Path::new(path))
            .ok()
            .flatten()
            .is_some_and(|text| text.trim() == value)
    };
    let settings = [
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("user.max_user_namespaces", "0", "10000"),
        ("user.max_mnt_namespaces", "0", "10000"),
    ];
    for (name, bad, good) in settings {
        if says(&format!("/proc/sys/{}", name.replace('.', "/")), bad) {
            return Some(format!(
                "`{name}` is {bad} on this machine: `sudo sysctl {name}={good}` allows them"
            ));
        }
    }
    if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
        return Some(
            "this container's seccomp profile forbids it: start it with `--security-opt seccomp=unconfined`, or use \
             docker or podman instead"
                .to_owned(),
        );
    }
    None
}

/// Gives up what only setting up needs. Anybody but root loses all with `exec` anyway.
pub(super) fn drop_capabilities(as_root: bool) -> Result<()> {
    let failed = |e| Error::new(format!("cannot drop capabilities: {}", text(e)));
    if !as_root && !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // One that this kernel does not know.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(e) => return Err(failed(e)),
        }
    }
    rustix::thread::set_no_new_privs(true).map_err(failed)
}
