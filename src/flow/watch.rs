//! A look at a project to which a container can write, before and after the runs. Mounts keep the
//! files as they are that programs of the host obey, and the places free where such programs look
//! first. In other directories, and behind links, a container can make such files, and the user is
//! told of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::FileTimes;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::cargo::obeyed::is_nothing;
use crate::cargo::trusted::{CARGO_CONFIG, REPOSITORIES, TOOLCHAIN_FILES};
use crate::config::CROSS_TOML;
use crate::plan::{Guarded, Plan};
use cross_base::beneath::Place;
use cross_base::error::Result;
use cross_base::fs::{self, EntryKind};
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::term::{Level, Term, plain};

/// The largest number of directories that are looked at, those nearest to the root first. A look at
/// as many takes a tenth of a second.
const DIRECTORIES: usize = 8192;
/// The largest number of paths in a message.
const NAMED: usize = 8;

/// A project that is watched during the runs.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    guarded: &'a Guarded,
    /// The covers of all runs.
    covers: BTreeSet<PathBuf>,
    lock_file: PathBuf,
    /// Held together with other runs in the project, which need the covers as well.
    lock: Lock,
    before: Look,
    /// The directories around the covers, each with the time of its last change before the covers
    /// were made.
    times: BTreeMap<PathBuf, SystemTime>,
}

/// What programs of the host obey in a project.
#[derive(Debug, Default)]
struct Look {
    files: BTreeMap<PathBuf, Identity>,
    /// Whether not all directories were looked at.
    is_cut: bool,
}

/// A file as long as it is the same one. The number alone may be that of a file that was removed.
type Identity = (u64, u64, Option<SystemTime>);

impl<'a> Watch<'a> {
    /// Begins to watch, if a container can write to the project. The covers are made after this.
    pub(super) fn begin(plans: &'a [Plan], host: &Host) -> Result<Option<Self>> {
        let guarded = || plans.iter().filter_map(|plan| plan.guarded.as_ref());
        let Some(first) = guarded().next() else {
            return Ok(None);
        };
        let digest = Sha256::digest(first.root.as_os_str().as_encoded_bytes());
        let lock_file = host.lock_file(&format!("project-{}", hex::encode(&digest[..16])));
        let lock = Lock::share(&lock_file, || ())?;
        let covers = guarded().flat_map(|it| &it.covers);
        let covers: BTreeSet<PathBuf> = covers.map(Place::path).collect();
        Ok(Some(Self {
            guarded: first,
            times: times_around(&covers),
            covers,
            lock_file,
            lock,
            before: Look::at(first),
        }))
    }

    /// Is called once the covers are made. For cargo they are no change: a build script that asks
    /// for a directory to be looked at would run in each build.
    pub(super) fn begun(&self) {
        restore(&self.times);
    }

    /// Tells the user of new files, and removes the covers unless another run needs them.
    pub(super) fn end(self) {
        // Even with `-q`: a program of the host might start what a container has made.
        let term = Term {
            level: Level::Normal,
        };
        let after = Look::at(self.guarded);
        let found = after.differs_from(&self.before);
        if !found.is_empty() {
            let root = &self.guarded.root;
            let name = |path: &&PathBuf| {
                format!("`{}`", path.strip_prefix(root).unwrap_or(path).display())
            };
            let mut names: Vec<String> = found.iter().take(NAMED).map(name).collect();
            if found.len() > NAMED {
                names.push(format!("and {} others", found.len() - NAMED));
            }
            let message = format!(
                "{} came or changed while the container ran, and git, cargo or rustup would obey it: look at it before one of them runs there",
                names.join(", ")
            );
            term.warning(&plain(&message));
        }
        if after.is_cut && !self.before.is_cut {
            term.warning(&format!(
                "the project has more than {DIRECTORIES} directories since the container ran: files that git, cargo or rustup \
                 would obey may be in the others"
            ));
        }
        drop(self.lock);
        if let Some(_lock) = Lock::take_free(&self.lock_file) {
            let times = times_around(&self.covers);
            let written = [self.guarded.root.clone()];
            for cover in &self.covers {
                Place::new(cover, &written).remove_if_empty();
            }
            restore(&times);
        }
    }
}

/// The directories around these paths, each with the time of its last change.
fn times_around(paths: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, SystemTime> {
    let dirs = paths.iter().filter_map(|path| path.parent());
    let times = dirs.filter_map(|dir| {
        let found = fs_err::symlink_metadata(dir).ok()?;
        Some((dir.to_owned(), found.modified().ok()?))
    });
    times.collect()
}

/// Gives directories their time of the last change back. Without it, cargo builds more than it has
/// to.
fn restore(times: &BTreeMap<PathBuf, SystemTime>) {
    for (dir, time) in times {
        let times = FileTimes::new().set_modified(*time);
        let _ = fs_err::File::open(dir).and_then(|dir| dir.file().set_times(times));
    }
}

impl Look {
    fn at(guarded: &Guarded) -> Self {
        let mut look = Self::default();
        let root = &guarded.root;
        for link in &guarded.links {
            look.add(link.clone());
        }
        let mut count = 0;
        let mut open = VecDeque::from([root.clone()]);
        while let Some(dir) = open.pop_front() {
            count += 1;
            if count > DIRECTORIES {
                look.is_cut = true;
                break;
            }
            for (name, kind) in fs::entries_in(&dir) {
                let path = dir.join(&name);
                if name
                    .to_str()
                    .is_some_and(|name| is_obeyed(name, &dir, root))
                {
                    if !is_nothing(&path) {
                        look.add(path);
                    }
                } else if kind == EntryKind::Directory && !guarded.passed_over.contains(&path) {
                    open.push_back(path);
                }
            }
        }
        look
    }

    fn add(&mut self, path: PathBuf) {
        if let Ok(found) = fs_err::symlink_metadata(&path) {
            let identity = (found.dev(), found.ino(), found.created().ok());
            self.files.insert(path, identity);
        }
    }

    /// The files that were not there before.
    fn differs_from(&self, before: &Self) -> Vec<&PathBuf> {
        let files = self.files.iter();
        let new = files.filter(|(path, identity)| before.files.get(*path) != Some(identity));
        new.map(|(path, _)| path).collect()
    }
}

fn is_obeyed(name: &str, dir: &Path, root: &Path) -> bool {
    let is_known = REPOSITORIES.contains(&name) || TOOLCHAIN_FILES.contains(&name);
    is_known || name == CARGO_CONFIG || (name == CROSS_TOML && dir == root)
}
