//! The table of checks, in the order in which they are shown.

use super::context::Context;
use super::outcome::Outcome;
use super::{engines, machine, network, project, rust};
use crate::engine::registration::Registration;
use crate::engine::table::ENGINES as ROWS;

/// A check of the doctor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// A description of the check for `docs/troubleshooting.md`.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "`docs/troubleshooting.md` is made of it")
    )]
    pub(crate) about: &'static str,
    by: By,
}

/// The way in which a check finds its outcome.
#[derive(Clone, Copy, Debug)]
enum By {
    /// The diagnosis of an engine.
    Engine(&'static Registration),
    Check(fn(&Context) -> Outcome),
}

impl Check {
    /// Carries out the check.
    pub(super) fn look(&self, context: &Context) -> Outcome {
        match self.by {
            By::Engine(row) => engines::one(context, row),
            By::Check(look) => look(context),
        }
    }
}

/// All checks: one for each engine, then those of the table.
pub(crate) fn checks() -> Vec<Check> {
    let engines = ROWS.iter().map(|row| Check {
        group: ENGINES,
        name: row.name,
        about: row.about,
        by: By::Engine(row),
    });
    engines.chain(TABLE.iter().copied()).collect()
}

const ENGINES: &str = "Engines";
const MACHINE: &str = "Machine";
const NETWORK: &str = "Network";
const RUST: &str = "Rust";
const PROJECT: &str = "Project";

/// The checks that belong to no single engine.
const TABLE: &[Check] = &[
    Check {
        group: ENGINES,
        name: "engine",
        about: "which one `cross` would use, why, and whether that works",
        by: By::Check(engines::choice),
    },
    Check {
        group: MACHINE,
        name: "user namespaces",
        about: "one is made and mounted in; what forbids it: a sysctl, AppArmor, a container's seccomp profile",
        by: By::Check(machine::namespaces),
    },
    Check {
        group: MACHINE,
        name: "overlay",
        about: "overlays are mounted on the file system of the built-in engine's images, and written to",
        by: By::Check(machine::overlay),
    },
    Check {
        group: MACHINE,
        name: "binfmt",
        about: "programs that emulated programs start run too: by emulators of the sandbox's own, the runner of the images, or the host's emulators",
        by: By::Check(machine::binfmt),
    },
    Check {
        group: MACHINE,
        name: "disk",
        about: "room for a first image or toolchain, where it would be kept",
        by: By::Check(machine::disk),
    },
    Check {
        group: MACHINE,
        name: "temporary files",
        about: "the directory can be written to",
        by: By::Check(machine::temporary_files),
    },
    Check {
        group: NETWORK,
        name: "certificates",
        about: "a bundle that containers can be given; what variables name is there",
        by: By::Check(network::certificates),
    },
    Check {
        group: NETWORK,
        name: "proxies",
        about: "which variables name one, and whether it answers; never what else they hold",
        by: By::Check(network::proxies),
    },
    Check {
        group: NETWORK,
        name: "crates",
        about: "cargo gets an answer from the registry that it is configured for",
        by: By::Check(network::crates),
    },
    Check {
        group: NETWORK,
        name: "registries",
        about: "the same for the other registries that cargo's configuration names",
        by: By::Check(network::registries),
    },
    Check {
        group: NETWORK,
        name: "packages",
        about: "those of Debian's that the base image and toolchains are made of are there, or a mirror of them can be reached",
        by: By::Check(network::packages),
    },
    Check {
        group: RUST,
        name: "rustup",
        about: "installed",
        by: By::Check(rust::rustup),
    },
    Check {
        group: RUST,
        name: "toolchain",
        about: "there is one, for this machine, in a directory of its own",
        by: By::Check(rust::toolchain),
    },
    Check {
        group: RUST,
        name: "standard libraries",
        about: "for how many of cross's targets they are installed, and whether rustup can add others",
        by: By::Check(rust::libraries),
    },
    Check {
        group: RUST,
        name: "rust-src",
        about: "installed, for targets whose standard library is built",
        by: By::Check(rust::source),
    },
    Check {
        group: PROJECT,
        name: "Cargo.toml",
        about: "cargo understands it",
        by: By::Check(project::manifest),
    },
    Check {
        group: PROJECT,
        name: "Cross.toml",
        about: "all that is configured is understood",
        by: By::Check(project::configuration),
    },
    Check {
        group: PROJECT,
        name: "file system",
        about: "the project's can be written to, programs on it run, and root's daemons see it",
        by: By::Check(project::file_system),
    },
];
