//! The settings of `cross-util debug` that a run's plan depends on.

use std::path::PathBuf;

/// A request to connect a debugger to the programs of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debugging {
    /// A directory for the emulators' sockets, which containers can write to. It is in a directory
    /// that only the caller can enter.
    pub dir: PathBuf,
    /// The host's gdbserver, for programs that run without an emulator.
    pub gdbserver: Option<PathBuf>,
    /// A free port of the host, for gdbserver.
    pub port: u16,
    /// Whether the run keeps the terminal because no debugger is started.
    pub keeps_terminal: bool,
}
