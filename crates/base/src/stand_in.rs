//! Programs that run in our place, while this process stays for what is to be done behind them. To
//! the process that started us we are that program: what the keyboard sends reaches it by itself,
//! for it is in our process group; a signal to us alone is passed on; we stop and go on with it,
//! and end by the signal that ended it.
//!
//! A signal that is sent to the whole group, other than by a key, reaches both, and it is passed on
//! all the same: nothing tells it from one to us alone.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid,
};
use signal_hook::consts as sig;

use crate::error::{Error, Result};
use crate::process::{Cmd, SignalsElsewhere};
use crate::signals::{AT_ONCE, Caught, Events, PASSED_ON, die_as, stop};

/// Who stands for programs, one after the other. From its beginning to its end no signal is lost.
#[derive(Debug)]
pub struct StandIn {
    events: Events,
    _elsewhere: SignalsElsewhere,
}

impl StandIn {
    /// Catches signals from now on.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn begin() -> Result<Self> {
        let elsewhere = SignalsElsewhere::begin();
        Ok(Self {
            events: Events::of(&PASSED_ON)?,
            _elsewhere: elsewhere,
        })
    }

    /// Runs the program with our streams until it ends; ends by the signal that ended it, if one
    /// did.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
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
                    die_as(status);
                    return Ok(status);
                }
                Err(_) => {
                    return child.wait().map_err(|e| cannot_wait(cmd, &e));
                }
            }
        }
    }

    /// Runs the program beside another one. Again and again it is asked whether that is there and
    /// has the keyboard; while it is, keys are meant for it, and this does not end. With a
    /// standard input of its own the program is in a process group of its own as well, which keys
    /// do not reach.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or the question cannot be answered, for which the
    /// program is ended.
    pub fn run_beside(
        &mut self,
        cmd: &Cmd,
        apart: Option<Stdio>,
        mut is_other_there: impl FnMut() -> Result<bool>,
    ) -> Result<ExitStatus> {
        /// Short for a person.
        const STEP: Duration = Duration::from_millis(20);
        self.obey();
        let is_apart = apart.is_some();
        let mut child = match apart {
            Some(stdin) => cmd.spawn_apart(stdin)?,
            None => cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?,
        };
        let send = |program, signal| {
            // It may be gone already.
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
            // Keys are meant for the other one, or reach the program by themselves.
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
                    die_as(status);
                    return Ok(status);
                }
                None => self.events.wait_for(STEP)?,
            }
        }
    }

    /// Lets signals have their usual effect that came while there was no program to get them.
    pub fn obey(&mut self) {
        let come = self.events.come().into_iter();
        for caught in come.filter(|caught| caught.signal != sig::SIGCHLD) {
            let _ = signal_hook::low_level::emulate_default_handler(caught.signal);
        }
    }

    /// Stops as the program has, unless it goes on or ends; returns how it has changed since, if it
    /// has. A stop of the whole group stops us here as well; by the time we go on, the program may
    /// have gone on too, so signals are read again.
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

/// Signals that say nothing to a program beside another one.
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

/// How the program has changed since this was asked last: it has stopped, or has ended.
fn changed(program: Pid) -> rustix::io::Result<Option<WaitStatus>> {
    let options = WaitOptions::NOHANG | WaitOptions::UNTRACED;
    Ok(waitpid(Some(program), options)?.map(|(_, status)| status))
}

/// Sends the program what was sent to us alone. The kernel sends the signal of a key to the whole
/// group, that of a hangup only to the leader of the session, which we may be.
fn pass_on(come: &[Caught], program: Pid) {
    let is_ours = |caught: &&Caught| !caught.by_kernel || caught.signal == sig::SIGHUP;
    let signals = come.iter().filter(is_ours).map(|caught| caught.signal);
    for signal in signals.filter(|signal| *signal != sig::SIGCHLD) {
        if let Some(signal) = Signal::from_named_raw(signal) {
            // It may be gone already.
            let _ = kill_process(program, signal);
        }
    }
}
