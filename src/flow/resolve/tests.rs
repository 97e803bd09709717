//! Tests of the targets that are built, and of the sources that name them.

use std::ffi::OsString;

use super::*;
use crate::cli;
use pretty_assertions::assert_eq;

/// The targets of `cross build` with these arguments, variables and files of the project, and
/// whether cargo has to be told of them.
fn named(words: &str, variables: &[(&str, &str)], files: &[(&str, &str)]) -> (Vec<String>, bool) {
    let dir = fs::temporary_dir().unwrap();
    for (name, text) in files {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write_if_changed(&file, text.as_bytes()).unwrap();
    }
    let variables = variables.iter();
    let host = Host {
        env: variables
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        cwd: dir.path().to_owned(),
        cargo_home: dir.path().join("home"),
        ..Host::default()
    };
    let words = format!("build {words}");
    let words: Vec<OsString> = words.split_whitespace().map(Into::into).collect();
    let invocation = cli::parse(words).unwrap().resolve(|_| None).unwrap();
    let resolver = Resolver {
        invocation: &invocation,
        subcommand: invocation.subcommand().unwrap(),
        host: &host,
        cwd: host.cwd.clone(),
        cargo_config: CargoConfig::load(&host, &host.cwd, &[]).unwrap(),
        term: Term::default(),
        mode: Mode::Show,
        near: NearLockfile::default(),
        glibc: Vec::new(),
    };
    let config = Config::nearest(&host, &host.cwd);
    let (targets, tell, _) = resolver.named_targets(&config).unwrap();
    (targets, tell)
}

#[test]
fn the_nearest_word_names_the_target() {
    const CROSS: (&str, &str) = ("Cross.toml", "[build]\ndefault-target = 'of-cross'\n");
    const CARGO: (&str, &str) = (".cargo/config.toml", "[build]\ntarget = 'of-cargo'\n");
    const VARIABLE: (&str, &str) = ("CARGO_BUILD_TARGET", "of-variable");
    let named = |words, variables: &[_], files: &[_]| {
        let (targets, tell) = named(words, variables, files);
        (targets.concat(), tell)
    };
    let all = [CROSS, CARGO];
    assert_eq!(
        named("--target said", &[VARIABLE], &all),
        ("said".to_owned(), false)
    );
    assert_eq!(
        named("", &[VARIABLE], &all),
        ("of-variable".to_owned(), false)
    );
    // Only cross reads the key of its own configuration, so cargo has to be told.
    assert_eq!(named("", &[], &all), ("of-cross".to_owned(), true));
    assert_eq!(named("", &[], &[CARGO]), ("of-cargo".to_owned(), false));
    assert_eq!(named("", &[], &[]), (String::new(), false));
}

#[test]
fn several_targets_keep_their_order() {
    let (targets, tell) = named("--target b --target a", &[], &[]);
    assert_eq!(
        (targets, tell),
        (vec!["b".to_owned(), "a".to_owned()], false)
    );
}
