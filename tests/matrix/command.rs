//! Commands as a user types them, and their outcomes.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Beginnings of the names of variables that could change what cargo or cross do.
const AMBIENT: &[&str] = &[
    "CARGO",
    "CROSS_",
    "QEMU_",
    "RUST",
    "MAKEFLAGS",
    "LD_LIBRARY_PATH",
];
/// Variables among these that only name directories or the engine, and stay.
const KEPT: &[&str] = &["CARGO_HOME", "RUSTUP_HOME", "CROSS_CONTAINER_ENGINE"];
/// The time limit of a command in seconds: several times what the slowest one needs.
const SECONDS: &str = "2700";
/// The exit code of `timeout` if it had to end the command.
const TIMED_OUT: i32 = 124;
/// The maximal length of a reason in the record, in characters.
const REASON: usize = 240;

/// A command that is not started yet.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    log: Option<PathBuf>,
}

/// The output of a command that has succeeded.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
}

/// A command that has failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The reason in one line.
    pub(crate) reason: String,
    pub(crate) stdout: String,
    /// The exit code; `None` if the command did not start, or a signal ended it.
    pub(crate) status: Option<i32>,
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.reason
    }
}

impl Run {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        // `timeout` is necessary because an emulated program that crashes may never end.
        let mut command = Command::new("timeout");
        command.args(["--kill-after=30", SECONDS]).arg(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if AMBIENT.iter().any(|a| text.starts_with(a)) && !KEPT.contains(&&*text) {
                command.env_remove(&name);
            }
        }
        command.stdin(Stdio::null());
        Self { command, log: None }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn cwd(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir).env("PWD", dir);
        self
    }

    /// Appends the command and its whole output to a file.
    pub(crate) fn log(mut self, file: &Path) -> Self {
        self.log = Some(file.to_owned());
        self
    }

    /// Runs the command to its end.
    pub(crate) fn output(mut self) -> Result<Output, Failure> {
        let start = Instant::now();
        let shown = format!("{:?}", self.command);
        let output = self.command.output().map_err(|e| Failure {
            reason: format!("{}: {e}", self.command.get_program().to_string_lossy()),
            stdout: String::new(),
            status: None,
        })?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if let Some(log) = &self.log {
            let (seconds, status) = (start.elapsed().as_secs_f64(), output.status);
            let text = format!("$ {shown}\n{stderr}{stdout}== {status}, {seconds:.1} s\n\n");
            // Written at once and in append mode, because other commands may write to the file,
            // too.
            let file = fs_err::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log);
            let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
        }
        if output.status.success() {
            return Ok(Output { stdout });
        }
        let reason = if output.status.code() == Some(TIMED_OUT) {
            format!("it did not end within {SECONDS} seconds")
        } else {
            reason(&stderr, &stdout).unwrap_or_else(|| output.status.to_string())
        };
        let status = output.status.code();
        Err(Failure {
            reason,
            stdout,
            status,
        })
    }

    /// Runs the command, expects this exit code other than 0, and returns the standard output.
    pub(crate) fn ends_with(self, status: i32) -> Result<String, String> {
        match self.output() {
            Err(failure) if failure.status == Some(status) => Ok(failure.stdout),
            Err(failure) => Err(failure.reason),
            Ok(_) => Err(format!("it ends with 0, not {status}")),
        }
    }
}

/// The line of a command's output that best explains its failure.
fn reason(stderr: &str, stdout: &str) -> Option<String> {
    // Words by which such a line is recognised, the most telling first. Errors of the tools further
    // up are the causes of those further down.
    const TELLING: &[&str] = &[
        "undefined reference",
        "relocation truncated to fit",
        "ld: ",
        "fatal error:",
        "panicked at",
        "error[",
        "error:",
        "FAILED",
    ];
    let lines = || stderr.lines().chain(stdout.lines()).map(str::trim);
    let telling = TELLING
        .iter()
        .find_map(|word| lines().find(|line| line.contains(word)));
    let line = telling.or_else(|| lines().rfind(|line| !line.is_empty()))?;
    Some(one_line(line))
}

/// A text for the record: short, and without paths of this machine.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let path = word.find('/').filter(|_| word.matches('/').count() > 2);
        match path {
            // For a path or an address, the last name is enough.
            Some(at) => {
                let at = word.find("http").unwrap_or(at);
                let name = word.rfind('/').map_or(word, |slash| &word[slash + 1..]);
                format!("{}{name}", &word[..at])
            }
            None => word.to_owned(),
        }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_told_rather_than_its_effects() {
        let stderr = "error: linking with `cc` failed: exit status: 1\n  = note: /a/b/c/ld: cannot \
                      find -lfoo\nerror: could not compile `x`\n";
        assert_eq!(reason(stderr, "").unwrap(), "= note: ld: cannot find -lfoo");
        let overflow = "error: linking with `cc` failed\n /a/b/c/ld: /a/b/c/d.rlib: in function `f':\n \
                        x.o: relocation truncated to fit: R_MIPS_GOT16 against `g'\n";
        assert_eq!(
            reason(overflow, "").unwrap(),
            "x.o: relocation truncated to fit: R_MIPS_GOT16 against `g'"
        );
        assert_eq!(reason("x\nlast words\n\n", "").unwrap(), "last words");
        assert_eq!(reason("", ""), None);
    }

    #[test]
    fn a_reason_has_no_paths_of_the_machine() {
        assert_eq!(one_line("in `/a/b/c/d.rs:3`\nof x/y"), "in `d.rs:3` of x/y");
        assert_eq!(one_line("from 'https://host/a/b.xz' to"), "from 'b.xz' to");
    }
}
