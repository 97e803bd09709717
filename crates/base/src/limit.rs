//! A limit for what has none of its own.

use std::sync::mpsc;
use std::time::Duration;

/// Does something that has no limit of its own, as connecting to a socket has none, and gives up on
/// it when it takes longer than this.
pub fn within<T: Send + 'static>(
    limit: Duration,
    act: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(act()));
    receiver.recv_timeout(limit).ok()
}
