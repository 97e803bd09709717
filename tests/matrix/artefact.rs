//! Facts about a program or a shared library.

use std::collections::BTreeMap;
use std::path::Path;

use object::read::elf::AttributesSection;
use object::{
    Architecture, Endianness, File, FileFlags, Object, ObjectSection,
    elf::{FileHeader32, Tag_File},
};

use crate::Result;
use crate::elf;

/// All facts that decide on which machines a file runs.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) architecture: Architecture,
    pub(crate) is_64: bool,
    pub(crate) is_little_endian: bool,
    /// `e_flags` of the ELF header; zero for other formats.
    pub(crate) flags: u32,
    /// The program interpreter; empty if there is none.
    pub(crate) interpreter: String,
    /// The shared libraries that the file needs.
    pub(crate) needed: Vec<String>,
    /// The newest version of glibc's symbols that the file needs; zeros if it needs none.
    pub(crate) glibc: (u32, u32),
    /// The attributes of the file's processor, if the architecture has a section for them.
    pub(crate) attributes: BTreeMap<u64, Value>,
}

/// The value of a processor attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u64),
    Text(String),
}

/// Reads the facts of a file.
pub(crate) fn read(path: &Path) -> Result<Facts> {
    let data = fs_err::read(path).map_err(|e| e.to_string())?;
    let file = File::parse(&*data).map_err(|e| e.to_string())?;
    let flags = match file.flags() {
        FileFlags::Elf { e_flags, .. } => e_flags.0,
        FileFlags::Coff { .. } => 0,
        _ => return Err("it is no program of a kind that is known".to_owned()),
    };
    let libraries = file.import_libraries().map_err(|e| e.to_string())?;
    let needed = libraries
        .filter_map(|library| Some(String::from_utf8_lossy(library.ok()?.name()).into_owned()));
    let common = elf::read(path);
    Ok(Facts {
        architecture: file.architecture(),
        is_64: file.is_64(),
        is_little_endian: file.is_little_endian(),
        flags,
        interpreter: common.interpreter,
        needed: needed.collect(),
        glibc: common.glibc,
        attributes: attributes(&file).map_err(|e| e.to_string())?,
    })
}

/// The attributes of the whole file, which the linker has merged from those of all objects.
fn attributes(file: &File<'_>) -> object::Result<BTreeMap<u64, Value>> {
    let names = [".ARM.attributes", ".riscv.attributes"];
    let mut all = BTreeMap::new();
    let Some(section) = names.iter().find_map(|name| file.section_by_name(name)) else {
        return Ok(all);
    };
    let section =
        AttributesSection::<FileHeader32<Endianness>>::new(file.endianness(), section.data()?)?;
    let mut parts = section.subsections()?;
    while let Some(part) = parts.next()? {
        let mut parts = part.subsubsections();
        while let Some(part) = parts.next()? {
            if part.tag() != Tag_File {
                continue;
            }
            let mut reader = part.attributes();
            while let Some(tag) = reader.read_tag()? {
                let value = if is_text(file.architecture(), tag) {
                    Value::Text(String::from_utf8_lossy(reader.read_string()?).into_owned())
                } else {
                    let number = reader.read_integer()?;
                    if file.architecture() == Architecture::Arm && tag == ARM_COMPATIBILITY {
                        // The number is followed by a name.
                        reader.read_string()?;
                    }
                    Value::Number(number)
                };
                all.insert(tag, value);
            }
        }
    }
    Ok(all)
}

const ARM_COMPATIBILITY: u64 = 32;

/// Whether the value of an attribute is a text. Sources: Addenda to the Arm ABI, "Build
/// attributes"; RISC-V ELF psABI, "Attributes".
fn is_text(architecture: Architecture, tag: u64) -> bool {
    match architecture {
        // Odd tags above 32 are texts. Below 32, only the names of the processor are.
        Architecture::Arm => matches!(tag, 4 | 5) || (tag > ARM_COMPATIBILITY && tag % 2 == 1),
        _ => tag % 2 == 1,
    }
}
