//! Attacks by a project, or from inside a container. Each has a control: the same probe, where it
//! succeeds.

pub(crate) mod bounds;
pub(crate) mod image_names;
pub(crate) mod rights;
pub(crate) mod sandbox_images;
pub(crate) mod sandbox_kernel;
pub(crate) mod sandbox_processes;
pub(crate) mod secrets;
pub(crate) mod written;
