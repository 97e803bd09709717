//! Dockerfiles: their instructions, and the files that they copy.

pub(crate) mod context;
mod here;
pub(crate) mod parse;
