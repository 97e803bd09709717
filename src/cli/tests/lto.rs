//! Tests of `-C lto` behind `--`.

use super::super::parse;
use super::words;
use pretty_assertions::assert_eq;

/// The changed command line and the setting in it.
fn meant(line: &str) -> Option<(String, String)> {
    let (invocation, setting) = parse(words(line)).unwrap().with_lto_of_the_profile()?;
    let argv = invocation.argv();
    let argv: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    Some((argv.join(" "), setting))
}

#[test]
fn the_profile_gets_what_rustc_was_told() {
    for (line, lto, command) in [
        (
            "rustc --target T --release -- -C lto",
            "release.lto=\"fat\"",
            "rustc --target T --release",
        ),
        (
            "rustc --release -- -Clto",
            "release.lto=\"fat\"",
            "rustc --release",
        ),
        (
            "rustc -r -- -Clto=thin -C opt-level=3",
            "release.lto=\"thin\"",
            "rustc -r -- -C opt-level=3",
        ),
        (
            "rustc --release --target=T -- -O -C lto -C target-cpu=native",
            "release.lto=\"fat\"",
            "rustc --release --target=T -- -O -C target-cpu=native",
        ),
        (
            "rustc --release -- -C lto=off -Clto",
            "release.lto=\"fat\"",
            "rustc --release",
        ),
        ("rustc -- --codegen lto=yes", "dev.lto=\"fat\"", "rustc"),
        (
            "rustc --profile dist -- --codegen=lto=fat -v",
            "dist.lto=\"fat\"",
            "rustc --profile dist -- -v",
        ),
        (
            "+nightly rustc --bin b -- -C lto=fat -Clto=thin",
            "dev.lto=\"thin\"",
            "rustc --bin b",
        ),
    ] {
        let setting = format!("profile.{lto}");
        let plus = if line.starts_with('+') {
            "+nightly "
        } else {
            ""
        };
        let expected = format!("{plus}--config {setting} {command}");
        assert_eq!(meant(line), Some((expected, setting)), "{line}");
    }
    let own = meant("rustc --config a=1 --release -- -C lto").unwrap().0;
    assert_eq!(
        own,
        "rustc --config profile.release.lto=\"fat\" --config a=1 --release"
    );
}

#[test]
fn all_else_stays_as_it_is() {
    for line in [
        "rustc --release -- -C lto=off",
        "rustc --release -- -C lto=fat -C lto=no",
        "rustc --release -- -C linker-plugin-lto",
        "rustc --release -- -C opt-level=3",
        "rustc --release",
        "rustc --profile=a.b -- -C lto",
        "rustdoc -- -C lto",
        "run -- -C lto",
        "build --release",
    ] {
        assert_eq!(meant(line), None, "{line}");
    }
}
