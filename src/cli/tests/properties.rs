//! Properties of random command lines that are made of words with a meaning to cargo.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use proptest::prelude::*;

use super::super::parse;

/// A random argument: commands and options with and without values, and words that cargo does not
/// know.
fn word() -> impl Strategy<Value = OsString> {
    const KNOWN: &[&str] = &[
        "build",
        "b",
        "test",
        "run",
        "rustc",
        "clippy",
        "nextest",
        "install",
        "help",
        "my-plugin",
        "+nightly",
        "--",
        "--target",
        "--target=aarch64-unknown-linux-gnu",
        "-v",
        "-vv",
        "-qv",
        "-C",
        "-Cdir",
        "--config",
        "--config=a.b=1",
        "-Z",
        "-Zbuild-std",
        "--release",
        "-r",
        "-j",
        "-j4",
        "-p",
        "-pname",
        "--profile",
        "--manifest-path",
        "--target-dir",
        "--version",
        "--help",
        "-h",
        "--list",
        "-",
        "",
        "--=",
        "x86_64-unknown-linux-gnu",
        "Cargo.toml",
        "ä",
    ];
    prop_oneof![
        4 => proptest::sample::select(KNOWN).prop_map(OsString::from),
        1 => "[-a-z=+ ]{0,8}".prop_map(OsString::from),
        1 => proptest::collection::vec(1_u8.., 0..5).prop_map(|bytes| OsStr::from_bytes(&bytes).to_owned()),
    ]
}

proptest! {
    // No file with failures is written beside the source.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_a_command_line_is_lost(line in proptest::collection::vec(word(), 0..8)) {
        if let Ok(invocation) = parse(line.clone()) {
            prop_assert_eq!(invocation.argv(), line);
        }
    }

    /// A setting that cross adds changes nothing else in the command line.
    #[test]
    fn a_setting_of_ours_is_the_only_thing_that_is_added(line in proptest::collection::vec(word(), 0..8)) {
        let Ok(invocation) = parse(line.clone()) else {
            return Ok(());
        };
        for other in [invocation.with_config("a.b=1"), invocation.with_last_config("a.b=1")] {
            let mut words = other.argv();
            if words == line {
                continue;
            }
            let at = words.windows(2).position(|two| two == ["--config", "a.b=1"]);
            prop_assert!(at.is_some(), "{:?}", words);
            words.drain(at.unwrap_or_default()..at.unwrap_or_default() + 2);
            prop_assert_eq!(&words, &line);
        }
    }
}
