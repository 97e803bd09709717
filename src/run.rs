//! `cross` from the command line to the last step, top to bottom.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use crate::cargo_config::CargoConfig;
use crate::choose::Missing;
use crate::cli::{self, Invocation, Side};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::fs;
use crate::gather::{self, Gathering};
use crate::host::Host;
use crate::metadata::{self, Metadata};
use crate::notices::Notices;
use crate::plan::Plan;
use crate::process::{Cmd, exit_code};
use crate::term::{self, Level, Term};
use crate::toolchain;

/// What is to be done, all decided.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Host cargo does it, and then the same elsewhere.
    Host { cmd: Cmd, after: Vec<Cmd> },
    /// One container run for each target.
    Container {
        engine: Engine,
        plans: Vec<Plan>,
        /// The command of the browser that is configured for `--open`.
        browser: Vec<String>,
        /// Whether a target that fails leaves the others their turn.
        keep_going: bool,
        /// What would have been made on the way.
        missing: Vec<Missing>,
        /// What the user is told about it once.
        notices: Notices,
    },
}

/// What a decision is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// To be carried out: a toolchain or an image that has to be looked into is made on the way.
    Run,
    /// To be shown: nothing is changed.
    Show,
}

/// Does what the arguments say. Comes back only with an error: the last step replaces the process.
pub(crate) fn cross(args: Vec<OsString>, host: &Host, term: &mut Term) -> Result<Infallible> {
    match decide(args, host, term, Aim::Run)? {
        Decision::Host { cmd, after } => {
            // The last one is all that is left of this process.
            let mut cmd = cmd;
            for next in after {
                let status = cmd.status_with_signals()?;
                if !status.success() {
                    return Err(Error::already_reported(exit_code(status)));
                }
                cmd = next;
            }
            Err(cmd.exec())
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
                term: *term,
            };
            executor.perform(&plans)
        }
    }
}

/// Decides what is to be done, asking the programs that have to be asked.
pub(crate) fn decide(
    args: Vec<OsString>,
    host: &Host,
    term: &mut Term,
    aim: Aim,
) -> Result<Decision> {
    let mut invocation = cli::parse(args)?;
    let cwd = invocation.directory(&host.cwd);
    if invocation.subcommand.is_none() {
        if invocation.options.version && !invocation.options.help && aim == Aim::Run {
            term::version("cross");
        }
        return Decision::host(&invocation, host, Vec::new());
    }
    let cargo_config = CargoConfig::load(host, &cwd, &invocation.options.config)?;
    invocation = invocation.resolve(|name| cargo_config.alias(host, name))?;
    *term = Term {
        level: level(&invocation, &cargo_config, host),
    };
    term::set_color(color(&invocation, &cargo_config, host));
    let configured = is_target_configured(&cargo_config, host);
    match (invocation.side(configured)?, invocation.row()) {
        // In its own words, and before an image is built for a target that nobody meant.
        (Side::Container, _) if invocation.is_doubtful() && is_refused(&invocation)? => {
            Decision::host(&invocation, host, Vec::new())
        }
        (Side::Container, Some(subcommand)) => Gathering {
            invocation: &invocation,
            subcommand,
            host,
            cwd,
            cargo_config,
            term: *term,
            aim,
        }
        .decide(),
        (Side::Host, Some(row)) if row.visits_build_dirs() && !invocation.args.is_empty() => {
            Decision::host(&invocation, host, in_build_dirs(&invocation, &cwd))
        }
        _ => Decision::host(&invocation, host, Vec::new()),
    }
}

impl Decision {
    fn host(invocation: &Invocation, host: &Host, after: Vec<Cmd>) -> Result<Self> {
        let cmd = host_cargo(invocation);
        if which::which_in(&cmd.program, host.var("PATH"), &host.cwd).is_err() {
            return Err(toolchain::not_installed(&cmd.program));
        }
        Ok(Self::Host { cmd, after })
    }
}

/// The same command for the build directory of each image: host cargo knows nothing of these, and says for
/// each what it did there. None where cargo cannot say where they are; it will tell the user why.
fn in_build_dirs(invocation: &Invocation, cwd: &Path) -> Vec<Cmd> {
    let query = metadata::query(invocation).env("RUSTUP_AUTO_INSTALL", "0");
    let answer = query.output();
    let metadata = answer
        .ok()
        .and_then(|output| Metadata::parse(&output.stdout).ok());
    let Some(dir) = metadata.and_then(|metadata| metadata.build_dir(invocation, cwd)) else {
        return Vec::new();
    };
    let dir = dir.join("cross");
    let mut names = fs::names_in(&dir);
    names.sort();
    let command = |name: &String| {
        let value = toml::Value::String(dir.join(name).to_string_lossy().into_owned());
        host_cargo(&invocation.with_config(&format!("build.build-dir={value}")))
    };
    names.iter().map(command).collect()
}

/// Host cargo with exactly what the user typed. It compiles nothing, so nothing is installed for it.
fn host_cargo(invocation: &Invocation) -> Cmd {
    Cmd::new("cargo")
        .args(invocation.argv())
        .env("RUSTUP_AUTO_INSTALL", "0")
}

/// Whether cargo's configuration names a target that is not this machine.
fn is_target_configured(config: &CargoConfig, host: &Host) -> bool {
    let mut names = gather::said_to_cargo(config, host);
    if names.is_empty() {
        names = config.list("build.target");
    }
    names
        .iter()
        .any(|name| name != gather::HOST && name != "host-tuple")
}

/// Whether cargo itself does not take the arguments. With `--help` behind them it does nothing else.
fn is_refused(invocation: &Invocation) -> Result<bool> {
    let mut asked = invocation.clone();
    asked.args.push("--help".into());
    asked.rest.clear();
    let output = toolchain::without_wrappers(host_cargo(&asked)).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(!output.status.success() && said.contains("unexpected argument"))
}

/// `-v` and `-q` win over cargo's `term.verbose` and `term.quiet`.
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
