//! Cargo's records of a build in the build directory:
//! <https://doc.rust-lang.org/cargo/reference/build-cache.html>.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use crate::plan::after::After;
use cross_base::beneath::View;

/// The largest size in bytes of a file that is read. A build script may write files of any size.
const LIMIT: u64 = 4 << 20;

/// The names of cargo's directories for build scripts, and for the output of rustc.
const BUILD: &str = "build";
const DEPS: &str = "deps";

/// The system that something was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Target,
    /// The build machine, which runs build scripts and procedural macros.
    Build,
}

/// The build directories of a run that exist, each with the system that its crates were built for.
#[derive(Debug)]
pub(super) struct Kept(Vec<(For, View)>);

/// A build script that was started and did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FailedScript {
    pub(super) package: String,
    pub(super) built_for: For,
    pub(super) started: SystemTime,
    /// The output of the script. Empty if it could not be had.
    pub(super) said: String,
}

/// An error of rustc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CompilerError {
    pub(super) built_for: For,
    /// The message with its notes, one a line.
    pub(super) text: String,
}

/// A message of rustc: <https://doc.rust-lang.org/rustc/json.html>
#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    children: Vec<Diagnostic>,
}

impl Kept {
    pub(super) fn of(after: &After) -> Self {
        let mut dirs = vec![(For::Target, &after.for_target)];
        if after.for_build != after.for_target {
            dirs.push((For::Build, &after.for_build));
        }
        let views = dirs.into_iter();
        Self(
            views
                .filter_map(|(whose, place)| Some((whose, place.view()?)))
                .collect(),
        )
    }

    /// The times at which the directories were made.
    pub(super) fn made(&self) -> Vec<Option<(i64, u32)>> {
        self.0.iter().map(|(_, view)| view.made()).collect()
    }

    /// The times at which something was last compiled: rustc first makes a temporary directory in
    /// the directory of its output, which changes its time.
    pub(super) fn compiled(&self) -> Vec<Option<SystemTime>> {
        let views = self.0.iter();
        views
            .map(|(_, view)| view.written(Path::new(DEPS)))
            .collect()
    }

    /// Whether a library of this name was compiled for the target.
    pub(super) fn has_library(&self, name: &str) -> bool {
        let beginning = format!("lib{name}-");
        let is_it = |file: &OsString| file.as_encoded_bytes().starts_with(beginning.as_bytes());
        let mut deps = self.below(DEPS).filter(|(whose, _)| *whose == For::Target);
        deps.any(|(_, deps)| deps.names().iter().any(is_it))
    }

    /// The subdirectories of this name.
    fn below<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (For, View)> + 'a {
        let views = self.0.iter();
        views.filter_map(move |(whose, view)| Some((*whose, view.below(Path::new(name))?)))
    }

    /// The variables that build scripts have read, as they have told cargo.
    pub(super) fn read_by_scripts(&self) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        for (_, build) in self.below(BUILD) {
            for name in build.names() {
                let text = build.text(&Path::new(&name).join("output"), LIMIT);
                read.extend(text.iter().flat_map(|text| said_by_scripts(text)));
            }
        }
        read
    }

    /// The variables that compiled sources have read, as rustc has told cargo.
    pub(super) fn read_by_sources(&self) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        for (_, deps) in self.below(DEPS) {
            let names = deps.names().into_iter().map(PathBuf::from);
            for name in names.filter(|name| name.extension() == Some(OsStr::new("d"))) {
                let text = deps.text(&name, LIMIT);
                read.extend(text.iter().flat_map(|text| read_by_sources(text)));
            }
        }
        read
    }

    /// The build scripts that have failed since a time: their start is recorded, and there is no
    /// newer output.
    pub(super) fn failed_scripts(&self, since: SystemTime) -> Vec<FailedScript> {
        let mut failed = Vec::new();
        for (built_for, build) in self.below(BUILD) {
            for name in build.names() {
                let dir = Path::new(&name);
                let started = build.written(&dir.join("invoked.timestamp"));
                let Some(started) = started.filter(|at| *at >= since) else {
                    continue;
                };
                // The output of an earlier run stays until a run succeeds.
                let ended = build.written(&dir.join("output"));
                if ended.is_some_and(|at| at >= started) {
                    continue;
                }
                if let Some(package) = package(&name) {
                    failed.push(FailedScript {
                        package,
                        built_for,
                        started,
                        said: String::new(),
                    });
                }
            }
        }
        failed
    }

    /// The errors that rustc has printed since a time.
    pub(super) fn compiler_errors(&self, since: SystemTime) -> Vec<CompilerError> {
        let mut errors = Vec::new();
        for (built_for, prints) in self.below(".fingerprint") {
            for dir in prints.names() {
                let dir = Path::new(&dir);
                let names = prints.below(dir).map(|view| view.names());
                let names = names.into_iter().flatten();
                for name in names.filter(|n| n.as_encoded_bytes().starts_with(b"output-")) {
                    let path = dir.join(name);
                    if prints.written(&path).is_some_and(|at| at >= since) {
                        let text = prints.text(&path, LIMIT).unwrap_or_default();
                        let found = errors_in(&text);
                        errors.extend(found.map(|text| CompilerError { built_for, text }));
                    }
                }
            }
        }
        errors
    }
}

/// The name of a package, from the name of a directory that ends in a digest.
fn package(name: &OsStr) -> Option<String> {
    let (package, _) = name.to_str()?.rsplit_once('-')?;
    Some(package.to_owned())
}

/// The variables that a build script's output names:
/// <https://doc.rust-lang.org/cargo/reference/build-scripts.html#rerun-if-env-changed>
fn said_by_scripts(output: &str) -> impl Iterator<Item = String> {
    let said = output.lines().filter_map(|line| {
        let line = line.strip_prefix("cargo:")?;
        let line = line.strip_prefix(':').unwrap_or(line);
        line.strip_prefix("rerun-if-env-changed=")
    });
    said.map(|name| name.trim().to_owned())
}

/// The variables in rustc's comments on dependencies:
/// <https://github.com/rust-lang/rust/pull/71858>.
fn read_by_sources(deps: &str) -> impl Iterator<Item = String> {
    let read = deps
        .lines()
        .filter_map(|line| line.strip_prefix("# env-dep:"));
    read.map(|entry| entry.split('=').next().unwrap_or_default().to_owned())
}

fn errors_in(output: &str) -> impl Iterator<Item = String> {
    let diagnostics = output
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    diagnostics
        .filter(|diagnostic: &Diagnostic| diagnostic.level == "error")
        .map(|diagnostic| {
            let below = diagnostic.children.into_iter().map(|child| child.message);
            let all: Vec<String> = std::iter::once(diagnostic.message).chain(below).collect();
            all.join("\n")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_say_a_variable_are_read() {
        let output = "cargo:rerun-if-env-changed=A\ncargo::rerun-if-env-changed=B_1 \n\
                      rerun-if-env-changed=C\ncargo:rustc-env=D=1\n";
        let said: Vec<String> = said_by_scripts(output).collect();
        assert_eq!(said, ["A", "B_1"]);
    }

    #[test]
    fn variables_of_sources_are_read_with_and_without_a_value() {
        let deps = "a.o: a.rs\n\n# env-dep:SET=value=2\n# env-dep:UNSET\n# other:X\n";
        let read: Vec<String> = read_by_sources(deps).collect();
        assert_eq!(read, ["SET", "UNSET"]);
    }

    #[test]
    fn only_errors_are_taken_from_what_rustc_said() {
        let output = "{\"message\":\"unused\",\"level\":\"warning\",\"children\":[]}\nno json\n\
            {\"message\":\"linking failed\",\"level\":\"error\",\"children\":[{\"message\":\"cannot find -lx\",\"level\":\"note\"}]}\n";
        let errors: Vec<String> = errors_in(output).collect();
        assert_eq!(errors, ["linking failed\ncannot find -lx"]);
    }
}
