//! Carries packages to a machine without a network, by a directory that has each package under its
//! digest.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::debian::Debian;
use super::fetch::{Origin, Packages};
use super::kit;
use super::lock::{self, Package};
use super::recipe::ToolchainRecipe;
use super::source;
use super::tools::ToolRecipe;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::term::Term;

/// Copies all packages of toolchains, their emulators and tools to a directory, and with `base`
/// those of the base image. Packages that are not in the cache are fetched first. Returns the
/// number of files that were copied.
///
/// # Errors
///
/// When a package cannot be fetched or copied.
pub(crate) fn export(
    (recipes, tools, base): (&[ToolchainRecipe], &[ToolRecipe], bool),
    to: &Path,
    host: &Host,
    term: Term,
    origin: &Origin,
) -> Result<usize> {
    fs::create_dir_all(to)?;
    let mut count = 0;
    let mut keep = |files: Vec<PathBuf>| {
        for file in files {
            let place = to.join(file.file_name().unwrap_or_default());
            if !place.exists() {
                copy(&file, &place)?;
                count += 1;
            }
        }
        Ok::<_, Error>(())
    };
    if base {
        let debian = Debian::new()?;
        keep(debian.keep(host, term, origin)?)?;
    }
    for recipe in tools {
        keep(recipe.keep(host, term, origin)?)?;
    }
    for recipe in recipes {
        let packages = Packages::new(recipe.row.triple, host, term, origin);
        let emulator = recipe.emulator.as_ref().map(|emulator| emulator.package);
        let wanted: Vec<&Package> = recipe.all().chain(emulator).collect();
        packages.ensure(&wanted)?;
        let mut kept = packages.pinned(&wanted)?;
        if let Some(kit) = recipe.kit.as_ref().filter(|kit| kit.own.is_none()) {
            kit.ensure(&packages)?;
            kept.push(packages.path(&kit.package()));
        }
        keep(kept)?;
    }
    Ok(count)
}

/// Copies packages of this version's toolchains from a directory into the cache, or a single file,
/// which is recognised by its content. Returns the number of packages.
///
/// # Errors
///
/// When a file is not the package of its name, or cannot be copied, or there is no package.
pub(crate) fn import(from: &Path, host: &Host, term: Term) -> Result<usize> {
    let origin = Origin::default();
    let packages = Packages::new("import", host, term, &origin);
    let mut count = 0;
    for file in files(from) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let named = named(&name);
        if named.is_none() && file != from {
            continue;
        }
        let digest = digest(&file)?;
        let by_content = || {
            lock::by_digest(&digest)
                .copied()
                .or_else(|| kit::by_digest(&digest))
        };
        let Some(package) = named.or_else(by_content) else {
            let from = from.display();
            return Err(Error::new(format!(
                "`{from}` is no package that a toolchain of this version of cross needs: its digest is {digest}"
            )));
        };
        if digest != package.sha256 {
            let (file, name, wanted) = (file.display(), package.shown(), package.sha256);
            return Err(Error::new(format!(
                "`{file}` is not the package `{name}`: its digest is {digest}, not {wanted}"
            )));
        }
        let place = source::place(&packages.dir(), &package);
        if let Some(dir) = place.parent() {
            fs::create_dir_all(dir)?;
        }
        copy(&file, &place)?;
        count += 1;
    }
    if count == 0 {
        let message = format!("there is no package of a toolchain in `{}`", from.display());
        let hint = "`cross-util toolchains export` of this very version makes such a directory";
        return Err(Error::new(message).hint(hint));
    }
    Ok(count)
}

/// The files of a directory, or the path itself if it is a file.
fn files(from: &Path) -> Vec<PathBuf> {
    if from.is_file() {
        return vec![from.to_owned()];
    }
    fs::paths_in(from)
}

/// The package of which a file has the name.
fn named(name: &str) -> Option<Package> {
    let package = name.strip_suffix(".deb").and_then(lock::by_digest).copied();
    package.or_else(|| kit::by_name(name))
}

fn digest(file: &Path) -> Result<String> {
    let mut digest = Sha256::new();
    fs::in_pieces(file, |piece| digest.update(piece))?;
    Ok(hex::encode(digest.finalize()))
}

/// Copies a file in such a way that an incomplete copy is never seen under the file's name.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let dir = to.parent().unwrap_or(to);
    let part = tempfile::NamedTempFile::new_in(dir)?;
    fs_err::copy(from, part.path())?;
    fs::set_mode(part.path(), 0o644)?;
    part.persist(to).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross_base::term::Level;

    #[test]
    fn only_packages_that_are_what_their_names_say_are_taken() {
        let [cache, dir] = [(), ()].map(|()| fs::temporary_dir().unwrap());
        let host = Host {
            cache: cache.path().to_owned(),
            ..Host::default()
        };
        let quiet = Term {
            level: Level::Quiet,
        };
        let take = || import(dir.path(), &host, quiet);
        // One file is no package, and one is a package of another version of cross.
        for name in ["README", "abc.deb"] {
            fs::write_if_changed(&dir.path().join(name), b"x").unwrap();
        }
        let error = take().unwrap_err();
        assert!(
            error.message().starts_with("there is no package"),
            "{error:?}"
        );
        let package = lock::find("trixie", "zlib1g").unwrap();
        let file = dir.path().join(format!("{}.deb", package.sha256));
        fs::write_if_changed(&file, b"x").unwrap();
        let error = take().unwrap_err();
        assert!(
            error.message().contains("is not the package `zlib1g"),
            "{error:?}"
        );
        assert!(fs::names_in(&cache.path().join("packages")).is_empty());
    }
}
