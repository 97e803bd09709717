//! The git repository that a workspace belongs to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::fs;
use crate::bounds::Bounds;
use crate::bounds::asker::Asker;

/// What lies outside the root of the git repository that the workspace belongs to.
///
/// The working tree around it: `cargo package` and `cargo fix` ask git what is ignored or changed, build scripts ask
/// for a version, and to git a file that it cannot see is one that was deleted. It says little more than the git directory
/// does, which has all that is committed. Of a repository that is out of bounds, such as one of a home directory with its
/// settings, the git directory alone. And that directory where it is elsewhere: in the main checkout of a worktree, or
/// in the superproject of a submodule.
pub(super) fn repository(
    root: &Path,
    bounds: &Bounds<'_>,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<PathBuf, Asker>> {
    let mut out = BTreeMap::new();
    let Some(dot_git) = root
        .ancestors()
        .map(|d| d.join(".git"))
        .find(|p| p.exists())
    else {
        return Ok(out);
    };
    let tree = dot_git.parent().unwrap_or(Path::new("/"));
    if tree != root {
        let whole = bounds.judge(tree, &Asker::Repository, false).is_ok();
        let shown = if whole { tree } else { &dot_git };
        out.insert(shown.to_owned(), Asker::Repository);
    }
    if dot_git.is_dir() {
        return Ok(out);
    }
    // A worktree or submodule: a file of one line, `gitdir: PATH` (gitrepository-layout(5)).
    let text = fs::read_if_exists(&dot_git)?.unwrap_or_default();
    let Some(path) = text.trim().strip_prefix("gitdir: ") else {
        return Ok(out);
    };
    let asker = Asker::GitDir(dot_git.clone());
    let git_dir = fs::absolute(tree, Path::new(path));
    let Some(dirs) = git_dirs(&git_dir)? else {
        notes.push(format!(
            "without `{}` ({asker}): it is no git directory",
            git_dir.display()
        ));
        return Ok(out);
    };
    out.extend(dirs.into_iter().map(|dir| (dir, asker.clone())));
    Ok(out)
}

/// A git directory with the one it shares with others, if there is one; none where it does not look like a git directory.
/// <https://git-scm.com/docs/gitrepository-layout>
fn git_dirs(git_dir: &Path) -> Result<Option<Vec<PathBuf>>> {
    let common = fs::read_if_exists(&git_dir.join("commondir"))?;
    let common = common.map(|path| fs::absolute(git_dir, Path::new(path.trim())));
    let owner = common.as_deref().unwrap_or(git_dir);
    let looks_so = [git_dir, owner]
        .iter()
        .all(|dir| dir.join("HEAD").is_file())
        && owner.join("objects").is_dir();
    let dirs = common.iter().cloned().chain([git_dir.to_owned()]);
    Ok(looks_so.then(|| dirs.collect()))
}
