//! Linkers and runners that cargo's configuration names.

use crate::fixture::{AARCH64, Fixture};

const CONFIG: &str = ".cargo/config.toml";

#[test]
fn a_program_of_the_projects_own_wins_over_the_images() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        CONFIG,
        "[target.'cfg(unix)']\nlinker = 'ci/link.sh'\n\
         [target.aarch64-unknown-linux-gnu]\nrunner = ['ci/run.sh', '--fast']\n\
         [target.'cfg(windows)']\nrunner = 'ci/other.sh'\n",
    );
    let ran = fixture.build().run();
    ran.says_exactly("").line().differs(
        &plain,
        "
        + --env CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=[PROJECT]/ci/link.sh
        + --env CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=[PROJECT]/ci/run.sh --fast
        ",
    );
}

/// A linker's variable is one path, so a blank is no problem. Cargo splits a runner's variable at
/// blanks.
#[test]
fn a_program_with_a_blank_in_its_path_is_used_where_that_can_be_said() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let of_target = "[target.aarch64-unknown-linux-gnu]\n";
    fixture.file(CONFIG, &format!("{of_target}linker = 'my tools/ld'\n"));
    fixture.build().run().says_exactly("").line().differs(
        &plain,
        "\n        + --env CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=[PROJECT]/my tools/ld\n        ",
    );
    fixture.file(
        CONFIG,
        &format!("{of_target}runner = ['my tools/run', '-x']\n"),
    );
    let line = fixture.build().run().says_exactly("").line();
    let setting = "--config 'target.\"aarch64-unknown-linux-gnu\".runner=[\"[PROJECT]/my tools/run\", \"-x\"]' build";
    assert!(line.command().contains(setting), "{}", line.command());
    fixture.write("home/.cargo/bin/cargo-nextest", "");
    let ran = fixture
        .cross(&format!("nextest run --target {AARCH64}"))
        .run();
    ran.says("runner `my tools/run` of").says(
        "is not used, as one of its words has a blank, which a plugin of cargo's cannot be told",
    );
    // A relative path is made absolute, so the project's own path counts.
    fixture.krate("my project", "hello", "");
    let config = format!("{of_target}runner = ['ci/run', '-x']\n");
    fixture.write("my project/.cargo/config.toml", &config);
    let line = fixture.build().dir("my project").run().line();
    let setting = ".runner=[\"[ROOT]/my project/ci/run\", \"-x\"]' build";
    assert!(line.command().contains(setting), "{}", line.command());
    line.lacks("my project/ci/run -x");
}

#[test]
fn a_variable_with_a_program_of_the_projects_own_is_passed_on() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let name = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";
    let build = fixture.build().env(name, "./ci/run.sh --fast");
    build
        .run()
        .says_exactly("")
        .line()
        .differs(&plain, &format!("\n        + --env {name}\n        "));
    let build = fixture.build().env(name, "/opt/run.sh");
    build.run().says_exactly("").line().differs(&plain, "");
}

#[test]
fn a_linker_of_the_hosts_is_named_where_flags_were_meant_for_it() {
    let fixture = Fixture::new();
    let note = |who: &str| {
        format!(
            "        Note the linker `clang` of {who} is not used, as it is a program of the host, and `-fuse-ld=mold` was \
             meant for it: the image's own linker is a GCC, which gets all flags\n"
        )
    };
    let flags = "rustflags = ['-C', 'link-arg=-fuse-ld=mold']\n";
    let file = fixture.generalise(&format!("`{}`", fixture.project.join(CONFIG).display()));
    for section in ["cfg(target_os = \"linux\")", AARCH64] {
        fixture.file(
            CONFIG,
            &format!("[target.'{section}']\nlinker = 'clang'\n{flags}"),
        );
        fixture
            .build()
            .arg("-v")
            .run()
            .success()
            .says(note(&file).trim());
    }
    fixture.build().run().success().says_exactly("");
    fixture.file(CONFIG, "[target.'cfg(unix)']\nlinker = 'clang'\n");
    fixture.build().run().success().says_exactly("");
    fixture.remove("home/.cache/cross/notices");
    fixture
        .build()
        .env("RUSTFLAGS", "-Clink-arg=-fuse-ld=mold")
        .run()
        .success()
        .says_exactly(&note(&file));
    fixture.file(CONFIG, "");
    let variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER";
    let build = fixture
        .build()
        .env("RUSTFLAGS", "-Clink-arg=-fuse-ld=mold")
        .env(variable, "clang");
    build
        .run()
        .success()
        .says_exactly(&note(&format!("the variable `{variable}`")));
    // The image's own linker is a GCC, too, so the flags suit it.
    fixture.file(
        CONFIG,
        &format!(
            "[target.{AARCH64}]\nlinker = 'aarch64-linux-gnu-gcc'\nrunner = 'qemu-aarch64'\n{flags}"
        ),
    );
    fixture.build().run().success().says_exactly("");
}

/// GCC passes over it in silence, and clang, for which it was written, does not link here.
#[test]
fn a_linker_that_flags_name_by_its_path_is_told_of() {
    let fixture = Fixture::new();
    let tail = |flag: &str, what: &str, then: &str| {
        format!("`{flag}` names a linker by its path, which GCC, the image's own, {what}: {then}\n")
    };
    let mold = "`-fuse-ld=mold` takes the image's, where `pre-build` installs it";
    let lld = "`-fuse-ld=lld` takes the toolchain's own";
    for (flag, what, then) in [
        ("-fuse-ld=/usr/bin/mold", "passes over", mold),
        ("--ld-path=/usr/bin/ld.lld", "does not know", lld),
        ("-fuse-ld=/opt/wild", "passes over", lld),
    ] {
        let flags = format!("[target.{AARCH64}]\nrustflags = ['-C', 'link-arg={flag}']\n");
        fixture.file(CONFIG, &flags);
        let told = tail(flag, what, then);
        let ran = fixture.build().arg("-v").run();
        ran.success().says(&format!("        Note {told}"));
        fixture.file(CONFIG, &format!("{flags}linker = 'clang'\n"));
        let ran = fixture.build().arg("-v").run();
        let note = format!("as it is a program of the host, and `{flag}` was meant for it: {told}");
        assert_eq!(
            ran.success()
                .says(&note)
                .stderr
                .matches("by its path")
                .count(),
            1
        );
        fixture.file(CONFIG, &format!("{flags}linker = 'ci/link.sh'\n"));
        fixture.build().run().success().says_exactly("");
    }
    for flag in ["-fuse-ld=mold", "-Wl,-z,now"] {
        let flags = format!("[target.{AARCH64}]\nrustflags = ['-C', 'link-arg={flag}']\n");
        fixture.file(CONFIG, &flags);
        fixture.build().run().success().says_exactly("");
    }
}

#[test]
fn a_linker_by_name_is_the_images_where_that_has_none_of_its_own() {
    const TARGET: &str = "thumbv7neon-unknown-linux-gnueabihf";
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[TARGET, "x86_64-unknown-linux-gnu"]);
    fixture.write(
        "images/docker/mine",
        "[{\"Id\":\"sha256:ab\",\"Size\":7,\"Config\":{\"Env\":[]}}]",
    );
    fixture.file(
        "Cross.toml",
        &format!("[target.{TARGET}]\nimage = 'mine'\n"),
    );
    let build = || fixture.cross(&format!("build --target {TARGET}"));
    let plain = build().run().line();
    fixture.file(
        CONFIG,
        &format!("[target.{TARGET}]\nlinker = 'arm-gcc'\nrunner = 'qemu-arm'\n"),
    );
    build()
        .run()
        .success()
        .says_exactly("")
        .line()
        .differs(&plain, "");
    fixture.file(
        CONFIG,
        &format!("[target.{TARGET}]\nlinker = '/opt/bin/arm-gcc'\n"),
    );
    build().run().success().says(
        "is not used, as it is a program of the host, and the image has none for this target: \
         `passthrough = [\"CARGO_TARGET_THUMBV7NEON_UNKNOWN_LINUX_GNUEABIHF_LINKER=arm-gcc\"]`",
    );
}

const THUMB: &str = "thumbv7m-none-eabi";

/// The flags are for LLD's own command line, which the image's GCC does not understand. Without
/// such flags the GCC is used, because it also finds libraries and start files.
#[test]
fn the_toolchains_own_linker_is_used_where_flags_are_for_it() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let lines = "[target.aarch64-unknown-linux-gnu]\nlinker = 'rust-lld'\n";
    fixture.file(
        CONFIG,
        &format!("{lines}rustflags = ['-Clinker-flavor=ld.lld']\n"),
    );
    fixture.build().run().says_exactly("").line().differs(
        &plain,
        "+ --env CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=rust-lld",
    );
    fixture.file(CONFIG, lines);
    let line = fixture.build().run().says_exactly("").line();
    line.differs(&plain, "");
}

#[test]
fn a_program_that_the_image_is_known_to_have_is_the_projects_choice() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[THUMB, "x86_64-unknown-linux-gnu"]);
    let build = || fixture.cross(&format!("build --target {THUMB}"));
    let plain = build().run().line();
    let script = "rustflags = ['-Clink-arg=-Tlink.x']\n";
    for linker in ["arm-none-eabi-gcc", "flip-link"] {
        fixture.file(
            CONFIG,
            &format!(
                "[target.{THUMB}]\nlinker = '{linker}'\nrunner = 'qemu-system-arm -kernel'\n{script}"
            ),
        );
        build().run().says_exactly("").line().differs(
            &plain,
            &format!(
                "
                + --env CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER={linker}
                + --env CARGO_TARGET_THUMBV7M_NONE_EABI_RUNNER=qemu-system-arm -kernel
                "
            ),
        );
    }
    // Flags that name a linker script suit every linker, so they do not choose one.
    fixture.file(CONFIG, &format!("[target.{THUMB}]\n{script}"));
    build().run().says_exactly("").line().differs(&plain, "\n");
}

#[test]
fn a_runner_for_a_board_is_said_not_to_be_used_when_programs_run() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[THUMB, "x86_64-unknown-linux-gnu"]);
    fixture.file(
        CONFIG,
        &format!("[target.{THUMB}]\nrunner = ['probe-rs', 'run', '--chip', 'a']\n"),
    );
    let cross = |what: &str| fixture.cross(&format!("{what} --target {THUMB}")).run();
    cross("build").success();
    cross("build").success().says_exactly("");
    cross("run")
        .success()
        .says("the runner `probe-rs` of `")
        .says("is not used, as it is a program of the host, and the image's own is: ");
}

/// These runners are words of the image as well: what starts another program starts the image's
/// own runner, and a script of the project's runs the program itself.
#[test]
fn a_runner_that_starts_another_program_starts_the_images_own() {
    const VARIABLE: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";
    const OWN: &str = "/opt/cross/bin/cross-runner";
    let fixture = Fixture::new();
    let run = || fixture.cross(&format!("run --target {AARCH64}"));
    let plain = run().run().line();
    for (runner, expected) in [
        (
            "'/usr/bin/env -u FOO BAR=1'",
            format!("/usr/bin/env -u FOO BAR=1 {OWN}"),
        ),
        ("['timeout', '60']", format!("timeout 60 {OWN}")),
        ("'sh scripts/run.sh -v'", "sh scripts/run.sh -v".to_owned()),
    ] {
        fixture.file(CONFIG, &format!("[target.{AARCH64}]\nrunner = {runner}\n"));
        let expected = format!("+ --env {VARIABLE}={expected}");
        run()
            .run()
            .says_exactly("")
            .line()
            .differs(&plain, &expected);
    }
    fixture.remove(&format!("project/{CONFIG}"));
    let said = run().env(VARIABLE, "env FOO=bar").run();
    let expected = format!("+ --env {VARIABLE}=env FOO=bar {OWN}");
    said.says_exactly("").line().differs(&plain, &expected);
}

/// Such a runner changes what programs see. One that is only an emulator does what the image's
/// does.
#[test]
fn a_runner_of_the_host_that_is_more_than_an_emulator_is_told_of() {
    let fixture = Fixture::new();
    let cross = |what: &str| fixture.cross(&format!("{what} --target {AARCH64}")).run();
    for (runner, is_told) in [
        ("sudo -E", true),
        ("qemu-aarch64 -L /usr/aarch64-linux-gnu -E FOO=bar", true),
        ("env qemu-aarch64", true),
        ("sh /opt/run.sh", true),
        ("qemu-aarch64 -L /usr/aarch64-linux-gnu", false),
    ] {
        fixture.file(
            CONFIG,
            &format!("[target.{AARCH64}]\nrunner = '{runner}'\n"),
        );
        cross("build").success().says_exactly("");
        let ran = cross("test");
        ran.success();
        let (name, _) = runner.split_once(' ').expect("it has arguments");
        if is_told {
            ran.says(&format!("the runner `{name}` of `"))
                .says("is not used, as it is a program of the host, and the image's own is: ")
                .says("a script of the project's is used as `runner`, and `cross-runner` in it runs the program");
        } else {
            ran.says_exactly("");
        }
    }
}

/// Without this warning, the compiler prints hundreds of lines about an unknown processor.
#[test]
fn the_processor_of_this_machine_is_not_one_of_another_kind() {
    let fixture = Fixture::new();
    fixture.file(CONFIG, "[build]\nrustflags = ['-C', 'target-cpu=native']\n");
    let line = "warning: `target-cpu=native` in the flags for rustc is the processor of this machine, which says nothing for \
        `aarch64-unknown-linux-gnu`: flags below `[target.x86_64-unknown-linux-gnu]` of cargo's configuration are for this machine alone\n";
    fixture.build().run().says_exactly(line);
    let native = fixture.cross("build --target x86_64-unknown-linux-gnu");
    native.run().success().says_exactly("");
    fixture.file(CONFIG, "[build]\nrustflags = ['-Ctarget-cpu=cortex-a72']\n");
    fixture.build().run().success().says_exactly("");
}
