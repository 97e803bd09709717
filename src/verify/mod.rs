//! What a result says of itself: for which machine it is, and what it needs there. Programs,
//! libraries, object files and archives of all systems that cross has rows for; nothing is run, and
//! no program of the target's is needed.

mod archive;
mod attributes;
mod elf;
mod expected;
mod facts;
mod images;
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

/// The form of a file.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Elf,
    /// Windows' programs and DLLs. <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>
    Pe,
    /// Windows' object files, of the same specification.
    Coff,
    MachO,
    Wasm,
}

/// What a file is good for.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileType {
    Program,
    SharedLibrary,
    /// What a linker takes.
    ObjectFile,
    Other,
}

/// What one object says of itself.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Facts {
    pub(crate) format: Format,
    pub(crate) kind: FileType,
    /// As rustc calls it: `target_arch`.
    pub(crate) machine: String,
    pub(crate) bits: Option<u8>,
    pub(crate) byte_order: Option<&'static str>,
    /// The operating system or ABI that an ELF header names, or the subsystem of Windows'.
    pub(crate) abi: Option<String>,
    /// What the file says of the instructions in it.
    pub(crate) instruction_set: Vec<String>,
    /// Whether it can be loaded anywhere in memory; none where that is no question.
    pub(crate) position_independent: Option<bool>,
    /// Whether it needs no library and no interpreter; none where that is no question.
    #[serde(rename = "static")]
    pub(crate) is_static: Option<bool>,
    pub(crate) interpreter: Option<String>,
    /// What is loaded with it: shared libraries, of WebAssembly the modules that it imports from.
    pub(crate) libraries: Vec<String>,
    pub(crate) rpath: Option<String>,
    pub(crate) runpath: Option<String>,
    /// The versions of libraries' symbols that it needs.
    pub(crate) needs: Vec<Need>,
    /// The names that an object file leaves to others.
    #[serde(skip)]
    pub(crate) undefined: Vec<String>,
}

impl Facts {
    /// Of an object about which nothing more is known.
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

/// A version of a library's symbols that is needed, and the symbols that ask for it. One that is
/// needed weakly counts: whether the program starts without it is up to the system's loader.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Need {
    /// The library's file; none where that is decided when it is linked.
    pub(crate) library: Option<String>,
    /// As it stands in the file: `GLIBC_2.17`.
    pub(crate) version: String,
    pub(crate) symbols: Vec<Symbol>,
}

/// A symbol of another file.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Symbol {
    // Symbols that must be there come first.
    pub(crate) weak: bool,
    pub(crate) name: String,
    /// The object files and members of archives that ask for it, as far as they were named beside
    /// the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) asked_by: Vec<String>,
}

/// The machines by the names that rustc has for them, `target_arch`.
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

/// What a file has as a name, which need not be text.
fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
