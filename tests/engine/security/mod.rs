//! Attacks from a project or from inside a container, each with a control: the same probe where it succeeds.

pub(crate) mod bounds;
pub(crate) mod secrets;
pub(crate) mod written;
