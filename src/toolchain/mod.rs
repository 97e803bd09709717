//! Toolchains: a directory for each target, made of pinned Debian packages or of a kit. It works at
//! any path. `toolchains/` defines the toolchains of each family.

mod archive;
pub(crate) mod context;
pub(crate) mod debian;
mod definition;
mod detached;
mod fetch;
mod kit;
mod libc_links;
mod library;
mod lock;
pub(crate) mod machine;
mod make;
mod mirrors;
mod older;
pub(crate) mod recipe;
mod source;
mod starter;
mod tools;
mod transfer;
mod unused;
mod wanted;

pub(crate) use fetch::Origin;
pub(crate) use make::{ensure, permit};
pub(crate) use mirrors::{in_sources, unknown as unknown_mirror};
pub(crate) use recipe::ToolchainRecipe;
pub(crate) use tools::ToolRecipe;
pub(crate) use transfer::{export, import};
pub(crate) use unused::Cached;
pub(crate) use wanted::Wanted;
