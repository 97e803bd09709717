//! Cargo and rustc on the host: their configuration, the workspace, the toolchain, and a cache of
//! their answers.

pub(crate) mod cache;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod fetch;
pub(crate) mod input;
pub(crate) mod metadata;
pub(crate) mod obeyed;
pub(crate) mod probe;
pub(crate) mod product;
pub(crate) mod registry;
pub(crate) mod rustup;
pub(crate) mod sccache;
pub(crate) mod specification;
pub(crate) mod std_lib;
pub(crate) mod toolchain;
pub(crate) mod toolchain_file;
pub(crate) mod trusted;
pub(crate) mod workspace;
