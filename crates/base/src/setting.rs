//! A configured value and where it was said.

use std::fmt;
use std::path::PathBuf;

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub source: Source,
}

impl<T> Setting<T> {
    /// A value that is set nowhere.
    pub fn by_default(value: T) -> Self {
        Self {
            value,
            source: Source::Default,
        }
    }
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// On the command line, by this option.
    CommandLine(&'static str),
    /// In this variable.
    Variable(String),
    /// In this file, under this key.
    File(PathBuf, String),
    /// Nowhere: the default.
    Default,
}

impl Source {
    /// Whether it is the user's own command line or environment, and nothing that comes with a
    /// project.
    #[must_use]
    pub fn is_users(&self) -> bool {
        matches!(self, Self::CommandLine(_) | Self::Variable(_))
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
