//! Dockerfiles: their instructions, and the files that they copy.

#![forbid(unsafe_code)]

pub mod context;
mod here;
pub mod parse;
mod values;
