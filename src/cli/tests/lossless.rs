//! Tests that a parsed command line gives back the arguments that it was parsed from.

use std::ffi::{OsStr, OsString};

use super::super::parse;
use super::words;

#[test]
fn one_target_replaces_all() {
    let cases = [
        ("build", "build --target T"),
        ("build --release -- x", "build --release --target T -- x"),
        ("build --target a -r --target=b", "build --target T -r"),
        ("b --target=a --target-dir d", "b --target T --target-dir d"),
        ("run foo --target x", "run --target T foo --target x"),
        ("+n -v run --bin a", "+n -v run --bin a --target T"),
        ("nextest run --target a -- b", "nextest run --target T -- b"),
        ("hack run a", "hack run --target T a"),
        ("-v -- build", "-v build --target T"),
    ];
    for (line, expected) in cases {
        let invocation = parse(words(line)).unwrap();
        assert_eq!(
            invocation.for_target(OsStr::new("T")).argv(),
            words(expected),
            "cross {line}"
        );
    }
}

#[test]
fn a_setting_is_added_where_cargo_heeds_it() {
    let cases = [
        ("build", "--config K=1 build"),
        ("-v -- build", "--config K=1 -v -- build"),
        ("--config a=1 build", "--config K=1 --config a=1 build"),
        (
            "build -r --config a=1 -p x",
            "build --config K=1 -r --config a=1 -p x",
        ),
        ("-v clippy -- -D x", "-v clippy --config K=1 -- -D x"),
        ("run -- --config b=1", "--config K=1 run -- --config b=1"),
    ];
    for (line, expected) in cases {
        let invocation = parse(words(line)).unwrap();
        assert_eq!(
            invocation.with_config("K=1").argv(),
            words(expected),
            "cross {line}"
        );
    }
}

#[test]
fn a_setting_that_must_win_is_behind_the_users_own() {
    let cases = [
        ("build", "--config K=1 build"),
        ("-v -- build", "--config K=1 -v -- build"),
        ("--config a=1 build", "--config a=1 --config K=1 build"),
        (
            "-v --config a=1 --config=b=2 -q build",
            "-v --config a=1 --config=b=2 --config K=1 -q build",
        ),
        // Cargo ignores what is in front of the command if there is an option behind it.
        (
            "--config a=1 build -r --config b=1 -p x -- --config c=1",
            "--config a=1 build -r --config b=1 --config K=1 -p x -- --config c=1",
        ),
        (
            "run --config a=1 x --config b=1",
            "run --config a=1 --config K=1 x --config b=1",
        ),
    ];
    for (line, expected) in cases {
        let invocation = parse(words(line)).unwrap();
        assert_eq!(
            invocation.with_last_config("K=1").argv(),
            words(expected),
            "cross {line}"
        );
    }
}

#[cfg(unix)]
#[test]
fn arguments_need_not_be_unicode() {
    use std::os::unix::ffi::OsStringExt;
    let raw = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let argv = vec![
        raw(b"+\xff"),
        raw(b"build"),
        raw(b"--target=\xfe"),
        raw(b"-p\xfd"),
        raw(b"-\xfc"),
    ];
    let invocation = parse(argv.clone()).unwrap();
    assert_eq!(invocation.argv(), argv);
    assert_eq!(invocation.toolchain, Some(raw(b"\xff")));
    assert_eq!(invocation.options.targets, [raw(b"\xfe")]);
    assert_eq!(parse([raw(b"\xff")]).unwrap().typed, Some(raw(b"\xff")));
}

#[test]
fn nothing_is_lost_whatever_the_arguments() {
    let vocabulary = words(
        "+n build b run test nextest hack rustc foo clippy clean -- - -v -vv -vZ -Zx -Z -C -j -rj4 \
         -p -pr -q --config --config=a=b --target --target=T --target-dir --release --release=x \
         --bin --help --color -é é '' --=x --nope --list -V --version --manifest-path install \
         tree",
    );
    // The numbers are from a linear congruential generator, so that a failure can be repeated.
    let mut state = 1_u64;
    let mut below = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let mut read = 0;
    for _ in 0..20_000 {
        let argv: Vec<OsString> = (0..below(8))
            .map(|_| vocabulary[below(vocabulary.len())].clone())
            .collect();
        let Ok(invocation) = parse(argv.clone()) else {
            continue;
        };
        read += 1;
        assert_eq!(invocation.argv(), argv);
        // With one target inserted, that is the only target, and no other argument has moved.
        let built = parse(invocation.for_target(OsStr::new("T")).argv()).unwrap();
        if built.typed.is_some() && !argv.iter().any(|word| word == "-j" || word == "-rj") {
            assert_eq!(built.options.targets, ["T"], "{argv:?}");
            assert_eq!(built.rest, invocation.rest, "{argv:?}");
        }
    }
    assert!(read > 10_000, "only {read} of 20000 could be read");
}
