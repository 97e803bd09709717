//! Tests of parsing. The expected invocations are those of cargo 1.95.

use super::super::{Invocation, parse};
use super::{summary, words};
use cross_base::error::Result;

fn resolved(line: &str) -> Result<Invocation> {
    parse(words(line))?.resolve(|_| None)
}

/// Checks that each line is read as expected.
#[track_caller]
fn assert_reads(cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let invocation = resolved(line).unwrap_or_else(|error| panic!("cross {line}: {error:?}"));
        assert_eq!(summary(&invocation), *expected, "cross {line}");
        assert_eq!(invocation.argv(), words(line), "cross {line}");
    }
}

#[test]
fn a_toolchain_stands_first_or_nowhere() {
    assert_reads(&[
        ("+nightly build", "+nightly build"),
        ("+nightly", "+nightly"),
        ("+1.90 -v b", "+1.90 <-v> b verbose=1"),
        ("test mytest +foo", "test [mytest +foo]"),
        ("build +foo", "build [+foo]"),
        ("run +foo", "run {+foo}"),
        ("-v +nightly build", "<-v> +nightly [build] verbose=1"),
        ("+a +b build", "+a +b [build]"),
    ]);
}

#[test]
fn values_of_options_before_the_subcommand_are_not_the_subcommand() {
    assert_reads(&[
        (
            "-Z unstable-options build",
            "<-Z unstable-options> build Z=unstable-options",
        ),
        (
            "-Zunstable-options build",
            "<-Zunstable-options> build Z=unstable-options",
        ),
        (
            "-Z=unstable-options build",
            "<-Z=unstable-options> build Z=unstable-options",
        ),
        ("--config k=v build", "<--config k=v> build config=k=v"),
        ("--config=k=v build", "<--config=k=v> build config=k=v"),
        (
            "--config a --config b build",
            "<--config a --config b> build config=a config=b",
        ),
        ("-C dir build", "<-C dir> build C=dir"),
        ("-Cdir build", "<-Cdir> build C=dir"),
        ("-vC dir build", "<-vC dir> build C=dir verbose=1"),
        (
            "--color always build",
            "<--color always> build color=always",
        ),
        ("--color=never build", "<--color=never> build color=never"),
        ("-vv build", "<-vv> build verbose=2"),
        ("-q build", "<-q> build quiet"),
        (
            "--locked --offline b",
            "<--locked --offline> b locked offline",
        ),
        ("--frozen build", "<--frozen> build frozen"),
        ("-- build", "<--> build"),
        ("-v -- build", "<-v --> build verbose=1"),
    ]);
}

#[test]
fn cargo_can_be_asked_about_itself() {
    assert_reads(&[
        ("", ""),
        ("--version", "<--version> version"),
        ("-V", "<-V> version"),
        ("-Vv", "<-Vv> verbose=1 version"),
        ("--version build", "<--version> build version"),
        ("--list", "<--list> list"),
        ("--help", "<--help> help"),
        ("-h build", "<-h> build help"),
        ("help build", "help [build]"),
        ("build --help", "build [--help] help"),
        ("--explain E0004", "<--explain E0004> explain"),
        ("-Z help", "<-Z help> Z=help"),
        ("version", "version"),
    ]);
}

#[test]
fn the_target_is_found_in_any_spelling() {
    assert_reads(&[
        ("build --target T", "build [--target T] target=T"),
        ("build --target=T", "build [--target=T] target=T"),
        (
            "b --target A --target=B",
            "b [--target A --target=B] target=A target=B",
        ),
        ("build --target -", "build [--target -] target=-"),
        (
            "build --target ./t.json",
            "build [--target ./t.json] target=./t.json",
        ),
        ("test name --target T", "test [name --target T] target=T"),
        (
            "bench name --target T -- x",
            "bench [name --target T] {-- x} target=T",
        ),
        ("build -p --target T", "build [-p --target T] target=T"),
        (
            "build --bin --target T",
            "build [--bin --target T] target=T",
        ),
        ("build -rj --target T", "build [-rj --target T] release"), // `-j` takes anything
        (
            "build -j -1 --target T",
            "build [-j -1 --target T] target=T",
        ),
        (
            "build --features --target T",
            "build [--features --target T] target=T",
        ),
    ]);
}

#[test]
fn what_only_looks_like_a_target_is_none() {
    assert_reads(&[
        (
            "build --target-dir d",
            "build [--target-dir d] target-dir=d",
        ),
        (
            "build --target-dir=d",
            "build [--target-dir=d] target-dir=d",
        ),
        ("build --targ T", "build [--targ T]"),
        (
            "build --target=T --target",
            "build [--target=T --target] target=T",
        ),
        ("build --targets T", "build [--targets T]"),
        ("build -t T", "build [-t T]"),
        ("build -- --target T", "build {-- --target T}"),
        ("test -- --target T", "test {-- --target T}"),
        ("rustc -- --target T", "rustc {-- --target T}"),
        ("build -p --", "build [-p] {--}"),
        (
            "build --example --release",
            "build [--example --release] release",
        ),
        ("build --example=--target", "build [--example=--target]"),
    ]);
}

#[test]
fn the_programs_arguments_begin_where_cargo_has_them() {
    assert_reads(&[
        ("run foo --target x", "run {foo --target x}"),
        ("r foo -- --release", "r {foo -- --release}"),
        (
            "run --target T foo --target x",
            "run [--target T] {foo --target x} target=T",
        ),
        (
            "run --bin app --release foo -v",
            "run [--bin app --release] {foo -v} release",
        ),
        ("run --bin -- --help", "run [--bin] {-- --help}"),
        ("run -p app --help", "run [-p app --help] help"),
        ("run -", "run {-}"),
        ("run - --release", "run {- --release}"),
        ("run '' --release", "run {'' --release}"),
        ("rustc --lib foo --release", "rustc [--lib] {foo --release}"),
        (
            "rustc --crate-type lib -r",
            "rustc [--crate-type lib -r] release",
        ),
        ("rustdoc foo --open", "rustdoc {foo --open}"),
        ("test foo --release", "test [foo --release] release"),
        (
            "test foo -- --nocapture -q",
            "test [foo] {-- --nocapture -q}",
        ),
    ]);
}

#[test]
fn options_cross_acts_upon_are_read() {
    assert_reads(&[
        (
            "build --manifest-path a/Cargo.toml",
            "build [--manifest-path a/Cargo.toml] manifest=a/Cargo.toml",
        ),
        (
            "build --lockfile-path=l",
            "build [--lockfile-path=l] lockfile=l",
        ),
        (
            "build --artifact-dir o",
            "build [--artifact-dir o] artifact-dir=o",
        ),
        ("build --out-dir=o", "build [--out-dir=o] artifact-dir=o"),
        (
            "build --profile dist",
            "build [--profile dist] profile=dist",
        ),
        ("build -r", "build [-r] release"),
        (
            "build --message-format=json,short",
            "build [--message-format=json,short] format=json,short",
        ),
        ("doc --open", "doc [--open] open"),
        (
            "clippy --fix -- -D warnings",
            "clippy [--fix] {-- -D warnings} fix",
        ),
        ("clippy -V", "clippy [-V] version"),
        ("clippy --explain LINT", "clippy [--explain LINT] explain"),
        (
            "build --locked --color always",
            "build [--locked --color always] color=always locked",
        ),
    ]);
}

#[test]
fn short_options_may_stick_together() {
    assert_reads(&[
        ("build -vvj4", "build [-vvj4] verbose=2"),
        ("build -rj 4", "build [-rj 4] release"),
        ("build -j=4 -r", "build [-j=4 -r] release"),
        ("build -Fserde -r", "build [-Fserde -r] release"),
        ("build -p foo -r", "build [-p foo -r] release"),
        ("build -pr", "build [-pr]"), // the package `r`
        ("build -rqX", "build [-rqX] release quiet"),
        (
            "build -rZbuild-std",
            "build [-rZbuild-std] Z=build-std release",
        ),
    ]);
}

#[test]
fn options_behind_a_built_in_command_replace_those_before_it() {
    assert_reads(&[
        (
            "--config a build --config b",
            "<--config a> build [--config b] config=b",
        ),
        ("-Z a build -Z b", "<-Z a> build [-Z b] Z=b"),
        ("-vv build -v", "<-vv> build [-v] verbose=1"),
        (
            "--color always build --color never",
            "<--color always> build [--color never] color=never",
        ),
        (
            "--locked build --offline",
            "<--locked> build [--offline] locked offline",
        ),
        // Cargo takes these commands for aliases and plugins: it adds up their options or keeps
        // them apart.
        (
            "--config a b --config b",
            "<--config a> b [--config b] config=a config=b",
        ),
        ("-v clippy -v", "<-v> clippy [-v] verbose=2"),
    ]);
}

#[test]
fn one_spelling_may_mean_different_things() {
    assert_reads(&[
        (
            "add serde --target cfg(unix)",
            "add [serde --target cfg(unix)]",
        ),
        ("install x --version 1.2", "install [x --version 1.2]"),
        ("build --version", "build [--version]"),
        ("new --bin x --lib", "new [--bin x --lib]"),
        ("nextest run --profile ci", "nextest [run --profile ci]"),
        (
            "nextest run --cargo-profile dist",
            "nextest [run --cargo-profile dist] profile=dist",
        ),
    ]);
}

#[test]
fn plugins_are_read_with_the_same_table() {
    assert_reads(&[
        (
            "nextest run --target T",
            "nextest [run --target T] target=T",
        ),
        (
            "nextest run foo -r --target T -- x",
            "nextest [run foo -r --target T] {-- x} target=T release",
        ),
        (
            "nextest run -E --target T",
            "nextest [run -E --target T] target=T",
        ),
        (
            "llvm-cov --target=T --html",
            "llvm-cov [--target=T --html] target=T",
        ),
        (
            "hack --each-feature check --target T",
            "hack [--each-feature check --target T] target=T",
        ),
        (
            "hack run -r a --target T",
            "hack [run -r] {a --target T} release",
        ),
        ("nextest -V", "nextest [-V] version"),
    ]);
}

#[test]
fn strange_arguments_are_left_in_place() {
    assert_reads(&[
        ("build --nope x", "build [--nope x]"),
        ("build --release=yes", "build [--release=yes]"),
        ("build --timings=html", "build [--timings=html]"),
        ("build -é", "build [-é]"),
        ("run é", "run {é}"),
        ("build ''", "build ['']"),
        ("''", "''"),
        ("é", "é"),
        ("- build", "- [build]"),
        ("build ---", "build [---]"),
        ("build --=x", "build [--=x]"),
        ("build -=", "build [-=]"),
    ]);
}

#[test]
fn what_cross_needs_and_cargo_would_refuse_is_an_error() {
    let target = "`--target` takes a target triple";
    let cases = [
        ("build --target", target, 101),
        ("build --target --release", target, 101),
        ("build --target= -r", target, 101),
        ("build --target ''", target, 101),
        ("build --target --", target, 101),
        ("b --target", target, 101),
        ("build --target T --target=", target, 101),
        ("install x --target", target, 101),
        (
            "build --target-dir",
            "a value is required for `--target-dir`",
            1,
        ),
        (
            "build --target-dir --release",
            "a value is required for `--target-dir`",
            1,
        ),
        (
            "run --manifest-path -- x",
            "a value is required for `--manifest-path`",
            1,
        ),
        ("-Z", "a value is required for `-Z`", 1),
        ("--config -v build", "a value is required for `--config`", 1),
        ("+ build", "`+` names no toolchain", 1),
        (
            "--target x build",
            "unexpected argument `--target` before the subcommand",
            1,
        ),
        (
            "--target=x build",
            "unexpected argument `--target` before the subcommand",
            1,
        ),
        (
            "--foo build",
            "unexpected argument `--foo` before the subcommand",
            1,
        ),
        (
            "-r build",
            "unexpected argument `-r` before the subcommand",
            1,
        ),
        (
            "run --target a --target b",
            "only one `--target` is supported by `cargo run`",
            101,
        ),
    ];
    for (line, message, code) in cases {
        let error = resolved(line).expect_err(line);
        assert_eq!(
            (error.message(), error.exit_code()),
            (message, code),
            "cross {line}"
        );
    }
}

#[test]
fn errors_come_after_help_and_not_for_commands_on_the_host() {
    for line in [
        "build --help --target",
        "fetch --target",
        "--help --foo",
        "foo --target",
    ] {
        assert!(resolved(line).is_ok(), "cross {line}");
    }
}
