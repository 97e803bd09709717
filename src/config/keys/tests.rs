//! Tests of the precedence of sources, for every key.

use std::path::Path;

use super::*;
use crate::config::Layer;
use crate::config::parse::parse;
use crate::config::variable_name;
use cross_base::host::Host;
use pretty_assertions::assert_eq;

const T: &str = "aarch64-unknown-linux-gnu";

/// For each key: its name, a line in a file and the resulting value, the text of its environment
/// variable and the resulting value.
const SAID: &[(&str, &str, &str, &str, &str)] = &[
    (
        "engine",
        "engine = 'podman'",
        "podman",
        "/x/docker",
        "/x/docker",
    ),
    ("default-target", "default-target = 'a'", "a", "b", "b"),
    (
        "mirror",
        "mirror = 'https://a/'",
        "https://a/",
        "http://b",
        "http://b",
    ),
    ("network", "network = 'none'", "none", "bridge", "bridge"),
    ("read-only", "read-only = false", "false", "true", "true"),
    ("image", "image = 'a:1'", "a:1", "b:2", "b:2"),
    (
        "runner",
        "runner = 'native'",
        "native",
        "qemu-user",
        "qemu-user",
    ),
    ("machine", "machine = 'a'", "a", "b", "b"),
    ("glibc", "glibc = '2.17'", "2.17", "2.28", "2.28"),
    ("api-level", "api-level = 26", "26", "28", "28"),
    ("test-timeout", "test-timeout = 60", "60", "90", "90"),
    (
        "build-std",
        "build-std = true",
        "true",
        "core alloc",
        "core, alloc",
    ),
    ("xargo", "xargo = true", "true", "false", "false"),
    ("dockerfile", "dockerfile = 'D'", "D", "E", "E"),
    (
        "dockerfile.context",
        "dockerfile = { file = 'D', context = 'c' }",
        "c",
        "d",
        "d",
    ),
    (
        "dockerfile.build-args",
        "dockerfile = { file = 'D', build-args = { A = '1' } }",
        "A=1",
        "A=2",
        "A=2",
    ),
    ("pre-build", "pre-build = ['a b']", "a b", "c d", "c d"),
    ("parts", "parts = ['openssl']", "openssl", "none", ""),
    (
        "env.passthrough",
        "env.passthrough = ['A=1']",
        "A=1",
        "B",
        "B",
    ),
    ("env.volumes", "env.volumes = ['A']", "A", "B", "B"),
];

/// The paths of files and the tables in them, in order of precedence.
const PLACES: &[(&str, &str)] = &[
    ("/p/Cross.toml", ""),
    ("/p/a/Cargo.toml", "package.metadata.cross."),
    ("/p/Cargo.toml", "workspace.metadata.cross."),
];

/// The entries of a key that is set in these files and perhaps by its environment variable.
fn entries(
    key: &str,
    text: &str,
    places: &[(&str, &'static str)],
    word: Option<&str>,
) -> Vec<Entry> {
    let table = key
        .strip_prefix("build.")
        .map_or(format!("target.{T}"), |_| "build".to_owned());
    let layer = |(path, within): &(&str, &'static str)| Layer {
        path: (*path).into(),
        within,
        file: parse(Path::new(path), &format!("[{table}]\n{text}\n")).unwrap(),
    };
    let env = word.map(|word| (variable_name(key).into(), word.into()));
    let config = Config {
        host: Host {
            env: env.into_iter().collect(),
            ..Host::default()
        },
        layers: places.iter().map(layer).collect(),
        ..Config::default()
    };
    let mut entries = config.entries(Some(T)).unwrap();
    entries.retain(|entry| entry.key == key);
    entries
}

/// The full key, the key's row and its test data, for every key and table.
fn cases() -> impl Iterator<Item = (String, &'static Key, [&'static str; 4])> {
    KEYS.iter().flat_map(|key| {
        let row = SAID.iter().find(|row| row.0 == key.name);
        let (_, text, value, word, other) = row.expect("every key has a row");
        let tables = [
            ("build", Scope::Target),
            ("target.aarch64-unknown-linux-gnu", Scope::All),
        ];
        let tables = tables.into_iter().filter(|(_, other)| key.scope != *other);
        tables.map(move |(table, _)| {
            (
                format!("{table}.{}", key.name),
                key,
                [*text, value, word, other],
            )
        })
    })
}

#[test]
fn the_order_is_variable_cross_toml_package_workspace_default() {
    for (key, data, [text, value, word, other]) in cases() {
        for first in 0..=PLACES.len() {
            let places = &PLACES[first..];
            let of_files = places.iter().map(|(path, within)| {
                // The short form of the key `dockerfile` is the path of the file.
                let said = data
                    .name
                    .split_once("file.")
                    .map_or(key.as_str(), |(_, part)| {
                        key.strip_suffix(&format!(".{part}")).unwrap()
                    });
                (value.to_owned(), format!("`{within}{said}` in `{path}`"))
            });
            let found = |word| -> Vec<(String, String)> {
                let entries = entries(&key, text, places, word).into_iter();
                entries
                    .map(|entry| (entry.text(), entry.source.to_string()))
                    .collect()
            };
            let of_variable = (
                other.to_owned(),
                format!("the variable `{}`", variable_name(&key)),
            );
            let mut expected: Vec<_> = of_files.collect();
            if data.name.starts_with("env.") {
                // Values from all sources add up, and the last one counts.
                expected.reverse();
                if !expected.is_empty() {
                    assert_eq!(found(None), expected, "{key}");
                }
                expected.push(of_variable);
                assert_eq!(found(Some(word)), expected, "{key}");
            } else if let Some(winner) = expected.first() {
                assert_eq!(found(None), std::slice::from_ref(winner), "{key}");
                assert_eq!(found(Some(word)), [of_variable], "{key}");
            } else if !data.name.starts_with("dockerfile.") {
                assert_eq!(found(Some(word)), [of_variable], "{key}");
            }
        }
        let none = entries(&key, "", &[], None);
        assert_eq!(none.len(), 1, "{key}");
        assert_eq!(none[0].source, Source::Default, "{key}");
    }
}

#[test]
fn the_command_line_wins_over_the_variable() {
    let env = [("CROSS_BUILD_ENGINE".into(), "podman".into())];
    let host = Host {
        env: env.into(),
        engine: Some("docker".to_owned()),
        ..Host::default()
    };
    let config = Config {
        host,
        layers: Vec::new(),
        ..Config::default()
    };
    let entries = config.entries(None).unwrap();
    assert_eq!(entries[0].text(), "docker");
    assert_eq!(entries[0].source, Source::CommandLine("--engine"));
}

#[test]
fn what_was_said_to_be_nothing_has_a_source() {
    let key = format!("target.{T}.pre-build");
    let entry = entries(&key, "pre-build = []", &PLACES[..1], None).remove(0);
    assert_eq!(entry.text(), "(none)");
    assert_eq!(
        entry.source.to_string(),
        format!("`{key}` in `/p/Cross.toml`")
    );
}
