//! What `cross-util debug` asks of a run, which the plan has to know.

use std::path::PathBuf;

/// A debugger is to be connected to the programs that a run starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debugging {
    /// A directory in one that only the caller can look into. Emulators make their sockets in it,
    /// and containers can write there.
    pub dir: PathBuf,
    /// The host's gdbserver, for programs that run without an emulator.
    pub gdbserver: Option<PathBuf>,
    /// A free port of the host's, for it.
    pub port: u16,
    /// Whether the run keeps the terminal, because no debugger is started.
    pub keeps_terminal: bool,
}
