//! Cargo's configuration files: which the container gets, and which lines are left out.

use crate::fixture::Fixture;

#[test]
fn a_harmless_configuration_is_mounted_as_it_is() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.write("home/.cargo/config.toml", "net.retry = 3\n");
    // This file is part of the project, which is mounted as a whole.
    fixture.file(".cargo/config.toml", "net.git-fetch-with-cli = true\n");
    // Cargo also reads configuration files above the project.
    fixture.write(".cargo/config.toml", "build.jobs = 2\n");
    fixture.build().run().line().differs(
        &plain,
        "
        + --mount type=bind,source=[ROOT]/.cargo/config.toml,target=[ROOT]/.cargo/config.toml,readonly
        + --mount type=bind,source=[CARGO_HOME]/config.toml,target=[CARGO_HOME]/config.toml,readonly
        ",
    );
}

#[test]
fn host_programs_and_tokens_are_taken_out() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.write(
        "home/.cargo/config.toml",
        "build.rustc-wrapper = 'sccache'\nbuild.jobs = 2\n\
         target.aarch64-unknown-linux-gnu.linker = '/opt/ld'\n\
         target.'cfg(unix)'.runner = ['/opt/run', '-x']\n\
         registry.token = 's3cr3t'\nregistries.mine.token = 's3cr3t'\n\
         registries.mine.index = 'https://example.org'\n",
    );
    let ran = fixture.build().arg("--quiet").run();
    let command = "cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" \
                   build --target aarch64-unknown-linux-gnu";
    ran.line().differs(
        &plain,
        &format!(
            "
            + --mount type=bind,source=[CACHE]/files/cargo-config.toml,\
            target=[CARGO_HOME]/config.toml,readonly
            + --env RUSTC_WRAPPER=
            + --env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=env
            - {command}
            + {command} --quiet
            "
        ),
    );
    let text = fixture.generated("cargo-config.toml");
    for gone in ["sccache", "/opt", "s3cr3t"] {
        assert!(!text.contains(gone), "{text}");
    }
    assert!(
        text.contains("jobs = 2") && text.contains("https://example.org"),
        "{text}"
    );
}

#[test]
fn a_projects_configuration_is_replaced_where_it_stands() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(".cargo/config.toml", "registry.token = 's3cr3t'\n");
    let ran = fixture.build().run();
    ran.line().differs(
        &plain,
        "
        + --mount type=bind,source=[CACHE]/files/cargo-config.toml,\
        target=[PROJECT]/.cargo/config.toml,readonly
        ",
    );
    let original = fixture.read("project/.cargo/config.toml");
    assert!(
        original.contains("s3cr3t"),
        "the project's own file was changed"
    );
    fixture.build().arg("-v").run().says(
        "without `registry.token` of `[PROJECT]/.cargo/config.toml`: credentials stay on the host",
    );
}

/// Git would call the file changed, and a version that a build script asks git for would be
/// `-dirty`.
#[test]
fn programs_of_the_host_leave_a_projects_configuration_as_it_is() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        ".cargo/config.toml",
        "target.aarch64-unknown-linux-gnu.linker = 'host-gcc'\n\
         target.'cfg(unix)'.runner = '/opt/run'\n\
         target.x86_64-unknown-linux-gnu.linker = 'clang'\n\
         target.armv7-unknown-linux-gnueabihf.linker = 'arm-gcc'\n\
         build.rustc = '/opt/rustc'\nbuild.rustdoc = '/opt/rustdoc'\n\
         build.rustc-wrapper = 'sccache'\nbuild.rustc-workspace-wrapper = '/opt/wrap'\n\
         doc.browser = 'firefox'\n",
    );
    fixture.build().run().line().differs(
        &plain,
        "
        + --env RUSTC=rustc
        + --env RUSTC_WRAPPER=
        + --env RUSTC_WORKSPACE_WRAPPER=
        + --env RUSTDOC=rustdoc
        + --env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=cc
        + --env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=env
        ",
    );
    fixture.build().arg("-v").run().says(
        "without `target.aarch64-unknown-linux-gnu.linker` of `[PROJECT]/.cargo/config.toml`: it \
         names a program of the host",
    );
    // Cargo does not read this file now.
    let other = "target.thumbv7m-none-eabi.runner = 'probe-rs run'\n";
    fixture.file("sub/.cargo/config.toml", other);
    fixture
        .build()
        .run()
        .line()
        .lacks("files/cargo-config.toml");
    // A nearer file wins over another's, in the container as well.
    fixture.write(
        "home/.cargo/config.toml",
        "build.rustc-wrapper = 'sccache'\n",
    );
    fixture.file(".cargo/config.toml", "build.rustc-wrapper = 'tools/wrap'\n");
    fixture.build().run().line().lacks("RUSTC_WRAPPER");
}

#[test]
fn the_file_without_an_ending_comes_first() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.write("home/.cargo/config", "net.retry = 3\n");
    fixture.write("home/.cargo/config.toml", "registry.token = 's3cr3t'\n");
    fixture.build().run().line().differs(
        &plain,
        "+ --mount type=bind,source=[CARGO_HOME]/config,target=[CARGO_HOME]/config,readonly",
    );
}

#[test]
fn flags_of_the_configuration_arrive() {
    let fixture = Fixture::new();
    let text = "target.aarch64-unknown-linux-gnu.rustflags = ['-Cdebuginfo=1']\n\
                registry.token = 's3cr3t'\n";
    fixture.file(".cargo/config.toml", text);
    fixture.build().run().success();
    let text = fixture.generated("cargo-config.toml");
    assert!(text.contains("-Cdebuginfo=1"), "{text}");
}

#[test]
fn a_wrapper_of_rustc_stays_if_it_is_one_of_the_projects_files() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let config = "build.rustc-wrapper = './tools/wrap.sh'\n";
    fixture.file(".cargo/config.toml", config);
    fixture.build().run().line().differs(&plain, "");
    let path = fixture.project.join("tools/wrap.sh");
    let by_variable = fixture.build().env("RUSTC_WRAPPER", &path).run().line();
    by_variable.differs(&plain, "+ --env RUSTC_WRAPPER");
    // A wrapper on the host outside the project is left out, and `-v` says so.
    let other = fixture.write("home/.cargo/bin/sccache", "");
    for (config, variable) in [
        ("sccache", "sccache"),
        (other.to_str().unwrap(), "/usr/bin/x"),
    ] {
        fixture.file(
            ".cargo/config.toml",
            &format!("build.rustc-wrapper = '{config}'\n"),
        );
        let ran = fixture
            .build()
            .arg("-v")
            .env("RUSTC_WRAPPER", variable)
            .run();
        ran.line().has("--env RUSTC_WRAPPER=");
        ran.says("without `build.rustc-wrapper` of `")
            .says("without the variable `RUSTC_WRAPPER`: it names a program of the host");
    }
}
