//! Attacks on what cross promises, each with a control: the same attempt where it is allowed, which has to succeed.

pub(crate) mod sandbox_images;
pub(crate) mod sandbox_kernel;
pub(crate) mod sandbox_processes;
