//! Signals for a process that stands for another one, as `cross` does for the program that it runs:
//! catching them, and ending in the same way as the other process.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal};
use signal_hook::consts as sig;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;

use crate::error::{Error, Result};

/// The signals that are passed on to the other process.
pub const PASSED_ON: [i32; 10] = [
    sig::SIGHUP,
    sig::SIGINT,
    sig::SIGQUIT,
    sig::SIGTERM,
    sig::SIGUSR1,
    sig::SIGUSR2,
    sig::SIGTSTP,
    sig::SIGTTIN,
    sig::SIGTTOU,
    sig::SIGCONT,
];
/// The time in which a signal to a process group reaches all its processes. In fact it takes
/// microseconds.
pub const AT_ONCE: Duration = Duration::from_millis(10);
/// Signals of one kind that are further apart than this were sent separately.
const SAME: Duration = Duration::from_millis(100);

/// A caught signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caught {
    pub signal: i32,
    /// Whether the kernel sent the signal. A key's signal goes to every process in the group, a
    /// hangup to the leader of the session only.
    /// <https://man7.org/linux/man-pages/man2/sigaction.2.html> (`si_code`)
    pub by_kernel: bool,
}

/// Caught signals and the times at which they came.
#[derive(Debug)]
pub struct Events {
    signals: SignalDelivery<UnixStream, WithRawSiginfo>,
    /// Whether `SIGCHLD` is blocked, as the process that started us may have left it. Waiting then
    /// has a time limit, because no signal tells that a child has ended.
    is_deaf: bool,
    last: [Option<Instant>; 65],
}

impl Events {
    /// Catches these signals and `SIGCHLD`. Signals that are ignored, as by `nohup`, stay so, since
    /// the other process inherits that.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn of(wanted: &[i32]) -> Result<Self> {
        let status = crate::fs::read_if_exists(Path::new("/proc/self/status"))?;
        let status = status.unwrap_or_default();
        let ignored = mask(&status, "SigIgn:");
        let wanted = wanted.iter().copied();
        let wanted = wanted.filter(|signal| ignored & (1 << (signal - 1)) == 0);
        let catch = || {
            let (read, write) = UnixStream::pair()?;
            let wanted = wanted.chain([sig::SIGCHLD]);
            SignalDelivery::with_pipe(read, write, WithRawSiginfo, wanted)
        };
        let signals = catch()
            .map_err(|e: std::io::Error| Error::new(format!("cannot catch signals: {e}")))?;
        Ok(Self {
            signals,
            is_deaf: mask(&status, "SigBlk:") & (1 << (sig::SIGCHLD - 1)) != 0,
            last: [None; 65],
        })
    }

    /// Waits for a signal, or for data in `from`. Returns whether there is data.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn wait(&self, from: Option<&File>) -> Result<bool> {
        let signals = PollFd::new(self.signals.get_read(), PollFlags::IN);
        let from = from.map(|from| PollFd::new(from, PollFlags::IN));
        let mut all: Vec<PollFd<'_>> = from.into_iter().chain([signals]).collect();
        let limit = Timespec::try_from(SAME).ok().filter(|_| self.is_deaf);
        match poll(&mut all, limit.as_ref()) {
            Ok(_) => Ok(all.len() > 1 && !all[0].revents().is_empty()),
            Err(Errno::INTR) => Ok(false),
            Err(e) => Err(cannot_wait(e)),
        }
    }

    /// Waits for a signal, but not longer than `limit`.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn wait_for(&self, limit: Duration) -> Result<()> {
        let mut all = [PollFd::new(self.signals.get_read(), PollFlags::IN)];
        match poll(&mut all, Timespec::try_from(limit).ok().as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(cannot_wait(e)),
        }
    }

    /// The signals that have come since the last call.
    pub fn come(&mut self) -> Vec<Caught> {
        let come = self.signals.pending().map(|info| Caught {
            signal: info.si_signo,
            by_kernel: info.si_code > 0,
        });
        let come: Vec<Caught> = come.collect();
        for caught in &come {
            let slot = usize::try_from(caught.signal).ok();
            if let Some(slot) = slot.and_then(|slot| self.last.get_mut(slot)) {
                *slot = Some(Instant::now());
            }
        }
        come
    }

    /// Whether this signal has come within the time in which it reaches all processes of a group.
    pub fn came_just_now(&mut self, signal: i32) -> bool {
        self.come();
        let slot = usize::try_from(signal).ok();
        let last = slot.and_then(|slot| self.last.get(slot).copied().flatten());
        last.is_some_and(|at| at.elapsed() < SAME)
    }
}

fn cannot_wait(e: Errno) -> Error {
    Error::new(format!("cannot wait: {}", std::io::Error::from(e)))
}

/// Stops this process until it is continued.
pub fn stop() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::STOP);
}

/// Ends this process by the signal that ended another one. Returns if there was no signal, so that
/// the caller can return the exit code.
pub fn die_as(status: ExitStatus) {
    if let Some(signal) = status.signal() {
        // The other process has written a core dump, if any is wanted.
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = rustix::process::setrlimit(Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

/// A mask of signals in `/proc/PID/status`: the ignored ones (`SigIgn:`) or the blocked ones
/// (`SigBlk:`). <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn mask(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let status = "Name:\tcross\nSigIgn:\t0000000000001002\nSigCgt:\t0\n";
        let mask = mask(status, "SigIgn:");
        let is_ignored = |signal: i32| mask & (1 << (signal - 1)) != 0;
        assert!(is_ignored(sig::SIGINT) && is_ignored(13));
        assert!(!is_ignored(sig::SIGTERM) && !is_ignored(sig::SIGHUP));
    }
}
