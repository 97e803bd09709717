//! Tests of aliases. The expected command lines are those of cargo 1.95.

use super::super::{Invocation, parse};
use super::{summary, words};
use cross_base::error::Result;

const ALIASES: &[(&str, &str)] = &[
    ("a3", "-v"),
    ("b", "test"),
    ("build", "test"),
    ("ci", "--locked test --config b"),
    ("conf", "--config net.offline=true build --config c"),
    ("dd", "run --"),
    ("empty", ""),
    ("fmt", "build"),
    ("nested", "--offline rel -v"),
    ("bloat", "bloat --crates"),
    ("nt", "nextest run"),
    ("plus", "+nightly build"),
    ("r1", "r2"),
    ("r2", "r1"),
    ("rel", "build --release"),
    ("self", "self"),
    ("short", "t --release"),
    ("xtask", "run -p xtask --"),
];

fn resolved(line: &str) -> Result<Invocation> {
    parse(words(line))?.resolve(|name| {
        let (_, value) = ALIASES.iter().find(|(alias, _)| *alias == name)?;
        Some(value.split_whitespace().map(str::to_owned).collect())
    })
}

#[test]
fn aliases_expand_as_cargo_expands_them() {
    let cases = [
        ("rel", "build [--release] release"),
        (
            "rel --target T",
            "build [--release --target T] target=T release",
        ),
        ("+n rel foo -- x", "+n build [--release foo] {-- x} release"),
        ("dd --target x", "run {-- --target x}"),
        (
            "xtask dist --target x",
            "run [-p xtask] {-- dist --target x}",
        ),
        ("nt --target T", "nextest [run --target T] target=T"),
        ("short", "t [--release] release"),
        ("b --doc", "test [--doc]"), // wins over cargo's own short form
        ("fmt", "build"),            // wins over a plugin
        ("build", "build"),          // loses against a built-in command
        ("other --target", "other [--target]"), // none of ours
        ("-v rel", "build [-v --release] verbose=1 release"),
        ("-v rel -v", "build [-v --release -v] verbose=2 release"),
        ("-- rel", "build [--release] release"),
        (
            "--config a rel --config b",
            "build [--config a --release --config b] config=a config=b release",
        ),
        ("--config a nt", "<--config a> nextest [run] config=a"),
        (
            "--locked rel --locked",
            "<--locked> build [--release --locked] release locked",
        ),
        (
            "--locked ci",
            "<--locked> test [--config b] config=b locked",
        ),
        (
            "--config a ci",
            "<--locked> test [--config a --config b] config=a config=b locked",
        ),
        ("-C d rel", "<-C d> build [--release] C=d release"),
        ("-vC d rel", "build [-vC d --release] verbose=1 release"),
        (
            "nested",
            "<--offline> build [--release -v] verbose=1 release offline",
        ),
        (
            "conf",
            "build [--config net.offline=true --config c] config=net.offline=true config=c",
        ),
        ("plus", "+nightly [build]"),
        ("", ""),
        (
            "--version rel",
            "<--version> build [--release] release version",
        ),
    ];
    for (line, expected) in cases {
        let invocation = resolved(line).unwrap_or_else(|error| panic!("cross {line}: {error:?}"));
        assert_eq!(summary(&invocation), expected, "cross {line}");
    }
}

#[test]
fn bad_aliases_fail_with_cargos_words() {
    let recursion = "unresolvable recursive definition:";
    let cases = [
        ("r1", format!("alias r1 has {recursion} r1 -> r2 -> r1")),
        ("self", format!("alias self has {recursion} self -> self")),
        (
            "bloat",
            format!("alias bloat has {recursion} bloat -> bloat"),
        ),
        (
            "empty",
            "subcommand is required, but `alias.empty` is empty".to_owned(),
        ),
        (
            "a3",
            "subcommand is required, add a subcommand to the command alias `alias.a3`".to_owned(),
        ),
        (
            "rel --target",
            "`--target` takes a target triple".to_owned(),
        ),
    ];
    for (line, message) in cases {
        let error = resolved(line).expect_err(line);
        assert_eq!(
            (error.message(), error.exit_code()),
            (message.as_str(), 101),
            "cross {line}"
        );
    }
}

#[test]
fn no_alias_is_looked_up_for_a_built_in_command() {
    let invocation = parse(words("build --release")).unwrap();
    invocation
        .resolve(|name| panic!("looked up `{name}`"))
        .unwrap();
}
