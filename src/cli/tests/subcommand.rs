//! Tests of the table of commands.

use std::ffi::{OsStr, OsString};

use super::super::flags::{
    AFTER, BEFORE, DIFFERENT, EVERYWHERE, Flag, NEVER_COMPILING, WITH_PATHS,
};
use super::super::subcommand::{TABLE, find, unknown};
use super::super::{Location, Provider, parse};
use super::words;
use cross_base::error::Error;

/// The commands that `cargo --list` of cargo 1.95.0 prints, without plugins.
const CARGO_LIST: &str = "add b bench build c check clean clippy config d doc fetch fix fmt \
    generate-lockfile git-checkout help info init install locate-project login logout metadata \
    miri new owner package pkgid publish r read-manifest remove report rm run rustc rustdoc \
    search t test tree uninstall update vendor verify-project version yank";

#[test]
fn every_command_of_cargo_has_a_row() {
    for name in CARGO_LIST.split_whitespace() {
        let row = find(OsStr::new(name)).unwrap_or_else(|| panic!("no row for `{name}`"));
        assert_ne!(row.provider, Provider::Plugin, "{name}");
    }
    let own = TABLE.iter().filter(|row| row.provider != Provider::Plugin);
    for name in own.flat_map(|row| row.alias.into_iter().chain([row.name])) {
        assert!(
            CARGO_LIST.split_whitespace().any(|known| known == name),
            "no command `{name}`"
        );
    }
}

#[test]
fn rows_are_sorted_and_no_name_occurs_twice() {
    for provider in [Provider::Cargo, Provider::Rustup, Provider::Plugin] {
        let group = TABLE.iter().filter(|row| row.provider == provider);
        assert!(group.map(|row| row.name).is_sorted(), "{provider:?}");
    }
    assert!(TABLE.is_sorted_by_key(|row| row.provider as u8));
    let mut names: Vec<_> = TABLE
        .iter()
        .flat_map(|row| row.alias.into_iter().chain([row.name]))
        .collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn no_option_occurs_twice_in_one_place() {
    let of = |name: &str, table: &'static [(&str, &'static [Flag])]| {
        let row = table.iter().find(|(other, _)| *other == name);
        row.map_or(&[][..], |(_, flags)| *flags)
    };
    let own = DIFFERENT.iter().chain(WITH_PATHS).map(|(name, _)| {
        assert!(find(OsStr::new(name)).is_some(), "no command `{name}`");
        let flags = of(name, DIFFERENT).iter().chain(of(name, WITH_PATHS));
        flags.collect::<Vec<_>>()
    });
    let places = [
        EVERYWHERE.iter().chain(BEFORE).collect(),
        EVERYWHERE
            .iter()
            .chain(AFTER)
            .chain(NEVER_COMPILING)
            .collect(),
    ];
    for flags in own.chain(places) {
        for (index, flag) in flags.iter().enumerate() {
            for other in &flags[index + 1..] {
                assert!(flag.long.is_empty() || flag.long != other.long, "{flag:?}");
                assert!(
                    flag.short.is_none() || flag.short != other.short,
                    "{flag:?}"
                );
            }
        }
    }
    assert!(DIFFERENT.is_sorted_by_key(|(name, _)| *name));
    assert!(WITH_PATHS.is_sorted_by_key(|(name, _)| *name));
}

#[test]
fn commands_run_where_they_belong() {
    let cases = [
        ("build --target T", Ok(Location::Container)),
        ("c", Ok(Location::Container)),
        ("clippy", Ok(Location::Container)),
        ("nextest run", Ok(Location::Container)),
        ("package", Ok(Location::Container)),
        ("fmt", Ok(Location::Host)),
        ("tree --target T", Ok(Location::Host)),
        ("miri test --target T", Ok(Location::Host)),
        ("install x", Ok(Location::Host)),
        ("publish", Ok(Location::Host)),
        ("", Ok(Location::Host)),
        ("--version build", Ok(Location::Host)),
        ("--list", Ok(Location::Host)),
        ("build --help", Ok(Location::Host)),
        ("foo --help", Ok(Location::Host)),
        ("run -- --help", Ok(Location::Container)),
        ("nextest -V", Ok(Location::Host)),
        ("-Zhelp", Ok(Location::Host)),
        (
            "install x --target T",
            Err("cross does not run `cargo install --target`: \
                 it puts programs where this machine looks for its own"),
        ),
        (
            "install x --root D --target T",
            Err(
                "cross does not run `cargo install --target`: it gets the package's source by itself, \
                 and containers have no way to the caller's registries",
            ),
        ),
        (
            "install --path . --root D --target T",
            Ok(Location::Container),
        ),
        ("install --path . --root D", Ok(Location::Host)),
        ("publish --dry-run", Ok(Location::Host)),
        ("publish -n --target T", Ok(Location::Container)),
        ("cinstall --destdir=D", Ok(Location::Container)),
        ("capi build", Ok(Location::Container)),
        (
            "capi install --prefix /usr",
            Err(
                "cross does not run `cargo capi`: it would install into the system that it is built in",
            ),
        ),
        ("deb --target T", Ok(Location::Container)),
        (
            "deb --install --target T",
            Err(
                "cross does not run `cargo deb`: it would install into the system that it is built in",
            ),
        ),
        ("generate-rpm", Ok(Location::Host)),
        ("bundle --release", Ok(Location::Container)),
        (
            "tauri build",
            Err(
                "cross does not run `cargo tauri`: it runs the front end's tools, which are this machine's",
            ),
        ),
        (
            "publish --target T",
            Err("cross does not run `cargo publish --target`: \
                 it needs your token, which cross keeps out of containers"),
        ),
        (
            "zigbuild",
            Err("cross does not run `cargo zigbuild`: it brings its own way to cross-compile"),
        ),
        (
            "watch",
            Err("cross does not run `cargo watch`: it would call cargo on the host, not cross"),
        ),
        (
            "foo",
            Err("cross does not know whether `cargo foo` compiles for the target"),
        ),
    ];
    for (line, expected) in cases {
        let side = parse(words(line)).unwrap().location(false);
        let side = side.as_ref().map_err(Error::message);
        assert_eq!(
            side,
            expected.as_ref().map_err(|message| *message),
            "cross {line}"
        );
    }
}

#[test]
fn unknown_commands_get_one_fix() {
    let cases = [
        ("buidl", "did you mean `cross build`?"),
        ("tset", "did you mean `cross test`?"),
        ("nexttest", "did you mean `cross nextest`?"),
        ("clipy", "did you mean `cross clippy`?"),
        ("foo", "run `cargo foo` yourself if it does not"),
        ("", "run `cargo ` yourself if it does not"),
        ("é", "run `cargo é` yourself if it does not"),
        ("+nightly", "write it first: `cross +nightly build`"),
        ("foo.rs", "make it a package, and use `cross run`"),
        ("./foo", "make it a package, and use `cross run`"),
    ];
    for (name, hint) in cases {
        let error = unknown(OsStr::new(name));
        assert_eq!(
            (error.hint_text(), error.exit_code()),
            (Some(hint), 101),
            "{name}"
        );
    }
}

#[test]
fn rows_say_what_the_container_needs() {
    let row = |name| find(OsStr::new(name)).unwrap();
    assert!(row("build").needs_std() && !row("fmt").needs_std() && !row("careful").needs_std());
    assert!(row("t").runs_programs() && !row("build").runs_programs());
    let writes = |line| {
        let invocation = parse(words(line)).unwrap();
        let subcommand = invocation.subcommand().unwrap();
        subcommand.writes_project(invocation.first_word())
    };
    assert!(writes("fix") && !writes("clippy"));
    assert!(writes("nextest archive") && !writes("nextest run archive"));
    assert!(row("nextest").tests() && row("test").tests() && !row("bench").tests());
    assert!(row("b").leaves_results() && row("deb").leaves_results());
    assert!(!row("doc").leaves_results() && !row("clippy").leaves_results());
    assert!(writes("nextest --manifest-path x/Cargo.toml archive"));
    let releases = |line| {
        let invocation = parse(words(line)).unwrap();
        let subcommand = invocation.subcommand().unwrap();
        subcommand.releases(invocation.first_word())
    };
    assert!(releases("install") && !releases("build"));
    assert!(releases("capi install") && !releases("capi build"));
    assert!(row("run").single_target() && !row("test").single_target());
    assert_eq!(row("clippy").component(), Some("clippy"));
    assert_eq!(row("check").component(), None);
}

#[test]
fn cargo_does_not_see_the_option_that_is_not_its_own() {
    let without = |line: &str| {
        let argv = line.split(' ').map(OsString::from);
        let invocation = parse(argv).unwrap().without_own_options();
        let invocation = invocation.map_err(|error| error.message().to_owned())?;
        let words = invocation.argv().into_iter();
        let words: Vec<String> = words.map(|word| word.into_string().unwrap()).collect();
        Ok::<_, String>(words.join(" "))
    };
    let cases = [
        ("build --verify --target T", "build --target T"),
        (
            "+nightly b --target T --verify -r",
            "+nightly b --target T -r",
        ),
        ("rustc --verify -- --verify", "rustc -- --verify"),
        ("test --no-run --verify", "test --no-run"),
        // `--verify` belongs to cross only if the command leaves results.
        ("run --verify", "run --verify"),
        ("nextest run --verify", "nextest run --verify"),
    ];
    for (line, expected) in cases {
        assert_eq!(without(line).unwrap(), expected);
    }
    assert_eq!(
        without("bench --verify").unwrap_err(),
        "`--verify` needs `--no-run` behind `cross bench`"
    );
}

#[test]
fn a_command_that_runs_programs_can_be_told_only_to_build() {
    for (line, expected) in [
        ("test -q a -- b", Some("test -q a --no-run -- b")),
        ("bench --no-run", Some("bench --no-run")),
        ("run --release a b", Some("build --release")),
        ("build -v", Some("build -v")),
        ("nextest run", None),
    ] {
        let told = parse(words(line)).unwrap().without_running();
        let told = told.map(|invocation| invocation.argv());
        assert_eq!(told, expected.map(words), "{line}");
    }
}
