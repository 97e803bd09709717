//! Toolchains: a directory for each target, made of pinned packages of Debian's or of what a
//! system's makers hand out, that works wherever it stands. `toolchains/` has what each family's
//! are made of.

mod archive;
mod carry;
pub(crate) mod context;
pub(crate) mod debian;
mod definition;
mod fetch;
mod kit;
mod lock;
mod make;
mod mirrors;
mod older;
pub(crate) mod recipe;
mod source;
mod starter;
mod tools;
mod wanted;

pub(crate) use carry::{export, import};
pub(crate) use fetch::Origin;
pub(crate) use make::{ensure, permit};
pub(crate) use mirrors::{in_sources, unknown as unknown_mirror};
pub(crate) use recipe::ToolchainRecipe;
pub(crate) use tools::ToolRecipe;
pub(crate) use wanted::Wanted;
