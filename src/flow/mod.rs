//! From a command line to the last step: resolve what it asks for, plan, carry the plan out.

pub(crate) mod after;
mod build_scripts;
pub(crate) mod debug;
pub(crate) mod decision;
mod done;
pub(crate) mod exec;
pub(crate) mod outside;
pub(crate) mod resolve;
pub(crate) mod run;
mod verify;
