//! Paths of the host that no project gets mounted by asking for them, because a dependency's build
//! script would read them or write there. Only paths outside the project are bounded, and only
//! those that the project asks for. The user's own command line and environment may name any path
//! except `/`.
//!
//! A bounded path is compared as written and by its real path, and so is a path that is asked
//! for.

pub(crate) mod access;
pub(crate) mod asker;
mod table;

pub(crate) use table::CONTAINER_HOME;

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use table::{CONTAINERS_OWN, HOME, IN_HOME, Reach, SYSTEM};

/// The environment variable with paths, separated by colons, that the user allows projects to ask
/// for in spite of the bounds.
pub(crate) use crate::config::variables::ALLOW_MOUNTS as ALLOW;

/// A path that is bounded on this machine: a row of the table with its absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bounded {
    path: PathBuf,
    reach: Reach,
    why: &'static str,
}

/// The bounds of one project.
#[derive(Debug)]
pub(crate) struct Bounds<'a> {
    pub(crate) host: &'a Host,
    /// The workspace's root. Paths in it are not bounded.
    pub(crate) root: PathBuf,
    /// All bounded paths, found out when the first path outside the project is judged.
    bounded: OnceCell<Vec<Bounded>>,
}

/// A path that is refused, and the bounded path because of which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The path that was asked for.
    path: PathBuf,
    /// The path's real path, if that is another one.
    real: Option<PathBuf>,
    place: Bounded,
}

impl<'a> Bounds<'a> {
    /// The bounds of the project whose workspace has this root.
    pub(crate) fn new(host: &'a Host, root: &Path) -> Self {
        Self {
            host,
            root: root.to_owned(),
            bounded: OnceCell::new(),
        }
    }

    /// Whether the path may be mounted with this access, for this reason.
    ///
    /// # Errors
    ///
    /// The path and the bounded path because of which it is refused.
    pub(crate) fn judge(&self, path: &Path, asker: &Asker, access: Access) -> Result<(), Refusal> {
        let real = fs::real(path);
        let is_root = real.parent().is_none();
        if (asker.is_user() && !is_root) || self.is_allowed(path, &real) {
            return Ok(());
        }
        let claim = Claim {
            // Results go where a link leads because the user wants them there.
            implicit: asker.is_implicit() && !access.writes(),
            access,
            around: *asker == Asker::Repository,
        };
        let found = [path, &real]
            .into_iter()
            .find_map(|path| self.refusing(path, claim));
        match found {
            None => Ok(()),
            Some(place) => Err(Refusal {
                path: path.to_owned(),
                real: (real != path).then_some(real),
                place: place.clone(),
            }),
        }
    }

    /// Like [`Self::judge`], for a path that cannot be left out, so that a refusal is an error for
    /// users.
    ///
    /// # Errors
    ///
    /// If the path is refused: the path, the reason, and a hint with the variable that allows it.
    pub(crate) fn check(&self, path: &Path, asker: &Asker, access: Access) -> Result<()> {
        let judged = self.judge(path, asker, access);
        judged.map_err(|refusal| refusal.error(asker))
    }

    /// Checks the workspace's root. Returns a warning if the root is a home directory or another
    /// place in the table, so that build scripts can read more than a project.
    ///
    /// # Errors
    ///
    /// If the root is `/`, or a directory that the container needs for itself.
    pub(crate) fn check_root(&self) -> Result<Option<String>> {
        let root = &self.root;
        let shown = root.display();
        let elsewhere = "move the project into a directory of its own";
        if root.parent().is_none() {
            let message = "the workspace's root is `/`, which cannot be mounted";
            return Err(Error::new(message).hint(elsewhere));
        }
        let row = SYSTEM.iter().find(|(path, ..)| root == Path::new(path));
        let own = row.filter(|(_, reach, why)| *why != HOME && *reach != Reach::Nothing);
        if let Some((.., why)) = own {
            let message = format!("the workspace's root is `{shown}`, which {why}");
            return Err(Error::new(message).hint(elsewhere));
        }
        let home = self.host.home.as_deref();
        let is_home = home.is_some_and(|home| root == home || fs::is_same(root, home));
        Ok((is_home || row.is_some()).then(|| {
            format!(
                "the workspace's root `{shown}` {HOME}: every build script can read all that is in it"
            )
        }))
    }

    /// Whether the user has asked for the path, or allowed it to projects.
    pub(crate) fn is_permitted(&self, path: &Path, asker: &Asker) -> bool {
        asker.is_user() || self.is_allowed(path, &fs::real(path))
    }

    fn is_allowed(&self, path: &Path, real: &Path) -> bool {
        let allowed = self.host.text(ALLOW).unwrap_or_default().split(':');
        let allowed = allowed.map(Path::new).filter(|path| path.is_absolute());
        let mut allowed = allowed.filter(|path| *path != Path::new("/"));
        allowed.any(|dir| path.starts_with(dir) && real.starts_with(fs::real(dir)))
    }

    /// The bounded path because of which a path is refused. None if it is allowed.
    fn refusing(&self, path: &Path, claim: Claim) -> Option<&Bounded> {
        let places = self.bounded().iter();
        let places =
            places.filter(|place| place.reach != Reach::Nothing || path.starts_with(&place.path));
        let (same, others): (Vec<&Bounded>, Vec<&Bounded>) =
            places.partition(|place| place.path == path);
        let depth = |place: &&&Bounded| place.path.components().count();
        let inside = others.iter().filter(|place| place.path.starts_with(path));
        if let Some(place) = same.first().or(inside.min_by_key(depth)) {
            return (place.reach != Reach::Nothing).then_some(*place);
        }
        let above = others.iter().filter(|place| path.starts_with(&place.path));
        let place = above.max_by_key(depth)?;
        // A path that contains the project does not bound the project's neighbours if the
        // container has its own such directory. No path around the project bounds the project's
        // own repository.
        let is_free = claim.around || (place.reach != Reach::All && place.why == CONTAINERS_OWN);
        let is_around = is_free && self.root.starts_with(&place.path);
        (place.reaches(path, claim, &self.root) && !is_around).then_some(*place)
    }

    fn bounded(&self) -> &[Bounded] {
        self.bounded.get_or_init(|| bounded(self.host, &self.root))
    }
}

/// How a path is asked for.
#[derive(Clone, Copy, Debug)]
struct Claim {
    implicit: bool,
    access: Access,
    /// The path is the repository that contains the project.
    around: bool,
}

impl Bounded {
    fn new(path: impl Into<PathBuf>, reach: Reach, why: &'static str) -> Self {
        let path = path.into();
        Self { path, reach, why }
    }

    /// Whether a path below this one is refused to the project with this root.
    fn reaches(&self, path: &Path, claim: Claim, root: &Path) -> bool {
        match self.reach {
            Reach::All => true,
            Reach::Programs => claim.access.writes() || claim.implicit,
            Reach::Writes => claim.access.writes(),
            Reach::Links => claim.implicit,
            Reach::Hidden => {
                let first = |path: &Path| {
                    let below = path.strip_prefix(&self.path).ok()?;
                    below.iter().next().map(OsStr::to_owned)
                };
                let name = first(path).unwrap_or_default();
                let is_hidden = name.as_encoded_bytes().starts_with(b".");
                let is_neighbour = || first(root).is_some_and(|roots| roots == name);
                let is_shown = || name == ".cache" || is_neighbour();
                is_hidden && (claim.access.writes() || (claim.implicit && !is_shown()))
            }
            Reach::Itself | Reach::Nothing => false,
        }
    }
}

impl Refusal {
    /// The reason for the refusal, as the end of a sentence about the path.
    fn reason(&self) -> String {
        let Bounded {
            path: place, why, ..
        } = &self.place;
        let (place, end) = (place.as_path(), self.real.as_deref().unwrap_or(&self.path));
        let leads = match &self.real {
            Some(real) => format!(" leads to `{}`,", real.display()),
            None => String::new(),
        };
        let name = place.display();
        if [end, &self.path].contains(&place) {
            format!("{leads} which {why}").trim_start().to_owned()
        } else if place.starts_with(end) || place.starts_with(&self.path) {
            format!("{leads} and `{name}` in it {why}")
                .trim_start()
                .to_owned()
        } else {
            format!("{leads} and `{name}` {why}")
                .trim_start()
                .to_owned()
        }
    }

    /// The note to users about a path that is left out of the mounts.
    pub(crate) fn note(&self, asker: &Asker) -> String {
        format!(
            "without `{}` ({asker}): {}",
            self.path.display(),
            self.reason()
        )
    }

    /// The error about a path that cannot be left out.
    pub(crate) fn error(&self, asker: &Asker) -> Error {
        let end = self.real.as_deref().unwrap_or(&self.path);
        let path = self.path.display();
        if end == Path::new("/") {
            let message =
                format!("{asker} asks for `{path}`: the root of all files cannot be mounted");
            return Error::new(message).hint("name a directory below it");
        }
        let link = if self.real.is_some() { " that" } else { "," };
        let message = format!("{asker} asks for `{path}`{link} {}", self.reason());
        Error::new(message).hint(format!("`{ALLOW}={path}` in the environment allows it"))
    }
}

/// All bounded paths on this machine, each as written and by its real path.
fn bounded(host: &Host, root: &Path) -> Vec<Bounded> {
    let system = SYSTEM.iter();
    let system = system.map(|(path, reach, why)| Bounded::new(path, *reach, why));
    let mut all: Vec<Bounded> = system.chain(in_homes(host, root)).collect();
    all.extend(of_programs(host));
    // Relative and empty paths come from odd variables and bound nothing. Paths inside the project
    // do not bound the project itself.
    all.retain(|Bounded { path, .. }| {
        path.is_absolute() && path.parent().is_some() && !path.starts_with(root)
    });
    let real = all.iter().filter_map(|bounded| {
        let path = fs::real(&bounded.path);
        (path != bounded.path && path.parent().is_some()).then(|| Bounded {
            path,
            ..bounded.clone()
        })
    });
    let real: Vec<Bounded> = real.collect();
    all.extend(real);
    all
}

/// The bounded paths in home directories, and these themselves.
fn in_homes(host: &Host, root: &Path) -> Vec<Bounded> {
    let (own, others) = homes(host);
    let (around, elsewhere): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|home| root.starts_with(home));
    let mut all = Vec::new();
    for home in own.into_iter().chain(around) {
        let inside = IN_HOME.iter();
        all.extend(inside.map(|(name, reach, why)| Bounded::new(home.join(name), *reach, why)));
        all.push(Bounded::new(home, Reach::Hidden, HOME));
    }
    let of_others = |home| Bounded::new(home, Reach::All, "is another user's home directory");
    all.extend(elsewhere.into_iter().map(of_others));
    all
}

/// The directories and files of cargo, rustup, cross and the engine, wherever they are.
fn of_programs(host: &Host) -> Vec<Bounded> {
    let cargo_home = &host.cargo_home;
    let credentials = ["credentials", "credentials.toml"].map(|name| cargo_home.join(name));
    let credentials = credentials.map(|path| (path, Reach::All, "holds cargo's credentials"));
    let socket = host.text("DOCKER_HOST");
    let socket = socket.and_then(|socket| socket.strip_prefix("unix://"));
    let socket = socket.map(|path| (path.into(), Reach::All, "is a container engine's socket"));
    let cache = "is where cross keeps its own files";
    let own = [
        (cargo_home.clone(), Reach::Writes, "is cargo's home"),
        (host.rustup_home.clone(), Reach::Writes, "is rustup's home"),
        (host.cache.clone(), Reach::All, cache),
    ];
    let all = own.into_iter().chain(credentials).chain(socket);
    all.map(|(path, reach, why)| Bounded::new(path, reach, why))
        .collect()
}

/// Home directories: first those of the caller, by `HOME`, by `/etc/passwd`, and the directory
/// around cargo's home; then those of other users.
fn homes(host: &Host) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut own: Vec<PathBuf> = host.home.clone().into_iter().collect();
    // On CI machines cargo's home may be in the project's directory, which is no home directory.
    let around = host.cargo_home.parent();
    let around = around.filter(|dir| !dir.join("Cargo.toml").exists());
    own.extend(around.map(Path::to_owned));
    let passwd = fs::read_if_exists(Path::new("/etc/passwd"));
    let passwd = passwd.ok().flatten().unwrap_or_default();
    let (mine, mut others): (Vec<_>, Vec<_>) = homes_of_people(&passwd)
        .into_iter()
        .partition(|(uid, _)| *uid == host.uid);
    own.extend(mine.into_iter().map(|(_, home)| home));
    // A user whose home is a place in the table, other than `/root`, is a service.
    let is_system = |home: &Path| SYSTEM.iter().any(|(path, ..)| home == Path::new(path));
    others.retain(|(_, home)| {
        !own.contains(home) && (!is_system(home) || home == Path::new("/root"))
    });
    (own, others.into_iter().map(|(_, home)| home).collect())
}

/// Numbers and home directories of root and of people in `passwd(5)`. People have numbers from 1000
/// up. Debian Policy, chapter "The Operating System", "UID and GID classes".
fn homes_of_people(passwd: &str) -> Vec<(u32, PathBuf)> {
    let home = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let uid: u32 = fields.get(2)?.parse().ok()?;
        let counts = uid == 0 || (1000..60000).contains(&uid);
        counts.then(|| {
            (
                uid,
                PathBuf::from(fields.get(5).copied().unwrap_or_default()),
            )
        })
    };
    passwd.lines().filter_map(home).collect()
}

#[cfg(test)]
mod tests;
