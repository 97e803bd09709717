//! Runs programs as if they had replaced this process, which stays for the work after them. The
//! process that started us sees no difference. Signals of keys reach the program directly, because
//! it is in our process group. A signal to us alone is passed on. We stop and continue with the
//! program, and end by the signal that ended it.
//!
//! A signal that another process sends to the whole group reaches the program twice: we cannot tell
//! it from a signal to us alone, and pass it on.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid,
};
use signal_hook::consts as sig;

use crate::error::{Error, Result};
use crate::forward::SignalsElsewhere;
use crate::process::Cmd;
use crate::signals::{AT_ONCE, Caught, Events, PASSED_ON, die_as, stop};

/// Stands for programs that run one after the other. No signal is lost between them.
#[derive(Debug)]
pub struct StandIn<'a> {
    events: Events,
    _elsewhere: SignalsElsewhere,
    last: Last<'a>,
}

/// Work that is done before this process ends by a signal, or goes on without a stand-in.
struct Last<'a>(Option<Box<dyn FnOnce() + 'a>>);

impl Last<'_> {
    fn act(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.act();
    }
}

impl fmt::Debug for Last<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Last").field(&self.0.is_some()).finish()
    }
}

impl<'a> StandIn<'a> {
    /// Begins to catch signals.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn begin() -> Result<Self> {
        let elsewhere = SignalsElsewhere::begin();
        Ok(Self {
            events: Events::of(&PASSED_ON)?,
            _elsewhere: elsewhere,
            last: Last(None),
        })
    }

    /// Sets the work that is done before this process ends by a signal. Otherwise it is done when
    /// the stand-in is dropped.
    pub fn at_last(&mut self, act: impl FnOnce() + 'a) {
        self.last.0 = Some(Box::new(act));
    }

    /// Ends this process as the program ended, if a signal ended it.
    fn die_as(&mut self, status: ExitStatus) {
        // A program that was killed may be the client of an engine whose container goes on.
        match status.signal() {
            Some(sig::SIGKILL) => drop(self.last.0.take()),
            Some(_) => self.last.act(),
            None => {}
        }
        die_as(status);
    }

    /// Runs the program with our standard streams until it ends. If a signal ended it, this process
    /// ends by the same signal.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn run(&mut self, cmd: &Cmd) -> Result<ExitStatus> {
        self.obey();
        let mut child = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
        let program = Pid::from_child(&child);
        let mut change = None;
        loop {
            pass_on(&self.events.come(), program);
            match change.take().map_or_else(|| changed(program), Ok) {
                Ok(None) => drop(self.events.wait(None)?),
                Ok(Some(status)) if status.stopped() => change = self.stop_too(program).map(Some),
                Ok(Some(status)) => {
                    let status = ExitStatus::from_raw(status.as_raw());
                    self.die_as(status);
                    return Ok(status);
                }
                Err(_) => {
                    return child.wait().map_err(|e| cannot_wait(cmd, &e));
                }
            }
        }
    }

    /// Runs the program beside another one, a debugger. `is_other_there` is called again and again,
    /// and says whether the other program exists and has the keyboard. While it does, keys are for
    /// it, and this function does not return. If the program has a standard input of its own
    /// (`apart`), it is also in a process group of its own, which signals of keys do not reach.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or `is_other_there` fails. The program is then ended.
    pub fn run_beside(
        &mut self,
        cmd: &Cmd,
        apart: Option<Stdio>,
        mut is_other_there: impl FnMut() -> Result<bool>,
    ) -> Result<ExitStatus> {
        /// Too short for a person to notice.
        const STEP: Duration = Duration::from_millis(20);
        self.obey();
        let is_apart = apart.is_some();
        let mut child = match apart {
            Some(stdin) => cmd.spawn_apart(stdin)?,
            None => cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?,
        };
        let send = |program, signal| {
            // The program may have ended.
            let _ = if is_apart {
                kill_process_group(program, signal)
            } else {
                kill_process(program, signal)
            };
        };
        let program = Pid::from_child(&child);
        let mut is_there = false;
        let mut end = None;
        loop {
            let mut come = self.events.come();
            if come.iter().any(|caught| caught.signal == sig::SIGTSTP) {
                stop();
            }
            // Keys are for the other program, or their signals reach this program directly.
            let is_key = |caught: &Caught| caught.by_kernel && caught.signal != sig::SIGHUP;
            come.retain(|caught| {
                !(is_key(caught) && (is_there || !is_apart)) && !IGNORED.contains(&caught.signal)
            });
            for signal in come.iter().filter_map(|c| Signal::from_named_raw(c.signal)) {
                send(program, signal);
            }
            if end.is_none() {
                end = child.try_wait().map_err(|e| cannot_wait(cmd, &e))?;
            }
            match is_other_there() {
                Ok(is) => is_there = is,
                Err(error) => {
                    send(program, Signal::TERM);
                    let _ = child.wait();
                    return Err(error);
                }
            }
            match end.filter(|_| !is_there) {
                Some(status) => {
                    self.die_as(status);
                    return Ok(status);
                }
                None => self.events.wait_for(STEP)?,
            }
        }
    }

    /// Lets signals that came while no program was running have their default effect.
    pub fn obey(&mut self) {
        let come = self.events.come().into_iter();
        for caught in come.filter(|caught| caught.signal != sig::SIGCHLD) {
            if !IGNORED.contains(&caught.signal) {
                self.last.act();
            }
            let _ = signal_hook::low_level::emulate_default_handler(caught.signal);
        }
    }

    /// Stops this process because the program has stopped, unless the program goes on or ends
    /// meanwhile. Returns the program's change of state since then. A stop of the whole group stops
    /// us here as well. By the time that we continue, the program may have continued too, so
    /// signals are read again.
    fn stop_too(&mut self, program: Pid) -> Option<WaitStatus> {
        std::thread::sleep(AT_ONCE);
        let come = self.events.come();
        pass_on(&come, program);
        if come.iter().any(|caught| caught.signal == sig::SIGCONT) {
            return None;
        }
        let again = changed(program).ok().flatten();
        if again.is_none() {
            stop();
        }
        again
    }
}

/// Signals that are not passed on to a program beside another one.
const IGNORED: [i32; 5] = [
    sig::SIGCHLD,
    sig::SIGCONT,
    sig::SIGTSTP,
    sig::SIGTTIN,
    sig::SIGTTOU,
];

fn cannot_wait(cmd: &Cmd, e: &std::io::Error) -> Error {
    Error::new(format!("cannot wait for {cmd}: {e}"))
}

/// The program's change of state since the last call: it has stopped or ended.
fn changed(program: Pid) -> rustix::io::Result<Option<WaitStatus>> {
    let options = WaitOptions::NOHANG | WaitOptions::UNTRACED;
    Ok(waitpid(Some(program), options)?.map(|(_, status)| status))
}

/// Passes on the signals that were sent to us alone. The kernel sends a key's signal to the whole
/// group, but a hangup to the leader of the session only, which we may be.
fn pass_on(come: &[Caught], program: Pid) {
    let is_ours = |caught: &&Caught| !caught.by_kernel || caught.signal == sig::SIGHUP;
    let signals = come.iter().filter(is_ours).map(|caught| caught.signal);
    for signal in signals.filter(|signal| *signal != sig::SIGCHLD) {
        if let Some(signal) = Signal::from_named_raw(signal) {
            // The program may have ended.
            let _ = kill_process(program, signal);
        }
    }
}
