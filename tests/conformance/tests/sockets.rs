//! Sockets that every system has.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};

#[test]
fn sockets_carry_data() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&[7; 100_000]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let (mut stream, _) = listener.accept().unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    stream.write_all(b"thanks").unwrap();
    drop(stream);
    assert_eq!(
        (all.len(), client.join().unwrap().as_str()),
        (100_000, "thanks")
    );
    let (one, other) = (
        UdpSocket::bind("127.0.0.1:0").unwrap(),
        UdpSocket::bind("127.0.0.1:0").unwrap(),
    );
    one.send_to(b"datagram", other.local_addr().unwrap())
        .unwrap();
    let mut room = [0; 16];
    assert_eq!(
        other.recv_from(&mut room).unwrap(),
        (8, one.local_addr().unwrap())
    );
}
