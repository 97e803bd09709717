//! A target that rustc no longer knows. Its specification is derived from that of another target.

use pretty_assertions::assert_eq;

use crate::cross::Ran;
use crate::fixture::{Fixture, X86_64};

const ASMJS: &str = "asmjs-unknown-emscripten";
/// The flags that rustc needs besides the specification.
const FLAGS: &str = "-Zunstable-options -Zemscripten-wasm-eh=no";

/// A machine with a nightly that has the standard library's source, and with an image for the
/// target.
fn machine() -> Fixture {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.source("nightly");
    let image = format!("[target.{ASMJS}]\nimage = 'example.org/asmjs'\n");
    fixture.file("Cross.toml", &image);
    fixture.write(
        "images/docker/example.org_asmjs",
        r#"[{"Id":"sha256:1234567890abcdef","Size":7,"Config":{"Labels":{}}}]"#,
    );
    fixture
}

fn build(fixture: &Fixture) -> Ran<'_> {
    let build = format!("+nightly build --target {ASMJS}");
    let ran = fixture.cross(&build).run();
    ran.success();
    ran
}

/// The specification that cross wrote for the container.
fn specification(fixture: &Fixture) -> serde_json::Value {
    let files = fixture.root.join("home/.cache/cross/files");
    let dirs = std::fs::read_dir(files).expect("it was written");
    let dirs = dirs.map(|entry| entry.expect("it is there").path());
    let made: Vec<_> = dirs.filter(|path| path.is_dir()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let names = std::fs::read_dir(&made[0]).expect("it is a directory");
    assert_eq!(names.count(), 1);
    let file = made[0].join(format!("{ASMJS}.json"));
    let text = std::fs::read_to_string(file).expect("it is there");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn a_nightly_is_told_of_it_and_builds_its_library() {
    let fixture = machine();
    let ran = build(&fixture);
    ran.says_exactly("");
    let made = specification(&fixture);
    assert_eq!(
        (&made["arch"], &made["cpu"]),
        (&"wasm32".into(), &"mvp".into())
    );
    assert_eq!(made.get("metadata"), None);
    let line = ran.line();
    line.has(
        "--mount type=bind,source=[CACHE]/files/specification,target=/opt/cross/specifications,readonly",
    )
    .has("--env RUST_TARGET_PATH=/opt/cross/specifications")
    .has(&format!("--env CARGO_TARGET_ASMJS_UNKNOWN_EMSCRIPTEN_RUSTFLAGS={FLAGS}"))
    .has(&format!("--env CARGO_TARGET_ASMJS_UNKNOWN_EMSCRIPTEN_RUSTDOCFLAGS={FLAGS}"));
    assert_eq!(
        line.command(),
        "cargo --config build.build-dir=\"[PROJECT]/target/cross/1234567890abcdef\" \
         --config 'unstable.build-std=[\"std\", \"panic_abort\"]' \
         --config unstable.panic-abort-tests=true --config unstable.json-target-spec=true \
         build --target /opt/cross/specifications/asmjs-unknown-emscripten.json"
    );
}

/// `CARGO_BUILD_TARGET` names the target by its triple, which cross has to replace by the path of
/// the specification.
#[test]
fn a_target_that_cargo_is_told_of_elsewhere_is_the_file_as_well() {
    let fixture = machine();
    let file = format!("/opt/cross/specifications/{ASMJS}.json");
    let ran = fixture
        .cross("+nightly build")
        .env("CARGO_BUILD_TARGET", ASMJS)
        .run();
    let line = ran.success().line();
    line.lacks("--env CARGO_BUILD_TARGET");
    assert!(
        line.command().ends_with(&format!(" build --target {file}")),
        "{ran}"
    );
    // A plugin starts cargo itself, so it needs the path in the variable.
    let ran = fixture
        .cross("+nightly llvm-lines")
        .env("CARGO_BUILD_TARGET", ASMJS)
        .run();
    let line = ran.success().line();
    line.has(&format!("--env CARGO_BUILD_TARGET={file}"))
        .has("--env CARGO_UNSTABLE_JSON_TARGET_SPEC=true");
}

#[test]
fn other_targets_have_none_of_it() {
    let fixture = machine();
    let ran = fixture.build().run();
    ran.success()
        .line()
        .lacks("specification")
        .lacks("RUST_TARGET_PATH")
        .lacks("RUSTFLAGS");
}

#[test]
fn a_stable_toolchain_is_refused() {
    machine().cross(&format!("run --target {ASMJS} -- a")).refuses(
        101,
        &format!(
            "
        error: rustc has had no target `{ASMJS}` since 1.76, and only a nightly toolchain takes one that cross specifies
        hint: `cross +nightly run --target {ASMJS} -- a`
        "
        ),
    );
}

/// A toolchain before 1.76 knows the target, and rustup has the library for it.
#[test]
fn a_toolchain_that_knows_the_target_is_told_nothing() {
    let fixture = machine();
    fixture.toolchain("stable", &[ASMJS, X86_64]);
    let ran = fixture.cross(&format!("build --target {ASMJS}")).run();
    ran.success()
        .line()
        .lacks("RUST_TARGET_PATH")
        .lacks("RUSTFLAGS");
}

#[test]
fn rustc_is_asked_once() {
    let fixture = machine();
    fixture.proxies();
    let asked = || {
        let ran = build(&fixture);
        let asked = ran.calls_of("rustc");
        asked
            .into_iter()
            .filter(|call| call.contains("target-spec-json"))
            .collect::<Vec<_>>()
    };
    let question = "rustc +nightly -Zunstable-options --print target-spec-json --target wasm32-unknown-emscripten";
    assert_eq!(asked(), [question]);
    assert_eq!(asked(), [""; 0]);
    // After an update of the toolchain, the other target's specification may differ.
    fixture.sysroot_program("nightly", "rustc", "new");
    assert_eq!(asked(), [question]);
}

#[test]
fn a_rustc_that_does_not_answer_is_quoted() {
    let fixture = machine();
    fixture.write("no-specification", "error: unknown print request\n");
    fixture.cross(&format!("+nightly build --target {ASMJS}")).refuses(
        101,
        "
        error: rustc does not say how `wasm32-unknown-emscripten` is specified: unknown print request
        ",
    );
}

#[test]
fn flags_of_the_users_stay() {
    let of_target = "CARGO_TARGET_ASMJS_UNKNOWN_EMSCRIPTEN_RUSTFLAGS";
    let fixture = machine();
    let run = |variable: &str, value: &str| {
        let cross = fixture.cross(&format!("+nightly build --target {ASMJS}"));
        let ran = cross.env(variable, value).run();
        ran.success();
        ran.line()
    };
    let first = format!("--env RUSTFLAGS=-Cx {FLAGS}");
    run("RUSTFLAGS", "-Cx").has(&first).lacks(of_target);
    run(of_target, "-Cx").has(&format!("--env {of_target}=-Cx {FLAGS}"));
    let encoded = FLAGS.replace(' ', "\u{1f}");
    run("CARGO_ENCODED_RUSTFLAGS", "-Cx\u{1f}-Cy")
        .has(&format!(
            "--env CARGO_ENCODED_RUSTFLAGS=-Cx\u{1f}-Cy\u{1f}{encoded}"
        ))
        .lacks(of_target);

    // Of cargo's configuration, flags for all targets count only if there are none for this target.
    // Those for this target cargo adds itself.
    let own = format!("--env {of_target}={FLAGS}");
    let both = format!("--env {of_target}=-Cx {FLAGS}");
    for (section, expected) in [
        ("", &both),
        (
            "[target.asmjs-unknown-emscripten]\nrustflags = ['-Cy']",
            &own,
        ),
        (
            "[target.'cfg(target_os = \"emscripten\")']\nrustflags = ['-Cy']",
            &own,
        ),
        (
            "[target.'cfg(target_os = \"linux\")']\nrustflags = ['-Cy']",
            &both,
        ),
    ] {
        let config = format!("[build]\nrustflags = ['-Cx']\n{section}\n");
        fixture.file(".cargo/config.toml", &config);
        build(&fixture).line().has(expected);
    }
}

#[test]
fn a_plan_shows_it_and_writes_nothing() {
    let fixture = machine();
    let before = fixture.listing();
    let ran = fixture
        .util(&format!("plan -- +nightly build --target {ASMJS}"))
        .run();
    ran.success();
    let text = fixture.generalise(&ran.stdout);
    let file = format!("[CACHE]/files/specification/{ASMJS}.json");
    assert!(text.contains(&format!("write `{file}`\n")), "{text}");
    assert!(
        text.contains("RUST_TARGET_PATH=[CACHE]/files/specification CARGO_TARGET_ASMJS"),
        "{text}"
    );
    assert!(
        text.contains("--env RUST_TARGET_PATH=/opt/cross/specifications"),
        "{text}"
    );
    assert_eq!(fixture.listing(), before);
}
