//! Functions that several tests of programs use.

use std::process::{Command, Output};

pub const ACTOR: &str = env!("CARGO_BIN_EXE_actor");
pub const ARCH: &str = std::env::consts::ARCH;

pub fn actor(args: &[&str]) -> Command {
    let mut command = Command::new(ACTOR);
    command.args(args);
    command
}

/// The standard output of a program that must succeed.
pub fn printed(mut command: Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}: {stderr}");
    String::from_utf8(stdout).unwrap()
}

pub fn said(word: &str) -> String {
    format!("{ARCH} {word}\n")
}
