//! `cross-util toolchains` and `cross-util exec`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;

use super::print;
use crate::cargo::config::CargoConfig;
use crate::cli::glibc;
use crate::config::Config;
use crate::target::tools::{self, Tool};
use crate::target::{self, ROWS, Row};
use crate::toolchain::{self, Origin, ToolRecipe, ToolchainRecipe, recipe};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::term::Term;
use cross_base::version::Version;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the targets that have a toolchain, with the directory of those that are there
    List,
    /// Make toolchains now, so that the first build need not
    Make {
        /// A triple, and behind it the glibc that results must run with, if it is not the target's
        /// own: x86_64-unknown-linux-gnu.2.17
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Make programs that build scripts start, or libraries that they load, for a machine without
    /// containers that lacks them
    Tool {
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Copy all that toolchains are made of to a directory, for a machine without a network
    Export {
        /// The directory
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Copy as well what the base image is made of, for the engines with containers
        #[arg(long)]
        base: bool,
        /// Copy as well what a tool that `toolchains tool` makes is made of
        #[arg(long = "tool", value_name = "NAME")]
        tools: Vec<String>,
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Take the packages of such a directory, or a file that a toolchain is made of
    Import {
        #[arg(value_name = "DIR|FILE")]
        from: PathBuf,
    },
    /// List the packages that toolchains are made of, by release and name
    Packages,
}

pub(super) fn run(command: Command, host: &Host, term: Term) -> Result<()> {
    match command {
        Command::List => print(&list(host)?),
        Command::Make { targets } => {
            for target in targets {
                let (recipe, limit) = require(&target, host)?;
                if let Some(version) = &limit {
                    recipe.ensure_older(version, host, term, &origin(host)?)?;
                }
                toolchain::ensure(&recipe, true, host, term, &origin(host)?)?;
                term.status("Ready", &format!("`{}`", recipe.dir(host).display()));
            }
        }
        Command::Tool { names } => {
            for name in names {
                let recipe = ToolRecipe::of(tool(&name)?)?;
                recipe.ensure(host, term, &origin(host)?)?;
                term.status("Ready", &format!("`{}`", recipe.place(host).display()));
            }
        }
        Command::Export {
            to,
            base,
            tools,
            targets,
        } => {
            let tools = tools.iter().map(|name| ToolRecipe::of(tool(name)?));
            let tools = tools.collect::<Result<Vec<_>>>()?;
            let recipes = targets.iter().map(|target| Ok(require(target, host)?.0));
            let recipes = recipes.collect::<Result<Vec<_>>>()?;
            let count =
                toolchain::export((&recipes, &tools, base), &to, host, term, &origin(host)?)?;
            term.status(
                "Exported",
                &format!("{count} packages to `{}`", to.display()),
            );
        }
        Command::Import { from } => {
            let count = toolchain::import(&from, host, term)?;
            term.status("Imported", &format!("{count} packages"));
        }
        Command::Packages => {
            let all: BTreeSet<(String, String)> = ROWS
                .iter()
                .flat_map(Row::glibcs)
                .flat_map(recipe::wanted)
                .collect();
            let lines = all.iter().map(|(suite, name)| format!("{suite} {name}\n"));
            print(&lines.collect::<String>());
        }
    }
    Ok(())
}

fn list(host: &Host) -> Result<String> {
    let mut text = String::new();
    for row in ROWS.iter().flat_map(Row::glibcs) {
        let Some(recipe) = ToolchainRecipe::of(row, host)? else {
            continue;
        };
        let state = match recipe.is_made(host) {
            true => recipe.dir(host).display().to_string(),
            // A toolchain with a newer glibc is not listed unless it exists.
            false if row.as_newer().is_some() => continue,
            false => "not made".to_owned(),
        };
        let _ = writeln!(text, "{:32} {state}", row.shown());
    }
    Ok(text)
}

/// The origin of packages by the nearest configuration.
pub(super) fn origin(host: &Host) -> Result<Origin> {
    Ok(Origin {
        offline: CargoConfig::load(host, &host.cwd, &[])?.is_offline(host),
        mirror: Config::nearest(host, &host.cwd).mirror()?,
    })
}

/// The tool of this name.
fn tool(name: &str) -> Result<Tool> {
    tools::tool(name).ok_or_else(|| {
        let known: Vec<&str> = tools::names().collect();
        let hint = format!("there is `{}`", known.join("`, `"));
        Error::usage(format!("no tool is called `{name}`")).hint(hint)
    })
}

/// The row of a target, behind whose triple may stand a version of glibc, and the version to which
/// results are limited.
pub(super) fn named(target: &str) -> Result<(&'static Row, Option<Version>)> {
    let Some((triple, version)) = glibc::apart(target) else {
        return Ok((target::require(target)?, None));
    };
    let row = target::require(&triple)?;
    let limit = row.limit(&version);
    Ok((row.for_glibc(limit.as_ref()), limit))
}

/// The recipe of a target's toolchain, and the version of glibc to which results are limited.
fn require(target: &str, host: &Host) -> Result<(ToolchainRecipe, Option<Version>)> {
    let (row, limit) = named(target)?;
    let recipe = ToolchainRecipe::of(row, host)?.ok_or_else(|| {
        let triple = row.triple;
        let message = format!("there is no toolchain for `{triple}`, only an image");
        Error::new(message).hint("`cross-util toolchains list` shows which targets have one")
    })?;
    Ok((recipe, limit))
}

/// A toolchain that has been made.
pub(super) struct Ready {
    pub(super) triple: String,
    pub(super) dir: PathBuf,
    /// The variables with which cargo and crates use the toolchain.
    pub(super) variables: Vec<(String, String)>,
}

/// Makes a target's toolchain, unless it exists. If a version of glibc stands behind the target,
/// makes the libraries for it as well.
///
/// # Errors
///
/// When the target has no toolchain, or it cannot be made.
pub(super) fn ready(target: &str, host: &Host, term: Term) -> Result<Ready> {
    let (recipe, limit) = require(target, host)?;
    let origin = origin(host)?;
    toolchain::ensure(&recipe, false, host, term, &origin)?;
    let dir = recipe.dir(host);
    let mut variables = recipe.environment(&dir);
    if let (Some(version), Some(variable)) = (limit, recipe.older_variable()) {
        recipe.ensure_older(&version, host, term, &origin)?;
        let place = recipe.older_dir(&version, host);
        variables.push((variable.to_owned(), place.display().to_string()));
    }
    Ok(Ready {
        triple: recipe.row.triple.to_owned(),
        dir,
        variables,
    })
}

/// Replaces this process by a command with a toolchain's environment. Returns the error that kept
/// it from that.
///
/// # Errors
///
/// When the toolchain cannot be made.
pub(super) fn exec(target: &str, command: &[OsString], host: &Host, term: Term) -> Result<Error> {
    let Ready { dir, variables, .. } = ready(target, host, term)?;
    let mut path = dir.join("bin").into_os_string();
    if let Some(others) = host.var("PATH") {
        path.push(":");
        path.push(others);
    }
    let [program, args @ ..] = command else {
        return Err(Error::usage("no command"));
    };
    let mut cmd = Cmd::new(program).args(args).env("PATH", path);
    for (name, value) in variables {
        cmd = cmd.env(name, value);
    }
    Ok(cmd.exec())
}
