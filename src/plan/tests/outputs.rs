//! Tests of the directories in which options of commands have files written.

use std::collections::BTreeSet;

use super::{World, world};
use crate::bounds::asker::Asker;
use crate::cargo::workspace::Output;
use crate::cli::Around;
use crate::config::Source;

/// A world whose command line has files written in a directory that exists.
fn with(dir: &str) -> World {
    let mut world = world("rustc -- --emit=asm=x");
    world.workspace.named = vec![Output {
        option: "--emit",
        asker: Asker::Around(Source::CommandLine("--emit")),
        dir: dir.into(),
        is_there: true,
        around: Around::There,
        holds: None,
        refusal: None,
    }];
    world
}

/// The mounts that the directory adds.
fn added(world: &World) -> String {
    let plain = World {
        workspace: crate::cargo::workspace::Workspace {
            named: Vec::new(),
            ..world.workspace.clone()
        },
        ..with("/")
    };
    let plain = plain.line();
    let line = world.line();
    let new = line.lines().filter(|line| !plain.contains(line));
    new.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_directory_is_mounted_where_the_container_does_not_write_anyway() {
    let mount = |dir: &str| format!("--mount type=bind,source={dir},target={dir}");
    assert_eq!(added(&with("/w/out")), mount("/w/out"));
    assert_eq!(added(&with("/w/p/dist")), mount("/w/p/dist"));
    assert_eq!(added(&with("/w/p/target/x/y")), "");
    let mut writable = with("/w/p/src");
    assert!(writable.try_plan().is_err());
    writable.config.read_only.value = false;
    let line = writable.line();
    assert!(!line.contains("/w/p/src"), "{line}");
}

/// No mount can be placed at a link, so the target directory is mounted where it leads.
#[test]
fn a_directory_in_a_target_directory_behind_a_link_needs_no_mount() {
    let mut world = with("/w/p/target/x");
    let behind = BTreeSet::from(["/data/t".into()]);
    let links = &mut world.workspace.behind_links;
    links.insert("/w/p/target".into(), behind);
    assert_eq!(added(&world), "");
}

#[test]
fn what_the_container_sees_in_its_own_way_is_not_opened() {
    for (dir, why) in [
        ("/w", "`/w/p` is in it"),
        ("/w/p", "the project is read-only"),
        ("/w/p/.git/x", "the project is read-only"),
        ("/w/p/tests/data", "the project is read-only"),
        ("/w/p/target/debug", "`/w/p/target/debug` is kept apart"),
        (
            "/home/u/.cargo/registry/x",
            "`/home/u/.cargo/registry` is kept apart",
        ),
    ] {
        let error = with(dir).try_plan().unwrap_err();
        let message = format!("cross does not let containers write to `{dir}` for `--emit`: {why}");
        assert_eq!(error.message(), message);
    }
}
