//! Keys and variables of the public cross: each is taken, or a line says what to write instead.

use crate::fixture::{AARCH64, Fixture};

#[test]
fn the_target_can_have_the_public_tools_variable() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let build = || fixture.cross("build").env("CROSS_BUILD_TARGET", AARCH64);
    let ran = build().run();
    ran.line().differs(&plain, "");
    ran.says_exactly("");
    // The variable of cross's own key takes precedence.
    let ran = build()
        .env("CROSS_BUILD_DEFAULT_TARGET", "x86_64-unknown-linux-gnu")
        .run();
    ran.line()
        .has("localhost/cross/x86_64-unknown-linux-gnu:[VERSION]");
}

#[test]
fn switches_in_variables_can_be_numbers() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let name = "CROSS_BUILD_READ_ONLY";
    let writable = fixture.build().env(name, "false").run().line();
    assert_ne!(writable.text(), plain.text());
    let number = fixture.build().env(name, "0").run().line();
    number.differs(&writable, "");
    let number = fixture.build().env(name, "1").run().line();
    number.differs(&plain, "");
    for name in ["CROSS_BUILD_XARGO", "CROSS_BUILD_BUILD_STD"] {
        fixture
            .build()
            .env(name, "0")
            .run()
            .line()
            .differs(&plain, "");
    }
    fixture.build().env(name, "2").refuses(
        101,
        "
        error: the variable `CROSS_BUILD_READ_ONLY` cannot be `2`
        hint: it can be `true` or `false`
        ",
    );
}

#[test]
fn volumes_and_variables_among_an_engines_options_are_taken() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let data = fixture.directory("data");
    let data = data.display();
    for name in ["CROSS_CONTAINER_OPTS", "DOCKER_OPTS"] {
        let options = format!("--rm -v {data}:{data}:z -e MINE -e LEVEL=1 --env UNSET");
        let ran = fixture.build().env(name, options).env("MINE", "x").run();
        ran.line().differs(
            &plain,
            "
            + --mount type=bind,source=[ROOT]/data,target=[ROOT]/data
            + --env MINE
            + --env LEVEL=1
            + --env CROSS_VOLUME_1=[ROOT]/data
            ",
        );
        ran.says(&format!("    Mounting [ROOT]/data (the variable `{name}`)"));
    }
}

#[test]
fn the_hosts_network_is_asked_for_in_vain_only_where_there_is_another() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let build = || {
        fixture
            .build()
            .env("CROSS_CONTAINER_OPTS", "--network=host")
    };
    let ran = build().run();
    ran.line().differs(&plain, "");
    ran.says_exactly("");
    let ran = build().env("CROSS_BUILD_NETWORK", "none").run();
    ran.success().says_exactly(
        "warning: `--network host` in the variable `CROSS_CONTAINER_OPTS` has no effect: `build.network` chooses the network",
    );
}

#[test]
fn other_options_for_an_engine_are_named() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let ran = fixture
        .build()
        .env(
            "CROSS_CONTAINER_OPTS",
            "--privileged -v /run:/host/run --shm-size 1g",
        )
        .run();
    ran.line().differs(&plain, "");
    ran.says_exactly(
        "
        warning: `--privileged` in the variable `CROSS_CONTAINER_OPTS` has no effect: no container of cross's has more rights than its caller
        warning: `--volume /run:/host/run` in the variable `CROSS_CONTAINER_OPTS` has no effect: `env.volumes` mounts paths, writable and under the host's own names
        warning: `--shm-size` in the variable `CROSS_CONTAINER_OPTS` has no effect: cross takes volumes and variables only
        ",
    );
}

#[test]
fn a_variable_that_is_not_read_is_named_once() {
    let both = Fixture::new();
    let ran = both
        .cross(&format!(
            "build --target {AARCH64} --target x86_64-unknown-linux-gnu"
        ))
        .env("CROSS_BUILD_ENGIN", "podman")
        .run();
    ran.success().says_exactly(
        "warning: nothing reads the variable `CROSS_BUILD_ENGIN`: did you mean `CROSS_BUILD_ENGINE`?",
    );
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let ran = fixture.build().env("CROSS_VALGRIND", "1").run();
    ran.line().differs(&plain, "");
    ran.says_exactly(
        "warning: nothing reads the variable `CROSS_VALGRIND`; `env.passthrough` shows it to programs in the container",
    );
    // A variable that the configuration passes on needs no warning.
    fixture.file("Cross.toml", "[build.env]\npassthrough = ['CROSS_VAL*']\n");
    let ran = fixture.build().env("CROSS_VALGRIND", "1").run();
    ran.line().differs(&plain, "+ --env CROSS_VALGRIND");
    ran.says_exactly("");
}

#[test]
fn what_the_public_tools_variables_ask_for_is_so_anyway_or_said_to_be_impossible() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    for name in [
        "CROSS_NO_WARNINGS",
        "CROSS_CUSTOM_TOOLCHAIN",
        "CROSS_DEBUG",
        "CROSS_COMPILE",
    ] {
        let ran = fixture.build().env(name, "1").run();
        ran.line().differs(&plain, "");
        ran.says_exactly("");
    }
    for (name, part) in [
        (
            "CROSS_CONTAINER_IN_CONTAINER",
            "`CROSS_CONTAINER_ENGINE=sandbox` needs none",
        ),
        (
            "CROSS_DOCKER_IN_DOCKER",
            "`CROSS_CONTAINER_ENGINE=sandbox` needs none",
        ),
        ("CROSS_REMOTE", "the engine has to run on this machine"),
        ("CROSS_BUILD_OPTS", "`dockerfile.build-args`"),
        ("CROSS_BUILD_ZIG_VERSION", "there is no Zig in images"),
    ] {
        let ran = fixture.build().env(name, "1").run();
        ran.line().differs(&plain, "");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
        ran.says(&format!("warning: the variable `{name}` has no effect: "));
        ran.says(part);
        // These values mean that the variable's effect is not wanted.
        for off in ["", "0", "false"] {
            let ran = fixture.build().env(name, off).run();
            ran.success().says_exactly("");
        }
    }
}

#[test]
fn a_system_to_run_programs_in_is_not_started() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nrunner = 'qemu-system'\n"),
    );
    let ran = fixture.build().run();
    ran.line().differs(&plain, "");
    ran.says_exactly(
        "warning: `qemu-system` in `target.aarch64-unknown-linux-gnu.runner` in `[PROJECT]/Cross.toml` has no effect: no system is started, programs run as without it",
    );
}

#[test]
fn a_field_in_the_wrong_place_is_told_where_it_belongs() {
    let fixture = Fixture::new();
    for (text, hint) in [
        (
            "[target.T]\nrustflags = ['-C']\n",
            "they are cargo's: `rustflags = […]` below `[target.TRIPLE]` in `.cargo/config.toml`",
        ),
        (
            "[target.T]\nlinker = 'ld'\n",
            "the image brings its own, and a `linker` of yours is named in `.cargo/config.toml`",
        ),
        (
            "[build]\nvolumes = ['A']\n",
            "write `env.volumes`, in the same place",
        ),
        (
            "[build]\nimage = 'x'\n",
            "write `image` below `[target.TRIPLE]`",
        ),
        ("[build]\ntarget = 'x'\n", "write `default-target`"),
        (
            "[env]\npassthrough = ['X']\n",
            "write `[build.env]`, or `[target.TRIPLE.env]` for one target",
        ),
        (
            "[package.metadata.cross.build]\nxargo = true\n",
            "`package.metadata.cross` stands in manifests only: here it is `[build]` and `[target.TRIPLE]`",
        ),
        (
            "[build.env]\nRUST_LOG = 'v'\n",
            "`passthrough = [\"RUST_LOG=value\"]` sets a variable, `passthrough = [\"RUST_LOG\"]` passes yours on",
        ),
        (
            "[build.env]\npassthru = ['A']\n",
            "did you mean `passthrough`?",
        ),
        (
            "[build.env]\npassthrough = 'A'\n",
            "a list has brackets: `[\"A\"]`",
        ),
        (
            "[build]\nenv = ['A']\n",
            "`env` is a table: `env.passthrough = [\"A\"]`",
        ),
        (
            "[build.target.T]\nimage = 'x'\n",
            "write `[target.TRIPLE]`, without `build`",
        ),
        (
            "[target.T.build.env]\npassthrough = ['A']\n",
            "what is for one target stands below `[target.TRIPLE]` itself, without `build`",
        ),
        (
            "[aarch64-unknown-linux-gnu]\nimage = 'x'\n",
            "write `[target.aarch64-unknown-linux-gnu]`",
        ),
        (
            "[profile.release]\nlto = true\n",
            "it is cargo's: `[profile.NAME]` in `Cargo.toml`",
        ),
        (
            "[target.T]\nrunner = 'qemu-arm -L /usr'\n",
            "a `runner` of yours is named in `.cargo/config.toml`, as without cross",
        ),
        (
            "[target.T]\nrunner = ['qemu-arm', '-L', '/usr']\n",
            "a `runner` of yours is named in `.cargo/config.toml`, as without cross",
        ),
        ("[build]\ndockerfile = { path = 'x' }\n", "write `file`"),
    ] {
        fixture.file("Cross.toml", text);
        let ran = fixture.build().run();
        ran.code(101).says(&format!("hint: {hint}\n"));
        assert_eq!(ran.stderr.matches("hint: ").count(), 1, "{ran}");
    }
}

#[test]
fn an_image_by_its_tag_alone_is_one_of_crosss_own() {
    let fixture = Fixture::new();
    fixture.write("pull-fails", "Error: connection refused\n");
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = ':edge'\n"),
    );
    let ran = fixture.build().run();
    ran.code(101).says(
        "
        error: cannot get the image `localhost/cross/aarch64-unknown-linux-gnu:edge`: connection refused
        hint: `:edge` belongs to the name of cross's own image; the image of the public cross is `ghcr.io/cross-rs/aarch64-unknown-linux-gnu:edge`
        ",
    );
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = '-centos'\n"),
    );
    let ran = fixture.build().run();
    ran.code(101).says(
        "the image of the public cross is `ghcr.io/cross-rs/aarch64-unknown-linux-gnu:main-centos`",
    );
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = 'ghcr.io/cross-rs/{AARCH64}:edge'\n"),
    );
    let ran = fixture.build().run();
    ran.code(101).says(&format!(
        "hint: it was named by `target.{AARCH64}.image` in `[PROJECT]/Cross.toml`; cross has an image of its own for this \
         target, which it takes where none is named\n"
    ));
}

#[test]
fn variables_for_a_target_may_stand_in_their_old_place() {
    let fixture = Fixture::new();
    let data = fixture.directory("data");
    let with = |text: &str| {
        fixture.file("Cross.toml", &format!("[target.{AARCH64}]\n{text}\n"));
        let build = fixture.build().env("MINE", "1").env("DATA", &data);
        build.run().line()
    };
    let new = with("env.passthrough = ['MINE']\nenv.volumes = ['DATA']");
    new.has("--env MINE");
    with("passthrough = ['MINE']\nvolumes = ['DATA']").differs(&new, "");
}

#[test]
fn a_floor_that_is_too_low_is_said_to_have_no_effect() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    for (text, said) in [
        ("[build]\nzig = '2.31'\n".to_owned(), ""),
        (
            format!("[target.{AARCH64}]\nzig = {{ enable = false }}\n"),
            "",
        ),
        (
            "[build]\nzig = true\n".to_owned(),
            "warning: `build.zig` in `[PROJECT]/Cross.toml` has no effect: there is no Zig in images, whose linker is GCC's",
        ),
    ] {
        fixture.file("Cross.toml", &text);
        let ran = fixture.build().run();
        ran.line().differs(&plain, "");
        ran.says_exactly(said);
    }
}

#[test]
fn a_variable_may_name_a_script_of_the_projects() {
    let fixture = Fixture::new();
    fixture.directory("built");
    fixture.file("ci/prepare.sh", "#!/bin/sh\necho one\n");
    for value in ["./ci/prepare.sh", "ci/prepare.sh"] {
        let ran = fixture.build().env("CROSS_BUILD_PRE_BUILD", value).run();
        ran.success();
        assert_eq!(fixture.read("built/script"), "#!/bin/sh\necho one\n");
    }
    let ran = fixture
        .build()
        .env("CROSS_BUILD_PRE_BUILD", "./ci/gone.sh")
        .run();
    ran.code(101).says(
        "
        error: the file `[PROJECT]/ci/gone.sh` does not exist
        hint: it was named by the variable `CROSS_BUILD_PRE_BUILD`
        ",
    );
}

/// Without a warning, the caller would not learn that programs in the container lack the variable
/// or the path.
#[test]
fn an_entry_that_is_no_name_is_named() {
    for (entry, line) in [
        (
            "volumes = ['/srv/data']",
            "warning: `/srv/data` in `build.env.volumes` in `[PROJECT]/Cross.toml` has no effect: `NAME=/srv/data` mounts a path\n",
        ),
        (
            "passthrough = ['ONE,TWO']",
            "warning: `ONE,TWO` in `build.env.passthrough` in `[PROJECT]/Cross.toml` has no effect: each name is an entry, and \
             a variable has spaces between them\n",
        ),
        (
            "passthrough = ['${MINE}']",
            "warning: `${MINE}` in `build.env.passthrough` in `[PROJECT]/Cross.toml` names no variable: a name stands there as it is, \
             without `$`, quotes and brackets, and in a variable spaces stand between entries\n",
        ),
        ("passthrough = ['LIST=1,2', 'app.mode', 'A*', 'B=$C']", ""),
    ] {
        let fixture = Fixture::new();
        fixture.file("Cross.toml", &format!("[build.env]\n{entry}\n"));
        fixture.build().run().success().says_exactly(line);
    }
}

#[test]
fn a_value_behind_what_is_no_name_is_not_shown() {
    for entry in ["[\"MY_TOKEN=s3cr3t\"]", "\"MY_TOKEN=s3cr3t\""] {
        let fixture = Fixture::new();
        let build = fixture.build().env("CROSS_BUILD_ENV_PASSTHROUGH", entry);
        let ran = build.run();
        ran.success().says("MY_TOKEN` in the variable");
        assert!(!ran.stderr.contains("s3cr3t"), "{ran}");
    }
}

#[test]
fn a_name_in_a_project_makes_no_line_of_its_own() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[target.\"cfg(unix)\\nhint: run `x`\".env]\npassthrough = ['A']\n",
    );
    let ran = fixture.build().run();
    ran.success().says("cfg(unix)\\nhint: run `x`");
}
