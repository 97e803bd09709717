//! Programs that build scripts start, such as CMake. The base image has them all. A machine without
//! containers may lack them, so there each is made as a directory for projects that need it.
//! `toolchains/tools.toml` is the table.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::parts::crates;

const TABLE: &str = include_str!("../../toolchains/tools.toml");

/// The table of tools.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tools {
    /// The release of Debian that the packages are from.
    pub(crate) suite: String,
    /// The directory of the packages' libraries. `loader` is the file name of the loader in this
    /// directory.
    pub(crate) libraries: String,
    pub(crate) loader: String,
    /// Dependencies of the packages that the programs do not need. Only `ci/lock.py` reads this
    /// list.
    without: Vec<String>,
    pub(crate) programs: Vec<Tool>,
}

/// A program that build scripts start, and the packages that it is made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tool {
    /// The program's name, on the command line and in the key `parts`.
    pub(crate) name: String,
    /// The program in the packages, if it has another name.
    program: Option<String>,
    /// The scripts that the program runs, if they are what build scripts start. Each has the
    /// program's arguments behind [`Tool::arguments`].
    #[serde(default)]
    pub(crate) scripts: BTreeMap<String, Vec<String>>,
    /// The crates whose build scripts start the program.
    #[serde(default)]
    crates: Vec<String>,
    /// The Debian packages with the program. `without` lists dependencies that are left out. Only
    /// `ci/lock.py` reads both.
    packages: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    /// Arguments in front of the caller's own. `{tool}` stands for the tool's directory, here, in
    /// `scripts`, and in `environment`.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Environment variables that the program is started with.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Files of `toolchains/` by name, each with its path in the tool's directory.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Symbolic links by path in the tool's directory, with the text of each link.
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
}

impl Tool {
    /// The name of the program in the packages.
    pub(crate) fn program(&self) -> &str {
        self.program.as_ref().unwrap_or(&self.name)
    }

    /// The names by which build scripts start the tool.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.scripts.is_empty().then_some(self.name.as_str());
        own.into_iter()
            .chain(self.scripts.keys().map(String::as_str))
    }
}

/// The table of tools, parsed.
pub(crate) static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    // A test finds a table that cannot be parsed.
    toml::from_str(TABLE).unwrap_or_default()
});

/// The names of all tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.programs.iter().map(|tool| tool.name.as_str())
}

/// Looks a tool up by the program's name.
pub(crate) fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.programs.iter().find(|tool| tool.name == name)
}

/// The tool that brings a program.
pub(crate) fn with_program(name: &str) -> Option<&'static Tool> {
    let mut tools = TOOLS.programs.iter();
    tools.find(|tool| tool.names().any(|its| its == name))
}

/// The tools that a project needs and the machine lacks, at least in part. Those are the tools that the key `parts`
/// names, and the tools that crates in the lock file start. An empty key `parts` turns the latter
/// off.
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
    all.filter(|tool| (is_named(tool) || is_started(tool)) && tool.names().any(&lacks))
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
        let brings = |program| with_program(program).map(|tool| tool.name.as_str());
        assert_eq!(brings("libtoolize"), Some("autoconf"));
        assert_eq!((brings("perl"), brings("gcc")), (Some("perl"), None));
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
        // One of the tool's programs is not enough.
        let (autoconf, all) = (Some(&["autoconf"][..]), tool("autoconf").unwrap().names());
        assert_eq!(names(autoconf, &[], &["autoconf"]), ["autoconf"]);
        assert_eq!(names(autoconf, &[], &all.collect::<Vec<_>>()), [""; 0]);
        assert_eq!(names(Some(&[]), &["cmake"], &[]), [""; 0]);
    }
}
