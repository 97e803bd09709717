//! The names in a file, whose lengths together have a bound.

use std::cell::Cell;

/// The largest length in bytes of one name.
const LONGEST: usize = 1 << 16;

/// The names that are read from one file. In a hostile file a million symbols could share one long
/// name, and a report would take more memory than there is.
#[derive(Debug)]
pub(super) struct Names {
    /// The number of bytes that may still be read.
    left: Cell<usize>,
}

impl Names {
    /// The names of a file with this content. Linkers let names share their ends, so together they
    /// may be longer than the file.
    pub(super) fn of(data: &[u8]) -> Self {
        let left = Cell::new(data.len().saturating_mul(4));
        Self { left }
    }

    /// A name, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// If the name, or all names together, are longer than any linker makes them.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<String, String> {
        if bytes.len() > LONGEST {
            return Err(format!("one of its names is longer than {LONGEST} bytes"));
        }
        let left = self.left.get().checked_sub(bytes.len());
        self.left
            .set(left.ok_or("its names are many times longer than the file")?);
        Ok(super::name(bytes))
    }
}
