//! The packages of all that one image is made of, fetched together: one wait for the network, then
//! work.

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

/// Packages that have to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<&'static Package>);

impl Wanted {
    /// Adds those of a toolchain and its emulator, unless they are made.
    pub(crate) fn toolchain(&mut self, recipe: &ToolchainRecipe, host: &Host) {
        if !recipe.is_made(host) {
            self.0.extend(recipe.all());
        }
        let emulator = recipe.emulator.as_ref();
        let missing = emulator.filter(|emulator| !emulator.path(host).exists());
        self.0.extend(missing.map(|emulator| emulator.package));
    }

    /// Adds those of the base image.
    pub(crate) fn root(&mut self, debian: &Debian) {
        self.0.extend(debian.root());
    }

    /// Adds those that a part of a row's images is made of.
    pub(crate) fn part(&mut self, debian: &Debian, name: &str) {
        self.0.extend(debian.of_part(name));
    }

    /// Their digests.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|package| package.sha256)
    }

    /// Puts them, which are there, into a directory of a build's context, each under its own name.
    ///
    /// # Errors
    ///
    /// When there is no room for one.
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

    /// Whether nothing is left to fetch.
    pub(crate) fn are_there(&self, host: &Host) -> bool {
        let origin = Origin::default();
        let packages = Packages::new("", host, Term::default(), &origin);
        self.0.iter().all(|it| packages.path(it).exists())
    }

    /// Fetches what is not there yet; `what` says what for.
    ///
    /// # Errors
    ///
    /// When a package cannot be had; the message names it.
    pub(crate) fn fetch(&self, what: &str, host: &Host, term: Term, origin: &Origin) -> Result<()> {
        Packages::new(what, host, term, origin).ensure(&self.0)
    }
}
