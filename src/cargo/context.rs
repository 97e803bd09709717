//! What is known of a command and of one target that it is for, once cargo and the configuration
//! have been read.

use crate::cargo::config::CargoConfig;
use crate::cargo::toolchain::Toolchain;
use crate::cli::{Invocation, Subcommand};
use crate::config::TargetConfig;
use cross_base::host::Host;

/// What every decision about a target reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The command line.
    pub(crate) invocation: &'a Invocation,
    /// What the table of subcommands has of it.
    pub(crate) subcommand: &'static Subcommand,
    pub(crate) host: &'a Host,
    /// What `Cross.toml`, manifests and variables say for the target.
    pub(crate) config: &'a TargetConfig,
    /// What cargo's own files, variables and `--config` say.
    pub(crate) cargo_config: &'a CargoConfig,
    /// The host's toolchain, with which the target is built.
    pub(crate) toolchain: &'a Toolchain,
}
