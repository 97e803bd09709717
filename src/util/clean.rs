//! `cross-util clean`: removes from the cache what is not used.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::megabytes;
use crate::cargo::registry;
use crate::toolchain::Cached;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::term::{Term, plain};

/// The time after which a project's intermediate files count as unused.
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Remove also what this version uses. It is fetched and made again when it is needed
    #[arg(long)]
    all: bool,
    /// Say what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Removes files and directories from the cache, and says how much space that freed.
///
/// # Errors
///
/// When a file cannot be removed.
pub(super) fn run(options: &Options, host: &Host, term: Term) -> Result<()> {
    let mut builds = registry::container_caches(&host.cache);
    let Cached {
        toolchains,
        packages,
    } = if options.all {
        Cached::all(host)
    } else {
        builds.retain(|dir| fs::is_unchanged_for(dir, MONTH));
        Cached::unused(host)?
    };
    let (verb, sum) = if options.dry_run {
        ("Unused", "Would free")
    } else {
        ("Removed", "Freed")
    };
    let mut freed = 0;
    for path in &toolchains {
        let size = remove(path, options.dry_run)?;
        freed += size;
        let path = plain(&path.display().to_string());
        term.status(verb, &format!("`{path}`, {}", megabytes(size)));
    }
    for (paths, what, one) in [
        (packages, "packages of toolchains", "package of toolchains"),
        (
            builds,
            "projects' intermediate files",
            "project's intermediate files",
        ),
    ] {
        let mut size = 0;
        for path in &paths {
            size += remove(path, options.dry_run)?;
        }
        freed += size;
        match paths.len() {
            0 => {}
            1 => term.status(verb, &format!("1 {one}, {}", megabytes(size))),
            count => term.status(verb, &format!("{count} {what}, {}", megabytes(size))),
        }
    }
    term.status(sum, &megabytes(freed));
    Ok(())
}

/// Removes a file or directory, unless it is only looked at. Returns its size in bytes.
fn remove(path: &Path, dry: bool) -> Result<u64> {
    let size = fs::size(path);
    if dry {
        return Ok(size);
    }
    if path.is_dir() {
        fs::remove_tree(path)?;
    } else {
        fs::remove_if_exists(path)?;
    }
    Ok(size)
}
