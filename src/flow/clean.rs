//! `cargo clean`: the host's cargo runs it, and cross adds the directories that the host's cargo
//! does not know.

use std::path::{Path, PathBuf};

use crate::cargo::probe;
use crate::cargo::registry;
use crate::cargo::toolchain::host_cargo;
use crate::cli::Invocation;
use crate::flow::decision::Decision;
use cross_base::beneath::Place;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// The decision for `cargo clean`.
///
/// # Errors
///
/// If cargo is not installed.
pub(super) fn decide(invocation: &Invocation, host: &Host, cwd: &Path) -> Result<Decision> {
    let mut decision = Decision::host(invocation, host)?;
    if let Decision::Host { after, removed, .. } = &mut decision {
        if cleans_all(invocation) {
            *removed = container_cache(invocation, host, cwd);
        }
        if !invocation.args.is_empty() {
            *after = in_build_dirs(invocation, cwd);
        }
    }
    Ok(decision)
}

/// The user's command (`cargo clean`), once for each image's build directory, which the host's
/// cargo does not know. Cargo prints for each directory what it did there. None if cargo cannot
/// tell the directory: the first command then shows the reason.
fn in_build_dirs(invocation: &Invocation, cwd: &Path) -> Vec<Cmd> {
    let metadata = probe::metadata(invocation).ok();
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
        host_cargo(&invocation.with_last_config(&format!("build.build-dir={value}")))
    };
    names.iter().map(command).collect()
}

/// Whether `cargo clean` removes the whole target directory.
fn cleans_all(invocation: &Invocation) -> bool {
    const PARTS: &[&str] = &["doc", "package", "workspace"];
    let options = &invocation.options;
    let is_part = options.release || options.profile.is_some() || !options.targets.is_empty();
    let does_nothing = options.dry_run || options.help;
    !is_part
        && !does_nothing
        && invocation.has_known_options_only()
        && !PARTS.iter().any(|name| invocation.has_option(name))
        && !invocation.args.iter().any(|word| word == "gc")
}

/// The cache directory for files that only containers of the project's target directory use, if it
/// exists.
fn container_cache(invocation: &Invocation, host: &Host, cwd: &Path) -> Option<PathBuf> {
    registry::container_caches(&host.cache).first()?;
    let metadata = probe::metadata(invocation).ok()?;
    let target_dir = metadata.target_dir(invocation, cwd);
    let dir = registry::container_cache(&host.cache, &target_dir);
    dir.exists().then_some(dir)
}
