//! The capabilities of a container of docker or podman, and its limits.
//!
//! Both engines start from a list of fourteen capabilities that is meant for services. A container
//! that builds needs few of them, and none unless its user is root. `no-new-privileges` disables
//! set-user-ID programs of an image that a project names. With one, a build script could become
//! root and leave files and devices of root's in the target directory.
//!
//! Limits are the machine's, as for plain cargo. The soft limit for open files stays the engine's:
//! a container cannot get more than its engine has, and the engine cannot be asked for its limit.

use super::{Client, Dialect};
use crate::engine::backend::{Backend as _, Settings};

/// The capabilities that root in a container keeps, since plain cargo has them too if root starts
/// it. Left out of the engines' list: root makes no device nodes (`MKNOD`), no raw packets
/// (`NET_RAW`) and no programs with capabilities (`SETFCAP`), and a set-user-ID program loses that
/// bit when it is written to (`FSETID`).
/// <https://man7.org/linux/man-pages/man7/capabilities.7.html>
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

/// The directory of shared memory. Both engines give it 64 MiB and forbid to execute programs
/// there. A tmpfs that cross mounts has half of the machine's memory, as on the host and in the
/// built-in engine.
/// <https://docs.docker.com/engine/containers/run/#runtime-constraints-on-resources>
pub(super) const SHARED_MEMORY: &str = "/dev/shm";

/// Settings that remove podman's own limit of 2048 processes without root's rights. There podman
/// supports a limit only where systemd sets it, and elsewhere refuses the option `--pids-limit`.
/// Podman 4.4 and later read the file that the variable names after all other files.
/// <https://github.com/containers/common/blob/main/docs/containers.conf.5.md>
pub(super) const NO_LIMITS: Settings = Settings {
    variable: "CONTAINERS_CONF_OVERRIDE",
    text: "[containers]\npids_limit = 0\n",
};

/// Options of `run` that take capabilities and limits away.
pub(super) fn options(engine: &Client, uid: u32) -> Vec<&'static str> {
    let mut options = vec!["--security-opt", "no-new-privileges", "--cap-drop", "ALL"];
    // With rootless docker the caller is root in the container, whatever the caller's uid.
    if uid == 0 || engine.maps_root_to_caller() {
        options.extend(OF_ROOT.iter().flat_map(|name| ["--cap-add", name]));
    }
    // Docker has no limit of processes of its own.
    if engine.dialect == Dialect::Podman && !engine.rootless {
        options.extend(["--pids-limit", "-1"]);
    }
    options
}
