//! A time limit for operations that have none of their own.

use std::sync::mpsc;
use std::time::Duration;

/// Runs an operation that has no time limit of its own, such as connecting to a socket, in a
/// thread. None if it takes longer than `limit`; the thread then goes on.
pub fn within<T: Send + 'static>(
    limit: Duration,
    act: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(act()));
    receiver.recv_timeout(limit).ok()
}
