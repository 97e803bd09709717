//! Which of the caller's variables the container gets.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::fixture::{AARCH64, Fixture};

#[test]
fn the_tools_own_variables_are_passed_by_name_and_others_stay() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut cross = fixture.build();
    for name in [
        "CARGO_NET_RETRY",
        "CARGO_PROFILE_RELEASE_LTO",
        "QEMU_STRACE",
        "RUSTFLAGS",
        "RUST_BACKTRACE",
        "RUST_TEST_THREADS",
        "TERM",
        "https_proxy",
    ] {
        cross = cross.env(name, "value");
    }
    for name in [
        "AWS_SECRET_ACCESS_KEY",
        "CC",
        "EDITOR",
        "LD_PRELOAD",
        "OLDPWD",
        "SSH_AUTH_SOCK",
    ] {
        cross = cross.env(name, "");
    }
    cross.run().line().differs(
        &plain,
        "
        + --env CARGO_NET_RETRY
        + --env CARGO_PROFILE_RELEASE_LTO
        + --env QEMU_STRACE
        + --env RUSTFLAGS
        + --env RUST_BACKTRACE
        + --env RUST_TEST_THREADS
        + --env TERM
        + --env https_proxy
        ",
    );
}

#[test]
fn what_plain_cargo_would_see_is_passed_on_whatever_its_name() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['app.mode', 'MY-*', 'a.b=c']\n",
    );
    let plain = fixture.build().run().line();
    let mut cross = fixture.build();
    for name in [
        "ASAN_OPTIONS",
        "CFLAGS_aarch64-unknown-linux-gnu",
        "CXXFLAGS_aarch64_unknown_linux_gnu",
        "GITHUB_REF_NAME",
        "LANG",
        "LC_ALL",
        "LLVM_PROFILE_FILE",
        "MIRIFLAGS",
        "MY-name",
        "PROPTEST_CASES",
        "RUST_LOG_STYLE",
        "TARGET_CFLAGS",
        "TZ",
        "UPDATE_EXPECT",
        "app.mode",
    ] {
        cross = cross.env(name, "value");
    }
    // Variables for the host's compilers, files of a CI service, and other variables of the CI
    // services and toolchains.
    for name in [
        "CFLAGS",
        "GITHUB_ENV",
        "GITHUB_OUTPUT",
        "GITHUB_WORKSPACE",
        "LDFLAGS",
        "PYO3_PYTHON",
        "TZDIR",
    ] {
        cross = cross.env(name, "value");
    }
    cross.run().line().differs(
        &plain,
        "
        + --env ASAN_OPTIONS
        + --env CFLAGS_aarch64-unknown-linux-gnu
        + --env CXXFLAGS_aarch64_unknown_linux_gnu
        + --env GITHUB_REF_NAME
        + --env LANG
        + --env LC_ALL
        + --env LLVM_PROFILE_FILE
        + --env MIRIFLAGS
        + --env PROPTEST_CASES
        + --env RUST_LOG_STYLE
        + --env TARGET_CFLAGS
        + --env TZ
        + --env UPDATE_EXPECT
        + --env app.mode
        + --env MY-name
        ",
    );
}

#[test]
fn a_name_that_a_rule_passes_on_is_kept_back_where_it_is_a_secrets() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut cross = fixture.build().arg("-v");
    for name in [
        "CI_COMMIT_TOKEN",
        "GITHUB_RUN_TOKEN",
        "INSTA_API_KEY",
        "LC_PASSWORD",
        "SQLX_OFFLINE_SECRET",
    ] {
        cross = cross.env(name, "s3cr3t");
    }
    let ran = cross.run();
    ran.line()
        .lacks("TOKEN")
        .lacks("API_KEY")
        .lacks("PASSWORD")
        .lacks("SECRET");
    let note = "without the variable `INSTA_API_KEY`: credentials stay on the host";
    assert!(
        ran.stderr.contains(note) && !ran.stderr.contains("s3cr3t"),
        "{ran}"
    );
    // Other names that the same rules pass on are passed, as they do not look like secrets.
    let ran = fixture.build().env("INSTA_UPDATE", "no").run();
    ran.line().differs(&plain, "+ --env INSTA_UPDATE");
}

#[test]
fn tests_learn_that_they_cannot_write_snapshots_unless_they_can() {
    let fixture = Fixture::new();
    let test = || fixture.cross(&format!("test --target {AARCH64}"));
    let told = "--env INSTA_UPDATE=no";
    test().run().line().has(told);
    fixture.build().run().line().lacks("INSTA_UPDATE");
    test()
        .env("INSTA_UPDATE", "always")
        .run()
        .line()
        .lacks(told)
        .has("--env INSTA_UPDATE");
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    test().run().line().lacks("INSTA_UPDATE");
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['INSTA_UPDATE=new']\n",
    );
    test()
        .run()
        .line()
        .lacks(told)
        .has("--env INSTA_UPDATE=new");
    fixture.remove("project/Cross.toml");
    fixture.file(".cargo/config.toml", "[env]\nINSTA_UPDATE = 'unseen'\n");
    test().run().line().lacks("INSTA_UPDATE");
}

#[test]
fn credentials_are_never_in_the_line() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut cross = fixture.build();
    for name in [
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_MINE_TOKEN",
        "CARGO_REGISTRIES_MINE_SECRET_KEY",
        "CARGO_REGISTRY_CREDENTIAL_PROVIDER",
        "CARGO_CREDENTIAL_ALIAS_X",
        "GITHUB_TOKEN",
    ] {
        cross = cross.env(name, "s3cr3t");
    }
    let ran = cross.run();
    ran.line().differs(&plain, "");
    let all: String = ran.calls.iter().map(ToString::to_string).collect();
    assert!(
        !all.contains("s3cr3t") && !ran.stderr.contains("s3cr3t"),
        "{ran}"
    );
}

#[test]
fn files_of_credentials_are_not_mounted() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    for name in ["credentials.toml", "credentials", "registry.toml"] {
        fixture.write(
            &format!("home/.cargo/{name}"),
            "[registry]\ntoken = 's3cr3t'\n",
        );
    }
    fixture.build().run().line().differs(&plain, "");
}

#[test]
fn files_of_credentials_in_a_mounted_directory_are_covered() {
    let fixture = Fixture::new();
    fixture.write(
        "project/home/credentials.toml",
        "[registry]\ntoken = 's3cr3t'\n",
    );
    let ran = fixture
        .build()
        .env("CARGO_HOME", fixture.project.join("home"))
        .run();
    ran.line().has(
        "--mount type=bind,source=[CACHE]/files/empty,\
         target=[PROJECT]/home/credentials.toml,readonly",
    );
    assert_eq!(fixture.generated("empty"), "");
}

#[test]
fn programs_of_the_host_are_not_named_in_the_container() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut cross = fixture.build().arg("-v");
    for name in [
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTDOC",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
        "RUSTC_WRAPPER",
    ] {
        cross = cross.env(name, "/opt/host-program");
    }
    let ran = cross.run();
    let command = "cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build";
    ran.line().differs(
        &plain,
        &format!("- {command} --target {AARCH64}\n+ {command} --target {AARCH64} -v"),
    );
    ran.says(
        "without the variable `CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER`: it names a program \
         of the host",
    );
}

#[test]
fn variables_of_a_cargo_that_started_cross_stay_behind() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut cross = fixture.build();
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_PKG_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_BIN_EXE_x",
    ] {
        cross = cross.env(name, "outer");
    }
    // `CARGO` is a path on the host, which has no meaning in the container.
    cross
        .env("CARGO", "/opt/cargo")
        .run()
        .line()
        .differs(&plain, "");
}

/// The public cross ignores the key of a target unless that of `build` is set as well.
#[test]
fn a_passthrough_of_the_target_needs_none_of_the_build() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_ENV_PASSTHROUGH";
    let line = fixture
        .build()
        .env(name, "MINE SET=1 UNSET")
        .env("MINE", "x")
        .run()
        .line();
    line.differs(&plain, "+ --env MINE\n+ --env SET=1");
}

#[test]
fn passthroughs_of_file_and_variables_add_up() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['A', 'UNSET', 'B=with space']\n\
         [target.aarch64-unknown-linux-gnu.env]\npassthrough = ['C']\n\
         [target.x86_64-unknown-linux-gnu.env]\npassthrough = ['OTHER']\n",
    );
    let mut cross = fixture.build().env("CROSS_BUILD_ENV_PASSTHROUGH", "D");
    for name in ["A", "C", "D", "OTHER"] {
        cross = cross.env(name, "x");
    }
    cross.run().line().differs(
        &plain,
        "
        + --env A
        + --env B=with space
        + --env D
        + --env C
        ",
    );
}

#[test]
fn a_variable_that_cross_sets_itself_is_named() {
    let fixture = Fixture::new();
    let home = fixture.root.join("home");
    let run = |entries: &str| {
        let build = fixture.build().env("CROSS_BUILD_ENV_PASSTHROUGH", entries);
        build.env("CARGO_HOME", home.join(".cargo")).run()
    };
    let ran = run("PATH HOME=/srv USER=me CARGO_HOME MODE=a");
    ran.says_exactly(
        "
        warning: `PATH` in the variable `CROSS_BUILD_ENV_PASSTHROUGH` has no effect: the container has programs of its own; \
         `ENV PATH` of a `dockerfile` adds to them
        warning: `HOME` in the variable `CROSS_BUILD_ENV_PASSTHROUGH` has no effect: it is an empty directory of the container's; \
         `env.volumes` shows files of yours
        warning: `USER` in the variable `CROSS_BUILD_ENV_PASSTHROUGH` has no effect: cross sets it to `tester`
        ",
    );
    run("CARGO_HOME MODE=a SSL_CERT_FILE").says_exactly("");
}

#[test]
fn a_variable_need_not_be_text() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    let ran = fixture
        .build()
        .env("ODD", odd)
        .env(odd, "value")
        .env("LANG", odd)
        .run();
    ran.line().differs(&plain, "");
    // The engine would change such a value on its way to the container.
    let ran = fixture.build().env("RUSTFLAGS", odd).run();
    ran.line().differs(&plain, "");
    fixture.file("Cross.toml", "[build.env]\npassthrough = ['ODD']\n");
    fixture.build().env("ODD", odd).refuses(
        101,
        "error: the value of `ODD`, `\u{fffd}\u{fffd}` is not valid UTF-8, which `docker` cannot pass on",
    );
}

#[test]
fn an_odd_user_name_does_not_get_into_passwd() {
    let fixture = Fixture::new();
    let ran = fixture
        .build()
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .env("USER", "me:0:0:\nodd")
        .run();
    ran.line().lacks("me:0:0").lacks("odd");
    let passwd = fixture.generated("passwd");
    assert!(!passwd.contains("odd"), "{passwd}");
}

#[test]
fn without_certificates_on_the_host_the_image_keeps_its_own() {
    let fixture = Fixture::new();
    let ran = fixture
        .build()
        .env("SSL_CERT_FILE", fixture.root.join("gone.crt"))
        .run();
    // The bundle of the system may be used instead of the missing file.
    ran.line().lacks("gone.crt");
}

/// The images do not have every time zone, and programs would silently use UTC instead.
#[test]
fn the_zone_that_the_caller_names_is_there() {
    let fixture = Fixture::new();
    fixture.write("zones/US/Mine", "TZif2");
    fixture.write("secret", "");
    let dir = fixture.root.join("zones").display().to_string();
    let line = |zone: &str| {
        let build = fixture.build().env("TZDIR", &dir).env("TZ", zone);
        build.run().line()
    };
    let plain = line("MINE-9");
    for zone in ["US/Mine", ":US/Mine"] {
        line(zone).differs(
            &plain,
            "
            + --mount type=bind,source=[ROOT]/zones/US/Mine,target=/usr/share/zoneinfo/US/Mine,readonly
            ",
        );
    }
    for zone in ["../secret", "US", "US/../../secret"] {
        line(zone).differs(&plain, "");
    }
}
