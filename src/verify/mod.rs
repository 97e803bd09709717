//! Facts about results, read from the files: the machine that a file is for, and the libraries and
//! versions of symbols that it needs. Reads programs, libraries, object files and archives of all
//! systems that have rows, without running anything.

mod archive;
mod attributes;
mod dynamic;
mod elf;
mod expected;
mod facts;
mod names;
mod pe_and_mach_o;
mod report;
#[cfg(test)]
mod tests;
mod text;
mod version;
mod wasm;

use serde::Serialize;

pub(crate) use expected::{Expected, Floor};
pub(crate) use facts::facts;
pub(crate) use report::{Report, name_askers, read};
pub(crate) use text::{json, text};

/// A file format.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Elf,
    /// Windows' programs and DLLs. <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>
    Pe,
    /// Windows' object files, which the specification of PE describes too.
    Coff,
    MachO,
    Wasm,
}

/// The use of a file.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileType {
    Program,
    SharedLibrary,
    /// An object file, an input of the linker.
    ObjectFile,
    Other,
}

/// The facts about one object.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Facts {
    pub(crate) format: Format,
    pub(crate) kind: FileType,
    /// The machine's name in rustc, `target_arch`.
    pub(crate) machine: String,
    pub(crate) bits: Option<u8>,
    pub(crate) byte_order: Option<&'static str>,
    /// The operating system or ABI in an ELF header, or the subsystem in a Windows program.
    pub(crate) abi: Option<String>,
    /// The instruction set extensions and ABI of the code, as far as the file says.
    pub(crate) instruction_set: Vec<String>,
    /// Whether the file can be loaded at any address. None if the question does not arise.
    pub(crate) position_independent: Option<bool>,
    /// Whether the file needs no library and no interpreter. None if the question does not arise.
    #[serde(rename = "static")]
    pub(crate) is_static: Option<bool>,
    pub(crate) interpreter: Option<String>,
    /// The shared libraries that are loaded with the file, or the modules from which WebAssembly
    /// imports.
    pub(crate) libraries: Vec<String>,
    pub(crate) rpath: Option<String>,
    pub(crate) runpath: Option<String>,
    /// The versions of symbols in libraries that the file needs.
    pub(crate) needs: Vec<Need>,
    /// The undefined symbols of an object file.
    #[serde(skip)]
    pub(crate) undefined: Vec<String>,
}

impl Facts {
    /// The facts about an object of which only format, kind and machine are known.
    fn new(format: Format, kind: FileType, machine: impl Into<String>) -> Self {
        Self {
            format,
            kind,
            machine: machine.into(),
            bits: None,
            byte_order: None,
            abi: None,
            instruction_set: Vec::new(),
            position_independent: None,
            is_static: None,
            interpreter: None,
            libraries: Vec::new(),
            rpath: None,
            runpath: None,
            needs: Vec::new(),
            undefined: Vec::new(),
        }
    }
}

/// A version of a library's symbols that is needed, and the symbols of that version. A weak need
/// counts like any other, since the system's loader decides whether a program starts without it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Need {
    /// The library's file name. None in object files, where the linker decides.
    pub(crate) library: Option<String>,
    /// The version as the file has it, such as `GLIBC_2.17`.
    pub(crate) version: String,
    pub(crate) symbols: Vec<Symbol>,
}

/// A symbol that another file defines.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Symbol {
    // The derived order puts symbols that are not weak first.
    pub(crate) weak: bool,
    pub(crate) name: String,
    /// The object files and members of archives that use the symbol, if the user named them
    /// together with this file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) asked_by: Vec<String>,
}

/// The machine's name in rustc, `target_arch`.
/// <https://doc.rust-lang.org/reference/conditional-compilation.html#target_arch>
fn machine(architecture: object::Architecture) -> Option<&'static str> {
    use object::Architecture as A;
    Some(match architecture {
        A::Aarch64 | A::Aarch64_Ilp32 => "aarch64",
        A::Arm => "arm",
        A::Avr => "avr",
        A::Bpf => "bpf",
        A::Csky => "csky",
        A::Hexagon => "hexagon",
        A::I386 => "x86",
        A::LoongArch32 => "loongarch32",
        A::LoongArch64 => "loongarch64",
        A::M68k => "m68k",
        A::Mips => "mips",
        A::Mips64 | A::Mips64_N32 => "mips64",
        A::Msp430 => "msp430",
        A::PowerPc => "powerpc",
        A::PowerPc64 => "powerpc64",
        A::Riscv32 => "riscv32",
        A::Riscv64 => "riscv64",
        A::S390x => "s390x",
        A::Sparc | A::Sparc32Plus => "sparc",
        A::Sparc64 => "sparc64",
        A::Wasm32 => "wasm32",
        A::Wasm64 => "wasm64",
        A::X86_64 | A::X86_64_X32 => "x86_64",
        A::Xtensa => "xtensa",
        _ => return None,
    })
}

/// A name from a file, which need not be UTF-8.
fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
