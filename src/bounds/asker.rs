//! The reasons why a path outside the project is mounted. No path is mounted without a reason. The
//! user is told the reason, and the bounds depend on it ([`crate::bounds`]).

use std::fmt;
use std::path::PathBuf;

use crate::config::Source;

/// The reason why one path is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// This manifest of the workspace lists a member at the path.
    Member(PathBuf),
    /// This manifest has a path dependency at the path.
    Dependency(PathBuf),
    /// This manifest belongs to a dependency, and the path is the dependency's workspace. Cargo
    /// reads both manifests.
    WorkspaceOf(PathBuf),
    /// This manifest names the path in `[patch]` or `[replace]`.
    Patch(PathBuf),
    /// This symbolic link in the project leads to the path.
    Link(PathBuf),
    /// This other path, which is mounted as well, leads to the path through a symbolic link.
    Behind(PathBuf),
    /// The path is the repository that contains the project.
    Repository,
    /// The path is the repository that contains the package in this directory, outside the project.
    RepositoryOf(PathBuf),
    /// This file, `.git` or the like, says that the repository is at the path.
    GitDir(PathBuf),
    /// This environment variable of git's has the path.
    GitVariable(&'static str),
    /// This file in a git directory names the path.
    GitFile(PathBuf),
    /// A variable that this file of cargo's configuration sets has the path.
    Variable(PathBuf),
    /// A command-line option names a file in the directory.
    Around(Source),
    /// A key in the user's own configuration in cargo's home has the path.
    Own(Source),
    /// A key in a file of the project's, a command-line option or an environment variable has the
    /// path.
    Said(Source),
}

impl Asker {
    /// Whether the user asked for the path, on the command line, in the environment or in cargo's
    /// home. False for whatever comes with a project.
    pub(crate) fn is_user(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Said(source) => source.is_users(),
            _ => false,
        }
    }

    /// Whether a command-line option asked for the path.
    pub(crate) fn is_command_line(&self) -> bool {
        matches!(self, Self::Said(Source::CommandLine(_)))
    }

    /// Whether nothing names the path as an input of the build. A refused path is then left out,
    /// since the build may well succeed without it.
    pub(crate) fn is_implicit(&self) -> bool {
        matches!(
            self,
            Self::Link(_)
                | Self::Behind(_)
                | Self::Repository
                | Self::RepositoryOf(_)
                | Self::GitDir(_)
                | Self::GitFile(_)
                | Self::GitVariable(_)
                | Self::Variable(_)
        )
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, path) = match self {
            Self::Member(path) => ("a member of the workspace of", path),
            Self::Dependency(path) => ("a path dependency in", path),
            Self::WorkspaceOf(path) => ("the workspace of", path),
            Self::Patch(path) => ("a patch in", path),
            Self::Link(path) => ("the link", path),
            Self::Behind(path) => ("the real path of", path),
            Self::RepositoryOf(path) => ("the repository of", path),
            Self::GitDir(path) => ("`gitdir` in", path),
            Self::GitFile(path) => ("a path in", path),
            Self::Variable(path) => ("a path in `[env]` of", path),
            Self::GitVariable(name) => return write!(f, "`{name}` in the environment"),
            Self::Repository => return f.write_str("the git repository around the project"),
            Self::Around(source) | Self::Own(source) | Self::Said(source) => return source.fmt(f),
        };
        write!(f, "{what} `{}`", path.display())
    }
}
