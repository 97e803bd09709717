//! The processors that the code in an ELF file is for, as far as the file's attributes, properties
//! and header flags say. The linker merges them from all its input files.

use std::collections::BTreeMap;

use object::elf::{self, Tag_File};
use object::read::elf::{AttributesSection, ElfFile, FileHeader, SectionHeader};
use object::{Architecture, Endianness, Object, ObjectSection};

use super::name;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Number(u64),
    Text(String),
}

type Attributes = BTreeMap<u64, Value>;

/// The names of the values of `Tag_CPU_arch`, `Tag_FP_arch` and `Tag_Advanced_SIMD_arch`, by index.
/// <https://github.com/ARM-software/abi-aa/blob/main/addenda32/addenda32.rst#the-target-related-attributes>
const TAG_CPU_ARCH: u64 = 6;
const ARM_ARCHES: &[&str] = &[
    "pre-v4",
    "v4",
    "v4T",
    "v5T",
    "v5TE",
    "v5TEJ",
    "v6",
    "v6KZ",
    "v6T2",
    "v6K",
    "v7",
    "v6-M",
    "v6S-M",
    "v7E-M",
    "v8-A",
    "v8-R",
    "v8-M.base",
    "v8-M.main",
    "v8.1-A",
    "v8.2-A",
    "v8.3-A",
    "v8.1-M.main",
    "v9-A",
];
const TAG_FP_ARCH: u64 = 10;
const ARM_FLOATS: &[&str] = &[
    "",
    "VFPv1",
    "VFPv2",
    "VFPv3",
    "VFPv3-D16",
    "VFPv4",
    "VFPv4-D16",
    "FP-ARMv8",
    "FP-ARMv8-D16",
];
const TAG_ADVANCED_SIMD_ARCH: u64 = 12;
const ARM_VECTORS: &[&str] = &[
    "",
    "NEON",
    "NEON with VFPv4",
    "NEON of ARMv8",
    "NEON of ARMv8.1",
];
const TAG_ABI_VFP_ARGS: u64 = 28;
/// This attribute's value is a number followed by a string.
const TAG_COMPATIBILITY: u64 = 32;

/// `Tag_RISCV_arch`,
/// <https://github.com/riscv-non-isa/riscv-elf-psabi-doc/blob/master/riscv-elf.adoc#attributes>
const TAG_RISCV_ARCH: u64 = 5;

/// The names of the values of `EF_MIPS_ARCH`, the highest four bits of the header's flags, by
/// index.
const MIPS_ARCHES: &[&str] = &[
    "MIPS I", "MIPS II", "MIPS III", "MIPS IV", "MIPS V", "MIPS32", "MIPS64", "MIPS32r2",
    "MIPS64r2", "MIPS32r6", "MIPS64r6",
];

/// The instruction set and the floating-point ABI of a file, a few words each.
pub(super) fn instruction_set<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<Vec<String>> {
    let flags = file.elf_header().e_flags(file.endian()).0;
    let words = match file.architecture() {
        Architecture::Arm => arm(&attributes(file)?),
        Architecture::Riscv32 | Architecture::Riscv64 => riscv(&attributes(file)?, flags),
        Architecture::I386 | Architecture::X86_64 | Architecture::X86_64_X32 => x86(file)?,
        Architecture::Mips | Architecture::Mips64 | Architecture::Mips64_N32 => mips(flags),
        Architecture::PowerPc64 => match flags & elf::EF_PPC64_ABI {
            0 => Vec::new(),
            version => vec![format!("ELFv{version}")],
        },
        Architecture::LoongArch32 | Architecture::LoongArch64 => {
            let floats = match flags & elf::EF_LARCH_ABI_MODIFIER_MASK {
                1 => "soft float",
                2 => "single float",
                3 => "double float",
                _ => return Ok(Vec::new()),
            };
            vec![floats.to_owned()]
        }
        _ => Vec::new(),
    };
    Ok(words)
}

fn arm(attributes: &Attributes) -> Vec<String> {
    let number = |tag| match attributes.get(&tag) {
        Some(Value::Number(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        _ => 0,
    };
    let named = |table: &[&str], what: &str, number: usize| {
        let known = table.get(number).map(|name| (*name).to_owned());
        known.unwrap_or_else(|| format!("{what} {number}"))
    };
    // A file with nothing but data has no architecture.
    if !attributes.contains_key(&TAG_CPU_ARCH) {
        return Vec::new();
    }
    let arch = named(ARM_ARCHES, " architecture", number(TAG_CPU_ARCH));
    let mut words = vec![format!("ARM{arch}")];
    words.push(named(ARM_FLOATS, "Tag_FP_arch", number(TAG_FP_ARCH)));
    words.push(named(
        ARM_VECTORS,
        "Tag_Advanced_SIMD_arch",
        number(TAG_ADVANCED_SIMD_ARCH),
    ));
    let abi = match number(TAG_ABI_VFP_ARGS) {
        0 => "soft float ABI",
        1 => "hard float ABI",
        // The code passes no floating-point numbers, so it can be linked with either ABI.
        _ => "",
    };
    words.push(abi.to_owned());
    words.retain(|word| !word.is_empty());
    words
}

fn riscv(attributes: &Attributes, flags: u32) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(Value::Text(arch)) = attributes.get(&TAG_RISCV_ARCH) {
        words.push(arch.clone());
    }
    let floats = match flags & elf::EF_RISCV_FLOAT_ABI {
        0 => "soft float ABI",
        2 => "single float ABI",
        4 => "double float ABI",
        _ => "quad float ABI",
    };
    words.push(floats.to_owned());
    words
}

/// The level of the x86-64 architecture that the file needs. Few files have it: a linker writes it
/// only if all its input files do. <https://gitlab.com/x86-psABIs/x86-64-ABI>
fn x86<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<Vec<String>> {
    let (endian, data) = (file.endian(), file.data());
    let mut needed = 0;
    for section in file.elf_section_table().iter() {
        let Some(mut notes) = section.notes(endian, data)? else {
            continue;
        };
        while let Some(note) = notes.next()? {
            let Some(mut properties) = note.gnu_properties(endian) else {
                continue;
            };
            while let Some(property) = properties.next()? {
                if property.pr_type() == elf::GNU_PROPERTY_X86_ISA_1_NEEDED {
                    needed |= property.data_u32(endian)?;
                }
            }
        }
    }
    let level = u32::BITS - needed.leading_zeros();
    Ok(match level {
        0 => Vec::new(),
        1 => vec!["x86-64 baseline".to_owned()],
        level => vec![format!("x86-64-v{level}")],
    })
}

fn mips(flags: u32) -> Vec<String> {
    let arch = (flags & elf::EF_MIPS_ARCH) as usize >> 28;
    let mut words = Vec::new();
    words.extend(MIPS_ARCHES.get(arch).map(|name| (*name).to_owned()));
    let abi = flags & elf::EF_MIPS_ABI;
    let is_64 = matches!(arch, 2..=4 | 6 | 8 | 10);
    let name = if abi == elf::EF_MIPS_ABI_O32.0 {
        "o32"
    } else if flags & elf::EF_MIPS_ABI2.0 != 0 {
        "n32"
    } else if abi == 0 && is_64 {
        "n64"
    } else {
        ""
    };
    words.push(name.to_owned());
    if flags & elf::EF_MIPS_NAN2008.0 != 0 {
        words.push("NaN of IEEE 754-2008".to_owned());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The attributes that are for the whole file, by tag.
fn attributes<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<Attributes> {
    let names = [".ARM.attributes", ".riscv.attributes"];
    let mut all = BTreeMap::new();
    let Some(section) = names.iter().find_map(|name| file.section_by_name(name)) else {
        return Ok(all);
    };
    let is_arm = file.architecture() == Architecture::Arm;
    let section = AttributesSection::<Elf>::new(file.endian(), section.data()?)?;
    let mut parts = section.subsections()?;
    while let Some(part) = parts.next()? {
        let mut parts = part.subsubsections();
        while let Some(part) = parts.next()? {
            if part.tag() != Tag_File {
                continue;
            }
            let mut reader = part.attributes();
            while let Some(tag) = reader.read_tag()? {
                let value = if is_text(is_arm, tag) {
                    Value::Text(name(reader.read_string()?))
                } else {
                    let number = reader.read_integer()?;
                    if is_arm && tag == TAG_COMPATIBILITY {
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

/// Whether the value of an attribute is a string: if the tag is odd. Of Arm's tags up to 32 only 4
/// and 5, the names of the processor, are strings.
fn is_text(is_arm: bool, tag: u64) -> bool {
    if is_arm && tag <= TAG_COMPATIBILITY {
        matches!(tag, 4 | 5)
    } else {
        tag % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_file_says_architecture_floats_vectors_and_abi() {
        let of = |values: &[(u64, u64)]| {
            let values = values.iter().map(|(tag, n)| (*tag, Value::Number(*n)));
            arm(&values.collect()).join(", ")
        };
        let hard = [(6, 10), (10, 4), (28, 1)];
        assert_eq!(of(&hard), "ARMv7, VFPv3-D16, hard float ABI");
        assert_eq!(
            of(&[(6, 14), (10, 7), (12, 3), (28, 3)]),
            "ARMv8-A, FP-ARMv8, NEON of ARMv8"
        );
        assert_eq!(of(&[(6, 4)]), "ARMv5TE, soft float ABI");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn mips_flags_say_architecture_and_abi() {
        assert_eq!(mips(0x7000_1007).join(", "), "MIPS32r2, o32");
        assert_eq!(mips(0x8000_0007).join(", "), "MIPS64r2, n64");
        assert_eq!(mips(0x8000_0027).join(", "), "MIPS64r2, n32");
    }

    #[test]
    fn riscv_says_its_extensions() {
        let arch = Value::Text("rv64i2p1_m2p0".to_owned());
        let words = riscv(&[(TAG_RISCV_ARCH, arch)].into(), 5);
        assert_eq!(words, ["rv64i2p1_m2p0", "double float ABI"]);
    }
}
