//! Messages of cross. They go to standard error, in cargo's format. Standard output belongs to
//! cargo.

use std::io::Write;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::lines::above;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const HINT: Style = AnsiColor::BrightCyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const STATUS: Style = AnsiColor::BrightGreen.on_default().bold();

/// How much cross prints, from `-v` and `-q` (or cargo's `term.verbose` and `term.quiet`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Errors only.
    Quiet,
    /// Also work that takes long or changes something outside the target directory.
    #[default]
    Normal,
    /// Also the engine's command line, and reasons for decisions.
    Verbose,
}

/// The destination of messages. Has the level and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Term {
    pub level: Level,
}

/// A text for the terminal on one line: control characters are escaped, because names of files and
/// the like may contain any.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A text for the terminal with several lines: control characters other than line feeds are
/// escaped.
pub fn plain_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n")
}

impl Term {
    /// Prints a line like cargo's `   Compiling foo`, unless `-q` was given.
    pub fn status(self, verb: &str, message: &str) {
        if self.level >= Level::Normal {
            let message = plain_lines(message);
            whole(&format!("{STATUS}{verb:>12}{STATUS:#} {message}\n"));
        }
    }

    /// Prints a line that begins with `warning:`, unless `-q` was given.
    pub fn warning(self, message: &str) {
        if self.level >= Level::Normal {
            line(WARNING, "warning", &plain_lines(message));
        }
    }

    /// Prints a line like [`Term::status`], with `-v` only.
    pub fn verbose(self, verb: &str, message: &str) {
        if self.level >= Level::Verbose {
            self.status(verb, message);
        }
    }
}

/// Sets whether colours are used, from cargo's `--color` and `CARGO_TERM_COLOR`. With any other
/// value it depends on the terminal.
pub fn set_color(choice: Option<&str>) {
    match choice {
        Some("always") => anstream::ColorChoice::Always.write_global(),
        Some("never") => anstream::ColorChoice::Never.write_global(),
        _ => {}
    }
}

/// Prints an error and its hint at every level.
pub fn error(error: &Error) {
    if error.is_silent() {
        return;
    }
    line(ERROR, "error", &plain_lines(error.message()));
    if let Some(hint) = error.hint_text() {
        line(HINT, "hint", &plain_lines(hint));
    }
}

/// Prints a line that begins with `hint:` at every level. It is for hints about errors that cargo
/// has printed.
pub fn hint(message: &str) {
    line(HINT, "hint", &plain_lines(message));
}

/// Prints a program's version on standard output, where scripts look for it.
pub fn version(name: &str) {
    let _ = writeln!(anstream::stdout(), "{name} {}", env!("CARGO_PKG_VERSION"));
}

/// Prints a text on standard output. A closed pipe (`… | head`) is no error.
pub fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Prints `label: message` on standard error. A closed stream is no error.
fn line(style: Style, label: &str, message: &str) {
    whole(&format!("{style}{label}{style:#}: {message}\n"));
}

/// Prints a text on standard error with a single call of the system, so that nothing else comes
/// between: other programs may write to the same place at the same time, and docker's builder shows
/// every piece on its own.
fn whole(text: &str) {
    let choice = AutoStream::choice(&std::io::stderr());
    let mut bytes = AutoStream::new(Vec::new(), choice);
    let _ = bytes.write_all(text.as_bytes());
    above(|| {
        let _ = std::io::stderr().write_all(&bytes.into_inner());
    });
}
