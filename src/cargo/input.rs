//! What an answer of cargo's or rustc's depends on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What can be looked at.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Input {
    /// A text file: its content, or that it is not there. (Not its time: an edit may leave that as
    /// it was.)
    Text(PathBuf),
    /// A program: which file it is.
    Program(PathBuf),
    /// A directory: the names in it, and where those lead that are links.
    Links(PathBuf),
    /// A package's directory: the programs and examples that cargo finds there by itself.
    /// <https://doc.rust-lang.org/cargo/guide/project-layout.html>
    Programs(PathBuf),
    /// A pattern of a workspace's members: the directories it stands for.
    /// <https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields>
    Members(PathBuf),
}
