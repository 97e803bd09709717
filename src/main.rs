//! `cross`, a cargo that cross compiles.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the command line is read here")]
    let args = std::env::args_os().skip(1).collect();
    cross::run(cross::Program::Cross, args)
}
