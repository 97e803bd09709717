//! A run as a value, which each engine translates into its own options.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(crate) use crate::bounds::access::Access;
use crate::config::file::Network;
use cross_base::error::Error;
use cross_base::host::Host;

/// A host file or directory that the container sees at a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) access: Access,
}

/// One variable of the container's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvVar {
    /// The variable has this value.
    Set(String, OsString),
    /// The variable has the caller's value, which then stands in no command line.
    Inherit(String),
}

impl EnvVar {
    /// A variable with this value.
    pub(crate) fn set(name: impl Into<String>, value: impl Into<OsString>) -> Self {
        Self::Set(name.into(), value.into())
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Set(name, _) | Self::Inherit(name) => name,
        }
    }

    /// The value that the container gets. None if the caller has none.
    pub(crate) fn value<'a>(&'a self, host: &'a Host) -> Option<&'a OsStr> {
        match self {
            Self::Set(_, value) => Some(value),
            Self::Inherit(name) => host.var(name),
        }
    }
}

/// The variable of this name that counts: a later one wins.
pub(crate) fn last<'a>(env: &'a [EnvVar], name: &str) -> Option<&'a EnvVar> {
    env.iter().rfind(|variable| variable.name() == name)
}

/// Everything about one run. It is a plain value that refers to no state, so that tests can compare
/// it and `cross-util plan` can print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunSpec {
    pub(crate) image: String,
    /// The program in the image that sets a umask and starts another program, if the image has one.
    pub(crate) with_umask: Option<&'static str>,
    /// The caller's uid, under which the command runs.
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The caller's other groups, which may give the caller the right to write to a directory.
    pub(crate) groups: Vec<u32>,
    /// The caller's umask.
    pub(crate) umask: u32,
    pub(crate) stdin: bool,
    pub(crate) tty: bool,
    pub(crate) network: Network,
    /// Whether SELinux has to be told to let the container read the mounts. To relabel them instead
    /// would change the caller's files.
    pub(crate) selinux: bool,
    /// The variable and the file of the engine's settings for a run, see
    /// [`super::backend::Settings`].
    pub(crate) settings: Option<(&'static str, PathBuf)>,
    pub(crate) mounts: Vec<Mount>,
    /// Directories that a container may have written to: below them the engine follows no symbolic
    /// link in the path of a mount source.
    pub(crate) no_links_below: Vec<PathBuf>,
    /// Writable directories in memory, empty at the start and gone when the run ends.
    pub(crate) tmpfs: Vec<PathBuf>,
    pub(crate) env: Vec<EnvVar>,
    pub(crate) workdir: PathBuf,
    pub(crate) command: Vec<OsString>,
}

/// The error that this engine cannot mount a path because the path is not UTF-8. Engines receive
/// their orders as JSON.
pub(crate) fn path_is_no_text(path: &Path, engine: &str) -> Error {
    is_no_text("path", path.as_os_str(), engine).hint("rename the directory")
}

/// The error that this engine cannot pass on a text that is not UTF-8. `what` names the text.
pub(super) fn is_no_text(what: &str, text: &OsStr, engine: &str) -> Error {
    Error::new(format!(
        "the {what} `{}` is not valid UTF-8, which `{engine}` cannot pass on",
        text.to_string_lossy(),
    ))
}

/// The innermost mount that contains a path of the container.
pub(crate) fn innermost<'m>(mounts: &'m [Mount], path: &Path) -> Option<&'m Mount> {
    let around = mounts
        .iter()
        .filter(|mount| path.starts_with(&mount.target));
    around.max_by_key(|mount| mount.target.components().count())
}

impl Mount {
    /// A mount of a host path at the same path in the container.
    pub(crate) fn same(path: impl AsRef<Path>, access: Access) -> Self {
        let path = path.as_ref().to_owned();
        Self {
            source: path.clone(),
            target: path,
            access,
        }
    }
}
