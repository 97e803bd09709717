//! Who asked for a path outside the project: nothing is mounted from there without such a reason,
//! which is said to the user and decides about the bounds ([`crate::bounds`]).

use std::fmt;
use std::path::PathBuf;

use crate::config::Source;

/// The reason for one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The workspace's manifest lists a member there.
    Member(PathBuf),
    /// This manifest has a path dependency there.
    Dependency(PathBuf),
    /// The workspace of a dependency whose manifest this is: cargo reads both.
    WorkspaceOf(PathBuf),
    /// `[patch]` or `[replace]` of this manifest.
    Patch(PathBuf),
    /// A symbolic link in the project.
    Link(PathBuf),
    /// The path leads to another, which is shown as well.
    Behind(PathBuf),
    /// The project is part of a git repository.
    Repository,
    /// The package in this directory, from outside the project, is part of a repository.
    RepositoryOf(PathBuf),
    /// A file, `.git` or the like, that says where the repository is.
    GitDir(PathBuf),
    /// One of git's variables in the environment.
    GitVariable(&'static str),
    /// A file of git's that names another place.
    GitFile(PathBuf),
    /// A variable that a file of cargo's configuration sets to a path.
    Variable(PathBuf),
    /// A key of cargo's configuration in the user's own file in cargo's home.
    Own(Source),
    /// A key in a file of the project's, an option, or a variable.
    Said(Source),
}

impl Asker {
    /// Whether it is the user's own command line, environment or file in cargo's home, rather than
    /// anything that comes with a project.
    pub(crate) fn is_user(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Said(source) => source.is_users(),
            _ => false,
        }
    }

    /// Whether it is an option of the command line.
    pub(crate) fn is_command_line(&self) -> bool {
        matches!(self, Self::Said(Source::CommandLine(_)))
    }

    /// Whether the path is only shown because it happens to be there, so that a build may well do
    /// without.
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
            Self::Own(source) | Self::Said(source) => return source.fmt(f),
        };
        write!(f, "{what} `{}`", path.display())
    }
}
