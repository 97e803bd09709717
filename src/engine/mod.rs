//! Container engines. The plan speaks of mounts, environment and a command ([`spec::RunSpec`]);
//! what an engine calls these is decided here and nowhere else. No other folder asks which engine
//! it is: the interface ([`backend::Backend`]) has a question for each property.
//!
//! One more engine is one more file, with what it does and its [`registration::Registration`], and
//! a line in [`registry::ENGINES`] and [`Implementation`].

pub(crate) mod backend;
pub(crate) mod build;
mod client;
pub(crate) mod detect;
pub(crate) mod diagnosis;
pub(crate) mod images;
mod on_host;
pub(crate) mod registration;
pub(crate) mod registry;
mod sandbox;
pub(crate) mod spec;

use std::ops::Deref;

use backend::Backend;
use client::Client;
use on_host::OnHost;
use sandbox::BuiltIn;

/// The ways in which the interface is implemented.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Implementation {
    /// A program that is the client of an engine: docker, podman.
    Client(Client),
    /// This program itself.
    BuiltIn(BuiltIn),
    /// The machine without containers.
    OnHost(Box<OnHost>),
}

/// The engine that was found. It has all methods of [`Backend`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    implementation: Implementation,
    /// Why it was chosen.
    pub(crate) reason: String,
    /// Whether another one was there but did not answer, which is said without `-v` too.
    pub(crate) is_second_choice: bool,
}

impl Deref for Engine {
    type Target = dyn Backend;

    fn deref(&self) -> &Self::Target {
        match &self.implementation {
            Implementation::Client(client) => client,
            Implementation::BuiltIn(built_in) => built_in,
            Implementation::OnHost(on_host) => &**on_host,
        }
    }
}

impl Engine {
    /// Which one it is and why, in a line.
    pub(crate) fn described(&self) -> String {
        format!("{}: {}", self.shown(), self.reason)
    }

    /// A client that is on no machine, for tests of what is made of it.
    #[cfg(test)]
    pub(crate) fn example(client: &str, rootless: bool) -> Self {
        Self {
            implementation: Implementation::Client(Client::example(client, rootless)),
            reason: String::new(),
            is_second_choice: false,
        }
    }
}
