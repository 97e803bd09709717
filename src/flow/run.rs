//! `cross` from the command line to the last step, from top to bottom.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cargo::config::CargoConfig;
use crate::cargo::toolchain::{self, host_cargo};
use crate::cli::{self, Invocation, Location, Subcommand};
use crate::flow::clean;
use crate::flow::debug::Wishes;
use crate::flow::decision::Decision;
use crate::flow::exec::Executor;
use crate::flow::resolve::{self, Resolver};
use crate::target::HOST;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::process::{Cmd, exit_code};
use cross_base::term::{self, Level, Term};
use cross_base::version::Version;

/// Carries out a command line, and returns the exit code. If the last step runs on the host, it
/// replaces the process.
///
/// # Errors
///
/// When something cannot be decided, prepared or started.
pub(crate) fn cross(args: Vec<OsString>, host: &Host, term: &mut Term) -> Result<ExitCode> {
    cross_with(args, host, term, None)
}

/// Carries out a command line, with a debugger beside the run if there are `wishes` for one.
///
/// # Errors
///
/// When something cannot be decided, prepared or started, or no program can be debugged.
pub(crate) fn cross_with(
    args: Vec<OsString>,
    host: &Host,
    term: &mut Term,
    wishes: Option<&Wishes>,
) -> Result<ExitCode> {
    match decide(args, host, term, Mode::Run)? {
        Decision::Host { .. } if wishes.is_some() => Err(Error::usage(
            "the host's cargo does this by itself, so there is nothing to debug",
        )
        .hint("debug `run`, or `test --test FILE NAME`")),
        Decision::Container { plans, .. } if wishes.is_some() && plans.len() != 1 => {
            Err(Error::usage("one target can be debugged at a time"))
        }
        Decision::Host {
            before,
            cmd,
            after,
            removed,
            help,
        } => {
            for added in before {
                added.run(host, *term)?;
            }
            by_host_cargo([vec![cmd], after].concat(), removed.as_deref(), help)
        }
        Decision::Container {
            engine,
            plans,
            browser,
            keep_going,
            notices,
            ..
        } => {
            notices.show(host, *term);
            let executor = Executor {
                engine: &engine,
                browser: &browser,
                keep_going,
                host,
                root: notices.root(),
                term: *term,
                wishes,
            };
            executor.perform(&plans)
        }
    }
}

/// Runs commands on the host until one fails, and then removes a directory. The last command
/// replaces this process, unless there is something to do or to say after it.
fn by_host_cargo(mut cmds: Vec<Cmd>, removed: Option<&Path>, help: bool) -> Result<ExitCode> {
    let is_last = !help && removed.is_none();
    let last = if is_last { cmds.pop() } else { None };
    for cmd in cmds {
        let status = cmd.status_with_signals()?;
        if !status.success() {
            return Ok(exit_code(status).into());
        }
    }
    if let Some(cmd) = last {
        return Err(cmd.exec());
    }
    if let Some(dir) = removed {
        fs::remove_tree(dir)?;
    }
    if help {
        term::print(HELP);
    }
    Ok(ExitCode::SUCCESS)
}

/// The text behind cargo's own help.
const HELP: &str = "
Cross runs these commands in a container that has what another target needs: cross build --target TRIPLE
  Targets:        cross-util targets
  Configuration:  Cross.toml in the workspace's root; cross-util config shows every key
  Before a run:   cross-util plan -- build --target TRIPLE shows what would be done
  After a build:  cross build --verify fails if a result needs a newer glibc than the target promises, or another machine
  After an error: cross-util doctor looks at this machine, its engines and the project
";

/// Decides what is to be done. Asks rustc, cargo and the engine as needed.
pub(crate) fn decide(
    args: Vec<OsString>,
    host: &Host,
    term: &mut Term,
    mode: Mode,
) -> Result<Decision> {
    let invocation = cli::parse(args)?;
    if !invocation.has_command() {
        if invocation.options.version && !invocation.options.help && mode == Mode::Run {
            term::version("cross");
        }
        return Decision::host(&invocation, host);
    }
    let read = read(invocation, host)?;
    *term = Term {
        level: level(&read.invocation, &read.cargo_config, host),
    };
    term::set_color(color(&read.invocation, &read.cargo_config, host));
    if let Some(setting) = &read.lto {
        let why = "as rustc does not take `-C lto` behind `--` from today's cargo";
        term.status("Setting", &format!("`{setting}`, {why}"));
    }
    route(read, host, *term, mode)
}

/// A command line as it is meant, with the configuration that it is read with.
struct Read {
    invocation: Invocation,
    cargo_config: CargoConfig,
    /// The directory in which cargo works.
    cwd: PathBuf,
    /// The setting of cargo's in place of `-C lto` on the command line.
    lto: Option<String>,
    /// The versions of glibc that the command line names behind targets.
    glibc: Vec<(String, Version)>,
}

/// Reads aliases, cross's own options and what cargo does not take as it stands.
fn read(invocation: Invocation, host: &Host) -> Result<Read> {
    let cwd = invocation.directory(&host.cwd);
    let mut cargo_config = CargoConfig::load(host, &cwd, &invocation.options.config)?;
    let invocation = invocation.resolve(|name| cargo_config.alias(host, name))?;
    let mut invocation = invocation.without_own_options()?;
    if invocation.subcommand().is_some_and(Subcommand::installs) {
        // `cargo install --path` reads the configuration from the package's directory. Any other
        // installation reads the user's only, not the current project's.
        // <https://doc.rust-lang.org/cargo/commands/cargo-install.html#description>
        let package = invocation.options.package_dir.as_deref();
        let start = package.map_or(host.cargo_home.clone(), |dir| fs::absolute(&cwd, dir));
        cargo_config = CargoConfig::load_from(host, &cwd, &start, &invocation.options.config)?;
    }
    let mut lto = None;
    if let Some((meant, setting)) = invocation.with_lto_of_the_profile() {
        invocation = meant;
        lto = Some(setting);
    }
    let (invocation, glibc) = invocation.without_glibc();
    Ok(Read {
        invocation,
        cargo_config,
        cwd,
        lto,
        glibc,
    })
}

/// Decides for a command by the place where it runs.
fn route(read: Read, host: &Host, term: Term, mode: Mode) -> Result<Decision> {
    let Read {
        invocation,
        cargo_config,
        cwd,
        glibc,
        ..
    } = read;
    let configured = is_target_configured(&cargo_config, host);
    match (invocation.location(configured)?, invocation.subcommand()) {
        // Cargo refuses the arguments, so cargo prints its error, before an image is built for a
        // target that was not meant.
        (Location::Container, _) if invocation.is_doubtful() && is_refused(&invocation)? => {
            match invocation.target_without_option() {
                Some(triple) => Err(Error::usage(format!("unexpected argument `{triple}`"))
                    .hint(format!("a target is named with `--target {triple}`"))),
                None => Decision::host(&invocation, host),
            }
        }
        (Location::Container, Some(subcommand)) => Resolver {
            invocation: &invocation,
            subcommand,
            host,
            cwd,
            cargo_config,
            term,
            mode,
            near: resolve::NearLockfile::default(),
            glibc,
        }
        .decide(),
        (Location::Host, Some(subcommand)) if subcommand.visits_build_dirs() => {
            clean::decide(&invocation, host, &cwd)
        }
        _ => Decision::host(&invocation, host),
    }
}

/// Whether cargo's configuration names a target that is not this machine's own.
fn is_target_configured(config: &CargoConfig, host: &Host) -> bool {
    let mut names = resolve::said_to_cargo(config, host);
    if names.is_empty() {
        names = config.targets();
    }
    names
        .iter()
        .any(|name| name != HOST && name != "host-tuple")
}

/// Whether cargo refuses the arguments. Cargo is asked with `--help` behind them, so it does
/// nothing.
fn is_refused(invocation: &Invocation) -> Result<bool> {
    let mut asked = invocation.clone();
    asked.args.push("--help".into());
    asked.rest.clear();
    let asked = toolchain::without_installation(host_cargo(&asked));
    let output = toolchain::without_wrappers(asked).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(!output.status.success() && said.contains("unexpected argument"))
}

/// The level of messages. `-v` and `-q` win over cargo's `term.verbose` and `term.quiet`.
fn level(invocation: &Invocation, config: &CargoConfig, host: &Host) -> Level {
    let options = &invocation.options;
    let on = |variable: &str, key: &str| match host.text(variable) {
        Some(value) => value == "true",
        None => config.get(key).and_then(toml::Value::as_bool) == Some(true),
    };
    if options.quiet {
        Level::Quiet
    } else if options.verbose > 0 {
        Level::Verbose
    } else if on("CARGO_TERM_QUIET", "term.quiet") {
        Level::Quiet
    } else if on("CARGO_TERM_VERBOSE", "term.verbose") {
        Level::Verbose
    } else {
        Level::Normal
    }
}

fn color<'a>(
    invocation: &'a Invocation,
    config: &'a CargoConfig,
    host: &'a Host,
) -> Option<&'a str> {
    let option = invocation.options.color.as_deref().and_then(|c| c.to_str());
    option
        .or_else(|| host.text("CARGO_TERM_COLOR"))
        .or_else(|| config.text("term.color"))
}
