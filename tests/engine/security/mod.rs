//! Attacks from inside a container, each with a control: the same probe where it succeeds.

pub(crate) mod rights;
