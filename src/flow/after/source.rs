//! Finds the call at which a build script failed, by the place in the source that the panic names.
//! The error itself says that a file is missing, but seldom which one.

use std::path::{Path, PathBuf};

use super::statement;
use crate::bounds::Bounds;
use crate::bounds::asker::Asker;
use crate::config::{CROSS_TOML, Source};
use crate::engine::spec::{Access, Mount, innermost};
use cross_base::beneath::Place;
use cross_base::fs;

/// The largest size in bytes of a source that is read.
const LIMIT: u64 = 1 << 20;
/// The number of lines above a call in which the program's name is looked for.
const NEAR: usize = 20;

/// The machine's files that the build has, and those that a project may ask for.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    /// Whether the build ran in a container. If not, it has all files of the machine.
    pub(super) isolated: bool,
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
    /// The directory in which it starts the program.
    pub(super) dir: Dir,
    /// The directory of the package with the source.
    package: PathBuf,
}

/// The directory in which a call starts a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dir {
    /// The script's own.
    Own,
    /// A path that is a literal in the source.
    Named(String),
    /// A path that the source computes.
    Computed,
}

impl Shown<'_> {
    /// The calls at which a build script has panicked, from its output.
    pub(super) fn calls(&self, said: &str) -> Vec<Call> {
        let positions = said.lines().filter_map(position);
        positions
            .filter_map(|position| {
                let path = fs::absolute(self.root, Path::new(position.path));
                let call = call(&self.source(&path)?, position)?;
                let package = package(&path)?.to_owned();
                Some(Call { package, ..call })
            })
            .collect()
    }

    /// The text of a source that containers can read but not write. Without a container, of one in
    /// the project or in a package.
    pub(super) fn source(&self, path: &Path) -> Option<String> {
        if !self.isolated {
            let is_own = path.starts_with(self.root);
            let dir = if is_own { self.root } else { package(path)? };
            let below = path.strip_prefix(dir).ok()?;
            return Place::trusted(dir).view()?.text(below, LIMIT);
        }
        let mount = innermost(self.mounts, path)?;
        if mount.access == Access::ReadWrite {
            return None;
        }
        let below = path.strip_prefix(&mount.target).ok()?;
        let dir = Place::trusted(&mount.source).view()?;
        dir.text(below, LIMIT)
    }

    /// Whether a directory of this machine's that the container has as one of programs has this
    /// one.
    pub(super) fn has_program(&self, name: &str) -> bool {
        let mut dirs = self.mounts.iter().filter(|it| it.target.ends_with("bin"));
        !name.contains('/') && dirs.any(|dir| fs::stamp(&dir.source.join(name)).is_some())
    }

    /// Whether a path is in a mount that the container cannot write to, and does not exist there.
    /// Without a container, whether it does not exist.
    fn is_missing(&self, path: &Path) -> bool {
        if !self.isolated {
            return fs::stamp(path).is_none();
        }
        innermost(self.mounts, path).is_some_and(|mount| {
            let below = path.strip_prefix(&mount.target);
            let is_there = |below: &Path| fs::stamp(&mount.source.join(below)).is_some();
            mount.access != Access::ReadWrite && below.is_ok_and(|below| !is_there(below))
        })
    }

    /// Whether a path is outside the project, and in a mount that the container cannot write to.
    pub(super) fn is_elsewhere(&self, path: &Path) -> bool {
        let is_read_only = |mount: &Mount| mount.access != Access::ReadWrite;
        !path.starts_with(self.root) && innermost(self.mounts, path).is_some_and(is_read_only)
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

    /// Whether the build can have a path.
    pub(super) fn has(&self, path: &Path) -> bool {
        !self.isolated || innermost(self.mounts, path).is_some()
    }

    /// Whether this machine has a path that the container lacks.
    pub(super) fn is_hidden(&self, path: &Path) -> bool {
        !self.has(path) && fs::stamp(path).is_some() && path.parent().is_some()
    }

    /// Whether a project may ask for a path.
    pub(super) fn may_be_shown(&self, path: &Path) -> bool {
        let file = Source::File(self.root.join(CROSS_TOML), "build.env.volumes".to_owned());
        self.bounds
            .judge(path, &Asker::Said(file), Access::ReadWrite)
            .is_ok()
    }
}

impl Call {
    /// The name of the program that the statement only looks for.
    pub(super) fn looked_for(&self) -> Option<&str> {
        statement::looked_for(&self.statement)
    }

    /// Whether the statement looks for a program whose name is no literal in it.
    pub(super) fn looks_for_a_value(&self) -> bool {
        let mut calls = self.statement.split("which(").skip(1);
        calls.any(|name| !name.trim_start().starts_with('"'))
    }

    /// Whether the statement reads a variable whose name is a literal in it.
    pub(super) fn reads(&self, variable: &str) -> bool {
        self.statement.contains(&format!("var(\"{variable}\")"))
    }

    /// Whether the statement writes to a path with the value of a variable.
    pub(super) fn writes(&self, variable: &str) -> bool {
        const CALLS: [&str; 4] = [
            "fs::write(",
            "File::create(",
            "create_dir(",
            "create_dir_all(",
        ];
        let read = format!("var(\"{variable}\")");
        CALLS.iter().any(|call| {
            let path = self.statement.split_once(call);
            let path = path.and_then(|(_, rest)| rest.split_once(&read));
            // A variable behind the path may be what is written.
            path.is_some_and(|(before, _)| !before.contains(','))
        })
    }

    /// The path in the statement that this machine has and the container lacks. If the call starts
    /// a program, only the program's directory counts.
    pub(super) fn hidden(&self, shown: &Shown<'_>) -> Option<PathBuf> {
        if self.program.is_some() {
            let Dir::Named(dir) = &self.dir else {
                return None;
            };
            return shown.hidden(&self.package, std::iter::once(dir.as_str()));
        }
        let paths = self.statement.split('"').skip(1).step_by(2);
        shown.hidden(&self.package, paths)
    }

    /// The directory, as the source names it, in which the call was to start a program and that
    /// does not exist.
    pub(super) fn missing_dir(&self, shown: &Shown<'_>) -> Option<String> {
        let Dir::Named(dir) = &self.dir else {
            return None;
        };
        let path = fs::absolute(&self.package, Path::new(dir));
        let is_missing = shown.is_missing(&path) && !dir.contains(char::is_control);
        is_missing.then(|| dir.clone())
    }
}

/// The directory of the package with a source.
fn package(source: &Path) -> Option<&Path> {
    let mut above = source.ancestors().skip(1);
    above.find(|dir| fs::stamp(&dir.join("Cargo.toml")).is_some())
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

/// The call at a position of a source, or the one whose failure is the condition for a panic there.
/// The caller fills in the package.
fn call(source: &str, at: Position<'_>) -> Option<Call> {
    let text = up_to(source, at)?;
    let text = statement::failed(text).unwrap_or(text);
    let statement = statement::statement(text);
    let starts = [".status()", ".output()", ".spawn()"];
    let started = if starts.iter().any(|start| statement.contains(start)) {
        let (above, last) = text.rsplit_once('\n').unwrap_or(("", text));
        let near = above.lines().rev();
        let near = near.take(NEAR.max(statement.lines().count()));
        let near = near.take_while(|line| !begins_function(line));
        let mut near: Vec<&str> = near.collect();
        near.reverse();
        near.push(last);
        Some(command(&statement, &near.join("\n"))?)
    } else {
        None
    };
    let (program, dir) = started.map_or((None, Dir::Own), |(name, dir)| (Some(name), dir));
    Some(Call {
        statement,
        program,
        dir,
        package: PathBuf::new(),
    })
}

/// The text of a source up to a position, whose column counts characters from 1.
fn up_to<'s>(source: &'s str, at: Position<'_>) -> Option<&'s str> {
    let mut lines = source.split_inclusive('\n');
    let above = lines.by_ref().take(at.line.checked_sub(1)?);
    let begin: usize = above.map(str::len).sum();
    let line = lines.next()?.trim_end_matches('\n');
    let column = line.char_indices().nth(at.column.checked_sub(1)?);
    let end = begin + column.map_or(line.len(), |(end, _)| end);
    Some(&source[..end])
}

/// Whether a line begins a function, whose commands are its own.
fn begins_function(line: &str) -> bool {
    let line = line.trim_start();
    let bare = line.strip_prefix("pub ").unwrap_or(line);
    bare.starts_with("fn ")
}

const NEW: &str = "Command::new(";

/// The program that a statement starts, and the directory, by the text of its function up to the
/// call.
fn command(statement: &str, function: &str) -> Option<(String, Dir)> {
    let made = if statement.contains(NEW) {
        function.rsplit_once(NEW)?.1
    } else {
        // The statement begins with the variable that holds the command.
        let value = statement.split_once(" = ").map(|(_, value)| value);
        let begins = ["let ", "if let "];
        let begins = |it: &str| begins.iter().any(|begin| it.starts_with(begin));
        let value = value.filter(|_| begins(statement.trim_start()));
        let value = value.unwrap_or(statement).trim_start();
        let value = value.strip_prefix("match ").unwrap_or(value);
        let end = value.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
        let variable = &value[..end];
        let mut bindings = ["let mut ", "let "].into_iter().flat_map(|begin| {
            let ends = [" ", ":"].into_iter();
            ends.map(move |end| format!("{begin}{variable}{end}"))
        });
        let bound = bindings.find_map(|binding| Some(function.rsplit_once(&binding)?.1))?;
        let (before, made) = bound.split_once(NEW)?;
        let is_in_one = !variable.is_empty() && !before.contains(';');
        is_in_one.then_some(made)?
    };
    let (name, rest) = made.strip_prefix('"')?.split_once('"')?;
    let dir = rest.rsplit_once(".current_dir(").map(|(_, dir)| dir);
    let dir = dir.map_or(Dir::Own, |dir| {
        let literal = dir.strip_prefix('"').and_then(|dir| dir.split_once("\")"));
        literal.map_or(Dir::Computed, |(dir, _)| Dir::Named(dir.to_owned()))
    });
    Some((name.to_owned(), dir))
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
    fn the_directory_of_a_call_is_read_as_well() {
        let named = |dir: &str| Dir::Named(dir.to_owned());
        for (source, dir) in [
            ("Command::new(\"go\").status().|unwrap();", Dir::Own),
            (
                "Command::new(\"go\").current_dir(\"vendor/x\").status().|unwrap();",
                named("vendor/x"),
            ),
            (
                "let mut go = Command::new(\"go\");\ngo.current_dir(\"x\");\nlet out = go.arg(\"a = b\").output().|unwrap();",
                named("x"),
            ),
            (
                "Command::new(\"go\")\n    .current_dir(&dir)\n    .status()\n    .|unwrap();",
                Dir::Computed,
            ),
            (
                "Command::new(\"go\").current_dir(\"a\".to_owned() + b).status().|unwrap();",
                Dir::Computed,
            ),
            (
                "Command::new(\"tar\").current_dir(\"x\").status().unwrap();\nCommand::new(\"go\").status().|unwrap();",
                Dir::Own,
            ),
        ] {
            let call = at(source).unwrap();
            assert_eq!(call.program.as_deref(), Some("go"), "{source}");
            assert_eq!(call.dir, dir, "{source}");
        }
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
            (
                "let mut c: Command = std::process::Command::new(\"go\");\nlet x = Command::new(\"a\").status().unwrap();\nc.spawn().|unwrap();",
                "go",
            ),
        ] {
            let call = at(source).unwrap();
            assert_eq!(call.program.as_deref(), Some(program), "{source}");
        }
        // A function that starts its callers' commands.
        let given = "fn a() {\n    run(&mut Command::new(\"go\"));\n}\nfn run(of: &mut Command) {\n    of.status().|unwrap();\n}";
        assert_eq!(at(given), None);
        let other = "let mut tool = tool();\nCommand::new(\"go\").status().unwrap();\ntool.status().|unwrap();";
        assert_eq!(at(other), None);
        let later =
            "Command::new(\"go\").status().unwrap();\nCommand::new(&tool).status().|unwrap();";
        assert_eq!(at(later), None);
        // The program's name is not in the source, so the call is of no use.
        assert_eq!(at("Command::new(&tool).status().|unwrap();"), None);
        for source in [
            "fn main() {\n    if let Err(e) = Command::new(\"go\").status() {\n        |panic!(\"{e}\");\n    }\n}",
            "let mut go = Command::new(\"go\");\nlet out = match go.output() {\n    Ok(out) => out,\n    Err(e) => |panic!(\"{e}\"),\n};",
            "let mut go = Command::new(\"go\");\nif let Err(e) = go.arg(\"x\").spawn() { |panic!(\"{e}\") }",
        ] {
            assert_eq!(
                at(source).unwrap().program.as_deref(),
                Some("go"),
                "{source}"
            );
        }
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
