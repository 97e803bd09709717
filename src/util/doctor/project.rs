//! The checks of the project in the caller's directory, if there is one.

use super::context::Context;
use super::outcome::{Outcome, Status};
use crate::cargo::toolchain::{target_list, target_list_query};
use crate::config::{Config, Setting};
use crate::flow::resolve;
use crate::plan::Target;
use crate::target::ROWS;
use cross_base::error::Result;
use cross_base::fs;
use cross_sandbox::mounts;

const NONE: &str = "there is no project here";

/// File systems that only one user may read, and not a daemon with root's rights, by the beginnings
/// of their names.
const OF_ONE_USER: &[&str] = &["nfs", "cifs", "smb", "ecryptfs", "fuse", "9p", "afs"];

pub(super) fn manifest(context: &Context) -> Outcome {
    match context.metadata() {
        None => Outcome::note(NONE),
        Some(Ok(metadata)) => {
            let path = metadata.root().join("Cargo.toml");
            Outcome::ok(format!("`{}`", path.display()))
        }
        Some(Err(_)) if context.toolchain().is_err() => {
            Outcome::note("not looked at, as there is no toolchain")
        }
        Some(Err(error)) => Outcome::of(Status::Problem, &error),
    }
}

pub(super) fn configuration(context: &Context) -> Outcome {
    let read = || -> Result<()> {
        let config = context.config()?;
        config.entries(None)?;
        default_target(context, config)?;
        ROWS.iter()
            .try_for_each(|row| config.entries(Some(row.triple)).map(drop))
    };
    if let Err(error) = read() {
        return Outcome::of(Status::Problem, &error);
    }
    match context.config().map(Config::paths) {
        Ok(paths) if !paths.is_empty() => Outcome::ok(paths.join(", ")),
        _ if context.metadata().is_none() => Outcome::note(NONE),
        _ => Outcome::ok("none, and none is needed"),
    }
}

/// Checks that there is an image for the default target, with the errors that a build would have.
fn default_target(context: &Context, config: &Config) -> Result<()> {
    let Some(Setting { value, .. }) = config.default_target()? else {
        return Ok(());
    };
    let target = Target::named(value);
    if resolve::can_be_built(&target, &config.for_target(target.name())?) {
        return Ok(());
    }
    Err(resolve::no_row(&target, || {
        target_list(context.ask(&target_list_query(None)))
    }))
}

pub(super) fn file_system(context: &Context) -> Outcome {
    let root = match context.metadata() {
        None => return Outcome::note(NONE),
        Some(Ok(metadata)) => metadata.root(),
        Some(Err(_)) => &context.host.cwd,
    };
    let kind = mounts::file_system(root).unwrap_or_else(|| "unknown".to_owned());
    let place = format!("`{}` ({kind})", root.display());
    let elsewhere = "`CARGO_TARGET_DIR` names a directory elsewhere";
    if !fs::is_writable(root) {
        return Outcome::warning(format!("{place} cannot be written to")).hint(elsewhere);
    }
    if fs::forbids_programs(root) {
        let message = format!("{place} is mounted `noexec`, so build scripts cannot run");
        return Outcome::warning(message).hint(elsewhere);
    }
    let roots = context.engine().ok();
    let roots = roots.filter(|engine| engine.mounts_as_root());
    if let Some(engine) = roots.filter(|_| OF_ONE_USER.iter().any(|start| kind.starts_with(start)))
    {
        let name = engine.name();
        return Outcome::warning(format!("{place} may not be open to {name}'s daemon"))
            .hint("`CROSS_CONTAINER_ENGINE=sandbox` or rootless podman work as yourself");
    }
    Outcome::ok(place)
}
