//! Files that no linker makes: each is an error of one line, or is read in a short time and with
//! little memory.

use object::{Object, ObjectSection};
use pretty_assertions::assert_eq;

use super::*;

/// Reads a file and writes the report. An error must be one line.
fn outcome(data: &[u8]) -> Result<String, String> {
    let report = read("x", data).inspect_err(|why| {
        assert!(!why.is_empty() && !why.contains('\n'), "{why:?}");
    })?;
    let _ = Expected::of("aarch64-unknown-linux-gnu", Floor::Unknown).fault(&report);
    let lines = text(&report, Some(&"2.16".parse().unwrap()));
    json(&[report]).unwrap();
    Ok(lines)
}

/// A program with other bytes at an offset of one of its sections.
fn changed(section: &str, at: usize, to: &[u8]) -> Vec<u8> {
    let mut file = program("libc.so.6", NEEDS);
    let sections = object::File::parse(&*file).unwrap();
    let found = sections.section_by_name(section).unwrap();
    let begin = usize::try_from(found.file_range().unwrap().0).unwrap() + at;
    file[begin..begin + to.len()].copy_from_slice(to);
    without_sections(file)
}

#[test]
fn a_broken_table_is_an_error() {
    // Offsets of `vn_cnt`, `vn_file`, `vn_aux` and `vn_next` in the table of versions, and behind
    // them of `vna_name` and `vna_next`. Entries of the dynamic section have 16 bytes.
    let strings = "a name in its table of strings is not in the file";
    let versions = "its table of versions is not whole in the file";
    for (section, at, to, expected) in [
        (".gnu.version_r", 4, &[0xff, 0xff, 0, 0][..], strings),
        (".gnu.version_r", 8, &[0xff, 0xff, 0, 0], versions),
        (".gnu.version_r", 8, &[0xff; 4], versions),
        (".gnu.version_r", 16 + 8, &[0xff; 4], strings),
        (".gnu.version_r", 16 + 12, &[0xff, 0xff, 0, 0], versions),
        (".gnu.version_r", 16 + 12, &[0xff; 4], versions),
        (".dynamic", 8, &[0xff; 8], strings),
        (".dynamic", 16 * 4 + 8, &[0; 8], strings),
        (
            ".dynamic",
            16 * 3 + 8,
            &[0xff; 8],
            "its table of strings is not in the file",
        ),
        (
            ".dynamic",
            16 * 5 + 8,
            &[0xff; 8],
            "its table of symbols is not in the file",
        ),
        (
            ".dynamic",
            16 * 7 + 8,
            &[0xff; 8],
            "its table of versions is not in the file",
        ),
    ] {
        let why = outcome(&changed(section, at, to)).unwrap_err();
        assert_eq!(why, expected, "{section} {at}");
    }
    // Entries that lie over each other, and another library without end.
    for (at, to) in [(2, [0xff, 0xff]), (16 + 12, [1, 0]), (12, [1, 0])] {
        let _ = outcome(&changed(".gnu.version_r", at, &to));
    }
}

#[test]
fn a_cut_or_changed_file_is_read_to_an_end() {
    let whole = program("libc.so.6", NEEDS);
    let mut members = Vec::new();
    for name in ["a.o", "b.o"] {
        members.push((name, object_file(&["memcpy@GLIBC_2.2.5", "gettid"])));
    }
    let files = [
        without_sections(whole.clone()),
        whole,
        object_file(&["memcpy@GLIBC_2.2.5", "gettid"]),
        archive(&members),
    ];
    for file in &files {
        outcome(file).unwrap();
        for end in 0..file.len() {
            let _ = outcome(&file[..end]);
        }
        let mut other = file.clone();
        for at in 0..file.len() {
            for change in [1, 0x10, 0x80, 0xff] {
                other[at] = file[at] ^ change;
                let _ = outcome(&other);
            }
            // Several bytes at once, as a size or an offset that is far too large.
            let end = file.len().min(at + 8);
            other[at..end].fill(0xff);
            let _ = outcome(&other);
            other[at..end].copy_from_slice(&file[at..end]);
        }
    }
}

/// Without a bound, the names of such a file take gigabytes.
#[test]
fn symbols_that_share_a_long_name_are_refused() {
    const COUNT: usize = 1 << 17;
    let long = "x".repeat((1 << 16) - 1);
    let too_much = "its names are many times longer than the file";
    let names = vec![&*long; 1];
    let mut file = program("libc.so.6", &[("GLIBC_2.17", &names)]);
    let sections = object::File::parse(&*file).unwrap();
    let place = |name: &str| {
        sections
            .section_by_name(name)
            .unwrap()
            .file_range()
            .unwrap()
    };
    // The tables of symbols and of their versions move to the end of the file, which is loaded.
    let begin = |name: &str| usize::try_from(place(name).0).unwrap();
    let (first, version) = (begin(".dynsym") + 24, begin(".gnu.version") + 2);
    let dynamic = begin(".dynamic");
    let all = file[first..first + 24].repeat(COUNT);
    let versions = file[version..version + 2].repeat(COUNT);
    let at = file.len() as u64;
    for (entry, place) in [(5, at), (6, at + all.len() as u64)] {
        let value = dynamic + entry * 16 + 8;
        file[value..value + 8].copy_from_slice(&place.to_le_bytes());
    }
    let verneed = dynamic + 7 * 16 + 8;
    let read_at = u64::from_le_bytes(file[verneed..verneed + 8].try_into().unwrap());
    let need = file[usize::try_from(read_at).unwrap()..][..32].to_vec();
    file.extend(all);
    file.extend(versions);
    let last = file.len() as u64;
    file.extend(need);
    file[verneed..verneed + 8].copy_from_slice(&last.to_le_bytes());
    let size = (file.len() as u64).to_le_bytes();
    for field in [32, 40] {
        file[64 + field..64 + field + 8].copy_from_slice(&size);
    }
    assert_eq!(outcome(&without_sections(file)).unwrap_err(), too_much);

    // An object file whose undefined symbols all have the name of the first.
    let mut strings = Strings::new();
    let name = strings.add(&long);
    let mut symbols = vec![0; 24];
    symbols.extend(symbol(name, false).repeat(COUNT));
    let sections = [
        (".strtab", 3, 0, 0, 0, strings.0),
        (".symtab", 2, 1, 1, 24, symbols),
    ];
    assert_eq!(outcome(&elf(1, &sections)).unwrap_err(), too_much);
}
