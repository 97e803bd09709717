//! sccache, which wraps rustc in containers.

use pretty_assertions::assert_eq;

use super::*;
use crate::bounds::asker::Asker;
use crate::cargo::sccache::Program;
use cross_base::setting::Source;

/// A [`World`] in which a variable of the caller's asks for sccache.
fn asked(program: Result<Program, String>) -> World {
    let mut world = world("build");
    world
        .host
        .env
        .insert("RUSTC_WRAPPER".into(), "sccache".into());
    world.sccache = Some(Sccache {
        asker: Asker::Said(Source::Variable("RUSTC_WRAPPER".to_owned())),
        program,
        dir: None,
    });
    world
}

fn program(is_static: bool) -> Program {
    Program {
        path: "/usr/bin/sccache".into(),
        is_static,
    }
}

#[test]
fn a_container_has_the_program_with_a_cache_that_the_host_does_not_read() {
    let world = asked(Ok(program(false)));
    let line = world.line();
    for word in [
        "--mount type=bind,source=/usr/bin/sccache,target=/run/cross/sccache,readonly",
        "--env RUSTC_WRAPPER=/run/cross/sccache",
        "--env SCCACHE_SERVER_UDS=/tmp/.cross-sccache",
    ] {
        assert!(line.contains(word), "{word} in {line}");
    }
    let plan = world.plan();
    let dir = plan
        .run
        .mounts
        .iter()
        .find(|mount| mount.target.ends_with("sccache") && mount.source == mount.target);
    let dir = &dir.expect("a cache").source;
    assert!(dir.starts_with(&world.host.cache), "{}", dir.display());
    assert_eq!(world.told(), [""; 0]);
    assert!(
        !plan.notes.iter().any(|note| note.contains("RUSTC_WRAPPER")),
        "{:?}",
        plan.notes
    );
}

#[test]
fn the_callers_choice_of_a_directory_is_kept() {
    let mut world = asked(Ok(program(true)));
    if let Some(sccache) = &mut world.sccache {
        sccache.dir = Some("/caches/ci".into());
    }
    let line = world.line();
    assert!(line.contains("--env SCCACHE_DIR=/caches/ci"), "{line}");
    assert!(
        line.contains("--mount type=bind,source=/caches/ci,target=/caches/ci"),
        "{line}"
    );
}

#[test]
fn it_is_said_why_nothing_is_cached() {
    let world = asked(Err("it is not installed on this machine".to_owned()));
    assert_eq!(
        world.told(),
        [
            "Note nothing is cached by `sccache`, which the variable `RUSTC_WRAPPER` asks for: it is not installed on this machine"
        ]
    );
    assert!(!world.line().contains("SCCACHE"));
}

#[test]
fn a_project_that_names_it_for_containers_is_believed() {
    let mut world = asked(Err(String::new()));
    let value = "RUSTC_WRAPPER=sccache".to_owned();
    world.config.passthrough = vec![Setting::by_default(value)];
    assert_eq!(world.told(), [""; 0]);
    assert!(world.line().contains("--env RUSTC_WRAPPER=sccache"));
}
