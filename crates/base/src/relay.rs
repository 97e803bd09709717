//! Relays between a debugger and a debugging stub. Everything that a stub sends is checked, because
//! a container may pretend to be a stub.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::rsp::{self, Reader, Refusal, Tracker};

/// The time limit for a stub's answer. The caller waits for it.
const LIMIT: Duration = Duration::from_secs(2);

/// A connection, to a socket or to a TCP port.
#[derive(Debug)]
pub enum Stream {
    Socket(UnixStream),
    Port(TcpStream),
}

impl Stream {
    /// Connects to a socket. None if nothing listens there or the queue is full. No symbolic link
    /// is followed and only a socket is opened, because a container may have made the path.
    #[must_use]
    pub fn of_socket(path: &Path) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let place = rustix::fs::open(path, flags, Mode::empty()).ok()?;
        let mode = rustix::fs::fstat(&place).ok()?.st_mode;
        if FileType::from_raw_mode(mode) != FileType::Socket {
            return None;
        }
        let at = format!("/proc/self/fd/{}", place.as_raw_fd());
        let at = SocketAddrUnix::new(at).ok()?;
        // A listener that does not accept at once must not block us.
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).ok()?;
        connect(&socket, &at).ok()?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(false).ok()?;
        Some(Self::Socket(stream))
    }

    /// Connects to a TCP port of this machine. None if nothing listens there.
    #[must_use]
    pub fn of_port(port: u16) -> Option<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        // Each packet waits for the answer to the one before, so sending must not be delayed.
        let _ = stream.set_nodelay(true);
        Some(Self::Port(stream))
    }

    fn copy(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Socket(stream) => Self::Socket(stream.try_clone()?),
            Self::Port(stream) => Self::Port(stream.try_clone()?),
        })
    }

    /// The process at the other end of a socket.
    fn process(&self) -> Option<OwnedFd> {
        let Self::Socket(stream) = self else {
            return None;
        };
        let pid = rustix::net::sockopt::socket_peercred(stream).ok()?.pid;
        pidfd_open(pid, PidfdFlags::empty()).ok()
    }

    fn limit(&self, limit: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.set_read_timeout(limit),
            Self::Port(stream) => stream.set_read_timeout(limit),
        }
    }

    /// Shuts the connection down, for all copies of it.
    fn end(&self) {
        let _ = match self {
            Self::Socket(stream) => stream.shutdown(Shutdown::Both),
            Self::Port(stream) => stream.shutdown(Shutdown::Both),
        };
    }

    /// Sends a stub a request and returns its answer. No other request may be pending.
    pub fn ask(&mut self, request: &str) -> Option<Vec<u8>> {
        self.write_all(&rsp::packet(request)).ok()?;
        let mut reader = Reader::default();
        let mut byte = [0];
        let end = Instant::now() + LIMIT;
        let answer = loop {
            let left = end.checked_duration_since(Instant::now())?;
            self.limit(Some(left.max(Duration::from_millis(1)))).ok()?;
            self.read_exact(&mut byte).ok()?;
            if let Some(answer) = reader.take(byte[0]).ok()? {
                break answer;
            }
        };
        self.write_all(b"+").ok()?;
        self.limit(None).ok()?;
        Some(answer)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(buffer),
            Self::Port(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(buffer),
            Self::Port(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket or TCP port that a debugger connects to.
#[derive(Debug)]
pub enum Listener {
    Socket(UnixListener),
    Port(TcpListener),
}

impl Listener {
    /// Listens at a new socket.
    ///
    /// # Errors
    ///
    /// If the socket cannot be created.
    pub fn at_socket(path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        Ok(Self::Socket(listener))
    }

    /// Listens at a port that only this machine can reach. 0 stands for any free port.
    ///
    /// # Errors
    ///
    /// If the port is in use.
    pub fn at_port(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self::Port(listener))
    }

    /// The number of the port. 0 for a socket.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Socket(_) => 0,
            Self::Port(listener) => listener.local_addr().map_or(0, |address| address.port()),
        }
    }

    /// The connection of a debugger. None if no debugger is waiting.
    #[must_use]
    pub fn accept(&self) -> Option<Stream> {
        match self {
            Self::Socket(listener) => {
                let (stream, _) = listener.accept().ok()?;
                stream.set_nonblocking(false).ok()?;
                Some(Stream::Socket(stream))
            }
            Self::Port(listener) => {
                let (stream, _) = listener.accept().ok()?;
                stream.set_nonblocking(false).ok()?;
                let _ = stream.set_nodelay(true);
                Some(Stream::Port(stream))
            }
        }
    }
}

/// A port on which nothing listens, outside the range from which the kernel takes ports for
/// outgoing connections: a connection to an unused port in that range may be connected to itself.
#[must_use]
pub fn unused_port() -> u16 {
    /// Lower than the ports of outgoing connections.
    /// <https://docs.kernel.org/networking/ip-sysctl.html> (`ip_local_port_range`)
    const FIRST: u16 = 20_000;
    const COUNT: u32 = 10_000;
    let begin = std::process::id() % COUNT;
    let ports = (0..COUNT).map(|at| FIRST + u16::try_from((begin + at) % COUNT).unwrap_or(0));
    let mut ports = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    ports.next().unwrap_or(FIRST)
}

/// The kind of a stub, as far as stubs differ in what they do while the program runs and when the
/// debugger has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The stub of QEMU's user-mode emulators. It does not read while the program runs. Without a
    /// debugger the program runs on.
    Program,
    /// The stub of QEMU's system emulators. It always reads. Without a debugger a machine that is
    /// stopped stays so.
    Machine,
    /// gdbserver. It always reads, and ends the program without a debugger.
    Server,
}

/// A running relay between a debugger and a stub.
#[derive(Debug)]
pub struct Relay {
    ends: [Stream; 2],
    carriers: [JoinHandle<()>; 2],
    refusal: Arc<Mutex<Option<Refusal>>>,
}

impl Relay {
    /// Begins to relay in two threads.
    ///
    /// # Errors
    ///
    /// If a connection cannot be duplicated.
    pub fn begin(kind: Kind, stub: Stream, debugger: Stream) -> io::Result<Self> {
        let refusal = Arc::new(Mutex::new(None));
        let ends = Arc::new(OnceLock::new());
        let (from, to, ended) = (debugger.copy()?, stub.copy()?, Arc::clone(&ends));
        let asking = std::thread::spawn(move || {
            let _ = carry_questions(kind, from, &to, &ended);
            to.end();
        });
        let (from, to, why) = (stub.copy()?, debugger.copy()?, Arc::clone(&refusal));
        let answering = std::thread::spawn(move || {
            if let Err(refused) = carry_answers(from, &to, &ends) {
                *why.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
            }
            to.end();
        });
        Ok(Self {
            ends: [stub, debugger],
            carriers: [asking, answering],
            refusal,
        })
    }

    /// Whether one of the two connections has ended.
    pub fn is_over(&self) -> bool {
        self.carriers.iter().any(JoinHandle::is_finished)
    }

    /// Ends both connections. Returns the reason if the stub was refused.
    pub fn end(self) -> Option<Refusal> {
        self.ends.iter().for_each(Stream::end);
        for carrier in self.carriers {
            // The thread does not panic, so this does not fail.
            let _ = carrier.join();
        }
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Relays what the debugger sends until it has gone. A machine that it has not let go, and that
/// does not end by itself, is ended.
fn carry_questions(
    kind: Kind,
    debugger: Stream,
    stub: &Stream,
    ends: &OnceLock<()>,
) -> io::Result<()> {
    let process = stub.process();
    let mut tracker = Tracker::default();
    let carried = carry_packets(kind, debugger, stub, process.as_ref(), &mut tracker);
    let is_left = !tracker.has_let_go() && ends.get().is_none();
    if let Some(process) = process.filter(|_| kind == Kind::Machine && is_left) {
        // The process may have ended.
        let _ = pidfd_send_signal(process, Signal::KILL);
    }
    carried
}

/// Relays what the debugger sends. For a program an interrupt becomes a signal to QEMU, because
/// QEMU does not read while the program runs. QEMU does stop for a signal. But it only notices a
/// signal that the program does not catch if the signal would leave a core, and debuggers do not
/// pass `SIGTRAP` on to the program.
/// <https://gitlab.com/qemu-project/qemu/-/blob/master/linux-user/signal.c> (`core_dump_signal`)
fn carry_packets(
    kind: Kind,
    mut debugger: Stream,
    stub: &Stream,
    process: Option<&OwnedFd>,
    tracker: &mut Tracker,
) -> io::Result<()> {
    let signalled = process.filter(|_| kind == Kind::Program);
    let mut stub = stub.copy()?;
    let mut buffer = [0; 1 << 14];
    loop {
        let count = debugger.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let mut bytes = buffer.get(..count).unwrap_or_default().to_vec();
        bytes.retain(|byte| {
            let is_interrupt = tracker.is_interrupt(*byte);
            let signalled = signalled.filter(|_| is_interrupt);
            if let Some(process) = signalled {
                // The process may have ended.
                let _ = pidfd_send_signal(process, Signal::TRAP);
            }
            signalled.is_none()
        });
        stub.write_all(&bytes)?;
    }
}

/// Relays the stub's answers. Of a packet that is refused, the end does not reach the debugger, and
/// debuggers ignore incomplete packets. `ends` is set before the debugger knows that the
/// program ends.
fn carry_answers(mut stub: Stream, debugger: &Stream, ends: &OnceLock<()>) -> Result<(), Refusal> {
    let mut reader = Reader::default();
    let mut buffer = [0; 1 << 14];
    let Ok(mut debugger) = debugger.copy() else {
        return Ok(());
    };
    loop {
        let count = match stub.read(&mut buffer) {
            Ok(0) | Err(_) => {
                let _ = ends.set(());
                return Ok(());
            }
            Ok(count) => count,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        for byte in bytes {
            let packet = reader.take(*byte)?;
            if packet.is_some_and(|packet| rsp::says_the_end(&packet)) {
                let _ = ends.set(());
            }
        }
        if debugger.write_all(bytes).is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (UnixStream, Stream) {
        let (one, other) = UnixStream::pair().unwrap();
        (one, Stream::Socket(other))
    }

    fn read(stream: &mut UnixStream) -> String {
        let mut buffer = [0; 64];
        let count = stream.read(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    #[test]
    fn what_both_say_reaches_the_other_until_one_of_them_ends() {
        let ((mut stub, own), (mut debugger, other)) = (pair(), pair());
        let relay = Relay::begin(Kind::Server, own, other).unwrap();
        debugger.write_all(b"$g#67").unwrap();
        assert_eq!(read(&mut stub), "$g#67");
        stub.write_all(b"+$00#60").unwrap();
        assert_eq!(read(&mut debugger), "+$00#60");
        assert!(!relay.is_over());
        drop(stub);
        assert_eq!(read(&mut debugger), "");
        assert_eq!(relay.end(), None);
    }

    #[test]
    fn a_stub_that_asks_for_a_file_of_the_host_is_cut_off() {
        let ((mut stub, own), (mut debugger, other)) = (pair(), pair());
        let relay = Relay::begin(Kind::Server, own, other).unwrap();
        stub.write_all(&rsp::packet("Fopen,1000/5,601,1b6"))
            .unwrap();
        assert_eq!(read(&mut debugger), "");
        assert_eq!(relay.end(), Some(Refusal::AsksForFiles));
    }

    #[test]
    fn a_stub_is_asked_before_a_debugger_is_there() {
        let (mut stub, mut own) = pair();
        stub.write_all(b"+$l/w/p/target/tool#00").unwrap();
        let answer = own.ask("qXfer:exec-file:read:2:0,fff").unwrap();
        assert_eq!(answer, b"l/w/p/target/tool");
        assert_eq!(read(&mut stub), "$qXfer:exec-file:read:2:0,fff#bc+");
    }

    #[test]
    fn nothing_but_a_socket_is_connected_to() {
        let dir = crate::fs::temporary_dir().unwrap();
        let (socket, link, file) = ("s", "l", "f");
        let at = |name: &str| dir.path().join(name);
        let _listener = Listener::at_socket(&at(socket)).unwrap();
        fs_err::os::unix::fs::symlink(at(socket), at(link)).unwrap();
        fs_err::write(at(file), "").unwrap();
        assert!(Stream::of_socket(&at(socket)).is_some());
        assert!(Stream::of_socket(&at(link)).is_none());
        assert!(Stream::of_socket(&at(file)).is_none());
        assert!(Stream::of_socket(&at("none")).is_none());
    }

    #[test]
    fn an_unused_port_is_none_that_connections_get() {
        assert!((20_000..30_000).contains(&unused_port()));
    }
}
