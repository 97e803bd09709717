//! Basics that all other crates use: errors, files, processes, the host, the terminal.

#![forbid(unsafe_code)]

pub mod beneath;
pub mod debugging;
pub mod digest;
pub mod download;
pub mod error;
pub mod forward;
pub mod fs;
pub mod host;
pub mod http;
pub mod limit;
pub mod lines;
pub mod lock;
pub mod mode;
pub mod names;
pub mod notices;
pub mod pattern;
pub mod process;
pub mod relay;
pub mod rsp;
pub mod secrets;
pub mod setting;
pub mod signals;
pub mod stand_in;
pub mod term;
pub mod version;
