//! Dependencies that only the caller may have. The host's cargo fetches them with what the caller
//! has: a token, a program that knows one, keys that an agent holds. The container builds them, and
//! what gave access to them is nowhere in it.

pub(crate) mod git;
pub(crate) mod place;
pub(crate) mod registry;
pub(crate) mod secrets;
pub(crate) mod server;
pub(crate) mod sources;
mod ssh;

use std::net::TcpListener;
use std::process::Child;

/// A process that ends with the test.
#[derive(Debug)]
pub(crate) struct Daemon(pub(crate) Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    /// Waits until somebody answers at a port.
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

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
