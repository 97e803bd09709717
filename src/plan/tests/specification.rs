//! A target that rustc does not know and whose specification cross writes.

use super::*;

const ASMJS: &str = "asmjs-unknown-emscripten";

/// A [`World`] with a nightly toolchain and the specification of a target.
fn told(args: &'static str) -> World {
    let mut world = world_of(ASMJS, args);
    world.toolchain.std_for.clear();
    world.toolchain.has_src = true;
    world.lookup.offered = false;
    world.lookup.unstable = true;
    let specified = target::find(ASMJS).unwrap().specified().unwrap();
    world.specification = Some(Specification {
        text: "{}\n".to_owned(),
        rustflags: specified.rustflags(),
    });
    world
}

/// The host's cargo, which fetches, asks rustc about the target as well.
#[test]
fn the_file_is_there_before_dependencies_are_fetched() {
    let plan = told("build").plan();
    let written = plan.prepare.iter().position(|step| {
        matches!(step, Step::Write(path, text) if path.ends_with("asmjs-unknown-emscripten.json") && text == "{}\n")
    });
    let fetched = plan
        .prepare
        .iter()
        .position(|step| matches!(step, Step::Fetch(_)));
    assert!(
        written.is_some() && written < fetched,
        "{:#?}",
        plan.prepare
    );
}

#[test]
fn dependencies_are_fetched_for_the_target() {
    let mut world = told("build");
    world.host.env.insert("RUSTFLAGS".into(), "-Cx".into());
    let plan = world.plan();
    let fetch = plan.prepare.iter().find_map(|step| match step {
        Step::Fetch(fetch) => Some(fetch.cmd.to_string()),
        _ => None,
    });
    let fetch = fetch.unwrap();
    assert!(
        fetch.contains("RUSTFLAGS='-Cx -Zunstable-options -Zemscripten-wasm-eh=no' cargo fetch"),
        "{fetch}"
    );
    let specification = plan
        .run
        .mounts
        .iter()
        .find(|mount| mount.target.ends_with("specifications"));
    let source = specification.unwrap().source.display();
    assert!(
        fetch.contains(&format!("RUST_TARGET_PATH={source} ")),
        "{fetch}"
    );
}
