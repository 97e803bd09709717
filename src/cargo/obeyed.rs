//! The paths in a project that programs of the host obey: rustup's toolchain file, cargo's
//! configuration, `Cross.toml`, git's directory. Where a container may write, these stay as they
//! are, and none can be added where such programs look first.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::bounds::Bounds;
use crate::bounds::asker::Asker;
use crate::cargo::trusted::{CARGO_CONFIG, GIT, REPOSITORIES, TOOLCHAIN_FILES};
use crate::config::CROSS_TOML;
use cross_base::fs::{self, EntryKind};

/// The manifest of a project.
const MANIFEST: &str = "Cargo.toml";
/// The directory of hooks in a git directory.
const HOOKS: &str = "hooks";
/// The file that marks a directory as a cache. <https://bford.info/cachedir/>
const TAG: &str = "CACHEDIR.TAG";
/// The largest number of links behind each other, as the kernel counts them: `path_resolution(7)`.
const LINKS: usize = 40;

/// The paths of a project that programs of the host obey. No symbolic link is in them, since no
/// mount can be placed at a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Obeyed {
    /// Files and directories that exist.
    pub(crate) there: BTreeSet<PathBuf>,
    /// Paths at which nothing is. A directory that is empty counts as nothing: git, cargo and
    /// rustup pass it over, and an earlier run may have left it.
    pub(crate) missing: BTreeSet<PathBuf>,
    /// The directories between the project's root and the other paths. A container could put
    /// another directory in the place of one that is no mount.
    pub(crate) around: BTreeSet<PathBuf>,
    /// The symbolic links that lead to one of the paths. A container can replace them.
    pub(crate) links: BTreeSet<PathBuf>,
}

/// The places of a project in which obeyed files are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) root: &'a Path,
    pub(crate) packages: &'a [PathBuf],
    /// Working trees of repositories.
    pub(crate) trees: &'a BTreeSet<PathBuf>,
    /// The paths that files of repositories name.
    pub(crate) of_repositories: &'a BTreeSet<PathBuf>,
    /// Directories for results.
    pub(crate) results: &'a [&'a Path],
    pub(crate) cwd: &'a Path,
}

impl Obeyed {
    /// Finds the paths in the root, in packages, and around the caller's directory: there programs
    /// of the host look before they work.
    pub(crate) fn find(places: &Places<'_>) -> Self {
        let root = places.root;
        let above: Vec<&Path> = places.cwd.ancestors().chain([root]).collect();
        let packages = places.packages.iter().map(PathBuf::as_path);
        let mut found = Self::default();
        for dir in above.iter().copied().chain(packages) {
            let names = TOOLCHAIN_FILES.iter().chain([&CARGO_CONFIG]);
            let git = above.contains(&dir).then_some(&GIT);
            for name in names.chain(git) {
                found.add(&dir.join(name), places);
            }
        }
        found.add(&root.join(CROSS_TOML), places);
        // Programs look first where the user is. To cover what is missing in every package would
        // take a thousand mounts in a large workspace.
        let is_first = |path: &PathBuf| above.iter().any(|dir| path.parent() == Some(dir));
        found.missing.retain(is_first);
        for tree in places.trees.iter().map(PathBuf::as_path).chain([root]) {
            let repositories = REPOSITORIES.iter().map(|name| tree.join(name));
            for path in repositories.filter(|path| path.exists()) {
                found.add(&path, places);
            }
        }
        let trees = || places.trees.iter().map(PathBuf::as_path).chain([root]);
        let files = places.of_repositories.iter();
        for path in files.filter(|path| !trees().any(|tree| tree.starts_with(path))) {
            found.add(path, places);
        }
        found.add_links(places);
        found.tidy(root);
        found
    }

    /// Adds where the links in the directories lead that were found: to further files of cargo's
    /// configuration, and to git's hooks.
    fn add_links(&mut self, places: &Places<'_>) {
        for dir in self.there.clone() {
            for dir in [dir.join(HOOKS), dir] {
                let entries = fs::entries_in(&dir).into_iter();
                let links = entries.filter(|(_, kind)| *kind == EntryKind::Link);
                for (name, _) in links {
                    self.add(&dir.join(name), places);
                }
            }
        }
    }

    /// Adds what is at a path, and the links that lead there. Nothing that is not in the project.
    fn add(&mut self, path: &Path, places: &Places<'_>) {
        let root = places.root;
        let Some(dir) = path.parent().filter(|dir| dir.starts_with(root)) else {
            return;
        };
        if !dir.is_dir()
            || places
                .results
                .iter()
                .any(|results| dir.starts_with(results))
        {
            return;
        }
        let mut end = path.to_owned();
        for _ in 0..LINKS {
            let Some(next) = fs::leads_to(&end) else {
                break;
            };
            self.links.extend(within(root, end.parent()).map(|dir| {
                let name = end.file_name().unwrap_or_default();
                dir.join(name)
            }));
            end = next;
        }
        let Some(end) = within(root, Some(&end)).filter(|end| end != root) else {
            return;
        };
        if is_nothing(&end) {
            // The directories around it would be made too, and stay.
            let is_near = end.parent().is_some_and(Path::is_dir);
            self.missing.extend(is_near.then_some(end));
        } else {
            self.there.insert(end);
        }
    }

    /// Removes the paths in other ones, and finds the directories around the rest.
    fn tidy(&mut self, root: &Path) {
        let all: BTreeSet<PathBuf> = self.there.union(&self.missing).cloned().collect();
        let is_inner = |path: &PathBuf| {
            let mut above = path.ancestors().skip(1);
            above.any(|above| all.contains(above))
        };
        self.there.retain(|path| !is_inner(path));
        self.missing.retain(|path| !is_inner(path));
        let kept = self.there.iter().chain(&self.missing);
        let around = kept.flat_map(|path| {
            let above = path.ancestors().skip(1);
            above.take_while(|dir| *dir != root && dir.starts_with(root))
        });
        self.around = around.map(Path::to_owned).collect();
    }
}

/// A file or directory in a directory, or in one directly below it, that programs of the host obey.
pub(crate) fn obeyed_in<'a>(
    dir: &Path,
    more: impl IntoIterator<Item = &'a str>,
) -> Option<PathBuf> {
    let names = REPOSITORIES.iter().chain(&TOOLCHAIN_FILES);
    let names = names.chain(&[CARGO_CONFIG, CROSS_TOML]).copied();
    let names: Vec<&str> = names.chain(more).collect();
    let below = fs::names_in(dir).into_iter().map(|name| dir.join(name));
    let mut dirs = std::iter::once(dir.to_owned()).chain(below);
    dirs.find_map(|dir| {
        let mut paths = names.iter().map(|name| dir.join(name));
        paths.find(|path| !is_nothing(path))
    })
}

/// The path itself or a directory around it, but not around the root, that programs of the host
/// obey.
pub(crate) fn obeyed_around(path: &Path, root: &Path) -> Option<PathBuf> {
    let (real, root) = (fs::real(path), fs::canonical(root));
    let mut above = real
        .ancestors()
        .take_while(|above| !root.starts_with(above));
    let is_obeyed = |above: &&Path| {
        let name = above
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or_default();
        let is_dir = REPOSITORIES.contains(&name) || name == CARGO_CONFIG;
        is_dir || TOOLCHAIN_FILES.contains(&name) || name == CROSS_TOML
    };
    above.find(is_obeyed).map(Path::to_owned)
}

/// The file because of which a project does not get a path to write to: it shows that the path is
/// part of another project, or programs of the host obey it. A directory that is tagged as a cache
/// may be in another project. None if the user has asked for the path, or allowed it.
pub(crate) fn in_project(path: &Path, asker: &Asker, bounds: &Bounds<'_>) -> Option<PathBuf> {
    let real = fs::real(path);
    if bounds.is_permitted(path, asker) || bounds.is_permitted(&real, asker) {
        return None;
    }
    if let Some(found) = obeyed_around(path, &bounds.root) {
        return Some(found);
    }
    let root = fs::canonical(&bounds.root);
    if real.starts_with(&root) {
        return None;
    }
    let found = obeyed_in(&real, [MANIFEST]);
    if found.is_some() || !real.exists() || real.join(TAG).exists() {
        return found;
    }
    // A home directory has a `.cargo` and is no project.
    let home = bounds.host.home.as_deref();
    let above = real.ancestors();
    let above = above.take_while(|above| !root.starts_with(above) && Some(*above) != home);
    let names = || {
        REPOSITORIES
            .iter()
            .chain(&TOOLCHAIN_FILES)
            .chain([&CROSS_TOML, &MANIFEST])
    };
    let mut paths = above
        .skip(1)
        .flat_map(|above| names().map(|name| above.join(name)));
    paths.find(|path| !is_nothing(path))
}

/// Whether a path has nothing that a program obeys. A link to nothing may lead to something later.
pub(crate) fn is_nothing(path: &Path) -> bool {
    fs::is_empty_dir(path) || !path.is_symlink() && !path.exists()
}

/// The path below the root at which a container finds what is at a path. None if that is outside.
fn within(root: &Path, path: Option<&Path>) -> Option<PathBuf> {
    let real = fs::real(path?);
    let rest = real.strip_prefix(fs::canonical(root)).ok()?;
    Some(
        rest.iter()
            .fold(root.to_owned(), |path, name| path.join(name)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_what_is_missing_cannot_be_added() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            ".git/hooks",
            "a/.cargo",
            "a/b/.cargo",
            "other/.cargo/x",
            "vendor/.hg/x",
            "cfg",
            "repo.git/hooks",
            "target/p",
        ] {
            fs::create_dir_all(&root.join(path)).unwrap();
        }
        for file in [
            "rust-toolchain.toml",
            "a/.cargo/config.toml",
            "cfg/config.toml",
        ] {
            fs::touch(&root.join(file)).unwrap();
        }
        fs::link(&root.join(".cargo"), Path::new("cfg")).unwrap();
        fs::link(&root.join("a/rust-toolchain"), Path::new("../nowhere")).unwrap();
        fs::link(&root.join("a/rust-toolchain.toml"), Path::new("/etc/hosts")).unwrap();
        let at = |path: &str| root.join(path);
        let found = Obeyed::find(&Places {
            root,
            packages: &[at("a"), at("target/p"), at("gone")],
            trees: &[at("vendor")].into(),
            of_repositories: &[at("repo.git"), root.to_owned(), at("vendor")].into(),
            results: &[&at("target")],
            cwd: &at("a/b"),
        });
        let all = |paths: &[&str]| paths.iter().map(|path| at(path)).collect::<BTreeSet<_>>();
        let there = [
            ".git",
            "a/.cargo",
            "cfg",
            "repo.git",
            "rust-toolchain.toml",
            "vendor/.hg",
        ];
        assert_eq!(found.there, all(&there));
        let missing = [
            "Cross.toml",
            "a/.git",
            "a/b/.cargo",
            "a/b/.git",
            "a/b/rust-toolchain",
            "a/b/rust-toolchain.toml",
            "nowhere",
            "rust-toolchain",
        ];
        assert_eq!(found.missing, all(&missing));
        assert_eq!(found.around, all(&["a", "a/b", "vendor"]));
        let links = [".cargo", "a/rust-toolchain", "a/rust-toolchain.toml"];
        assert_eq!(found.links, all(&links));
    }
}
