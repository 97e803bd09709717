//! The destination of a download. It counts and digests the data on its way.

use std::io::{Error, Result, Write};

use super::digest::{Digest, Reader};

/// Writes data up to the announced size.
pub(super) struct Sink<W, F> {
    to: W,
    each: F,
    reader: Reader,
    size: u64,
    /// The number of bytes so far.
    pub(super) got: u64,
}

impl<W: Write, F: FnMut(u64)> Sink<W, F> {
    pub(super) fn new(to: W, each: F, size: u64) -> Self {
        let reader = Reader::default();
        Self {
            to,
            each,
            reader,
            size,
            got: 0,
        }
    }

    /// Writes the next piece.
    ///
    /// # Errors
    ///
    /// If it is more than was announced, or cannot be written.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        if count > self.size - self.got {
            return Err(Error::other(
                "there is more of it than the registry announced",
            ));
        }
        self.to.write_all(bytes)?;
        self.reader.read(bytes);
        self.got += count;
        (self.each)(count);
        Ok(())
    }

    /// The digest of all data.
    ///
    /// # Errors
    ///
    /// If the data cannot be written.
    pub(super) fn finish(mut self) -> Result<Digest> {
        self.to.flush()?;
        Ok(self.reader.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_announced_is_not_taken() {
        let (mut kept, mut heard) = (Vec::new(), 0);
        let mut sink = Sink::new(&mut kept, |count| heard += count, 3);
        sink.take(b"ab").unwrap();
        sink.take(b"cd").unwrap_err();
        sink.take(b"c").unwrap();
        assert_eq!(sink.finish().unwrap(), super::super::digest::of(b"abc"));
        assert_eq!((kept, heard), (b"abc".to_vec(), 3));
    }
}
