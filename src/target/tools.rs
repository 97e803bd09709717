//! Programs that build scripts start and that the image of all rows has. A machine without
//! containers may lack them: there each is a directory of its own, for projects that need it.
//! `toolchains/tools.toml` is the table.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::parts::crates;

const TABLE: &str = include_str!("../../toolchains/tools.toml");

/// The whole table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tools {
    /// Debian's release that they are from.
    pub(crate) suite: String,
    /// Where packages have libraries, and the name of the loader among them.
    pub(crate) libraries: String,
    pub(crate) loader: String,
    /// Packages that theirs depend on and that the programs do without, for `ci/lock.py`.
    without: Vec<String>,
    pub(crate) programs: Vec<Tool>,
}

/// A program with what it needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tool {
    /// As it is called, and as the key `parts` has it.
    pub(crate) name: String,
    /// The crates that start it.
    #[serde(default)]
    crates: Vec<String>,
    /// The packages that were chosen, and what of theirs is left out, for `ci/lock.py`.
    packages: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    /// What it is told in front of its own arguments. `{tool}` stands for its directory, here and
    /// in variables.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Variables that it has set.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Files of the program's own, with their places.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Symbolic links, with what they say.
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
}

/// The table.
pub(crate) static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    // A test reads it.
    toml::from_str(TABLE).unwrap_or_default()
});

/// The names of all tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.programs.iter().map(|tool| tool.name.as_str())
}

/// The tool that is a program of this name.
pub(crate) fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.programs.iter().find(|tool| tool.name == name)
}

/// Those that a project needs on a machine that lacks them: those that the key `parts` names, and
/// those that crates in the lock file start, unless the key is there and empty.
pub(crate) fn needed(
    named: Option<&[String]>,
    lockfile: Option<&str>,
    lacks: impl Fn(&str) -> bool,
) -> Vec<&'static Tool> {
    let lockfile = lockfile.filter(|_| named != Some(&[])).unwrap_or_default();
    let listed: HashSet<&str> = crates(lockfile).collect();
    let is_listed = |name: &String| listed.contains(name.as_str());
    let is_started = |tool: &Tool| tool.crates.iter().any(is_listed);
    let is_named = |tool: &Tool| named.is_some_and(|names| names.contains(&tool.name));
    let all = TOOLS.programs.iter();
    all.filter(|tool| (is_named(tool) || is_started(tool)) && lacks(&tool.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(named: Option<&[&str]>, crates: &[&str], there: &[&str]) -> Vec<&'static str> {
        let named = named.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let named: Option<Vec<String>> = named;
        let package =
            |name: &&str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        let lockfile: String = crates.iter().map(package).collect();
        let lacks = |name: &str| !there.contains(&name);
        let tools = needed(named.as_deref(), Some(&lockfile), lacks);
        tools.iter().map(|tool| tool.name.as_str()).collect()
    }

    #[test]
    fn the_table_can_be_read() {
        let read = toml::from_str::<Tools>(TABLE).unwrap();
        assert!(read.programs.iter().all(|tool| !tool.packages.is_empty()));
        assert!(tool("cmake").is_some() && tool("openssl").is_none());
    }

    #[test]
    fn a_crate_brings_what_it_starts_where_the_machine_has_not() {
        assert_eq!(names(None, &["cmake"], &[]), ["cmake", "make"]);
        assert_eq!(names(None, &["cmake"], &["make"]), ["cmake"]);
        assert_eq!(names(None, &["cmakefile"], &[]), [""; 0]);
        assert_eq!(names(None, &["openssl-src"], &[]), ["make", "perl"]);
    }

    #[test]
    fn the_key_adds_some_and_can_leave_all_out() {
        assert_eq!(
            names(Some(&["nasm"]), &["cmake"], &["make"]),
            ["cmake", "nasm"]
        );
        assert_eq!(names(Some(&["nasm"]), &[], &["nasm"]), [""; 0]);
        assert_eq!(names(Some(&[]), &["cmake"], &[]), [""; 0]);
    }
}
