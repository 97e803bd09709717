//! Tools: programs that build scripts start, such as CMake, and libraries that they load. The base
//! image has all of the programs. A machine without containers may lack them, so there each tool is
//! made as a directory for projects that need it. `toolchains/tools.toml` is the table.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;

use super::parts::crates;
use cross_base::process::quote;
use cross_base::version::Version;

const TABLE: &str = include_str!("../../toolchains/tools.toml");

/// The table of tools.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tools {
    /// The release of Debian that the programs' packages are from.
    pub(crate) suite: String,
    /// The directory of these packages' libraries. `loader` is the file name of the loader in this
    /// directory.
    pub(crate) libraries_dir: String,
    pub(crate) loader: String,
    /// Dependencies of the packages that the programs do not need. Only `ci/lock.py` reads this
    /// list.
    without: Vec<String>,
    pub(crate) programs: Vec<Program>,
    pub(crate) libraries: Vec<Library>,
}

/// A tool: what is made for build scripts where the machine lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Program(&'static Program),
    Library(&'static Library),
}

/// A library that build scripts load, and the packages that it is made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Library {
    /// The library's name in the key `parts`.
    pub(crate) name: String,
    /// The release of Debian that the packages are from.
    pub(crate) suite: String,
    /// The crates that load the library.
    crates: Vec<String>,
    /// The Debian packages with the library. `without` lists dependencies that are left out. Only
    /// `ci/lock.py` reads both.
    packages: Vec<String>,
    without: Vec<String>,
    /// Libraries from which others are cut off, by path in the library's directory.
    pub(crate) detached: BTreeMap<String, Vec<String>>,
    /// The oldest glibc with which the library can be loaded.
    pub(crate) glibc: Version,
    /// The paths at which machines may have glibc.
    pub(crate) libc: Vec<PathBuf>,
    /// The directory in the library's directory that the variable names.
    pub(crate) libraries: String,
    pub(crate) variable: String,
    /// Patterns of file names by which the crates recognise the library, and of those that do not
    /// count.
    pub(crate) files: Vec<String>,
    pub(crate) no_files: String,
    /// Patterns of the directories in which they look for it, and variables that list others.
    pub(crate) directories: Vec<String>,
    pub(crate) lists: Vec<String>,
    /// A program that they ask for it.
    pub(crate) program: Beside,
    /// The beginnings of paths in the packages, and of the files' paths in the library's directory.
    /// Other files are left out.
    pub(crate) places: BTreeMap<String, String>,
    /// Variables with arguments that build scripts add for the library. `{tool}` stands for the
    /// library's directory.
    pub(crate) arguments: BTreeMap<String, String>,
}

/// A program beside which a library is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beside {
    pub(crate) name: String,
    /// The variable with the program's path, if that is another one.
    pub(crate) variable: String,
}

/// A program that build scripts start, and the packages that it is made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    /// The program's name, on the command line and in the key `parts`.
    pub(crate) name: String,
    /// The program in the packages, if it has another name.
    #[serde(rename = "program")]
    called: Option<String>,
    /// The scripts that the program runs, if they are what build scripts start. Each has the
    /// program's arguments behind [`Program::arguments`].
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
    /// Arguments in front of the caller's own. `{tool}` stands for the program's directory, here, in
    /// `scripts`, and in `environment`.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Environment variables that the program is started with.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Files of `toolchains/` by name, each with its path in the program's directory.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Symbolic links by path in the program's directory, with the text of each link.
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
}

impl Program {
    /// The name of the program in the packages.
    pub(crate) fn called(&self) -> &str {
        self.called.as_ref().unwrap_or(&self.name)
    }

    /// The names by which build scripts start the program.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.scripts.is_empty().then_some(self.name.as_str());
        own.into_iter()
            .chain(self.scripts.keys().map(String::as_str))
    }
}

impl Tool {
    /// The name of the tool, in the key `parts` and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Program(program) => &program.name,
            Self::Library(library) => &library.name,
        }
    }

    /// The crates whose build scripts need the tool.
    fn crates(self) -> &'static [String] {
        match self {
            Self::Program(program) => &program.crates,
            Self::Library(library) => &library.crates,
        }
    }
}

/// The table of tools, parsed.
pub(crate) static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    // A test finds a table that cannot be parsed.
    toml::from_str(TABLE).unwrap_or_default()
});

/// All tools.
pub(crate) fn all() -> impl Iterator<Item = Tool> {
    let libraries = TOOLS.libraries.iter().map(Tool::Library);
    TOOLS.programs.iter().map(Tool::Program).chain(libraries)
}

/// The names of all tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().map(Tool::name)
}

/// Looks a tool up by its name.
pub(crate) fn tool(name: &str) -> Option<Tool> {
    all().find(|tool| tool.name() == name)
}

/// The tool that brings a program.
pub(crate) fn with_program(name: &str) -> Option<&'static Program> {
    let mut tools = TOOLS.programs.iter();
    tools.find(|tool| tool.names().any(|its| its == name))
}

/// A directory in the value of a variable. The variables with arguments in the table, and those for
/// single targets, whose names begin with the same names, are split as a shell does it.
/// <https://docs.rs/bindgen>
pub(crate) fn dir_in<'a>(variable: &str, dir: &'a str) -> Cow<'a, str> {
    let libraries = TOOLS.libraries.iter();
    let mut names = libraries.flat_map(|library| library.arguments.keys());
    let has_arguments = names.any(|name| {
        let rest = variable.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    if has_arguments {
        quote(dir.as_ref())
    } else {
        Cow::Borrowed(dir)
    }
}

/// The tools that a project needs and the machine lacks, programs at least in part. Those are the
/// tools that the key `parts` names, and those that crates in the lock file start or load. An empty
/// key `parts` turns the latter off. A library that is named is made even if the machine has it.
pub(crate) fn needed(
    named: Option<&[String]>,
    lockfile: Option<&str>,
    lacks: impl Fn(&str) -> bool,
    lacks_library: impl Fn(&Library) -> bool,
) -> Vec<Tool> {
    let lockfile = lockfile.filter(|_| named != Some(&[])).unwrap_or_default();
    let listed: HashSet<&str> = crates(lockfile).collect();
    let is_listed = |name: &String| listed.contains(name.as_str());
    let is_used = |tool: Tool| tool.crates().iter().any(is_listed);
    let is_named =
        |tool: Tool| named.is_some_and(|names| names.iter().any(|name| name == tool.name()));
    let is_missing = |tool: Tool| match tool {
        Tool::Program(program) => program.names().any(&lacks),
        Tool::Library(library) => is_named(tool) || lacks_library(library),
    };
    all()
        .filter(|tool| (is_named(*tool) || is_used(*tool)) && is_missing(*tool))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the tools that a project needs, where the programs and libraries in `there` are.
    fn names(named: Option<&[&str]>, crates: &[&str], there: &[&str]) -> Vec<&'static str> {
        let named = named.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let named: Option<Vec<String>> = named;
        let package =
            |name: &&str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        let lockfile: String = crates.iter().map(package).collect();
        let lacks = |name: &str| !there.contains(&name);
        let lacks_library = |library: &Library| lacks(&library.name);
        let tools = needed(named.as_deref(), Some(&lockfile), lacks, lacks_library);
        tools.iter().map(|tool| tool.name()).collect()
    }

    #[test]
    fn the_table_can_be_read() {
        let read = toml::from_str::<Tools>(TABLE).unwrap();
        assert!(read.programs.iter().all(|tool| !tool.packages.is_empty()));
        let libraries = read.libraries.iter();
        let names = libraries.map(|library| (library.name.as_str(), library.packages.len()));
        assert_eq!(names.collect::<Vec<_>>(), [("libclang", 3)]);
        assert!(matches!(tool("cmake"), Some(Tool::Program(_))));
        assert!(matches!(tool("libclang"), Some(Tool::Library(_))) && tool("openssl").is_none());
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
        let all = with_program("autoconf").unwrap().names();
        let autoconf = Some(&["autoconf"][..]);
        assert_eq!(names(autoconf, &[], &["autoconf"]), ["autoconf"]);
        assert_eq!(names(autoconf, &[], &all.collect::<Vec<_>>()), [""; 0]);
        assert_eq!(names(Some(&[]), &["cmake"], &[]), [""; 0]);
    }

    #[test]
    fn a_library_is_the_machines_own_unless_it_is_named() {
        assert_eq!(names(None, &["clang-sys"], &[]), ["libclang"]);
        assert_eq!(names(None, &["clang-sys"], &["libclang"]), [""; 0]);
        assert_eq!(names(None, &["bindgen"], &[]), [""; 0]);
        assert_eq!(names(Some(&[]), &["clang-sys"], &[]), [""; 0]);
        assert_eq!(names(Some(&["libclang"]), &[], &["libclang"]), ["libclang"]);
    }
}
