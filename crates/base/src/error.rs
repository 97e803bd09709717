//! The error type of cross: a message, at most one hint, and an exit code.

use std::{fmt, io};

/// The exit code for failures before cargo runs. It is cargo's code for its own failures, so that
/// scripts need not tell them apart.
const FAILURE: u8 = 101;

/// A result that fails with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with one cause and at most one hint. The message is a lower-case fragment without a
/// full stop, with names in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
    code: u8,
    silent: bool,
    system: Option<SystemError>,
}

/// The system's error behind an [`Error`]: the fields of `io::Error` that can be cloned and
/// compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemError {
    kind: io::ErrorKind,
    text: String,
}

impl SystemError {
    /// The kind of the failure, for callers that act upon it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

/// The system's message.
impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for SystemError {}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        Self {
            kind: error.kind(),
            text: error.to_string(),
        }
    }
}

impl Error {
    /// Makes an error without a hint that ends the program with cargo's code for failures, 101.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            code: FAILURE,
            silent: false,
            system: None,
        }
    }

    /// Makes an error about the command line, with cargo's code for these, 1.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(message).code(1)
    }

    /// Makes an error that prints nothing more: a child has already said what was wrong.
    #[must_use]
    pub fn already_reported(code: u8) -> Self {
        Self {
            silent: true,
            ..Self::new(String::new()).code(code)
        }
    }

    /// Adds a hint: one line that tells the user what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint, if there is one.
    #[must_use]
    pub fn hint_if(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }

    /// Sets the exit code of the program.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Attaches the system's error.
    #[must_use]
    pub fn caused_by(mut self, error: &io::Error) -> Self {
        self.system = Some(error.into());
        self
    }

    /// The system's error, if a system call failed.
    #[must_use]
    pub fn system(&self) -> Option<&SystemError> {
        self.system.as_ref()
    }

    /// The exit code of the program.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.code
    }

    /// Whether the error is not to be printed.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// The message without the hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The hint without the message.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let system = self.system.as_ref()?;
        Some(system)
    }
}

/// Errors of `fs_err` name the path and the operation, so their text becomes the message.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let text = error.to_string();
        let mut chars = text.chars();
        let message = chars.next().map_or_else(String::new, |first| {
            first.to_lowercase().chain(chars).collect()
        });
        Self::new(message).caused_by(&error)
    }
}

/// Finds the entry of `known` that a misspelt `word` most likely means.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest_within(word, known, |candidate| candidate.len().max(3) / 3)
}

/// Like [`closest`], but with a limit for the number of letters that differ. It is for words that
/// may be correct although they are not in `known`.
pub fn closest_within<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    limit: impl Fn(&str) -> usize,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn what_the_system_said_is_kept_as_a_kind() {
        let error: Error = fs_err::read("/proc/no-such-file").unwrap_err().into();
        let system = error.system().unwrap();
        assert_eq!(system.kind(), io::ErrorKind::NotFound);
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(Error::new("a cause of ours").system(), None);
    }
}
