//! Signals that would end cross while it waits for a child: they are passed on to the child.

use std::fmt;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::error::{Error, Result};

/// What happens to a signal that would end the process.
#[derive(Debug)]
enum Fate {
    /// The signal ends this process.
    Usual,
    /// The signal is kept for a child that is about to be started.
    Held(Vec<i32>),
    /// The signal is ignored here, because [`crate::stand_in`] handles it.
    Elsewhere,
    /// The signal is passed on to this child. The second field is the first signal that was.
    PassedOn(rustix::process::Pid, Option<i32>),
}

/// The state of the whole process. `signal_hook` never restores a signal's default effect once the
/// signal was caught.
static FATE: Mutex<Fate> = Mutex::new(Fate::Usual);

fn fate() -> MutexGuard<'static, Fate> {
    FATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn receive(signal: i32) {
    match &mut *fate() {
        Fate::Usual => {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        Fate::Held(signals) => signals.push(signal),
        Fate::Elsewhere => {}
        Fate::PassedOn(child, first) => {
            first.get_or_insert(signal);
            if let Some(signal) = rustix::process::Signal::from_named_raw(signal) {
                // The child may have ended.
                let _ = rustix::process::kill_process(*child, signal);
            }
        }
    }
}

/// Lets [`crate::stand_in`] handle the signals until this value is dropped. Signals that were
/// caught here once stay caught.
#[derive(Debug)]
pub struct SignalsElsewhere(());

impl SignalsElsewhere {
    /// Begins to leave the signals to [`crate::stand_in`].
    #[must_use]
    pub fn begin() -> Self {
        *fate() = Fate::Elsewhere;
        Self(())
    }
}

impl Drop for SignalsElsewhere {
    fn drop(&mut self) {
        *fate() = Fate::Usual;
    }
}

/// Catches the signals that end a process until a child can get them, or until this value is
/// dropped.
#[derive(Debug)]
pub struct Signals(());

impl Signals {
    /// Begins to catch signals. Those that a terminal sends reach the child anyway.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn catch() -> Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        static WATCHED: OnceLock<Result<()>> = OnceLock::new();
        let watch = || {
            let mut caught = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
                .map_err(|e| Error::new(format!("cannot catch signals: {e}")))?;
            std::thread::spawn(move || caught.forever().for_each(receive));
            Ok(())
        };
        WATCHED.get_or_init(watch).clone()?;
        *fate() = Fate::Held(Vec::new());
        Ok(Self(()))
    }

    /// Passes the signals that have come and those to come on to the child.
    pub fn forward(self, child: &Child) -> Forwarder {
        let child = rustix::process::Pid::from_child(child);
        let before = std::mem::replace(&mut *fate(), Fate::PassedOn(child, None));
        std::mem::forget(self);
        if let Fate::Held(signals) = before {
            signals.into_iter().for_each(receive);
        }
        Forwarder(child)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *fate(), Fate::Usual);
        if let Fate::Held(signals) = before {
            signals.into_iter().for_each(receive);
        }
    }
}

/// Passes signals on to a child until this value is dropped.
#[derive(Debug)]
pub struct Forwarder(rustix::process::Pid);

impl Forwarder {
    /// Waits for the child, which errors call `shown`. If a signal was passed on, the program then
    /// ends with the exit code that the signal would have caused.
    ///
    /// # Errors
    ///
    /// If a signal was passed on. The error prints nothing, as the signal has had its effect.
    pub fn wait(self, shown: &dyn fmt::Display, child: &mut Child) -> Result<ExitStatus> {
        let status = child.wait();
        let came = match &*fate() {
            Fate::PassedOn(child, signal) if *child == self.0 => *signal,
            _ => None,
        };
        if let Some(signal) = came {
            let code = u8::try_from(128 + signal).unwrap_or(u8::MAX);
            return Err(Error::already_reported(code));
        }
        status.map_err(|e| Error::new(format!("cannot wait for {shown}: {e}")))
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        *fate() = Fate::Usual;
    }
}
