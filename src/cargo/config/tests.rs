//! Tests with configuration files in temporary directories.

use std::path::PathBuf;

use pretty_assertions::assert_eq;
use toml::Value;

use super::{CargoConfig, Layer, Owner};
use crate::bounds::asker::Asker;
use cross_base::fs;
use cross_base::host::Host;

fn config(files: &[(&str, &str)]) -> CargoConfig {
    let layer = |(path, text): &(&str, &str)| Layer {
        path: Some(PathBuf::from(path)),
        base: PathBuf::from(path).ancestors().nth(2).unwrap().to_owned(),
        included_by: None,
        owner: Owner::Project,
        table: text.parse().unwrap(),
    };
    CargoConfig {
        layers: files.iter().map(layer).collect(),
    }
}

fn paths(asked: Vec<(PathBuf, Asker)>) -> Vec<PathBuf> {
    asked.into_iter().map(|(path, _)| path).collect()
}

/// Writes these files to a temporary directory, and reads the configuration for its subdirectory
/// `p`.
fn load(files: &[(&str, &str)], command_line: &[&str]) -> (tempfile::TempDir, CargoConfig) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        fs::write_if_changed(&dir.path().join(path), text.as_bytes()).unwrap();
    }
    let host = Host {
        cargo_home: dir.path().join("home"),
        ..Host::default()
    };
    let command_line: Vec<_> = command_line.iter().map(Into::into).collect();
    let config = CargoConfig::load(&host, &dir.path().join("p"), &command_line).unwrap();
    (dir, config)
}

#[test]
fn the_nearest_file_wins() {
    let config = config(&[
        ("/p/.cargo/config.toml", "build.target = 'near'"),
        ("/h/config.toml", "build.target = 'far'\nbuild.jobs = 2"),
    ]);
    assert_eq!(config.targets(), ["near"]);
    assert_eq!(config.get("build.jobs"), Some(&Value::Integer(2)));
}

#[test]
fn the_command_line_wins_over_files_and_its_last_value_over_the_first() {
    let files = [
        ("p/.cargo/config.toml", "build.target = 'file'"),
        ("p/x.toml", "a.b = 'x'"),
    ];
    let (_dir, config) = load(
        &files,
        &["build.target='first'", "x.toml", "build.target='last'"],
    );
    assert_eq!(config.text("build.target"), Some("last"));
    assert_eq!(config.targets_of_command_line(), ["last"]);
    assert_eq!(config.text("a.b"), Some("x"));
}

#[test]
fn a_file_wins_over_what_it_includes() {
    let files = [
        (
            "p/.cargo/config.toml",
            "include = ['a.toml', {path = 'b.toml'}]\nx.k = 'own'",
        ),
        ("p/.cargo/a.toml", "x.k = 'a'\nx.l = 'a'\nx.m = 'a'"),
        ("p/.cargo/b.toml", "x.l = 'b'\nregistry.token = 's'"),
    ];
    let (dir, config) = load(&files, &[]);
    let values = ["x.k", "x.l", "x.m"].map(|key| config.text(key).unwrap());
    assert_eq!(values, ["own", "b", "a"]);
    let hidden: Vec<PathBuf> = config
        .filtered(|_| false, |_| false, &[], |_| false)
        .into_iter()
        .filter(|file| file.replacement.is_some())
        .map(|file| file.path)
        .collect();
    assert_eq!(hidden, [dir.path().join("p/.cargo/b.toml")]);
}

#[test]
fn a_file_that_cargo_does_not_read_hides_its_secrets_too() {
    let files = [
        ("p/.cargo/config", "net.offline = true"),
        ("p/.cargo/config.toml", "registry.token = 's'"),
        ("other/.cargo/config.toml", "build.jobs = 1"),
    ];
    let (dir, config) = load(&files, &[]);
    let dirs = ["p", "other"].map(|name| dir.path().join(name));
    let hidden = config.hidden(&dirs);
    assert_eq!(hidden.len(), 1);
    assert_eq!(hidden[0].path, dir.path().join("p/.cargo/config.toml"));
}

#[test]
fn aliases_are_split_as_cargo_splits_them() {
    let config = config(&[(
        "/p/.cargo/config.toml",
        "alias.x = 'build  --release'\nalias.y = ['run', '-q', 'a b']",
    )]);
    let host = Host::default();
    assert_eq!(config.alias(&host, "x").unwrap(), ["build", "--release"]);
    assert_eq!(config.alias(&host, "y").unwrap(), ["run", "-q", "a b"]);
}

#[test]
fn flags_for_rustc_of_all_files_count_and_the_nearest_come_last() {
    let triple = "aarch64-unknown-linux-gnu";
    let far = "build.rustflags = ['-Cfar']\ntarget.'cfg(unix)'.rustflags = '-Cunix'\n";
    let near = "build.rustflags = '-Cnear'\n";
    let own = format!("target.{triple}.rustflags = ['-Cown']\n");
    let files = [
        ("/p/.cargo/config.toml", &*(near.to_owned() + &own)),
        ("/h/config.toml", far),
    ];
    let config = config(&files);
    assert_eq!(config.rustflags(triple), ["-Cunix", "-Cown"]);
    let windows = "x86_64-pc-windows-gnu";
    assert_eq!(config.rustflags(windows), ["-Cfar", "-Cnear"]);
}

#[test]
fn host_programs_and_secrets_are_taken_out_and_named() {
    let config = config(&[(
        "/h/config.toml",
        "build.rustc-wrapper = 'sccache'\nbuild.jobs = 2\n\
         target.aarch64-unknown-linux-gnu.linker = '/opt/ld'\n\
         target.aarch64-unknown-linux-gnu.rustflags = ['-Cdebuginfo=1']\n\
         registries.mine.token = 'secret'\nregistries.mine.index = 'https://example.org'\n",
    )]);
    let filtered = config
        .filtered(|_| false, |_| false, &[], |_| false)
        .remove(0);
    let names: Vec<&str> = filtered.dropped.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!(
        names,
        [
            "build.rustc-wrapper",
            "target.aarch64-unknown-linux-gnu.linker",
            "registries.mine.token"
        ]
    );
    let left = filtered.replacement.unwrap();
    assert!(!left.contains("secret") && !left.contains("sccache"));
    assert!(left.contains("jobs = 2") && left.contains("example.org"));
    assert!(left.contains("-Cdebuginfo=1"));
}

#[test]
fn a_file_with_nothing_to_hide_is_shown_as_it_is() {
    let config = config(&[("/h/config.toml", "net.offline = true")]);
    assert_eq!(
        config.filtered(|_| false, |_| false, &[], |_| false)[0].replacement,
        None
    );
}

#[test]
fn paths_count_from_above_dot_cargo_and_on_the_command_line_from_the_directory() {
    let config = config(&[(
        "/a/p/.cargo/config.toml",
        "paths = ['../lib']\nsource.v.directory = 'vendor'\n\
         patch.crates-io.x.path = '/abs/x'\nhttp.cainfo = 'ca.pem'\n",
    )]);
    assert_eq!(
        paths(config.crates()),
        ["/a/lib", "/abs/x"].map(PathBuf::from)
    );
    assert_eq!(paths(config.sources()), [PathBuf::from("/a/p/vendor")]);
    assert_eq!(config.path("http.cainfo"), Some("/a/p/ca.pem".into()));
    let (dir, config) = load(&[], &["paths=['../lib']"]);
    assert_eq!(paths(config.crates()), [dir.path().join("lib")]);
}
