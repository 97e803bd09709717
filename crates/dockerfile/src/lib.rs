//! Dockerfiles: their instructions, the files that they copy, and the images that they name.

#![forbid(unsafe_code)]

pub mod context;
mod here;
mod ignore;
pub mod images;
mod instruction;
pub mod mounts;
pub mod parse;
pub mod pattern;
mod reading;
mod values;
