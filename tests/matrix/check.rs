//! The check of a row. It builds, runs and tests a crate with many native dependencies, and checks
//! that the results are for the right machines.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::artefact;
use crate::baseline;
use crate::command::Run;
use crate::needs;
use crate::record::{Outcome, Step};
use crate::row::{Row, Toolchain};
use crate::windows;
use crate::{Programs, Result};

/// The number of tests of the crate with a standard library, doctests included.
const TESTS: u32 = 10;
/// The number of tests of the crate without a standard library.
const TESTS_WITHOUT_STD: u32 = 3;
/// The exit status of the program of the crate without a standard library.
const STATUS_WITHOUT_STD: i32 = 7;
/// The number of the crate's tests that need OpenSSL.
const TESTS_OF_OPENSSL: u32 = 2;
/// The target directory of the check and of the crate `cargo`. They share it, so that a standard
/// library from source is compiled once.
pub(crate) const TARGET_DIR: &str = "target";
/// The SHA-256 of `abc`: FIPS 180-2, appendix B.1.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const STATIC: &str = "-Ctarget-feature=+crt-static";
const DYNAMIC: &str = "-Ctarget-feature=-crt-static";

/// A row that is being checked.
#[derive(Debug)]
pub(crate) struct Check<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) row: &'a Row,
    pub(crate) toolchain: Toolchain,
    /// The directory for the check's files.
    pub(crate) dir: PathBuf,
    pub(crate) steps: Vec<Step>,
}

/// The result of a step: what it found, or why it does not apply.
pub(crate) enum Done {
    Well(String),
    NotApplicable(String),
}

/// Runs a step, measures its time, and prints its outcome.
pub(crate) fn step(name: &str, run: impl FnOnce() -> Result<Done>) -> Step {
    let start = Instant::now();
    let (outcome, note) = match run() {
        Ok(Done::Well(note)) => (Outcome::Ok, note),
        Ok(Done::NotApplicable(note)) => (Outcome::NotApplicable, note),
        Err(reason) => (Outcome::Failed, reason),
    };
    finish(name, outcome, note, start)
}

fn finish(name: &str, outcome: Outcome, note: String, start: Instant) -> Step {
    let seconds = (start.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    let word = match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "FAILED",
        Outcome::NotApplicable => "n/a",
        Outcome::NotRun => "not run",
    };
    println!("  {name:18} {word:8} {seconds:6.1} s  {note}");
    let name = name.to_owned();
    Step {
        name,
        outcome,
        note,
        seconds,
    }
}

impl Check<'_> {
    /// Runs all steps, each after the steps whose results it needs.
    pub(crate) fn run(&mut self) {
        self.step("build", &[], Self::build);
        self.step("binary", &["build"], Self::binary);
        if self.row.runs() {
            self.step("run", &["build"], Self::run_it);
            self.step("test", &["build"], Self::test);
        }
        // Without an operating system, programs cannot load libraries. Programs of WebAssembly or
        // JavaScript are one module and cannot either.
        if !self.row.loads() {
            return;
        }
        self.step("cdylib", &["build"], Self::shared_library);
        let other = if self.row.is_static() {
            "dynamic"
        } else {
            "static"
        };
        self.step(other, &["build"], Self::other_linkage);
    }

    /// Runs a step, unless a step that it needs has failed.
    fn step(&mut self, name: &str, needs: &[&str], run: fn(&Self) -> Result<Done>) {
        let lost = |step: &&Step| needs.contains(&&*step.name) && step.outcome != Outcome::Ok;
        let step = match self.steps.iter().find(lost) {
            Some(lost) => {
                let note = format!("{} failed", lost.name);
                finish(name, Outcome::NotRun, note, Instant::now())
            }
            None => step(name, || run(self)),
        };
        self.steps.push(step);
    }

    fn project(&self) -> PathBuf {
        self.dir.join("native")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// The path of a result.
    fn result(&self, name: &str) -> PathBuf {
        let dir = self.dir.join(TARGET_DIR).join(&self.row.triple);
        dir.join("debug").join(name)
    }

    /// The path of a program among the results.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.result(&format!("{name}{}", self.row.program_suffix))
    }

    fn cross(&self, args: &[&str]) -> Run {
        let (command, rest) = args.split_first().unwrap_or((&"build", &[]));
        // The crate's one default feature is OpenSSL.
        let without: &[&str] = if self.row.std && !self.row.has_openssl() {
            &["--no-default-features"]
        } else {
            &[]
        };
        self.toolchain
            .cross(self.programs)
            .args([*command, "--locked", "--target", &*self.row.triple])
            .args(without)
            .args(rest)
            .env("CARGO_TARGET_DIR", self.dir.join(TARGET_DIR))
            .cwd(&self.project())
            .log(&self.log())
    }

    /// Runs a command in the row's image, with the results mounted. Returns its standard output.
    pub(super) fn in_image(&self, args: &[&str]) -> Result<String> {
        let dir = self.dir.display().to_string();
        let run = Run::new(&self.programs.engine)
            .args(["run", "--rm", "--network=host", "--volume"])
            .args([format!("{dir}:{dir}:ro"), format!("--workdir={dir}")])
            .args([&*self.row.image])
            .args(args)
            .log(&self.log());
        Ok(run.output()?.stdout)
    }

    /// Builds all features and packages first, so that programs for the host are compiled once. If
    /// programs are static, rustc makes no shared libraries unless it is told to.
    fn build(&self) -> Result<Done> {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let fixture = fixtures.join(self.row.fixture());
        Run::new("cp")
            .args([
                "--recursive".as_ref(),
                fixture.as_os_str(),
                self.project().as_os_str(),
            ])
            .output()?;
        if !self.row.std {
            self.cross(&["build"]).output()?;
            return Ok(Done::Well("core, C and C++".to_owned()));
        }
        let mut args = vec!["build", "--workspace", "--features", "bindings"];
        if self.row.is_static() {
            args.extend(["--exclude", "plugin"]);
        }
        if !self.row.loads() {
            args.extend(["--exclude", "loader"]);
        }
        self.cross(&args).output()?;
        Ok(Done::Well(String::new()))
    }

    /// Checks that the program is for the right machines and needs nothing that it must not need.
    fn binary(&self) -> Result<Done> {
        let path = self.program("native");
        if self.row.is_wasm() {
            return self.web_assembly(&path);
        }
        if self.row.is_javascript() {
            return self.javascript(&path);
        }
        let facts = artefact::read(&path)?;
        self.is_for_the_target(&facts)?;
        let needs = if self.row.is_static() {
            needs::nothing(&facts)?
        } else {
            self.check_dynamic(&facts)?
        };
        let baseline = baseline::check(&self.row.triple, &facts)?;
        let mut notes = vec![needs, baseline, self.x86_baseline("native")?];
        notes.retain(|note| !note.is_empty());
        Ok(Done::Well(notes.join("; ")))
    }

    fn run_it(&self) -> Result<Done> {
        if !self.row.std {
            return self.run_without_std();
        }
        let output = self
            .cross(&["run", "--quiet", "--features", "bindings"])
            .output()?;
        self.said(&output.stdout)
    }

    /// A program without an operating system writes by semihosting, and has its own exit status.
    fn run_without_std(&self) -> Result<Done> {
        let output = self.cross(&["run", "--quiet"]);
        let stdout = output.ends_with(STATUS_WITHOUT_STD)?;
        let expected = ["arch arm", "long 4", "sin 0.8415", "shout HELLO!"];
        if stdout.lines().ne(expected) {
            return Err(format!("it says `{}`", stdout.replace('\n', " ").trim()));
        }
        Ok(Done::Well(format!("ends with {STATUS_WITHOUT_STD}")))
    }

    /// Checks the program's output.
    fn said(&self, stdout: &str) -> Result<Done> {
        let cfg = self.toolchain.cfg(self.row.rustc_target(), &[])?;
        let get = |name: &str| cfg.get(name).and_then(|v| v.first()).cloned();
        let bits = get("target_pointer_width").and_then(|width| width.parse::<u32>().ok());
        // Only on Windows does `long` differ from the size of a pointer.
        let long = match get("target_os").as_deref() {
            Some("windows") => 32,
            _ => bits.unwrap_or_default(),
        };
        let mut expected = vec![
            format!("arch {}", get("target_arch").unwrap_or_default()),
            format!("long {}", long / 8),
            "add 42".to_owned(),
            "shout HELLO!".to_owned(),
        ];
        if self.row.has_openssl() {
            expected.extend([format!("sha256 {ABC}"), "tls true".to_owned()]);
        }
        let missing = expected
            .iter()
            .find(|text| !stdout.lines().any(|line| line == *text));
        match missing {
            Some(text) => Err(format!("it does not say `{text}`")),
            None => Ok(Done::Well(String::new())),
        }
    }

    fn test(&self) -> Result<Done> {
        let (args, all): (&[&str], _) = if !self.row.std {
            (&["test"], TESTS_WITHOUT_STD)
        } else if self.row.has_openssl() {
            (&["test", "--features", "bindings"], TESTS)
        } else {
            let all = TESTS - TESTS_OF_OPENSSL;
            (&["test", "--features", "bindings"], all)
        };
        let output = self.cross(args).output()?;
        let (passed, failed) = results(&output.stdout);
        if (passed, failed) != (all, 0) {
            return Err(format!("{passed} tests passed, not {all}"));
        }
        Ok(Done::Well(format!("{passed} passed")))
    }

    /// Checks that a program can load the shared library.
    fn shared_library(&self) -> Result<Done> {
        let packages = ["--package", "plugin", "--package", "loader"];
        let library = self.result(&self.row.library("plugin"));
        let loader = self.program("loader");
        if self.row.is_static() {
            let args = [&["build"], &packages[..]].concat();
            self.cross(&args).env("RUSTFLAGS", DYNAMIC).output()?;
        }
        let facts = artefact::read(&library)?;
        self.is_for_the_target(&facts)?;
        let note = match self.row.glibc_floor {
            Some(_) => self.needs_no_newer_glibc(&facts)?,
            None if self.row.is_pe() => windows::needs(&facts)?,
            None => String::new(),
        };
        baseline::check(&self.row.triple, &facts)?;
        if !self.row.runs() {
            return Ok(Done::Well(note));
        }
        let [loader, library] = [loader, library].map(|path| path.display().to_string());
        let stdout = self.in_image(&["cross-runner", &loader, &library])?;
        if stdout.lines().ne(["four times 40"]) {
            return Err(format!("the program says `{}`", stdout.trim()));
        }
        Ok(Done::Well(note))
    }

    /// Builds a static program if dynamic ones are the default, and a dynamic one otherwise. Only
    /// the program itself is compiled and linked again.
    fn other_linkage(&self) -> Result<Done> {
        let flag = if self.row.is_static() {
            DYNAMIC
        } else {
            STATIC
        };
        let cfg = self.toolchain.cfg(self.row.rustc_target(), &[flag])?;
        let mut features = cfg.get("target_feature").into_iter().flatten();
        if self.row.is_static() == features.any(|feature| feature == "crt-static") {
            let note = "rustc does not support it".to_owned();
            return Ok(Done::NotApplicable(note));
        }
        let args = [
            "rustc",
            "--features",
            "bindings",
            "--bin",
            "native",
            "--",
            flag,
        ];
        self.cross(&args).output()?;
        let path = self.program("native");
        let facts = artefact::read(&path)?;
        // On Windows, static programs use the C library's DLL as well.
        let needs = if self.row.is_static() || self.row.is_pe() {
            self.check_dynamic(&facts)?
        } else {
            needs::nothing(&facts)?
        };
        // The program now contains the C library's own code, which may choose between instructions
        // at run time.
        let chosen = self.x86_baseline("native").unwrap_or_else(|fact| fact);
        let mut notes = vec![needs, baseline::check(&self.row.triple, &facts)?, chosen];
        notes.retain(|note| !note.is_empty());
        if self.row.runs() {
            let stdout = self.in_image(&["cross-runner", &path.display().to_string()])?;
            self.said(&stdout)?;
        }
        Ok(Done::Well(notes.join("; ")))
    }
}

/// The numbers of all tests that passed and failed, from libtest's summary lines.
pub(crate) fn results(stdout: &str) -> (u32, u32) {
    let count = |line: &str, word: &str| {
        let before = line.split(word).next().unwrap_or_default().trim_end();
        let number = before
            .rsplit(' ')
            .next()
            .and_then(|n| n.parse::<u32>().ok());
        number.unwrap_or_default()
    };
    let lines = stdout
        .lines()
        .filter(|line| line.starts_with("test result: "));
    lines.fold((0, 0), |(passed, failed), line| {
        (
            passed + count(line, "passed;"),
            failed + count(line, "failed;"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_all_programs_are_added_up() {
        let text = "test result: ok. 3 passed; 0 failed; 0 ignored\nx\n\
                    test result: FAILED. 12 passed; 1 failed; 0 ignored\n";
        assert_eq!(results(text), (15, 1));
    }
}
