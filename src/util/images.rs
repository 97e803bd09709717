//! `cross-util images`: cross's own images, and those that users' configurations have made.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::megabytes;
use super::toolchains::{named, origin};
use crate::engine::Engine;
use crate::engine::images::ImageInfo;
use crate::image::build::Builder;
use crate::image::custom::prefix;
use crate::image::{self, RECIPE_LABEL};
use crate::target::image_name::{CUSTOM, OWN};
use crate::target::{self, Parts, ROWS, Row};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::term::Term;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the targets that have an image, with the image's name, state and size, then the images
    /// made by `dockerfile` and `pre-build`, those that targets share, those of other versions
    /// of cross, and those that the built-in engine has fetched or imported
    List,
    /// Build images now, so that the first `cross build` need not
    Build {
        /// Build anew what is up to date as well, and reuse no layer of earlier builds
        #[arg(long)]
        no_cache: bool,
        /// Build them with a part that only some projects need
        #[arg(long, value_name = "PART")]
        with: Vec<String>,
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Give the built-in engine images that `docker save` or `podman save` wrote
    Import {
        /// The archive; `-` for standard input
        file: PathBuf,
    },
    /// Read all files of the built-in engine's images, and remove what is damaged, so that it is
    /// made anew when it is needed
    Check,
    /// Remove all images of targets, those made by `dockerfile` and `pre-build` as well; or any
    /// image that `list` shows, by its name
    Remove {
        #[arg(required = true, value_name = "TARGET|IMAGE")]
        targets: Vec<String>,
    },
}

pub(super) fn run(command: Command, engine: &Engine, host: &Host, term: Term) -> Result<()> {
    match command {
        Command::List => list(engine, host),
        Command::Build {
            no_cache,
            with,
            targets,
        } => {
            let build = if no_cache {
                Builder::anew
            } else {
                Builder::ensure
            };
            let rows = targets.iter().map(|triple| {
                let (row, _) = named(triple)?;
                Ok((row, parts(row, &with)?))
            });
            let rows = rows.collect::<Result<Vec<_>>>()?;
            let origin = &origin(host)?;
            let builder = Builder {
                engine,
                host,
                term,
                origin,
            };
            for (row, parts) in rows {
                build(&builder, row, parts)?;
                term.status("Ready", &format!("`{}`", image::name(row, parts)));
            }
            Ok(())
        }
        Command::Import { file } => import(engine, &file, term),
        Command::Check => check(engine, term),
        Command::Remove { targets } => remove(engine, &targets, term),
    }
}

/// The parts of a row's image by their names. Some families have a part in every image, and no
/// choice.
fn parts(row: &Row, names: &[String]) -> Result<Parts> {
    let known = target::parts();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        let hint = format!("there is `{}`", known.join("`, `"));
        return Err(Error::usage(format!("images have no part `{name}`")).hint(hint));
    }
    Ok(Parts::named(row, names))
}

fn import(engine: &Engine, file: &Path, term: Term) -> Result<()> {
    for name in engine.load(file)? {
        term.status("Imported", &format!("`{name}`"));
    }
    Ok(())
}

fn check(engine: &Engine, term: Term) -> Result<()> {
    for (name, is_whole) in engine.check_images(term)? {
        let word = if is_whole { "Whole" } else { "Damaged" };
        term.status(word, &format!("`{name}`"));
    }
    Ok(())
}

fn list(engine: &Engine, host: &Host) -> Result<()> {
    let Found { made, others } = find(engine)?;
    let names = ROWS.iter().map(|row| image::name(row, Parts::default()));
    let lengths = names.map(|name| name.len());
    let width = lengths
        .chain(made.iter().chain(&others).map(String::len))
        .max()
        .unwrap_or(0);
    let mut out = std::io::stdout().lock();
    // A closed pipe (`… | head`) is no error.
    for (row, parts) in ROWS.iter().flat_map(Row::variants) {
        let name = image::name(row, parts);
        let state = match engine.inspect(&name)? {
            // An image that could be built with a part, or with a newer glibc, is not listed unless
            // it exists.
            None if parts != Parts::default() || row.as_newer().is_some() => continue,
            None => "not built".to_owned(),
            Some(info) => {
                let digest = image::digest(engine, row, parts, host)?;
                let current = info.label(RECIPE_LABEL) == digest.as_deref();
                let state = if current { "current" } else { "out of date" };
                format!("{state}, {}", size(engine, &name, &info)?)
            }
        };
        if writeln!(out, "{:32} {name:width$} {state}", row.triple).is_err() {
            return Ok(());
        }
    }
    if let Some((path, bytes)) = engine.left_by_earlier() {
        let (path, size) = (path.display().to_string(), megabytes(bytes));
        if writeln!(
            out,
            "{:32} {path:width$} left by an earlier version, {size}",
            "-"
        )
        .is_err()
        {
            return Ok(());
        }
    }
    for name in made.into_iter().chain(others) {
        // Another process may have removed the image meanwhile.
        let Some(info) = engine.inspect(&name)? else {
            continue;
        };
        let (target, state) = described(&name);
        let size = size(engine, &name, &info)?;
        if writeln!(out, "{target:32} {name:width$} {state}, {size}").is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The target and the origin of an image that is not a row's own.
fn described(name: &str) -> (&'static str, &'static str) {
    let row = ROWS.iter().find(|row| is_made_for(row.triple, name));
    match row {
        Some(row) => (row.triple, "made by configuration"),
        None if name.starts_with(CUSTOM) => ("another", "made by configuration"),
        None if name == image::base_name() || name == image::debian_name() => {
            ("-", "shared by targets")
        }
        None if name.starts_with(OWN) => ("-", "of another version"),
        None => ("-", "fetched or imported"),
    }
}

/// The names of images that are not the rows' own.
struct Found {
    /// Images that users' configurations have made.
    made: Vec<String>,
    /// The base images, and images of other versions of cross. With the built-in engine also images
    /// that it has pulled or imported. Docker and podman have commands of their own for theirs.
    others: Vec<String>,
}

fn find(engine: &Engine) -> Result<Found> {
    let mut names = engine.names()?;
    if !engine.leaves_images_to_cross() {
        names.retain(|name| name.starts_with(OWN));
    }
    names.retain(|name| image::named(name).is_none());
    let is_made = |name: &String| name.starts_with(CUSTOM);
    let (made, others) = names.into_iter().partition(is_made);
    Ok(Found { made, others })
}

fn size(engine: &Engine, name: &str, info: &ImageInfo) -> Result<String> {
    Ok(megabytes(engine.size(name, info)?))
}

fn is_made_for(triple: &str, name: &str) -> bool {
    name.starts_with(&prefix(triple))
}

/// Removes the images of these targets and those that are named, or none if a name is misspelt.
fn remove(engine: &Engine, targets: &[String], term: Term) -> Result<()> {
    let Found { made, others } = find(engine)?;
    let is_image = |name: &&String| {
        let mut found = made.iter().chain(&others);
        image::named(name).is_some() || found.any(|other| other == *name)
    };
    let named: Vec<String> = targets.iter().filter(is_image).cloned().collect();
    let mut targets = targets.to_vec();
    if let Some((path, _)) = engine.left_by_earlier() {
        let path = path.display().to_string();
        if targets.contains(&path) {
            engine.remove_earlier(term)?;
            term.status("Removed", &format!("`{path}`"));
            targets.retain(|target| *target != path);
        }
    }
    let targets = targets.iter().filter(|target| !named.contains(target));
    for triple in targets.clone() {
        // A Dockerfile may make an image for a target of which cross has none.
        if !made.iter().any(|name| is_made_for(triple, name)) {
            target::require(triple)?;
        }
    }
    let _alone = engine.keep_builds_away(term)?;
    for triple in targets {
        // The images of configurations come first, as they start from the row's.
        for name in made.iter().filter(|name| is_made_for(triple, name)) {
            remove_one(engine, name, term)?;
        }
        let Some(row) = target::find(triple) else {
            continue;
        };
        for (row, parts) in row.variants() {
            let name = image::name(row, parts);
            if engine.inspect(&name)?.is_some() {
                remove_one(engine, &name, term)?;
            } else if parts == Parts::default() && row.as_newer().is_none() {
                term.status("Absent", &format!("`{name}`"));
            }
        }
    }
    for name in &named {
        // The image may have been removed with its target's.
        if engine.inspect(name)?.is_some() {
            remove_one(engine, name, term)?;
        } else if !made.contains(name) {
            term.status("Absent", &format!("`{name}`"));
        }
    }
    Ok(())
}

fn remove_one(engine: &Engine, name: &str, term: Term) -> Result<()> {
    engine.remove(name).map_err(|e| {
        let error = Error::new(format!("cannot remove `{name}`: {}", e.message()));
        error.hint_if(e.hint_text())
    })?;
    term.status("Removed", &format!("`{name}`"));
    Ok(())
}
