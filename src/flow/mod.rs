//! The way from a command line to the last step: resolves the input, makes plans, and carries them
//! out.

pub(crate) mod after;
mod build_scripts;
mod clean;
pub(crate) mod debug;
pub(crate) mod decision;
mod done;
pub(crate) mod exec;
pub(crate) mod front;
pub(crate) mod libraries;
pub(crate) mod outside;
pub(crate) mod resolve;
pub(crate) mod run;
mod unseen;
mod verify;
mod watch;
