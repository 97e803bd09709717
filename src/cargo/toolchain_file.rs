//! The project's `rust-toolchain.toml`. rustup's proxies install what it names before they start
//! cargo. A container has no rustup, and a cached answer about the toolchain asks no proxy, so
//! cross finds out itself what is missing.

use std::path::Path;

use serde::Deserialize;

use crate::cargo::toolchain::{Lacking, Toolchain, is_proxy};
use crate::cargo::trusted::TOOLCHAIN_FILES;
use crate::cli::Invocation;
use cross_base::fs;
use cross_base::host::Host;

/// A toolchain file.
/// <https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file>
#[derive(Deserialize)]
struct ToolchainFile {
    toolchain: Section,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default)]
    components: Vec<String>,
    #[serde(default)]
    targets: Vec<String>,
}

/// rustup's own settings.
#[derive(Default, Deserialize)]
struct Settings {
    auto_install: Option<String>,
    #[serde(default)]
    overrides: toml::Table,
}

/// What the toolchain file names and the toolchain lacks. Empty if rustup's proxy would install
/// nothing: if the user has named another toolchain, or has told rustup to install nothing. A file
/// that cannot be read is passed over: with plain cargo, rustup tells of it.
pub(crate) fn lacking(toolchain: &Toolchain, invocation: &Invocation, host: &Host) -> Lacking {
    let names_another = invocation.toolchain.is_some() || host.var("RUSTUP_TOOLCHAIN").is_some();
    if names_another || toolchain.rustup_name.is_none() {
        return Lacking::default();
    }
    let Some((dir, file)) = nearest(&host.cwd) else {
        return Lacking::default();
    };
    let Section {
        components,
        targets,
    } = file.toolchain;
    let is_empty = components.is_empty() && targets.is_empty();
    if is_empty || !is_installed_by_proxy(dir, host) {
        return Lacking::default();
    }
    toolchain.lacking(components, targets)
}

/// The toolchain file nearest to a directory, with its own directory. `rust-toolchain` wins over
/// `rust-toolchain.toml` beside it. None if the nearest one only names a channel.
fn nearest(cwd: &Path) -> Option<(&Path, ToolchainFile)> {
    let (dir, text) = cwd.ancestors().find_map(|dir| {
        let mut files = TOOLCHAIN_FILES.iter().map(|name| dir.join(name));
        Some((dir, files.find_map(|file| text(&file))?))
    })?;
    // rustup has refused a file that is no TOML, unless it is the name of a channel.
    Some((dir, toml::from_str(&text).ok()?))
}

/// The text of a file. None if it cannot be read: a directory may have the name of the file.
fn text(file: &Path) -> Option<String> {
    fs::read_if_exists(file).ok().flatten()
}

/// Whether rustup's proxy stands for the caller's rustc, obeys the file in `dir`, and may install.
fn is_installed_by_proxy(dir: &Path, host: &Host) -> bool {
    if !host.on_path("rustc").is_some_and(|rustc| is_proxy(&rustc)) {
        return false;
    }
    let settings = text(&host.rustup_home.join("settings.toml"));
    let settings = settings.and_then(|text| toml::from_str::<Settings>(&text).ok());
    let settings = settings.unwrap_or_default();
    let mut nearer = host
        .cwd
        .ancestors()
        .take_while(|other| other.starts_with(dir));
    let is_overridden = nearer.any(|other| {
        let key = other.to_str();
        key.is_some_and(|key| settings.overrides.contains_key(key))
    });
    let may_install = match host.var("RUSTUP_AUTO_INSTALL") {
        Some(said) => said != "0",
        None => settings.auto_install.as_deref() != Some("disable"),
    };
    may_install && !is_overridden
}
