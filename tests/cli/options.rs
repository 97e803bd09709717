//! Cargo's command line reaches cargo as it was written.

use crate::fixture::{AARCH64, Fixture};

const CARGO: &str = r#"cargo --config build.build-dir="[PROJECT]/target/cross/[RECIPE]""#;

/// The arguments of cargo in the container, after the option for the build directory.
#[track_caller]
fn in_the_container(fixture: &Fixture, args: &str) -> String {
    let command = fixture.cross(args).run().line().command().to_owned();
    let rest = command.strip_prefix(CARGO).map(str::trim_start);
    rest.unwrap_or_else(|| panic!("`{command}` begins otherwise"))
        .to_owned()
}

/// The public cross takes the value of an option before the subcommand for the subcommand.
#[test]
fn options_with_values_may_stand_before_the_subcommand() {
    let fixture = Fixture::new();
    for args in [
        "-Z unstable-options build",
        "--config net.retry=1 build",
        "--config net.retry=1 -Z unstable-options -v --color never build",
    ] {
        assert_eq!(in_the_container(&fixture, args), args);
    }
}

/// The public cross takes the value of an option before the subcommand for the subcommand.
#[test]
fn the_directory_of_an_option_is_where_cargo_works() {
    let fixture = Fixture::new();
    fixture.krate("other", "other", "");
    fixture.lock("other", "other");
    let args = "-Zunstable-options -C ../other build";
    let ran = fixture.cross(args).run();
    let line = ran.line();
    line.has("--mount type=bind,source=[ROOT]/other,target=[ROOT]/other,readonly");
    line.has("--mount type=bind,source=[ROOT]/other/target,target=[ROOT]/other/target");
    line.lacks("source=[PROJECT],");
    assert!(line.command().ends_with(args), "{}", line.command());
    assert_eq!(
        ran.calls_of("cargo metadata"),
        ["cargo -C ../other -Z unstable-options metadata --no-deps --offline --format-version 1"]
    );
}

#[test]
fn a_configuration_behind_the_subcommand_does_not_hide_crosss_own() {
    let fixture = Fixture::new();
    let command = fixture
        .cross("build --config net.retry=1")
        .run()
        .line()
        .command()
        .to_owned();
    assert_eq!(
        command,
        "cargo build --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" \
         --config net.retry=1"
    );
}

/// Cargo heeds the last of several values, and the container can write to its own directory alone.
#[test]
fn a_build_directory_of_the_command_line_does_not_override_the_containers() {
    let fixture = Fixture::new();
    let own = "--config build.build-dir=\"[PROJECT]/bd/cross/[RECIPE]\"";
    let said = "--config build.build-dir=\"bd\"";
    fixture.file("more.toml", "build.build-dir = 'bd'\n");
    for plugin in ["cargo-hack", "cargo-nextest"] {
        fixture.write(&format!("home/.cargo/bin/{plugin}"), "");
    }
    for (args, expected) in [
        (
            format!("build {said} -r"),
            format!("cargo build {said} {own} -r"),
        ),
        (format!("{said} build"), format!("cargo {said} {own} build")),
        (
            format!("test {said} -- --config a"),
            format!("cargo test {said} {own} -- --config a"),
        ),
        (
            "build --config more.toml".to_owned(),
            // A path in a file is relative to the directory around the file's own.
            format!("cargo build --config more.toml {own}").replace("PROJECT", "ROOT"),
        ),
        // The plugin passes the option on, and it wins over the variable.
        (
            format!("nextest run {said} -r"),
            format!("cargo nextest run {said} {own} -r"),
        ),
        (
            format!("hack build {said} --each-feature"),
            format!("cargo hack build {said} {own} --each-feature"),
        ),
        // Cargo does not pass this one to a plugin.
        (
            format!("{said} nextest run"),
            format!("cargo {said} nextest run"),
        ),
    ] {
        let ran = fixture.cross(&args).run();
        assert_eq!(ran.line().command(), expected, "{args}");
    }
}

#[test]
fn what_follows_two_dashes_belongs_to_the_program() {
    let fixture = Fixture::new();
    for args in [
        "run -- --target x +nightly --help",
        "test -- --test-threads 1",
        "run prog --target x --version",
        "rustc -- --print cfg",
    ] {
        assert_eq!(in_the_container(&fixture, args), args);
    }
}

/// The public cross panics at a first letter that is not ASCII.
#[test]
fn an_argument_may_begin_with_any_letter() {
    let fixture = Fixture::new();
    for args in ["run é", "run -- ß +é", "test 試験 -- 日"] {
        assert_eq!(in_the_container(&fixture, args), args);
    }
    fixture
        .cross("é")
        .run()
        .code(101)
        .says("cross does not know whether `cargo é`");
}

/// The public cross takes any `+x` before `--` for a toolchain.
#[test]
fn a_plus_names_a_toolchain_only_as_the_first_argument() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[AARCH64]);
    for args in ["test mytest +foo", "run +nightly"] {
        let ran = fixture.cross(args).run();
        assert!(ran.line().command().ends_with(args));
        ran.line().lacks("[NIGHTLY]");
    }
}

#[test]
fn the_toolchain_of_the_command_line_is_resolved_on_the_host() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[AARCH64]);
    let plain = fixture.build().run().line();
    let ran = fixture
        .cross(&format!("+nightly build --target {AARCH64}"))
        .run();
    ran.line().differs(
        &plain,
        "
        - --mount type=bind,source=[SYSROOT],target=[SYSROOT],readonly
        + --mount type=bind,source=[NIGHTLY],target=[NIGHTLY],readonly
        - --env PATH=/opt/cross/front:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        + --env PATH=/opt/cross/front:[NIGHTLY]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        - --env RUSTUP_TOOLCHAIN=stable-x86_64-unknown-linux-gnu
        + --env RUSTUP_TOOLCHAIN=nightly-x86_64-unknown-linux-gnu
        - --env COMPILER_PATH=[SYSROOT]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        + --env COMPILER_PATH=[NIGHTLY]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        ",
    );
    assert_eq!(
        ran.calls_of("rustc"),
        ["rustc +nightly --print sysroot --print host-tuple"]
    );
    assert_eq!(
        ran.calls_of("cargo metadata"),
        ["cargo +nightly metadata --no-deps --offline --format-version 1"]
    );
    let variable = fixture.build().env("RUSTUP_TOOLCHAIN", "nightly").run();
    variable.line().differs(&ran.line(), "");
}

#[test]
fn an_alias_is_expanded_as_cargo_expands_it() {
    let fixture = Fixture::new();
    fixture.file(
        ".cargo/config.toml",
        "[alias]\narm = 'build --target aarch64-unknown-linux-gnu'\nb = ['arm', '--release']\n",
    );
    let plain = fixture.build().run().line();
    fixture.cross("arm").run().line().differs(&plain, "");
    assert_eq!(
        in_the_container(&fixture, "b --features x"),
        format!("build --target {AARCH64} --release --features x")
    );
    let ran = fixture.cross("arm").env(
        "CARGO_ALIAS_ARM",
        "run -q --target x86_64-unknown-linux-gnu",
    );
    assert!(
        ran.run()
            .line()
            .command()
            .ends_with("run -q --target x86_64-unknown-linux-gnu")
    );
}

#[test]
fn an_alias_of_a_command_for_the_host_runs_there() {
    let fixture = Fixture::new();
    fixture.file(".cargo/config.toml", "alias.t2 = ['tree', '--depth=2']\n");
    let ran = fixture.cross("t2 -q").run();
    assert_eq!(ran.success().calls.len(), 1);
    assert_eq!(ran.calls[0].to_string(), "cargo tree --depth=2 -q");
}

#[test]
fn short_forms_are_cargos() {
    let fixture = Fixture::new();
    for args in ["b", "c", "d", "t", "r -- b"] {
        assert_eq!(in_the_container(&fixture, args), args);
    }
}

/// The public cross appends options of its own behind `--`, where the program takes them.
#[test]
fn nothing_is_appended_behind_two_dashes() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[build]\ndefault-target = 'aarch64-unknown-linux-gnu'\n",
    );
    for args in ["run -- foo", "test -- --nocapture"] {
        let (before, after) = args.split_once(" -- ").expect("it has both");
        assert_eq!(
            in_the_container(&fixture, args),
            format!("{before} --target {AARCH64} -- {after}")
        );
    }
}

#[test]
fn a_plugin_is_told_the_build_directory_by_a_variable() {
    let fixture = Fixture::new();
    let plain = fixture
        .cross(&format!("test --target {AARCH64}"))
        .run()
        .line();
    let line = fixture
        .cross(&format!("nextest run --target {AARCH64}"))
        .run()
        .line();
    line.differs(
        &plain,
        "
        + --mount type=bind,source=[SYSROOT]/bin/cargo,target=/opt/cross/front/toolchain-cargo,readonly
        + --env CARGO=/opt/cross/front/cargo
        + --env CROSS_GAVE_CARGO_BUILD_BUILD_DIR=[PROJECT]/target/cross/[RECIPE]
        + --env CARGO_BUILD_BUILD_DIR=[PROJECT]/target/cross/[RECIPE]
        - cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" test --target aarch64-unknown-linux-gnu
        + cargo nextest run --target aarch64-unknown-linux-gnu
        ",
    );
}

#[test]
fn verbose_shows_the_engines_line_and_quiet_says_nothing() {
    let fixture = Fixture::new();
    fixture.build().run().says_exactly("");
    fixture
        .build()
        .arg("-v")
        .run()
        .says("Running `[ROOT]/bin/docker run --rm --init");
    fixture.remove("project/target");
    let ran = fixture.build().arg("-q").run();
    ran.success().says_exactly("");
    let on = fixture.build().env("CARGO_TERM_VERBOSE", "true").run();
    on.says("Running `[ROOT]/bin/docker run");
}

/// Distributions and images for CI install plugins outside of cargo's home.
#[test]
fn a_plugin_elsewhere_on_the_callers_path_is_there() {
    let fixture = Fixture::new();
    let line = || {
        let run = fixture.cross(&format!("nextest run --target {AARCH64}"));
        run.run().line()
    };
    let plain = line();
    fixture.program("cargo-nextest", "#!/bin/sh\n");
    // The image may have its own, so the directory is the last on `PATH`.
    let path = "--env PATH=/opt/cross/front:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin";
    line().differs(
        &plain,
        &format!(
            "
            + --mount type=bind,source=[ROOT]/bin/cargo-nextest,target=/opt/cross/plugins/cargo-nextest,readonly
            - {path}
            + {path}:/opt/cross/plugins
            "
        ),
    );
    // One in cargo's home is seen there.
    fixture.write("home/.cargo/bin/cargo-nextest", "");
    line().differs(&plain, "");
}

/// Puts a shim of mise's, which is a link to mise, on the `PATH`.
fn shim_of_mise(fixture: &Fixture, answer: &str) {
    fixture.program("mise", &format!("#!/bin/sh\n{answer}\n"));
    let shim = fixture.root.join("bin/cargo-nextest");
    std::os::unix::fs::symlink("mise", shim).expect("it is ours");
}

/// A shim starts a version manager, which containers have not.
#[test]
fn the_program_behind_a_shim_is_mounted() {
    let shims: [fn(&Fixture); 2] = [
        |fixture| {
            shim_of_mise(
                fixture,
                "[ \"$*\" = 'which cargo-nextest' ] && echo \"${0%/bin/*}/real/cargo-nextest\"",
            );
        },
        |fixture| {
            fixture.program("asdf", "#!/bin/sh\n[ \"$*\" = 'which cargo-nextest' ] && echo \"${0%/bin/*}/real/cargo-nextest\"\n");
            let text = "#!/usr/bin/env bash\n# asdf-plugin: cargo-nextest 0.9.100\nexec asdf exec \"cargo-nextest\" \"$@\"\n";
            fixture.program("cargo-nextest", text);
        },
    ];
    for shim in shims {
        let fixture = Fixture::new();
        fixture.write("real/cargo-nextest", "");
        shim(&fixture);
        let run = fixture
            .cross(&format!("nextest run --target {AARCH64}"))
            .run();
        run.line().has(
            "--mount type=bind,source=[ROOT]/real/cargo-nextest,target=/opt/cross/plugins/cargo-nextest,readonly",
        );
    }
}

#[test]
fn a_shim_without_a_program_is_an_error_before_the_container() {
    let answers = [
        (
            "echo 'mise ERROR cargo-nextest is not active' >&2; exit 1",
            "mise ERROR cargo-nextest is not active",
        ),
        ("exit 1", "it said nothing"),
        ("echo \"$0\"", "`[ROOT]/bin/mise` is no program"),
        ("echo /nowhere", "`/nowhere` is no program"),
        ("", "`` is no program"),
    ];
    for (answer, why) in answers {
        let fixture = Fixture::new();
        shim_of_mise(&fixture, answer);
        let cross = fixture.cross(&format!("nextest run --target {AARCH64}"));
        cross.refuses(
            101,
            &format!(
                "error: cannot find the program behind the shim `[ROOT]/bin/cargo-nextest`: \
                 `[ROOT]/bin/mise which cargo-nextest`: {why}"
            ),
        );
    }
}
