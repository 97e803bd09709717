//! A command and its outcome.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::engine::Engine;

/// Variables of the tests' caller that could change what cargo or cross do. A name that ends with
/// `_` stands for all names that begin so.
const AMBIENT: &[&str] = &[
    "CARGO",
    "CARGO_",
    "CI",
    "CROSS_",
    "LD_LIBRARY_PATH",
    "LIBCLANG_PATH",
    "MAKEFLAGS",
    "QEMU_",
    "RUSTC",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "RUST_",
    "TERM",
];
/// Variables among these that only name directories, and stay.
const KEPT: &[&str] = &["CARGO_HOME", "RUSTUP_HOME"];

/// A command that is not started yet.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl Run {
    /// `cross`, as the engine's user starts it, without the tests' own variables.
    pub(crate) fn cross(engine: &Engine, cwd: &Path) -> Self {
        let run = match &engine.account {
            Some(account) => Self::new(account.command(account.cross().as_ref()), cwd),
            None => Self::new(Command::new(env!("CARGO_BIN_EXE_cross")), cwd),
        };
        run.with(engine)
    }

    /// `cross-util`, as the engine's user starts it, without the tests' own variables.
    pub(crate) fn util(engine: &Engine, cwd: &Path) -> Self {
        let run = match &engine.account {
            Some(account) => Self::new(account.command(account.util().as_ref()), cwd),
            None => Self::new(Command::new(env!("CARGO_BIN_EXE_cross-util")), cwd),
        };
        run.with(engine)
    }

    /// Any command, with the tests' own variables.
    pub(crate) fn of(command: Command) -> Self {
        Self {
            command,
            stdin: None,
        }
    }

    fn with(mut self, engine: &Engine) -> Self {
        self.command.env("CROSS_CONTAINER_ENGINE", engine.program);
        self.command
            .envs(engine.env.iter().map(|(name, value)| (name, value)));
        self
    }

    /// A program of the host, as the engine's user starts it.
    pub(crate) fn host(engine: &Engine, program: &str, cwd: &Path) -> Self {
        match &engine.account {
            Some(account) => Self::new(account.command(program.as_ref()), cwd),
            None => Self::new(Command::new(program), cwd),
        }
    }

    /// A command without the tests' own variables.
    pub(crate) fn new(mut command: Command, cwd: &Path) -> Self {
        let kept: Vec<_> = command
            .get_envs()
            .map(|(name, _)| name.to_owned())
            .collect();
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let ambient = AMBIENT.iter().any(|a| match a.strip_suffix('_') {
                Some(_) => text.starts_with(a),
                None => text == *a,
            });
            if ambient && !KEPT.contains(&&*text) && !kept.contains(&name) {
                command.env_remove(&name);
            }
        }
        // Shells set this variable, and programs rely on it.
        command.current_dir(cwd).env("PWD", cwd);
        Self {
            command,
            stdin: None,
        }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The `PATH` of the command.
    pub(crate) fn path(&self) -> OsString {
        let mut set = self.command.get_envs();
        let own = set.find_map(|(name, value)| value.filter(|_| name == "PATH"));
        let own = own.map(OsStr::to_owned);
        own.or_else(|| std::env::var_os("PATH")).unwrap_or_default()
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.as_bytes().to_vec());
        self
    }

    /// An interactive shell that has the command in `"$@"`. The test types into it.
    pub(crate) fn in_interactive_shell(self) -> Self {
        let mut words = vec![
            "--norc".into(),
            "--noprofile".into(),
            "-i".into(),
            "-s".into(),
        ];
        words.push(self.command.get_program().to_owned());
        words.extend(self.command.get_args().map(OsStr::to_owned));
        let mut shell = Command::new("bash");
        shell.args(words);
        let command = self.surroundings_for(shell);
        Self {
            command,
            stdin: None,
        }
        .in_terminal()
    }

    /// The command in a terminal that `script` provides. `script` reads typed keys from a pipe.
    pub(crate) fn in_terminal(self) -> Self {
        let mut script = Command::new("script");
        let words = self
            .command
            .get_args()
            .map(|arg| shell_escape::escape(arg.to_string_lossy()));
        let program = self.command.get_program().to_string_lossy();
        let line: Vec<_> = std::iter::once(shell_escape::escape(program))
            .chain(words)
            .collect();
        script.args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            // A shell that stayed would receive the keys' signals as well, and some shells would
            // end.
            &format!("exec {}", line.join(" ")),
            "/dev/null",
        ]);
        Self {
            command: self.surroundings_for(script),
            stdin: None,
        }
    }

    /// The command with this umask. `env` sets the variables, because a shell drops variables whose
    /// names are no names for a shell.
    pub(crate) fn under_umask(self, umask: &str) -> Self {
        let mut shell = Command::new("sh");
        let variables = self.command.get_envs();
        let variables = variables.filter_map(|(name, value)| Some((name, value?)));
        let variables = variables.map(|(name, value)| [name, value].join(OsStr::new("=")));
        shell
            .args(["-c", &format!("umask {umask} && exec \"$@\""), "sh", "env"])
            .args(variables)
            .arg(self.command.get_program())
            .args(self.command.get_args());
        Self {
            command: self.surroundings_for(shell),
            stdin: self.stdin,
        }
    }

    /// The command with this directory open as file descriptor 9.
    pub(crate) fn holding(self, dir: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec 9<\"$0\" && exec \"$@\""])
            .arg(dir)
            .arg(self.command.get_program())
            .args(self.command.get_args());
        Self {
            command: self.surroundings_for(shell),
            stdin: self.stdin,
        }
    }

    /// The command in a mount namespace in which root has mounted something. The script runs the
    /// command with `"$@"`.
    pub(crate) fn in_mounts(self, script: &str) -> Self {
        let mut unshare = Command::new("unshare");
        unshare
            .args([
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-euc",
                script,
                "sh",
            ])
            .arg(self.command.get_program())
            .args(self.command.get_args());
        Self {
            command: self.surroundings_for(unshare),
            stdin: self.stdin,
        }
    }

    /// Another command, in the directory and with the variables of this one.
    fn surroundings_for(&self, mut other: Command) -> Command {
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => other.env(name, value),
                None => other.env_remove(name),
            };
        }
        other.current_dir(self.command.get_current_dir().unwrap_or(Path::new("/")));
        other
    }

    /// The command with a copy of cross at this path.
    pub(crate) fn with_copy(self, copy: &Path) -> Self {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let words: Vec<&OsStr> = words.collect();
        let is_cross = |word: &OsStr| Path::new(word).file_name() == Some(OsStr::new("cross"));
        let at = words.iter().position(|word| is_cross(word)).expect("cross");
        // `cp` makes the copy: a child that another test starts meanwhile would inherit a
        // descriptor of this process that is open for writing, and the system refuses to start such
        // a file.
        let copied = Command::new("cp")
            .args([words[at], copy.as_os_str()])
            .status();
        assert!(copied.expect("cp starts").success(), "a copy");
        let mut words = words;
        words[at] = copy.as_os_str();
        let mut other = Command::new(words[0]);
        other.args(&words[1..]);
        Self {
            command: self.surroundings_for(other),
            stdin: self.stdin,
        }
    }

    /// The command itself, for tests that start it in their own way.
    pub(crate) fn command(self) -> Command {
        self.command
    }

    /// Starts the command, with pipes for all three streams.
    #[track_caller]
    pub(crate) fn start(mut self) -> Child {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.command.spawn().expect("it starts")
    }

    /// Runs the command to its end.
    #[track_caller]
    pub(crate) fn output(mut self) -> Outcome {
        let shown = self.shown();
        let stdin = if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("it starts");
        if let Some(text) = self.stdin {
            // The command may end without reading its input.
            let _ = child.stdin.take().expect("it is piped").write_all(&text);
        }
        let output = child.wait_with_output().expect("it ends");
        Outcome {
            command: shown,
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs the command, and expects success.
    #[track_caller]
    pub(crate) fn ok(self) -> Outcome {
        self.output().code(0)
    }

    /// Runs the command, and expects this exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Outcome {
        self.output().code(code)
    }

    /// The command as a user would type it.
    fn shown(&self) -> String {
        let mut text = String::new();
        if let Some(dir) = self.command.get_current_dir() {
            let _ = write!(text, "cd {} && ", dir.display());
        }
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value.filter(|_| name != "PWD") {
                let _ = write!(
                    text,
                    "{}={} ",
                    name.to_string_lossy(),
                    value.to_string_lossy()
                );
            }
        }
        let _ = write!(text, "{}", self.command.get_program().to_string_lossy());
        for arg in self.command.get_args() {
            let _ = write!(text, " {}", arg.to_string_lossy());
        }
        text
    }
}

/// The outcome of a command.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    command: String,
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The exit code as shells have it: 128 plus the number of a signal that ended the command.
    pub(crate) fn exit_code(&self) -> i32 {
        let signal = || Some(128 + self.status.signal()?);
        self.status.code().or_else(signal).expect("it has ended")
    }

    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        let holds = self.status.code() == Some(code);
        self.expect(holds, &format!("exit code {code}"))
    }

    #[track_caller]
    pub(crate) fn stdout(self, text: &str) -> Self {
        let holds = self.stdout == text;
        self.expect(holds, &format!("this standard output:\n{text}"))
    }

    #[track_caller]
    pub(crate) fn stdout_has(self, text: &str) -> Self {
        let holds = self.stdout.contains(text);
        self.expect(holds, &format!("`{text}` in standard output"))
    }

    #[track_caller]
    pub(crate) fn stderr_has(self, text: &str) -> Self {
        let holds = self.stderr.contains(text);
        self.expect(holds, &format!("`{text}` in standard error"))
    }

    /// Expects that neither stream contains the text.
    #[track_caller]
    pub(crate) fn lacks(self, text: &str) -> Self {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        self.expect(!found, &format!("no `{text}` in the output"))
    }

    /// Fails with the whole outcome unless `holds` is true.
    #[track_caller]
    pub(crate) fn expect(self, holds: bool, what: &str) -> Self {
        let Self {
            command,
            status,
            stdout,
            stderr,
        } = &self;
        let at = Location::caller();
        assert!(
            holds,
            "{at}: expected {what}\n--- command\n{command}\n--- {status}\n--- stdout\n{stdout}\n\
             --- stderr\n{stderr}"
        );
        self
    }
}

/// The text of a file, empty if the file cannot be read.
pub(crate) fn text(path: impl Into<PathBuf>) -> String {
    fs_err::read_to_string(path.into()).unwrap_or_default()
}
