//! The processes of a sandbox. There are two before the command: the *outer* one, which the caller sees, and the *first*
//! process of a PID namespace, which starts the command, reaps what the command leaves, and ends with it, whereupon the
//! kernel ends all that is left. The first one ends with the outer one, too.
//!
//! To the caller the outer process is the command. All three are in the caller's process group, so what the keyboard sends
//! reaches the command by itself; a signal to the outer process alone is passed on. The outer process stops when the command
//! stops, and ends as the command ends, by the same signal if by one.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, FdFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions};
use signal_hook::consts as sig;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use super::mounts::Tree;
use super::syscalls::attr::{NODEV, NOSUID, RDONLY};
use super::{Args, STEP, text};
use crate::base::error::{Error, Result};
use crate::base::host::Host;
use crate::base::process::Cmd;

/// The signals that somebody may send to the outer process and mean the command.
const PASSED_ON: [i32; 10] = [
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
/// A signal to a process group reaches all its processes within microseconds.
const AT_ONCE: Duration = Duration::from_millis(10);
/// Two signals of one kind that are further apart than this are two.
const SAME: Duration = Duration::from_millis(100);

/// What the first process tells: that the command has stopped, or how it has ended.
const STOPPED: u8 = b's';
const ENDED: u8 = b'e';
const MESSAGE: usize = 5;

fn failed(what: &str) -> impl Fn(Errno) -> Error {
    move |e| Error::new(format!("cannot {what}: {}", text(e)))
}

/// Starts the first process of the PID namespace that our children are in, and waits for the end. There is no thread: the
/// kernel gives none to who has children in another PID namespace.
///
/// # Errors
///
/// When it cannot be started. Else what comes back is how the command ended.
pub(super) fn outer(args: &Args, host: &Host) -> Result<Error> {
    let (told, tells) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    let (hears, says) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    for end in [&tells, &hears] {
        rustix::io::fcntl_setfd(end, FdFlags::empty()).map_err(failed("hand on a pipe"))?;
    }
    // A signal that comes from now on waits until somebody is there for it.
    let mut events = Events::of(args)?;
    let mut words = args.words();
    let numbers = [&hears, &tells].map(|end| end.as_raw_fd().to_string());
    let [hears_at, tells_at] = numbers;
    let caller = format!("{hears_at},{tells_at},{},{}", host.uid, host.gid);
    words.splice(..1, [STEP.into(), caller.into()]);
    // A program of the image may be a link to what executes it: what it then gets hold of cannot be written to.
    let own = Tree::take(&host.program)?.restrict(RDONLY | NOSUID | NODEV)?;
    let cmd = Cmd::new(own.as_program()).args(words);
    let mut first = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    drop((hears, tells, own));
    let (mut told, mut says) = (File::from(told), File::from(says));
    let mut end = None;
    loop {
        if events.wait(&told)? {
            match hear(&mut told)? {
                Some(UserManaged::Ended(status)) => end = Some(status),
                Some(UserManaged::Stopped) => events.stop(&mut says),
                // The first process has ended, or is about to.
                None => break,
            }
        }
        events.pass_on(&mut says);
    }
    let status = first.wait()?;
    Ok(end_as(end.unwrap_or(status)))
}

/// What the first process tells.
enum UserManaged {
    Stopped,
    Ended(ExitStatus),
}

/// Hears one message; none when the first process is gone.
fn hear(told: &mut File) -> Result<Option<UserManaged>> {
    let mut message = [0; MESSAGE];
    match told.read_exact(&mut message) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let [what, number @ ..] = message;
    let status = ExitStatus::from_raw(i32::from_ne_bytes(number));
    Ok(Some(if what == ENDED {
        UserManaged::Ended(status)
    } else {
        UserManaged::Stopped
    }))
}

/// Signals that were caught, and when.
struct Events {
    signals: SignalDelivery<UnixStream, SignalOnly>,
    last: [Option<Instant>; 65],
}

impl Events {
    /// Catches what is passed on to the command of a run, and the end of children; but not what is ignored, as by
    /// `nohup`: the command is to ignore it as well. A build has no command that a signal could be meant for.
    fn of(args: &Args) -> Result<Self> {
        let status = crate::base::fs::read_if_exists(Path::new("/proc/self/status"))?;
        let ignored = ignored(&status.unwrap_or_default());
        let wanted: &[i32] = if args.upper.is_some() {
            &[]
        } else {
            &PASSED_ON
        };
        let wanted = wanted.iter().copied();
        let wanted = wanted.filter(|signal| ignored & (1 << (signal - 1)) == 0);
        let catch = || {
            let (read, write) = UnixStream::pair()?;
            let wanted = wanted.chain([sig::SIGCHLD]);
            SignalDelivery::with_pipe(read, write, SignalOnly, wanted)
        };
        let signals = catch()
            .map_err(|e: std::io::Error| Error::new(format!("cannot catch signals: {e}")))?;
        Ok(Self {
            signals,
            last: [None; 65],
        })
    }

    /// Waits for a signal, or for something to read; whether it is the latter.
    fn wait(&self, from: &File) -> Result<bool> {
        let mut both = [
            PollFd::new(from, PollFlags::IN),
            PollFd::new(self.signals.get_read(), PollFlags::IN),
        ];
        match poll(&mut both, None) {
            Ok(_) => Ok(!both[0].revents().is_empty()),
            Err(Errno::INTR) => Ok(false),
            Err(e) => Err(failed("wait")(e)),
        }
    }

    /// The signals that have come.
    fn come(&mut self) -> Vec<i32> {
        let come: Vec<i32> = self.signals.pending().collect();
        for signal in &come {
            let slot = usize::try_from(*signal).ok();
            if let Some(slot) = slot.and_then(|slot| self.last.get_mut(slot)) {
                *slot = Some(Instant::now());
            }
        }
        come
    }

    fn came_just_now(&mut self, signal: i32) -> bool {
        self.come();
        let slot = usize::try_from(signal).ok();
        let last = slot.and_then(|slot| self.last.get(slot).copied().flatten());
        last.is_some_and(|at| at.elapsed() < SAME)
    }

    /// The outer process: tells the first one what has come.
    fn pass_on(&mut self, says: &mut File) {
        for signal in self.come() {
            if let Some(byte) = u8::try_from(signal).ok().filter(|_| signal != sig::SIGCHLD) {
                // If nobody hears it, the end is near.
                let _ = says.write_all(&[byte]);
            }
        }
    }

    /// The outer process: stops, as the command has. Who stops a whole group has stopped us as well, and what is read when
    /// we go on is no longer so.
    fn stop(&mut self, says: &mut File) {
        std::thread::sleep(AT_ONCE);
        self.pass_on(says);
        if !self.came_just_now(sig::SIGCONT) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::STOP);
        }
    }
}

/// Ends as the command did: by the signal that ended it, or with its exit code.
fn end_as(status: ExitStatus) -> Error {
    if let Some(signal) = status.signal() {
        // The command has left a picture of its memory, if any.
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = rustix::process::setrlimit(Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    Error::already_reported(crate::base::process::exit_code(status))
}

/// The mask of signals that a process ignores.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn ignored(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// What the first process knows of who started it.
#[derive(Debug)]
pub(super) struct Caller {
    /// The caller's ids of user and group on the host: in the namespace everybody is root at first.
    pub(super) ids: (u32, u32),
    /// The first process's ends of the pipes.
    hears: File,
    tells: File,
}

impl Caller {
    /// Reads what the outer process says: the numbers of two descriptors, and the caller's ids.
    ///
    /// # Errors
    ///
    /// When there is no such thing.
    pub(super) fn find(numbers: &std::ffi::OsStr) -> Result<Self> {
        let numbers = numbers.to_string_lossy();
        let numbers: Vec<&str> = numbers.split(',').collect();
        let &[hears, tells, uid, gid] = numbers.as_slice() else {
            return Err(Error::usage("the sandbox was not told who its caller is"));
        };
        let id = |number: &str| {
            let wrong = |_| Error::usage(format!("`{number}` is no id of a user or a group"));
            number.parse().map_err(wrong)
        };
        let ids = (id(uid)?, id(gid)?);
        let fds = Path::new("/proc/self/fd");
        let mut options = fs_err::OpenOptions::new();
        let tells = options.write(true).open(fds.join(tells))?.into_file();
        let hears = fs_err::File::open(fds.join(hears))?.into_file();
        Ok(Self { ids, hears, tells })
    }

    fn tell(&mut self, what: u8, status: i32) {
        let mut message = vec![what];
        message.extend(status.to_ne_bytes());
        // Without anybody who hears it we are ended.
        let _ = self.tells.write_all(&message);
    }
}

/// What the first process does: it starts the command and waits for its end.
///
/// # Errors
///
/// When the command cannot be started.
pub(super) fn first(cmd: &Cmd, mut caller: Caller, args: &Args) -> Result<Error> {
    // It was started by a path that says nothing.
    let _ = rustix::thread::set_name(c"cross");
    let mut events = Events::of(args)?;
    let child = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    let command = Pid::from_child(&child);
    loop {
        if events.wait(&caller.hears)? {
            let mut signal = [0];
            if caller.hears.read_exact(&mut signal).is_err() {
                // The outer process is gone.
                return Ok(Error::already_reported(1));
            }
            events.hand_over(i32::from(signal[0]), command);
        }
        events.come();
        if let Some(status) = reap(command, &mut caller) {
            caller.tell(ENDED, status);
            let code = crate::base::process::exit_code(ExitStatus::from_raw(status));
            return Ok(Error::already_reported(code));
        }
    }
}

impl Events {
    /// The first process: sends the command what the outer process was sent, unless all the group was: then the command has
    /// it already.
    fn hand_over(&mut self, signal: i32, command: Pid) {
        if !self.came_just_now(signal) {
            std::thread::sleep(AT_ONCE);
        }
        let named = Signal::from_named_raw(signal);
        if let Some(named) = named.filter(|_| !self.came_just_now(signal)) {
            // It may be gone already.
            let _ = rustix::process::kill_process(command, named);
        }
    }
}

/// Takes notice of all processes that have ended or stopped. How the command has ended, if it has.
fn reap(command: Pid, caller: &mut Caller) -> Option<i32> {
    let options = WaitOptions::NOHANG | WaitOptions::UNTRACED;
    let mut end = None;
    while let Ok(Some((pid, status))) = rustix::process::wait(options) {
        if pid != command {
            continue;
        }
        if status.stopped() {
            caller.tell(STOPPED, status.as_raw());
        } else {
            end = Some(status.as_raw());
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let status = "Name:\tcross\nSigIgn:\t0000000000001002\nSigCgt:\t0\n";
        let mask = ignored(status);
        let is_ignored = |signal: i32| mask & (1 << (signal - 1)) != 0;
        assert!(is_ignored(sig::SIGINT) && is_ignored(13));
        assert!(!is_ignored(sig::SIGTERM) && !is_ignored(sig::SIGHUP));
    }
}
