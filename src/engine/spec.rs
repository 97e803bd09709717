//! One container run as a value. Each engine has words of its own for it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::config::file::Network;
use cross_base::error::Error;

/// Whether a mount can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

/// A host file or directory that the container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) access: Access,
}

/// One variable of the container's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvVar {
    /// Has this value.
    Set(String, OsString),
    /// Has the value it has for the caller; the value stands in no command line.
    Inherit(String),
}

/// Everything about one run. Reads nothing, so that a test can compare it and a command can print
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunSpec {
    pub(crate) image: String,
    /// The image's program that runs another with a mask for new files, if it has one.
    pub(crate) with_umask: Option<&'static str>,
    /// The caller.
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The caller's other groups, through which a directory may be writable.
    pub(crate) groups: Vec<u32>,
    /// The caller's mask for new files.
    pub(crate) umask: u32,
    pub(crate) stdin: bool,
    pub(crate) tty: bool,
    pub(crate) network: Network,
    /// Whether SELinux has to be told to let the container read the mounts. Relabelling them would
    /// change the caller's files.
    pub(crate) selinux: bool,
    /// A variable of the engine's program, and the file of settings that it names, where options
    /// cannot say them.
    pub(crate) settings: Option<(&'static str, PathBuf)>,
    pub(crate) mounts: Vec<Mount>,
    /// Directories below which no link is followed on the way to what is mounted: a container may
    /// have made it.
    pub(crate) no_links_below: Vec<PathBuf>,
    /// Writable directories that are gone when the run ends.
    pub(crate) tmpfs: Vec<PathBuf>,
    pub(crate) env: Vec<EnvVar>,
    pub(crate) workdir: PathBuf,
    pub(crate) command: Vec<OsString>,
}

/// Says that a path cannot be mounted by the engine of a name. Engines send what they are told as
/// JSON.
pub(crate) fn path_is_no_text(path: &Path, engine: &str) -> Error {
    is_no_text("path", path.as_os_str(), engine).hint("rename the directory")
}

/// Says that something cannot be passed on by the engine of a name.
pub(super) fn is_no_text(what: &str, text: &OsStr, engine: &str) -> Error {
    Error::new(format!(
        "the {what} `{}` is not valid UTF-8, which {engine} cannot pass on",
        text.to_string_lossy(),
    ))
}

impl Mount {
    /// A mount of a path at itself.
    pub(crate) fn same(path: impl AsRef<Path>, access: Access) -> Self {
        let path = path.as_ref().to_owned();
        Self {
            source: path.clone(),
            target: path,
            access,
        }
    }
}
