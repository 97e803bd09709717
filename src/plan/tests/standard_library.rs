//! The origin of the standard library, and cargo's settings for it.

use std::path::PathBuf;

use pretty_assertions::assert_eq;

use super::*;
use crate::config::Source;
use crate::config::build_std::{BuildStd, StdCrate};

const ADD_SOURCE: &str = "`rustup component add rust-src --toolchain stable-x`";

/// A [`World`] whose toolchain lacks the target's library, which rustup does not have either.
fn bare(args: &'static str) -> World {
    let mut world = world(args);
    world.toolchain.std_for.clear();
    world.lookup.offered = false;
    world
}

/// The [`World`] of [`bare`] with a nightly toolchain.
fn nightly(args: &'static str) -> World {
    let mut world = bare(args);
    world.lookup.unstable = true;
    world
}

fn configured(mut world: World, value: BuildStd) -> World {
    let source = Source::File(PathBuf::from("/w/p/Cross.toml"), "build.build-std".into());
    world.config.build_std = Some(Setting { value, source });
    world
}

/// The commands of the plan's steps for rustup.
fn rustup(world: &World) -> Vec<String> {
    let steps = world.plan().prepare.into_iter();
    let cmds = steps.filter_map(|step| match step {
        Step::Rustup(added) => Some(added.cmd.to_string()),
        _ => None,
    });
    cmds.collect()
}

/// Cargo's command line without the setting for the build directory.
fn cargo(world: &World) -> String {
    let words = world.plan().run.command;
    let mut words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let build_dir = words
        .iter()
        .position(|word| word.starts_with("build.build-dir="));
    if let Some(at) = build_dir {
        words.drain(at - 1..=at);
    }
    words[0] = "cargo".into();
    words.join(" ")
}

#[track_caller]
fn refused(world: &World, message: &str, hint: Option<&str>) {
    let error = world.try_plan().unwrap_err();
    assert_eq!(error.message(), message);
    assert_eq!(error.hint_text(), hint);
}

#[test]
fn what_rustup_has_is_installed() {
    let mut world = bare("check");
    world.lookup.offered = true;
    let add = "`rustup target add aarch64-unknown-linux-gnu --toolchain stable-x`";
    for unstable in [false, true] {
        world.lookup.unstable = unstable;
        assert_eq!(rustup(&world), [add]);
        assert_eq!(cargo(&world), "cargo check");
    }
    // `cargo careful` builds the library itself.
    let mut world = nightly("careful build");
    world.toolchain.components = vec!["rust-src".to_owned()];
    assert_eq!(rustup(&world), [""; 0]);
    assert_eq!(cargo(&world), "cargo careful build");
}

#[test]
fn what_rustup_has_not_is_built_by_a_nightly() {
    let mut world = nightly("build --release");
    assert_eq!(rustup(&world), [ADD_SOURCE]);
    assert_eq!(
        cargo(&world),
        "cargo --config unstable.build-std=[\"std\", \"panic_abort\"] \
         --config unstable.panic-abort-tests=true build --release"
    );
    world.toolchain.has_src = true;
    assert_eq!(rustup(&world), [""; 0]);
    assert_eq!(
        world.plan().notes,
        [
            "the standard library is built from source: rustup has no standard library for \
             `aarch64-unknown-linux-gnu`"
        ]
    );
}

#[test]
fn tests_and_programs_get_the_same_library() {
    let second = |args| {
        let line = cargo(&nightly(args));
        let said = line.split("--config ").nth(2).unwrap_or_default();
        said.split(' ').next().unwrap_or_default().to_owned()
    };
    assert_eq!(second("test"), "profile.dev.panic=\"unwind\"");
    let release = "profile.release.panic=\"unwind\"";
    assert_eq!(second("test --release"), release);
    assert_eq!(second("bench"), release);
    assert_eq!(
        second("test --profile=fast"),
        "profile.fast.panic=\"unwind\""
    );
    for kept in ["run", "build --tests", "check", "rustc"] {
        assert_eq!(second(kept), "unstable.panic-abort-tests=true", "{kept}");
    }
}

#[test]
fn options_stand_where_cargo_heeds_them_and_plugins_get_variables() {
    let line = cargo(&nightly("build --config a.b=1"));
    let start = "cargo build --config unstable.build-std=";
    assert!(line.starts_with(start), "{line}");
    let world = nightly("nextest run");
    assert_eq!(cargo(&world), "cargo nextest run");
    let line = world.line();
    for variable in [
        "--env CARGO_UNSTABLE_BUILD_STD=std,panic_abort\n",
        "--env CARGO_PROFILE_DEV_PANIC=unwind\n",
        "--env CARGO_BUILD_BUILD_DIR=/w/p/target/cross/[IMAGE]\n",
    ] {
        assert!(line.contains(variable), "{line}");
    }
    let line = nightly("bloat").line();
    let variable = "--env CARGO_UNSTABLE_PANIC_ABORT_TESTS=true\n";
    assert!(line.contains(variable), "{line}");
}

#[test]
fn who_builds_it_himself_is_left_alone() {
    for mut world in [
        nightly("check -Zbuild-std"),
        bare("check -Z build-std=core"),
    ] {
        let args = world.args;
        assert_eq!(rustup(&world), [ADD_SOURCE]);
        assert_eq!(cargo(&world), format!("cargo {args}"));
        world.toolchain.has_src = true;
        assert_eq!(rustup(&world), [""; 0]);
    }
    let mut world = nightly("check");
    let name = "CARGO_UNSTABLE_BUILD_STD";
    world.host.env.insert(name.into(), "core".into());
    assert_eq!(cargo(&world), "cargo check");
    let world = configured(nightly("check -Zbuild-std"), BuildStd::Never);
    assert_eq!(cargo(&world), "cargo check -Zbuild-std");
}

#[test]
fn no_other_toolchain_than_a_nightly_can_build_it() {
    refused(
        &bare("+stable -q test --release -- a;b"),
        "rustup has no standard library for `aarch64-unknown-linux-gnu`, and only a nightly \
         toolchain can build it",
        Some("`cross +nightly -q test --release -- 'a;b'`"),
    );
    let mut world = bare("build");
    world.toolchain.rustup_name = None;
    let message = "the toolchain in `/home/u/.rustup/toolchains/stable-x` lacks the standard \
                   library for `aarch64-unknown-linux-gnu`, and only a nightly toolchain can build \
                   it";
    refused(&world, message, Some("`cross +nightly build`"));
    world.lookup.rustup = false;
    refused(&world, message, None);
}

#[test]
fn a_toolchain_that_rustup_cannot_extend_needs_the_source() {
    let mut world = nightly("build");
    world.toolchain.rustup_name = None;
    refused(
        &world,
        "the toolchain in `/home/u/.rustup/toolchains/stable-x` lacks the standard library for \
         `aarch64-unknown-linux-gnu` and its source, and rustup did not install that toolchain",
        None,
    );
    world.toolchain.has_src = true;
    assert!(cargo(&world).contains("unstable.build-std"));
}

#[test]
fn the_configuration_can_ask_for_it() {
    let mut world = configured(world("build"), BuildStd::Always);
    let message = "`build.build-std` in `/w/p/Cross.toml` needs a nightly toolchain: no other can \
                   build the standard library";
    refused(&world, message, Some("`cross +nightly build`"));
    world.lookup.unstable = true;
    assert!(cargo(&world).contains("unstable.build-std=[\"std\", \"panic_abort\"]"));
    assert_eq!(rustup(&world), [ADD_SOURCE]);
    let crates = vec![StdCrate::Core, StdCrate::Alloc];
    let world = configured(world, BuildStd::Crates(crates));
    assert_eq!(
        cargo(&world),
        "cargo --config unstable.build-std=[\"core\", \"alloc\"] --config unstable.panic-abort-tests=true build"
    );
}

#[test]
fn the_configuration_can_forbid_it() {
    let world = configured(nightly("build"), BuildStd::Never);
    refused(
        &world,
        "rustup has no standard library for `aarch64-unknown-linux-gnu`, and `build.build-std` in \
         `/w/p/Cross.toml` is `false`",
        Some("set it to `true` and use a nightly toolchain, which builds the library from source"),
    );
    let mut world = configured(bare("build"), BuildStd::Never);
    world.lookup.offered = true;
    assert_eq!(rustup(&world).len(), 1);
}

#[test]
fn where_rustup_fails_building_is_offered_if_it_would_work_at_once() {
    let hint = |world: &World| match &world.plan().prepare[0] {
        Step::Rustup(added) => added.hint.clone(),
        other => panic!("{other:?}"),
    };
    let mut world = bare("test --lib");
    world.lookup.offered = true;
    assert_eq!(hint(&world), None);
    world.lookup.nightly_source = true;
    assert_eq!(
        hint(&world).unwrap(),
        "build it from source: `CROSS_BUILD_BUILD_STD=true cross +nightly test --lib`"
    );
    world.lookup.unstable = true;
    world.toolchain.has_src = true;
    assert_eq!(
        hint(&world).unwrap(),
        "build it from source: `CROSS_BUILD_BUILD_STD=true cross test --lib`"
    );
    assert_eq!(hint(&configured(world, BuildStd::Never)), None);
}
