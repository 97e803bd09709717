//! All packages that one image needs, fetched together before the work begins.

use std::path::Path;

use super::context;
use super::debian::Debian;
use super::fetch::{Origin, Packages};
use super::lock::Package;
use super::recipe::ToolchainRecipe;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::term::Term;

/// Packages that have to be in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<&'static Package>);

impl Wanted {
    /// Adds the packages of a toolchain and its emulator, unless these have been made.
    pub(crate) fn toolchain(&mut self, recipe: &ToolchainRecipe, host: &Host) {
        if !recipe.is_made(host) {
            self.0.extend(recipe.all());
        }
        let emulator = recipe.emulator.as_ref();
        let missing = emulator.filter(|emulator| !emulator.path(host).exists());
        self.0.extend(missing.map(|emulator| emulator.package));
    }

    /// Adds the packages of the base image.
    pub(crate) fn root(&mut self, debian: &Debian) {
        self.0.extend(debian.root());
    }

    /// Adds the packages of a part of rows' images.
    pub(crate) fn part(&mut self, debian: &Debian, name: &str) {
        self.0.extend(debian.of_part(name));
    }

    /// The digests of the packages.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|package| package.sha256)
    }

    /// Puts the packages, which must be in the cache, into a directory of a build's context, each
    /// under its name.
    ///
    /// # Errors
    ///
    /// When the disk is full.
    pub(crate) fn place(&self, dir: &Path, host: &Host) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let origin = Origin::default();
        let packages = Packages::new("", host, Term::default(), &origin);
        fs::create_dir_all(dir)?;
        self.0.iter().try_for_each(|package| {
            let place = dir.join(format!("{}.deb", package.name));
            context::file(&packages.path(package), &place)
        })
    }

    /// Whether all packages are in the cache.
    pub(crate) fn are_there(&self, host: &Host) -> bool {
        let origin = Origin::default();
        let packages = Packages::new("", host, Term::default(), &origin);
        self.0.iter().all(|it| packages.path(it).exists())
    }

    /// Fetches the packages that are not in the cache. `what` is their purpose, for messages.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched. The message names it.
    pub(crate) fn fetch(&self, what: &str, host: &Host, term: Term, origin: &Origin) -> Result<()> {
        Packages::new(what, host, term, origin).ensure(&self.0)
    }
}
