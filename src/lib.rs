//! `cross`: cross compiling and cross testing Rust crates without set-up.
//!
//! This library exists for the programs `cross` and `cross-util`, and has one entry point.
//! `docs/architecture.md` describes its parts.

#![forbid(unsafe_code)]

mod bounds;
mod cargo;
mod cli;
mod config;
#[cfg(test)]
mod docs;
mod engine;
mod flow;
mod image;
#[cfg(test)]
mod order;
mod plan;
mod target;
mod toolchain;
mod util;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

/// The programs of this package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `cross`, which takes cargo's arguments.
    Cross,
    /// `cross-util`, for what cargo has no command for.
    CrossUtil,
}

/// The exit code of a sandbox that did not come about, as of docker for such a container.
/// <https://docs.docker.com/engine/containers/run/#exit-status>
const NO_CONTAINER: u8 = 125;

/// Runs a program with its arguments (without its own name) and returns its exit code. `cross`
/// waits for the run in the container and ends in the same way. If the host's cargo does the work,
/// this process becomes cargo, and the function does not return.
#[must_use]
pub fn run(program: Program, args: Vec<OsString>) -> ExitCode {
    let mut term = cross_base::term::Term::default();
    let result = cross_base::host::Host::capture().and_then(|host| match program {
        // Both programs start themselves again as a sandbox.
        _ if cross_sandbox::is_meant(&args) => cross_sandbox::main(args, &host)
            .map(ExitCode::from)
            .map_err(|error| error.code(NO_CONTAINER)),
        // For the engine `host`, both are also the runner of the target's programs.
        _ if flow::libraries::is_meant(&args) => flow::libraries::start(&args, &host),
        // And the interpreter of the cargo that plugins call.
        _ if flow::front::is_meant(&args) => flow::front::start(&args, &host),
        Program::Cross => flow::run::cross(args, &host, &mut term),
        Program::CrossUtil => util::main(args, host, &mut term),
    });
    result.unwrap_or_else(|error| {
        cross_base::term::error(&error);
        error.exit_code().into()
    })
}
