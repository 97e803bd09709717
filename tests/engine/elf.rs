//! What a binary says of itself.

use std::path::Path;

use object::{Object, ObjectSection};

/// The facts that decide where a binary runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) machine: object::Architecture,
    pub(crate) interpreter: String,
    /// The newest version of glibc's symbols it needs.
    pub(crate) glibc: (u32, u32),
}

/// Reads them.
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
    // Whatever version a binary needs, its name stands among the strings of the dynamic linker.
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

/// `GLIBC_2.29` and `GLIBC_2.2.5` in numbers; the third does not matter here.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name
        .strip_prefix("GLIBC_")?
        .split('.')
        .map(|n| n.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}
