//! `cross-util debug`: a debugger beside `cross run` or `cross test`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli;
use crate::flow::debug::{self, Wishes};
use crate::flow::run::cross_with;
use cross_base::debugging::Debugging;
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::relay;
use cross_base::term::Term;

/// What is debugged, and how.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The target, as `cross` takes it
    #[arg(long)]
    target: Option<String>,
    /// Start no debugger: say at which port of this machine one can be connected, and wait for it
    #[arg(long, conflicts_with_all = ["debugger", "command", "batch"])]
    server: bool,
    /// The port for `--server`; a free one without it
    #[arg(long, requires = "server", default_value_t = 0)]
    port: u16,
    /// The debugger, a gdb or lldb, instead of the first of gdb-multiarch, gdb and lldb that knows
    /// the machine
    #[arg(long, value_name = "PROGRAM")]
    debugger: Option<PathBuf>,
    /// A command for the debugger when it is connected; may be repeated
    #[arg(short = 'x', long = "command", value_name = "COMMAND")]
    command: Vec<String>,
    /// End the debugger behind these commands
    #[arg(long)]
    batch: bool,
    /// What stands behind `cross`: run or test with arguments
    #[arg(last = true, required = true, value_name = "ARGUMENT")]
    args: Vec<OsString>,
}

/// Runs the command with a debugger, and returns the command's exit code.
///
/// # Errors
///
/// When `cross` would fail, or no debugger can be connected.
pub(super) fn run(options: Options, mut host: Host, term: &mut Term) -> Result<ExitCode> {
    let mut args = options.args;
    if let Some(target) = &options.target {
        args = cli::parse(args)?.for_target(OsStr::new(target)).argv();
    }
    let (_dir, programs) = debug::directory(&host)?;
    host.debugging = Some(Debugging {
        dir: programs,
        gdbserver: host.on_path("gdbserver"),
        port: relay::unused_port(),
        keeps_terminal: options.server,
    });
    let wishes = Wishes {
        debugger: options.debugger,
        commands: options.command,
        batch: options.batch,
        server: options.server.then_some(options.port),
    };
    cross_with(args, &host, term, Some(&wishes))
}
