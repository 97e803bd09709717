//! The remote serial protocol between a debugger and a stub that controls the program. This reads
//! as much of it as is needed to refuse what a stub must not ask for, because a container may
//! pretend to be a stub.
//! <https://sourceware.org/gdb/current/onlinedocs/gdb.html/Overview.html#Overview>

/// The first byte of a packet, and of a notification.
const PACKET: u8 = b'$';
const NOTIFICATION: u8 = b'%';
/// The byte behind a packet's content. Two digits of a checksum follow.
const END: u8 = b'#';
/// The byte that is followed by the number of repetitions of the byte before it.
const REPEATED: u8 = b'*';
/// The largest length of a packet's content.
const LIMIT: usize = 1 << 20;

/// The beginnings of packets with which a debugger lets a program go.
const LAST: [&[u8]; 3] = [b"D", b"k", b"vKill"];
/// The length of the longest of these.
const LONGEST: usize = 5;

/// Encodes a packet.
pub fn packet(content: &str) -> Vec<u8> {
    let sum = content.bytes().fold(0_u8, u8::wrapping_add);
    format!("${content}#{sum:02x}").into_bytes()
}

/// Decodes a packet's content: repeats bytes and removes escapes.
#[must_use]
pub fn decoded(content: &[u8]) -> Vec<u8> {
    const ESCAPE: u8 = b'}';
    let mut bytes = Vec::new();
    let mut rest = content.iter();
    while let Some(byte) = rest.next() {
        match *byte {
            ESCAPE => bytes.extend(rest.next().map(|escaped| escaped ^ 0x20)),
            REPEATED => {
                // The count's byte is the number of repetitions plus 29, and at least a blank (3).
                let count = rest.next().map_or(0, |count| count.saturating_sub(29));
                if let Some(last) = bytes.last().copied() {
                    bytes.extend(std::iter::repeat_n(last, count.into()));
                }
            }
            byte => bytes.push(byte),
        }
    }
    bytes
}

/// The reason why a stub is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The stub asks for a file on the debugger's machine, or to start a program there.
    /// <https://sourceware.org/gdb/current/onlinedocs/gdb.html/File_002dI_002fO-Overview.html#File_002dI_002fO-Overview>
    AsksForFiles,
    /// The stub breaks the protocol, so a debugger may understand the bytes in another way than we
    /// do.
    IsNoPacket,
}

/// The position in the protocol's stream.
#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// Between packets, where acknowledgements are allowed.
    #[default]
    Between,
    Within,
    /// In the checksum behind a packet's content, with so many digits to come.
    Behind(u8),
}

/// Reads the bytes that a stub sends.
#[derive(Debug, Default)]
pub struct Reader {
    state: State,
    content: Vec<u8>,
    /// Whether the next byte is a number of repetitions.
    is_counting: bool,
}

impl Reader {
    /// Reads one byte. Returns the content of the packet that ends with it.
    ///
    /// # Errors
    ///
    /// If the packet asks for a file, or breaks the protocol.
    pub fn take(&mut self, byte: u8) -> Result<Option<Vec<u8>>, Refusal> {
        match self.state {
            State::Between => match byte {
                PACKET | NOTIFICATION => self.state = State::Within,
                b'+' | b'-' => {}
                _ => return Err(Refusal::IsNoPacket),
            },
            State::Within => match byte {
                // Debuggers take these bytes for counts, which the protocol forbids.
                END | PACKET | 127.. if self.is_counting => return Err(Refusal::IsNoPacket),
                // There is no byte before it that could be repeated.
                REPEATED if self.content.is_empty() => return Err(Refusal::IsNoPacket),
                END if asks_for_files(&self.content) => return Err(Refusal::AsksForFiles),
                END => self.state = State::Behind(2),
                PACKET => return Err(Refusal::IsNoPacket),
                _ if self.content.len() == LIMIT => return Err(Refusal::IsNoPacket),
                _ => {
                    self.is_counting = byte == REPEATED && !self.is_counting;
                    self.content.push(byte);
                }
            },
            State::Behind(_) if !byte.is_ascii_hexdigit() => return Err(Refusal::IsNoPacket),
            State::Behind(2) => self.state = State::Behind(1),
            State::Behind(_) => {
                self.state = State::Between;
                return Ok(Some(std::mem::take(&mut self.content)));
            }
        }
        Ok(None)
    }
}

/// Follows the bytes that a debugger sends.
#[derive(Debug, Default)]
pub struct Tracker {
    state: State,
    /// The first bytes of the last packet.
    last: Vec<u8>,
}

impl Tracker {
    /// Whether the last packet detaches the debugger from the program, which then runs on, or ends
    /// the program. <https://sourceware.org/gdb/current/onlinedocs/gdb.html/Packets.html>
    #[must_use]
    pub fn has_let_go(&self) -> bool {
        LAST.iter().any(|packet| self.last.starts_with(packet))
    }

    /// Whether a byte asks the stub to interrupt the program. The same byte within a packet does
    /// not. <https://sourceware.org/gdb/current/onlinedocs/gdb.html/Interrupts.html>
    pub fn is_interrupt(&mut self, byte: u8) -> bool {
        const INTERRUPT: u8 = 3;
        self.state = match self.state {
            State::Between if byte == PACKET => {
                self.last.clear();
                State::Within
            }
            State::Between => return byte == INTERRUPT,
            State::Within if byte == END => State::Behind(2),
            State::Within => {
                if self.last.len() < LONGEST {
                    self.last.push(byte);
                }
                State::Within
            }
            State::Behind(2) => State::Behind(1),
            State::Behind(_) => State::Between,
        };
        false
    }
}

/// Whether a stub's packet says that the program has ended.
/// <https://sourceware.org/gdb/current/onlinedocs/gdb.html/Stop-Reply-Packets.html>
#[must_use]
pub fn says_the_end(content: &[u8]) -> bool {
    matches!(content.first(), Some(b'W' | b'X'))
}

/// Whether a packet asks for a file. An answer to the debugger's own request begins with the same
/// letter, but with a number behind it in place of a name.
fn asks_for_files(content: &[u8]) -> bool {
    let Some(rest) = content.strip_prefix(b"F") else {
        return false;
    };
    let end = rest.iter().position(|byte| matches!(byte, b',' | b';'));
    let number = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let mut repeats = false;
    number.is_empty()
        || number.iter().any(|byte| {
            let is_count = std::mem::replace(&mut repeats, *byte == REPEATED);
            !is_count && *byte != REPEATED && !byte.is_ascii_hexdigit()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut reader = Reader::default();
        let mut packets = Vec::new();
        for byte in bytes {
            packets.extend(reader.take(*byte)?);
        }
        Ok(packets)
    }

    #[test]
    fn packets_and_acknowledgements_are_read() {
        let bytes = [
            b"+".as_slice(),
            &packet("OK"),
            b"-%Stop:T05#00",
            &packet(""),
        ]
        .concat();
        let packets = read(&bytes).unwrap();
        assert_eq!(packets, [b"OK".to_vec(), b"Stop:T05".to_vec(), Vec::new()]);
        assert_eq!(packet("OK"), b"$OK#9a");
        assert!(
            read(b"$0**#00$OK#9a").is_ok(),
            "a count may be the character that begins counts"
        );
    }

    /// The examples in the protocol's description.
    #[test]
    fn repeated_and_escaped_bytes_are_what_they_were() {
        assert_eq!(decoded(b"0* "), b"0000");
        assert_eq!(decoded(b"a}\x03b"), b"a#b");
    }

    #[test]
    fn answers_about_the_programs_files_are_no_requests() {
        for answer in ["F-1,2", "F0", "Ff", "F3;data", "F10* ;abc", "F10**;abc"] {
            assert!(read(&packet(answer)).is_ok(), "{answer}");
        }
    }

    #[test]
    fn an_interrupt_stands_between_packets() {
        let mut tracker = Tracker::default();
        let bytes = b"+$X0,1:\x03#03\x03$c#63\x03";
        let found: Vec<usize> = (0..bytes.len())
            .filter(|at| tracker.is_interrupt(bytes[*at]))
            .collect();
        assert_eq!(found, [11, 17]);
    }

    #[test]
    fn a_debugger_has_let_go_when_its_last_packet_says_so() {
        let mut tracker = Tracker::default();
        let mut after = |bytes: &[u8]| {
            for byte in bytes {
                tracker.is_interrupt(*byte);
            }
            tracker.has_let_go()
        };
        assert!(!after(b"+$qD#b5+"));
        assert!(after(b"$D;1#b0+"));
        assert!(!after(b"$vCont;c#a8"));
        assert!(after(b"$vKill;1#6e+"));
        assert!(!after(b"$?#3f"));
        assert!(after(b"$k#6b"));
    }

    #[test]
    fn requests_for_files_of_the_machine_are_refused() {
        for name in [
            "open",
            "close",
            "read",
            "write",
            "lseek",
            "rename",
            "unlink",
            "stat",
            "fstat",
            "gettimeofday",
            "isatty",
            "system",
        ] {
            let request = packet(&format!("F{name},1,2,3"));
            assert_eq!(read(&request), Err(Refusal::AsksForFiles), "{name}");
        }
        assert_eq!(read(&packet("F")), Err(Refusal::AsksForFiles));
    }

    /// A debugger starts a new packet at any `$`, and takes any byte for a count.
    #[test]
    fn what_debuggers_may_read_in_another_way_is_refused() {
        for bytes in [
            b"$a*#$$Fopen,1#00".as_slice(),
            b"$x$$Fopen,1#00",
            b"$x#$$Fopen,1#00",
            b"Fopen,1#00",
            b"$*!Fopen,1#00",
            b"$a*\x7f#00",
            b"\x03",
        ] {
            assert_eq!(read(bytes), Err(Refusal::IsNoPacket), "{bytes:?}");
        }
    }
}
