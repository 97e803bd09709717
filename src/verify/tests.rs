//! Tests with small files that are laid out as linkers do it.

mod broken;

use cross_base::version::Version;
use pretty_assertions::assert_eq;

use super::{Expected, Floor, Report, json, name_askers, read, text};

/// A string table: strings with a zero byte behind each, and the offset of each string.
#[derive(Default)]
struct Strings(Vec<u8>);

impl Strings {
    fn new() -> Self {
        Self(vec![0])
    }

    fn add(&mut self, text: &str) -> u32 {
        let at = u32::try_from(self.0.len()).unwrap();
        self.0.extend(text.as_bytes());
        self.0.push(0);
        at
    }
}

fn bytes(numbers: &[(u64, usize)]) -> Vec<u8> {
    let parts = numbers.iter();
    parts
        .flat_map(|(number, size)| number.to_le_bytes()[..*size].to_vec())
        .collect()
}

/// A section: name, `sh_type`, `sh_link`, `sh_info`, `sh_entsize` and content.
type Section = (&'static str, u32, u32, u32, u64, Vec<u8>);

/// The offset of the first section's content in an ELF file: behind its header and two program
/// headers.
const BEGIN: u64 = 64 + 2 * 56;

/// The offsets at which `elf` puts contents of these sizes.
fn places(sizes: &[usize]) -> Vec<u64> {
    let mut at = BEGIN;
    let sizes = sizes.iter();
    sizes
        .map(|size| {
            let place = at;
            at = (at + *size as u64).next_multiple_of(8);
            place
        })
        .collect()
}

/// A 64-bit ELF file for aarch64 with these sections behind the null section. Unless it is an
/// object file, the whole file is loaded at the address 0, and the last section is the dynamic one.
fn elf(e_type: u64, sections: &[Section]) -> Vec<u8> {
    let mut names = Strings::new();
    let mut content = Vec::new();
    let mut headers = bytes(&[(0, 8); 8]);
    let text = names.add(".shstrtab");
    let all = sections.iter();
    let mut all: Vec<(u32, &Section)> = all.map(|s| (names.add(s.0), s)).collect();
    let last = ("", 3, 0, 0, 0, names.0);
    all.push((text, &last));
    for (name, (_, kind, link, info, entry, data)) in &all {
        while content.len() % 8 != 0 {
            content.push(0);
        }
        let fields = [
            (u64::from(*name), 4),
            (u64::from(*kind), 4),
            (2, 8),
            (0, 8),
            (BEGIN + content.len() as u64, 8),
            (data.len() as u64, 8),
            (u64::from(*link), 4),
            (u64::from(*info), 4),
            (8, 8),
            (*entry, 8),
        ];
        headers.extend(bytes(&fields));
        content.extend(data);
    }
    while content.len() % 8 != 0 {
        content.push(0);
    }
    let count = all.len() as u64 + 1;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(bytes(&[(e_type, 2), (183, 2), (1, 4), (0, 8), (64, 8)]));
    file.extend(bytes(&[(BEGIN + content.len() as u64, 8), (0, 4)]));
    let segments = if e_type == 1 { 0 } else { 2 };
    let sizes = [
        (64, 2),
        (56, 2),
        (segments, 2),
        (64, 2),
        (count, 2),
        (count - 1, 2),
    ];
    file.extend(bytes(&sizes));
    // `PT_LOAD` and `PT_DYNAMIC`, each with its offset, address and size.
    let dynamic = sections.last().map_or(0, |section| section.5.len());
    let sizes: Vec<usize> = sections.iter().map(|section| section.5.len()).collect();
    let last = places(&sizes).pop().unwrap_or_default();
    let whole = BEGIN + content.len() as u64;
    for (kind, place, size) in [(1, 0, whole), (2, last, dynamic as u64)] {
        let place = (place, 8);
        let size = (size, 8);
        let fields = [(kind, 4), (4, 4), place, place, place, size, size, (8, 8)];
        file.extend(bytes(&fields));
    }
    [file, content, headers].concat()
}

fn symbol(name: u32, is_weak: bool) -> Vec<u8> {
    let info = if is_weak { 0x20 } else { 0x10 };
    bytes(&[
        (u64::from(name), 4),
        (info, 1),
        (0, 1),
        (0, 2),
        (0, 8),
        (0, 8),
    ])
}

/// A program that needs versions of symbols in one library.
fn program(library: &str, needs: &[(&str, &[&str])]) -> Vec<u8> {
    let mut strings = Strings::new();
    let file = strings.add(library);
    let run_path = strings.add("$ORIGIN/lib");
    let (mut symbols, mut indexes) = (vec![0; 24], vec![0, 0]);
    let count = needs.len() as u64;
    let mut versions = bytes(&[(1, 2), (count, 2), (u64::from(file), 4), (16, 4), (0, 4)]);
    for (at, (version, names)) in needs.iter().enumerate() {
        let (index, is_last) = (at as u64 + 2, at + 1 == needs.len());
        let next = if is_last { 0 } else { 16 };
        let name = u64::from(strings.add(version));
        versions.extend(bytes(&[(0, 4), (0, 2), (index, 2), (name, 4), (next, 4)]));
        for name in *names {
            let plain = name.trim_start_matches('?');
            symbols.extend(symbol(strings.add(plain), plain != *name));
            indexes.extend(bytes(&[(index, 2)]));
        }
    }
    let places = places(&[
        strings.0.len(),
        symbols.len(),
        indexes.len(),
        versions.len(),
    ]);
    // The tags `DT_NEEDED`, `DT_RUNPATH`, `DT_FLAGS_1` with `DF_1_PIE`, `DT_STRTAB`, `DT_STRSZ`,
    // `DT_SYMTAB`, `DT_VERSYM`, `DT_VERNEED` and `DT_VERNEEDNUM`.
    let entries = [
        (1, u64::from(file)),
        (29, u64::from(run_path)),
        (0x6fff_fffb, 0x0800_0000),
        (5, places[0]),
        (10, strings.0.len() as u64),
        (6, places[1]),
        (0x6fff_fff0, places[2]),
        (0x6fff_fffe, places[3]),
        (0x6fff_ffff, 1),
        (0, 0),
    ];
    let entries: Vec<(u64, usize)> = entries
        .iter()
        .flat_map(|(tag, value)| [(*tag, 8), (*value, 8)])
        .collect();
    let sections = [
        (".dynstr", 3, 0, 0, 0, strings.0),
        (".dynsym", 11, 1, 1, 24, symbols),
        (".gnu.version", 0x6fff_ffff, 2, 0, 2, indexes),
        (".gnu.version_r", 0x6fff_fffe, 1, 1, 0, versions),
        (".dynamic", 6, 1, 0, 16, bytes(&entries)),
    ];
    elf(3, &sections)
}

/// The same file without section headers.
fn without_sections(mut file: Vec<u8>) -> Vec<u8> {
    for field in [40..48, 60..64] {
        file[field].fill(0);
    }
    file
}

fn object_file(undefined: &[&str]) -> Vec<u8> {
    let mut strings = Strings::new();
    let mut symbols = vec![0; 24];
    for name in undefined {
        symbols.extend(symbol(strings.add(name), false));
    }
    let sections = [
        (".strtab", 3, 0, 0, 0, strings.0),
        (".symtab", 2, 1, 1, 24, symbols),
    ];
    elf(1, &sections)
}

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = ar::Builder::new(Vec::new());
    for (name, data) in members {
        let header = ar::Header::new(name.as_bytes().to_vec(), data.len() as u64);
        builder.append(&header, data.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn shown(file: &str, data: &[u8]) -> String {
    text(&read(file, data).unwrap(), None)
}

const NEEDS: &[(&str, &[&str])] = &[
    ("GLIBC_2.17", &["read", "write"]),
    ("GLIBC_2.30", &["?gettid"]),
    ("GLIBC_2.4", &["open"]),
];

#[test]
fn a_program_shows_the_newest_version_and_who_asks_for_it() {
    assert_eq!(
        shown("app", &program("libc.so.6", NEEDS)),
        "app
  kind       ELF program, dynamic, position-independent
  machine    aarch64, 64 bits, little-endian
  OS/ABI     System V
  runpath    $ORIGIN/lib
  libraries  libc.so.6
  libc.so.6  GLIBC_2.30 for gettid (weak, counts as well)
"
    );
}

/// The system's loader reads no section headers, and tools may remove them.
#[test]
fn a_program_without_section_headers_needs_the_same() {
    let whole = program("libc.so.6", NEEDS);
    let bare = without_sections(whole.clone());
    let report = read("app", &bare).unwrap();
    assert_eq!(shown("app", &whole), text(&report, None));
    let floor = Floor::Glibc("2.16".parse().unwrap());
    let fault = Expected::floor(floor).fault(&report);
    assert!(fault.unwrap().starts_with("needs `gettid@GLIBC_2.30`"));
}

#[test]
fn what_is_loaded_and_cannot_be_read_is_an_error() {
    let file = without_sections(program("libc.so.6", NEEDS));
    let fault = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = file.clone();
        change(&mut file);
        read("x", &file).unwrap_err()
    };
    // No program headers, and no content of the dynamic section in the file.
    let none = fault(&|file| file[56] = 0);
    assert!(none.contains("no program headers"), "{none}");
    let empty = fault(&|file| file[64 + 56 + 32..64 + 56 + 40].fill(0));
    assert!(empty.contains("dynamic section"), "{empty}");
    // Tables at addresses that are not in the file: `DT_STRTAB` and `DT_VERNEED`.
    let sections = object::File::parse(&*program("libc.so.6", NEEDS)).map(|file| {
        use object::{Object, ObjectSection};
        let section = file.section_by_name(".dynamic").unwrap();
        usize::try_from(section.file_range().unwrap().0).unwrap()
    });
    let dynamic = sections.unwrap();
    for entry in [3, 7] {
        let at = dynamic + entry * 16 + 8;
        let told = fault(&|file| file[at + 4] = 1);
        assert!(told.contains("is not in the file"), "{entry}: {told}");
    }
    let object = without_sections(object_file(&["gettid"]));
    assert!(read("x.o", &object).is_err());
}

#[test]
fn what_is_above_a_floor_is_shown_as_well_and_is_a_fault() {
    let report = read("app", &program("libc.so.6", NEEDS)).unwrap();
    let floor: Version = "2.16".parse().unwrap();
    let lines = text(&report, Some(&floor));
    assert!(lines.contains("GLIBC_2.17 for read, write\n"), "{lines}");
    assert!(!lines.contains("GLIBC_2.4 "), "{lines}");
    let fault = |floor: &str| {
        let floor = Floor::Glibc(floor.parse().unwrap());
        Expected::floor(floor).fault(&report)
    };
    assert_eq!(
        fault("2.16").unwrap(),
        "needs `gettid@GLIBC_2.30` and 2 more symbols: newer than glibc 2.16"
    );
    assert_eq!(fault("2.30"), None);
}

#[test]
fn the_member_that_asks_is_named() {
    let members = [
        ("a.o", object_file(&["gettid"])),
        ("b.o", object_file(&["close"])),
        ("lib.rmeta", b"rust".to_vec()),
    ];
    let library = read("libx.a", &archive(&members)).unwrap();
    assert_eq!(
        text(&library, None),
        "libx.a
  kind      archive, 2 objects and 1 other member
  machine   aarch64, 64 bits, little-endian
  versions  are chosen when it is linked
"
    );
    let app = read("app", &program("libc.so.6", NEEDS)).unwrap();
    let object = read("main.o", &object_file(&["gettid"])).unwrap();
    let mut reports = [app, library, object];
    name_askers(&mut reports);
    let fault = Expected::floor(Floor::Glibc("2.17".parse().unwrap())).fault(&reports[0]);
    assert_eq!(
        fault.unwrap(),
        "needs `gettid@GLIBC_2.30` (for `libx.a(a.o)` and 1 more): newer than glibc 2.17"
    );
    let value: serde_json::Value = serde_json::from_str(&json(&reports).unwrap()).unwrap();
    let app = &value["files"][0];
    assert_eq!(app["file"], "app");
    assert_eq!(app["object"]["machine"], "aarch64");
    assert_eq!(app["object"]["static"], false);
    let need = &app["object"]["needs"][1];
    assert_eq!(need["version"], "GLIBC_2.30");
    assert_eq!(need["symbols"][0]["weak"], true);
    assert_eq!(need["symbols"][0]["asked-by"][1], "main.o");
    assert_eq!(value["files"][1]["archive"]["objects"][0]["count"], 2);
}

#[test]
fn an_archive_with_a_member_for_another_machine_is_found_out() {
    let mut other = object_file(&[]);
    other[18] = 62; // EM_X86_64
    let members = [("a.o", object_file(&[])), ("host.o", other)];
    let report: Report = read("libx.a", &archive(&members)).unwrap();
    let expected = Expected::of("aarch64-unknown-linux-gnu", Floor::Unknown);
    assert_eq!(
        expected.fault(&report).unwrap(),
        "has code for x86_64 (little-endian) in its member `host.o`, not for aarch64 (little-endian)"
    );
}

#[test]
fn an_object_file_may_name_a_version_itself() {
    let members = [("a.o", object_file(&["memcpy@GLIBC_2.2.5"]))];
    let lines = shown("libx.a", &archive(&members));
    assert!(
        lines.contains("GLIBC_2.2.5 for memcpy, for which a.o asks\n"),
        "{lines}"
    );
}

#[test]
fn what_is_no_object_or_is_cut_off_is_an_error() {
    for data in [&b""[..], b"text", b"#!/bin/sh\n", b"!<arch>\nx"] {
        assert!(read("x", data).is_err(), "{data:?}");
    }
    let whole = program("libc.so.6", NEEDS);
    for end in 0..whole.len() {
        // A truncated file may still parse. The test is that parsing ends without a panic.
        let _ = read("x", &whole[..end]);
    }
    assert!(read("x", &whole[..100]).is_err());
}
