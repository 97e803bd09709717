//! Windows' files, <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>, and Apple's,
//! <https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h>.

use object::read::coff::ImportFile;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, PeFile, PeFile32, PeFile64};
use object::{Architecture, FileKind, Object, ObjectKind, ObjectSymbol, pe};

use super::names::Names;
use super::{Facts, FileType, Format, machine, name};

/// An error of the library that reads the formats.
fn told(error: object::Error) -> String {
    error.to_string()
}

pub(super) fn read(kind: FileKind, data: &[u8]) -> Result<Facts, String> {
    match kind {
        FileKind::Pe32 => program(&PeFile32::parse(data).map_err(told)?),
        FileKind::Pe64 => program(&PeFile64::parse(data).map_err(told)?),
        FileKind::CoffImport => {
            let file = ImportFile::parse(data).map_err(told)?;
            let mut facts = Facts::new(Format::Coff, FileType::Other, named(file.architecture()));
            facts.libraries.push(name(file.dll()));
            Ok(facts)
        }
        FileKind::MachOFat32 => {
            let file = MachOFatFile32::parse(data).map_err(told)?;
            Ok(universal(file.arches()))
        }
        FileKind::MachOFat64 => {
            let file = MachOFatFile64::parse(data).map_err(told)?;
            Ok(universal(file.arches()))
        }
        FileKind::MachO32 | FileKind::MachO64 => {
            let file = object::File::parse(data).map_err(told)?;
            common(Format::MachO, &file, data)
        }
        _ => {
            let file = object::File::parse(data).map_err(told)?;
            common(Format::Coff, &file, data)
        }
    }
}

fn named(architecture: Architecture) -> String {
    let known = machine(architecture);
    known.map_or_else(|| format!("{architecture:?}"), str::to_owned)
}

fn common<'data>(format: Format, file: &impl Object<'data>, data: &[u8]) -> Result<Facts, String> {
    let kind = match file.kind() {
        ObjectKind::Executable => FileType::Program,
        ObjectKind::Dynamic => FileType::SharedLibrary,
        ObjectKind::Relocatable => FileType::ObjectFile,
        _ => FileType::Other,
    };
    let mut facts = Facts::new(format, kind, named(file.architecture()));
    facts.bits = Some(if file.is_64() { 64 } else { 32 });
    let is_little = file.is_little_endian();
    facts.byte_order = Some(if is_little { "little" } else { "big" });
    let names = Names::of(data);
    for library in file.import_libraries().map_err(told)? {
        let library = library.map_err(told)?;
        facts.libraries.push(names.read(library.name())?);
    }
    if kind == FileType::ObjectFile {
        let undefined = file.symbols().filter(ObjectSymbol::is_undefined);
        let undefined = undefined.filter_map(|symbol| symbol.name_bytes().ok());
        let undefined = undefined.map(|bytes| names.read(bytes));
        facts.undefined = undefined.collect::<Result<_, _>>()?;
    }
    Ok(facts)
}

fn program<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> Result<Facts, String> {
    let mut facts = common(Format::Pe, file, file.data())?;
    let header = file.nt_headers().optional_header();
    let system = header.subsystem();
    facts.abi = Some(if system == pe::IMAGE_SUBSYSTEM_WINDOWS_CUI {
        "Windows console".to_owned()
    } else if system == pe::IMAGE_SUBSYSTEM_WINDOWS_GUI {
        "Windows".to_owned()
    } else {
        format!("subsystem {}", system.0)
    });
    let moves = header.dll_characteristics().0 & pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE.0 != 0;
    facts.position_independent = Some(moves);
    Ok(facts)
}

/// The facts about a universal binary: one file with a program for each of several machines.
fn universal<Fat: FatArch>(arches: &[Fat]) -> Facts {
    let machines: Vec<String> = arches.iter().map(|a| named(a.architecture())).collect();
    Facts::new(Format::MachO, FileType::Other, machines.join(" and "))
}
