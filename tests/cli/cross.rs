//! One run of `cross`: how it is started, and what can be said about it afterwards.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use pretty_assertions::assert_eq;

use crate::fixture::{ENGINES, Fixture, STARTING};
use crate::line::{Line, undent};

/// A command line of `cross` that is not started yet.
pub(crate) struct Cross<'a> {
    fixture: &'a Fixture,
    program: PathBuf,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    dir: PathBuf,
}

/// A run of `cross` that has ended.
pub(crate) struct Ran<'a> {
    fixture: &'a Fixture,
    args: Vec<OsString>,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) calls: Vec<Call>,
}

/// One call of a fake program, as the fake recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) program: String,
    pub(crate) args: Vec<OsString>,
}

impl<'a> Cross<'a> {
    pub(crate) fn new<W: AsRef<OsStr>>(
        fixture: &'a Fixture,
        program: &Path,
        args: impl IntoIterator<Item = W>,
    ) -> Self {
        let path = |path: &str| fixture.root.join(path).into_os_string();
        let mut docker = OsString::from("unix://");
        docker.push(path("docker.sock"));
        let env = [
            ("HOME", path("home")),
            ("CARGO_HOME", path("home/.cargo")),
            ("RUSTUP_HOME", path("home/.rustup")),
            ("XDG_CACHE_HOME", path("home/.cache")),
            ("SSL_CERT_FILE", path("home/ca.crt")),
            ("PATH", path("bin")),
            ("DOCKER_HOST", docker),
            ("USER", "tester".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ];
        Self {
            fixture,
            program: program.to_owned(),
            args: args
                .into_iter()
                .map(|arg| arg.as_ref().to_owned())
                .collect(),
            env: env
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            dir: fixture.project.clone(),
        }
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Sets the working directory, relative to the machine's root.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = self.fixture.root.join(dir);
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Starts the program without a terminal and waits for its end.
    pub(crate) fn run(self) -> Ran<'a> {
        let program = self.program.clone();
        let args = self.args.clone();
        self.start(&program, &args)
    }

    /// Starts a shell line, in which `cross` stands for the program, on a terminal of its own.
    /// `None` if `script` is not installed or is not util-linux's.
    pub(crate) fn run_on_a_terminal(self, shell: &str) -> Option<Ran<'a>> {
        let starting = STARTING.read();
        let script = Path::new("/usr/bin/script");
        let version = Command::new(script).arg("--version").output().ok()?;
        drop(starting);
        String::from_utf8_lossy(&version.stdout)
            .contains("util-linux")
            .then_some(())?;
        let line = shell.replace("cross ", &format!("'{}' ", self.program.display()));
        let args = ["-qec", &line, "/dev/null"].map(OsString::from);
        Some(self.env("SHELL", "/bin/sh").start(script, &args))
    }

    /// Runs the program to its end, and returns what each of its calls of the system has written to
    /// standard error.
    pub(crate) fn writes_to_stderr(self) -> Vec<String> {
        let (ours, theirs) = UnixDatagram::pair().expect("a pair of sockets");
        let mut command = self.command(&self.program, &self.args);
        command.stderr(OwnedFd::from(theirs)).stdout(Stdio::null());
        let starting = STARTING.read();
        let status = command.status().expect("the program can be started");
        drop((starting, command, status));
        ours.set_nonblocking(true).expect("a socket");
        let mut buffer = vec![0; 1 << 16];
        let pieces = std::iter::from_fn(|| {
            let length = ours.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        });
        pieces.collect()
    }

    fn command(&self, program: &Path, args: &[OsString]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .env_clear()
            .envs(&self.env)
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(uid) = self.fixture.user {
            command.uid(uid).gid(uid);
        }
        command
    }

    fn start(self, program: &Path, args: &[OsString]) -> Ran<'a> {
        let log = self.fixture.root.join("log");
        let _ = fs::remove_file(&log);
        let mut command = self.command(program, args);
        let starting = STARTING.read();
        let child = command.spawn().expect("the program can be started");
        drop(starting);
        let output = child.wait_with_output().expect("it can be waited for");
        Ran {
            fixture: self.fixture,
            args: self.args,
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            calls: read_log(&fs::read(&log).unwrap_or_default()),
        }
    }

    /// Expects that the run fails with this code and exactly this message, has written nothing, and
    /// has started no container.
    #[track_caller]
    pub(crate) fn refuses(self, code: i32, stderr: &str) -> Ran<'a> {
        let fixture = self.fixture;
        let before = fixture.listing();
        let ran = self.run();
        assert_eq!(fixture.generalise(&ran.stderr), undent(stderr), "{ran}");
        ran.code(code);
        assert_eq!(ran.stdout, "", "{ran}");
        let after = fixture.listing();
        let changed = |path: &&PathBuf| before.get(*path) != after.get(*path);
        let changed: Vec<_> = before.keys().chain(after.keys()).filter(changed).collect();
        assert!(
            changed.is_empty(),
            "something was written: {changed:?}\n{ran}"
        );
        for call in &ran.calls {
            let line = call.summary();
            let harmless = [
                "rustc",
                "cargo metadata",
                "docker image inspect",
                "podman image inspect",
                "docker image ls",
            ];
            assert!(
                harmless.contains(&line.as_str()),
                "`{line}` was called\n{ran}"
            );
        }
        ran
    }
}

impl Ran<'_> {
    /// Expects success.
    #[track_caller]
    pub(crate) fn success(&self) -> &Self {
        self.code(0)
    }

    /// Expects this exit code.
    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Self {
        assert_eq!(self.status.signal(), None, "{self}");
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Expects that standard error contains this text.
    #[track_caller]
    pub(crate) fn says(&self, part: &str) -> &Self {
        let said = self.fixture.generalise(&self.stderr);
        assert!(
            said.contains(undent(part).trim_end()),
            "`{part}` was not said\n{self}"
        );
        self
    }

    /// Expects exactly this on standard error.
    #[track_caller]
    pub(crate) fn says_exactly(&self, stderr: &str) -> &Self {
        assert_eq!(
            self.fixture.generalise(&self.stderr),
            undent(stderr),
            "{self}"
        );
        self
    }

    /// The programs that were called, in alphabetical order: `docker image inspect`.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.calls.iter().map(Call::summary).collect();
        names.sort();
        names
    }

    /// Expects these programs to have been called, in any order: `docker image inspect`.
    #[track_caller]
    pub(crate) fn called(&self, expected: &[&str]) -> &Self {
        let mut expected: Vec<String> = expected.iter().map(|&call| call.to_owned()).collect();
        expected.sort();
        assert_eq!(self.names(), expected, "{self}");
        self
    }

    /// The arguments of each call whose summary this is, as one line.
    pub(crate) fn calls_of(&self, summary: &str) -> Vec<String> {
        let calls = self.calls.iter().filter(|call| call.summary() == summary);
        calls
            .map(|call| self.fixture.generalise(&call.to_string()))
            .collect()
    }

    /// The engine's `run` lines.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let runs = self.calls.iter().filter(|call| {
            ENGINES.contains(&call.program.as_str())
                && call.args.first().is_some_and(|a| a == "run")
        });
        runs.map(|call| Line::new(self.fixture, call, &self.to_string()))
            .collect()
    }

    /// The engine's only `run` line.
    #[track_caller]
    pub(crate) fn line(&self) -> Line {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "not one run\n{self}");
        self.success();
        lines.remove(0)
    }
}

impl Call {
    /// The program's name and its subcommand, such as `docker image inspect`.
    pub(crate) fn summary(&self) -> String {
        let mut words = vec![self.program.clone()];
        let args = self.args.iter().map(|arg| arg.to_string_lossy());
        match self.program.as_str() {
            "rustc" => {}
            "cargo" => words.extend(cargo_command(args)),
            _ => words.extend(
                args.take(2)
                    .take_while(|a| !a.starts_with('-'))
                    .map(Into::into),
            ),
        }
        if matches!(
            words[1..].first().map(String::as_str),
            Some("run" | "build" | "pull" | "tag")
        ) {
            words.truncate(2);
        }
        words.join(" ")
    }
}

/// Cargo's subcommand, or its first argument where there is none.
fn cargo_command<'s>(args: impl Iterator<Item = std::borrow::Cow<'s, str>>) -> Option<String> {
    let args: Vec<_> = args.filter(|arg| !arg.starts_with('+')).collect();
    let own = ["metadata", "generate-lockfile", "fetch", "-V"];
    let named = args.iter().find(|arg| own.contains(&arg.as_ref()));
    named.or(args.first()).map(ToString::to_string)
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args
            .iter()
            .try_for_each(|arg| write!(f, " {}", arg.to_string_lossy()))
    }
}

/// The whole run as text, for the message of a failed expectation.
impl fmt::Display for Ran<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "---- cross {:?}: {}", self.args, self.status)?;
        writeln!(
            f,
            "---- stdout\n{}---- stderr\n{}---- calls",
            self.stdout, self.stderr
        )?;
        for call in &self.calls {
            writeln!(f, "{call}")?;
        }
        writeln!(f, "---- files")?;
        for path in self.fixture.listing().keys() {
            writeln!(f, "{}", path.display())?;
        }
        Ok(())
    }
}

fn read_log(bytes: &[u8]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut words = bytes
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    words.pop();
    let mut words = words.into_iter().map(OsString::from_vec);
    while let Some(word) = words.next() {
        if word == ">>>" {
            let program = words
                .next()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            calls.push(Call {
                program,
                args: Vec::new(),
            });
        } else if let Some(call) = calls.last_mut() {
            call.args.push(word);
        }
    }
    calls
}
