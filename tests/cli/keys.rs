//! Every key of the configuration has an effect on what `cross` does, and its variable wins.

use pretty_assertions::assert_eq;

use crate::fixture::{AARCH64, ARMV7, Fixture};

/// The keys of `[build]`: the key's name, two lines that set it in a file, and the value of the
/// variable that means the same as the second line.
const BUILD: &[(&str, &str, &str, &str)] = &[
    ("engine", "engine = 'podman'", "engine = 'docker'", "docker"),
    (
        "default-target",
        "default-target = 'aarch64-unknown-linux-gnu'",
        "default-target = 'armv7-unknown-linux-gnueabihf'",
        ARMV7,
    ),
    (
        "network",
        "network = 'none'",
        "network = 'bridge'",
        "bridge",
    ),
    (
        "mirror",
        "mirror = 'http://one.example'",
        "mirror = 'http://two.example'",
        "http://two.example",
    ),
    ("read-only", "read-only = false", "read-only = true", "true"),
];
const ANDROID: &str = "aarch64-linux-android";
const TARGET: &[(&str, &str, &str, &str)] = &[
    ("image", "image = 'my/one'", "image = 'my/two'", "my/two"),
    (
        "runner",
        "runner = 'native'",
        "runner = 'qemu-user'",
        "qemu-user",
    ),
    ("machine", "machine = 'one'", "machine = 'two'", "two"),
    ("glibc", "glibc = '2.17'", "glibc = '2.28'", "2.28"),
];
/// Keys of targets whose system has API levels.
const LEVELS: &[(&str, &str, &str, &str)] =
    &[("api-level", "api-level = 26", "api-level = 28", "28")];
const BOTH: &[(&str, &str, &str, &str)] = &[
    (
        "test-timeout",
        "test-timeout = 60",
        "test-timeout = 90",
        "90",
    ),
    (
        "build-std",
        "build-std = ['core']",
        "build-std = ['alloc']",
        "alloc",
    ),
    ("xargo", "xargo = true", "xargo = false", "false"),
    (
        "dockerfile",
        "dockerfile = 'one/D'",
        "dockerfile = 'two/D'",
        "two/D",
    ),
    (
        "dockerfile.context",
        "dockerfile = { file = 'one/D', context = 'one' }",
        "dockerfile = { file = 'one/D', context = 'two' }",
        "two",
    ),
    (
        "dockerfile.build-args",
        "dockerfile = { file = 'one/D', build-args = { LEVEL = '1' } }",
        "dockerfile = { file = 'one/D', build-args = { LEVEL = '2' } }",
        "LEVEL=2",
    ),
    (
        "pre-build",
        "pre-build = ['one']",
        "pre-build = ['two']",
        "two",
    ),
    ("parts", "parts = ['openssl']", "parts = []", "none"),
    // For these two keys, the variable's value is added to the file's.
    (
        "env.passthrough",
        "env.passthrough = ['A=1']",
        "env.passthrough = ['A=1', 'B=2']",
        "B=2",
    ),
    (
        "env.volumes",
        "env.volumes = ['ONE=/srv']",
        "env.volumes = ['ONE=/srv', 'TWO=/mnt']",
        "TWO=/mnt",
    ),
];

/// A machine on which every key changes the plan.
fn machine() -> Fixture {
    let fixture = Fixture::new();
    // The step that makes a toolchain shows the mirror.
    fixture.remove("home/.cache/cross/toolchains");
    fixture.toolchain("nightly", &[AARCH64, ARMV7]);
    fixture.source("nightly");
    fixture.write("home/.cargo/bin/xargo", "");
    for dir in ["one", "two"] {
        fixture.file(
            &format!("{dir}/D"),
            &format!("FROM {dir}\nARG LEVEL\nCOPY f /\n"),
        );
        fixture.file(&format!("{dir}/f"), dir);
    }
    fixture.file("f", "");
    // With this file the fake does not start the real cargo for each question.
    fixture.write("metadata.json", &fixture.metadata());
    fixture
}

/// A row of a table of keys, with the table's name in `Cross.toml`.
struct Case {
    table: String,
    name: &'static str,
    said: [&'static str; 2],
    variable: &'static str,
}

fn cases() -> Vec<Case> {
    let target = format!("target.{ARMV7}");
    let with_levels = format!("target.{ANDROID}");
    let tables = [
        ("build", BUILD),
        ("build", BOTH),
        (&target, TARGET),
        (&target, BOTH),
        (&with_levels, LEVELS),
    ];
    let mut cases = Vec::new();
    for (table, rows) in tables {
        cases.extend(rows.iter().map(|&(name, one, two, variable)| Case {
            table: table.to_owned(),
            name,
            said: [one, two],
            variable,
        }));
    }
    cases
}

impl Case {
    fn key(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }

    /// The plan with this text in `Cross.toml`, or with the key's variable set as well.
    fn plan(&self, fixture: &Fixture, text: &str, with_variable: bool) -> String {
        fixture.file("Cross.toml", &format!("[{}]\n{text}\n", self.table));
        let mut util = fixture.util(match self.name {
            "test-timeout" => "plan -- +nightly test",
            _ => "plan -- +nightly build",
        });
        if self.name != "default-target" {
            let triple = self.table.strip_prefix("target.");
            util = util.arg("--target").arg(triple.unwrap_or(ARMV7));
        }
        if self.name == "mirror" {
            // The engine `host` makes toolchains, which the mirror is for, instead of images.
            util = util.env("CROSS_CONTAINER_ENGINE", "host");
        }
        if with_variable {
            let name = self.key().to_uppercase().replace(['.', '-'], "_");
            util = util.env(format!("CROSS_{name}"), self.variable);
        }
        let ran = util.run();
        // These lines name the key or the variable that asks for a mount, which differ.
        let lines = ran.success().stdout.lines();
        let lines = lines.filter(|line| !line.starts_with("# Mounting"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

#[test]
fn every_key_takes_effect_and_its_variable_wins() {
    let fixture = machine();
    for case in cases() {
        let key = case.key();
        let [one, two] = case.said.map(|text| case.plan(&fixture, text, false));
        let none = case.plan(&fixture, "", false);
        assert_ne!(one, none, "`{key}` has no effect");
        assert_ne!(one, two, "`{key}` has one effect only");
        let variable = case.plan(&fixture, case.said[0], true);
        assert_eq!(variable, two, "the variable of `{key}`");
    }
}

#[test]
fn every_key_has_its_turn_above() {
    let fixture = Fixture::new();
    let ran = fixture.util(&format!("config --target {ARMV7}")).run();
    let lines = ran.success().stdout.lines();
    let mut shown: Vec<&str> = lines
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    let tested = cases()
        .into_iter()
        .map(|case| case.key().replace(ANDROID, ARMV7));
    let mut tested: Vec<String> = tested.collect();
    shown.sort_unstable();
    tested.sort_unstable();
    assert_eq!(shown, tested);
}
