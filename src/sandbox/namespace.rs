//! Leaving the host's namespaces, and saying why that is not allowed where it is not.

use std::path::Path;

use rustix::io::Errno;
use rustix::thread::UnshareFlags;

use super::{Network, text};
use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// All user and group ids there are.
const ALL: u32 = u32::MAX;

/// Enters namespaces of its own as root: users, mounts, System V's shared memory, and the network if it is
/// to be none.
pub(super) fn unshare(network: Network, host: &Host) -> Result<()> {
    let mut flags = UnshareFlags::NEWUSER | UnshareFlags::NEWNS | UnshareFlags::NEWIPC;
    if network == Network::None {
        flags |= UnshareFlags::NEWNET;
    }
    leave(flags).map_err(forbidden)?;
    if host.uid == 0 && map_all().is_ok() {
        return Ok(());
    }
    map_one((0, 0), (host.uid, host.gid))
}

/// Enters one more user namespace, as the caller again or still as root. What was set up belongs to the
/// outer one: nobody inside can change a mount, nor has any other power over it.
pub(super) fn settle(as_root: bool, host: &Host) -> Result<()> {
    leave(UnshareFlags::NEWUSER).map_err(forbidden)?;
    if host.uid == 0 && map_all().is_ok() {
        return Ok(());
    }
    let inside = if as_root {
        (0, 0)
    } else {
        (host.uid, host.gid)
    };
    map_one(inside, (0, 0))
}

fn leave(flags: UnshareFlags) -> Result<(), Errno> {
    #[expect(
        deprecated,
        reason = "the only flag that needs care, FILES, is never among these; the other function is unsafe"
    )]
    rustix::thread::unshare(flags)
}

/// Real root sees everybody as they are.
/// <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>
fn map_all() -> std::io::Result<()> {
    let all = format!("0 0 {ALL}\n");
    write("uid_map", &all)?;
    write("gid_map", &all)
}

/// Anybody else sees nobody but themselves.
fn map_one((uid, gid): (u32, u32), (outer_user, outer_group): (u32, u32)) -> Result<()> {
    write("setgroups", "deny")
        .and_then(|()| write("uid_map", &format!("{uid} {outer_user} 1\n")))
        .and_then(|()| write("gid_map", &format!("{gid} {outer_group} 1\n")))
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

/// Whether this namespace has users besides root.
pub(super) fn has_others() -> bool {
    let map = fs::read_if_exists(Path::new("/proc/self/uid_map"));
    let map = map.ok().flatten().unwrap_or_default();
    let count = map.split_whitespace().nth(2);
    count
        .and_then(|count| count.parse::<u32>().ok())
        .is_some_and(|count| count > 1)
}
