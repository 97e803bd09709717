//! Cargo's commands as data: where each one runs and what it needs there.

use std::ffi::{OsStr, OsString};

use Fact::{
    BuildDirs, Component, Fetches, OneTarget, OwnStd, Program, RunsPrograms, Wraps, WritesFor,
    WritesProject,
};
use Provider::{Cargo, Plugin, Rustup};
use Runs::{Container, Host, HostWithoutTarget, Refused};

use super::scan::Stop;
use super::{Location, Options};
use crate::base::error::{Error, Result, closest};

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
    /// It never compiles for the target.
    Host,
    /// It compiles for the host unless `--target` is given, and then cross refuses it.
    HostWithoutTarget {
        reason: &'static str,
        hint: &'static str,
    },
    /// It cannot do in the container what it promises, nor means the same on the host.
    Refused {
        reason: &'static str,
        hint: &'static str,
    },
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
    /// Takes one target only, while most commands build for several.
    OneTarget,
    /// Builds the standard library itself, so the target's need not be installed.
    OwnStd,
    /// The first positional argument begins the arguments of the program or the compiler.
    Program,
    /// Runs the user's program, which may read its standard input.
    RunsPrograms,
    /// Takes one of cargo's commands as its own: `cargo hack run a -b`.
    Wraps,
    /// Writes outside the target directory: that is its purpose, or its usual options say so.
    WritesProject,
    /// The same, but only for this command of its own, its first argument.
    WritesFor(&'static str),
}

impl Subcommand {
    /// Where it runs with these options, or why cross does not run it.
    pub(super) fn side(&self, options: &Options, configured: bool) -> Result<Location> {
        let name = self.name;
        let named = !options.targets.is_empty();
        let (what, reason, hint) = match self.runs {
            Container => return Ok(Location::Container),
            HostWithoutTarget { reason, hint } if named => {
                (format!("`cargo {name} --target`"), reason, hint)
            }
            HostWithoutTarget { reason, hint } if configured => {
                let what = format!("`cargo {name}` for the target of cargo's configuration");
                (what, reason, hint)
            }
            Host | HostWithoutTarget { .. } => return Ok(Location::Host),
            Refused { reason, hint } => (format!("`cargo {name}`"), reason, hint),
        };
        let message = format!("cross does not run {what}: {reason}");
        Err(Error::new(message).hint(hint))
    }

    /// Whether the target's standard library has to be installed.
    pub(crate) fn needs_std(&self) -> bool {
        self.runs == Container && !self.facts.contains(&OwnStd)
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
        let place = match self.runs {
            Container => "container",
            Host => "host",
            HostWithoutTarget { .. } => "host; not with `--target`",
            Refused { .. } => "not run",
        };
        let mut words: Vec<String> = Vec::new();
        if let HostWithoutTarget { reason, .. } | Refused { reason, .. } = self.runs {
            words.push(reason.to_owned());
        }
        words.extend(self.facts.iter().filter_map(|fact| match fact {
            BuildDirs => Some("also in the build directory of each image".to_owned()),
            Component(name) => Some(format!("needs the component `{name}`")),
            Fetches => Some("has a registry of its own, as it fetches by itself".to_owned()),
            OneTarget => Some("one target".to_owned()),
            OwnStd => Some("builds its own standard library".to_owned()),
            RunsPrograms => Some("runs your programs".to_owned()),
            Wraps => Some("takes one of cargo's commands as its own".to_owned()),
            WritesProject => Some("the project can be written to".to_owned()),
            WritesFor(command) => Some(format!(
                "for `{} {command}` the project can be written to",
                self.name
            )),
            Program => None,
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
        return error(format!("cross does not run cargo scripts like `{name}`"))
            .hint("make it a package, and use `cross run`");
    }
    error(format!(
        "cross does not know whether `cargo {name}` compiles for the target"
    ))
    .hint(match closest(&name, TABLE.iter().map(|row| row.name)) {
        Some(known) => format!("did you mean `cross {known}`?"),
        None => format!("run `cargo {name}` yourself if it does not"),
    })
}

const fn cargo(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Cargo,
        runs,
        facts,
    }
}

const fn short(
    alias: &'static str,
    name: &'static str,
    runs: Runs,
    facts: &'static [Fact],
) -> Subcommand {
    Subcommand {
        name,
        alias: Some(alias),
        provider: Cargo,
        runs,
        facts,
    }
}

const fn rustup(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Rustup,
        runs,
        facts,
    }
}

const fn plugin(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Plugin,
        runs,
        facts,
    }
}

/// `cargo install`: what it builds lands in the user's own `bin` directory.
const INSTALL: Runs = HostWithoutTarget {
    reason: "it puts programs where this machine looks for its own",
    hint: "build it with `cross build --release`, and copy it from the target directory",
};

/// `cargo publish`: it needs the token that no container ever gets.
const PUBLISH: Runs = HostWithoutTarget {
    reason: "it needs your token, which cross keeps out of containers",
    hint: "verify with `cross package`, then run `cargo publish --no-verify`",
};

/// Plugins that cross-compile by themselves.
const OTHER_CROSS: Runs = Refused {
    reason: "it brings its own way to cross-compile",
    hint: "run it with `cargo`, or use `cross build`",
};

/// Plugins that call cargo on the host, which would build for the host.
const CALLS_CARGO: Runs = Refused {
    reason: "it would call cargo on the host, not cross",
    hint: "run it with `cargo`, and let it call `cross`",
};

/// The commands that cross knows: cargo's own, rustup's, and the plugins people use,
/// each group sorted.
///
/// Cargo's: <https://doc.rust-lang.org/cargo/commands/index.html>. A plugin runs in the container
/// if it compiles by calling cargo with `--target` as cargo has it.
#[rustfmt::skip] // one command a line
pub(crate) const TABLE: &[Subcommand] = &[
    cargo("add", Host, &[]),
    cargo("bench", Container, &[RunsPrograms]),
    short("b", "build", Container, &[]),
    short("c", "check", Container, &[]),
    cargo("clean", Host, &[BuildDirs]),
    cargo("config", Host, &[]),
    short("d", "doc", Container, &[]),
    cargo("fetch", Host, &[]),
    cargo("fix", Container, &[WritesProject]),
    cargo("generate-lockfile", Host, &[]),
    cargo("git-checkout", Host, &[]),
    cargo("help", Host, &[]),
    cargo("info", Host, &[]),
    cargo("init", Host, &[]),
    cargo("install", INSTALL, &[]),
    cargo("locate-project", Host, &[]),
    cargo("login", Host, &[]),
    cargo("logout", Host, &[]),
    cargo("metadata", Host, &[]),
    cargo("new", Host, &[]),
    cargo("owner", Host, &[]),
    cargo("package", Container, &[Fetches]), // builds what it packed
    cargo("pkgid", Host, &[]),
    cargo("publish", PUBLISH, &[]),
    cargo("read-manifest", Host, &[]),
    short("rm", "remove", Host, &[]),
    cargo("report", Host, &[]),
    short("r", "run", Container, &[RunsPrograms, OneTarget, Program]),
    cargo("rustc", Container, &[Program]),
    cargo("rustdoc", Container, &[Program]),
    cargo("search", Host, &[]),
    short("t", "test", Container, &[RunsPrograms]),
    cargo("tree", Host, &[]),
    cargo("uninstall", Host, &[]),
    cargo("update", Host, &[]),
    cargo("vendor", Host, &[]),
    cargo("verify-project", Host, &[]),
    cargo("version", Host, &[]),
    cargo("yank", Host, &[]),

    rustup("clippy", Container, &[Component("clippy")]),
    rustup("fmt", Host, &[]),
    rustup("miri", Host, &[]), // interprets for any target, without linker or emulator

    plugin("about", Host, &[]),
    plugin("apk", OTHER_CROSS, &[]),
    plugin("asm", Container, &[]),
    plugin("audit", Host, &[]),
    plugin("auditable", Container, &[RunsPrograms, Wraps]),
    plugin("binstall", Host, &[]),
    plugin("bloat", Container, &[]),
    plugin("bundle-licenses", Host, &[]),
    plugin("cache", Host, &[]),
    plugin("careful", Container, &[Fetches, RunsPrograms, Wraps, OwnStd, Component("rust-src")]),
    plugin("cbuild", Container, &[]),
    plugin("chef", Container, &[WritesProject]),
    plugin("criterion", Container, &[RunsPrograms]),
    plugin("ctest", Container, &[RunsPrograms]),
    plugin("cyclonedx", Host, &[]),
    plugin("deb", Container, &[]),
    plugin("deny", Host, &[]),
    plugin("depgraph", Host, &[]),
    plugin("dinghy", OTHER_CROSS, &[]),
    plugin("edit", Host, &[]),
    plugin("expand", Container, &[]),
    plugin("fuzz", Container, &[Fetches, RunsPrograms, WritesProject]),
    plugin("geiger", Container, &[]),
    plugin("generate", Host, &[]),
    plugin("generate-rpm", Host, &[]), // packs what is built already
    plugin("hack", Container, &[RunsPrograms, Wraps, WritesProject]), // rewrites manifests
    plugin("insta", Container, &[RunsPrograms, WritesProject]),
    plugin("install-update", Host, &[]),
    plugin("lambda", OTHER_CROSS, &[]),
    plugin("license", Host, &[]),
    plugin("llvm-cov", Container, &[RunsPrograms, Wraps, WritesProject, Component("llvm-tools")]),
    plugin("llvm-lines", Container, &[]),
    plugin("machete", Host, &[]),
    plugin("make", CALLS_CARGO, &[]),
    plugin("minimal-versions", Container, &[Fetches, RunsPrograms, Wraps, WritesProject]),
    plugin("msrv", CALLS_CARGO, &[]),
    plugin("mutants", Container, &[RunsPrograms, WritesProject]),
    plugin("ndk", OTHER_CROSS, &[]),
    plugin("nextest", Container, &[RunsPrograms, WritesFor("archive")]),
    plugin("nm", Container, &[Component("llvm-tools")]),
    plugin("objcopy", Container, &[Component("llvm-tools"), WritesProject]),
    plugin("objdump", Container, &[Component("llvm-tools")]),
    plugin("outdated", Host, &[]),
    plugin("public-api", Container, &[Fetches]),
    plugin("rdme", Host, &[]),
    plugin("readme", Host, &[]),
    plugin("readobj", Container, &[Component("llvm-tools")]),
    plugin("release", Host, &[]),
    plugin("semver-checks", Container, &[Fetches]),
    plugin("set-version", Host, &[]),
    plugin("shear", Host, &[]),
    plugin("size", Container, &[Component("llvm-tools")]),
    plugin("sort", Host, &[]),
    plugin("spellcheck", Host, &[]),
    plugin("strip", Container, &[Component("llvm-tools")]),
    plugin("sweep", Host, &[]),
    plugin("tarpaulin", Container, &[RunsPrograms, WritesProject]),
    plugin("udeps", Container, &[]),
    plugin("upgrade", Host, &[]),
    plugin("vet", Host, &[]),
    plugin("watch", CALLS_CARGO, &[]),
    plugin("workspaces", Host, &[]),
    plugin("xwin", OTHER_CROSS, &[]),
    plugin("zigbuild", OTHER_CROSS, &[]),
];
