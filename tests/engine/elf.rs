//! Facts about an ELF file.

use std::path::Path;

use object::{Object, ObjectSection};

/// The facts that decide on which machines a file runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) machine: object::Architecture,
    pub(crate) interpreter: String,
    /// The newest version of glibc's symbols that the file needs.
    pub(crate) glibc: (u32, u32),
}

/// Reads the facts of a file.
#[track_caller]
pub(crate) fn read(path: &Path) -> Facts {
    let data = fs_err::read(path).expect("a binary");
    let file = object::File::parse(&*data).expect("an ELF file");
    let section = |name: &str| {
        let section = file.section_by_name(name);
        section.and_then(|s| s.data().ok()).unwrap_or_default()
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let interpreter = section(".interp").split(|byte| *byte == 0).next();
    // The names of all versions that the file needs are strings in this section.
    let strings = section(".dynstr").split(|byte| *byte == 0).map(text);
    Facts {
        machine: file.architecture(),
        interpreter: text(interpreter.unwrap_or_default()),
        glibc: strings
            .filter_map(|name| version(&name))
            .max()
            .unwrap_or_default(),
    }
}

/// The version of `GLIBC_2.29` or `GLIBC_2.2.5`, without its third number.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name
        .strip_prefix("GLIBC_")?
        .split('.')
        .map(|n| n.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}
