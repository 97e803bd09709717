//! Fetches packages, several at a time. A package gets its name, which is its digest, when it is
//! complete and has the digest of the lock file.

use std::path::PathBuf;
use std::sync::Mutex;

use ureq::http::Uri;

use super::lock::Package;
use super::mirrors;
use super::source::{self, Source};
use cross_base::download::Download;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::Http;
use cross_base::setting::{self, Setting};
use cross_base::term::Term;

/// The directory of packages in the cache.
pub(super) const PACKAGES: &str = "packages";
/// The number of packages that are fetched at the same time: enough to use the whole bandwidth, and
/// few enough for any server.
const AT_ONCE: usize = 4;

/// The cache of packages.
#[derive(Clone, Debug)]
pub(super) struct Packages<'a> {
    pub(super) host: &'a Host,
    pub(super) term: Term,
    /// The purpose of the packages, in messages.
    pub(super) what: &'a str,
    pub(super) origin: &'a Origin,
}

/// The origin of packages that are not in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Whether nothing may be fetched.
    pub(crate) offline: bool,
    /// The mirror that the user has named.
    pub(crate) mirror: Option<Setting<String>>,
}

impl Origin {
    /// Whether there is a mirror to fetch from, or none is needed because nothing may be fetched.
    pub(crate) fn is_known(&self) -> bool {
        self.offline || self.mirror.is_some() || mirrors::of(None).is_ok()
    }

    /// The file that names the mirror, which may be a project's.
    fn by_project(&self) -> Option<&setting::Source> {
        let source = self.mirror.as_ref().map(|mirror| &mirror.source);
        source.filter(|source| matches!(source, setting::Source::File(..)))
    }
}

impl<'a> Packages<'a> {
    /// The cache of the host, for a purpose.
    pub(super) fn new(what: &'a str, host: &'a Host, term: Term, origin: &'a Origin) -> Self {
        Self {
            host,
            term,
            what,
            origin,
        }
    }
}

impl Packages<'_> {
    pub(super) fn dir(&self) -> PathBuf {
        self.host.cache.join(PACKAGES)
    }

    /// The path of a package in the cache, or of the newer one that was taken in its place.
    pub(super) fn path(&self, package: &Package) -> PathBuf {
        let dir = self.dir();
        let own = source::place(&dir, package);
        if own.exists() {
            return own;
        }
        let instead = fs::read_if_exists(&source::instead(&dir, package));
        let instead = instead.ok().flatten();
        let other = instead.map(|digest| own.with_file_name(format!("{}.deb", digest.trim())));
        other.unwrap_or(own)
    }

    /// The paths of packages, all of which must be in the cache.
    ///
    /// # Errors
    ///
    /// When a newer version was taken in the place of a package: another machine could not know
    /// that it is the right one.
    pub(super) fn pinned(&self, wanted: &[&Package]) -> Result<Vec<PathBuf>> {
        let dir = self.dir();
        let one = |package: &&Package| {
            let place = source::place(&dir, package);
            if place.exists() {
                return Ok(place);
            }
            let name = package.shown();
            let message = format!(
                "the package `{name}` cannot be carried: no mirror has it, and a newer one was taken"
            );
            Err(Error::new(message)
                .hint("a version of cross that knows the current packages carries those"))
        };
        wanted.iter().map(one).collect()
    }

    /// Fetches the packages that are not in the cache.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched. The message names it.
    pub(super) fn ensure(&self, wanted: &[&'static Package]) -> Result<()> {
        let is_missing = |package: &&&Package| !self.path(package).exists();
        let missing: Vec<&Package> = wanted.iter().filter(is_missing).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.needs_network(&missing)?;
        let size = missing
            .iter()
            .map(|package| package.size)
            .sum::<Option<u64>>();
        let what = match missing.len() {
            1 => format!("a package for {}", self.what),
            count => format!("{count} packages for {}", self.what),
        };
        let mirrors = mirrors::of(self.origin.mirror.as_ref())?;
        let source = self.source(mirrors::KEY, mirrors, &what, size)?;
        source.shown.begin();
        side_by_side(&missing, AT_ONCE, |package| source.fetch(package))
    }

    /// Checks that packages may be fetched.
    ///
    /// # Errors
    ///
    /// When a package is missing and nothing may be fetched.
    pub(super) fn needs_network(&self, missing: &[&Package]) -> Result<()> {
        let Some(first) = missing.first().filter(|_| self.origin.offline) else {
            return Ok(());
        };
        let others = match missing.len() - 1 {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let (what, first) = (self.what, first.shown());
        let message = format!("`{what}` needs the package `{first}`{others}");
        let message = format!("{message}, and nothing is fetched because cargo is offline");
        Err(Error::new(message)
            .hint("run it once with the network, or see `cross-util toolchains import`"))
    }

    /// A source that fetches from these mirrors, with a progress display. `key` names the setting
    /// for another mirror, `shown` what is fetched, and `size` the number of bytes if known.
    ///
    /// # Errors
    ///
    /// When the cache's directory cannot be made, or the proxies' settings are wrong.
    pub(super) fn source<'b>(
        &'b self,
        key: &'b str,
        mirrors: Vec<Uri>,
        shown: &str,
        size: Option<u64>,
    ) -> Result<Source<'b>> {
        let dir = self.dir();
        fs::create_dir_all(&dir)?;
        let (term, is_terminal) = (self.term, self.host.stderr_tty);
        Ok(Source {
            host: self.host,
            term,
            dir,
            what: self.what,
            http: Http::new(self.host)?,
            mirrors,
            key,
            named_by: self.origin.by_project(),
            indexes: Mutex::default(),
            shown: Download::new(term, is_terminal, "Fetching", shown, size),
        })
    }
}

/// Calls a function for each item of a list, several at the same time. After a failure no further
/// calls begin.
///
/// # Errors
///
/// The first error of a call.
pub(super) fn side_by_side<T: Sync>(
    list: &[T],
    at_once: usize,
    each: impl Fn(&T) -> Result<()> + Sync,
) -> Result<()> {
    let left = Mutex::new(list.iter());
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let next = || left.lock().ok()?.next();
    let work = || {
        while let Some(item) = next() {
            if let (Err(error), Ok(mut left), Ok(mut failed)) =
                (each(item), left.lock(), failed.lock())
            {
                *left = [].iter();
                failed.get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(list.len()) {
            scope.spawn(work);
        }
    });
    match failed.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
