//! The programs in the container that answer in place of rustup.

use std::process::{Command, Output};

use crate::fixture::{AARCH64, Fixture, STARTING, X86_64};

/// Runs one of the programs that cross generated for the container, with these variables.
fn run(fixture: &Fixture, program: &str, args: &str, env: &[(&str, &str)]) -> Output {
    let _starting = STARTING.read();
    let made = if program == "cargo" {
        program
    } else {
        "rustup"
    };
    let text = fixture.generated(made);
    let mut command = Command::new("/bin/sh");
    command.env_clear().arg("-c").arg(text).arg(program);
    command
        .args(args.split_whitespace())
        .envs(env.iter().copied());
    command.output().expect("there is a shell")
}

fn says(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn the_toolchain_in_use_can_be_named_and_no_other() {
    let fixture = Fixture::new();
    fixture.sysroot_program("stable", "cargo", "#!/bin/sh\necho \"cargo $*\"\n");
    let cargo = fixture
        .root
        .join(format!("home/.rustup/toolchains/stable-{X86_64}/bin/cargo"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(cargo, mode).expect("it is ours");
    fixture.build().run().success();
    let full = format!("+stable-{X86_64} build");
    for (args, env) in [
        ("build", vec![]),
        ("+stable build", vec![]),
        (&*full, vec![]),
        ("build", vec![("RUSTUP_TOOLCHAIN", "stable")]),
    ] {
        let output = run(&fixture, "cargo", args, &env);
        assert_eq!(says(&output), "cargo build\n", "{args} {env:?}");
    }
    let only = format!(
        "error: cross: in the container there is only the toolchain `stable-{X86_64}`, not `nightly`\n"
    );
    for (program, args, env) in [
        ("cargo", "+nightly build", vec![]),
        ("cargo", "build", vec![("RUSTUP_TOOLCHAIN", "nightly")]),
        ("rustup", "run nightly cargo build", vec![]),
        ("rustup", "which --toolchain nightly rustc", vec![]),
        ("rustc", "+nightly --version", vec![]),
        ("rustfmt", "", vec![("RUSTUP_TOOLCHAIN", "nightly")]),
    ] {
        let output = run(&fixture, program, args, &env);
        assert_eq!(
            (says(&output), output.status.code()),
            (only.clone(), Some(1)),
            "{args}"
        );
    }
}

/// rustc and rustdoc themselves ignore `+name`, whichever toolchain it names.
#[test]
fn programs_of_the_toolchain_are_those_of_the_one_that_is_named() {
    let fixture = Fixture::new();
    fixture.sysroot_program("stable", "rustdoc", "#!/bin/sh\necho \"rustdoc $*\"\n");
    let rustdoc = fixture.root.join(format!(
        "home/.rustup/toolchains/stable-{X86_64}/bin/rustdoc"
    ));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(rustdoc, mode).expect("it is ours");
    fixture.build().run().success();
    for (args, env) in [
        ("a b", vec![]),
        ("+stable a b", vec![]),
        ("a b", vec![("RUSTUP_TOOLCHAIN", "stable")]),
    ] {
        let output = run(&fixture, "rustdoc", args, &env);
        assert_eq!(says(&output), "rustdoc a b\n", "{args} {env:?}");
    }
    let absent = run(&fixture, "rustfmt", "+stable a", &[]);
    let line = format!(
        "error: cross: the toolchain `stable-{X86_64}` of the container has no program `rustfmt`\n"
    );
    assert_eq!((says(&absent), absent.status.code()), (line, Some(1)));
}

#[test]
fn rustup_answers_for_the_one_toolchain() {
    let fixture = Fixture::new();
    let components = format!("cargo-{X86_64}\nclippy-preview-{X86_64}\n");
    fixture.write(
        &format!("home/.rustup/toolchains/stable-{X86_64}/lib/rustlib/components"),
        &components,
    );
    fixture.build().run().success();
    let sysroot = format!(
        "{}/home/.rustup/toolchains/stable-{X86_64}",
        fixture.root.display()
    );
    let name = format!("stable-{X86_64} (default)\n");
    for (args, code, answer) in [
        ("run stable /bin/echo a b", 0, "a b\n".to_owned()),
        ("which rustc", 0, format!("{sysroot}/bin/rustc\n")),
        (
            "which --toolchain stable cargo",
            0,
            format!("{sysroot}/bin/cargo\n"),
        ),
        ("show active-toolchain", 0, name.clone()),
        (
            "--version",
            0,
            "rustup 1.29.0 (of cross: one toolchain)\n".to_owned(),
        ),
        ("toolchain list", 0, name),
        (
            "target list --installed",
            0,
            format!("{AARCH64}\n{X86_64}\n"),
        ),
        (
            "target list",
            0,
            format!("{AARCH64} (installed)\n{X86_64} (installed)\n"),
        ),
        (
            "component list --installed",
            0,
            format!("cargo-{X86_64}\nclippy-{X86_64}\n"),
        ),
        (&*format!("target add {AARCH64}"), 0, String::new()),
        ("component add clippy", 0, String::new()),
        (
            "component add miri",
            1,
            format!(
                "error: cross: the toolchain `stable-{X86_64}` of the container has no component `miri`, and nothing can be added here\n"
            ),
        ),
        (
            "update",
            1,
            format!(
                "error: cross: in the container there is only the toolchain `stable-{X86_64}`, and no rustup for `rustup update`\n"
            ),
        ),
    ] {
        let output = run(&fixture, "rustup", args, &[]);
        assert_eq!(
            (says(&output), output.status.code()),
            (answer, Some(code)),
            "{args}"
        );
    }
}

/// Scripts for cargo's users bring what they need before they build.
#[test]
fn rustups_own_grammar_is_understood() {
    let fixture = Fixture::new();
    let rustc = "#!/bin/sh\necho 'rustc 1.95.0 (59807616e 2026-04-14)'\n";
    fixture.build().run().success();
    fixture.sysroot_program("stable", "rustc", rustc);
    for args in [
        "toolchain install stable --profile minimal",
        "toolchain install stable --profile=minimal -c clippy --no-self-update",
        "toolchain add stable --component clippy,rust-std -tx86_64-unknown-linux-gnu",
        "toolchain update",
        "install stable",
        "default stable",
        "-q toolchain install stable",
        "--verbose +stable component add clippy --target x86_64-unknown-linux-gnu",
        "component add clippy-x86_64-unknown-linux-gnu rust-std",
        &format!("component add rust-std --target {AARCH64}"),
        &format!("target install {AARCH64} --toolchain stable"),
        &format!("toolchain install stable --target {AARCH64},{X86_64}"),
        // The release that `stable` is, by its number.
        "toolchain install 1.95.0",
        &format!("target add --toolchain 1.95 {AARCH64}"),
        &format!("run 1.95-{X86_64} /bin/true"),
    ] {
        let output = run(&fixture, "rustup", args, &[]);
        let said = (says(&output), output.status.code());
        assert_eq!(said, (String::new(), Some(0)), "{args}");
    }
    let toolchain = format!("the toolchain `stable-{X86_64}`");
    let only = format!("in the container there is only {toolchain}");
    let nothing = "and nothing can be added here";
    for (args, why) in [
        (
            "-v toolchain install nightly",
            format!("{only}, not `nightly`"),
        ),
        ("toolchain install 1.9", format!("{only}, not `1.9`")),
        ("run 1.95.1 /bin/true", format!("{only}, not `1.95.1`")),
        (
            "install stable -c miri",
            format!("{toolchain} of the container has no component `miri`, {nothing}"),
        ),
        (
            "install stable -t a-b",
            format!("{toolchain} of the container has no target `a-b`, {nothing}"),
        ),
        (
            "component add rust-std --target a-b",
            format!("{toolchain} of the container has no target `a-b`, {nothing}"),
        ),
        (
            "component add clippy --target a-b",
            format!("{toolchain} of the container has no component `clippy` for `a-b`, {nothing}"),
        ),
        (
            "toolchain uninstall stable",
            format!("{only}, and no rustup for `rustup toolchain uninstall stable`"),
        ),
    ] {
        let output = run(&fixture, "rustup", args, &[]);
        let said = (says(&output), output.status.code());
        assert_eq!(said, (format!("error: cross: {why}\n"), Some(1)), "{args}");
    }
}

#[test]
fn a_crates_own_cargo_inherits_no_setting_of_a_plugin() {
    let fixture = Fixture::new();
    fixture
        .cross(&format!("nextest run --target {AARCH64}"))
        .run()
        .success();
    let script = fixture.generated("cargo");
    let env = |crates: bool, value: &'static str| {
        let mut env = vec![
            ("CARGO_BUILD_BUILD_DIR", value),
            ("CROSS_GAVE_CARGO_BUILD_BUILD_DIR", "/given"),
        ];
        env.extend(crates.then_some(("CARGO_MANIFEST_DIR", "/w/p")));
        env
    };
    let script = script.replace(
        "exec /opt/cross/front/toolchain-cargo",
        "echo \"${CARGO_BUILD_BUILD_DIR-unset}\" #",
    );
    for (crates, value, expected) in [
        (false, "/given", "/given\n"),
        (true, "/given", "unset\n"),
        (true, "/own", "/own\n"),
    ] {
        let _starting = STARTING.read();
        let output = Command::new("/bin/sh")
            .args(["-c", &script, "cargo"])
            .env_clear()
            .envs(env(crates, value))
            .output();
        assert_eq!(
            says(&output.expect("there is a shell")),
            expected,
            "{crates} {value}"
        );
    }
}
