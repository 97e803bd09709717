//! What everything else stands on: errors, files, processes, the surroundings, the terminal.

pub(crate) mod beneath;
pub(crate) mod debugging;
pub(crate) mod digest;
pub(crate) mod download;
pub(crate) mod error;
pub(crate) mod fs;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod limit;
pub(crate) mod lines;
pub(crate) mod mode;
pub(crate) mod notices;
pub(crate) mod pattern;
pub(crate) mod process;
pub(crate) mod relay;
pub(crate) mod rsp;
pub(crate) mod secrets;
pub(crate) mod setting;
pub(crate) mod signals;
pub(crate) mod stand_in;
pub(crate) mod term;
pub(crate) mod version;
