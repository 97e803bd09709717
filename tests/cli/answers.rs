//! The cache of rustc's and cargo's answers: neither is asked again until something changes on
//! which the answer depends.

use pretty_assertions::assert_eq;

use crate::fixture::{AARCH64, Fixture};

const COLD: [&str; 4] = [
    "rustc",
    "cargo metadata",
    "docker image inspect",
    "docker run",
];
const WARM: [&str; 2] = ["docker image inspect", "docker run"];

/// A machine with rustup's proxies on the `PATH`, on which the answers for a build are cached.
fn warm() -> Fixture {
    let fixture = cold();
    fixture.build().run().success().called(&COLD);
    fixture.build().run().success().called(&WARM);
    fixture
}

fn cold() -> Fixture {
    let fixture = Fixture::new();
    fixture.proxies();
    fixture
}

fn file(fixture: &Fixture) -> String {
    let dir = fixture.root.join("home/.cache/cross/answers");
    let mut entries = std::fs::read_dir(dir).expect("it was written");
    let entry = entries.next().expect("one file").expect("it is there");
    format!(
        "home/.cache/cross/answers/{}",
        entry.file_name().to_string_lossy()
    )
}

#[test]
fn the_second_build_asks_neither_and_does_the_same() {
    let fixture = cold();
    let first = fixture.build().run();
    let second = fixture.build().run();
    second.called(&WARM);
    assert_eq!(second.calls_of("docker run"), first.calls_of("docker run"));
}

type Change = (&'static str, fn(&Fixture), &'static [&'static str]);

/// Changes between two builds, each with a name and the questions that the second build asks again.
const CHANGES: &[Change] = &[
    (
        "an edited manifest",
        |f| f.krate("project", "hello", "description = \"x\"\n"),
        &["cargo metadata"],
    ),
    (
        "the same manifest written again",
        |f| f.krate("project", "hello", ""),
        &[],
    ),
    (
        "an edited source",
        |f| f.file("src/main.rs", "fn main() { println!(); }\n"),
        &[],
    ),
    (
        "one more program",
        |f| f.file("src/bin/other.rs", "fn main() {}\n"),
        &["cargo metadata"],
    ),
    (
        "one more example",
        |f| f.file("examples/other/main.rs", "fn main() {}\n"),
        &["cargo metadata"],
    ),
    (
        "an editor's own files",
        |f| f.file("src/bin/.other.rs.swp", ""),
        &[],
    ),
    (
        "cargo's configuration",
        |f| f.file(".cargo/config.toml", "build.target-dir = 'elsewhere'\n"),
        &["rustc", "cargo metadata"],
    ),
    (
        "a toolchain file",
        |f| f.file("rust-toolchain.toml", "[toolchain]\nchannel = 'stable'\n"),
        &["rustc", "cargo metadata"],
    ),
    (
        "a toolchain file above",
        |f| drop(f.write("rust-toolchain", "stable\n")),
        &["rustc", "cargo metadata"],
    ),
    (
        "rustup's settings",
        |f| drop(f.write("home/.rustup/settings.toml", "version = '12'\n")),
        &["rustc", "cargo metadata"],
    ),
    (
        "one more toolchain",
        |f| f.toolchain("nightly", &[AARCH64]),
        &["rustc", "cargo metadata"],
    ),
    (
        "a new release of the toolchain",
        |f| f.sysroot_program("stable", "rustc", "new"),
        &["rustc", "cargo metadata"],
    ),
    (
        "a new cargo",
        |f| f.sysroot_program("stable", "cargo", "new"),
        &["rustc", "cargo metadata"],
    ),
    (
        "a damaged record",
        |f| drop(f.write(&file(f), "{")),
        &["rustc", "cargo metadata"],
    ),
    (
        "another version's record",
        |f| drop(f.write(&file(f), "{\"rustc\":7,\"cargo\":{}}")),
        &["rustc", "cargo metadata"],
    ),
    (
        "one more target of the toolchain",
        |f| {
            let rustlib = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib";
            f.directory(&format!("{rustlib}/i686-unknown-linux-gnu/lib"));
        },
        &[],
    ),
];

#[test]
fn what_changes_is_asked_about_again() {
    for (what, change, asked) in CHANGES {
        let fixture = warm();
        change(&fixture);
        let mut expected = [asked, &WARM[..]].concat();
        expected.sort_unstable();
        let ran = fixture.build().run();
        assert_eq!(ran.success().names(), expected, "{what}: {ran}");
        let again = fixture.build().run();
        assert_eq!(again.success().names(), WARM, "{what}, again: {again}");
    }
}

#[test]
fn every_call_has_its_own_answers() {
    let fixture = warm();
    fixture.toolchain("nightly", &[AARCH64]);
    fixture.build().run();
    let args = [
        format!("+nightly build --target {AARCH64}"),
        format!("build --target {AARCH64} --manifest-path Cargo.toml"),
        format!("build --target {AARCH64} --config build.incremental=false"),
    ];
    for args in &args {
        fixture.cross(args).run().success().called(&COLD);
    }
    for args in &args {
        fixture.cross(args).run().success().called(&WARM);
    }
    let variables = [
        ("RUSTUP_TOOLCHAIN", "nightly"),
        ("CARGO_TARGET_DIR", "elsewhere"),
    ];
    for (name, value) in variables {
        let other = || fixture.build().env(name, value).run();
        other().success().called(&COLD);
        other().success().called(&WARM);
    }
    // Variables that cannot change cargo's answers.
    fixture.build().env("EDITOR", "vi").run().called(&WARM);
    fixture
        .build()
        .env("CARGO_REGISTRY_TOKEN", "secret")
        .run()
        .called(&WARM);
}

#[test]
fn members_by_a_pattern_are_looked_for() {
    let fixture = cold();
    fixture.file("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n");
    fixture.krate("project/crates/one", "one", "");
    let first = fixture.build().run();
    assert_eq!(first.success().calls_of("cargo metadata").len(), 1);
    fixture.build().run().success().called(&WARM);
    fixture.krate("project/crates/two", "two", "");
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("cargo metadata").len(), 1, "{ran}");
    assert_eq!(ran.calls_of("rustc").len(), 0, "{ran}");
}

#[test]
fn a_package_that_moves_into_a_workspace_is_seen() {
    let fixture = warm();
    fixture.write("Cargo.toml", "[workspace]\nmembers = ['project']\n");
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("cargo metadata").len(), 1, "{ran}");
}

#[test]
fn crates_outside_are_asked_about_once() {
    let fixture = cold();
    fixture.krate("beside", "beside", "");
    fixture.krate("further", "further", "");
    let beside = "[dependencies]\nbeside = { path = '../beside' }\n";
    fixture.krate("project", "hello", beside);
    let first = fixture.build().run();
    assert_eq!(first.success().calls_of("cargo metadata").len(), 2);
    fixture.build().run().success().called(&WARM);

    let further = "[dependencies]\nfurther = { path = '../further' }\n";
    fixture.krate("beside", "beside", further);
    let changed = fixture.build().run();
    assert_eq!(
        changed.success().calls_of("cargo metadata").len(),
        2,
        "{changed}"
    );
    let run = changed.calls_of("docker run").concat();
    assert!(run.contains("[ROOT]/further"), "{run}");
    fixture.build().run().success().called(&WARM);
}

/// Only rustup's proxies and a toolchain's own programs are known to choose a toolchain by fixed
/// rules. Any other rustc may choose by rules that cross cannot know.
#[test]
fn a_rustc_that_is_not_known_is_asked_every_time() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        fixture.build().run().success().called(&COLD);
    }
    assert!(!fixture.has("home/.cache/cross/answers"));
}

#[test]
fn what_only_shows_writes_nothing_down() {
    let fixture = cold();
    for _ in 0..2 {
        let args = format!("plan -- build --target {AARCH64}");
        let ran = fixture.util(&args).run();
        ran.success();
        assert_eq!(ran.calls_of("rustc").len(), 1, "{ran}");
    }
    assert!(!fixture.has("home/.cache/cross/answers"));
}
