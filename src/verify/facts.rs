//! One object, whatever its form.

use object::FileKind;

use super::{Facts, elf, images, wasm};

/// What an object says of itself; none where it is no object.
///
/// # Errors
///
/// When it is one, and damaged.
pub(crate) fn facts(data: &[u8]) -> Result<Option<Facts>, String> {
    if let Some(facts) = wasm::read(data)? {
        return Ok(Some(facts));
    }
    let Ok(kind) = FileKind::parse(data) else {
        return Ok(None);
    };
    let facts = match kind {
        FileKind::Elf32 => elf::read_32(data),
        FileKind::Elf64 => elf::read_64(data),
        FileKind::Pe32
        | FileKind::Pe64
        | FileKind::Coff
        | FileKind::CoffBig
        | FileKind::CoffImport
        | FileKind::MachO32
        | FileKind::MachO64
        | FileKind::MachOFat32
        | FileKind::MachOFat64 => images::read(kind, data),
        _ => return Ok(None),
    };
    facts.map(Some).map_err(|error| error.to_string())
}
