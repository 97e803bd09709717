//! WebAssembly: <https://webassembly.github.io/spec/core/binary/modules.html>. Reads only the
//! imports, whether there is a start function, and custom sections.

use std::collections::BTreeSet;

use super::{Facts, FileType, Format, name};

const MAGIC: &[u8] = b"\0asm";
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const EXPORT: u8 = 7;
/// Object files, the inputs of linkers, have this section.
/// <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>
const LINKING: &[u8] = b"linking";
/// The section that lists the features of WebAssembly that the code uses.
/// <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md#target-features-section>
const FEATURES: &[u8] = b"target_features";
/// The exported function that starts a program,
/// <https://github.com/WebAssembly/WASI/blob/main/legacy/application-abi.md>.
const START: &[u8] = b"_start";

/// The facts about a module or component. None if the data is not WebAssembly.
///
/// # Errors
///
/// If the file is damaged.
pub(super) fn read(data: &[u8]) -> Result<Option<Facts>, String> {
    let Some([v0, v1, layer0, _, sections @ ..]) = data.strip_prefix(MAGIC) else {
        return Ok(None);
    };
    let mut facts = Facts::new(Format::Wasm, FileType::SharedLibrary, "wasm32");
    facts.byte_order = Some("little");
    // The layer of a component is 1, that of a module 0.
    // <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>
    if *layer0 != 0 {
        facts.kind = FileType::Other;
        facts.abi = Some("component".to_owned());
        return Ok(Some(facts));
    }
    facts.abi = Some(format!(
        "module, version {}",
        u16::from_le_bytes([*v0, *v1])
    ));
    module(Reader(sections), &mut facts).ok_or("the module ends too early")?;
    Ok(Some(facts))
}

fn module(mut reader: Reader<'_>, facts: &mut Facts) -> Option<()> {
    let mut modules = BTreeSet::new();
    while let Some(id) = reader.byte() {
        let mut section = Reader(reader.bytes()?);
        match id {
            IMPORT => {
                for _ in 0..section.number()? {
                    modules.insert(name(section.bytes()?));
                    section.bytes()?;
                    section.imported(facts)?;
                }
            }
            EXPORT => {
                for _ in 0..section.number()? {
                    if section.bytes()? == START {
                        facts.kind = FileType::Program;
                    }
                    section.byte()?;
                    section.number()?;
                }
            }
            CUSTOM => match section.bytes()? {
                LINKING => facts.kind = FileType::ObjectFile,
                FEATURES => {
                    for _ in 0..section.number()? {
                        let is_used = section.byte()? == b'+';
                        let feature = name(section.bytes()?);
                        facts
                            .instruction_set
                            .extend(Some(feature).filter(|_| is_used));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    facts.libraries = modules.into_iter().collect();
    Some(())
}

/// The bytes of a module that are still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Reads an unsigned number, <https://en.wikipedia.org/wiki/LEB128>.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a length and as many bytes.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Skips the type of an import. Notes in the facts how many bits the addresses of an imported
    /// memory have.
    fn imported(&mut self, facts: &mut Facts) -> Option<()> {
        const LIMITED: u64 = 1;
        const WITH_64_BITS: u64 = 4;
        let kind = self.byte()?;
        if kind == 1 {
            self.byte()?;
        }
        match kind {
            1 | 2 => {
                let flags = self.number()?;
                if kind == 2 && flags & WITH_64_BITS != 0 {
                    "wasm64".clone_into(&mut facts.machine);
                }
                self.number()?;
                if flags & LIMITED != 0 {
                    self.number()?;
                }
            }
            3 => {
                self.byte()?;
                self.byte()?;
            }
            4 => {
                self.byte()?;
                self.number()?;
            }
            _ => {
                self.number()?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[id, length], content].concat()
    }

    fn read_module(sections: &[Vec<u8>]) -> Result<Option<Facts>, String> {
        read(&[b"\0asm\x01\0\0\0".to_vec(), sections.concat()].concat())
    }

    #[test]
    fn a_program_has_a_start_and_imports() {
        let import = section(IMPORT, b"\x02\x04wasi\x01a\0\0\x03env\x01b\x02\x01\x01\x02");
        let export = section(EXPORT, b"\x01\x06_start\0\x05");
        let features = section(CUSTOM, b"\x0ftarget_features\x02+\x04simd-\x01x");
        let facts = read_module(&[import, export, features]).unwrap().unwrap();
        assert_eq!(facts.kind, FileType::Program);
        assert_eq!(facts.libraries, ["env", "wasi"]);
        assert_eq!(facts.instruction_set, ["simd"]);
        let linked = read_module(&[section(CUSTOM, b"\x07linking\x02")]);
        assert_eq!(linked.unwrap().unwrap().kind, FileType::ObjectFile);
    }

    #[test]
    fn what_is_cut_off_is_an_error_and_what_is_none_is_none() {
        assert!(read_module(&[vec![IMPORT, 9, 1]]).is_err());
        assert_eq!(read(b"\0as").unwrap(), None);
        assert_eq!(read(b"\0asm").unwrap(), None);
    }
}
