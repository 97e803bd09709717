//! The log of an image's build: written to a file, shown as progress, and read for the reason of a
//! failure.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use anstream::adapter::strip_str;

use crate::engine::Engine;
use crate::engine::build::Log;
use crate::image::progress::Progress;
use cross_base::error::{Error, Result};
use cross_base::forward::Signals;
use cross_base::fs;
use cross_base::process::Cmd;

/// The number of lines of a failed build's log that the error shows.
const TAIL: usize = 12;

/// What programs say of a full disk: the system's error, and apt's own.
const FULL: &[&str] = &[
    "No space left on device",
    "no space left on device",
    "You don't have enough free space in ",
];

/// The log of one build.
pub(super) struct BuildLog<'a> {
    file: fs_err::File,
    /// The last lines of the log that are not empty, at most [`TAIL`].
    pub(super) tail: Vec<String>,
    /// Whether a command of the build found the disk full. What it says at its end may be another
    /// error, which follows from that.
    pub(super) is_full: bool,
    progress: &'a Progress<'a>,
}

impl<'a> BuildLog<'a> {
    /// Creates an empty log, in place of an earlier build's.
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub(super) fn create(path: &Path, progress: &'a Progress) -> Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        Ok(Self {
            file: fs_err::File::create(path)?,
            tail: Vec::new(),
            is_full: false,
            progress,
        })
    }
}

impl Log for BuildLog<'_> {
    fn line(&mut self, line: &str) {
        // docker colours each write of a command separately, so escapes may stand within words that
        // are looked for.
        let line = &*strip_str(line).to_string();
        // A full disk must not hide how the build itself ends, so errors of the log are ignored.
        let _ = writeln!(self.file, "{line}");
        self.progress.line(line);
        self.is_full |= FULL.iter().any(|phrase| line.contains(phrase));
        if !line.trim().is_empty() {
            self.tail.push(line.to_owned());
        }
        if self.tail.len() > TAIL {
            self.tail.remove(0);
        }
    }

    fn run(&mut self, cmd: &Cmd) -> Result<bool> {
        // Both streams share one pipe, so that the log keeps the order of their lines.
        let no_pipe = |e: std::io::Error| Error::new(format!("cannot make a pipe: {e}"));
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(|e| no_pipe(e.into()))?;
        let copy = writer.try_clone().map_err(no_pipe)?;
        let signals = Signals::catch()?;
        let mut child = cmd.spawn(Stdio::null(), copy.into(), writer.into())?;
        let forwarder = signals.forward(&child);
        let mut reader = BufReader::new(std::fs::File::from(reader));
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            self.line(&line);
        }
        Ok(forwarder.wait(cmd, &mut child)?.success())
    }

    fn last(&self) -> Option<&str> {
        self.tail.last().map(String::as_str)
    }

    fn forget(&mut self) {
        self.tail.clear();
        self.is_full = false;
    }
}

/// The hint for a failed build.
pub(super) fn explain(is_full: bool, log: &Path, engine: &Engine) -> String {
    if is_full {
        let list = engine.usage_command();
        return format!(
            "free some disk space (`{list}` shows what images take) and run the command again; it goes \
             on where it stopped"
        );
    }
    format!(
        "the whole log is `{}`; the next run goes on where this one stopped",
        log.display()
    )
}
