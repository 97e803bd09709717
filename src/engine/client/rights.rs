//! The rights of a container of docker or podman, and the limits that hold in it.
//!
//! Both engines start from a list of fourteen capabilities that is meant for services. A container
//! that builds needs few of them, and none where its user is not root. Without `no-new-privileges`
//! a set-user-ID program of an image that the project names makes a build script root, whose files
//! and devices in the target directory are root's on the host.
//!
//! Limits are the machine's, as for plain cargo. A soft limit for open files is the engine's: a
//! container cannot be given more than its engine has, and what that is cannot be asked.

use super::{Client, Dialect};
use crate::engine::backend::{Backend as _, Settings};

/// What root in a container keeps, since plain cargo that root starts has it too. The others are
/// left out: root makes no device nodes (`MKNOD`), no raw packets (`NET_RAW`) and no programs with
/// capabilities (`SETFCAP`), and a set-user-ID program loses that bit when it is written to
/// (`FSETID`). <https://man7.org/linux/man-pages/man7/capabilities.7.html>
const OF_ROOT: &[&str] = &[
    // Archives are unpacked, and files installed, with their owners.
    "CHOWN",
    // A project, or a file in the image, may belong to another user.
    "DAC_OVERRIDE",
    // cargo sets times, and build scripts set permissions, of files that belong to another user.
    "FOWNER",
    // A test ends processes that have become another user.
    "KILL",
    // Servers that are run or tested listen below port 1024 and become another user.
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
];

/// The place of shared memory. Both engines give it 64 MiB and forbid programs there; a tmpfs has
/// half of the machine's memory, as on the host and in the built-in engine.
/// <https://docs.docker.com/engine/containers/run/#runtime-constraints-on-resources>
pub(super) const SHARED_MEMORY: &str = "/dev/shm";

/// What takes podman's own limit of 2048 processes away where no option can: without root's rights
/// podman has a limit only where systemd sets it, and everywhere else an option that speaks of one
/// is an error. Podman 4.4 and later read the file that the variable names after all others.
/// <https://github.com/containers/common/blob/main/docs/containers.conf.5.md>
pub(super) const NO_LIMITS: Settings = Settings {
    variable: "CONTAINERS_CONF_OVERRIDE",
    text: "[containers]\npids_limit = 0\n",
};

/// Options of `run` that take rights away, and limits.
pub(super) fn options(engine: &Client, uid: u32) -> Vec<&'static str> {
    let mut options = vec!["--security-opt", "no-new-privileges", "--cap-drop", "ALL"];
    // The container's root is the caller, where docker's daemon is the caller's own.
    if uid == 0 || engine.maps_root_to_caller() {
        options.extend(OF_ROOT.iter().flat_map(|name| ["--cap-add", name]));
    }
    // Docker has none of its own.
    if engine.dialect == Dialect::Podman && !engine.rootless {
        options.extend(["--pids-limit", "-1"]);
    }
    options
}
