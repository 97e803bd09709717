//! Reads one object file, program or library in any format.

use object::FileKind;

use super::{Facts, elf, pe_and_mach_o, wasm};

/// The facts about an object. None if the data is not an object of a known format.
///
/// # Errors
///
/// If the object is damaged.
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
        | FileKind::MachOFat64 => pe_and_mach_o::read(kind, data),
        _ => return Ok(None),
    };
    facts.map(Some)
}
