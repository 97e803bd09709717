//! What is mounted where.

use pretty_assertions::assert_eq;

use super::*;
use crate::asker::Asker;

#[test]
fn credentials_in_a_mounted_directory_are_covered() {
    let mut world = world("build");
    world.cargo_home.entries.push("credentials.toml".to_owned());
    assert!(!world.line().contains("credentials"));
    world.host.cargo_home = "/w/p/.cargo-home".into();
    let line = world.line();
    let covered = "-empty,target=/w/p/.cargo-home/credentials.toml,readonly";
    assert!(line.contains(covered), "{line}");
}

#[test]
fn a_home_of_cargos_that_cannot_be_written_to_is_shown_as_it_is() {
    let mut world = world("build");
    world.cargo_home = CargoHome {
        writable: false,
        entries: vec!["registry".to_owned()],
        places: Vec::new(),
    };
    let plan = world.plan();
    let created = |step: &Step| matches!(step, Step::Dir(_) | Step::Touch(_));
    assert!(!plan.prepare.iter().any(created), "{plan:?}");
    let line = world.line();
    let mounts: Vec<&str> = line
        .lines()
        .filter(|l| l.contains("source=/home/u/.cargo"))
        .collect();
    let registry = "--mount type=bind,source=/home/u/.cargo/registry,\
                    target=/home/u/.cargo/registry,readonly";
    assert_eq!(mounts, [registry]);
}

#[test]
fn a_place_is_mounted_once() {
    let mut world = world("build --artifact-dir . -Zunstable-options");
    world.host.env.insert("RUSTC_BOOTSTRAP".into(), "1".into());
    world.workspace.target_dir = "/w/p".into();
    world.workspace.build_dir = Some("/w/p".into());
    world
        .workspace
        .outside
        .insert("/home/u/.cargo/registry".into(), Asker::Repository);
    let line = world.line();
    let targets: Vec<&str> = line
        .lines()
        .filter_map(|l| l.split("target=").nth(1))
        .collect();
    let set: BTreeSet<&str> = targets
        .iter()
        .map(|t| t.trim_end_matches(",readonly"))
        .collect();
    assert_eq!(targets.len(), set.len(), "{line}");
    assert!(line.contains("source=/w/p,target=/w/p\n"), "{line}");
    assert!(line.contains("target=/home/u/.cargo/registry\n"), "{line}");
}

#[test]
fn a_path_with_braces_is_kept_from_cargo_which_would_take_them_for_variables() {
    let mut world = world("build");
    world.workspace.target_dir = "/w/{x}/target".into();
    world.workspace.build_dir = Some("/w/{x}/target".into());
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "source=/w/{x}/target/cross/[IMAGE]/debug,target=/w/{x}/target/debug\n";
    assert!(line.contains(mount), "{line}");
}

#[test]
fn a_cargo_without_a_build_directory_keeps_build_scripts_apart_by_a_mount() {
    let mut world = world("build --release");
    world.workspace.build_dir = None;
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "--mount type=bind,source=/w/p/target/cross/[IMAGE]/release,\
                 target=/w/p/target/release\n";
    assert!(line.contains(mount), "{line}");
}

#[test]
fn results_elsewhere_are_mounted_too() {
    let mut world = world("build --artifact-dir out -Zunstable-options");
    world.host.env.insert("RUSTC_BOOTSTRAP".into(), "1".into());
    world.workspace.target_dir = "/t".into();
    world.workspace.build_dir = Some("/b".into());
    let steps = world.plan().prepare;
    // Only cargo's own directories are left out of backups.
    for step in [
        Step::TargetDir("/t".into()),
        Step::TargetDir("/b".into()),
        Step::Dir("/w/p/out".into()),
    ] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    assert!(world.line().contains("source=/w/p/out,target=/w/p/out\n"));
}
