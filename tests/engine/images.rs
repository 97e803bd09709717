//! The images that the tests need. They are built before the first test starts, so that tests do
//! not differ in time because of them.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::engine::Engine;
use crate::row::{ROWS, Row};

/// Builds every image that is missing or out of date, for each engine and the rows that its tests
/// use. Prints how long that took. Errors are left to the tests, which fail with cross's own
/// messages.
pub(crate) fn prepare<'a>(wanted: impl Iterator<Item = (&'a Engine, &'a [&'static Row])>) {
    let mut images: BTreeMap<&str, (&Engine, Vec<&'static str>)> = BTreeMap::new();
    for (engine, rows) in wanted {
        let (_, triples) = images.entry(engine.name).or_insert((engine, Vec::new()));
        for row in rows {
            if !triples.contains(&row.triple) {
                triples.push(row.triple);
            }
        }
    }
    // Docker's name sorts first. The other engines get its images, which saves minutes.
    for (engine, triples) in images.values() {
        let start = Instant::now();
        let missing: Vec<&str> = triples
            .iter()
            .copied()
            .filter(|triple| all_current(engine, triple).is_none())
            .collect();
        if missing.is_empty() {
            continue;
        }
        eprintln!(
            "{}: preparing images for {}",
            engine.name,
            missing.join(", ")
        );
        if !engine.name.starts_with("docker") {
            load_from_docker(engine, &missing);
        }
        build(engine, &missing);
        eprintln!(
            "{}: images ready after {:.0?}",
            engine.name,
            start.elapsed()
        );
    }
}

/// Whether an engine was told to build a row's image itself. This is about the image without parts,
/// because parts are made in the same way.
fn builds(engine: &Engine, triple: &str) -> bool {
    let own = std::env::var("CROSS_TEST_PODMAN_BUILD").unwrap_or_default();
    engine.name == "podman" && own.split(',').any(|name| name == triple)
}

/// `cross-util images`, as the user who runs cross.
pub(crate) fn util(engine: &Engine) -> Command {
    // `cross-util images` needs neither a toolchain nor a project, only the engine.
    let mut command = match &engine.account {
        Some(account) => account.command(account.util().as_ref()),
        None => Command::new(env!("CARGO_BIN_EXE_cross-util")),
    };
    command.envs(engine.env.iter().map(|(name, value)| (name, value)));
    command.args(["--engine", engine.program, "images"]);
    command
}

/// The name of a row's image, if the engine has it and it is up to date.
pub(crate) fn current(engine: &Engine, triple: &str) -> Option<String> {
    Some(all_current(engine, triple)?.swap_remove(0))
}

/// The parts of a second image that tests of a row need besides the one without parts.
fn parts(triple: &str) -> &'static [&'static str] {
    let mut rows = ROWS.iter().filter(|row| row.triple == triple);
    rows.next().map_or(&[], |row| row.parts)
}

/// The names of a row's image and of the one with parts, if all are up to date.
fn all_current(engine: &Engine, triple: &str) -> Option<Vec<String>> {
    let output = util(engine).arg("list").output().ok()?;
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let of_row = list.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_current = words.get(2) == Some(&"current,");
        (words.first() == Some(&triple) && is_current).then(|| words[1].to_owned())
    });
    let there: Vec<String> = of_row.collect();
    let plain = format!("localhost/cross/{triple}:{}", env!("CARGO_PKG_VERSION"));
    let mut wanted = vec![plain.clone()];
    if !parts(triple).is_empty() {
        wanted.push(format!("{plain}-{}", parts(triple).join("-")));
    }
    wanted
        .iter()
        .all(|name| there.contains(name))
        .then_some(wanted)
}

/// Whether the engine has the row's image with OpenSSL. This is for rows whose images are not built
/// for the tests, as OpenSSL takes minutes.
pub(crate) fn has_openssl(engine: &Engine, triple: &str) -> bool {
    let list = util(engine).arg("list").output();
    let list = list.map_or(String::new(), |list| {
        String::from_utf8_lossy(&list.stdout).into_owned()
    });
    list.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words[..], [row, name, "current,", ..] if row == triple && name.contains("-openssl"))
    })
}

/// Copies images of rows from docker. Those that docker lacks are built afterwards.
fn load_from_docker(engine: &Engine, triples: &[&str]) {
    let docker = docker();
    let names = triples.iter().filter_map(|triple| {
        let mut names = all_current(&docker, triple)?;
        if builds(engine, triple) {
            names.remove(0);
        }
        Some(names)
    });
    let names: Vec<String> = names.flatten().collect();
    if !names.is_empty() {
        copy_from_docker(engine, &names);
    }
}

fn docker() -> Engine {
    Engine {
        name: "docker",
        program: "docker",
        account: None,
        env: Vec::new(),
    }
}

/// Copies images from docker to another engine.
pub(crate) fn copy_from_docker(engine: &Engine, names: &[String]) {
    let save = docker()
        .command()
        .arg("save")
        .args(names)
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut save) = save else { return };
    let archive = save.stdout.take().expect("it is piped");
    let mut load = engine.command();
    load.arg("load");
    if engine.name.starts_with("sandbox") {
        load = util(engine);
        load.args(["import", "-"]);
    }
    let load = load.stdin(archive).stdout(Stdio::null()).status();
    let saved = save.wait();
    if ![load, saved]
        .into_iter()
        .all(|status| status.is_ok_and(|s| s.success()))
    {
        eprintln!("{}: cannot take docker's images", engine.name);
    }
}

fn build(engine: &Engine, triples: &[&str]) {
    let build = |words: &[&str]| {
        let mut util = util(engine);
        let _ = util.arg("build").args(words).stdin(Stdio::null()).status();
    };
    build(triples);
    for triple in triples {
        let with = parts(triple).iter().flat_map(|part| ["--with", part]);
        let words: Vec<&str> = with.chain([*triple]).collect();
        if words.len() > 1 {
            build(&words);
        }
    }
}
