//! All checks, in the order in which they are shown.

use super::context::Context;
use super::outcome::Outcome;
use super::{engines, machine, network, project, rust};

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// The same in more words, for the README.
    #[cfg_attr(not(test), expect(dead_code, reason = "the README is made of it"))]
    pub(crate) about: &'static str,
    pub(super) look: fn(&Context) -> Outcome,
}

const ENGINES: &str = "Engines";
const MACHINE: &str = "Machine";
const NETWORK: &str = "Network";
const RUST: &str = "Rust";
const PROJECT: &str = "Project";

/// The table.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        group: ENGINES,
        name: "docker",
        about: "installed, its daemon answers in time, the caller may use it, with whose rights it runs",
        look: engines::docker,
    },
    Check {
        group: ENGINES,
        name: "podman",
        about: "installed, answers in time, has ids to map for who is not root",
        look: engines::podman,
    },
    Check {
        group: ENGINES,
        name: "sandbox",
        about: "the built-in engine works here",
        look: engines::sandbox,
    },
    Check {
        group: ENGINES,
        name: "engine",
        about: "which one `cross` would use, why, and whether that works",
        look: engines::choice,
    },
    Check {
        group: MACHINE,
        name: "user namespaces",
        about: "one is made and mounted in; what forbids it: a sysctl, AppArmor, a container's seccomp profile",
        look: machine::namespaces,
    },
    Check {
        group: MACHINE,
        name: "overlay",
        about: "overlays are mounted on the file system of the built-in engine's images, and written to",
        look: machine::overlay,
    },
    Check {
        group: MACHINE,
        name: "binfmt",
        about: "programs that emulated programs start run too: emulators of the sandbox's own, or the host's",
        look: machine::binfmt,
    },
    Check {
        group: MACHINE,
        name: "disk",
        about: "room for a first image, where the engine keeps images",
        look: machine::disk,
    },
    Check {
        group: MACHINE,
        name: "temporary files",
        about: "the directory can be written to, and programs in it run",
        look: machine::temporary_files,
    },
    Check {
        group: NETWORK,
        name: "certificates",
        about: "a bundle that containers can be given; what variables name is there",
        look: network::certificates,
    },
    Check {
        group: NETWORK,
        name: "proxies",
        about: "which variables name one, and whether it answers; never what else they hold",
        look: network::proxies,
    },
    Check {
        group: NETWORK,
        name: "crates",
        about: "cargo gets an answer from the registry that it is configured for",
        look: network::crates,
    },
    Check {
        group: NETWORK,
        name: "registries",
        about: "the same for the other registries that cargo's configuration names",
        look: network::registries,
    },
    Check {
        group: NETWORK,
        name: "base image",
        about: "it is there, or the engine reaches a registry, or Debian's tools can make it",
        look: network::base_image,
    },
    Check {
        group: RUST,
        name: "rustup",
        about: "installed",
        look: rust::rustup,
    },
    Check {
        group: RUST,
        name: "toolchain",
        about: "there is one, for this machine, in a directory of its own",
        look: rust::toolchain,
    },
    Check {
        group: RUST,
        name: "standard libraries",
        about: "for how many of cross's targets they are installed, and whether rustup can add others",
        look: rust::libraries,
    },
    Check {
        group: RUST,
        name: "rust-src",
        about: "installed, for targets whose standard library is built",
        look: rust::source,
    },
    Check {
        group: PROJECT,
        name: "Cargo.toml",
        about: "cargo understands it",
        look: project::manifest,
    },
    Check {
        group: PROJECT,
        name: "Cross.toml",
        about: "all that is configured is understood",
        look: project::configuration,
    },
    Check {
        group: PROJECT,
        name: "file system",
        about: "the project's can be written to, programs on it run, and root's daemons see it",
        look: project::file_system,
    },
];
