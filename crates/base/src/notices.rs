//! What the user is told once: lines about a project that are shown when they are new, and with
//! `-v` always.

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::fs;
use crate::host::Host;
use crate::term::{Level, Term, plain};

/// The directory in cross's cache.
const DIR: &str = "notices";
/// For how many projects is written down what was shown.
const KEPT: usize = 256;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something that is done: a verb, and what is done.
    Status(&'static str, String),
    /// Something that the user may not expect.
    Warning(String),
}

/// The lines about one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    root: PathBuf,
    /// Of those about one project, which: each kind is remembered by itself.
    kind: String,
    pub lines: Vec<Notice>,
}

impl Notice {
    /// The line as plain text. Paths may come from anywhere and hold anything, but must not speak
    /// to the terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let text = match self {
            Self::Status(verb, message) => format!("{verb} {message}"),
            Self::Warning(message) => format!("warning: {message}"),
        };
        plain(&text)
    }
}

impl Notices {
    /// None yet, about the project in this directory.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            ..Self::default()
        }
    }

    /// Lines of another kind, which do not always come together with the usual ones.
    #[must_use]
    pub fn apart(root: &Path, kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            ..Self::new(root)
        }
    }

    /// The project's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Adds lines that are not there yet, as those of several targets may be the same.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Notice>) {
        for line in lines {
            if !self.lines.contains(&line) {
                self.lines.push(line);
            }
        }
    }

    /// Shows what is new since the last time, and remembers it. Where nothing can be written it is
    /// shown again.
    pub fn show(&self, host: &Host, term: Term) {
        if self.lines.is_empty() || term.level == Level::Quiet {
            return;
        }
        let dir = host.cache.join(DIR);
        let file = self.file(host, "");
        let old = fs::read_if_exists(&file).ok().flatten().unwrap_or_default();
        for line in &self.lines {
            let is_new = !old.lines().any(|shown| shown == line.text());
            if is_new || term.level >= Level::Verbose {
                match line {
                    Notice::Status(verb, message) => term.status(verb, &plain(message)),
                    Notice::Warning(message) => term.warning(&plain(message)),
                }
            }
        }
        let new: String = self.lines.iter().map(|line| line.text() + "\n").collect();
        if new != old && fs::write_if_changed(&file, new.as_bytes()).is_ok() {
            fs::keep_newest(&dir, KEPT);
        }
    }

    /// Whether what the lines depend on was looked at before, and then is as it was. Remembers it.
    #[must_use]
    pub fn was_seen(&self, host: &Host, state: &str) -> bool {
        let file = self.file(host, "seen");
        let was_seen = fs::read_if_exists(&file).is_ok_and(|old| old.as_deref() == Some(state));
        if !was_seen && fs::write_if_changed(&file, state.as_bytes()).is_ok() {
            fs::keep_newest(&host.cache.join(DIR), KEPT);
        }
        was_seen
    }

    /// Where something is written down about these lines.
    fn file(&self, host: &Host, what: &str) -> PathBuf {
        let mut name = Digest::default();
        name.add(self.root.as_os_str().as_encoded_bytes());
        for part in [&self.kind, what]
            .into_iter()
            .filter(|part| !part.is_empty())
        {
            name.add(part.as_bytes());
        }
        host.cache.join(DIR).join(name.finish())
    }
}
