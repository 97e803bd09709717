//! Child processes: a command is a value, which can be shown as a shell line. Only this module
//! starts processes.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::forward::Signals;

/// A program with its arguments and environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cmd {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Environment variables to set, besides the inherited ones.
    pub env: Vec<(OsString, OsString)>,
    /// The names of variables that the program does not inherit.
    pub without: Vec<OsString>,
    /// Whether the program inherits no environment.
    pub clean: bool,
    /// The working directory. None for that of cross.
    pub dir: Option<PathBuf>,
}

impl Cmd {
    /// A program without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            ..Self::default()
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Keeps an environment variable from the program.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.without.push(name.into());
        self
    }

    /// Lets the program inherit no environment.
    #[must_use]
    pub fn clear_env(mut self) -> Self {
        self.clean = true;
        self
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if self.clean {
            command.env_clear();
        }
        for name in &self.without {
            command.env_remove(name);
        }
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(k, v)| (k, v)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    fn cannot_start(&self, error: &std::io::Error) -> Error {
        Error::new(format!(
            "cannot start `{}`: {error}",
            self.program.display()
        ))
        .caused_by(error)
    }

    /// Starts the program with its output caught, so that several can run at the same time.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(&self) -> Result<Running> {
        let child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| self.cannot_start(&e))?;
        Ok(Running {
            cmd: self.clone(),
            child,
        })
    }

    /// Runs the program to its end with its output caught, whatever its exit code.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or its output cannot be read.
    pub fn output(&self) -> Result<Output> {
        self.start()?.finish()
    }

    /// Runs the program to its end with `input` as its standard input and its output caught,
    /// whatever its exit code. The input must fit into a pipe's buffer.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or its input and output fail.
    pub fn output_for(&self, input: &[u8]) -> Result<Output> {
        let mut child = self.spawn(Stdio::piped(), Stdio::piped(), Stdio::piped())?;
        // The program may end without reading its input.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let cmd = self.clone();
        Running { cmd, child }.finish()
    }

    /// Runs the program with its output caught, and kills its process group when the time limit is
    /// over. The output goes to files in memory: with a pipe, a process that the program leaves
    /// behind could make cross wait.
    ///
    /// # Errors
    ///
    /// If the program cannot be started or takes too long. The error has the program's last line of
    /// output.
    pub fn output_within(&self, limit: Duration) -> Result<Output> {
        let [mut stdout, mut stderr] = [memory()?, memory()?];
        let stream = |file: &File| file.try_clone().map(Stdio::from);
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(stream(&stdout)?)
            .stderr(stream(&stderr)?)
            .process_group(0)
            .spawn()
            .map_err(|e| self.cannot_start(&e))?;
        let end = Instant::now() + limit;
        let failed = |e| Error::new(format!("cannot wait for {self}: {e}"));
        let status = loop {
            match child.try_wait().map_err(failed)? {
                Some(status) => break Some(status),
                None if Instant::now() >= end => break None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        if status.is_none() {
            let group = rustix::process::Pid::from_child(&child);
            // The program may have ended just now.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = child.wait();
        }
        let (stdout, stderr) = (read_back(&mut stdout)?, read_back(&mut stderr)?);
        if let Some(status) = status {
            return Ok(Output {
                status,
                stdout,
                stderr,
            });
        }
        let text = String::from_utf8_lossy(&stderr);
        let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
        let said = last.map_or_else(String::new, |line| format!(", having said `{line}`"));
        let seconds = limit.as_secs();
        Err(Error::new(format!(
            "{self} did not end within {seconds} seconds{said}"
        )))
    }

    /// Runs the program with our standard streams and waits for it.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn status(&self) -> Result<ExitStatus> {
        self.command().status().map_err(|e| self.cannot_start(&e))
    }

    /// Runs the program with our standard streams and waits for it. Signals that would end cross
    /// are passed on to it, since a container must not outlive the cross that started it.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or signals cannot be caught.
    pub fn status_with_signals(&self) -> Result<ExitStatus> {
        let signals = Signals::catch()?;
        let mut child = self.command().spawn().map_err(|e| self.cannot_start(&e))?;
        signals.forward(&child).wait(self, &mut child)
    }

    /// Starts the program with these standard streams.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn spawn(&self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Result<Child> {
        self.command()
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(|e| self.cannot_start(&e))
    }

    /// Starts the program with our output in a process group of its own, which signals of keys do
    /// not reach.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn spawn_apart(&self, stdin: Stdio) -> Result<Child> {
        self.command()
            .stdin(stdin)
            .process_group(0)
            .spawn()
            .map_err(|e| self.cannot_start(&e))
    }

    /// Replaces this process by the program. Returns only if the program could not be started.
    #[must_use]
    pub fn exec(&self) -> Error {
        let error = self.command().exec();
        self.cannot_start(&error)
    }
}

/// Creates a file in memory.
fn memory() -> Result<File> {
    let file = rustix::fs::memfd_create(c"output", rustix::fs::MemfdFlags::CLOEXEC);
    let file =
        file.map_err(|e| Error::new(format!("cannot make a temporary file for output: {e}")))?;
    Ok(File::from(file))
}

fn read_back(file: &mut File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A running program whose output is caught.
#[derive(Debug)]
pub struct Running {
    cmd: Cmd,
    child: Child,
}

impl Running {
    /// Waits for the program and returns its output, whatever its exit code.
    ///
    /// # Errors
    ///
    /// If the output cannot be read.
    pub fn finish(self) -> Result<Output> {
        self.child
            .wait_with_output()
            .map_err(|e| Error::new(format!("cannot read from {}: {e}", self.cmd)))
    }
}

/// The most useful line that a failed program wrote to stderr: the first with `error` in it, or
/// else the last one. A leading `error:` is removed.
pub fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .find(|l| l.to_ascii_lowercase().contains("error"))
        .or_else(|| text.lines().map(str::trim).rfind(|l| !l.is_empty()))
        .unwrap_or("it said nothing");
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.strip_prefix("Error: ").unwrap_or(line).to_owned()
}

/// The exit code that a shell would report: the program's own, or 128 + the number of the signal.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    status
        .code()
        .or_else(|| status.signal().map(|s| 128 + s))
        .and_then(|c| u8::try_from(c).ok())
        .unwrap_or(u8::MAX)
}

/// An argument quoted for a shell. Bytes that are not UTF-8 are shown as replacement characters.
#[must_use]
pub fn quote(arg: &OsStr) -> Cow<'_, str> {
    shell_escape::unix::escape(arg.to_string_lossy())
}

impl Cmd {
    /// The words of a shell line that runs the command: variables, program, arguments.
    pub fn words(&self) -> Vec<String> {
        let env = self.env.iter();
        let env = env.map(|(name, value)| format!("{}={}", name.to_string_lossy(), quote(value)));
        let program = std::iter::once(self.program.as_os_str());
        let rest = program.chain(self.args.iter().map(OsString::as_os_str));
        env.chain(rest.map(|word| quote(word).into_owned()))
            .collect()
    }
}

/// Shows the command as a shell line in backticks.
impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.words().join(" "))
    }
}
