//! ELF: <https://refspecs.linuxbase.org/elf/gabi4+/contents.html>, and the versions of symbols of
//! <https://refspecs.linuxbase.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html>.

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader, Sym};
use object::{Endianness, Object};

use super::dynamic::Dynamic;
use super::names::Names;
use super::{Facts, FileType, Format, Need, Symbol, attributes, machine, name};

/// Values of `EI_OSABI`.
const ABIS: &[(u8, &str)] = &[
    (0, "System V"),
    (1, "HP-UX"),
    (2, "NetBSD"),
    (3, "GNU/Linux"),
    (6, "Solaris"),
    (9, "FreeBSD"),
    (12, "OpenBSD"),
    (64, "ARM EABI"),
    (97, "ARM"),
    (255, "standalone"),
];

pub(super) fn read_32(data: &[u8]) -> Result<Facts, String> {
    read::<FileHeader32<Endianness>>(data)
}

pub(super) fn read_64(data: &[u8]) -> Result<Facts, String> {
    read::<FileHeader64<Endianness>>(data)
}

fn read<Elf: FileHeader<Endian = Endianness>>(data: &[u8]) -> Result<Facts, String> {
    let text = |error: object::Error| error.to_string();
    let file = ElfFile::<Elf>::parse(data).map_err(text)?;
    let (header, endian) = (file.elf_header(), file.endian());
    let is_object = header.e_type(endian) == elf::ET_REL;
    let machine = machine(file.architecture()).map_or_else(
        || format!("machine {}", header.e_machine(endian).0),
        str::to_owned,
    );
    let kind = if is_object {
        FileType::ObjectFile
    } else {
        FileType::Program
    };
    let mut facts = Facts::new(Format::Elf, kind, machine);
    facts.bits = Some(if header.is_class_64() { 64 } else { 32 });
    let is_little = endian == Endianness::Little;
    facts.byte_order = Some(if is_little { "little" } else { "big" });
    let abi = header.e_ident().os_abi.0;
    let known = ABIS.iter().find(|(number, _)| *number == abi);
    facts.abi = Some(known.map_or_else(|| abi.to_string(), |(_, name)| (*name).to_owned()));
    facts.instruction_set = attributes::instruction_set(&file).map_err(text)?;
    if is_object {
        if file.elf_section_table().is_empty() {
            return Err("it is an object file without section headers".to_owned());
        }
        undefined(&file, &mut facts)?;
        return Ok(facts);
    }
    loaded(&file, &mut facts)?;
    Ok(facts)
}

/// Reads the file's dynamic section and program headers, which the system's loader obeys.
fn loaded<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
    facts: &mut Facts,
) -> Result<(), String> {
    let endian = file.endian();
    for segment in file.elf_program_headers() {
        let path = segment.interpreter(endian, file.data());
        if let Some(path) = path.map_err(|error| error.to_string())? {
            facts.interpreter = Some(name(path));
        }
    }
    let dynamic = Dynamic::of(file)?;
    let (mut is_program, mut has_name) = (false, false);
    for (tag, value) in dynamic.entries() {
        match *tag {
            elf::DT_NEEDED => facts.libraries.push(dynamic.string(*value)?),
            elf::DT_RPATH => facts.rpath = Some(dynamic.string(*value)?),
            elf::DT_RUNPATH => facts.runpath = Some(dynamic.string(*value)?),
            elf::DT_SONAME => has_name = true,
            elf::DT_FLAGS_1 => is_program = value & elf::DF_1_PIE.0 != 0,
            _ => {}
        }
    }
    let is_shared = file.elf_header().e_type(endian) == elf::ET_DYN;
    // The C library can be started as a program, but counts as a shared library.
    if is_shared && !is_program && (has_name || facts.interpreter.is_none()) {
        facts.kind = FileType::SharedLibrary;
    } else {
        facts.position_independent = Some(is_shared);
        facts.is_static = Some(facts.interpreter.is_none() && facts.libraries.is_empty());
    }
    facts.needs = dynamic.needs()?;
    Ok(())
}

/// The undefined symbols of an object file. A name includes a version if the assembler was told
/// one. <https://sourceware.org/binutils/docs/as/Symver.html>
fn undefined<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
    facts: &mut Facts,
) -> Result<(), String> {
    let endian = file.endian();
    let names = Names::of(file.data());
    let symbols = file.elf_symbol_table();
    for (_, symbol) in symbols.enumerate() {
        if !symbol.is_undefined(endian) || symbol.is_local() {
            continue;
        }
        let whole = symbols.symbol_name(endian, symbol);
        let whole = names.read(whole.map_err(|error| error.to_string())?)?;
        let Some((name, version)) = whole.split_once('@') else {
            facts.undefined.push(whole);
            continue;
        };
        let version = version.trim_start_matches('@');
        let symbol = Symbol {
            name: name.to_owned(),
            weak: symbol.is_weak(),
            asked_by: Vec::new(),
        };
        facts.undefined.push(name.to_owned());
        match facts.needs.iter_mut().find(|n| n.version == version) {
            Some(need) => need.symbols.push(symbol),
            None => facts.needs.push(Need {
                library: None,
                version: version.to_owned(),
                symbols: vec![symbol],
            }),
        }
    }
    Ok(())
}
