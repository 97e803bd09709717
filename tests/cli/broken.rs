//! A proxy before a registry that breaks off the first answer for one path in the middle.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::registry::Registry;

/// The proxy, which listens on this port for as long as the test lasts.
pub(crate) struct Broken {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Option<usize>>>>,
}

/// The path whose first answer is broken off, and the whole content of that answer.
struct Break {
    place: String,
    bytes: Vec<u8>,
    can_begin_anywhere: bool,
}

impl Broken {
    pub(crate) fn start(
        to: &Registry,
        place: &str,
        bytes: &[u8],
        can_begin_anywhere: bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::<Mutex<Vec<Option<usize>>>>::default();
        let (to, here) = (to.host(), asked.clone());
        let broken = Break {
            place: place.to_owned(),
            bytes: bytes.to_vec(),
            can_begin_anywhere,
        };
        // The thread ends with the process of the tests.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = serve(client, &to, &broken, &here);
            }
        });
        Self { port, asked }
    }

    /// The start of each request's byte range for the path; `None` for requests without a range.
    pub(crate) fn asked(&self) -> Vec<Option<usize>> {
        self.asked.lock().expect("no panic").clone()
    }
}

/// Answers one request, and then closes the connection.
fn serve(
    mut client: TcpStream,
    to: &str,
    broken: &Break,
    asked: &Mutex<Vec<Option<usize>>>,
) -> std::io::Result<()> {
    let (mut head, mut from) = (String::new(), None);
    let mut lines = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 2 {
        let lower = line.to_ascii_lowercase();
        if let Some(range) = lower.strip_prefix("range: bytes=") {
            from = range.trim().trim_end_matches('-').parse::<usize>().ok();
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
        line.clear();
    }
    if !head.contains(&broken.place) {
        let mut server = TcpStream::connect(to)?;
        write!(server, "{head}Connection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        // The connection is closed after this answer, but the registry's headers need not say so.
        // Without the header, the client could send its next request in vain.
        let status = answer.iter().position(|byte| *byte == b'\n');
        let (status, rest) = answer.split_at(status.map_or(0, |at| at + 1));
        client.write_all(status)?;
        client.write_all(b"Connection: close\r\n")?;
        return client.write_all(rest);
    }
    asked.lock().expect("no panic").push(from);
    let (bytes, all) = (&broken.bytes, broken.bytes.len());
    let end = "Connection: close\r\n\r\n";
    match from {
        None => {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {all}\r\n{end}")?;
            client.write_all(&bytes[..all / 2])
        }
        Some(from) if broken.can_begin_anywhere => {
            let rest = &bytes[from..];
            let range = format!("Content-Range: bytes {from}-{}/{all}", all - 1);
            let length = format!("Content-Length: {}", rest.len());
            write!(
                client,
                "HTTP/1.1 206 Partial Content\r\n{length}\r\n{range}\r\n{end}"
            )?;
            client.write_all(rest)
        }
        Some(_) => {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {all}\r\n{end}")?;
            client.write_all(bytes)
        }
    }
}
