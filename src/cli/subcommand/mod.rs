//! The table of cargo's commands: where each one is run and what it needs there.

use std::ffi::OsStr;
use std::fmt::Display;

mod table;

use Fact::{
    Asks, BuildDirs, Component, Fetches, Harness, Installs, IsRun, LeavesResults, OneTarget,
    OwnStd, Program, Releases, ReleasesFor, RunsBuilt, RunsPrograms, Rustc, StartedInRoot, Tests,
    Wraps, WritesFor, WritesProject,
};
use Provider::Cargo;
use Runs::{Container, ContainerWith, Host, HostWithoutTarget, Refused};

use super::{Location, Options};
use cross_base::error::{Error, Result, closest};
pub(crate) use table::TABLE;

/// A command of cargo or of a plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subcommand {
    pub(in crate::cli) name: &'static str,
    /// Cargo's own short form. A user's alias of the same name wins over it.
    pub(crate) alias: Option<&'static str>,
    pub(crate) provider: Provider,
    pub(crate) runs: Runs,
    facts: &'static [Fact],
}

/// Where the command comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// Built into cargo. No alias can replace it.
    Cargo,
    /// A program of the toolchain, which rustup installs as a component.
    Rustup,
    /// A program `cargo-<name>` that the user installed.
    Plugin,
}

/// Where the command is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// In the container: it compiles for the target.
    Container,
    /// In the container, if the command line gives what the command needs there.
    ContainerWith(&'static [Need]),
    /// By the host's cargo: it never compiles for the target.
    Host,
    /// By the host's cargo unless a target is named. With a target in the container, if the command
    /// line gives what the command needs there.
    HostWithoutTarget(&'static [Need]),
    /// Not at all: it cannot work in the container, and on the host it would do something else.
    Refused {
        reason: &'static str,
        hint: &'static str,
    },
}

/// A requirement on the command line, and the reason why cross does not run the command without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    given: Given,
    reason: &'static str,
    hint: &'static str,
}

/// An argument that a command line must have, or must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// The directory to install into.
    InstallDir,
    /// The directory to install into, if the command's first argument is this one.
    InstallDirFor(&'static str),
    /// The directory of the package. Without it the package would come from a registry.
    PackageDir,
    /// `--dry-run`.
    DryRun,
    /// No `--install`.
    NoInstall,
}

/// A property of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    /// The command starts these programs for the target. It asks variables for their names, such as
    /// `STRIP_aarch64-unknown-linux-gnu`, and otherwise starts those of the machine that builds.
    Asks(&'static [&'static str]),
    /// The command works on intermediate files, so it is also run once for each image's build
    /// directory.
    BuildDirs,
    /// The command needs this component of the toolchain.
    Component(&'static str),
    /// The command makes cargo fetch, unpack or resolve packages that the project's lock file does
    /// not list.
    Fetches,
    /// Cargo's own command builds and starts programs of the test harness, and with `--no-run` only
    /// builds them.
    Harness,
    /// The command installs programs and keeps lists of them, as `cargo install` does. It ignores
    /// the lock file unless `--locked` is given.
    Installs,
    /// The command is `cargo run`, or as `cargo run`: it starts one program, which may be a task of
    /// the project's that calls cargo by itself.
    IsRun,
    /// The command leaves results that scripts collect from the target directory.
    LeavesResults,
    /// The command takes a single target, while most commands build for several.
    OneTarget,
    /// The command builds the standard library itself, so the target's need not be installed.
    OwnStd,
    /// The arguments of a program or compiler begin at the command's first positional argument.
    Program,
    /// The command compiles with the profile `release` by default.
    Releases,
    /// The command compiles with the profile `release` by default if its first argument is this
    /// one.
    ReleasesFor(&'static str),
    /// With one of these options the command runs what was built before. The target is then a fact
    /// about the build, and the command takes no `--target`.
    RunsBuilt(&'static [&'static str]),
    /// The command runs programs of the project, which may read standard input.
    RunsPrograms,
    /// The arguments behind `--` are rustc's.
    Rustc,
    /// Cargo starts the command's program in the workspace's root, as it does compilers.
    StartedInRoot,
    /// The command runs the project's tests.
    Tests,
    /// The command takes one of cargo's commands as its argument: `cargo hack run a -b`.
    Wraps,
    /// The command writes outside the target directory, always or with its usual options.
    WritesProject,
    /// The command writes outside the target directory if its first argument is this one.
    WritesFor(&'static str),
}

/// The positional argument at which a command's options end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No argument ends them: `cargo test NAME --release`.
    Never,
    /// The first one: the subcommand itself, or the program's arguments in `cargo run a --release`.
    First,
    /// The first one behind a wrapped command that has arguments of a program: `cargo hack run a
    /// --release`.
    Wrapped,
}

impl Subcommand {
    /// The command's name, for messages. Decisions are made by facts of the table.
    pub(crate) fn name(&self) -> impl Display + use<> {
        self.name
    }

    /// Whether shells offer the command: it is one of the toolchain's own, or a plugin that runs in
    /// the container.
    pub(crate) fn is_offered(&self) -> bool {
        match self.runs {
            Container | ContainerWith(_) => true,
            Host | HostWithoutTarget(_) => self.provider != Provider::Plugin,
            Refused { .. } => false,
        }
    }

    /// Where the command is run with these options and this first word of its arguments. An error
    /// says why cross does not run it. `configured` says whether cargo's configuration names a
    /// target.
    pub(super) fn location(
        &self,
        options: &Options,
        first: Option<&str>,
        configured: bool,
    ) -> Result<Location> {
        let name = self.name;
        let refused = |what: String, reason: &str, hint: &str| {
            let message = format!("cross does not run {what}: {reason}");
            Err(Error::new(message).hint(hint))
        };
        let named = !options.targets.is_empty();
        let (needs, what) = match self.runs {
            Container => return Ok(Location::Container),
            ContainerWith(needs) => (needs, format!("`cargo {name}`")),
            HostWithoutTarget(needs) if named => (needs, format!("`cargo {name} --target`")),
            HostWithoutTarget(needs) if configured => {
                let what = format!("`cargo {name}` for the target of cargo's configuration");
                (needs, what)
            }
            Host | HostWithoutTarget(_) => return Ok(Location::Host),
            Refused { reason, hint } => return refused(format!("`cargo {name}`"), reason, hint),
        };
        match needs.iter().find(|need| !need.given.is_in(options, first)) {
            Some(need) => refused(what, need.reason, need.hint),
            None => Ok(Location::Container),
        }
    }

    /// Whether the target's standard library must be installed before the command runs in the
    /// container.
    pub(crate) fn needs_std(&self) -> bool {
        let compiles = matches!(
            self.runs,
            Container | ContainerWith(_) | HostWithoutTarget(_)
        );
        compiles && !self.facts.contains(&OwnStd)
    }

    /// Whether the command installs programs and keeps lists of them, as `cargo install` does.
    pub(crate) fn installs(&self) -> bool {
        self.facts.contains(&Installs)
    }

    /// Whether the command compiles with the profile `release` if its arguments name no profile.
    /// `first` is the first word of its arguments.
    pub(crate) fn releases(&self, first: Option<&str>) -> bool {
        self.facts.iter().any(|fact| match fact {
            Releases => true,
            ReleasesFor(command) => first == Some(*command),
            _ => false,
        })
    }

    /// Whether the command is one of cargo's that start programs of the test harness, and with
    /// `--no-run` only build them.
    pub(crate) fn has_harness(&self) -> bool {
        self.facts.contains(&Harness)
    }

    /// Whether the command starts one program, which may be a task of the project's.
    pub(crate) fn is_run(&self) -> bool {
        self.facts.contains(&IsRun)
    }

    /// Whether the command leaves results that scripts collect from the target directory. Plugins
    /// do.
    pub(crate) fn leaves_results(&self) -> bool {
        self.provider == Provider::Plugin || self.facts.contains(&LeavesResults)
    }

    /// The options with which the command runs what was built before.
    pub(super) fn runs_built_with(&self) -> &'static [&'static str] {
        self.listed(|fact| match fact {
            RunsBuilt(options) => Some(options),
            _ => None,
        })
    }

    /// Whether the arguments behind `--` are rustc's.
    pub(super) fn is_rustc(&self) -> bool {
        self.facts.contains(&Rustc)
    }

    /// Whether cargo starts the command's program in the workspace's root, as it does compilers.
    pub(super) fn is_started_in_root(&self) -> bool {
        self.facts.contains(&StartedInRoot)
    }

    /// Whether the command runs the project's tests.
    pub(crate) fn tests(&self) -> bool {
        self.facts.contains(&Tests)
    }

    /// The programs for the target for which the command asks variables such as
    /// `STRIP_aarch64-unknown-linux-gnu`.
    pub(crate) fn asks(&self) -> &'static [&'static str] {
        self.listed(|fact| match fact {
            Asks(programs) => Some(programs),
            _ => None,
        })
    }

    /// The words of the first fact that has some of this kind. Empty if there is none.
    fn listed(
        &self,
        of: impl Fn(&Fact) -> Option<&'static [&'static str]>,
    ) -> &'static [&'static str] {
        self.facts.iter().find_map(of).unwrap_or_default()
    }

    /// Whether the command runs programs of the project, which may read standard input.
    pub(crate) fn runs_programs(&self) -> bool {
        self.facts.contains(&RunsPrograms)
    }

    /// Whether the command writes to the project if this is the first word of its arguments. See
    /// also `Options::fix`.
    pub(crate) fn writes_project(&self, first: Option<&str>) -> bool {
        self.facts.iter().any(|fact| match fact {
            WritesProject => true,
            WritesFor(command) => first == Some(*command),
            _ => false,
        })
    }

    /// Whether cargo must be able to fetch packages in the container.
    pub(crate) fn fetches(&self) -> bool {
        self.facts.contains(&Fetches)
    }

    /// Whether the command must also be run once for each image's build directory, as `cargo
    /// clean`.
    pub(crate) fn visits_build_dirs(&self) -> bool {
        self.facts.contains(&BuildDirs)
    }

    /// Whether the command takes a single target.
    pub(crate) fn single_target(&self) -> bool {
        self.facts.contains(&OneTarget)
    }

    /// The component of the toolchain that the command needs.
    pub(crate) fn component(&self) -> Option<&'static str> {
        self.facts.iter().find_map(|fact| match fact {
            Component(name) => Some(*name),
            _ => None,
        })
    }

    /// Whether the command takes one of cargo's commands as its argument.
    pub(crate) fn wraps(&self) -> bool {
        self.facts.contains(&Wraps)
    }

    /// Where the command is run and its properties, in words for the documentation.
    #[cfg(test)]
    pub(crate) fn words(&self) -> (&'static str, String) {
        let (place, words) = match self.runs {
            Container => ("container", Vec::new()),
            ContainerWith(needs) => ("container", needs.iter().map(Need::words).collect()),
            Host => ("host", Vec::new()),
            HostWithoutTarget(needs) => {
                let words = needs.iter().map(Need::words).collect();
                ("host; with `--target` container", words)
            }
            Refused { reason, .. } => ("not run", vec![reason.to_owned()]),
        };
        let mut words: Vec<String> = words;
        words.extend(self.facts.iter().filter_map(|fact| match fact {
            BuildDirs => Some("also in the build directory of each image".to_owned()),
            Component(name) => Some(format!("needs the component `{name}`")),
            Fetches => Some("has a registry of its own, as it fetches by itself".to_owned()),
            Installs => {
                Some("of the directory, `bin` and cargo's lists can be written to".to_owned())
            }
            OneTarget => Some("one target".to_owned()),
            OwnStd => Some("builds its own standard library".to_owned()),
            RunsPrograms => Some("runs your programs".to_owned()),
            Wraps => Some("takes one of cargo's commands as its own".to_owned()),
            WritesProject => Some("the project can be written to".to_owned()),
            WritesFor(command) => Some(format!(
                "for `{} {command}` the project can be written to",
                self.name
            )),
            Asks(_) | Harness | IsRun | LeavesResults | Program | Releases | ReleasesFor(_)
            | RunsBuilt(_) | Rustc | StartedInRoot | Tests => None,
        }));
        (place, words.join("; "))
    }

    /// The positional argument at which the command's options end.
    pub(crate) fn stop(&self) -> Stop {
        if self.facts.contains(&Program) {
            Stop::First
        } else if self.wraps() {
            Stop::Wrapped
        } else {
            Stop::Never
        }
    }
}

impl Given {
    fn is_in(self, options: &Options, first: Option<&str>) -> bool {
        match self {
            Self::InstallDir => options.install_dir.is_some(),
            Self::InstallDirFor(name) => options.install_dir.is_some() || first != Some(name),
            Self::PackageDir => options.package_dir.is_some(),
            Self::DryRun => options.dry_run,
            Self::NoInstall => !options.install,
        }
    }
}

impl Need {
    /// The requirement in words for the documentation.
    #[cfg(test)]
    fn words(&self) -> String {
        let option = match self.given {
            Given::InstallDir => "a directory",
            Given::InstallDirFor(name) => {
                return format!("`{name}` with a directory: {}", self.reason);
            }
            Given::PackageDir => "`--path`",
            Given::DryRun => "`--dry-run`",
            Given::NoInstall => return format!("not with `--install`: {}", self.reason),
        };
        format!("only with {option}: {}", self.reason)
    }
}

/// The row of a command, by its name or by cargo's short form.
pub(crate) fn find(name: &OsStr) -> Option<&'static Subcommand> {
    let name = name.to_str()?;
    TABLE
        .iter()
        .find(|row| row.name == name || row.alias == Some(name))
}

/// Whether this is the full name of a command that is built into cargo. No alias can replace it.
pub(crate) fn is_built_in(name: &OsStr) -> bool {
    find(name).is_some_and(|row| row.provider == Cargo && name == row.name)
}

/// The error for a cargo script, a package in a single file. Cargo writes a script's results to its
/// home, which containers cannot write to.
/// <https://doc.rust-lang.org/cargo/reference/unstable.html#script>
pub(crate) fn no_script(name: &str) -> Error {
    Error::new(format!("cross does not run cargo scripts like `{name}`"))
        .hint("make it a package, and use `cross run`")
}

/// The error for a command that is not in the table.
pub(crate) fn unknown(name: &OsStr) -> Error {
    let name = name.to_string_lossy();
    let error = |message: String| Error::new(message);
    if name.starts_with('+') {
        return error(format!(
            "the toolchain `{name}` stands behind other arguments"
        ))
        .hint(format!("write it first: `cross {name} build`"));
    }
    // Cargo takes such a name for the path of a script.
    // <https://doc.rust-lang.org/cargo/reference/unstable.html#script>
    if name.contains(['/', '\\']) || name.ends_with(".rs") {
        return no_script(&name);
    }
    if name == "cargo" {
        return error("`cross` stands in the place of `cargo`, not before it".to_owned())
            .hint("leave `cargo` out, as in `cross build`");
    }
    error(format!(
        "cross does not know whether `cargo {name}` compiles for the target"
    ))
    .hint(match closest(&name, TABLE.iter().map(|row| row.name)) {
        Some(known) => format!("did you mean `cross {known}`?"),
        None => format!("run `cargo {name}` yourself if it does not"),
    })
}
