//! Other programs: described as a value, shown as one shell line, started here and nowhere else.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// A program with its arguments and what is different in its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cmd {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Variables set for the program beyond those it inherits.
    pub env: Vec<(OsString, OsString)>,
    /// Whether it inherits nothing.
    pub clean: bool,
    /// The directory it runs in, if not ours.
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

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Keeps our own environment from it.
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

    /// Starts the program with its output caught, so that several can run side by side.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
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
    /// When the program cannot be started, or what it says cannot be read.
    pub fn output(&self) -> Result<Output> {
        self.start()?.finish()
    }

    /// Runs the program to its end with this as its standard input and its output caught, whatever
    /// its exit code. The input is short: what a pipe takes before it is read.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or its input and output fail.
    pub fn output_for(&self, input: &[u8]) -> Result<Output> {
        let mut child = self.spawn(Stdio::piped(), Stdio::piped(), Stdio::piped())?;
        // It may end without having read it.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let cmd = self.clone();
        Running { cmd, child }.finish()
    }

    /// Runs the program and catches its output. When the limit is over, its process group is
    /// killed. The output goes to files in memory: with a pipe, a process that the program has
    /// left behind could keep us waiting.
    ///
    /// # Errors
    ///
    /// When it cannot be started or takes too long; with the last thing it said.
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
            // It may have ended at this moment.
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

    /// Runs the program with our streams and waits for it.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub fn status(&self) -> Result<ExitStatus> {
        self.command().status().map_err(|e| self.cannot_start(&e))
    }

    /// Runs the program with our streams and waits for it, passing on the signals that would end
    /// us: a container must not outlive the cross that started it.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or signals cannot be caught.
    pub fn status_with_signals(&self) -> Result<ExitStatus> {
        let signals = Signals::catch()?;
        let mut child = self.command().spawn().map_err(|e| self.cannot_start(&e))?;
        signals.forward(&child).wait(self, &mut child)
    }

    /// Starts the program with chosen streams.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub fn spawn(&self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Result<Child> {
        self.command()
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(|e| self.cannot_start(&e))
    }

    /// Starts the program in a process group of its own, which keys do not reach, with our output.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub fn spawn_apart(&self, stdin: Stdio) -> Result<Child> {
        self.command()
            .stdin(stdin)
            .process_group(0)
            .spawn()
            .map_err(|e| self.cannot_start(&e))
    }

    /// Becomes the program; only comes back when it could not be started.
    #[must_use]
    pub fn exec(&self) -> Error {
        let error = self.command().exec();
        self.cannot_start(&error)
    }
}

/// A file that is nowhere but in memory.
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

/// What becomes of a signal that ends a process.
#[derive(Debug)]
enum Fate {
    /// It ends us.
    Usual,
    /// It waits for a child that is about to be started.
    Held(Vec<i32>),
    /// Others see to it: [`crate::stand_in`].
    Elsewhere,
    /// The child gets it; and the first one that did.
    PassedOn(rustix::process::Pid, Option<i32>),
}

/// Of the whole process: the library never gives a signal its usual effect back once it was caught.
static FATE: Mutex<Fate> = Mutex::new(Fate::Usual);

fn fate() -> MutexGuard<'static, Fate> {
    FATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn receive(signal: i32) {
    match &mut *fate() {
        Fate::Usual => {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        Fate::Held(signals) => signals.push(signal),
        Fate::Elsewhere => {}
        Fate::PassedOn(child, first) => {
            first.get_or_insert(signal);
            if let Some(signal) = rustix::process::Signal::from_named_raw(signal) {
                // It may be gone already.
                let _ = rustix::process::kill_process(*child, signal);
            }
        }
    }
}

/// Signals that others see to, until this is dropped: once they were caught here, they are caught
/// for ever.
#[derive(Debug)]
pub struct SignalsElsewhere(());

impl SignalsElsewhere {
    /// From now on.
    #[must_use]
    pub fn begin() -> Self {
        *fate() = Fate::Elsewhere;
        Self(())
    }
}

impl Drop for SignalsElsewhere {
    fn drop(&mut self) {
        *fate() = Fate::Usual;
    }
}

/// The signals that end a process, caught until a child is there to get them, or this is dropped.
#[derive(Debug)]
pub struct Signals(());

impl Signals {
    /// Catches them from now on. Those that a terminal sends reach the child by themselves.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn catch() -> Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        static WATCHED: OnceLock<Result<()>> = OnceLock::new();
        let watch = || {
            let mut caught = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
                .map_err(|e| Error::new(format!("cannot catch signals: {e}")))?;
            std::thread::spawn(move || caught.forever().for_each(receive));
            Ok(())
        };
        WATCHED.get_or_init(watch).clone()?;
        *fate() = Fate::Held(Vec::new());
        Ok(Self(()))
    }

    /// Passes on to the child what has come and what comes from now on.
    pub fn forward(self, child: &Child) -> Forwarder {
        let child = rustix::process::Pid::from_child(child);
        let before = std::mem::replace(&mut *fate(), Fate::PassedOn(child, None));
        std::mem::forget(self);
        if let Fate::Held(signals) = before {
            signals.into_iter().for_each(receive);
        }
        Forwarder(child)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *fate(), Fate::Usual);
        if let Fate::Held(signals) = before {
            signals.into_iter().for_each(receive);
        }
    }
}

/// Signals on their way to a child, until this is dropped.
#[derive(Debug)]
pub struct Forwarder(rustix::process::Pid);

impl Forwarder {
    /// Waits for the child. Once it is gone, a signal that came ends us too, with the exit code it
    /// would have caused.
    ///
    /// # Errors
    ///
    /// When a signal came: it has had its effect, so nothing more is to be said.
    pub fn wait(self, cmd: &Cmd, child: &mut Child) -> Result<ExitStatus> {
        let status = child.wait();
        let came = match &*fate() {
            Fate::PassedOn(child, signal) if *child == self.0 => *signal,
            _ => None,
        };
        if let Some(signal) = came {
            let code = u8::try_from(128 + signal).unwrap_or(u8::MAX);
            return Err(Error::already_reported(code));
        }
        status.map_err(|e| Error::new(format!("cannot wait for {cmd}: {e}")))
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        *fate() = Fate::Usual;
    }
}

/// A program under way whose output is being caught.
#[derive(Debug)]
pub struct Running {
    cmd: Cmd,
    child: Child,
}

impl Running {
    /// Waits for the end and returns the output, whatever the exit code.
    ///
    /// # Errors
    ///
    /// When what the program says cannot be read.
    pub fn finish(self) -> Result<Output> {
        self.child
            .wait_with_output()
            .map_err(|e| Error::new(format!("cannot read from {}: {e}", self.cmd)))
    }
}

/// The line that says most of what a failed helper wrote to stderr: the first with `error` in it,
/// else the last one. Without `error:` itself.
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

/// The exit code a shell would report: the program's own, or 128 and the signal's number.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    status
        .code()
        .or_else(|| status.signal().map(|s| 128 + s))
        .and_then(|c| u8::try_from(c).ok())
        .unwrap_or(u8::MAX)
}

/// One argument as a shell would need it; what is not UTF-8 is shown with replacement characters.
#[must_use]
pub fn quote(arg: &OsStr) -> Cow<'_, str> {
    shell_escape::unix::escape(arg.to_string_lossy())
}

impl Cmd {
    /// The words of a shell line that runs it: variables, program, arguments.
    pub fn words(&self) -> Vec<String> {
        let env = self.env.iter();
        let env = env.map(|(name, value)| format!("{}={}", name.to_string_lossy(), quote(value)));
        let program = std::iter::once(self.program.as_os_str());
        let rest = program.chain(self.args.iter().map(OsString::as_os_str));
        env.chain(rest.map(|word| quote(word).into_owned()))
            .collect()
    }
}

/// The command in backticks, ready to paste.
impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.words().join(" "))
    }
}
