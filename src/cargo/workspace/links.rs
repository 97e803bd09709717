//! Symbolic links in the project that lead out of it: to configuration, manifests, sources, and
//! data of tests.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::bounds::Bounds;
use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use crate::cargo::trusted::{CARGO_CONFIG, REPOSITORIES};
use cross_base::fs::{self, EntryKind};

/// The largest number of directories that are searched for links, those nearest to the root first.
/// A search of as many takes about as long as cargo's own start.
const DIRECTORIES: usize = 2048;
/// The largest number of directories that are searched behind links. They may be data on a slow
/// disk.
const BEYOND: usize = 128;
/// The largest number of paths that links may add. Caches of data have a link for each file, and
/// each path is a mount.
const PLACES: usize = 128;

/// Directories without Rust sources that other tools fill, and that would be most of the search.
const PASSED_OVER: &[&str] = &["node_modules"];
/// Hidden directories that cargo and its plugins read. Others belong to version control, editors
/// and the like.
const HIDDEN: &[&str] = &[".cargo", ".config"];
/// The file that marks a directory as a cache. <https://bford.info/cachedir/>
const TAG: &str = "CACHEDIR.TAG";

/// The result of the search for links.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) shown: Vec<(PathBuf, Asker)>,
    pub(super) notes: Vec<String>,
    /// Working trees of repositories that the search came across, submodules among them.
    pub(super) repositories: BTreeSet<PathBuf>,
    /// Directories with configuration of cargo's, which may have credentials beside it.
    pub(super) configured: BTreeSet<PathBuf>,
    /// A link that leads to `/`.
    pub(super) to_the_root: Option<PathBuf>,
    /// A warning if a limit was reached and links that the build may need are left out.
    pub(super) warning: Option<String>,
}

/// Searches the project's root and packages for links, and then the directories that these links
/// lead to. Directories for results are not searched.
pub(super) fn out_of(
    root: &Path,
    packages: &[&Path],
    results: &[&Path],
    bounds: &Bounds<'_>,
) -> Links {
    let mut links = Links::default();
    let mut seen: BTreeSet<PathBuf> = results.iter().map(|dir| (*dir).to_owned()).collect();
    let mut open = vec![root.to_owned()];
    open.extend(packages.iter().map(|dir| (*dir).to_owned()));
    open.extend(packages.iter().map(|dir| dir.join("src")));
    for limit in [DIRECTORIES, BEYOND] {
        open = links.walk(open, limit, &mut seen, (root, bounds));
    }
    if let Some((_, asker)) = links.shown.get(PLACES) {
        links.warning = Some(format!(
            "more than {PLACES} links lead out of the project: what {asker} and later ones lead to is mounted only if \
             `env.volumes` names it"
        ));
        links.shown.truncate(PLACES);
    }
    links
}

fn is_walked(name: &str) -> bool {
    !PASSED_OVER.contains(&name) && (!name.starts_with('.') || HIDDEN.contains(&name))
}

impl Links {
    /// Searches directories and all below them for links. Returns the directories that links lead
    /// to.
    fn walk(
        &mut self,
        starts: Vec<PathBuf>,
        limit: usize,
        seen: &mut BTreeSet<PathBuf>,
        (root, bounds): (&Path, &Bounds<'_>),
    ) -> Vec<PathBuf> {
        let mut beyond = Vec::new();
        let mut count = 0;
        let mut open = VecDeque::from(starts);
        while let Some(dir) = open.pop_front() {
            if self.shown.len() > PLACES || !seen.insert(dir.clone()) {
                continue;
            }
            count += 1;
            if count > limit {
                let dir = dir.display();
                self.notes.push(format!(
                    "links are looked for in {limit} directories, and `{dir}` is not among them"
                ));
                break;
            }
            let entries = fs::entries_in(&dir);
            if entries.iter().any(|(name, _)| name == TAG) && dir != root {
                continue;
            }
            for (name, kind) in entries {
                let path = dir.join(&name);
                let name = name.to_string_lossy();
                if REPOSITORIES.contains(&&*name) && !fs::is_empty_dir(&path) {
                    self.repositories.insert(dir.clone());
                } else if name == CARGO_CONFIG {
                    self.configured.insert(dir.clone());
                }
                match kind {
                    EntryKind::Directory if is_walked(&name) => open.push_back(path),
                    EntryKind::Link => beyond.extend(self.follow(path, root, bounds)),
                    EntryKind::Directory | EntryKind::Other => {}
                }
            }
        }
        beyond
    }

    /// Adds the target of a link if it is outside the root. Returns the target if it must be
    /// searched.
    fn follow(&mut self, link: PathBuf, root: &Path, bounds: &Bounds<'_>) -> Option<PathBuf> {
        let target = fs::leads_to(&link)?;
        let mut known = self.shown.iter().map(|(other, _)| other);
        if target.starts_with(root) || known.any(|other| *other == target) {
            return None;
        }
        let asker = Asker::Link(link.clone());
        if root.starts_with(&target) {
            // A link to a parent directory, as data of tests may have it, would mount all of the
            // user's other projects.
            if target.parent().is_none() {
                self.to_the_root = Some(link);
            }
            let target = target.display();
            self.notes.push(format!(
                "without `{target}` ({asker}): the project is in it"
            ));
            return None;
        }
        let walked = target.is_dir() && bounds.judge(&target, &asker, Access::ReadOnly).is_ok();
        self.shown.push((target.clone(), asker));
        walked.then_some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross_base::host::Host;

    #[test]
    fn links_are_followed_at_any_depth_and_within_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonical(dir.path());
        let root = base.join("project");
        let at = |path: &str| base.join(path);
        for path in [
            "project/a/b/c",
            "project/target/x",
            "project/.venv/lib",
            "project/cache",
            "data/inner",
            "more",
            "project/vendor/lib/.git/objects",
            "project/vendor/covered/.git",
            "home/.ssh",
        ] {
            fs::create_dir_all(&at(path)).unwrap();
        }
        fs::touch(&at("project/cache/CACHEDIR.TAG")).unwrap();
        for (link, target) in [
            ("project/a/b/c/data", "../../../../data"),
            ("data/inner/more", "../../more"),
            ("project/inside", "a"),
            ("project/a/above", "../.."),
            ("project/keys", "../home/.ssh"),
            ("project/target/x/result", "/elsewhere"),
            ("project/.venv/lib/python", "/elsewhere"),
            ("project/cache/entry", "/elsewhere"),
            ("project/a/root", "/"),
        ] {
            fs::link(&at(link), Path::new(target)).unwrap();
        }
        let host = Host {
            home: Some(at("home")),
            ..Host::default()
        };
        let bounds = Bounds::new(&host, &root);
        let found = out_of(&root, &[&root], &[&root.join("target")], &bounds);
        let mut shown: Vec<PathBuf> = found.shown.into_iter().map(|(path, _)| path).collect();
        shown.sort();
        assert_eq!(shown, ["data", "home/.ssh", "more"].map(at));
        assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
        assert_eq!(found.to_the_root, Some(at("project/a/root")));
        assert_eq!(found.repositories, [at("project/vendor/lib")].into());
    }

    #[test]
    fn links_to_many_places_are_followed_as_far_as_mounts_go_and_the_user_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for number in 0..=PLACES {
            fs::link(
                &root.join(format!("l{number}")),
                Path::new(&format!("/e/{number}")),
            )
            .unwrap();
        }
        let host = Host::default();
        let found = out_of(root, &[], &[], &Bounds::new(&host, root));
        assert_eq!(found.shown.len(), PLACES);
        assert!(found.warning.is_some_and(|text| text.contains("/l")));
    }

    #[test]
    fn the_directories_nearest_to_the_root_are_looked_at_first() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for number in 0..DIRECTORIES {
            fs::create_dir_all(&root.join(format!("deep/d{number}"))).unwrap();
        }
        fs::create_dir_all(&root.join("near/by")).unwrap();
        fs::link(&root.join("near/by/data"), Path::new("/data")).unwrap();
        let host = Host::default();
        let found = out_of(root, &[], &[], &Bounds::new(&host, root));
        assert_eq!((found.shown.len(), found.notes.len()), (1, 1));
    }
}
