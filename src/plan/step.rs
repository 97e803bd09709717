//! A plan as a value: its target, the steps that prepare the run, and the run itself.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::after::After;
use super::debugging::Debugged;
use super::guards::Guarded;
use super::links::BuildScripts;
use super::opened::Opened;
use super::verification::Verification;
use crate::cargo::fetch::Fetch;
use crate::cargo::registry::Registry;
use crate::cargo::rustup::Installation;
use crate::engine::spec::RunSpec;
use crate::target::{Parts, Row};
use crate::toolchain::{Origin, ToolRecipe, ToolchainRecipe};
use cross_base::beneath::Place;
use cross_base::process::Cmd;
use cross_base::version::Version;

/// The target of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The argument of `--target`: a triple, or the path of a specification.
    pub(crate) triple: String,
    /// Whether the user named a target. If not, it is the host's, and results go to
    /// `target/<profile>`.
    pub(crate) named: bool,
    /// Whether cross must tell cargo the target, because the user named it where cargo does not
    /// look.
    pub(crate) tell_cargo: bool,
}

impl Target {
    /// A target that the user named where cargo looks.
    pub(crate) fn named(triple: impl Into<String>) -> Self {
        Self {
            triple: triple.into(),
            named: true,
            tell_cargo: false,
        }
    }

    /// The path of a custom target's specification.
    /// <https://doc.rust-lang.org/rustc/targets/custom.html>
    pub(crate) fn specification(&self) -> Option<&Path> {
        let path = Path::new(&self.triple);
        path.extension()
            .is_some_and(|extension| extension == "json")
            .then_some(path)
    }

    /// The target's name for rustc, cargo's directories and the configuration: the triple, or the
    /// name of the specification's file without its extension.
    pub(crate) fn name(&self) -> &str {
        let stem = self.specification().and_then(Path::file_stem);
        stem.and_then(OsStr::to_str).unwrap_or(&self.triple)
    }
}

/// A preparation for the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Let rustup install a toolchain's component or target.
    Rustup(Installation),
    /// Build the row's image.
    BuildImage {
        row: &'static Row,
        parts: Parts,
        origin: Origin,
    },
    /// Make the row's toolchain. Fetch also the emulator if programs are run.
    MakeToolchain {
        recipe: ToolchainRecipe,
        runs: bool,
        origin: Origin,
    },
    /// Make the libraries of the older glibc that results must run with, and before them the
    /// toolchain.
    MakeOlderGlibc {
        recipe: ToolchainRecipe,
        version: Version,
        origin: Origin,
    },
    /// Make a program or a library that build scripts use and that this machine lacks, for the
    /// engine `host`.
    MakeTool { recipe: ToolRecipe, origin: Origin },
    /// Let the host's cargo write the lock file if it is missing. A container could not create it
    /// in a read-only project.
    Lock { path: Place, cmd: Cmd },
    /// Let the host's cargo fetch the packages of the lock file, unless they were fetched before.
    Fetch(Fetch),
    /// Fill a registry that only the container uses.
    Registry(Registry),
    /// Create cargo's target or build directory, and check that it is writable.
    TargetDir(Place),
    /// Create a directory that is no part of the project's sources.
    Dir(Place),
    /// Create a directory with results, and the directory that covers it. If the first was not
    /// there, the second is emptied: what it says is up to date was removed.
    Cover { place: Place, own: PathBuf },
    /// Create a file if it does not exist.
    Touch(Place),
    /// Create a symbolic link that leads to the second path, which need not exist yet.
    Link(Place, PathBuf),
    /// Write a file that is mounted into the container.
    Write(PathBuf, String),
    /// Write a program that is mounted into the container, or started without one.
    WriteProgram(PathBuf, String),
    /// Give the second file, a program, the first path as well.
    NameProgram(PathBuf, PathBuf),
}

/// A run with all that goes before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) prepare: Vec<Step>,
    pub(crate) run: RunSpec,
    /// The page that may have to be opened in the browser after the run.
    pub(crate) opened: Option<Opened>,
    /// The parts of the project to look at after the run, if the container can write to sources.
    pub(crate) guarded: Option<Guarded>,
    /// The directories for the links to the build scripts' output, which are made after the run.
    pub(crate) build_scripts: Option<BuildScripts>,
    /// The data for the look back at the run.
    pub(crate) after: After,
    /// The checks of the results after a successful run, with `--verify`.
    pub(crate) verify: Option<Verification>,
    /// The way in which a debugger connects to the programs, if the user asked for one.
    pub(crate) debugged: Option<Debugged>,
    /// Messages that the user sees with `-v`.
    pub(crate) notes: Vec<String>,
}

impl Plan {
    /// Whether the run fetches packages, from a registry of its own.
    pub(crate) fn fetches_itself(&self) -> bool {
        let mut steps = self.prepare.iter();
        steps.any(|step| matches!(step, Step::Registry(_)))
    }

    /// The plan without steps for rustup that an earlier plan has as well, as one installation
    /// serves all.
    pub(crate) fn without_installations_of(mut self, before: &[Self]) -> Self {
        let steps = before.iter().flat_map(|other| &other.prepare);
        let command = |step: &Step| match step {
            Step::Rustup(added) => Some(added.cmd.clone()),
            _ => None,
        };
        let before: Vec<_> = steps.filter_map(command).collect();
        self.prepare
            .retain(|step| !command(step).is_some_and(|cmd| before.contains(&cmd)));
        self
    }
}
