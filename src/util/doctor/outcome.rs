//! The outcome of a check: its severity, one cause, and at most one remedy.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use cross_base::error::Error;

/// The severity of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// Something is missing that `cross` does not need.
    Note,
    /// `cross` works in part, or not for long.
    Warning,
    /// `cross` cannot work.
    Problem,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::BrightGreen.on_default().bold(),
            Self::Note => AnsiColor::BrightCyan.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Problem => AnsiColor::BrightRed.on_default().bold(),
        }
    }
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Outcome {
    fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: without_secrets(&message.into()),
            hint: None,
        }
    }

    pub(super) fn ok(message: impl Into<String>) -> Self {
        Self::new(Status::Ok, message)
    }

    pub(super) fn note(message: impl Into<String>) -> Self {
        Self::new(Status::Note, message)
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self::new(Status::Warning, message)
    }

    pub(super) fn problem(message: impl Into<String>) -> Self {
        Self::new(Status::Problem, message)
    }

    /// An outcome with this severity, and the message and hint of an error.
    pub(super) fn of(status: Status, error: &Error) -> Self {
        let outcome = Self::new(status, error.message());
        outcome.hint_if(error.hint_text())
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(without_secrets(&hint.into()));
        self
    }

    /// Adds a hint if there is one.
    pub(super) fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

/// Replaces user names and passwords in addresses by `…`, as users paste the text into issues.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let is_end = |c: char| c.is_whitespace() || "/?#`\"'<>".contains(c);
        let end = behind.find(is_end).unwrap_or(behind.len());
        // A password that was not escaped may have any of these characters but white space.
        let word = behind.find(char::is_whitespace).unwrap_or(behind.len());
        rest = match (behind[..end].rfind('@'), behind[..word].rfind('@')) {
            (Some(at), _) | (None, Some(at)) => {
                out.push_str("…@");
                &behind[at + 1..]
            }
            (None, None) => behind,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn no_password_of_an_address_is_shown() {
        for (text, shown) in [
            ("http://me:hunter2@proxy:3128/x", "http://…@proxy:3128/x"),
            (
                "`https://token@a/` and sparse+https://b:c@d/",
                "`https://…@a/` and sparse+https://…@d/",
            ),
            ("https://a.example/@scope/x", "https://…@scope/x"),
            ("http://me:hun/ter2@proxy", "http://…@proxy"),
            ("http://me:p@ss@proxy", "http://…@proxy"),
            ("nothing @ all", "nothing @ all"),
            ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
