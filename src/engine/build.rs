//! A build of an image as a value, and the interface of its log.

use std::path::Path;

use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::term::Term;

/// A build of one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build<'a> {
    /// The name that the image gets at the end.
    pub(crate) name: &'a str,
    pub(crate) labels: &'a [(&'a str, &'a str)],
    pub(crate) dockerfile: &'a Path,
    /// The path of the Dockerfile in messages. `dockerfile` is a temporary copy.
    pub(crate) shown: &'a Path,
    /// The directory that `COPY` and `ADD` copy from.
    pub(crate) context: &'a Path,
    /// Values for the Dockerfile's `ARG` instructions.
    pub(crate) args: &'a [(&'a str, String)],
    /// Names of the caller's variables that every command sees and no image keeps: those about
    /// proxies.
    pub(crate) inherited: &'a [&'a str],
    /// Whether to make all layers anew, rather than reuse those of earlier builds.
    pub(crate) anew: bool,
    /// Whether commands have no network.
    pub(crate) offline: bool,
    pub(crate) host: &'a Host,
    pub(crate) term: Term,
}

/// The log of a build, through which the build also runs its commands.
pub(crate) trait Log {
    /// Adds a line.
    fn line(&mut self, line: &str);

    /// Runs a command and writes its output to the log. Returns whether it succeeded.
    ///
    /// # Errors
    ///
    /// When the command cannot be started.
    fn run(&mut self, cmd: &Cmd) -> Result<bool>;

    /// The last line of the log that is not empty.
    fn last(&self) -> Option<&str>;

    /// Forgets the last lines, when the build begins again.
    fn forget(&mut self);
}
