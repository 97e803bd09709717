//! Where what is fetched goes: it is counted and digested on its way.

use std::io::{Error, Result, Write};

use super::digest::{Digest, Reader};

/// Takes what comes, up to what was announced.
pub(super) struct Sink<W, F> {
    to: W,
    each: F,
    reader: Reader,
    size: u64,
    /// How much has come.
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

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// When it is too much, or cannot be written.
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

    /// The digest of all that came.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
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
