//! Dockerfiles: their instructions, and the files that they copy.

pub(crate) mod context;
pub(crate) mod parse;
