//! Cargo's commands as data: where each one runs and what it needs there.

use std::ffi::{OsStr, OsString};

mod table;

use Fact::{
    BuildDirs, Component, Fetches, Installs, OneTarget, OwnStd, Program, Releases, ReleasesFor,
    RunsPrograms, Wraps, WritesFor, WritesProject,
};
use Provider::Cargo;
use Runs::{Container, ContainerWith, Host, HostWithoutTarget, Refused};

use super::{Location, Options};
use cross_base::error::{Error, Result, closest};
pub(crate) use table::TABLE;

/// One command of cargo or of a plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subcommand {
    pub(crate) name: &'static str,
    /// Cargo's own short form. A user's alias of that name wins over it.
    pub(crate) alias: Option<&'static str>,
    pub(crate) provider: Provider,
    pub(crate) runs: Runs,
    facts: &'static [Fact],
}

/// Who brings the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// Built into cargo. No alias can replace it.
    Cargo,
    /// A program in the toolchain, installed as a component.
    Rustup,
    /// A `cargo-<name>` program that the user installed.
    Plugin,
}

/// Where the command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// It compiles for the target.
    Container,
    /// The same, if the command line says what it takes.
    ContainerWith(&'static [Need]),
    /// It never compiles for the target.
    Host,
    /// It compiles for the host unless a target is named; then in the container, if the command
    /// line says what it takes.
    HostWithoutTarget(&'static [Need]),
    /// It cannot do in the container what it promises, nor means the same on the host.
    Refused {
        reason: &'static str,
        hint: &'static str,
    },
}

/// Something that a command line has to say, and why cross does not run it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    given: Given,
    reason: &'static str,
    hint: &'static str,
}

/// What there has to be on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// The directory to install into.
    InstallDir,
    /// The same, if the command's first argument is this one.
    InstallDirFor(&'static str),
    /// The directory of the package, rather than the name of one that a registry has.
    PackageDir,
    /// `--dry-run`.
    DryRun,
}

/// What is special about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    /// Works on intermediate files, of which each image has a directory of its own.
    BuildDirs,
    /// Needs this component of the toolchain.
    Component(&'static str),
    /// Makes cargo fetch, unpack or resolve what no lock file of the project lists.
    Fetches,
    /// Installs programs and lists them, as cargo does, and makes no use of the lock file unless
    /// told to.
    Installs,
    /// Takes one target only, while most commands build for several.
    OneTarget,
    /// Builds the standard library itself, so the target's need not be installed.
    OwnStd,
    /// The first positional argument begins the arguments of the program or the compiler.
    Program,
    /// Compiles for release unless told otherwise.
    Releases,
    /// The same, but only for this command of its own, its first argument.
    ReleasesFor(&'static str),
    /// Runs the user's program, which may read its standard input.
    RunsPrograms,
    /// Takes one of cargo's commands as its own: `cargo hack run a -b`.
    Wraps,
    /// Writes outside the target directory: that is its purpose, or its usual options say so.
    WritesProject,
    /// The same, but only for this command of its own, its first argument.
    WritesFor(&'static str),
}

/// Which positional argument ends the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// None: `cargo test NAME --release`.
    Never,
    /// The first: the subcommand itself, and the program's arguments in `cargo run a --release`.
    First,
    /// The first behind a command that has program arguments: `cargo hack run a --release`.
    Wrapped,
}

impl Subcommand {
    /// Where it runs with these options and arguments, or why cross does not run it.
    pub(super) fn side(
        &self,
        options: &Options,
        args: &[OsString],
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
        match needs.iter().find(|need| !need.given.is_in(options, args)) {
            Some(need) => refused(what, need.reason, need.hint),
            None => Ok(Location::Container),
        }
    }

    /// Whether the target's standard library has to be installed, where it runs in the container.
    pub(crate) fn needs_std(&self) -> bool {
        let compiles = matches!(
            self.runs,
            Container | ContainerWith(_) | HostWithoutTarget(_)
        );
        compiles && !self.facts.contains(&OwnStd)
    }

    /// Whether it installs programs and lists them, as cargo does.
    pub(crate) fn installs(&self) -> bool {
        self.facts.contains(&Installs)
    }

    /// Whether it compiles for release with these arguments, if nothing else is said.
    pub(crate) fn releases(&self, args: &[OsString]) -> bool {
        let first = args.first().and_then(|word| word.to_str());
        self.facts.iter().any(|fact| match fact {
            Releases => true,
            ReleasesFor(command) => first == Some(*command),
            _ => false,
        })
    }

    /// Whether it runs the user's program, which then has the terminal's standard input.
    pub(crate) fn runs_programs(&self) -> bool {
        self.facts.contains(&RunsPrograms)
    }

    /// Whether it writes to the project itself with these arguments. See also `Options::fix`.
    pub(crate) fn writes_project(&self, args: &[OsString]) -> bool {
        let first = args.first().and_then(|word| word.to_str());
        self.facts.iter().any(|fact| match fact {
            WritesProject => true,
            WritesFor(command) => first == Some(*command),
            _ => false,
        })
    }

    /// Whether cargo has to be able to fetch in the container.
    pub(crate) fn fetches(&self) -> bool {
        self.facts.contains(&Fetches)
    }

    /// Whether it has to be done in the build directory of each image too.
    pub(crate) fn visits_build_dirs(&self) -> bool {
        self.facts.contains(&BuildDirs)
    }

    /// Whether it takes one target only.
    pub(crate) fn single_target(&self) -> bool {
        self.facts.contains(&OneTarget)
    }

    /// The component of the toolchain that it needs.
    pub(crate) fn component(&self) -> Option<&'static str> {
        self.facts.iter().find_map(|fact| match fact {
            Component(name) => Some(*name),
            _ => None,
        })
    }

    /// Whether it takes one of cargo's commands as its own.
    pub(crate) fn wraps(&self) -> bool {
        self.facts.contains(&Wraps)
    }

    /// Where it runs, and what is special about it, for the documentation.
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
            Program | Releases | ReleasesFor(_) => None,
        }));
        (place, words.join("; "))
    }

    /// Which positional argument ends its options.
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
    fn is_in(self, options: &Options, args: &[OsString]) -> bool {
        let is_first = |name: &str| args.first().is_some_and(|word| word == name);
        match self {
            Self::InstallDir => options.install_dir.is_some(),
            Self::InstallDirFor(name) => options.install_dir.is_some() || !is_first(name),
            Self::PackageDir => options.package_dir.is_some(),
            Self::DryRun => options.dry_run,
        }
    }
}

impl Need {
    /// For the documentation.
    #[cfg(test)]
    fn words(&self) -> String {
        let option = match self.given {
            Given::InstallDir => "a directory",
            Given::InstallDirFor(name) => {
                return format!("`{name}` with a directory: {}", self.reason);
            }
            Given::PackageDir => "`--path`",
            Given::DryRun => "`--dry-run`",
        };
        format!("only with {option}: {}", self.reason)
    }
}

/// The row of a command, by its name or cargo's short form of it.
pub(crate) fn find(name: &OsStr) -> Option<&'static Subcommand> {
    let name = name.to_str()?;
    TABLE
        .iter()
        .find(|row| row.name == name || row.alias == Some(name))
}

/// Whether this is the full name of a command built into cargo, which no alias can replace.
pub(crate) fn is_built_in(name: &OsStr) -> bool {
    find(name).is_some_and(|row| row.provider == Cargo && name == row.name)
}

/// Why cross runs no package that is a single file: cargo keeps its results in cargo's home.
/// <https://doc.rust-lang.org/cargo/reference/unstable.html#script>
pub(crate) fn no_script(name: &str) -> Error {
    Error::new(format!("cross does not run cargo scripts like `{name}`"))
        .hint("make it a package, and use `cross run`")
}

/// Why cross runs no command of this name, which is not in the table.
pub(crate) fn unknown(name: &OsStr) -> Error {
    let name = name.to_string_lossy();
    let error = |message: String| Error::new(message);
    if name.starts_with('+') {
        return error(format!(
            "the toolchain `{name}` stands behind other arguments"
        ))
        .hint(format!("write it first: `cross {name} build`"));
    }
    // What cargo itself takes for a script.
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
