//! Finds the call at which a build script failed, by the place in the source that the panic names.
//! The error itself says that a file is missing, but seldom which one.

use std::path::{Path, PathBuf};

use crate::bounds::Bounds;
use crate::bounds::asker::Asker;
use crate::config::Source;
use crate::engine::spec::{Access, Mount};
use cross_base::beneath::Place;
use cross_base::fs;

/// The largest size in bytes of a source that is read.
const LIMIT: u64 = 1 << 20;
/// The number of lines above a call in which the program's name is looked for.
const NEAR: usize = 20;

/// The machine's files that the container has, and those that a project may ask for.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) mounts: &'a [Mount],
    pub(super) bounds: Bounds<'a>,
    /// The root of the workspace, in which rustc runs for its members.
    pub(super) root: &'a Path,
}

/// A position in a source, as a panic names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position<'t> {
    path: &'t str,
    line: usize,
    column: usize,
}

/// A call in a build script at which it panicked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The text of the statement, up to the call.
    statement: String,
    /// The name of the program that the call starts, if it starts one.
    pub(super) program: Option<String>,
    /// The directory of the package with the source.
    package: PathBuf,
}

impl Shown<'_> {
    /// The calls at which a build script has panicked, from its output.
    pub(super) fn calls(&self, said: &str) -> Vec<Call> {
        let positions = said.lines().filter_map(position);
        positions
            .filter_map(|position| {
                let path = fs::absolute(self.root, Path::new(position.path));
                let call = call(&self.source(&path)?, position)?;
                let above = path.ancestors().skip(1);
                let mut packages = above.filter(|dir| fs::stamp(&dir.join("Cargo.toml")).is_some());
                let package = packages.next()?.to_owned();
                Some(Call { package, ..call })
            })
            .collect()
    }

    /// The text of a source that containers can read but not write.
    fn source(&self, path: &Path) -> Option<String> {
        let mount = self.mount(path)?;
        if mount.access == Access::ReadWrite {
            return None;
        }
        let below = path.strip_prefix(&mount.target).ok()?;
        let dir = Place::trusted(&mount.source).view()?;
        dir.text(below, LIMIT)
    }

    /// The mount that contains a path of the container.
    fn mount(&self, path: &Path) -> Option<&Mount> {
        let mounts = self.mounts.iter();
        let around = mounts.filter(|mount| path.starts_with(&mount.target));
        around.max_by_key(|mount| mount.target.components().count())
    }

    /// Whether a path is outside the project, and in a mount that the container cannot write to.
    pub(super) fn is_elsewhere(&self, path: &Path) -> bool {
        let is_read_only = |mount: &Mount| mount.access != Access::ReadWrite;
        !path.starts_with(self.root) && self.mount(path).is_some_and(is_read_only)
    }

    /// The first of these paths, which may be relative to a directory, that this machine has and
    /// the container lacks, and that a project may ask for.
    pub(super) fn hidden<'p>(
        &self,
        dir: &Path,
        mut paths: impl Iterator<Item = &'p str>,
    ) -> Option<PathBuf> {
        paths.find_map(|path| {
            if !path.contains('/') || path.contains(char::is_control) {
                return None;
            }
            let path = fs::absolute(dir, Path::new(path));
            (self.is_hidden(&path) && self.may_be_shown(&path)).then_some(path)
        })
    }

    /// Whether this machine has a path that the container lacks.
    pub(super) fn is_hidden(&self, path: &Path) -> bool {
        self.mount(path).is_none() && fs::stamp(path).is_some() && path.parent().is_some()
    }

    /// Whether a project may ask for a path.
    pub(super) fn may_be_shown(&self, path: &Path) -> bool {
        let file = Source::File(self.root.join("Cross.toml"), "build.env.volumes".to_owned());
        self.bounds.judge(path, &Asker::Said(file), true).is_ok()
    }
}

impl Call {
    /// Whether the statement reads a variable whose name is a literal in it.
    pub(super) fn reads(&self, variable: &str) -> bool {
        self.statement.contains(&format!("var(\"{variable}\")"))
    }

    /// The path in the statement that this machine has and the container lacks. None if the call
    /// starts a program.
    pub(super) fn hidden(&self, shown: &Shown<'_>) -> Option<PathBuf> {
        if self.program.is_some() {
            return None;
        }
        let paths = self.statement.split('"').skip(1).step_by(2);
        shown.hidden(&self.package, paths)
    }
}

/// The position in the first line of a panic: `thread 'main' (1) panicked at build.rs:1:2:`.
/// <https://doc.rust-lang.org/std/panic/struct.PanicHookInfo.html>
fn position(line: &str) -> Option<Position<'_>> {
    let (_, place) = line.split_once("' panicked at ").or_else(|| {
        let (_, rest) = line.split_once("' (")?;
        rest.split_once(") panicked at ")
    })?;
    let mut parts = place.strip_suffix(':')?.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let path = parts.next()?;
    Some(Position { path, line, column })
}

/// The call at a position of a source. The caller fills in the package.
fn call(source: &str, at: Position<'_>) -> Option<Call> {
    let lines: Vec<&str> = source.lines().take(at.line).collect();
    let (last, above) = lines.split_last().filter(|_| lines.len() == at.line)?;
    // The column counts characters from 1.
    let last: String = last.chars().take(at.column.checked_sub(1)?).collect();
    let begins = |line: &&str| {
        let line = line.split("//").next().unwrap_or_default().trim_end();
        !(line.is_empty() || line.ends_with([';', '{', '}']))
    };
    let mut parts: Vec<&str> = above.iter().rev().copied().take_while(begins).collect();
    parts.reverse();
    parts.push(&last);
    let joined = parts.join("\n");
    let statement = [";", "{ "].iter().fold(joined.as_str(), |text, end| {
        text.rsplit_once(end).map_or(text, |(_, rest)| rest)
    });
    let starts = [".status()", ".output()", ".spawn()"];
    let program = if starts.iter().any(|start| statement.contains(start)) {
        let named = |text: &str| {
            let (_, rest) = text.rsplit_once("Command::new(\"")?;
            Some(rest.split('"').next()?.to_owned())
        };
        let near = above.iter().rev().take(NEAR);
        let named = named(&joined).or_else(|| near.into_iter().find_map(|line| named(line)));
        Some(named?)
    } else {
        None
    };
    Some(Call {
        statement: statement.to_owned(),
        program,
        package: PathBuf::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_panic_is_read_as_each_version_of_rust_writes_it() {
        let at = |path, line, column| Some(Position { path, line, column });
        for (line, place) in [
            (
                "thread 'main' panicked at build.rs:12:3:",
                at("build.rs", 12, 3),
            ),
            (
                "thread 'main' (46) panicked at /r/x-1.0/build.rs:1:68:",
                at("/r/x-1.0/build.rs", 1, 68),
            ),
            (
                "thread 'main' panicked at a:b/build.rs:1:2:",
                at("a:b/build.rs", 1, 2),
            ),
            ("thread 'main' panicked at build.rs:", None),
            ("panicked at build.rs:1:2:", None),
        ] {
            assert_eq!(position(line), place, "{line}");
        }
    }

    /// The call directly before the mark `|`.
    fn at(source: &str) -> Option<Call> {
        let before = &source[..source.find('|').expect("a mark")];
        let line = before.lines().count();
        let column = before.lines().last().expect("a line").chars().count() + 1;
        let path = "build.rs";
        call(
            &source.replacen('|', "", 1),
            Position { path, line, column },
        )
    }

    #[test]
    fn the_program_of_a_call_is_the_one_that_its_command_names() {
        for (source, program) in [
            (
                "fn main() { Command::new(\"go\").status().|unwrap(); }",
                "go",
            ),
            (
                "fn f() {\n    let ä = Command::new(\"go\")\n        .arg(\"x\")\n        .output()\n        .|expect(\"x\");\n}",
                "go",
            ),
            (
                "Command::new(\"a\").status().unwrap(); Command::new(\"go\").status().|unwrap();",
                "go",
            ),
            (
                "let mut go = Command::new(\"go\");\ngo.arg(\"x\");\n\nlet out = go.output().|unwrap();",
                "go",
            ),
        ] {
            let call = at(source).unwrap();
            assert_eq!(call.program.as_deref(), Some(program), "{source}");
        }
        // The program's name is not in the source, so the call is of no use.
        assert_eq!(at("Command::new(&tool).status().|unwrap();"), None);
        let other = at("Command::new(\"go\").status().unwrap();\nfs::read(\"/x\").|unwrap();");
        assert_eq!(other.unwrap().program, None);
        assert_eq!(
            call(
                "one line",
                Position {
                    path: "",
                    line: 2,
                    column: 1
                }
            ),
            None
        );
    }
}
