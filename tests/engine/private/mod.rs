//! Dependencies that only the caller can fetch. The host's cargo fetches them with the caller's
//! credentials: a token, a program that prints one, or keys that an agent holds. The container
//! builds them, and nothing in it contains the credentials.

pub(crate) mod git;
pub(crate) mod place;
pub(crate) mod registry;
pub(crate) mod secrets;
pub(crate) mod server;
pub(crate) mod sources;
mod ssh;

use std::net::TcpListener;
use std::process::Child;

/// A process that is killed at the end of the test.
#[derive(Debug)]
pub(crate) struct Daemon(pub(crate) Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    /// Waits until a server listens at this port.
    #[track_caller]
    pub(crate) fn listening_at(mut self, port: u16) -> Self {
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return self;
            }
            let ended = self.0.try_wait().expect("a child");
            assert!(ended.is_none(), "a server does not start: {ended:?}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("nobody listens at port {port}");
    }
}

/// A port that no program uses at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
