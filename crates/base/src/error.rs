//! The one error type: a cause, at most one hint, an exit code.

use std::{fmt, io};

/// The exit code of everything that goes wrong before cargo runs, the same as cargo's own for its
/// failures, so that a script sees no difference.
const FAILURE: u8 = 101;

/// Short for a result that fails with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One cause and, where there is one, one fix. The message is a lower-case fragment without a full
/// stop, names stand in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
    code: u8,
    silent: bool,
    system: Option<SystemError>,
}

/// What the system said of a call that failed. Of `io::Error` it is what can be copied and
/// compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemError {
    kind: io::ErrorKind,
    text: String,
}

impl SystemError {
    /// What kind of failure it was, for callers that act upon it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

/// The words of the system, or of whatever called it.
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

    /// Says what the user can do about it, in one line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same where there may be nothing to do about it.
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

    /// Keeps what the system said of it.
    #[must_use]
    pub fn caused_by(mut self, error: &io::Error) -> Self {
        self.system = Some(error.into());
        self
    }

    /// What the system said, where a call of its own failed.
    #[must_use]
    pub fn system(&self) -> Option<&SystemError> {
        self.system.as_ref()
    }

    /// The exit code of the program.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.code
    }

    /// Whether nothing is to be printed.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// The message alone.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The hint alone, if there is one.
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

/// `fs_err` names the path and what was tried; that text is the message.
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

/// Finds the entry of `known` that a misspelt `word` most likely meant.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest_within(word, known, |candidate| candidate.len().max(3) / 3)
}

/// The same with a limit to the number of letters that differ, where a name that is far off may
/// well be right.
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
