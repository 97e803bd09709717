//! Dockerfiles: their instructions, and the files that they copy.

#![forbid(unsafe_code)]

pub mod context;
mod here;
mod ignore;
mod instruction;
pub mod parse;
pub mod pattern;
mod values;
