//! Notices about a project that users are shown once: when they are new, and with `-v` always.

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::fs;
use crate::host::Host;
use crate::term::{Level, Term, plain};

/// The directory for this in cross's cache.
const DIR: &str = "notices";
/// The number of files that are kept in the directory.
const KEPT: usize = 256;

/// A line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A status: a verb and its object.
    Status(&'static str, String),
    /// A warning about something that the user may not expect.
    Warning(String),
}

/// The notices of one kind about one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    root: PathBuf,
    /// The kind of the notices. What was shown is remembered for each kind.
    kind: String,
    pub lines: Vec<Notice>,
}

impl Notice {
    /// The line as plain text. Control characters are escaped, because a path may contain any.
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
    /// No notices about the project in this directory.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            ..Self::default()
        }
    }

    /// No notices of another kind, for notices that do not always come together with the usual
    /// ones.
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

    /// Adds lines, leaving out doubles: several targets may have the same notices.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Notice>) {
        for line in lines {
            if !self.lines.contains(&line) {
                self.lines.push(line);
            }
        }
    }

    /// Prints the lines that are new since the last time, and remembers all. If they cannot be
    /// remembered, they are printed again next time.
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

    /// Whether the lines' inputs were in this `state` the last time. Remembers the state.
    #[must_use]
    pub fn was_seen(&self, host: &Host, state: &str) -> bool {
        let file = self.file(host, "seen");
        let was_seen = fs::read_if_exists(&file).is_ok_and(|old| old.as_deref() == Some(state));
        if !was_seen && fs::write_if_changed(&file, state.as_bytes()).is_ok() {
            fs::keep_newest(&host.cache.join(DIR), KEPT);
        }
        was_seen
    }

    /// The file in the cache for these notices. `what` distinguishes several files.
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
