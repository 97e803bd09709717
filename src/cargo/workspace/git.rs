//! Files of git's that name paths outside the repository.
//! <https://git-scm.com/docs/gitrepository-layout>

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use crate::bounds::asker::Asker;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// Keys of a repository's configuration that hold a path, each with whether the path is relative to
/// the git directory rather than to the working tree. <https://git-scm.com/docs/git-config>
const PATHS: &[(&str, bool)] = &[
    ("core.worktree", true),
    ("core.attributesfile", false),
    ("core.excludesfile", false),
    ("core.hookspath", false),
    ("blame.ignorerevsfile", false),
    ("mailmap.file", false),
];
/// Environment variables that name git directories and directories of objects.
/// <https://git-scm.com/docs/git#_the_git_repository>
pub(super) const VARIABLES: &[&str] = &[
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];
/// The configuration's sections that name further files begin with this word.
const INCLUDES: &str = "include";

/// A git directory, preceded by the common directory that it shares with other worktrees. None if
/// it does not look like a git directory.
pub(super) fn dirs(git_dir: &Path) -> Result<Option<Vec<PathBuf>>> {
    let common = text(&git_dir.join("commondir"))?;
    let common = Some(common.trim()).filter(|path| !path.is_empty());
    let common = common.map(|path| fs::absolute(git_dir, Path::new(path)));
    let owner = common.as_deref().unwrap_or(git_dir);
    let looks_so = [git_dir, owner]
        .iter()
        .all(|dir| dir.join("HEAD").is_file())
        && owner.join("objects").is_dir();
    let dirs = common.iter().cloned().chain([git_dir.to_owned()]);
    Ok(looks_so.then(|| dirs.collect()))
}

/// What a directory of objects borrows from by git's alternates.
#[derive(Debug, Default)]
pub(super) struct Alternates {
    /// The directories from which it borrows, and those from which these borrow in turn.
    pub(super) lenders: Vec<(PathBuf, Asker)>,
    /// Directories that the paths lead through before a `..`. Git walks a path as it is written, so
    /// they have to exist.
    pub(super) passed: BTreeSet<PathBuf>,
}

/// What a directory of objects borrows from.
pub(super) fn alternates(objects: &Path) -> Result<Alternates> {
    let mut seen = BTreeSet::from([objects.to_owned()]);
    let mut found = Alternates::default();
    let mut open = vec![objects.to_owned()];
    while let Some(objects) = open.pop() {
        let file = objects.join("info/alternates");
        let text = text(&file)?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let written = objects.join(unquoted(line));
            let path = fs::absolute(&objects, &written);
            if is_store(&path) && seen.insert(path.clone()) {
                found.passed.extend(passed(&written));
                let asker = Asker::GitFile(file.clone());
                found.lenders.push((path.clone(), asker));
                open.push(path);
            }
        }
    }
    Ok(found)
}

/// The directories that a path leads through before each `..`.
fn passed(path: &Path) -> Vec<PathBuf> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let up = (0..parts.len()).filter(|at| parts[*at] == Component::ParentDir);
    up.map(|at| fs::absolute(Path::new("/"), &parts[..at].iter().collect::<PathBuf>()))
        .collect()
}

/// Whether a directory looks like a directory of objects.
pub(super) fn is_store(dir: &Path) -> bool {
    ["info", "pack"].iter().any(|name| dir.join(name).is_dir())
}

/// The text of one of git's files, which may have names in any encoding. Empty if there is none.
pub(super) fn text(path: &Path) -> Result<String> {
    if !path.is_file() {
        return Ok(String::new());
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

/// A line of the file `alternates`. Git puts a path in quotes if it begins with one.
fn unquoted(line: &str) -> String {
    let inner = line.strip_prefix('"').and_then(|l| l.strip_suffix('"'));
    inner.map_or_else(
        || line.to_owned(),
        |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"),
    )
}

/// The files that a git directory's configuration includes, and the paths in it. Git is asked, but
/// only if there may be some, because that takes a while. None if git does not answer.
pub(super) fn configured(dir: &Path, tree: &Path) -> Result<Option<Vec<(PathBuf, Asker)>>> {
    let mut may_be = false;
    for name in ["config", "config.worktree"] {
        let text = text(&dir.join(name))?.to_lowercase();
        let keys = PATHS.iter().filter_map(|(key, _)| key.rsplit('.').next());
        // A section's name is matched with its bracket, and the key `file` not at all, because that
        // word is in many names. The key `worktree` of a submodule is known: it led here.
        let is_submodule = dir.components().any(|part| part.as_os_str() == "modules");
        let keys = keys.filter(|key| *key != "file" && !(is_submodule && *key == "worktree"));
        let words: Vec<String> = keys
            .map(str::to_owned)
            .chain([format!("[{INCLUDES}"), "[mailmap".to_owned()])
            .collect();
        let lines = text.lines().map(str::trim_start);
        may_be |= lines
            .into_iter()
            .any(|line| words.iter().any(|word| line.starts_with(word)));
    }
    if !may_be {
        return Ok(Some(Vec::new()));
    }
    let list = Cmd::new("git").arg("--git-dir").arg(dir).args([
        "config",
        "--list",
        "--null",
        "--show-scope",
        "--show-origin",
    ]);
    let output = list.output().ok();
    let output = output.filter(|output| output.status.success());
    Ok(output.map(|output| paths(&output.stdout, dir, tree)))
}

/// The paths in git's answer. Each entry has a scope, an origin, and a key and a value on two
/// lines.
fn paths(answer: &[u8], dir: &Path, tree: &Path) -> Vec<(PathBuf, Asker)> {
    let words: Vec<&[u8]> = answer.split(|byte| *byte == 0).collect();
    let mut found: Vec<(PathBuf, Asker)> = Vec::new();
    for entry in words.chunks_exact(3) {
        let [scope, origin, setting] = entry else {
            continue;
        };
        if !matches!(*scope, b"local" | b"worktree") {
            continue;
        }
        let asker = Asker::GitFile(dir.join("config"));
        let mut add = |path: PathBuf| {
            if !found.iter().any(|(other, _)| *other == path) {
                found.push((path, asker.clone()));
            }
        };
        if let Some(file) = origin.strip_prefix(b"file:") {
            add(fs::absolute(dir, Path::new(OsStr::from_bytes(file))));
        }
        let text = String::from_utf8_lossy(setting);
        let (key, value) = text.split_once('\n').unwrap_or((&text, ""));
        let row = PATHS.iter().find(|(name, _)| *name == key);
        if let Some((_, of_git_dir)) = row.filter(|_| !value.is_empty() && !value.starts_with('~'))
        {
            let base = if *of_git_dir { dir } else { tree };
            add(fs::absolute(base, Path::new(value)));
        }
    }
    found
}

/// Whether the caller's git accepts a repository with another owner: because of `safe.directory` in
/// any of its files, or `SUDO_UID`.
/// <https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory>
pub(super) fn accepts(host: &Host, tree: &Path) -> bool {
    // If git itself has started cross, as in a hook, these variables name another repository.
    let env = host.env.iter().filter(|(name, _)| {
        let name = name.as_bytes();
        !name.starts_with(b"GIT_") || name.starts_with(b"GIT_CONFIG")
    });
    let ask = Cmd::new("git").clear_env().arg("-C").arg(tree);
    let ask = env.fold(ask, |cmd, (name, value)| cmd.env(name, value));
    let answer = ask.args(["rev-parse", "--git-dir"]).output();
    answer.is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_repository_alone() {
        let answer = b"system\0file:/etc/gitconfig\0core.hookspath\n/s\0\
            local\0file:/r/.git/config\0core.worktree\n../../t\0\
            local\0file:/r/.git/../../inc\0user.name\nn\0\
            local\0file:/r/.git/config\0core.hookspath\n~/hooks\0\
            command\0command line:\0core.excludesfile\n/c\0";
        let found = paths(answer, Path::new("/r/.git"), Path::new("/r"));
        let found: Vec<_> = found
            .iter()
            .map(|(path, _)| path.to_str().unwrap())
            .collect();
        assert_eq!(found, ["/r/.git/config", "/t", "/inc"]);
    }

    #[test]
    fn objects_are_borrowed_from_those_that_borrow() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in ["a", "b b", "c"] {
            fs::create_dir_all(&root.join(name).join("info")).unwrap();
        }
        let names = |name: &str, text: &str| {
            let file = root.join(name).join("info/alternates");
            fs::write_if_changed(&file, text.as_bytes()).unwrap();
        };
        names("a", "# a comment\n\"../b b\"\n/nowhere\n");
        names("b b", &format!("{}\n", root.join("c").display()));
        names("c", "../a\n");
        let found = alternates(&root.join("a")).unwrap();
        let lenders: Vec<_> = found.lenders.into_iter().map(|(path, _)| path).collect();
        assert_eq!(lenders, [root.join("b b"), root.join("c")]);
        assert_eq!(found.passed, [root.join("a")].into());
    }

    #[test]
    fn a_path_leads_through_what_is_before_each_step_up() {
        let at = |path: &str| passed(Path::new(path));
        assert_eq!(at("/a/b"), [""; 0].map(PathBuf::from));
        assert_eq!(at("/a/b/../c/../d"), ["/a/b", "/a/c"].map(PathBuf::from));
        assert_eq!(at("/a/b/../../c"), ["/a/b", "/a"].map(PathBuf::from));
    }
}
