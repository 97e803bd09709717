use proptest::prelude::*;

use super::*;

/// An archive of empty entries with any names, even such that the library would not write.
fn archive(entries: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let mut bytes = tar::Builder::new(Vec::new());
    for (name, kind, link) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o777);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        header.set_cksum();
        bytes.append(&header, std::io::empty()).unwrap();
    }
    bytes.into_inner().unwrap()
}

#[test]
fn an_archive_changes_nothing_elsewhere() {
    use tar::EntryType::{Directory, Regular, Symlink};
    let dir = tempfile::tempdir().unwrap();
    let (tree, other) = (dir.path().join("tree"), dir.path().join("other"));
    let absolute = other.display().to_string();
    for entries in [
        vec![(&*absolute, Directory, "")],
        vec![("../other", Directory, "")],
        vec![("../other/file", Regular, "")],
        vec![("../other/.wh.file", Regular, "")],
        vec![("out", Symlink, "../other"), ("out", Directory, "")],
        vec![("out", Symlink, "../other"), ("out/file", Regular, "")],
        vec![("out", Symlink, "../other"), ("out/.wh.file", Regular, "")],
        vec![
            ("out", Symlink, "../other"),
            ("out/new/.wh..wh..opq", Regular, ""),
        ],
    ] {
        cross_base::fs::remove_tree(dir.path()).unwrap();
        cross_base::fs::create_dir_all(&tree).unwrap();
        cross_base::fs::create_dir_all(&other).unwrap();
        cross_base::fs::set_mode(&other, 0o700).unwrap();
        // The archive may be refused or the entry left out.
        let _ = unpack(&archive(&entries)[..], &tree);
        let mode = fs_err::metadata(&other).unwrap().permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777;
        assert_eq!(
            (mode, cross_base::fs::names_in(&other)),
            (0o700, Vec::new()),
            "{entries:?}"
        );
    }
}

#[test]
fn a_list_of_owners_and_endless_depth_are_refused() {
    use tar::EntryType::{Directory, Regular};
    let dir = tempfile::tempdir().unwrap();
    let try_it = |entries: &[_]| unpack(&archive(entries)[..], dir.path());
    // The positive control: similar names are allowed.
    try_it(&[("a/.cross-owners", Regular, ""), ("d/d/d/d", Directory, "")]).unwrap();
    for name in [".cross-owners", "./.cross-owners", "/.cross-owners"] {
        assert!(try_it(&[(name, Regular, "")]).is_err(), "{name}");
    }
    let mut bytes = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(Directory);
    header.set_mode(0o755);
    header.set_size(0);
    let deep = "d/".repeat(2000);
    bytes
        .append_data(&mut header, deep, std::io::empty())
        .unwrap();
    let error = unpack(&bytes.into_inner().unwrap()[..], dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "a path in it is too deep");
}

#[test]
fn a_file_of_an_archive_is_a_regular_one_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
    cross_base::fs::write_if_changed(&inside.join("layer"), b"content").unwrap();
    cross_base::fs::write_if_changed(&outside, b"secret").unwrap();
    let links = [
        ("same", "layer"),
        ("up", "../out"),
        ("zero", "/dev/zero"),
        ("self", "/proc/self/fd/0"),
    ];
    for (name, target) in links {
        cross_base::fs::link(&inside.join(name), Path::new(target)).unwrap();
    }
    let mode = Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(CWD, inside.join("fifo"), FileType::Fifo, mode, 0).unwrap();
    let handle = fs_err::File::open(&inside).unwrap();
    let found = |name: &str| member(&handle, Path::new(name)).is_ok();
    assert!(found("layer") && found("same"));
    let outside = outside.display().to_string();
    for name in [
        "up",
        "zero",
        "self",
        "fifo",
        "../out",
        "/dev/zero",
        ".",
        &outside,
    ] {
        assert!(!found(name), "{name}");
    }
}

#[test]
fn a_digest_is_no_path() {
    let digits = "0123456789abcdef".repeat(4);
    let name = layer_name(&format!("sha256:{digits}")).unwrap();
    assert_eq!(name, digits);
    for id in [
        "",
        "sha256:",
        "sha256:../../../../etc",
        &digits,
        &format!("sha256:../{}", &digits[3..]),
    ] {
        assert!(layer_name(id).is_err(), "{id}");
    }
}

/// Entries of an archive, with names that lead out of it.
fn entries() -> impl Strategy<Value = Vec<(&'static str, tar::EntryType, &'static str)>> {
    use tar::EntryType::{Directory, Link, Regular, Symlink};
    // There are few names, so that one is often below another.
    const NAMES: &[&str] = &[
        "a",
        "a/b",
        "a/b/c",
        "a/.wh.b",
        "a/.wh..wh..opq",
        "a/kept",
        "../other/x",
        "a/../../other/x",
    ];
    let kinds = proptest::sample::select(&[Regular, Directory, Symlink, Symlink, Link][..]);
    let links = proptest::sample::select(&["../other", "..", "a", "../other/kept"][..]);
    proptest::collection::vec((proptest::sample::select(NAMES), kinds, links), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// This holds for any entries, and for damage by a disk or an attacker.
    #[test]
    fn no_archive_changes_anything_elsewhere(
        entries in entries(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (tree, other) = (dir.path().join("tree"), dir.path().join("other"));
        cross_base::fs::create_dir_all(&tree).unwrap();
        cross_base::fs::write_if_changed(&other.join("kept"), b"as it was").unwrap();
        cross_base::fs::set_mode(&other, 0o700).unwrap();
        let mut bytes = archive(&entries);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = unpack(&bytes[..], &tree);
        prop_assert_eq!(cross_base::fs::names_in(dir.path()).len(), 2);
        let mode = fs_err::metadata(&other).unwrap().permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777;
        prop_assert_eq!((mode, cross_base::fs::names_in(&other)), (0o700, vec!["kept".into()]));
        prop_assert_eq!(fs_err::read(other.join("kept")).unwrap(), b"as it was");
    }
}
