//! Makes a tool: a program that build scripts start, or a library that they load, and that this
//! machine lacks. A tool is put together from packages, as a toolchain is, and works at any path.

use std::path::{Path, PathBuf};

use super::debian::{self, Debian};
use super::definition::text;
use super::fetch::{Origin, Packages, side_by_side};
use super::library;
use super::lock::{self, Package};
use super::make::{AT_ONCE, put};
use super::recipe::home;
use super::starter::{HOST, Starters, Words, library as file_name};
use crate::target::tools::{Program, TOOLS, Tool, dir_in};
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::term::Term;
use cross_deb::Done;

/// The edition of this file's code. To be changed when the code makes other files of the same
/// packages.
const EDITION: &[u8] = b"1";
/// The file that has a line for each tool: its name, and its packages.
const PACKAGES: &str = "tools.packages";
/// The placeholder for the tool's directory in its variables and arguments.
const DIR: &str = "{tool}";
/// The directory of a program's tool that has only what is called by name.
const BIN: &str = "bin";

/// The recipe of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToolRecipe {
    tool: Tool,
    packages: Vec<&'static Package>,
    /// Sixteen hexadecimal digits that identify the packages, and what this code makes of them.
    digest: String,
}

impl ToolRecipe {
    /// The recipe of a tool.
    ///
    /// # Errors
    ///
    /// When the lock file lacks one of its packages.
    pub(crate) fn of(tool: Tool) -> Result<Self> {
        let (name, suite) = match tool {
            Tool::Program(program) => (&program.name, &TOOLS.suite),
            Tool::Library(library) => (&library.name, &library.suite),
        };
        let mut lines = text(PACKAGES).lines().map(|line| line.split(' '));
        let line = lines.find_map(|mut words| (words.next() == Some(name)).then_some(words));
        let locked = |package: &str| {
            lock::find(suite, package).ok_or_else(|| {
                Error::new(format!(
                    "the lock file has no package `{package}` of {suite} for `{name}`"
                ))
            })
        };
        let packages: Vec<&Package> = line
            .into_iter()
            .flatten()
            .map(locked)
            .collect::<Result<_>>()?;
        let mut digest = Digest::default();
        match tool {
            Tool::Program(program) => {
                digest.add(EDITION);
                // The settings of the program, and those of all programs.
                let settings = format!("{program:?} {} {}", TOOLS.libraries_dir, TOOLS.loader);
                digest.add(settings.as_bytes());
            }
            Tool::Library(library) => {
                digest.add(library::EDITION);
                digest.add(format!("{library:?}").as_bytes());
            }
        }
        for package in &packages {
            digest.add(package.sha256.as_bytes());
        }
        // The patterns of files that are left out, and files of our own.
        let own = match tool {
            Tool::Program(program) => program.files.keys().map(String::as_str).collect(),
            Tool::Library(_) => Vec::new(),
        };
        for name in own.into_iter().chain([debian::DEFINITION]) {
            digest.add(text(name).as_bytes());
        }
        Ok(Self {
            tool,
            packages,
            digest: digest.finish(),
        })
    }

    /// The name of the tool.
    pub(crate) fn name(&self) -> &'static str {
        self.tool.name()
    }

    /// What of the tool the user notices, in messages.
    pub(crate) fn shown(&self) -> String {
        let name = self.name();
        match self.tool {
            Tool::Program(_) => format!("`{name}`, which this machine lacks"),
            Tool::Library(_) => format!("`{name}`, which build scripts load"),
        }
    }

    /// The packages of the tool.
    #[cfg(test)]
    pub(super) fn packages(&self) -> &[&'static Package] {
        &self.packages
    }

    /// The directory of the tool.
    pub(super) fn dir(&self, host: &Host) -> PathBuf {
        home(host).join(format!("{}-{}", self.name(), self.digest))
    }

    /// The directory that build scripts are told: that of the program alone, or that of the
    /// library. It exists if the tool is complete.
    pub(crate) fn place(&self, host: &Host) -> PathBuf {
        let below = match self.tool {
            Tool::Program(_) => BIN,
            Tool::Library(library) => &library.libraries,
        };
        self.dir(host).join(below)
    }

    /// The variables with arguments that build scripts add for the tool.
    pub(crate) fn arguments(&self, host: &Host) -> Vec<(&'static str, String)> {
        let Tool::Library(library) = self.tool else {
            return Vec::new();
        };
        let dir = self.dir(host).display().to_string();
        let arguments = library.arguments.iter();
        let filled = arguments.map(|(name, value)| {
            let value = value.replace(DIR, &dir_in(name, &dir));
            (name.as_str(), value)
        });
        filled.collect()
    }

    /// The variable that names that directory. None if it belongs in `PATH`.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        match self.tool {
            Tool::Program(_) => None,
            Tool::Library(library) => Some(&library.variable),
        }
    }

    /// Makes the tool unless it exists.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched or unpacked.
    pub(crate) fn ensure(&self, host: &Host, term: Term, origin: &Origin) -> Result<()> {
        let name = self.name();
        let lock = host.lock_file(&format!("tool-{name}"));
        let _lock = Lock::take(&lock, || {
            term.status("Waiting", &format!("for another cross that makes `{name}`"));
        })?;
        if self.place(host).exists() {
            return Ok(());
        }
        let packages = Packages::new(name, host, term, origin);
        packages.ensure(&self.packages)?;
        term.status("Making", &self.shown());
        put(&self.dir(host), |_, root| match self.tool {
            Tool::Program(program) => self.make(program, root, &packages),
            Tool::Library(it) => library::make(it, &self.packages, root, &packages),
        })
    }

    /// Fetches packages that are not in the cache, and returns the paths of all.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched, or a newer version was taken in its place.
    pub(super) fn keep(&self, host: &Host, term: Term, origin: &Origin) -> Result<Vec<PathBuf>> {
        let packages = Packages::new(self.name(), host, term, origin);
        packages.ensure(&self.packages)?;
        packages.pinned(&self.packages)
    }

    fn make(&self, tool: &Program, root: &Path, packages: &Packages<'_>) -> Result<()> {
        let debian = Debian::new()?;
        let libraries = root.join(HOST).join("lib");
        fs::create_dir_all(&libraries)?;
        side_by_side(&self.packages, AT_ONCE, |package| {
            cross_deb::each_file(&packages.path(package), &mut |file, entry| {
                let name = file.to_string_lossy();
                if let Some(library) = file_name(&name, &TOOLS.libraries_dir) {
                    cross_deb::place(entry, Path::new(library), &libraries)?;
                } else if debian.has(package, &name) {
                    cross_deb::place(entry, file, root)?;
                }
                Ok(Done::No)
            })
        })?;
        for (name, at) in &tool.files {
            fs::write_if_changed(&root.join(at), text(name).as_bytes())?;
        }
        for (at, to) in &tool.links {
            fs_err::os::unix::fs::symlink(to, root.join(at))?;
        }
        let words = words(tool);
        let starters = Starters {
            root,
            loader: &TOOLS.loader,
            words: &words,
        };
        let programs = starters.replace()?;
        let called = Path::new("usr/bin").join(tool.called());
        let missing = || {
            let (name, called) = (&tool.name, called.display());
            Error::new(format!("the packages of `{name}` have no `{called}`"))
        };
        let program = programs.get(&called).ok_or_else(missing)?;
        let bin = Path::new(BIN);
        if tool.scripts.is_empty() {
            return starters.write(&bin.join(&tool.name), program, Some(&called));
        }
        for (name, arguments) in &tool.scripts {
            let mut words = words.clone();
            words
                .arguments
                .extend(arguments.iter().map(|text| filled(text)));
            let words = &words;
            Starters { words, ..starters }.write(&bin.join(name), program, Some(&called))?;
        }
        Ok(())
    }
}

/// The variables and arguments of a program for its starter.
fn words(tool: &Program) -> Words {
    let variables = tool.environment.iter();
    Words {
        variables: variables
            .map(|(name, value)| (name.clone(), filled(value)))
            .collect(),
        arguments: tool.arguments.iter().map(|text| filled(text)).collect(),
    }
}

/// A text of the table in a starter, where a variable has the tool's directory.
fn filled(text: &str) -> String {
    text.replace(DIR, "$tc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tools;

    #[test]
    fn every_tool_has_its_packages_and_a_program_those_of_the_base_image() {
        let debian = Debian::new().unwrap();
        let base: Vec<&Package> = debian.all().collect();
        for tool in tools::all() {
            let recipe = ToolRecipe::of(tool).unwrap();
            assert!(recipe.packages.len() > 1, "{tool:?}");
            let Tool::Program(program) = tool else {
                continue;
            };
            for package in &recipe.packages {
                assert!(base.contains(package), "{package:?}");
            }
            for name in program.files.keys() {
                assert!(!text(name).is_empty(), "{name}");
            }
        }
    }
}
