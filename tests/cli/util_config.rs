//! `cross-util config`.

use pretty_assertions::assert_eq;

use crate::cross::Cross;
use crate::fixture::{AARCH64, Fixture};
use crate::line::undent;

/// The rows of the output that begin with `start`. A vertical bar stands between columns.
fn rows(fixture: &Fixture, util: Cross<'_>, start: &str) -> String {
    let ran = util.run();
    let text = fixture.generalise(&ran.success().stdout);
    let rows = text.lines().filter(|line| line.starts_with(start));
    let row = |line: &str| {
        line.split("  ")
            .filter(|part| !part.is_empty())
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" | ")
    };
    rows.map(row)
        .flat_map(|row| [row, "\n".to_owned()])
        .collect()
}

#[test]
fn every_value_is_shown_with_who_said_it() {
    let fixture = Fixture::new();
    fixture.krate(
        "project",
        "hello",
        "[package.metadata.cross.build]\nread-only = false\n\
         [package.metadata.cross.build.env]\npassthrough = ['P']\n\
         [workspace.metadata.cross.build]\nxargo = true\nread-only = true\n",
    );
    fixture.file(
        "Cross.toml",
        "[build]\npre-build = ['one', 'two  three']\n[build.env]\npassthrough = ['C=1']\n\
         [target.'*-gnu']\nrunner = 'native'\n",
    );
    let util = |args: &str| {
        let util = fixture.util(args).env("CROSS_BUILD_NETWORK", "none");
        util.env("CROSS_BUILD_ENV_PASSTHROUGH", "V W=2")
    };
    let found = rows(&fixture, util("--engine podman config"), "");
    let expected = "
        build.engine | podman | `--engine`
        build.default-target | (cargo's, else the host) | the default
        build.mirror | (those of apt's configuration) | the default
        build.network | none | the variable `CROSS_BUILD_NETWORK`
        build.read-only | false | `package.metadata.cross.build.read-only` in `[PROJECT]/Cargo.toml`
        build.test-timeout | (none) | the default
        build.build-std | (where rustup has none) | the default
        build.xargo | true | `workspace.metadata.cross.build.xargo` in `[PROJECT]/Cargo.toml`
        build.dockerfile | (none) | the default
        build.dockerfile.context | (the workspace's root) | the default
        build.dockerfile.build-args | (none) | the default
        build.pre-build | one | `build.pre-build` in `[PROJECT]/Cross.toml`
        build.pre-build | two | three | `build.pre-build` in `[PROJECT]/Cross.toml`
        build.parts | (what the lock file asks for) | the default
        build.env.passthrough | P | `package.metadata.cross.build.env.passthrough` in `[PROJECT]/Cargo.toml`
        build.env.passthrough | C=1 | `build.env.passthrough` in `[PROJECT]/Cross.toml`
        build.env.passthrough | V | the variable `CROSS_BUILD_ENV_PASSTHROUGH`
        build.env.passthrough | W=2 | the variable `CROSS_BUILD_ENV_PASSTHROUGH`
        build.env.volumes | (none) | the default
        ";
    assert_eq!(found, undent(expected));
    let of_target = rows(
        &fixture,
        util(&format!("config --target {AARCH64}")),
        "target.",
    );
    let of_target = of_target.replace(&format!("target.{AARCH64}."), "");
    let (first, rest) = of_target.split_once("build-std").expect("it is a key");
    assert_eq!(
        first,
        undent(
            "
            image | localhost/cross/aarch64-unknown-linux-gnu:[VERSION] | the default
            runner | native | `target.*-gnu.runner` in `[PROJECT]/Cross.toml`
            machine | (none) | the default
            glibc | 2.31 | the default
            api-level | (none) | the default
            test-timeout | (none) | the default
            "
        )
    );
    assert!(rest.contains("\nxargo | true | `workspace."), "{rest}");
    assert!(
        rest.contains("\npre-build | one | `build.pre-build`"),
        "{rest}"
    );
}

#[test]
fn it_is_the_configuration_of_the_project_one_is_in() {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", "[workspace]\nmembers = ['member']\n");
    fixture.krate(
        "project/member",
        "member",
        "[package.metadata.cross.build]\nnetwork = 'none'\n",
    );
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    let found = |dir: &str| {
        let util = fixture.util("config").dir(dir);
        rows(&fixture, util, "build.")
    };
    let (root, member) = (found("project"), found("project/member"));
    assert!(root.contains("network | host"), "{root}");
    assert!(member.contains("network | none"), "{member}");
    assert!(
        member.contains("read-only | false | `build.read-only` in `[PROJECT]/Cross.toml`"),
        "{member}"
    );
}

#[test]
fn it_needs_neither_an_engine_nor_a_toolchain() {
    let fixture = Fixture::new();
    for program in ["docker", "podman", "rustc", "rustup"] {
        fixture.remove(&format!("bin/{program}"));
    }
    let before = fixture.listing();
    let ran = fixture.util("config").run();
    ran.called(&["cargo metadata"]);
    assert_eq!(fixture.listing(), before);
    fixture.write("toolchain-missing", "");
    fixture
        .util("config")
        .refuses(1, "error: toolchain 'stable' is not installed");
    fixture.remove("bin/cargo");
    fixture.util("config").run().code(101).says("`cargo`");
}

#[test]
fn without_a_project_it_says_so() {
    let fixture = Fixture::new();
    fixture.directory("elsewhere");
    fixture.util("config").dir("elsewhere").refuses(
        101,
        "error: could not find `Cargo.toml` in `[ROOT]/elsewhere` or any parent directory\n\
         hint: `cross` works in a project: go there, or name it with `--manifest-path`",
    );
}

#[test]
fn what_is_wrong_is_said_as_a_build_would() {
    let fixture = Fixture::new();
    fixture
        .util("config --target aarch64-unknown-linux-gun")
        .refuses(
            101,
            "
        error: unknown target `aarch64-unknown-linux-gun`
        hint: did you mean `aarch64-unknown-linux-gnu`?
        ",
        );
    let wrong = |args| fixture.util(args).env("CROSS_BUILD_NETWORK", "lan");
    let expected = "
        error: the variable `CROSS_BUILD_NETWORK` cannot be `lan`
        hint: it can be `host`, `bridge` or `none`
        ";
    wrong("config").refuses(101, expected);
}

#[test]
fn programs_get_values_as_they_are() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[build]\nread-only = false\nbuild-std = ['core']\n",
    );
    let ran = fixture.util("config --json").run();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.success().stdout).expect("JSON");
    let value = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key);
        row.expect("it is there")["value"].clone()
    };
    assert_eq!(value("build.read-only"), false);
    assert_eq!(value("build.build-std"), serde_json::json!(["core"]));
    assert_eq!(value("build.engine"), serde_json::Value::Null);
}
