//! A debugger beside a run: the programs that the run starts wait for it, one after the other.
//!
//! The debugger has the terminal. It is connected to cross and not to the program, and cross checks
//! all that the program's stub sends ([`cross_base::relay`]): gdb lets a stub open and write files
//! of the machine that gdb runs on, and a container could pretend to be a stub.

mod debuggers;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};

use crate::plan::debugging::{Debugged, Stub};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::relay::{Kind, Listener, Relay, Stream};
use cross_base::rsp::{Refusal, decoded};
use cross_base::stand_in::StandIn;
use cross_base::term::{Term, plain};
use debuggers::{Address, Debugger};

/// The longest path of a socket in bytes. <https://man7.org/linux/man-pages/man7/unix.7.html>
const LONGEST: usize = 107;
/// The name of the debugger's socket. It is beside the directory that containers see, in which a
/// program could replace it.
const SOCKET: &str = "gdb";
/// The name of the directory with the sockets of programs, which is mounted into containers.
const PROGRAMS: &str = "p";
/// The largest number of sockets that one step looks at, as a container may make any number.
const AT_ONCE: usize = 8;

/// The user's options for debugging.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// The debugger that the user named.
    pub(crate) debugger: Option<PathBuf>,
    /// Commands for the debugger once it is connected.
    pub(crate) commands: Vec<String>,
    /// Whether the debugger ends after the commands.
    pub(crate) batch: bool,
    /// The port at which cross waits for a debugger that the user starts. 0 stands for a free port.
    pub(crate) server: Option<u16>,
}

/// Makes the directory of sockets, which is removed when the value is dropped, and in it the
/// directory for the sockets of programs.
///
/// # Errors
///
/// When the path is too long for a socket's, or has a character that QEMU interprets.
pub(crate) fn directory(host: &Host) -> Result<(tempfile::TempDir, PathBuf)> {
    let dir = fs::temporary_dir_in(&host.cache.join("debug"))?;
    let programs = dir.path().join(PROGRAMS);
    fs::create_dir_all(&programs)?;
    let path = programs.to_string_lossy();
    if path.len() + "/1234567".len() > LONGEST || path.contains(['%', ',']) {
        let message =
            format!("sockets cannot be in `{path}`: the path is too long, or has `%` or `,` in it");
        return Err(Error::new(message).hint("set `XDG_CACHE_HOME` to a short path"));
    }
    Ok((dir, programs))
}

/// A run with its debuggers.
pub(crate) struct Session<'a> {
    wishes: &'a Wishes,
    way: &'a Debugged,
    host: &'a Host,
    term: Term,
    /// The debugger that cross starts. None if the user starts one.
    debugger: Option<Debugger>,
    /// The port at which the user's debugger connects.
    server: Option<Listener>,
    current: Option<Current>,
    /// The number of programs that have waited for a debugger so far.
    count: usize,
    /// Names of sockets that could not be removed, which are ignored from then on.
    dead: BTreeSet<String>,
}

/// The program that waits for a debugger, or is being debugged.
struct Current {
    stub: Option<Stream>,
    /// The address at which the debugger that cross starts for the program connects.
    listener: Option<Listener>,
    debugger: Option<Child>,
    relay: Option<Relay>,
}

impl<'a> Session<'a> {
    /// Finds the debugger, or opens the port for the user's debugger.
    ///
    /// # Errors
    ///
    /// When there is no debugger, or the port is in use.
    pub(super) fn of(
        wishes: &'a Wishes,
        way: &'a Debugged,
        host: &'a Host,
        term: Term,
    ) -> Result<Self> {
        let (mut debugger, mut server) = (None, None);
        if let Some(port) = wishes.server {
            let listener = Listener::at_port(port).map_err(|e| {
                Error::new(format!("a debugger cannot be expected at port {port}: {e}"))
            })?;
            server = Some(listener);
        } else {
            let Debugged {
                triple, sysroot, ..
            } = way;
            let named = wishes.debugger.as_deref();
            debugger = Some(Debugger::find(named, triple, sysroot, host)?);
        }
        Ok(Self {
            wishes,
            way,
            host,
            term,
            debugger,
            server,
            current: None,
            count: 0,
            dead: BTreeSet::new(),
        })
    }

    /// Runs the command until it ends, and serves its debuggers meanwhile.
    ///
    /// # Errors
    ///
    /// When the command or a debugger cannot be started.
    pub(super) fn run(mut self, cmd: &Cmd, stand_in: &mut StandIn<'_>) -> Result<ExitStatus> {
        let apart = self.debugger.is_some().then(|| {
            // If the program and the debugger both read from the terminal, each would get only a
            // part.
            if self.host.stdin_tty {
                Stdio::null()
            } else {
                Stdio::inherit()
            }
        });
        let status = stand_in.run_beside(cmd, apart, || self.attend())?;
        if self.count == 0 && status.success() {
            let message = "no program has waited for a debugger: none was started, or a runner of the project's started it";
            self.term.warning(message);
        }
        Ok(status)
    }

    /// Does one step for the current program, or looks for the next. Returns whether a debugger has
    /// the terminal.
    fn attend(&mut self) -> Result<bool> {
        if let Some(mut current) = self.current.take() {
            if self.goes_on(&mut current)? {
                self.let_children_go();
                self.current = Some(current);
            } else if let Some(why) = current.relay.and_then(Relay::end) {
                let what = match why {
                    Refusal::AsksForFiles => "asked the debugger for files of this machine",
                    Refusal::IsNoPacket => "did not keep to the protocol of debuggers",
                };
                let message = format!("the program was cut off from the debugger, as it {what}");
                self.term.warning(&message);
            }
        } else if let Some((stub, number)) = self.waiting() {
            self.count += 1;
            self.current = Some(self.begin(stub, number)?);
        }
        Ok(self.current.is_some() && self.debugger.is_some())
    }

    /// A program that waits for a debugger, and the number of its process if known.
    fn waiting(&mut self) -> Option<(Stream, Option<u32>)> {
        match &self.way.stub {
            Stub::Port(port) => Some((Stream::of_port(*port)?, None)),
            Stub::Sockets { dir, .. } => {
                let dir = dir.clone();
                let mut sockets = self.sockets(&dir).into_iter().take(AT_ONCE);
                sockets.find_map(|(name, number)| {
                    Some((self.taken(&dir.join(&name), name)?, Some(number)))
                })
            }
        }
    }

    /// The sockets of programs with the numbers of their processes, in the order of the numbers.
    fn sockets(&self, dir: &Path) -> Vec<(String, u32)> {
        let names = fs::names_in(dir).into_iter();
        let names = names.filter(|name| !self.dead.contains(name));
        let mut sockets: Vec<_> = names
            .filter_map(|name| name.parse().ok().map(|number| (name, number)))
            .collect();
        sockets.sort_by_key(|(_, number)| *number);
        sockets
    }

    /// Connects to a program's socket and removes the socket, so that another process of the same
    /// number can make its own. QEMU listens as soon as the file exists. If nothing listens, the
    /// file is ignored.
    fn taken(&mut self, path: &Path, name: String) -> Option<Stream> {
        let stream = Stream::of_socket(path)?;
        if fs::remove_if_exists(path).is_err() {
            self.dead.insert(name);
        }
        Some(stream)
    }

    /// Detaches from programs that start while another one is debugged, which are its children, so
    /// that they run on.
    fn let_children_go(&mut self) {
        let Stub::Sockets { dir, kind } = &self.way.stub else {
            return;
        };
        let (dir, kind) = (dir.clone(), *kind);
        for (name, number) in self.sockets(&dir).into_iter().take(AT_ONCE) {
            if let Some(mut stub) = self.taken(&dir.join(&name), name) {
                // Told no number, QEMU would look for a process with the number 1, which is that
                // of a machine.
                let number = if kind == Kind::Machine { 1 } else { number };
                let _ = stub.ask("qSupported:multiprocess+");
                let _ = stub.ask(&format!("D;{number:x}"));
            }
        }
    }

    /// Whether the program still waits for a debugger or is being debugged.
    fn goes_on(&self, current: &mut Current) -> Result<bool> {
        let listener = current.listener.as_ref().or(self.server.as_ref());
        if current.stub.is_some() {
            if let Some(debugger) = listener.and_then(Listener::accept) {
                if let Some(stub) = current.stub.take() {
                    let relay = Relay::begin(self.kind(), stub, debugger)
                        .map_err(|e| Error::new(format!("cannot reach the debugger: {e}")))?;
                    current.relay = Some(relay);
                }
            }
        }
        if let Some(debugger) = &mut current.debugger {
            return Ok(matches!(debugger.try_wait(), Ok(None)));
        }
        Ok(current.relay.as_ref().is_none_or(|relay| !relay.is_over()))
    }

    /// Starts the debugger for a program, or tells the user that the program waits for the user's
    /// debugger.
    fn begin(&self, mut stub: Stream, number: Option<u32>) -> Result<Current> {
        let program = self.program(&mut stub, number);
        let shown = program.as_ref().map_or("a program".to_owned(), |program| {
            format!("`{}`", plain(&program.display().to_string()))
        });
        if let Some(server) = &self.server {
            let message = format!("for a debugger at 127.0.0.1:{}: {shown}", server.port());
            self.term.status("Waiting", &message);
            return Ok(Current {
                stub: Some(stub),
                listener: None,
                debugger: None,
                relay: None,
            });
        }
        let Some(debugger) = &self.debugger else {
            return Err(Error::new("there is no debugger"));
        };
        self.term.status("Debugging", &shown);
        let (listener, address) = self.expect(debugger)?;
        let wishes = self.wishes;
        let cmd = debugger.command(&address, program.as_deref(), &wishes.commands, wishes.batch);
        self.term.verbose("Running", &cmd.to_string());
        let stdin = if self.host.stdin_tty {
            Stdio::inherit()
        } else {
            // Standard input belongs to the program, so the debugger reads from the terminal.
            fs::terminal().map_or_else(Stdio::null, Stdio::from)
        };
        Ok(Current {
            stub: Some(stub),
            listener: Some(listener),
            debugger: Some(cmd.spawn(stdin, Stdio::inherit(), Stdio::inherit())?),
            relay: None,
        })
    }

    /// Opens the address at which the debugger connects to cross.
    fn expect(&self, debugger: &Debugger) -> Result<(Listener, Address)> {
        let cannot = |e| Error::new(format!("the debugger cannot be let in: {e}"));
        let dir = self.host.debugging.as_ref().map(|asked| &asked.dir);
        let Some(dir) = dir.filter(|_| !debugger.wants_port()) else {
            let listener = Listener::at_port(0).map_err(cannot)?;
            let port = listener.port();
            return Ok((listener, Address::Port(port)));
        };
        let path = dir.with_file_name(SOCKET);
        fs::remove_if_exists(&path)?;
        let listener = Listener::at_socket(&path).map_err(cannot)?;
        Ok((listener, Address::Socket(path)))
    }

    /// The kind of the programs' stubs.
    fn kind(&self) -> Kind {
        match self.way.stub {
            Stub::Sockets { kind, .. } => kind,
            Stub::Port(_) => Kind::Server,
        }
    }

    /// The file of a stub's program, if the host has it at the same path.
    fn program(&self, stub: &mut Stream, number: Option<u32>) -> Option<PathBuf> {
        let path = match (&self.way.stub, number) {
            (Stub::Sockets { dir, kind }, Some(number)) if *kind == Kind::Machine => {
                // A machine does not know the file that it runs. The runner makes a link to it.
                fs::leads_to(&dir.join(format!("{number}.program")))?
            }
            _ => {
                let number = number.map_or(String::new(), |number| format!("{number:x}"));
                let answer = stub.ask(&format!("qXfer:exec-file:read:{number}:0,fff"))?;
                let answer = decoded(&answer);
                // `l` marks the last part of an answer.
                PathBuf::from(OsString::from_vec(answer.strip_prefix(b"l")?.to_vec()))
            }
        };
        let path = fs::absolute(&self.way.workdir, &path);
        path.is_file().then_some(path)
    }
}
