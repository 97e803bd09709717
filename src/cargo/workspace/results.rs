//! The paths that a build writes to: directories for results and the lock file. A key or a symbolic
//! link of the project's may place them outside the project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use crate::bounds::{ALLOW, Bounds, Refusal};
use crate::cargo::config::{self, CargoConfig};
use crate::cargo::obeyed::{in_project, obeyed_around};
use crate::cli::Invocation;
use crate::config::Source;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;

/// The paths that a build writes to, as far as they have been added.
#[derive(Debug)]
pub(super) struct Written<'a> {
    root: &'a Path,
    bounds: &'a Bounds<'a>,
    /// Directories for results whose path contains symbolic links, each with the paths at which it
    /// is mounted in the container.
    pub(super) behind: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Paths outside the root, each with the reason.
    pub(super) outside: Vec<(PathBuf, Asker)>,
}

/// The author of the setting for a directory of results: an option, an environment variable, or
/// cargo's configuration, in cargo's order of precedence.
/// <https://doc.rust-lang.org/cargo/reference/config.html#buildtarget-dir>
pub(super) fn asker(
    invocation: &Invocation,
    host: &Host,
    config: &CargoConfig,
    key: &str,
    is_target: bool,
) -> Asker {
    if is_target && invocation.options.target_dir.is_some() {
        return Asker::Said(Source::CommandLine("--target-dir"));
    }
    let variable = |name: &str| {
        let is_set = host.text(name).is_some();
        is_set.then(|| Asker::Said(Source::Variable(name.to_owned())))
    };
    let own = variable("CARGO_TARGET_DIR").filter(|_| is_target);
    let full = format!("build.{key}");
    let configured = config.asker(&full);
    let name = config::variable(&full);
    // `--config` wins over the variable of the full key, which wins over files.
    own.or_else(|| configured.clone().filter(Asker::is_command_line))
        .or_else(|| variable(&name))
        .or(configured)
        .unwrap_or(Asker::Said(Source::Default))
}

impl<'a> Written<'a> {
    pub(super) fn new(root: &'a Path, bounds: &'a Bounds<'a>) -> Self {
        Self {
            root,
            bounds,
            behind: BTreeMap::new(),
            outside: Vec::new(),
        }
    }

    /// Adds a directory for results.
    ///
    /// # Errors
    ///
    /// If the project places the directory out of bounds.
    pub(super) fn add(
        &mut self,
        dir: &Path,
        asker: &Asker,
        shown: &mut BTreeMap<PathBuf, Asker>,
    ) -> Result<()> {
        let link = Asker::Link(dir.to_owned());
        let by = if asker.is_user() { asker } else { &link };
        self.put(dir, (asker, by), shown)
            .map_err(|(refusal, asker)| refusal.error(asker))?;
        match in_project(dir, asker, self.bounds) {
            Some(found) if *asker == Asker::Said(Source::Default) => {
                Err(not_written(dir, &link, &found))
            }
            Some(found) => Err(not_written(dir, asker, &found)),
            None => Ok(()),
        }
    }

    /// Adds a directory that an option of a command names. Returns the reason if it is out of
    /// bounds.
    pub(super) fn add_named(
        &mut self,
        dir: &Path,
        asker: &Asker,
        shown: &mut BTreeMap<PathBuf, Asker>,
    ) -> Option<Refusal> {
        // The user has named a path in the project, and the project has put a link there.
        let link = Asker::Link(dir.to_owned());
        let by = if dir.starts_with(self.root) {
            &link
        } else {
            asker
        };
        let put = self.put(dir, (asker, by), shown);
        put.err().map(|(refusal, _)| refusal)
    }

    /// Adds a directory, and the paths to which links in its place lead, each for its own reason.
    /// Returns the refusal of a path with its reason if one is out of bounds.
    fn put<'r>(
        &mut self,
        dir: &Path,
        (asker, by): (&'r Asker, &'r Asker),
        shown: &mut BTreeMap<PathBuf, Asker>,
    ) -> Result<(), (Refusal, &'r Asker)> {
        let places = behind_links(dir, shown.keys().map(PathBuf::as_path).chain([self.root]));
        let behind = places.iter().map(|place| (place.as_path(), by));
        let all = std::iter::once((dir, asker)).chain(behind);
        let outside: Vec<(&Path, &Asker)> = all
            .filter(|(path, _)| !path.starts_with(self.root))
            .collect();
        for (path, asker) in &outside {
            let judged = self.bounds.judge(path, asker, Access::ReadWrite);
            judged.map_err(|refusal| (refusal, *asker))?;
        }
        let outside = outside.into_iter();
        self.outside
            .extend(outside.map(|(path, asker)| (path.to_owned(), asker.clone())));
        // A path that is written to must not be mounted read-only as well.
        shown.retain(|path, _| !places.contains(path));
        if !places.is_empty() {
            self.behind.insert(dir.to_owned(), places);
        }
        Ok(())
    }

    /// Adds the lock file, which need not exist. Returns the path that cargo reads and writes,
    /// which is behind the symbolic links in the place of the file.
    ///
    /// # Errors
    ///
    /// If the project places the lock file out of bounds, because the host's cargo would write to
    /// the target of a symbolic link.
    pub(super) fn add_lockfile(&mut self, path: &Path, invocation: &Invocation) -> Result<PathBuf> {
        /// The largest number of links in a path, as the kernel counts them: `path_resolution(7)`.
        const LINKS: usize = 40;
        let named = invocation.options.lockfile_path.is_some();
        let asker = if named {
            Asker::Said(Source::CommandLine("--lockfile-path"))
        } else {
            Asker::Link(path.to_owned())
        };
        if named && !path.starts_with(self.root) {
            self.add_outside(path, &asker)?;
        }
        // Links are followed one by one, since a link to a missing file has a target all the same.
        let mut steps: Vec<PathBuf> = Vec::new();
        let mut next = fs::leads_to(path);
        while let Some(step) = next.filter(|_| steps.len() < LINKS) {
            next = fs::leads_to(&step);
            steps.push(step);
        }
        let end = steps.last().map(PathBuf::as_path);
        let end_of_others = end.filter(|end| !self.bounds.is_permitted(end, &asker));
        if let Some(found) = end_of_others.and_then(|end| obeyed_around(end, self.root)) {
            return Err(not_written(end.unwrap_or(path), &asker, &found));
        }
        for step in &steps {
            if self.is_inside(step) {
                continue;
            }
            self.bounds.check(step, &asker, Access::ReadWrite)?;
            if Some(step.as_path()) == end {
                self.outside.push((step.clone(), asker.clone()));
            }
        }
        Ok(end.map_or_else(|| path.to_owned(), fs::real))
    }

    fn is_inside(&self, path: &Path) -> bool {
        let real = fs::real(path);
        path.starts_with(self.root) && real.starts_with(fs::canonical(self.root))
    }

    fn add_outside(&mut self, path: &Path, asker: &Asker) -> Result<()> {
        self.bounds.check(path, asker, Access::ReadWrite)?;
        self.outside.push((path.to_owned(), asker.clone()));
        Ok(())
    }
}

/// The error that a project does not get a path to write to.
fn not_written(path: &Path, asker: &Asker, found: &Path) -> Error {
    let (path, found) = (fs::real(path), found.display());
    let path = path.display();
    let message = format!("{asker} asks to write to `{path}`, and `{found}` is there");
    Error::new(message).hint(format!("`{ALLOW}={path}` in the environment allows it"))
}

/// The targets of the symbolic links in a path below one of the `shown` directories: the real path,
/// and if the path itself is a link, also each step on the way. Empty if there are no links.
fn behind_links<'a>(dir: &Path, shown: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
    let above = shown.filter(|above| dir.starts_with(above));
    let Some(above) = above.max_by_key(|above| above.components().count()) else {
        return BTreeSet::new();
    };
    let real = fs::real(dir);
    let end = match real.strip_prefix(fs::canonical(above)) {
        Ok(inside) => above.join(inside),
        Err(_) => real,
    };
    if end == dir {
        return BTreeSet::new();
    }
    let mut places = BTreeSet::from([end]);
    let mut next = fs::leads_to(dir);
    while let Some(place) = next.filter(|place| places.insert(place.clone())) {
        next = fs::leads_to(&place);
    }
    places
}
