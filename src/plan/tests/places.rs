//! The mounts of a run, and the directories that are created for them.

use pretty_assertions::assert_eq;

use super::*;
use crate::bounds::asker::Asker;
use crate::engine::spec::{Access, Mount};
use cross_base::beneath::Place;

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
        others: Vec::new(),
        also_at: Vec::new(),
    };
    let plan = world.plan();
    let created = |step: &Step| match step {
        Step::Dir(place) | Step::Touch(place) => place.path().starts_with("/home/u/.cargo"),
        _ => false,
    };
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
    let registry = "target=/home/u/.cargo/registry,readonly\n";
    assert!(line.contains(registry), "{line}");
}

#[test]
fn a_path_with_braces_is_kept_from_cargo_which_would_take_them_for_variables() {
    let mut world = world("build");
    world.workspace.target_dir = "/w/{x}/target".into();
    world.workspace.build_dir = Some("/w/{x}/target".into());
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "source=/cache/build/[TARGET]/[IMAGE]/debug,target=/w/{x}/target/debug\n";
    assert!(line.contains(mount), "{line}");
}

#[test]
fn a_cargo_without_a_build_directory_keeps_build_scripts_apart_by_a_mount() {
    let mut world = world("build --release");
    world.workspace.build_dir = None;
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "--mount type=bind,source=/cache/build/[TARGET]/[IMAGE]/release,\
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
    // Only cargo's own directories get a mark that excludes them from backups.
    for step in [
        Step::TargetDir(Place::trusted("/t")),
        Step::TargetDir(Place::trusted("/b")),
        Step::Dir(Place::trusted("/w/p/out")),
    ] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let line = world.line();
    assert!(line.contains("source=/w/p/out,target=/w/p/out\n"), "{line}");
    // Only the image's own part of the build directory is mounted: the rest is the host's.
    let build_dir = "source=/b/cross/[IMAGE],target=/b/cross/[IMAGE]\n";
    assert!(line.contains(build_dir), "{line}");
    assert!(!line.contains("source=/b,"), "{line}");
}

/// The targets of read-only mounts below a directory, relative to it.
fn read_only(world: &World, below: &str) -> Vec<String> {
    let line = world.line();
    let targets = line.lines().filter_map(|row| {
        let (source, target) = row.split_once(",target=")?;
        let target = target.strip_suffix(",readonly")?;
        assert!(
            source.ends_with(target) || !target.starts_with(below),
            "{row}"
        );
        Some(target.strip_prefix(below)?.to_owned())
    });
    targets.collect()
}

/// The targets of mounts from the image's own directory, relative to the target directory.
fn covered(world: &World) -> Vec<String> {
    let line = world.line();
    let own = line.lines().filter(|row| row.contains("[IMAGE]"));
    let own = own.filter_map(|row| row.split_once("target=/w/p/target/"));
    own.map(|(_, target)| target.to_owned()).collect()
}

/// A target directory with results of the host's cargo.
fn with_results(args: &'static str) -> World {
    let mut world = world(args);
    world.results.profiles.insert("dist".to_owned());
    let others = ["wasm32-unknown-unknown", T];
    world.results.targets = others.map(str::to_owned).into();
    let fresh = [
        format!("{T}/release/deps"),
        format!("{T}/debug/.fingerprint"),
        format!("{T}/unknown/deps"),
        "wasm32-unknown-unknown/debug/deps".to_owned(),
    ];
    world.results.fresh = fresh.map(PathBuf::from).into();
    world
}

#[test]
fn results_of_the_host_are_read_only_or_covered() {
    let world = with_results("build --release");
    assert_eq!(covered(&world), ["release"]);
    assert_eq!(
        read_only(&world, "/w/p/target/"),
        [
            "debug",
            "dist",
            "wasm32-unknown-unknown",
            "aarch64-unknown-linux-gnu/debug/.fingerprint",
            "aarch64-unknown-linux-gnu/release/.fingerprint",
            "aarch64-unknown-linux-gnu/release/deps",
            "aarch64-unknown-linux-gnu/unknown/deps",
            ".rustc_info.json",
        ]
    );
}

/// The results of this cargo are seen on the host, but not the files from which the host's cargo
/// tells what is up to date.
#[test]
fn a_program_of_the_project_may_call_cargo_for_any_profile() {
    let parts = |dir: &str, profiles: &[&str]| {
        let parts = [".fingerprint", "build", "deps", "incremental"];
        let of = |profile| parts.map(|part| format!("{dir}{profile}/{part}"));
        profiles.iter().flat_map(of).collect::<Vec<_>>()
    };
    let all = ["debug", "dist", "release"];
    let whole = all.map(str::to_owned).to_vec();
    let mut world = with_results("run");
    let own = parts(&format!("{T}/"), &all);
    assert_eq!(covered(&world), [whole.clone(), own].concat());
    let read_only = |world: &World| read_only(world, "/w/p/target/");
    let others = ["wasm32-unknown-unknown", &format!("{T}/unknown/deps")];
    assert_eq!(
        read_only(&world),
        [others[0], others[1], ".rustc_info.json"]
    );
    // A cargo that cannot be told of another directory keeps its intermediate files there.
    world.workspace.build_dir = None;
    let own = parts(&format!("{T}/"), &all[1..]);
    assert_eq!(covered(&world), [whole, own].concat());
}

/// A container with the outer one could put a link to any place where the inner one is.
#[test]
fn no_directory_that_covers_is_in_another_one() {
    let mut sources = Vec::new();
    for named in [true, false] {
        let mut world = with_results("run");
        world.named = named;
        let line = world.line();
        let own = line.lines().filter(|row| row.contains("[IMAGE]/"));
        let own = own.filter_map(|row| row.split(',').nth(1)?.strip_prefix("source="));
        sources.extend(own.map(PathBuf::from));
    }
    assert!(sources.len() > 10, "{sources:?}");
    for source in &sources {
        let mut others = sources.iter().filter(|other| *other != source);
        assert!(!others.any(|other| other.starts_with(source)), "{source:?}");
    }
}

/// Without a named target, results stand in `target/<profile>`, beside those of the host's cargo.
/// No container can put other directories in the place of these.
#[test]
fn a_program_may_call_cargo_for_the_profiles_of_the_host() {
    let mut world = with_results("run");
    world.named = false;
    let parts = [".fingerprint", "build", "deps", "incremental", "examples"];
    let of = |profile: &str| parts.map(|part| format!("{profile}/{part}"));
    let expected = [&of("debug")[..4], &of("dist"), &of("release")].concat();
    assert_eq!(covered(&world), expected);
    let line = world.line();
    let at = |text: &str| {
        line.find(text)
            .unwrap_or_else(|| panic!("{text} in {line}"))
    };
    for profile in ["dist", "release"] {
        let dir = format!("/w/p/target/{profile}");
        let itself = at(&format!("source={dir},target={dir}\n"));
        assert!(itself < at(&format!("target={dir}/deps\n")));
    }
}

#[test]
fn a_target_that_only_the_program_is_told_of_is_named() {
    let told = |args: &'static str, named| {
        let mut world = world_of("x86_64-unknown-linux-gnu", args);
        world.named = named;
        world.told()
    };
    let note = "Note `--target aarch64-unknown-linux-gnu` is for the program, and its container has no tools for \
                this target: `cross run --target aarch64-unknown-linux-gnu …` brings them";
    for args in [
        "run -p xtask -- dist --target aarch64-unknown-linux-gnu",
        "run -p xtask dist --target=aarch64-unknown-linux-gnu -v",
    ] {
        assert_eq!(told(args, false), [note], "{args}");
        assert_eq!(told(args, true), [""; 0], "{args}");
    }
    for args in [
        "run -- --target x86_64-unknown-linux-gnu",
        "run -- --target all",
        "run -- --target",
        "test -- --target aarch64-unknown-linux-gnu",
    ] {
        assert_eq!(told(args, false), [""; 0], "{args}");
    }
}

#[test]
fn settings_of_a_project_that_can_be_written_to_are_read_only() {
    let mut world = world("fix");
    let paths = ["/w/p/.git", "/w/p/rust-toolchain.toml"];
    world.obeyed.there = paths.map(PathBuf::from).into();
    let missing = ["/w/p/.cargo", "/w/p/a/b/.cargo"];
    world.obeyed.missing = missing.map(PathBuf::from).into();
    world.obeyed.around = ["/w/p/a", "/w/p/a/b"].map(PathBuf::from).into();
    let guarded = [".git", "rust-toolchain.toml", ".cargo", "a/b/.cargo"];
    let found = read_only(&world, "/w/p/");
    assert!(
        found
            .iter()
            .filter(|path| !path.starts_with("target"))
            .eq(guarded),
        "{found:?}"
    );
    let root = [PathBuf::from("/w/p")];
    let config = Place::new(Path::new("/w/p/.cargo"), &root);
    assert!(world.plan().prepare.contains(&Step::Dir(config)));
    // The directories around them are mounts, which nothing can be put in the place of.
    for dir in ["/w/p/a", "/w/p/a/b"] {
        let pin = Mount::same(dir, Access::ReadWrite);
        assert!(world.plan().run.mounts.contains(&pin), "{dir}");
    }
    // A directory for results may contain the project.
    world.args = "build --target-dir .";
    world.workspace.target_dir = "/w/p".into();
    let found = read_only(&world, "/w/p/");
    assert!(
        guarded
            .iter()
            .all(|path| found.contains(&(*path).to_owned())),
        "{found:?}"
    );
    // In a read-only project these files need no mounts of their own.
    world.workspace.target_dir = "/w/p/target".into();
    world.args = "build";
    let found = read_only(&world, "/w/p/");
    assert!(
        found.iter().all(|path| path.starts_with("target")),
        "{found:?}"
    );
}

#[test]
fn files_of_crosss_own_in_a_directory_that_can_be_written_to_are_read_only() {
    let mut world = world("fix");
    let mount = |path: &str, access| Mount::same(path, access);
    let guard = |path: &str| mount(path, Access::ReadOnly);
    for (cache, pins) in [
        ("/w/p/.cache/cross", &["/w/p/.cache"][..]),
        (
            "/w/p/target/a/b/cross",
            &["/w/p/target/a", "/w/p/target/a/b"],
        ),
    ] {
        world.host.cache = cache.into();
        let mounts = world.plan().run.mounts;
        assert!(mounts.contains(&guard(cache)), "{mounts:?}");
        for pin in pins {
            assert!(
                mounts.contains(&mount(pin, Access::ReadWrite)),
                "{mounts:?}"
            );
        }
    }
    // A build of a read-only project cannot write to it, except in the target directory.
    world.args = "build";
    assert!(
        world
            .plan()
            .run
            .mounts
            .contains(&guard("/w/p/target/a/b/cross"))
    );
    for cache in ["/w/p/.cache/cross", "/cache"] {
        world.host.cache = cache.into();
        assert!(!world.plan().run.mounts.contains(&guard(cache)), "{cache}");
    }
}

#[test]
fn on_the_way_to_what_is_mounted_no_link_of_a_containers_is_followed() {
    let mut world = world("build --artifact-dir target/x -Zunstable-options");
    world.host.env.insert("RUSTC_BOOTSTRAP".into(), "1".into());
    world.workspace.target_dir = "/w/p/target/nested".into();
    world.workspace.build_dir = Some("/w/p/target/nested".into());
    let plan = world.plan();
    assert_eq!(plan.run.no_links_below, [Path::new("/w/p/target")]);
    let written = [PathBuf::from("/w/p/target")];
    let place = |path: &str| Place::new(Path::new(path), &written);
    for step in [
        Step::TargetDir(place("/w/p/target/nested")),
        Step::Dir(place("/w/p/target/x")),
    ] {
        assert!(plan.prepare.contains(&step), "{:?}", plan.prepare);
    }
    world.args = "fix";
    assert_eq!(world.plan().run.no_links_below, [Path::new("/w/p")]);
}

#[test]
fn a_command_that_fetches_by_itself_has_a_registry_of_its_own() {
    let mut world = world("package");
    let own = "source=/cache/build/[TARGET]/registry,target=/home/u/.cargo/registry\n";
    assert!(world.line().contains(own), "{}", world.line());
    world.args = "build";
    assert!(!world.line().contains(own), "{}", world.line());
    world.config.xargo = Setting::by_default(true);
    assert!(world.line().contains(own), "{}", world.line());
}
