//! The steps of a plan before the container starts.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn an_image_that_is_missing_is_built_first() {
    let mut world = world("build");
    let row = &ROWS[0];
    world.image = Image::Provided {
        row,
        parts: Parts::default(),
        digest: "0123456789abcdef".to_owned(),
        current: false,
    };
    let builds = |step: &Step| matches!(step, Step::BuildImage { row: built, .. } if *built == row);
    assert!(world.plan().prepare.iter().any(builds));
}

#[test]
fn a_lock_file_is_written_by_cargo_on_the_host_and_never_when_locked() {
    let mut world = world("build --offline");
    world.workspace.has_lockfile = false;
    let lock = |plan: &Plan| {
        plan.prepare.iter().find_map(|step| match step {
            Step::Lock { cmd, .. } => Some(cmd.to_string()),
            _ => None,
        })
    };
    assert_eq!(
        lock(&world.plan()).as_deref(),
        Some(
            "`RUSTC_WRAPPER='' RUSTC_WORKSPACE_WRAPPER='' \
             RUSTC=/home/u/.rustup/toolchains/stable-x/bin/rustc cargo generate-lockfile --offline`"
        )
    );
    for args in ["build --locked", "build --frozen"] {
        world.args = args;
        assert_eq!(lock(&world.plan()), None);
        assert!(!world.line().contains("Cargo.lock"));
    }
}

#[test]
fn a_missing_component_is_named_with_the_command_that_adds_it() {
    let error = world("clippy").try_plan().unwrap_err();
    assert_eq!(
        error.hint_text(),
        Some("`rustup component add clippy --toolchain stable-x`")
    );
}

#[test]
fn tests_find_programs_and_libraries_of_their_package_beside_themselves() {
    let links = |args| {
        let plan = world(args).plan();
        let links = plan.prepare.into_iter().filter_map(|step| match step {
            Step::Link(link, target) => Some((link.path(), target)),
            _ => None,
        });
        links.collect::<Vec<_>>()
    };
    assert_eq!(links("build"), []);
    let below = "aarch64-unknown-linux-gnu/release";
    let dir = format!("/w/p/target/cross/{}/{below}", world("").image.identity());
    assert_eq!(
        links("test --release"),
        ["tool", "examples/libtool.so"].map(|name| {
            (
                format!("{dir}/{name}").into(),
                format!("/w/p/target/{below}/{name}").into(),
            )
        })
    );
}

#[test]
fn results_of_build_scripts_are_linked_to_after_a_build_that_has_some() {
    let links = |args, has_build_scripts| {
        let mut world = world(args);
        world.workspace.has_build_scripts = has_build_scripts;
        world.plan().build_scripts
    };
    let below = "aarch64-unknown-linux-gnu/release/build";
    let dir = format!("/w/p/target/cross/{}/{below}", world("").image.identity());
    let found = links("build --release", true).unwrap();
    assert_eq!(found.from.path(), Path::new(&dir));
    // The host's programs look in the first directory, the project's own in the second.
    let [first, second] = &found.to[..] else {
        panic!("{found:?}");
    };
    assert_eq!(first.path(), Path::new("/w/p/target").join(below));
    assert!(second.path().ends_with(below.replace('/', "+")));
    assert_eq!(links("build --release", false), None);
    for args in [
        "run --release",
        "test --release --no-run",
        "nextest run --release",
    ] {
        assert_eq!(links(args, true), Some(found.clone()), "{args}");
    }
    assert_eq!(links("check", true), None);
}

#[test]
fn the_runner_is_told_where_build_scripts_left_what_they_made() {
    let told = |args| {
        let line = world(args).line();
        let mut words = line.split_whitespace().map(str::to_owned);
        words.find(|word| word.starts_with("CROSS_BUILD_SCRIPTS="))
    };
    let dir = "/w/p/target/cross/[IMAGE]/aarch64-unknown-linux-gnu/release/build";
    assert_eq!(
        told("test --release"),
        Some(format!("CROSS_BUILD_SCRIPTS={dir}"))
    );
    assert_eq!(told("build --release"), None);
}

#[test]
fn a_program_has_the_ending_that_its_family_gives_it() {
    // The second is a specification of the user's with the image of the first.
    for triple in ["wasm32-wasip1", "board"] {
        let mut world = world("test");
        world.triple = triple;
        world.toolchain.std_for = vec![triple.to_owned()];
        if let Image::Provided { row, .. } = &mut world.image {
            *row = target::find("wasm32-wasip1").unwrap();
        }
        let links = world
            .plan()
            .prepare
            .into_iter()
            .filter_map(|step| match step {
                Step::Link(_, target) => Some(target),
                _ => None,
            });
        let below = |name| format!("/w/p/target/{triple}/debug/{name}").into();
        let expected: Vec<PathBuf> = vec![below("tool.wasm"), below("examples/tool.wasm")];
        assert_eq!(links.collect::<Vec<_>>(), expected);
    }
}
