//! The kinds of files that an answer of cargo or rustc depends on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A file or directory that an answer depends on.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Input {
    /// A text file. Its content counts, and whether it exists, but not its time, which an edit may
    /// leave unchanged.
    Text(PathBuf),
    /// A program. Its identity as a file counts (`fs::stamp`).
    Program(PathBuf),
    /// A directory. The names in it and the targets of symbolic links count.
    Links(PathBuf),
    /// A package's directory. The programs and examples that cargo finds there by itself count.
    /// <https://doc.rust-lang.org/cargo/guide/project-layout.html>
    Programs(PathBuf),
    /// A pattern for members of a workspace. The directories that it matches count.
    /// <https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields>
    Members(PathBuf),
}
