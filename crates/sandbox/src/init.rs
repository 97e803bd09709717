//! The processes of a sandbox. There are two before the command: the *outer* one, which the caller
//! sees, and the *first* process of a PID namespace, which starts the command, reaps what the
//! command leaves, and ends with it, whereupon the kernel ends all that is left. The first one ends
//! with the outer one, too.
//!
//! To the caller the outer process is the command. All three are in the caller's process group, so
//! what the keyboard sends reaches the command by itself; a signal to the outer process alone is
//! passed on. The outer process stops when the command stops, and ends as the command ends, by the
//! same signal if by one.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::io::{Errno, FdFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, set_parent_process_death_signal};
use signal_hook::consts as sig;

use super::mounts::Tree;
use super::syscalls::attr::{NODEV, NOSUID, RDONLY};
use super::{Args, STEP, text};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::signals::{self, AT_ONCE, Events, PASSED_ON};

/// What the first process tells: that the command has stopped, or how it has ended.
const STOPPED: u8 = b's';
const ENDED: u8 = b'e';
const MESSAGE: usize = 5;

fn failed(what: &str) -> impl Fn(Errno) -> Error {
    move |e| Error::new(format!("cannot {what}: {}", text(e)))
}

/// Starts the first process of the PID namespace that our children are in, and waits for the end.
/// There is no thread: the kernel gives none to who has children in another PID namespace.
///
/// # Errors
///
/// When it cannot be started. Else what comes back is how the command ended.
pub(super) fn outer(args: &Args, host: &Host) -> Result<u8> {
    let (told, tells) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    let (hears, says) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    for end in [&tells, &hears] {
        rustix::io::fcntl_setfd(end, FdFlags::empty()).map_err(failed("hand on a pipe"))?;
    }
    if args.upper.is_none() {
        // Who is killed can pass nothing on.
        let end = set_parent_process_death_signal(Some(Signal::KILL));
        end.map_err(failed("tie the sandbox to its caller"))?;
    }
    // A signal that comes from now on waits until there is a process for it.
    let mut events = catch(args)?;
    let mut words = args.words();
    let numbers = [&hears, &tells].map(|end| end.as_raw_fd().to_string());
    let [hears_at, tells_at] = numbers;
    let caller = format!("{hears_at},{tells_at},{},{}", host.uid, host.gid);
    words.splice(..1, [STEP.into(), caller.into()]);
    // A program of the image may be a link to what executes it: what it then gets hold of cannot be
    // written to.
    let own = Tree::take(&host.program)?.restrict(RDONLY | NOSUID | NODEV)?;
    let cmd = Cmd::new(own.as_program()).args(words);
    let mut first = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    drop((hears, tells, own));
    let (mut told, mut says) = (File::from(told), File::from(says));
    let mut end = None;
    loop {
        if events.wait(Some(&told))? {
            match hear(&mut told)? {
                Some(Message::Ended(status)) => end = Some(status),
                Some(Message::Stopped) => stop(&mut events, &mut says),
                // The first process has ended, or is about to.
                None => break,
            }
        }
        pass_on(&mut events, &mut says);
    }
    let status = first.wait()?;
    let status = end.unwrap_or(status);
    signals::die_as(status);
    Ok(cross_base::process::exit_code(status))
}

/// What the first process tells.
enum Message {
    Stopped,
    Ended(ExitStatus),
}

/// Hears one message; none when the first process is gone.
fn hear(told: &mut File) -> Result<Option<Message>> {
    let mut message = [0; MESSAGE];
    match told.read_exact(&mut message) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let [what, number @ ..] = message;
    let status = ExitStatus::from_raw(i32::from_ne_bytes(number));
    Ok(Some(if what == ENDED {
        Message::Ended(status)
    } else {
        Message::Stopped
    }))
}

/// Catches what is passed on to the command of a run. A build has no command that a signal could be
/// meant for.
fn catch(args: &Args) -> Result<Events> {
    Events::of(if args.upper.is_some() {
        &[]
    } else {
        &PASSED_ON
    })
}

/// The outer process: tells the first one what has come.
fn pass_on(events: &mut Events, says: &mut File) {
    for caught in events.come() {
        let signal = caught.signal;
        if let Some(byte) = u8::try_from(signal).ok().filter(|_| signal != sig::SIGCHLD) {
            // If the first process does not hear it, the end is near.
            let _ = says.write_all(&[byte]);
        }
    }
}

/// The outer process: stops, as the command has. Who stops a whole group has stopped us as well,
/// and what is read when we go on is no longer so.
fn stop(events: &mut Events, says: &mut File) {
    std::thread::sleep(AT_ONCE);
    pass_on(events, says);
    if !events.came_just_now(sig::SIGCONT) {
        signals::stop();
    }
}

/// What the first process knows of who started it.
#[derive(Debug)]
pub(super) struct Caller {
    /// The caller's ids of user and group on the host: in the namespace everybody is root at
    /// first.
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
        // Where it is not heard we are ended.
        let _ = self.tells.write_all(&message);
    }
}

/// What the first process does: it starts the command and waits for its end.
///
/// # Errors
///
/// When the command cannot be started.
pub(super) fn first(cmd: &Cmd, mut caller: Caller, args: &Args) -> Result<u8> {
    // It was started by a path that says nothing.
    let _ = rustix::thread::set_name(c"cross");
    let mut events = catch(args)?;
    let child = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    let command = Pid::from_child(&child);
    loop {
        if events.wait(Some(&caller.hears))? {
            let mut signal = [0];
            if caller.hears.read_exact(&mut signal).is_err() {
                // The outer process is gone.
                return Ok(1);
            }
            hand_over(&mut events, i32::from(signal[0]), command);
        }
        events.come();
        if let Some(status) = reap(command, &mut caller) {
            caller.tell(ENDED, status);
            return Ok(cross_base::process::exit_code(ExitStatus::from_raw(status)));
        }
    }
}

/// The first process: sends the command what the outer process was sent, unless all the group was:
/// then the command has it already.
fn hand_over(events: &mut Events, signal: i32, command: Pid) {
    if !events.came_just_now(signal) {
        std::thread::sleep(AT_ONCE);
    }
    let named = Signal::from_named_raw(signal);
    if let Some(named) = named.filter(|_| !events.came_just_now(signal)) {
        // It may be gone already.
        let _ = rustix::process::kill_process(command, named);
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
