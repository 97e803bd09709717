//! Tests of the paths that command lines name.

use std::fmt::Write as _;

use super::super::{Around, Purpose, parse};
use super::words;

/// The named paths of a command line, one a line: the option, the purpose and the path.
fn named(line: &str) -> String {
    let mut text = String::new();
    for named in parse(words(line)).unwrap().named_paths() {
        let purpose = match named.purpose {
            Purpose::Input => "reads",
            Purpose::File(_) => "writes",
            Purpose::Dir(Around::There) => "fills",
            Purpose::Dir(Around::Made) => "makes and fills",
            Purpose::TargetOf => "fills target in",
            Purpose::FileOrDir(_) => "writes or fills",
        };
        let from = if named.from_root {
            " from the root"
        } else {
            ""
        };
        let path = named.path.display();
        writeln!(text, "{} {purpose} {path}{from}", named.option).unwrap();
    }
    text.trim_end().to_owned()
}

#[test]
fn paths_are_found_with_their_purpose() {
    for (line, expected) in [
        ("build --release", ""),
        (
            "nextest archive --archive-file a.zst",
            "--archive-file writes a.zst",
        ),
        (
            "nextest run --archive-file=a.zst --extract-to d -- --archive-file b",
            "--archive-file reads a.zst\n--extract-to fills target in d",
        ),
        (
            "nextest list --tool-config-file t:/c.toml --config-file c",
            "--tool-config-file reads /c.toml\n--config-file reads c",
        ),
        ("deb -o d/", "--output writes or fills d/"),
        (
            "mutants -od --config c",
            "--output makes and fills d\n--config reads c",
        ),
        ("chef prepare --recipe-path r", "--recipe-path writes r"),
        ("chef cook --recipe-path r", "--recipe-path reads r"),
        // An option is another one behind another command.
        ("test --archive-file a", ""),
        (
            "rustc --bin a -- --emit=asm=/d/x.s,link,llvm-ir=y --emit mir=z -C opt-level=0 -o w",
            "--emit writes /d/x.s from the root\n--emit writes y from the root\n\
             --emit writes z from the root\n-o writes w from the root",
        ),
        ("rustc -- --emit=asm=-,link", ""),
        (
            "objcopy --release -- -O binary /d/a.bin",
            "objcopy writes /d/a.bin",
        ),
        ("objcopy --release -- --only-section=.text", ""),
        ("strip -- -o /d/a -s", "-o writes /d/a"),
        (
            "rustdoc -- --html-in-header /d/h",
            "--html-in-header reads /d/h from the root",
        ),
    ] {
        assert_eq!(named(line), expected, "cross {line}");
    }
}

#[test]
fn a_path_that_is_missing_is_an_error_before_anything_starts() {
    let parsed = parse(words("nextest run --archive-file")).unwrap();
    let error = parsed.resolve(|_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a value is required for `--archive-file`"
    );
}
