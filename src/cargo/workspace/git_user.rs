//! The settings in the user's own git files that change what git prints, and the user's lists of
//! ignored files and attributes. Build scripts ask git for a version, which depends on them.
//! Everything else in these files (identities, addresses, helpers, hooks, other programs) stays on
//! the host. <https://git-scm.com/docs/git-config#FILES>

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git;
use super::git_syntax::{self, Setting};
use cross_base::beneath::Place;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::pattern::matches;

/// Settings that change what git prints, and that hold no secret, no path and no program.
/// <https://git-scm.com/docs/git-config#_variables>
pub(crate) const PRINTED: &[&str] = &[
    "branch.sort",
    "color.ui",
    "column.ui",
    "core.abbrev",
    "core.autocrlf",
    "core.checkstat",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.quotepath",
    "core.symlinks",
    "core.trustctime",
    "diff.algorithm",
    "diff.context",
    "diff.ignoresubmodules",
    "diff.mnemonicprefix",
    "diff.noprefix",
    "diff.renames",
    "diff.submodule",
    "format.pretty",
    "i18n.logoutputencoding",
    "log.abbrevcommit",
    "log.date",
    "log.decorate",
    "log.follow",
    "log.mailmap",
    "log.showroot",
    "pretty.*",
    "status.*",
    "tag.sort",
    "versionsort.suffix",
];
/// Keys with the path of a list, each with the name of the file in git's directory of the user that
/// is read if the key is not set.
const LISTS: &[(&str, &str)] = &[
    ("core.excludesfile", "ignore"),
    ("core.attributesfile", "attributes"),
];
/// The largest list.
const LIMIT: u64 = 1 << 20;
/// The key with the path of a file whose settings belong to the file. Files that belong to it on a
/// condition are not read.
const INCLUDE: &str = "include.path";
/// The largest number of links to a list that are followed.
const LINKS: usize = 10;
/// The largest number of files that are read.
const FILES: usize = 100;

/// What containers get of the user's git files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserGit {
    /// Settings in git's order, of which the last one counts.
    pub(crate) settings: Vec<Setting>,
    /// The lists, each with the key of the setting that names it.
    pub(crate) lists: Vec<(&'static str, String)>,
}

impl UserGit {
    /// Reads the files. The notes are about lists that are left out.
    pub(super) fn read(host: &Host, root: &Path, notes: &mut Vec<String>) -> Self {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        for file in files(host) {
            add(host, &file, &mut seen, &mut all);
        }
        let mut lists = Vec::new();
        for (key, name) in LISTS {
            let said = all.iter().rev().find(|(other, _)| other == key);
            let file = match said {
                Some((_, value)) => value.as_deref().and_then(|value| expanded(host, value)),
                None => git_dir(host).map(|dir| dir.join(name)),
            };
            match file.map_or(Ok(None), |file| list(&file, root)) {
                Ok(text) => lists.extend(text.map(|text| (*key, text))),
                Err(file) => notes.push(format!(
                    "without `{}` (git's `{key}`): it is no short text, or is behind a link in \
                     the project",
                    file.display()
                )),
            }
        }
        all.retain(|(key, _)| PRINTED.iter().any(|pattern| matches(pattern, key)));
        // A part in a key may be any text.
        all.retain(|(key, _)| key.matches('.').count() == 1);
        Self {
            settings: all,
            lists,
        }
    }
}

/// The files that git reads before a repository's, in its order.
fn files(host: &Host) -> Vec<PathBuf> {
    let path = |name: &str| host.var(name).map(PathBuf::from);
    let mut files = Vec::new();
    let off = host.text("GIT_CONFIG_NOSYSTEM");
    if off.is_none_or(|off| ["0", "false", "no", "off"].contains(&off)) {
        files.push(path("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into()));
    }
    if let Some(global) = path("GIT_CONFIG_GLOBAL") {
        files.push(global);
    } else {
        files.extend(git_dir(host).map(|dir| dir.join("config")));
        files.extend(host.home.as_ref().map(|home| home.join(".gitconfig")));
    }
    files
}

/// Git's directory of the user.
fn git_dir(host: &Host) -> Option<PathBuf> {
    // A relative path would lead into the project.
    let config = host.text("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.filter(|dir| dir.is_absolute());
    let config = config.or_else(|| Some(host.home.as_ref()?.join(".config")));
    Some(config?.join("git"))
}

/// Adds the settings of a file and of those that it includes. Git passes over a file that it may
/// not read. It refuses files that include each other; here, each file is read once.
fn add(host: &Host, file: &Path, seen: &mut BTreeSet<PathBuf>, all: &mut Vec<Setting>) {
    if seen.len() >= FILES || !seen.insert(file.to_owned()) {
        return;
    }
    for (key, value) in git_syntax::settings(&git::text(file).unwrap_or_default()) {
        if key != INCLUDE {
            all.push((key, value));
            continue;
        }
        let path = value.and_then(|value| match expanded(host, &value) {
            Some(path) => Some(path),
            None if value.starts_with('~') => None,
            None => Some(file.parent()?.join(value)),
        });
        if let Some(path) = path {
            add(host, &path, seen, all);
        }
    }
}

/// A path in a setting's value, with `~/` for the home directory. None if the path is relative.
fn expanded(host: &Host, value: &str) -> Option<PathBuf> {
    match value.strip_prefix("~/") {
        Some(rest) => Some(host.home.as_ref()?.join(rest)),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

/// The text of a list. None if there is no such file, or an empty one.
///
/// # Errors
///
/// The file, if it is not shown: anything else than a short text, and whatever a link in the
/// project leads to, for a container may have made that link.
fn list(named: &Path, root: &Path) -> Result<Option<String>, PathBuf> {
    let refused = || named.to_owned();
    let roots = [root.to_owned(), fs::canonical(root)];
    let mut file = named.to_owned();
    let mut steps = 0;
    while let Some(next) = fs::leads_to(&file) {
        let place = fs::real(file.parent().ok_or_else(refused)?);
        if place.starts_with(&roots[1]) || steps == LINKS {
            return Err(refused());
        }
        file = next;
        steps += 1;
    }
    let file = Place::new(&file, &roots);
    let text = file.read(LIMIT).map_err(|_| refused())?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home directory, with files in it.
    fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_if_changed(&path, text.as_bytes()).unwrap();
        }
        let host = Host {
            env: [("GIT_CONFIG_NOSYSTEM".into(), "1".into())].into(),
            home: Some(dir.path().to_owned()),
            ..Host::default()
        };
        (dir, host)
    }

    fn read(host: &Host, root: &Path) -> (Vec<String>, Vec<(&'static str, String)>, usize) {
        let mut notes = Vec::new();
        let found = UserGit::read(host, root, &mut notes);
        let line = |(key, value): Setting| format!("{key}={}", value.unwrap_or_default());
        let settings = found.settings.into_iter().map(line).collect();
        (settings, found.lists, notes.len())
    }

    #[test]
    fn without_a_home_directory_the_project_has_no_file_of_the_users() {
        let (dir, mut host) = home(&[(".gitconfig", "[core]\nexcludesFile = /etc/passwd\n")]);
        host.home = None;
        host.cwd = dir.path().to_owned();
        for (name, value) in [("HOME", ""), ("XDG_CONFIG_HOME", "x")] {
            host.env.insert(name.into(), value.into());
            assert_eq!(files(&host), [""; 0].map(PathBuf::from), "{name}");
        }
    }

    #[test]
    fn files_that_include_each_other_are_read_once() {
        let circle = "[include]\npath = .gitconfig\n".repeat(50) + "[core]\nabbrev = 9\n";
        let (_dir, host) = home(&[(".gitconfig", &circle)]);
        let (settings, ..) = read(&host, Path::new("/w"));
        assert_eq!(settings, ["core.abbrev=9"]);
    }

    #[test]
    fn only_settings_that_change_what_git_prints_are_read() {
        let (dir, host) = home(&[
            (
                ".gitconfig",
                "[user]\nname = n\nemail = e\n[core]\nabbrev = 12\neditor = vi\npager = less\n\
                 hooksPath = ~/h\nfsmonitor = ~/f\n[credential]\nhelper = store\n\
                 [url \"https://t0ken@x/\"]\ninsteadOf = y\n[alias]\nst = !sh\n\
                 [status \"x\"]\ny = 1\n[include]\npath = more/a\npath = ~/more/b\npath = none\n\
                 [includeIf \"gitdir:/\"]\npath = more/c\n[log]\ndate = iso\nshowSignature = true\n",
            ),
            (".config/git/config", "[core]\nabbrev = 9\n"),
            ("more/a", "[include]\npath = b\n"),
            ("more/b", "[status]\nshort\n[gpg]\nprogram = p\n"),
            ("more/c", "[core]\neol = lf\n"),
        ]);
        let found = read(&host, Path::new("/w"));
        let settings = [
            "core.abbrev=9",
            "core.abbrev=12",
            "status.short=",
            "log.date=iso",
        ];
        assert_eq!(found, (settings.map(str::to_owned).into(), vec![], 0));
        drop(dir);
    }

    #[test]
    fn lists_are_those_of_the_settings_or_of_gits_directory() {
        let files = [
            (".config/git/ignore", "*.o\n"),
            (".config/git/attributes", " \n"),
            ("own", "*.a\n"),
        ];
        let lists = |config: &str| {
            let (_dir, host) = home(&[&files[..], &[(".gitconfig", config)]].concat());
            read(&host, Path::new("/w")).1
        };
        let is = |text: &str| vec![("core.excludesfile", text.to_owned())];
        assert_eq!(lists(""), is("*.o\n"));
        assert_eq!(lists("[core]\nexcludesFile = ~/own\n"), is("*.a\n"));
        for none in ["", "~/none", "~other/own", "own", "~/"] {
            assert_eq!(lists(&format!("[core]\nexcludesFile = \"{none}\"\n")), []);
        }
    }

    #[test]
    fn a_list_is_a_short_text_and_behind_no_link_of_the_project() {
        let (dir, host) = home(&[
            (".gitconfig", "[core]\nexcludesFile = ~/list\n"),
            ("dotfiles/list", "*.o\n"),
            ("secret", "s3cret"),
        ]);
        let home = dir.path();
        let list = home.join("list");
        let with = |target: &Path| {
            let _ = fs::remove_if_exists(&list);
            fs::link(&list, target).unwrap();
            let (_, lists, notes) = read(&host, &home.join("dotfiles"));
            (lists.len(), notes)
        };
        assert_eq!(with(Path::new("dotfiles/list")), (1, 0));
        fs::link(&home.join("dotfiles/link"), Path::new("../secret")).unwrap();
        assert_eq!(with(Path::new("dotfiles/link")), (0, 1));
        fs::link(&home.join("dir"), Path::new("dotfiles")).unwrap();
        assert_eq!(with(Path::new("dir/link")), (0, 1));
        assert_eq!(with(Path::new("secret")), (1, 0));
        assert_eq!(with(Path::new("/dev/zero")), (0, 1));
        assert_eq!(with(Path::new("list")), (0, 1));
        let long = "x".repeat(usize::try_from(LIMIT).unwrap() + 1);
        fs::write_if_changed(&home.join("long"), long.as_bytes()).unwrap();
        assert_eq!(with(Path::new("long")), (0, 1));
    }
}
