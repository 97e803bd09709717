//! `cargo install` for another target, and plugins that install files.

use crate::fixture::{AARCH64, Fixture};

#[test]
fn a_package_is_installed_into_the_directory_that_is_named() {
    let fixture = Fixture::new();
    let line = |more: &str| {
        let args = format!("install --path . --root ../out --target {AARCH64}{more}");
        fixture.cross(&args).run()
    };
    let ran = line("");
    ran.line()
        .has("--mount type=bind,source=[ROOT]/out/bin,target=[ROOT]/out/bin")
        .has("--mount type=bind,source=[ROOT]/out/.crates.toml,target=[ROOT]/out/.crates.toml")
        .has("--mount type=bind,source=[ROOT]/out/.crates2.json,target=[ROOT]/out/.crates2.json")
        // `cargo install` ignores the lock file unless told otherwise, and fetches crates by
        // itself.
        .lacks("[PROJECT]/Cargo.lock")
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/registry,target=[CARGO_HOME]/registry")
        // `cargo install` compiles with the profile `release`.
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/release,target=[PROJECT]/target/release");
    ran.says("    Mounting [ROOT]/out (`--root`)");
    assert!(fixture.has("out/bin") && fixture.has("out/.crates.toml"));
    let debug = line(" --debug --no-track").line();
    debug
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/debug,target=[PROJECT]/target/debug")
        .lacks("[ROOT]/out/.crates.toml");
}

#[test]
fn the_package_may_be_elsewhere() {
    let fixture = Fixture::new();
    let plain = fixture
        .cross(&format!(
            "install --path . --root ../out --target {AARCH64}"
        ))
        .run()
        .line();
    let elsewhere = fixture.directory("elsewhere");
    let ran = fixture
        .cross(&format!(
            "install --path ../project --root ../out --target {AARCH64}"
        ))
        .dir(elsewhere)
        .run();
    let line = ran.line();
    for word in [
        "--mount type=bind,source=[PROJECT],target=[PROJECT],readonly",
        "--mount type=bind,source=[ROOT]/out/bin,target=[ROOT]/out/bin",
        "--mount type=bind,source=[PROJECT]/target,target=[PROJECT]/target",
    ] {
        assert!(plain.text().contains(word), "{}", plain.text());
        line.has(word);
    }
}

#[test]
fn nothing_is_installed_where_the_host_looks_for_programs() {
    let fixture = Fixture::new();
    for (root, why) in [
        ("..", "this machine looks for its own programs there"),
        (
            "../home/.cargo",
            "this machine looks for its own programs there",
        ),
    ] {
        let args = format!("install --path . --root {root} --target {AARCH64}");
        let ran = fixture.cross(&args).run();
        ran.code(101).says(why);
        ran.says("hint: name another directory with `--root`");
    }
    fixture.write("home/.cargo/bin/cargo-cinstall", "");
    let ran = fixture
        .cross(&format!("cinstall --destdir . --target {AARCH64}"))
        .run();
    ran.code(101).says(
        "
        error: cross does not install into `[PROJECT]`: the project is in it
        hint: name another directory with `--destdir`
        ",
    );
}

#[test]
fn a_plugin_installs_below_the_directory_that_it_is_given() {
    let fixture = Fixture::new();
    fixture.write("home/.cargo/bin/cargo-cinstall", "");
    fixture
        .cross(&format!(
            "cinstall --destdir=../out --prefix /usr --target {AARCH64}"
        ))
        .run()
        .line()
        .has("--mount type=bind,source=[ROOT]/out,target=[ROOT]/out");
    fixture
        .cross(&format!("cinstall --prefix /usr --target {AARCH64}"))
        .refuses(
            101,
            "
            error: cross does not run `cargo cinstall`: it would install into the system that it is built in
            hint: name a directory of this machine's with `--destdir`
            ",
        );
}

/// A container is gone after the run, with what was installed into it.
#[test]
fn a_package_is_made_and_not_installed() {
    let fixture = Fixture::new();
    fixture.write("home/.cargo/bin/cargo-deb", "");
    let args = |more: &str| format!("deb --target {AARCH64}{more}");
    fixture.cross(&args("")).run().success();
    fixture.cross(&args(" --install")).refuses(
        101,
        "
        error: cross does not run `cargo deb`: it would install into the system that it is built in
        hint: leave `--install` out, and install the package where it is to run: `dpkg --install FILE.deb`
        ",
    );
}

#[test]
fn a_publication_is_tried_in_the_container_and_never_made_there() {
    let fixture = Fixture::new();
    let ran = fixture
        .cross(&format!("publish --dry-run --target {AARCH64}"))
        .run();
    assert!(ran.line().command().contains("publish --dry-run"), "{ran}");
    let ran = fixture.cross(&format!("publish --target {AARCH64}")).run();
    ran.code(101).says("cross keeps out of containers");
}

/// Cargo reads the configuration of the user's home only when it installs a package that is not
/// the project's.
#[test]
fn the_target_of_the_project_is_none_for_a_package_from_elsewhere() {
    let fixture = Fixture::new();
    fixture.file(
        ".cargo/config.toml",
        &format!("[build]\ntarget = '{AARCH64}'\n"),
    );
    let ran = fixture.cross("install ripgrep --locked").run();
    ran.called(&["cargo install"]);
    let ran = fixture.cross("install --path . --root ../out").run();
    ran.line()
        .has("--mount type=bind,source=[ROOT]/out/bin,target=[ROOT]/out/bin");
    fixture.write(
        "home/.cargo/config.toml",
        &format!("[build]\ntarget = '{AARCH64}'\n"),
    );
    let ran = fixture.cross("install ripgrep").run();
    ran.code(101)
        .says("cross does not run `cargo install` for the target of cargo's configuration");
}
