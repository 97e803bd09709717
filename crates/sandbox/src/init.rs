//! The processes of a sandbox. There are two besides the command. The caller starts the *outer*
//! process. The *first* process of a PID namespace starts the command, reaps the processes that the
//! command leaves, and ends with the command; the kernel then ends all others in the namespace. The
//! first process also ends with the outer one.
//!
//! To the caller the outer process is the command. All three are in the caller's process group, so
//! signals of keys reach the command directly. A signal to the outer process alone is passed on.
//! The outer process stops when the command stops, and ends as the command ends, by the same signal
//! if a signal ended it.

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

/// The kinds of messages from the first process: the command has stopped, or it has ended. Each
/// message is followed by the wait status.
const STOPPED: u8 = b's';
const ENDED: u8 = b'e';
const MESSAGE: usize = 5;

fn failed(what: &str) -> impl Fn(Errno) -> Error {
    move |e| Error::new(format!("cannot {what}: {}", text(e)))
}

/// Starts the first process of our children's PID namespace and waits for its end. Returns the
/// command's exit code. This process must not use threads: the kernel refuses them to a process
/// whose children are in another PID namespace.
///
/// # Errors
///
/// If the first process cannot be started.
pub(super) fn outer(args: &Args, host: &Host) -> Result<u8> {
    let (told, tells) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    let (hears, says) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("make a pipe"))?;
    for end in [&tells, &hears] {
        rustix::io::fcntl_setfd(end, FdFlags::empty()).map_err(failed("hand on a pipe"))?;
    }
    if args.upper.is_none() {
        // The kernel kills the outer process with its parent, since a parent that is killed cannot
        // pass a signal on.
        let end = set_parent_process_death_signal(Some(Signal::KILL));
        end.map_err(failed("tie the sandbox to its caller"))?;
    }
    // A signal that comes from now on is kept until there is a process for it.
    let mut events = catch(args)?;
    let mut words = args.words();
    let numbers = [&hears, &tells].map(|end| end.as_raw_fd().to_string());
    let [hears_at, tells_at] = numbers;
    let caller = format!("{hears_at},{tells_at},{},{}", host.uid, host.gid);
    words.splice(..1, [STEP.into(), caller.into()]);
    // A program of the image may be a symbolic link to `/proc/self/exe`. It then opens this
    // read-only mount and cannot write to cross's program.
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
                // The first process has ended or is about to end.
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

/// A message from the first process.
enum Message {
    Stopped,
    Ended(ExitStatus),
}

/// Reads one message. None if the first process has ended.
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

/// Catches the signals that are passed on to the command of a run. In a build no signal is meant
/// for a command.
fn catch(args: &Args) -> Result<Events> {
    Events::of(if args.upper.is_some() {
        &[]
    } else {
        &PASSED_ON
    })
}

/// Passes the signals that have come on to the first process. The outer process calls this.
fn pass_on(events: &mut Events, says: &mut File) {
    for caught in events.come() {
        let signal = caught.signal;
        if let Some(byte) = u8::try_from(signal).ok().filter(|_| signal != sig::SIGCHLD) {
            // Writing fails if the first process has ended, which is noticed soon.
            let _ = says.write_all(&[byte]);
        }
    }
}

/// Stops this process because the command has stopped. The outer process calls this. A stop of the
/// whole group has stopped this process before, and the command may have continued by the time that
/// this process does.
fn stop(events: &mut Events, says: &mut File) {
    std::thread::sleep(AT_ONCE);
    pass_on(events, says);
    if !events.came_just_now(sig::SIGCONT) {
        signals::stop();
    }
}

/// The first process's knowledge of its caller.
#[derive(Debug)]
pub(super) struct Caller {
    /// The caller's user id and group id on the host. In the namespace the caller is root at first.
    pub(super) ids: (u32, u32),
    /// The first process's ends of the pipes.
    hears: File,
    tells: File,
}

impl Caller {
    /// Parses the argument from the outer process: the numbers of two file descriptors, and the
    /// caller's ids.
    ///
    /// # Errors
    ///
    /// If the argument has another form.
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
        // Writing fails if the outer process has ended, and this process is then killed.
        let _ = self.tells.write_all(&message);
    }
}

/// The work of the first process: starts the command and waits for its end.
///
/// # Errors
///
/// If the command cannot be started.
pub(super) fn first(cmd: &Cmd, mut caller: Caller, args: &Args) -> Result<u8> {
    // The process was started by a path in `/proc/self/fd`, so its name would be a number.
    let _ = rustix::thread::set_name(c"cross");
    let mut events = catch(args)?;
    let child = cmd.spawn(Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
    let command = Pid::from_child(&child);
    loop {
        if events.wait(Some(&caller.hears))? {
            let mut signal = [0];
            if caller.hears.read_exact(&mut signal).is_err() {
                // The outer process has ended.
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

/// Passes a signal of the outer process on to the command. The first process calls this. If this
/// process got the same signal at the same time, the whole group did, and so has the command.
fn hand_over(events: &mut Events, signal: i32, command: Pid) {
    if !events.came_just_now(signal) {
        std::thread::sleep(AT_ONCE);
    }
    let named = Signal::from_named_raw(signal);
    if let Some(named) = named.filter(|_| !events.came_just_now(signal)) {
        // The command may have ended.
        let _ = rustix::process::kill_process(command, named);
    }
}

/// Reaps all processes that have ended, and reports a stop of the command. Returns the command's
/// wait status if it has ended.
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
