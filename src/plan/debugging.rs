//! Lets the programs of a run wait for a debugger: at the emulator's stub, or started by the host's
//! gdbserver if there is no emulator.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::Provider;
use crate::config::file::Network;
use crate::engine::spec::{Access, EnvVar, Mount, RunSpec};
use crate::plan::PlanInput;
use crate::target::{RUNNER, Row, RunnerKey};
use cross_base::debugging::Debugging;
use cross_base::error::{Error, Result};
use cross_base::relay::Kind;

/// The path of the sockets' directory in the container. A socket's path may have about 100 bytes,
/// so it is short. <https://man7.org/linux/man-pages/man7/unix.7.html>
const DIR: &str = "/run/cross-debug";
/// The variable that tells QEMU's user-mode emulators at which socket to wait for a debugger, and
/// the images' runners the same for a machine. `%d` stands for the process's number.
/// <https://www.qemu.org/docs/master/user/main.html>
const VARIABLE: &str = "QEMU_GDB";

/// The way in which a debugger connects to the programs of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Debugged {
    pub(crate) stub: Stub,
    /// The target's name.
    pub(crate) triple: String,
    /// The working directory of the run, to which names of programs may be relative.
    pub(crate) workdir: PathBuf,
    /// The directory of the rustc toolchain.
    pub(crate) sysroot: PathBuf,
}

/// The address at which programs wait for the debugger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stub {
    /// Each process of QEMU waits at a socket in this directory, whose name is the process's
    /// number.
    Sockets { dir: PathBuf, kind: Kind },
    /// One program after the other waits at this TCP port.
    Port(u16),
}

impl PlanInput<'_> {
    /// Changes a run so that its programs wait for a debugger, if the user asked for one.
    ///
    /// # Errors
    ///
    /// When the command runs no programs, or no debugger can connect to them.
    pub(super) fn debugged(&self, run: &mut RunSpec) -> Result<Option<Debugged>> {
        let Some(asked) = &self.context.host.debugging else {
            return Ok(None);
        };
        self.runs_what_can_be_debugged()?;
        let stub = match self.stub_of_emulator()? {
            Some(kind) => self.at_sockets(kind, asked, run),
            None => self.at_port(asked, run)?,
        };
        Ok(Some(Debugged {
            stub,
            triple: self.target.name().to_owned(),
            workdir: run.workdir.clone(),
            sysroot: self.context.toolchain.sysroot.clone(),
        }))
    }

    /// Checks that the command starts programs of the target. A plugin's programs are refused, as a
    /// plugin may start many at a time.
    fn runs_what_can_be_debugged(&self) -> Result<()> {
        let subcommand = self.context.subcommand;
        if subcommand.runs_programs()
            && subcommand.provider == Provider::Cargo
            && !self.context.invocation.has("no-run")
        {
            return Ok(());
        }
        let message = format!("`cross {}` starts no program to debug", subcommand.name());
        Err(Error::usage(message).hint("debug `run`, or `test --test FILE NAME`"))
    }

    /// Whether a user-mode emulator runs the programs.
    pub(super) fn is_emulated(&self) -> bool {
        matches!(self.stub_of_emulator(), Ok(Some(Kind::Program)))
    }

    /// The kind of stub that the emulator of the programs has. None if the machine's processor runs
    /// them.
    fn stub_of_emulator(&self) -> Result<Option<Kind>> {
        let triple = self.target.name();
        let Some(runner) = self.row().and_then(Row::runner) else {
            return Err(Error::new(format!(
                "cross does not know how programs of `{triple}` run, so it cannot debug them"
            )));
        };
        match runner.key {
            _ if runner.emulator.is_some() => {
                let runs_natively = self.context.config.runs_natively();
                Ok((!runs_natively).then_some(Kind::Program))
            }
            _ if runner.machine.is_some() => Ok(Some(Kind::Machine)),
            Some(RunnerKey::Native) => Ok(None),
            _ => Err(Error::new(format!(
                "programs of `{triple}` run by `{}`, which no debugger can be connected to",
                runner.shown
            ))),
        }
    }

    fn at_sockets(&self, kind: Kind, asked: &Debugging, run: &mut RunSpec) -> Stub {
        let dir = self.shown(&asked.dir, DIR, Access::ReadWrite, run);
        let value = dir.join("%d").into_os_string();
        run.env.push(EnvVar::set(VARIABLE, value));
        let dir = asked.dir.clone();
        Stub::Sockets { dir, kind }
    }

    fn at_port(&self, asked: &Debugging, run: &mut RunSpec) -> Result<Stub> {
        let triple = self.target.name();
        let Some(server) = &asked.gdbserver else {
            let message = format!(
                "programs of `{triple}` run without an emulator, so gdbserver must run them"
            );
            return Err(Error::new(message).hint("install `gdbserver`"));
        };
        if run.network != Network::Host {
            let message = format!(
                "`network` is `{}`, so no debugger can get to gdbserver in the container",
                run.network.as_str()
            );
            return Err(Error::new(message).hint("set `network = \"host\"` while debugging"));
        }
        // A rootless daemon has a network namespace of its own, which its containers see as the
        // host's network.
        // <https://docs.docker.com/engine/security/rootless/troubleshoot/#networking-errors>
        if self.engine.maps_root_to_caller() {
            let message = "the engine's daemon has no root, and so a network of its own: no debugger can get to gdbserver in the container";
            return Err(Error::new(message).hint("name another engine with `--engine`"));
        }
        let server = self.shown(server, "/run/cross-gdbserver", Access::ReadOnly, run);
        let own = if self.engine.isolates() {
            vec![RUNNER.into()]
        } else {
            self.words_for_libraries()
        };
        let words = own.into_iter().chain([
            server.into_os_string(),
            "--once".into(),
            "--no-startup-with-shell".into(),
            format!("127.0.0.1:{}", asked.port).into(),
        ]);
        let value = words.collect::<Vec<_>>().join(OsStr::new(" "));
        let runner = self.variable("runner");
        run.env.push(EnvVar::set(runner, value));
        Ok(Stub::Port(asked.port))
    }

    /// The path at which the run sees a file of the host. In a container a mount shows it at `at`.
    fn shown(&self, path: &Path, at: &str, access: Access, run: &mut RunSpec) -> PathBuf {
        if !self.engine.isolates() {
            return path.to_owned();
        }
        run.mounts.push(Mount {
            source: path.to_owned(),
            target: at.into(),
            access,
        });
        at.into()
    }
}
