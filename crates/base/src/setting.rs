//! A configured value with its source.

use std::fmt;
use std::path::{Path, PathBuf};

/// A value and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub source: Source,
}

impl<T> Setting<T> {
    /// A default value.
    pub fn by_default(value: T) -> Self {
        Self {
            value,
            source: Source::Default,
        }
    }
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This option on the command line.
    CommandLine(&'static str),
    /// This environment variable.
    Variable(String),
    /// This file, with the full name of the key.
    File(PathBuf, String),
    /// The default of cross.
    Default,
}

impl Source {
    /// Whether the value comes from the user's own command line or environment, and not from a file
    /// that comes with a project.
    #[must_use]
    pub fn is_users(&self) -> bool {
        matches!(self, Self::CommandLine(_) | Self::Variable(_))
    }

    /// The directory of the file, which relative paths in the value are relative to. None if the
    /// value is from no file.
    #[must_use]
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Self::File(path, _) => path.parent(),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => write!(f, "`{option}`"),
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::File(path, key) => write!(f, "`{key}` in `{}`", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}
