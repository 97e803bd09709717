//! A program that runs in our place, while this process stays for what is to be done behind it. To whoever started us we
//! are that program: what the keyboard sends reaches it by itself, for it is in our process group; a signal to us alone is
//! passed on; we stop and go on with it, and end by the signal that ended it.
//!
//! Who sends a signal to the whole group, other than by a key, sends it to both, and it is passed on all the same: nothing
//! tells it from one to us alone.

use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use signal_hook::consts as sig;

use crate::base::error::{Error, Result};
use crate::base::process::Cmd;
use crate::base::signals::{AT_ONCE, Caught, Events, PASSED_ON, die_as, stop};

/// Runs the program with our streams until it ends; ends by the signal that ended it, if one did.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn run(cmd: &Cmd) -> Result<ExitStatus> {
    // A signal that comes from now on waits until the program is there.
    let mut events = Events::of(&PASSED_ON)?;
    let mut child = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    let program = Pid::from_child(&child);
    loop {
        events.wait(None)?;
        pass_on(&events.come(), program);
        let options = WaitOptions::NOHANG | WaitOptions::UNTRACED;
        match waitpid(Some(program), options) {
            Ok(Some((_, status))) if status.stopped() => {
                // Who stops a whole group has stopped us as well, and what is read when we go on is no longer so.
                std::thread::sleep(AT_ONCE);
                let come = events.come();
                pass_on(&come, program);
                if !come.iter().any(|caught| caught.signal == sig::SIGCONT) {
                    stop();
                }
            }
            Ok(Some((_, status))) => {
                let status = std::os::unix::process::ExitStatusExt::from_raw(status.as_raw());
                die_as(status);
                return Ok(status);
            }
            Ok(None) => {}
            Err(_) => {
                let status = child.wait();
                return status.map_err(|e| Error::new(format!("cannot wait for {cmd}: {e}")));
            }
        }
    }
}

/// Sends the program what was sent to us alone.
fn pass_on(come: &[Caught], program: Pid) {
    for caught in come
        .iter()
        .filter(|caught| !caught.by_kernel && caught.signal != sig::SIGCHLD)
    {
        if let Some(signal) = Signal::from_named_raw(caught.signal) {
            // It may be gone already.
            let _ = kill_process(program, signal);
        }
    }
}
