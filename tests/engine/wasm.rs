//! The functions that a WebAssembly program imports.

use std::path::Path;

/// The beginning of every program, with the only version of the format.
/// <https://webassembly.github.io/spec/core/binary/modules.html>
const MAGIC: &[u8] = b"\0asm\x01\0\0\0";
/// The id of the section of imports.
const IMPORTS: u8 = 2;

/// The module and the name of each function that a program imports.
pub(crate) fn imports(path: &Path) -> Result<Vec<(String, String)>, String> {
    let data = fs_err::read(path).map_err(|e| e.to_string())?;
    let rest = data.strip_prefix(MAGIC);
    let mut reader = Reader(rest.ok_or("it is no WebAssembly program")?);
    while let Some(id) = reader.byte() {
        let size = reader.number()?;
        let section = reader.take(size)?;
        if id == IMPORTS {
            return functions(Reader(section));
        }
    }
    Ok(Vec::new())
}

/// Reads the section of imports. Programs for a system import nothing but functions.
fn functions(mut reader: Reader<'_>) -> Result<Vec<(String, String)>, String> {
    let count = reader.number()?;
    let one = |_| {
        let pair = (reader.name()?, reader.name()?);
        match reader.byte() {
            Some(0) => reader.number()?,
            kind => return Err(format!("`{}` is no function: {kind:?}", pair.1)),
        };
        Ok(pair)
    };
    (0..count).map(one).collect()
}

/// The bytes that are left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number in LEB128, at most 32 bits long.
    fn number(&mut self) -> Result<usize, String> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte().ok_or("it ends too early")?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("it has a number that is too long".to_owned())
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn name(&mut self) -> Result<String, String> {
        let size = self.number()?;
        Ok(String::from_utf8_lossy(self.take(size)?).into_owned())
    }
}
