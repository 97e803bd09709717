//! Leaves the host's namespaces, and explains errors if that is forbidden.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, UnshareFlags};

use super::{Network, loopback, text, users};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};

/// The number of user and group ids.
const ALL: u32 = u32::MAX;

/// The capabilities that root keeps if there are other users: docker's list.
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

/// The processes that a sandbox sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processes {
    /// The host's processes, for programs of the host.
    Shared,
    /// Processes in a new PID namespace, which begins with our next child.
    Own,
}

/// A process that writes the id maps of a user namespace. For real root each id is mapped to
/// itself, for other callers the ids behind 0 to their subordinate ids. It stays outside the
/// namespace, because a process that has entered one may only map itself.
/// <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>
#[derive(Debug)]
struct Mapper(Child);

impl Mapper {
    fn start(host: &Host) -> Result<Self> {
        let cmd = Cmd::new(&host.program).arg(super::MAPPER);
        let cmd = cmd.arg(std::process::id().to_string());
        let child = cmd.spawn(Stdio::piped(), Stdio::null(), Stdio::piped())?;
        Ok(Self(child))
    }

    /// Lets the process write the maps, and waits for its end.
    fn map(self) -> Result<()> {
        let mut child = self.0;
        if let Some(mut input) = child.stdin.take() {
            // Writing fails if the process has ended. Its exit status tells why.
            let _ = input.write_all(b"?");
        }
        let failed = |why: String| Error::new(format!("cannot map users: {why}"));
        let output = child.wait_with_output();
        let output = output.map_err(|e| failed(e.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(reason(&output)))
    }
}

/// The work of the mapping process: writes the id maps of another process when that asks for it.
pub(super) fn serve(process: &str, host: &Host) -> Result<()> {
    let failed = |e: std::io::Error| Error::new(format!("no process asked for its users: {e}"));
    std::io::stdin().read_exact(&mut [0]).map_err(failed)?;
    if host.uid != 0 {
        return users::map(process, host);
    }
    let all = format!("0 0 {ALL}\n");
    let dir = Path::new("/proc").join(process);
    fs_err::write(dir.join("uid_map"), &all)?;
    Ok(fs_err::write(dir.join("gid_map"), &all)?)
}

/// Enters new namespaces as their root: for users, mounts and System V IPC, and for the network if
/// the command gets none. Returns whether other users exist in the namespace. For real root they
/// always do, if the kernel permits.
pub(super) fn unshare(
    network: Network,
    other_users: bool,
    processes: Processes,
    host: &Host,
) -> Result<bool> {
    let is_root = host.uid == 0;
    let mapper = (is_root || other_users).then(|| Mapper::start(host));
    let mut flags = UnshareFlags::NEWUSER | UnshareFlags::NEWNS | UnshareFlags::NEWIPC;
    if network == Network::None {
        flags |= UnshareFlags::NEWNET;
    }
    if processes == Processes::Own {
        flags |= UnshareFlags::NEWPID;
    }
    leave(flags).map_err(forbidden)?;
    if network == Network::None {
        let failed = |e| format!("cannot switch the loopback device on: {}", text(e));
        loopback::switch_on().map_err(|e| Error::new(failed(e)))?;
    }
    match mapper.map(|mapper| mapper.and_then(Mapper::map)) {
        Some(Ok(())) => return Ok(true),
        Some(Err(error)) if !is_root => return Err(error),
        Some(Err(_)) | None => {}
    }
    map_one((0, 0), (host.uid, host.gid))?;
    Ok(false)
}

/// Whether our user namespace has other users.
pub(super) fn has_other_users() -> bool {
    let map = fs::read_if_exists(Path::new("/proc/self/uid_map"));
    let map = map.ok().flatten().unwrap_or_default();
    // Each line has the first id inside, the first id outside, and the number of ids.
    map.lines().count() > 1 || map.split_whitespace().nth(2) != Some("1")
}

/// Gives up the rights that the set-up needed. With other users this drops capabilities. Without
/// them this enters another user namespace, in which this process has the ids `inside`.
pub(super) fn settle(others: bool, inside: (u32, u32)) -> Result<()> {
    if others {
        return drop_capabilities();
    }
    leave(UnshareFlags::NEWUSER).map_err(forbidden)?;
    map_one(inside, (0, 0))
}

fn drop_capabilities() -> Result<()> {
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // This kernel does not know the capability.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(e) => return Err(Error::new(format!("cannot drop capabilities: {}", text(e)))),
        }
    }
    Ok(())
}

fn leave(flags: UnshareFlags) -> Result<(), Errno> {
    #[expect(
        deprecated,
        reason = "the only flag that needs care, FILES, is never among these; the other function is unsafe"
    )]
    rustix::thread::unshare(flags)
}

/// Maps one user and one group, so that there are no others.
fn map_one((uid, gid): (u32, u32), (outer_user, outer_group): (u32, u32)) -> Result<()> {
    write("setgroups", "deny")
        .and_then(|()| write("uid_map", &format!("{uid} {outer_user} 1\n")))
        .and_then(|()| write("gid_map", &format!("{gid} {outer_group} 1\n")))
        .map_err(|e| cannot_map(&e))
}

fn write(name: &str, content: &str) -> std::io::Result<()> {
    // This writes in place: these files accept one write and cannot be replaced.
    fs_err::write(Path::new("/proc/self").join(name), content)
}

fn cannot_map(error: &std::io::Error) -> Error {
    let error = Error::new(format!("cannot set up the sandbox's users: {error}"));
    error.hint_if(restriction())
}

/// The error if a user namespace is refused.
fn forbidden(errno: Errno) -> Error {
    let error = Error::new(format!(
        "cannot make a user namespace for the sandbox: {}",
        text(errno)
    ));
    error.hint(explanation())
}

/// Adds an explanation as a hint to an error about something that is forbidden, unless it has a
/// hint.
pub(super) fn explained(error: Error) -> Error {
    if error.hint_text().is_some() {
        return error;
    }
    error.hint(explanation())
}

/// The likely reason why namespaces are forbidden, and how to allow them.
fn explanation() -> String {
    if let Some(hint) = restriction() {
        return hint;
    }
    let in_container = ["/.dockerenv", "/run/.containerenv"];
    let in_container = in_container.iter().any(|path| Path::new(path).exists());
    if let Some(profile) = confinement(Path::new("/")) {
        let profile = format!("the AppArmor profile `{profile}`");
        return if in_container {
            format!(
                "{profile} may forbid it: start the container with `--security-opt apparmor=unconfined \
                 --security-opt seccomp=unconfined`"
            )
        } else {
            format!("{profile} may forbid it; use docker or podman instead")
        };
    }
    if in_container {
        "this container's seccomp profile forbids it: start it with `--security-opt seccomp=unconfined`"
    } else if is_filtered() {
        "a seccomp filter forbids it; where this is a container, start it with `--security-opt \
         seccomp=unconfined` (Kubernetes: `seccompProfile: {type: Unconfined}`)"
    } else {
        "whatever runs this session forbids it; use docker or podman instead"
    }
    .to_owned()
}

/// Whether a seccomp filter (mode 2) applies to this process.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
#[must_use]
pub fn is_filtered() -> bool {
    let status = fs::read_if_exists(Path::new("/proc/self/status"));
    let status = status.ok().flatten().unwrap_or_default();
    let mode = status
        .lines()
        .find_map(|line| line.strip_prefix("Seccomp:"));
    mode.is_some_and(|mode| mode.trim() == "2")
}

/// The `AppArmor` profile of this process.
fn profile(root: &Path) -> Option<String> {
    let files = ["proc/self/attr/apparmor/current", "proc/self/attr/current"];
    let texts = files.map(|file| fs::read_if_exists(&root.join(file)));
    let text = texts.into_iter().find_map(|text| text.ok().flatten())?;
    let text = text.trim_end_matches(['\n', '\0']).to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// The `AppArmor` profile of this process, if it is enforced.
fn confinement(root: &Path) -> Option<String> {
    let profile = profile(root)?;
    Some(profile.strip_suffix(" (enforce)")?.to_owned())
}

/// The setting of this machine that forbids user namespaces, and the command that changes it.
#[must_use]
pub fn restriction() -> Option<String> {
    restriction_in(Path::new("/"), rustix::process::geteuid().is_root())
}

fn restriction_in(root: &Path, is_root: bool) -> Option<String> {
    let says = |path: &str, value: &str| {
        let text = fs::read_if_exists(&root.join(path));
        text.is_ok_and(|text| text.is_some_and(|text| text.trim() == value))
    };
    // AppArmor's setting does not restrict programs that have a profile. A program without one gets
    // the profile `unprivileged_userns` as soon as it has made a namespace.
    let has_profile = profile(root).is_some_and(|profile| {
        profile != "unconfined" && !profile.starts_with("unprivileged_userns")
    });
    // Each row has the setting's name, the value that forbids namespaces, a value that allows them,
    // and whether it restricts root as well.
    let settings = [
        (
            "kernel.apparmor_restrict_unprivileged_userns",
            "1",
            "0",
            false,
        ),
        ("kernel.unprivileged_userns_clone", "0", "1", false),
        ("user.max_user_namespaces", "0", "10000", true),
        ("user.max_mnt_namespaces", "0", "10000", true),
        ("user.max_pid_namespaces", "0", "10000", true),
    ];
    let settings = settings
        .iter()
        .filter(|(.., for_root)| *for_root || !is_root)
        .filter(|(name, ..)| !(has_profile && name.contains("apparmor")));
    for (name, bad, good, _) in settings {
        if says(&format!("proc/sys/{}", name.replace('.', "/")), bad) {
            return Some(format!(
                "`{name}` is {bad} on this machine: `sudo sysctl {name}={good}` allows them"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that looks like the root directory of a machine with these files.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::write_if_changed(&root.path().join(path), text.as_bytes()).unwrap();
        }
        root
    }

    const APPARMOR: (&str, &str) = (
        "proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1\n",
    );

    #[test]
    fn the_setting_that_forbids_is_named_with_the_value_that_allows() {
        let none = machine(&[("proc/sys/user/max_user_namespaces", "0\n")]);
        for is_root in [true, false] {
            assert_eq!(
                restriction_in(none.path(), is_root).unwrap(),
                "`user.max_user_namespaces` is 0 on this machine: `sudo sysctl user.max_user_namespaces=10000` allows them"
            );
        }
        let some = machine(&[("proc/sys/user/max_user_namespaces", "62000\n")]);
        assert_eq!(restriction_in(some.path(), false), None);
    }

    #[test]
    fn apparmors_setting_is_not_about_root_nor_about_programs_with_a_profile() {
        let forbids = |current: &str, is_root| {
            let root = machine(&[APPARMOR, ("proc/self/attr/current", current)]);
            restriction_in(root.path(), is_root).is_some()
        };
        assert!(forbids("unconfined\n", false));
        assert!(forbids("unprivileged_userns (enforce)\n", false));
        assert!(!forbids("unconfined\n", true));
        assert!(!forbids("cross (unconfined)\n", false));
    }

    #[test]
    fn a_profile_confines_when_it_is_enforced() {
        let of = |current: &str| {
            confinement(machine(&[("proc/self/attr/apparmor/current", current)]).path())
        };
        assert_eq!(of("docker-default (enforce)\n").unwrap(), "docker-default");
        assert_eq!(of("unconfined\n"), None);
        assert_eq!(of("cross (unconfined)\n"), None);
    }
}
