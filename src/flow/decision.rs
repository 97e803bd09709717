//! The result of deciding: the commands for the host or the plans for containers.

use std::path::PathBuf;

use crate::cargo::rustup::Installation;
use crate::cargo::toolchain::{self, host_cargo};
use crate::cli::Invocation;
use crate::engine::Engine;
use crate::image::select::Missing;
use crate::plan::Plan;
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::notices::Notices;
use cross_base::process::Cmd;

/// All that is to be done for a command line.
#[derive(Debug)]
pub(crate) enum Decision {
    /// The host's cargo runs the command.
    Host {
        /// Parts of the toolchain that are installed first.
        before: Vec<Installation>,
        cmd: Cmd,
        /// The user's command (`cargo clean`) again, once for the build directory of each image.
        after: Vec<Cmd>,
        /// Whether the command prints cargo's help, to which cross adds its own.
        help: bool,
        /// A directory of the cache that `cargo clean` removes as well.
        removed: Option<PathBuf>,
    },
    /// A run in a container for each target.
    Container {
        engine: Engine,
        plans: Vec<Plan>,
        /// The command of the browser that the user has configured for `--open`.
        browser: Vec<String>,
        /// Whether the other targets are built after one has failed.
        keep_going: bool,
        /// Images that are missing and were not made, as `cross-util plan` makes nothing.
        missing: Vec<Missing>,
        /// Messages for the user, each printed once.
        notices: Notices,
    },
}

impl Decision {
    /// The decision that the host's cargo runs the command as it is.
    ///
    /// # Errors
    ///
    /// If cargo is not installed.
    pub(super) fn host(invocation: &Invocation, host: &Host) -> Result<Self> {
        let cmd = host_cargo(invocation);
        if host.on_path(&cmd.program).is_none() {
            return Err(toolchain::not_installed(&cmd.program));
        }
        Ok(Self::Host {
            before: Vec::new(),
            cmd,
            after: Vec::new(),
            removed: None,
            help: invocation.asks_for_help(),
        })
    }
}
