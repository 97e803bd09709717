//! Ways out of a container that were found once, each with the same probe where it is allowed.

pub(crate) mod written;
