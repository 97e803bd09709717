//! Container engines. The plan speaks of mounts, environment and a command ([`spec::RunSpec`]).
//! Only this folder knows the options of each engine for them. No other folder asks which engine it
//! is: the interface ([`backend::Backend`]) has a question for each property.
//!
//! To add an engine, write a file with its implementation and its [`registration::Registration`],
//! and add a line to [`table::ENGINES`] and to [`Implementation`].

pub(crate) mod backend;
pub(crate) mod build;
mod client;
pub(crate) mod detect;
pub(crate) mod diagnosis;
pub(crate) mod images;
mod on_host;
pub(crate) mod registration;
mod sandbox;
pub(crate) mod spec;
pub(crate) mod table;

use std::ops::Deref;

use backend::Backend;
use client::Client;
use on_host::OnHost;
use sandbox::BuiltIn;

/// The ways in which the interface is implemented.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Implementation {
    /// The client program of an engine: docker, podman.
    Client(Client),
    /// The sandbox, which is this program itself.
    BuiltIn(BuiltIn),
    /// The machine without containers.
    OnHost(Box<OnHost>),
}

/// The chosen engine. It has all methods of [`Backend`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    implementation: Implementation,
    /// The reason for the choice, as a part of a sentence.
    pub(crate) reason: String,
    /// Whether an engine before this one in the table is installed but did not answer. The user is
    /// told of this without `-v` too.
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
    /// The engine and the reason for its choice, in one line.
    pub(crate) fn described(&self) -> String {
        format!("{}: {}", self.shown(), self.reason)
    }

    /// A client that is on no machine, for tests.
    #[cfg(test)]
    pub(crate) fn example(client: &str, rootless: bool) -> Self {
        Self {
            implementation: Implementation::Client(Client::example(client, rootless)),
            reason: String::new(),
            is_second_choice: false,
        }
    }
}
