//! The repositories that the workspace, and what it depends on, belong to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git;
use crate::bounds::Bounds;
use crate::bounds::asker::Asker;
use crate::cargo::trusted::REPOSITORIES;
use cross_base::error::Result;
use cross_base::fs;

/// Files that point to another repository's directory, each with a name that exists in that
/// directory. Mercurial and Sapling: <https://repo.mercurial-scm.org/hg/help/internals.requirements>, `shared`. Jujutsu: a workspace that was
/// added, and the git repository beneath. <https://docs.jj-vcs.dev/latest/technical/architecture/>
const POINTERS: &[(&str, &str)] = &[
    (".hg/sharedpath", "requires"),
    (".sl/sharedpath", "requires"),
    (".jj/repo", "store"),
    (".jj/repo/store/git_target", "objects"),
];

/// What lies outside the root of the repositories.
#[derive(Debug)]
pub(super) struct Repositories<'a> {
    bounds: &'a Bounds<'a>,
    /// The directories that were looked at.
    seen: BTreeSet<PathBuf>,
    pub(super) shown: Vec<(PathBuf, Asker)>,
    pub(super) notes: Vec<String>,
    /// Working trees of another user's that the caller's git accepts.
    pub(super) trusted: BTreeSet<PathBuf>,
}

impl<'a> Repositories<'a> {
    pub(super) fn new(bounds: &'a Bounds<'a>) -> Self {
        Self {
            bounds,
            seen: BTreeSet::new(),
            shown: Vec::new(),
            notes: Vec::new(),
            trusted: BTreeSet::new(),
        }
    }

    /// Adds the repository that the workspace's root is in: the working tree around it, since
    /// `cargo package` and `cargo fix` ask git what is ignored or changed, build scripts ask
    /// for a version, and to git a file that it cannot see is one that was deleted. It says
    /// little more than the git directory does, which has all that is committed. Of a repository
    /// that is out of bounds, such as one of a home directory with its settings, the git directory
    /// alone.
    pub(super) fn add_root(&mut self, root: &Path) -> Result<()> {
        let Some((tree, dirs)) = self.find(root) else {
            return Ok(());
        };
        if tree != root {
            if self.bounds.judge(&tree, &Asker::Repository, false).is_ok() {
                self.shown.push((tree.clone(), Asker::Repository));
            } else {
                let dirs = dirs.iter().map(|dir| (dir.clone(), Asker::Repository));
                self.shown.extend(dirs);
            }
        }
        self.add_files(&tree, &dirs)
    }

    /// Adds the repository that a package is in, with the working tree around it: its build script
    /// asks for a version, and it includes files that stand beside it there. One that is out of
    /// bounds is left out.
    pub(super) fn add_package(&mut self, dir: &Path) -> Result<()> {
        let Some((tree, dirs)) = self.find(dir) else {
            return Ok(());
        };
        let asker = Asker::RepositoryOf(dir.to_owned());
        match self.bounds.judge(&tree, &asker, false) {
            Ok(()) => {
                self.shown.push((tree.clone(), asker));
                self.add_files(&tree, &dirs)
            }
            Err(refusal) => {
                self.notes.push(refusal.note(&asker));
                Ok(())
            }
        }
    }

    /// Adds a repository within what is shown, such as a submodule.
    pub(super) fn add_nested(&mut self, tree: &Path) -> Result<()> {
        match self.find(tree) {
            Some((tree, dirs)) => self.add_files(&tree, &dirs),
            None => Ok(()),
        }
    }

    /// Adds what git's variables name, which git in the container is told as well.
    pub(super) fn add_variables(&mut self, root: &Path) -> Result<()> {
        let host = self.bounds.host;
        for name in git::VARIABLES {
            let asker = Asker::GitVariable(name);
            let paths = host.text(name).into_iter().flat_map(|v| v.split(':'));
            let paths = paths.map(PathBuf::from);
            for path in paths.filter(|path| path.is_absolute()) {
                if let Some(dirs) = git::dirs(&path)? {
                    for dir in &dirs {
                        self.add_git_dir(dir, root)?;
                    }
                    let dirs = dirs.into_iter().map(|dir| (dir, asker.clone()));
                    self.shown.extend(dirs);
                } else if git::is_store(&path) {
                    self.shown.extend(git::alternates(&path)?);
                    self.shown.push((path, asker.clone()));
                }
            }
        }
        Ok(())
    }

    /// The nearest working tree around a directory that was not found before, with what it is known
    /// by.
    fn find(&mut self, dir: &Path) -> Option<(PathBuf, Vec<PathBuf>)> {
        for tree in dir.ancestors() {
            if !self.seen.insert(tree.to_owned()) {
                return None;
            }
            let dirs = REPOSITORIES.iter().map(|name| tree.join(name));
            let dirs: Vec<PathBuf> = dirs.filter(|dir| dir.exists()).collect();
            if !dirs.is_empty() {
                return Some((tree.to_owned(), dirs));
            }
        }
        None
    }

    /// Adds what the files of a repository name elsewhere.
    fn add_files(&mut self, tree: &Path, dirs: &[PathBuf]) -> Result<()> {
        for dir in dirs {
            if dir.ends_with(".git") {
                self.add_git(tree, dir)?;
            }
        }
        for (file, marker) in POINTERS {
            let file = tree.join(file);
            self.add_pointer(&file, marker)?;
        }
        Ok(())
    }

    /// Adds what a file names whose only content is a path, which counts from where the file
    /// stands.
    fn add_pointer(&mut self, file: &Path, marker: &str) -> Result<()> {
        if !file.is_file() {
            return Ok(());
        }
        let text = fs::read_if_exists(file)?.unwrap_or_default();
        let from = file.parent().unwrap_or(Path::new("/"));
        let place = fs::absolute(from, Path::new(text.trim()));
        let asker = Asker::GitDir(file.to_owned());
        if !place.join(marker).exists() {
            let place = place.display();
            self.notes
                .push(format!("without `{place}` ({asker}): it is no repository"));
            return Ok(());
        }
        self.shown.push((place.clone(), asker));
        match marker {
            // The repository of a workspace may stand on another itself.
            "store" => self.add_pointer(&place.join("store/git_target"), "objects"),
            "objects" => self.add_git_dir(&place, &place),
            _ => Ok(()),
        }
    }

    /// Adds what a git repository consists of, and takes note of whether git would accept it here.
    fn add_git(&mut self, tree: &Path, dot_git: &Path) -> Result<()> {
        let is_file = dot_git.is_file();
        let mut git_dir = dot_git.to_owned();
        if is_file {
            // A worktree or submodule: a file of one line, `gitdir: PATH`
            // (gitrepository-layout(5)).
            let text = fs::read_if_exists(dot_git)?.unwrap_or_default();
            let Some(path) = text.trim().strip_prefix("gitdir: ") else {
                return Ok(());
            };
            git_dir = fs::absolute(tree, Path::new(path));
        }
        let Some(dirs) = git::dirs(&git_dir)? else {
            if is_file {
                let asker = Asker::GitDir(dot_git.to_owned());
                let place = git_dir.display();
                self.notes.push(format!(
                    "without `{place}` ({asker}): it is no git directory"
                ));
            }
            return Ok(());
        };
        let asker = Asker::GitDir(dot_git.to_owned());
        self.shown
            .extend(dirs.iter().map(|dir| (dir.clone(), asker.clone())));
        for dir in &dirs {
            self.add_git_dir(dir, tree)?;
        }
        let host = self.bounds.host;
        let owned = [tree, dot_git, &git_dir];
        let owned = owned
            .iter()
            .all(|path| fs::owner_of_link(path) == Some(host.uid));
        if !owned && git::accepts(host, tree) {
            // Git compares with where it really is, but older ones with where it was found.
            self.trusted.extend([tree.to_owned(), fs::canonical(tree)]);
        }
        Ok(())
    }

    /// Adds what the files of a git directory name elsewhere.
    fn add_git_dir(&mut self, dir: &Path, tree: &Path) -> Result<()> {
        let links = fs::links_in(dir).into_iter();
        self.shown
            .extend(links.map(|(link, target)| (target, Asker::Link(link))));
        self.shown.extend(git::alternates(&dir.join("objects"))?);
        self.shown.extend(git::configured(dir, tree)?);
        Ok(())
    }
}
