//! The toolchains and packages in the cache that this version of cross does not use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fetch::PACKAGES;
use super::make::UNFINISHED;
use super::recipe::home;
use super::source::INSTEAD;
use super::{ToolRecipe, ToolchainRecipe, kit, lock};
use crate::target::tools;
use crate::target::{ROWS, Row};
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;

/// The time after which a directory in which nothing happens is no work of another process.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Toolchains and packages in the cache.
#[derive(Debug)]
pub(crate) struct Cached {
    /// The directories of toolchains, of libraries of an older glibc, of emulators and of tools.
    pub(crate) toolchains: Vec<PathBuf>,
    /// The files of packages.
    pub(crate) packages: Vec<PathBuf>,
}

impl Cached {
    /// All that is in the cache.
    pub(crate) fn all(host: &Host) -> Self {
        Self {
            toolchains: fs::paths_in(&home(host)),
            packages: fs::paths_in(&host.cache.join(PACKAGES)),
        }
    }

    /// What this version of cross does not use, and what calls that were killed have left. Another
    /// version may use it.
    ///
    /// # Errors
    ///
    /// When the lock file lacks a package of a toolchain.
    pub(crate) fn unused(host: &Host) -> Result<Self> {
        let mut all = Self::all(host);
        let used = used(host)?;
        all.toolchains.retain(|path| !is_used(path, &used));
        all.packages = unlocked(all.packages);
        Ok(all)
    }
}

/// The directories of this version's toolchains, emulators and tools.
fn used(host: &Host) -> Result<BTreeSet<PathBuf>> {
    let mut used = BTreeSet::new();
    for row in ROWS.iter().flat_map(Row::glibcs) {
        if let Some(recipe) = ToolchainRecipe::for_image(row, host)? {
            used.extend(recipe.dirs(host));
        }
    }
    for tool in tools::all() {
        used.insert(ToolRecipe::of(tool)?.dir(host));
    }
    Ok(used)
}

fn is_used(path: &Path, used: &BTreeSet<PathBuf>) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or_default();
    if name.starts_with(UNFINISHED) {
        return !fs::is_unchanged_for(path, LONG);
    }
    // The toolchain of a kit that the user has leads there, and its name depends on a variable that
    // may be set for some builds only.
    if fs::links_in(path)
        .iter()
        .any(|(_, kit)| kit.is_absolute() && kit.exists())
    {
        return true;
    }
    // The libraries of an older glibc are beside their toolchain.
    let toolchain = name.rsplit_once("-glibc-");
    let toolchain = toolchain.map(|(name, _)| path.with_file_name(name));
    used.contains(path) || toolchain.is_some_and(|toolchain| used.contains(&toolchain))
}

/// Those files of packages that the lock file does not name. The part of a package that was
/// received before a fetch broke off counts as the package.
fn unlocked(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    let digest = |path: &Path| {
        let digest = path.file_stem().and_then(|stem| stem.to_str());
        digest.unwrap_or_default().to_owned()
    };
    let is_locked = |path: &Path| {
        let digest = digest(path);
        lock::by_digest(&digest).is_some() || kit::by_digest(&digest).is_some()
    };
    let ends = |path: &Path, end| path.extension().is_some_and(|is| is == end);
    // Such a file names the package that was taken in the place of another.
    let instead = files
        .iter()
        .filter(|path| ends(path, INSTEAD) && is_locked(path));
    let instead = instead.filter_map(|path| fs::read_if_exists(path).ok()?);
    let instead: BTreeSet<String> = instead.map(|text| text.trim().to_owned()).collect();
    files.retain(|path| {
        // Another process may hold a lock.
        !ends(path, "lock") && !is_locked(path) && !instead.contains(&digest(path))
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_version_uses_is_not_unused() {
        let cache = fs::temporary_dir().unwrap();
        let host = Host {
            cache: cache.path().to_owned(),
            ..Host::default()
        };
        let row = crate::target::find("aarch64-unknown-linux-gnu").unwrap();
        let recipe = ToolchainRecipe::of(row, &host).unwrap().unwrap();
        let made = recipe.dir(&host);
        let name = made.file_name().unwrap().to_string_lossy().into_owned();
        let toolchains = [
            (name.clone(), true),
            (format!("{name}-glibc-2.17"), true),
            (format!(".new-{name}-x"), true),
            (
                "aarch64-unknown-linux-gnu-0123456789abcdef".to_owned(),
                false,
            ),
            (
                "aarch64-unknown-linux-gnu-0123456789abcdef-glibc-2.17".to_owned(),
                false,
            ),
        ];
        let package = lock::find("trixie", "zlib1g").unwrap().sha256;
        let [newer, old] = ["1".repeat(64), "2".repeat(64)];
        let packages = [
            (format!("{package}.deb"), true),
            (format!("{package}.part"), true),
            (format!("{package}.instead"), true),
            (format!("{newer}.deb"), true),
            (format!("{old}.deb"), false),
            (format!("{old}.lock"), true),
        ];
        let mut expected = BTreeSet::new();
        for (dir, names) in [("toolchains", &toolchains[..]), (PACKAGES, &packages[..])] {
            for (name, is_used) in names {
                let path = host.cache.join(dir).join(name);
                fs::write_if_changed(&path, newer.as_bytes()).unwrap();
                if !is_used {
                    expected.insert(path);
                }
            }
        }
        // A toolchain of a kit that the user has.
        let own = host
            .cache
            .join("toolchains/aarch64-linux-android-0123456789abcdef/ndk");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::link(&own, cache.path()).unwrap();
        let emulator = recipe.emulator.as_ref().unwrap().path(&host);
        fs::write_if_changed(&emulator, b"").unwrap();
        let Cached {
            toolchains,
            packages,
        } = Cached::unused(&host).unwrap();
        let unused: BTreeSet<PathBuf> = toolchains.into_iter().chain(packages).collect();
        assert_eq!(unused, expected);
    }
}
