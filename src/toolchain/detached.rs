//! Cuts a shared library off from others of which no function is ever called, so that these need
//! not be there. The loader looks at three tables, in which only values change:
//!
//! * the libraries that it loads, and those in which it expects versions of symbols: the others
//!   become the C library, which is there anyway;
//! * the versions that it expects of the others: they may be missing;
//! * symbols that the others would have: they may be missing.
//!
//! <https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html>

use std::fmt;

use object::elf::{self, VersionIndex};
use object::read::elf::{Dyn, FileHeader, SectionHeader, Sym};
use object::read::{ReadRef, StringTable};
use object::{LittleEndian, Result};

use cross_base::names::listed;

/// The library that all are linked with.
const C_LIBRARY: &[u8] = b"libc.so.6";

type Elf = elf::FileHeader64<LittleEndian>;

/// A change: an offset in the file, and the bytes that are to be there.
pub(super) type Change = (u64, Vec<u8>);

/// The cause for which a library cannot be cut off from others.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is no library as expected.
    Unread(object::Error),
    /// It does not need these libraries.
    NotNeeded(Vec<String>),
}

impl From<object::Error> for Fault {
    fn from(error: object::Error) -> Self {
        Self::Unread(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => error.fmt(f),
            Self::NotNeeded(names) => write!(f, "it does not need {}", listed(names, "or")),
        }
    }
}

/// The changes that cut a library for x86-64 off from others, by their names.
pub(super) fn changes<'data, R: ReadRef<'data>>(
    data: R,
    from: &[String],
) -> std::result::Result<Vec<Change>, Fault> {
    let endian = LittleEndian;
    let sections = Elf::parse(data)?.sections(endian, data)?;
    let start = |kind| {
        let section = sections.iter().find(|it| it.sh_type(endian) == kind);
        section.map_or(0, |section| section.sh_offset(endian))
    };
    let Some((entries, link)) = sections.dynamic(endian, data)? else {
        return Err(Fault::NotNeeded(from.to_vec()));
    };
    let strings = sections.strings(endian, data, link)?;
    let needed = (0_u64..).zip(entries);
    let needed: Vec<(u64, u32)> = needed
        .filter(|(_, entry)| entry.tag(endian) == elf::DT_NEEDED)
        .filter_map(|(index, entry)| Some((index, entry.val32(endian)?)))
        .collect();
    let find = |name: &[u8]| {
        let mut offsets = needed.iter().map(|(_, offset)| *offset);
        offsets.find(|offset| strings.get(*offset) == Ok(name))
    };
    let others = from.iter().filter(|name| find(name.as_bytes()).is_none());
    let mut absent: Vec<String> = others.cloned().collect();
    let Some(libc) = find(C_LIBRARY).filter(|_| absent.is_empty()) else {
        if absent.is_empty() {
            absent.push(String::from_utf8_lossy(C_LIBRARY).into_owned());
        }
        return Err(Fault::NotNeeded(absent));
    };
    let mut changes = Vec::new();
    let dynamic = start(elf::SHT_DYNAMIC);
    for (index, _) in needed
        .iter()
        .filter(|(_, name)| is_one(&strings, *name, from))
    {
        let value = dynamic + index * size_of::<elf::Dyn64<LittleEndian>>() as u64 + 8;
        changes.push((value, u64::from(libc).to_le_bytes().to_vec()));
    }
    // Symbols of libraries without versions have one of these numbers.
    let mut numbers = vec![elf::VER_NDX_LOCAL, elf::VER_NDX_GLOBAL];
    if let Some((mut libraries, link)) = sections.gnu_verneed(endian, data)? {
        let strings = sections.strings(endian, data, link)?;
        let mut at = start(elf::SHT_GNU_VERNEED);
        while let Some((library, mut versions)) = libraries.next()? {
            let mut below = at + u64::from(library.vn_aux.get(endian));
            if is_one(&strings, library.vn_file.get(endian), from) {
                changes.push((at + 4, libc.to_le_bytes().to_vec()));
                while let Some(version) = versions.next()? {
                    let flags = version.vna_flags.get(endian).with(elf::VER_FLG_WEAK);
                    changes.push((below + 4, flags.0.to_le_bytes().to_vec()));
                    numbers.push(version.vna_other(endian).index());
                    below += u64::from(version.vna_next.get(endian));
                }
            }
            at += u64::from(library.vn_next.get(endian));
        }
    }
    changes.extend(weakened(&sections, data, &numbers)?);
    Ok(changes)
}

/// Whether a string is one of these names.
fn is_one<'data, R: ReadRef<'data>>(
    strings: &StringTable<'data, R>,
    at: u32,
    names: &[String],
) -> bool {
    let name = strings.get(at).unwrap_or_default();
    names.iter().any(|one| one.as_bytes() == name)
}

/// The changes that let symbols with these numbers of versions be missing. This alters nothing for
/// those that are found.
fn weakened<'data, R: ReadRef<'data>>(
    sections: &object::read::elf::SectionTable<'data, Elf, R>,
    data: R,
    numbers: &[VersionIndex],
) -> Result<Vec<Change>> {
    let endian = LittleEndian;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let table = sections.section(symbols.section())?.sh_offset(endian);
    let versions = sections.gnu_versym(endian, data)?;
    let versions = versions.map_or(&[][..], |(versions, _)| versions);
    let all = (0_u64..).zip(symbols.iter().zip(versions));
    let missing = all.filter(|(_, (symbol, version))| {
        symbol.is_undefined(endian)
            && symbol.st_bind() == elf::STB_GLOBAL
            && numbers.contains(&version.0.get(endian).index())
    });
    let weak = missing.map(|(index, (symbol, _))| {
        let info = elf::SymbolInfo::new(elf::STB_WEAK, symbol.st_type());
        let at = table + index * size_of::<elf::Sym64<LittleEndian>>() as u64 + 4;
        (at, vec![info.0])
    });
    Ok(weak.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in a library's table, and whether each undefined symbol may be missing.
    type Read = (Vec<String>, Vec<(String, bool)>);

    fn read(data: &[u8]) -> Read {
        let endian = LittleEndian;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let sections = Elf::parse(data).unwrap().sections(endian, data).unwrap();
        let (entries, link) = sections.dynamic(endian, data).unwrap().unwrap();
        let strings = sections.strings(endian, data, link).unwrap();
        let needed = entries.iter().filter(|it| it.tag(endian) == elf::DT_NEEDED);
        let mut names: Vec<String> = needed
            .map(|it| text(it.string(endian, strings).unwrap()))
            .collect();
        let (mut libraries, _) = sections.gnu_verneed(endian, data).unwrap().unwrap();
        while let Some((library, mut versions)) = libraries.next().unwrap() {
            let name = text(strings.get(library.vn_file.get(endian)).unwrap());
            while let Some(version) = versions.next().unwrap() {
                let flags = version.vna_flags.get(endian);
                let may_miss = flags.contains(elf::VER_FLG_WEAK);
                let version = text(strings.get(version.vna_name.get(endian)).unwrap());
                names.push(format!("{name} {version} {may_miss}"));
            }
        }
        let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM).unwrap();
        let undefined = symbols.iter().filter(|it| it.is_undefined(endian));
        let undefined = undefined.map(|it| {
            let name = it.name(endian, symbols.strings()).unwrap();
            (text(name), it.st_bind() == elf::STB_WEAK)
        });
        (names, undefined.collect())
    }

    /// Uses the test's own program, which unwinds with GCC's library.
    #[test]
    fn a_library_is_not_needed_any_more_and_its_symbols_may_be_missing() {
        let mut own = fs_err::read("/proc/self/exe").unwrap();
        let before = read(&own);
        assert!(before.0.contains(&"libgcc_s.so.1".to_owned()), "{before:?}");
        let other = ["libgcc_s.so.1".to_owned()];
        let edits = changes(&own[..], &other).unwrap();
        for (at, bytes) in edits {
            let at = usize::try_from(at).unwrap();
            own[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        let (names, symbols) = read(&own);
        let expected = before.0.iter().map(|name| match name.split_once(' ') {
            _ if name == "libgcc_s.so.1" => "libc.so.6".to_owned(),
            Some(("libgcc_s.so.1", rest)) => {
                format!("libc.so.6 {}", rest.replace("false", "true"))
            }
            _ => name.clone(),
        });
        assert_eq!(names, expected.collect::<Vec<_>>());
        assert_eq!(symbols.len(), before.1.len());
        for ((name, may_miss), (_, could_miss)) in symbols.iter().zip(before.1) {
            assert_eq!(
                *may_miss,
                could_miss || name.starts_with("_Unwind_"),
                "{name}"
            );
        }
        assert!(symbols.contains(&("_Unwind_Resume".to_owned(), true)));
        assert!(symbols.contains(&("memcpy".to_owned(), false)));
    }

    #[test]
    fn a_library_that_does_not_need_the_others_is_refused() {
        let own = fs_err::read("/proc/self/exe").unwrap();
        let others = ["libgcc_s.so.1", "libxml2.so.2", "libedit.so.2"].map(str::to_owned);
        let fault = changes(&own[..], &others).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "it does not need `libxml2.so.2` or `libedit.so.2`"
        );
    }
}
