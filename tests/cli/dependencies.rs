//! Dependencies from registries, which the host's cargo fetches before the container starts.

use crate::fixture::{AARCH64, Fixture, X86_64};

const WARM: [&str; 4] = [
    "rustc",
    "cargo metadata",
    "docker image inspect",
    "docker run",
];
const CRATE: &str = "home/.cargo/registry/cache/example.org-0/dep-1.2.3.crate";

/// A project whose lock file names a crate of a registry. The crate is in cargo's cache, as after
/// `cargo fetch`.
fn with_dependency() -> Fixture {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", "[dependencies]\ndep = \"1\"\n");
    lock(&fixture, "1.2.3");
    fixture.write(CRATE, "");
    fixture
}

fn lock(fixture: &Fixture, version: &str) {
    let own = "[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\ndependencies = [\"dep\"]\n";
    let dep = format!(
        "[[package]]\nname = \"dep\"\nversion = \"{version}\"\n\
         source = \"registry+https://example.org/index\"\n"
    );
    let text = format!("version = 4\n\n{own}\n{dep}");
    fixture.write("project/Cargo.lock", &text);
}

#[test]
fn what_the_lock_file_asks_for_is_fetched_on_the_host_once() {
    let fixture = with_dependency();
    let first = fixture.build().run();
    assert_eq!(
        first.calls_of("cargo fetch"),
        [format!("cargo fetch --target {AARCH64} --target {X86_64}")]
    );
    fixture.build().run().success().called(&WARM);
    lock(&fixture, "1.2.4");
    let changed = fixture.build().run();
    assert_eq!(changed.calls_of("cargo fetch").len(), 1, "{changed}");
}

/// The plan must contain the fetch, because cargo in the container has no token for a registry.
#[test]
fn a_plan_fetches_until_that_is_done() {
    let fixture = with_dependency();
    let plan = || {
        let ran = fixture
            .util(&format!("plan -- build --target {AARCH64}"))
            .run();
        assert!(ran.success().calls_of("cargo fetch").is_empty(), "{ran}");
        ran.stdout.contains(&format!(
            " cargo fetch --target {AARCH64} --target {X86_64}\n"
        ))
    };
    assert!(plan());
    fixture.build().run().success();
    assert!(!plan());
}

#[test]
fn what_the_lock_file_lacks_is_fetched_on_the_host() {
    let fixture = with_dependency();
    let lock = "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n";
    fixture.write("project/Cargo.lock", lock);
    let first = fixture.build().run();
    assert_eq!(first.calls_of("cargo fetch").len(), 1, "{first}");
    // The fake cargo fetches nothing. A fetch that did not help is not repeated until something
    // changes.
    fixture.build().run().success().called(&WARM);
    fixture.krate("project", "hello", "[dependencies]\ndep = \"2\"\n");
    let changed = fixture.build().run();
    assert_eq!(changed.calls_of("cargo fetch").len(), 1, "{changed}");
}

/// The manifest of a path dependency beside the project asks for a crate that the lock file lacks.
#[test]
fn what_a_path_dependency_newly_asks_for_is_fetched_on_the_host() {
    let fixture = Fixture::new();
    fixture.krate("part", "part", "");
    let path = "[dependencies]\npart = { path = \"../part\" }\n";
    fixture.krate("project", "hello", path);
    let without = fixture.build().run();
    assert_eq!(without.calls_of("cargo fetch").len(), 0, "{without}");
    fixture.krate("part", "part", "[dependencies]\ndep = \"1\"\n");
    let with = fixture.build().run();
    assert_eq!(with.calls_of("cargo fetch").len(), 1, "{with}");
}

#[test]
fn what_is_gone_from_the_cache_is_fetched_again() {
    let fixture = with_dependency();
    fixture.build().run().success();
    fixture.build().run().success().called(&WARM);
    fixture.remove(CRATE);
    let again = fixture.build().run();
    assert_eq!(again.calls_of("cargo fetch").len(), 1, "{again}");
}

/// Cargo's configuration may name another source for the same crates.
#[test]
fn what_cargos_configuration_replaces_is_fetched_again() {
    let fixture = with_dependency();
    fixture.build().run().success();
    let config = "[source.crates-io]\nreplace-with = 'mirror'\n";
    fixture.write("home/.cargo/config.toml", config);
    let replaced = fixture.build().run();
    assert_eq!(replaced.calls_of("cargo fetch").len(), 1, "{replaced}");
    fixture.build().run().success().called(&WARM);
}

#[test]
fn a_setting_may_be_longer_than_a_files_name() {
    let fixture = Fixture::new();
    let setting = format!("build.rustflags=['--cfg={}']", "x".repeat(300));
    fixture.build().arg("--config").arg(setting).run().success();
}

/// cargo-mutants has an option of cargo's name for a file of its own.
#[test]
fn a_plugins_own_configuration_is_not_cargos() {
    let fixture = Fixture::new();
    fixture.file("mutants.toml", "timeout_multiplier = 2.5\n");
    let ran = fixture.cross("mutants --config mutants.toml").run();
    assert!(
        ran.calls_of("cargo metadata")
            .iter()
            .all(|call| !call.contains("mutants.toml")),
        "{ran}"
    );
    assert!(!ran.stderr.contains("unsupported"), "{ran}");
}

#[test]
fn a_fetch_heeds_the_options_of_the_build() {
    let fixture = with_dependency();
    let args = "--config net.retry=1 test --locked --quiet --manifest-path Cargo.toml";
    let ran = fixture
        .cross(&format!("{args} --target {AARCH64}"))
        .dir("project")
        .run();
    assert_eq!(
        ran.calls_of("cargo fetch"),
        [format!(
            "cargo --config net.retry=1 fetch --target {AARCH64} --target {X86_64} --locked --quiet \
             --manifest-path Cargo.toml"
        )]
    );
}

#[test]
fn nothing_is_fetched_offline() {
    let fixture = with_dependency();
    for flag in ["--offline", "--frozen"] {
        fixture.build().arg(flag).run().success().called(&WARM);
    }
    let offline = fixture.build().env("CARGO_NET_OFFLINE", "true").run();
    offline.success().called(&WARM);
    fixture.write("project/.cargo/config.toml", "[net]\noffline = true\n");
    fixture.build().run().success().called(&WARM);
    let online = fixture.build().env("CARGO_NET_OFFLINE", "false").run();
    assert_eq!(online.calls_of("cargo fetch").len(), 1, "{online}");
}

#[test]
fn cargo_in_the_container_has_the_last_word_when_the_host_cannot_fetch() {
    let fixture = with_dependency();
    fixture.write("fetch-fails", "error: no such registry\n");
    for _ in 0..2 {
        let ran = fixture.build().run();
        ran.success().says(
            "error: no such registry\nwarning: the host's cargo could not fetch all dependencies, \
             see above; going on with those that are there\n",
        );
        assert_eq!(ran.calls_of("cargo fetch").len(), 1, "{ran}");
        let runs = ran.calls_of("docker run");
        assert_eq!(runs.len(), 1, "{ran}");
        // The host's cargo has waited between its attempts already.
        assert!(runs[0].contains(" CARGO_NET_RETRY=0 "), "{ran}");
    }
    fixture.remove("fetch-fails");
    for _ in 0..2 {
        let ran = fixture.build().run();
        assert!(!ran.success().calls_of("docker run")[0].contains("CARGO_NET_RETRY"));
    }
}
