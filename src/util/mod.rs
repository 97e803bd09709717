//! `cross-util`: looking after images, the target table, and what `cross` would do.

mod clean;
mod completions;
mod config;
mod debug;
pub(crate) mod doctor;
mod env;
mod images;
mod manual;
mod plan;
mod targets_json;
mod toolchains;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::Config;
use crate::engine::detect;
use crate::flow::after::Record;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::term::{Level, Term, plain};
use cross_base::version::Version;
use doctor::Form;

const NAME: &str = "cross-util";

/// Look after the images that `cross` builds and uses, and see what it would do.
#[derive(Debug, Parser)]
#[command(name = NAME, version, about)]
struct Args {
    /// The container engine: `docker`, `podman`, the path of either, `sandbox`, `host` or `auto`
    #[arg(long, global = true)]
    engine: Option<String>,
    /// Say less
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, build or remove images
    #[command(subcommand)]
    Images(images::Command),
    /// List the targets that have an image, with their C library and what runs their programs
    Targets {
        /// Everything about each, for programs
        #[arg(long)]
        json: bool,
    },
    /// Show the value of every key of the configuration, and where it was said
    Config {
        /// Also what holds for this target
        #[arg(long)]
        target: Option<String>,
        /// The same for programs
        #[arg(long)]
        json: bool,
    },
    /// Run or test under a debugger
    ///
    /// The programs that the command starts wait for a debugger, one after the other. It is one of
    /// this machine's, connected to the emulator, or to gdbserver where there is none. The
    /// debugger has the terminal; programs have standard input where that is no terminal.
    Debug(debug::Options),
    /// Find out whether `cross` can work here, and what keeps it from working
    ///
    /// Tries what an engine needs instead of looking at versions only. The exit code is 1 when
    /// `cross` cannot work. With `--quiet` only the reason for that is shown.
    Doctor {
        /// The same for programs
        #[arg(long)]
        json: bool,
    },
    /// Show the environment of a build, as assignments that a shell can read
    ///
    /// With `--format`: what makes any cargo, CMake or make build for the target, with a toolchain
    /// in place of the image. The toolchain is made if it is not there.
    Env {
        /// The target that would be built
        #[arg(long)]
        target: String,
        /// Say where each variable comes from, and what is kept back
        #[arg(short, long, conflicts_with = "format")]
        verbose: bool,
        /// Who is told to build with the toolchain
        #[arg(long)]
        format: Option<env::Format>,
    },
    /// Say what is known of the last build of cargo's in this project that failed
    ///
    /// What failed, what it said, the cause where cross recognises one, and where cargo keeps the
    /// rest.
    Explain,
    /// Toolchains, which work without an image
    #[command(subcommand)]
    Toolchains(toolchains::Command),
    /// Remove from the cache what this version of cross does not use
    ///
    /// That are toolchains and packages of other versions, and intermediate files of projects in
    /// which nothing was built for 30 days. No build may run meanwhile. Images are removed by
    /// `images remove`.
    Clean(clean::Options),
    /// Run a command with what makes cargo, CMake or make build for a target
    Exec {
        /// The target that is built for
        #[arg(long)]
        target: String,
        /// The command with its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Say what results need of the machine they run on
    ///
    /// Reads programs, libraries, object files and archives of any target: the machine, the
    /// interpreter, the libraries, the newest version of each library's symbols, and which
    /// symbols ask for it. Object files and archives that are named beside a program tell which
    /// of them ask. The exit code is 1 when a file needs a newer glibc than `--glibc` allows, 101
    /// when one cannot be read.
    Verify {
        /// The newest glibc that files may need; one that is needed weakly counts as well
        #[arg(long, value_name = "VERSION")]
        glibc: Option<Version>,
        /// The same for programs
        #[arg(long)]
        json: bool,
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print what a shell needs to complete the arguments of `cross-util` or `cross`
    Completions {
        /// The shell
        shell: Shell,
        /// The program
        #[arg(default_value = completions::DEFAULT)]
        program: completions::Program,
    },
    /// Write the pages of the manual, for `man`
    Manual {
        /// The directory that they are written into: `~/.local/share/man/man1`
        dir: PathBuf,
    },
    /// Show what `cross` would do, as a script that does it
    ///
    /// Nothing is changed. Whether the container gets a terminal depends on standard input and
    /// standard error, so that the script can be looked at with a pager.
    Plan {
        /// What stands behind `cross`
        #[arg(last = true, required = true, value_name = "ARGUMENT")]
        args: Vec<OsString>,
    },
}

/// Carries out a command line. The exit code is 2 if it is wrong.
///
/// # Errors
///
/// When the engine or a build fails.
pub(crate) fn main(args: Vec<OsString>, mut host: Host, term: &mut Term) -> Result<ExitCode> {
    let args = match parse(args) {
        Ok(args) => args,
        Err(code) => return Ok(code),
    };
    if args.quiet {
        term.level = Level::Quiet;
    }
    host.engine = args.engine;
    match args.command {
        Command::Doctor { json } => {
            return doctor::run(host, Form::of(json, args.quiet));
        }
        Command::Debug(options) => return debug::run(options, host, term),
        Command::Images(command) => {
            let named = Config::nearest(&host, &host.cwd).engine()?;
            let engine = detect::engine(&host, named.as_ref())?;
            images::run(command, &engine, &host, *term)?;
        }
        Command::Toolchains(command) => toolchains::run(command, &host, *term)?,
        Command::Clean(options) => clean::run(&options, &host, *term)?,
        Command::Explain => print(&explain(&host)?),
        Command::Exec { target, command } => {
            return Err(toolchains::exec(&target, &command, &host, *term)?);
        }
        Command::Targets { json: true } => print(&targets_json::json(&host)?),
        Command::Targets { json: false } => print(&targets_json::text()),
        Command::Config { target, json } => print(&config::text(&host, target.as_deref(), json)?),
        Command::Env {
            target,
            verbose,
            format,
        } => print(&match format {
            Some(format) => env::for_tools(&target, format, &host, *term)?,
            None => env::text(&target, verbose, &host, term)?,
        }),
        Command::Verify { glibc, json, files } => {
            return Ok(verify::run(&files, glibc, json, args.quiet, &host));
        }
        Command::Completions { shell, program } => {
            print(&completions::script(shell, program, Args::command()));
        }
        Command::Manual { dir } => {
            for path in manual::write(Args::command(), &dir)? {
                print(&format!("{}\n", path.display()));
            }
        }
        Command::Plan { args } => print(&plan::text(args, host, term)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Parses a command line. If there is nothing to carry out, prints why, and returns the exit code.
fn parse(args: Vec<OsString>) -> Result<Args, ExitCode> {
    let name = OsString::from(NAME);
    Args::try_parse_from(std::iter::once(name).chain(args)).map_err(|error| {
        // Help and version are errors for clap, but go to standard output with exit code 0.
        let _ = error.print();
        u8::try_from(error.exit_code()).unwrap_or(2).into()
    })
}

/// The text about the last failure of the project in the caller's directory.
fn explain(host: &Host) -> Result<String> {
    let record = Record::of(host, &host.cwd)?;
    let dir = plain(&host.cwd.display().to_string());
    record
        .map(|record| record.text())
        .ok_or_else(|| Error::new(format!("nothing is known of a run that failed in `{dir}`")))
}

/// Writes to standard output. A closed pipe (`… | head`) is no error.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A size in bytes as messages show it.
fn megabytes(size: u64) -> String {
    format!("{} MB", size / 1_000_000)
}
