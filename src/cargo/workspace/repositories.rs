//! The repositories that the workspace and its dependencies belong to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git;
use crate::bounds::Bounds;
use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use crate::cargo::trusted::REPOSITORIES;
use cross_base::error::Result;
use cross_base::fs;

/// Files with the path of another repository's directory, each with a name that exists in that
/// directory. Mercurial and Sapling:
/// <https://repo.mercurial-scm.org/hg/help/internals.requirements>, `shared`. Jujutsu: an
/// additional workspace, and the git repository behind it.
/// <https://docs.jj-vcs.dev/latest/technical/architecture/>
const POINTERS: &[(&str, &str)] = &[
    (".hg/sharedpath", "requires"),
    (".sl/sharedpath", "requires"),
    (".jj/repo", "store"),
    (".jj/repo/store/git_target", "objects"),
];

/// The paths of repositories that are outside the workspace's root.
#[derive(Debug)]
pub(super) struct Repositories<'a> {
    bounds: &'a Bounds<'a>,
    /// The directories that were looked at.
    seen: BTreeSet<PathBuf>,
    pub(super) shown: Vec<(PathBuf, Asker)>,
    /// Directories that have to exist, as the paths of git's alternates lead through them.
    pub(super) passed: BTreeSet<PathBuf>,
    pub(super) notes: Vec<String>,
    /// Working trees that belong to another user and that the caller's git accepts.
    pub(super) trusted: BTreeSet<PathBuf>,
    /// Whether one of the repositories is git's.
    pub(super) has_git: bool,
}

impl<'a> Repositories<'a> {
    pub(super) fn new(bounds: &'a Bounds<'a>) -> Self {
        Self {
            bounds,
            seen: BTreeSet::new(),
            shown: Vec::new(),
            passed: BTreeSet::new(),
            notes: Vec::new(),
            trusted: BTreeSet::new(),
            has_git: false,
        }
    }

    /// Adds the repository that contains the workspace's root, with its whole working tree: `cargo
    /// package` and `cargo fix` ask git which files are ignored or changed, build scripts ask it
    /// for a version, and git takes a file that is not mounted for a deleted one. The working tree
    /// reveals little more than the git directory, which has all committed files. If the working
    /// tree is out of bounds, as a home directory with settings in git is, only the git directory
    /// is added.
    pub(super) fn add_root(&mut self, root: &Path) -> Result<()> {
        let Some((tree, dirs)) = self.find(root) else {
            return Ok(());
        };
        if tree != root {
            if self
                .bounds
                .judge(&tree, &Asker::Repository, Access::ReadOnly)
                .is_ok()
            {
                self.shown.push((tree.clone(), Asker::Repository));
            } else {
                let dirs = dirs.iter().map(|dir| (dir.clone(), Asker::Repository));
                self.shown.extend(dirs);
            }
        }
        self.add_files(&tree, &dirs)
    }

    /// Adds the repository that contains a package, with its whole working tree: the package's
    /// build script may ask for a version, and include files that are beside the package. A working
    /// tree that is out of bounds is left out.
    pub(super) fn add_package(&mut self, dir: &Path) -> Result<()> {
        let Some((tree, dirs)) = self.find(dir) else {
            return Ok(());
        };
        let asker = Asker::RepositoryOf(dir.to_owned());
        match self.bounds.judge(&tree, &asker, Access::ReadOnly) {
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

    /// Adds a repository within a mounted directory, such as a submodule.
    pub(super) fn add_nested(&mut self, tree: &Path) -> Result<()> {
        match self.find(tree) {
            Some((tree, dirs)) => self.add_files(&tree, &dirs),
            None => Ok(()),
        }
    }

    /// Adds the paths in git's environment variables, which the container gets as well.
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
                    self.add_alternates(&path)?;
                    self.shown.push((path, asker.clone()));
                }
            }
        }
        Ok(())
    }

    /// The nearest working tree around a directory, with the repository's directories in it. None
    /// if it was found before.
    fn find(&mut self, dir: &Path) -> Option<(PathBuf, Vec<PathBuf>)> {
        for tree in dir.ancestors() {
            if !self.seen.insert(tree.to_owned()) {
                return None;
            }
            let dirs = REPOSITORIES.iter().map(|name| tree.join(name));
            // Another run may have covered a missing directory by an empty one.
            let dirs: Vec<PathBuf> = dirs
                .filter(|dir| dir.exists() && !fs::is_empty_dir(dir))
                .collect();
            if !dirs.is_empty() {
                return Some((tree.to_owned(), dirs));
            }
        }
        None
    }

    /// Adds the paths that a repository's files name.
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

    /// Adds the path in a pointer file. A relative path is relative to the file's directory.
    fn add_pointer(&mut self, file: &Path, marker: &str) -> Result<()> {
        if !file.is_file() {
            return Ok(());
        }
        let text = git::text(file)?;
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
            // The repository of a Jujutsu workspace may have a git repository behind it.
            "store" => self.add_pointer(&place.join("store/git_target"), "objects"),
            "objects" => self.add_git_dir(&place, &place),
            _ => Ok(()),
        }
    }

    /// Adds the parts of a git repository, and notes whether the caller's git accepts it if another
    /// user owns it.
    fn add_git(&mut self, tree: &Path, dot_git: &Path) -> Result<()> {
        let is_file = dot_git.is_file();
        let mut git_dir = dot_git.to_owned();
        if is_file {
            // A worktree or submodule has a file with the line `gitdir: PATH`
            // (gitrepository-layout(5)).
            let text = git::text(dot_git)?;
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
            // Git compares `safe.directory` with the real path, older versions with the path as
            // found.
            self.trusted.extend([tree.to_owned(), fs::canonical(tree)]);
        }
        Ok(())
    }

    /// Adds what a directory of git's objects borrows from.
    fn add_alternates(&mut self, objects: &Path) -> Result<()> {
        let found = git::alternates(objects)?;
        self.shown.extend(found.lenders);
        self.passed.extend(found.passed);
        Ok(())
    }

    /// Adds the paths that files in a git directory name.
    fn add_git_dir(&mut self, dir: &Path, tree: &Path) -> Result<()> {
        self.has_git = true;
        let links = fs::links_in(dir).into_iter();
        self.shown
            .extend(links.map(|(link, target)| (target, Asker::Link(link))));
        self.add_alternates(&dir.join("objects"))?;
        match git::configured(dir, tree)? {
            Some(paths) => self.shown.extend(paths),
            None => self.notes.push(format!(
                "without the paths that `{}` names: git does not tell them",
                dir.join("config").display()
            )),
        }
        Ok(())
    }
}
