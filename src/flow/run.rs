//! `cross` from the command line to the last step, from top to bottom.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::{self, Metadata};
use crate::cargo::registry;
use crate::cargo::toolchain::{self, host_cargo};
use crate::cli::{self, Invocation, Location, Subcommand};
use crate::flow::debug::Wishes;
use crate::flow::decision::Decision;
use crate::flow::exec::Executor;
use crate::flow::resolve::{self, Resolver};
use crate::target::HOST;
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::process::{Cmd, exit_code};
use cross_base::term::{self, Level, Term};

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
            if let Some(dir) = removed {
                fs::remove_tree(&dir)?;
            }
            for added in before {
                added.run(host, *term)?;
            }
            by_host_cargo([vec![cmd], after].concat(), help)
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

/// Runs commands on the host until one fails. The last one replaces this process, unless cross adds
/// its help to cargo's.
fn by_host_cargo(mut cmds: Vec<Cmd>, help: bool) -> Result<ExitCode> {
    let last = if help { None } else { cmds.pop() };
    for cmd in cmds {
        let status = cmd.status_with_signals()?;
        if !status.success() {
            return Ok(exit_code(status).into());
        }
    }
    if let Some(cmd) = last {
        return Err(cmd.exec());
    }
    term::print(HELP);
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
    let mut invocation = cli::parse(args)?;
    let cwd = invocation.directory(&host.cwd);
    if invocation.subcommand.is_none() {
        if invocation.options.version && !invocation.options.help && mode == Mode::Run {
            term::version("cross");
        }
        return Decision::host(&invocation, host, Vec::new());
    }
    let mut cargo_config = CargoConfig::load(host, &cwd, &invocation.options.config)?;
    invocation = invocation.resolve(|name| cargo_config.alias(host, name))?;
    invocation = invocation.without_own_options()?;
    if invocation.subcommand().is_some_and(Subcommand::installs) {
        // `cargo install --path` reads the configuration from the package's directory. Any other
        // installation reads the user's only, not the current project's.
        // <https://doc.rust-lang.org/cargo/commands/cargo-install.html#description>
        let package = invocation.options.package_dir.as_deref();
        let start = package.map_or(host.cargo_home.clone(), |dir| fs::absolute(&cwd, dir));
        cargo_config = CargoConfig::load_from(host, &cwd, &start, &invocation.options.config)?;
    }
    *term = Term {
        level: level(&invocation, &cargo_config, host),
    };
    term::set_color(color(&invocation, &cargo_config, host));
    if let Some((meant, setting)) = invocation.with_lto_of_the_profile() {
        let why = "as rustc does not take `-C lto` behind `--` from today's cargo";
        term.status("Setting", &format!("`{setting}`, {why}"));
        invocation = meant;
    }
    let (invocation, glibc) = invocation.without_glibc();
    let configured = is_target_configured(&cargo_config, host);
    match (invocation.location(configured)?, invocation.subcommand()) {
        // Cargo refuses the arguments, so cargo prints its error, before an image is built for a
        // target that was not meant.
        (Location::Container, _) if invocation.is_doubtful() && is_refused(&invocation)? => {
            match invocation.target_without_option() {
                Some(triple) => Err(Error::usage(format!("unexpected argument `{triple}`"))
                    .hint(format!("a target is named with `--target {triple}`"))),
                None => Decision::host(&invocation, host, Vec::new()),
            }
        }
        (Location::Container, Some(subcommand)) => Resolver {
            invocation: &invocation,
            subcommand,
            host,
            cwd,
            cargo_config,
            term: *term,
            mode,
            near: resolve::NearLockfile::default(),
            glibc,
        }
        .decide(),
        (Location::Host, Some(subcommand)) if subcommand.visits_build_dirs() => {
            let mut decision = Decision::host(&invocation, host, Vec::new())?;
            if let Decision::Host { after, removed, .. } = &mut decision {
                if cleans_all(&invocation) {
                    *removed = container_cache(&invocation, host, &cwd);
                }
                if !invocation.args.is_empty() {
                    *after = in_build_dirs(&invocation, &cwd);
                }
            }
            Ok(decision)
        }
        _ => Decision::host(&invocation, host, Vec::new()),
    }
}

impl Decision {
    fn host(invocation: &Invocation, host: &Host, after: Vec<Cmd>) -> Result<Self> {
        let cmd = host_cargo(invocation);
        if host.on_path(&cmd.program).is_none() {
            return Err(toolchain::not_installed(&cmd.program));
        }
        Ok(Self::Host {
            before: Vec::new(),
            cmd,
            after,
            removed: None,
            help: invocation.asks_for_help(),
        })
    }
}

/// The user's command (`cargo clean`), once for each image's build directory, which the host's
/// cargo does not know. Cargo prints for each directory what it did there. None if cargo cannot
/// tell the directory: the first command then shows the reason.
fn in_build_dirs(invocation: &Invocation, cwd: &Path) -> Vec<Cmd> {
    let metadata = ask(invocation);
    let Some(around) = metadata.and_then(|metadata| metadata.build_dir(invocation, cwd)) else {
        return Vec::new();
    };
    let dir = around.join("cross");
    let mut names = fs::names_in(&dir);
    // Through a link that a container has made, cargo would clean another place.
    names.retain(|name| {
        let place = Place::new(&dir.join(name), std::slice::from_ref(&around));
        place.check().is_ok()
    });
    names.sort();
    let command = |name: &String| {
        let value = toml::Value::String(dir.join(name).to_string_lossy().into_owned());
        host_cargo(&invocation.with_config(&format!("build.build-dir={value}")))
    };
    names.iter().map(command).collect()
}

/// Cargo's metadata of the project, for a command of the host's. None if cargo fails.
fn ask(invocation: &Invocation) -> Option<Metadata> {
    let query = toolchain::without_installation(metadata::query(invocation));
    Metadata::parse(&query.output().ok()?.stdout).ok()
}

/// Whether `cargo clean` removes the whole target directory.
fn cleans_all(invocation: &Invocation) -> bool {
    const PARTS: &[&str] = &[
        "--doc",
        "--dry-run",
        "--help",
        "--package",
        "--profile",
        "--release",
        "--target=",
        "--workspace",
        "-h",
        "-n",
        "-p",
        "-r",
    ];
    let options = &invocation.options;
    let words = invocation.args.iter().map(|word| word.to_string_lossy());
    let part = |word: &str| PARTS.iter().any(|part| word.starts_with(part));
    options.targets.is_empty() && !options.help && !words.into_iter().any(|word| part(&word))
}

/// The cache directory for files that only containers of the project's target directory use, if it
/// exists.
fn container_cache(invocation: &Invocation, host: &Host, cwd: &Path) -> Option<PathBuf> {
    registry::container_caches(&host.cache).first()?;
    let target_dir = ask(invocation)?.target_dir(invocation, cwd);
    let dir = registry::container_cache(&host.cache, &target_dir);
    dir.exists().then_some(dir)
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
