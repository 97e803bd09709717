//! What cross itself says: always on stderr, in cargo's manner. Standard output is cargo's.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::lines::above;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const HINT: Style = AnsiColor::BrightCyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const STATUS: Style = AnsiColor::BrightGreen.on_default().bold();

/// How much cross says, from `-v` and `-q` (or cargo's `term.verbose` and `term.quiet`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Errors only.
    Quiet,
    /// What takes long or changes something outside the target directory.
    #[default]
    Normal,
    /// Also the engine's command line and why things are as they are.
    Verbose,
}

/// The place where messages go; carries nothing but the level.
#[derive(Clone, Copy, Debug, Default)]
pub struct Term {
    pub level: Level,
}

/// A text that cannot speak to the terminal, nor begin a line: names of files and the like may hold
/// anything.
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

/// The same of a text that may have several lines.
pub fn plain_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n")
}

impl Term {
    /// Prints a line like cargo's `   Compiling foo`, unless `-q` was given.
    pub fn status(self, verb: &str, message: &str) {
        if self.level >= Level::Normal {
            let message = plain_lines(message);
            above(|| {
                let mut stderr = anstream::stderr().lock();
                let _ = writeln!(stderr, "{STATUS}{verb:>12}{STATUS:#} {message}");
            });
        }
    }

    /// Prints a line that begins with `warning:`, unless `-q` was given.
    pub fn warning(self, message: &str) {
        if self.level >= Level::Normal {
            line(WARNING, "warning", &plain_lines(message));
        }
    }

    /// Like [`Term::status`], with `-v` only.
    pub fn verbose(self, verb: &str, message: &str) {
        if self.level >= Level::Verbose {
            self.status(verb, message);
        }
    }
}

/// Sets whether colours are used, as cargo's `--color` and `CARGO_TERM_COLOR` say; any other value
/// leaves the choice to the terminal.
pub fn set_color(choice: Option<&str>) {
    match choice {
        Some("always") => anstream::ColorChoice::Always.write_global(),
        Some("never") => anstream::ColorChoice::Never.write_global(),
        _ => {}
    }
}

/// Prints the error, then its hint if it has one, whatever the level.
pub fn error(error: &Error) {
    if error.is_silent() {
        return;
    }
    line(ERROR, "error", &plain_lines(error.message()));
    if let Some(hint) = error.hint_text() {
        line(HINT, "hint", &plain_lines(hint));
    }
}

/// Prints a line that begins with `hint:`, as below an error, whatever the level: an error of
/// cargo's is above it.
pub fn hint(message: &str) {
    line(HINT, "hint", &plain_lines(message));
}

/// Prints the version of a program, on standard output, where scripts look for it.
pub fn version(name: &str) {
    let _ = writeln!(anstream::stdout(), "{name} {}", env!("CARGO_PKG_VERSION"));
}

/// Prints a text on standard output, as an answer. A closed pipe (`… | head`) is no error.
pub fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Writes `label: message`. A closed stderr is no reason to fail.
fn line(style: Style, label: &str, message: &str) {
    above(|| {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "{style}{label}{style:#}: {message}");
    });
}
