//! `cross-util`: looking after images, and the target table.

use std::ffi::OsString;
use std::io::Write;

use clap::{Parser, Subcommand};

use crate::config::{Setting, Source, engine_variable};
use crate::engine::{Engine, detect};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::image::{self, RECIPE_LABEL, build, recipe};
use crate::process::reason;
use crate::target::{self, ROWS, Row};
use crate::targets_json;
use crate::term::{Level, Term};

/// Look after the images that `cross` builds and uses.
#[derive(Debug, Parser)]
#[command(name = "cross-util", version, about)]
struct Args {
    /// The container engine: `docker`, `podman` or the path of either
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
    Images(Images),
    /// List the targets that have an image, with their C library and what runs their programs
    Targets {
        /// Everything about each, for programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Images {
    /// List the targets that have an image, with the image's name, state and size
    List,
    /// Build images now, so that the first `cross build` need not
    Build {
        /// Build anew what is up to date as well, and reuse no layer of earlier builds
        #[arg(long)]
        no_cache: bool,
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Remove images of this version of cross
    Remove {
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
}

/// Does what the arguments say.
///
/// # Errors
///
/// When they make no sense (exit code 2), or the engine or a build fails.
pub(crate) fn main(args: Vec<OsString>, host: &Host, mut term: Term) -> Result<()> {
    let name = OsString::from("cross-util");
    let args = match Args::try_parse_from(std::iter::once(name).chain(args)) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no mistakes: they go to standard output, with exit code 0.
            let _ = error.print();
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            return if code == 0 {
                Ok(())
            } else {
                Err(Error::already_reported(code))
            };
        }
    };
    if args.quiet {
        term.level = Level::Quiet;
    }
    let named = args.engine.map(|value| Setting {
        value,
        source: Source::CommandLine("--engine"),
    });
    let engine = || detect::engine(host, named.or_else(|| engine_variable(host)).as_ref());
    match args.command {
        Command::Images(command) => images(command, &engine()?, host, term),
        Command::Targets { json } => {
            let text = if json {
                targets_json::json()?
            } else {
                targets_json::text()
            };
            // A closed pipe (`… | head`) is no error.
            let _ = std::io::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}

fn images(command: Images, engine: &Engine, host: &Host, term: Term) -> Result<()> {
    match command {
        Images::List => list(engine),
        Images::Build { no_cache, targets } => {
            let build = if no_cache { build::anew } else { build::ensure };
            for row in rows(&targets)? {
                build(engine, row, host, term)?;
                term.status("Ready", &format!("`{}`", image::name(row)));
            }
            Ok(())
        }
        Images::Remove { targets } => {
            for row in rows(&targets)? {
                remove(engine, row, term)?;
            }
            Ok(())
        }
    }
}

/// All rows that were named, or an error before anything is done.
fn rows(targets: &[String]) -> Result<Vec<&'static Row>> {
    targets
        .iter()
        .map(|triple| target::require(triple))
        .collect()
}

fn list(engine: &Engine) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let width = ROWS
        .iter()
        .map(|row| image::name(row).len())
        .max()
        .unwrap_or(0);
    for row in ROWS {
        let name = image::name(row);
        let state = match engine.inspect(&name)? {
            None => "not built".to_owned(),
            Some(info) => {
                let megabytes = info.size / 1_000_000;
                let current = info.label(RECIPE_LABEL) == Some(recipe::row(row).digest.as_str());
                let state = if current { "current" } else { "out of date" };
                format!("{state}, {megabytes} MB")
            }
        };
        // A closed pipe (`… | head`) is no error.
        if writeln!(out, "{:32} {name:width$} {state}", row.triple).is_err() {
            break;
        }
    }
    Ok(())
}

fn remove(engine: &Engine, row: &Row, term: Term) -> Result<()> {
    let name = image::name(row);
    if engine.inspect(&name)?.is_none() {
        term.status("Absent", &format!("`{name}`"));
        return Ok(());
    }
    let output = engine.cmd().args(["image", "rm", &name]).output()?;
    if !output.status.success() {
        return Err(Error::new(format!(
            "cannot remove `{name}`: {}",
            reason(&output)
        )));
    }
    term.status("Removed", &format!("`{name}`"));
    Ok(())
}
