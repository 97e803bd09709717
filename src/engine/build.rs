//! One build of an image as a value, and where it tells what it does.

use std::path::Path;

use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::term::Term;

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build<'a> {
    /// The name it gets at the end.
    pub(crate) name: &'a str,
    pub(crate) labels: &'a [(&'a str, &'a str)],
    pub(crate) dockerfile: &'a Path,
    /// What messages call it: that one is a copy, and soon gone.
    pub(crate) shown: &'a Path,
    /// The directory it copies from.
    pub(crate) context: &'a Path,
    /// Values for its `ARG` instructions.
    pub(crate) args: &'a [(&'a str, String)],
    /// Variables of the caller's that every command sees and no image keeps: those about proxies.
    pub(crate) inherited: &'a [&'a str],
    /// Whether layers of earlier builds are made again.
    pub(crate) anew: bool,
    pub(crate) host: &'a Host,
    pub(crate) term: Term,
}

/// Where a build tells what it does, and runs its commands.
pub(crate) trait Log {
    /// Adds a line.
    fn line(&mut self, line: &str);

    /// Runs a command with all it prints going to the log; whether it succeeded.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    fn run(&mut self, cmd: &Cmd) -> Result<bool>;

    /// The last line that is not empty.
    fn last(&self) -> Option<&str>;

    /// Forgets what was said so far, when the build begins again.
    fn forget(&mut self);
}
