//! The facts about a command and one of its targets, once cargo's answers and the configuration
//! have been read.

use std::path::PathBuf;

use crate::cargo::config::CargoConfig;
use crate::cargo::rustup::Rustup;
use crate::cargo::toolchain::Toolchain;
use crate::cli::{Invocation, Provider, Subcommand};
use crate::config::TargetConfig;
use cross_base::host::Host;
use cross_base::mode::Mode;

/// The facts that every decision about a target reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The parsed command line.
    pub(crate) invocation: &'a Invocation,
    /// The command's row in the table of commands.
    pub(crate) subcommand: &'static Subcommand,
    pub(crate) host: &'a Host,
    /// The configuration for the target from `Cross.toml`, manifests and environment variables.
    pub(crate) config: &'a TargetConfig,
    /// Cargo's configuration from files and `--config`.
    pub(crate) cargo_config: &'a CargoConfig,
    /// The host's toolchain, which builds for the target.
    pub(crate) toolchain: &'a Toolchain,
    /// Whether the decision is carried out, or only shown.
    pub(crate) mode: Mode,
}

impl<'a> Context<'a> {
    /// Whether the command is a program of its own, which calls cargo: a plugin, or xargo.
    pub(crate) fn is_plugin(&self) -> bool {
        self.subcommand.provider == Provider::Plugin || self.config.xargo.value
    }

    /// The directory that cargo works in, as an absolute path.
    pub(crate) fn cwd(&self) -> PathBuf {
        self.invocation.directory(&self.host.cwd)
    }

    /// Whether the user or cargo's configuration forbids cargo the network.
    pub(crate) fn is_offline(&self) -> bool {
        self.invocation.options.is_offline() || self.cargo_config.is_offline(self.host)
    }

    /// The installer of the toolchain's parts. What is only shown fetches nothing.
    pub(crate) fn rustup(&self) -> Rustup<'a> {
        Rustup {
            toolchain: self.toolchain,
            offline: self.is_offline() && self.mode == Mode::Run,
        }
    }
}
