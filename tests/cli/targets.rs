//! The targets of a build, and how cargo is told of them.

use crate::fixture::{AARCH64, ARMV7, Fixture, X86_64};

const CARGO: &str = r#"cargo --config build.build-dir="[PROJECT]/target/cross/[RECIPE]""#;
const LINKED: &str = "[build]\ndefault-target = 'aarch64-unknown-linux-gnu'\n";

fn command(rest: &str) -> String {
    format!("{CARGO} {rest}")
}

#[test]
fn a_target_with_an_equals_sign_is_a_target() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let old = command("build --target aarch64-unknown-linux-gnu");
    let new = command("build --target=aarch64-unknown-linux-gnu");
    let line = fixture
        .cross("build --target=aarch64-unknown-linux-gnu")
        .run()
        .line();
    line.differs(&plain, &format!("- {old}\n+ {new}"));
}

/// The public cross takes `--target-dir` for `--target`, and builds for its own machine.
#[test]
fn a_target_directory_is_no_target() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let old = command("build --target aarch64-unknown-linux-gnu");
    for args in [
        "build --target-dir target --target=aarch64-unknown-linux-gnu",
        "build --target-dir=target --target aarch64-unknown-linux-gnu",
        "build --target-dir target --target aarch64-unknown-linux-gnu",
    ] {
        let line = fixture.cross(args).run().line();
        line.differs(&plain, &format!("- {old}\n+ {}", command(args)));
    }
    // With a target from the configuration, cargo still has to be told of it by an option.
    fixture.file("Cross.toml", LINKED);
    for args in ["build --target-dir target", "build --target-dir=target"] {
        let line = fixture.cross(args).run().line();
        let new = command(&format!("{args} --target aarch64-unknown-linux-gnu"));
        line.differs(&plain, &format!("- {old}\n+ {new}"));
    }
}

#[test]
fn without_any_target_the_hosts_row_is_used_and_cargo_is_not_told() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.cross("build").run().line().differs(
        &plain,
        &format!(
            "
            - --mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/debug,target=[PROJECT]/target/debug
            - --mount type=bind,source=[PROJECT]/target/aarch64-unknown-linux-gnu/debug/.fingerprint,target=[PROJECT]/target/aarch64-unknown-linux-gnu/debug/.fingerprint,readonly
            + --mount type=bind,source=[PROJECT]/target/aarch64-unknown-linux-gnu,target=[PROJECT]/target/aarch64-unknown-linux-gnu,readonly
            + --mount type=bind,source=[PROJECT]/target/debug/.fingerprint,target=[PROJECT]/target/debug/.fingerprint,readonly
            - localhost/cross/aarch64-unknown-linux-gnu:[VERSION]
            - {}
            + localhost/cross/x86_64-unknown-linux-gnu:[VERSION]
            + {}
            ",
            command("build --target aarch64-unknown-linux-gnu"),
            command("build")
        ),
    );
}

#[test]
fn the_configured_default_target_is_told_to_cargo() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file("Cross.toml", LINKED);
    fixture.cross("build").run().line().differs(&plain, "");
    let run = fixture.cross("run --release -- --release").run();
    assert_eq!(
        run.line().command(),
        command("run --release --target aarch64-unknown-linux-gnu -- --release")
    );
}

#[test]
fn the_nearest_word_about_the_target_wins() {
    let fixture = Fixture::new();
    let image = |line: &crate::line::Line, triple: &str| {
        line.has(&format!("localhost/cross/{triple}:[VERSION]"));
    };
    fixture.file(
        ".cargo/config.toml",
        "build.target = 'x86_64-unknown-linux-gnu'\n",
    );
    let line = fixture.cross("build").run().line();
    image(&line, X86_64);
    assert_eq!(line.command(), command("build"));
    fixture.file("Cross.toml", LINKED);
    image(&fixture.cross("build").run().line(), AARCH64);
    let line = fixture
        .cross("build")
        .env("CARGO_BUILD_TARGET", X86_64)
        .run()
        .line();
    image(line.has("--env CARGO_BUILD_TARGET"), X86_64);
    assert_eq!(line.command(), command("build"));
    let line = fixture
        .build()
        .env("CARGO_BUILD_TARGET", X86_64)
        .run()
        .line();
    image(&line, AARCH64);
}

#[test]
fn cargos_own_variable_for_the_default_target_of_cross_is_understood() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let ran = fixture
        .cross("build")
        .env("CROSS_BUILD_DEFAULT_TARGET", AARCH64)
        .run();
    ran.line().differs(&plain, "");
}

#[test]
fn several_targets_are_built_one_after_the_other() {
    let plain = Fixture::new().build().run().line();
    let host = format!("build --target {X86_64}");
    let host = Fixture::new().cross(&host).run().line();
    let fixture = Fixture::new();
    let both = format!("build --target {AARCH64} --target={X86_64}");
    let ran = fixture.cross(&both).run();
    let lines = ran.success().lines();
    lines[0].differs(&plain, "");
    lines[1].differs(&host, "");
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_target_named_twice_is_built_once() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let ran = fixture
        .cross(&format!("build --target {AARCH64} --target {AARCH64}"))
        .run();
    let old = command("build --target aarch64-unknown-linux-gnu");
    let new =
        command("build --target aarch64-unknown-linux-gnu --target aarch64-unknown-linux-gnu");
    ran.line().differs(&plain, &format!("- {old}\n+ {new}"));
}

#[test]
fn the_first_target_that_fails_ends_it_with_its_exit_code() {
    let fixture = Fixture::new();
    fixture.write("run-exits", "7\n0\n");
    let both = format!("build --target {AARCH64} --target {X86_64}");
    let ran = fixture.cross(&both).run();
    assert_eq!(ran.code(7).lines().len(), 1);
    fixture.write("run-exits", "0\n9\n");
    let ran = fixture.cross(&both).run();
    assert_eq!(ran.code(9).lines().len(), 2);
}

#[test]
fn the_other_targets_have_their_turn_if_cargo_is_to_keep_going() {
    let fixture = Fixture::new();
    for (args, codes, code, runs) in [
        ("test --no-fail-fast", "101\n0\n", 101, 2),
        ("check --keep-going", "101\n101\n", 101, 2),
        ("check --keep-going", "0\n101\n", 101, 2),
        // nextest ends with its own code if tests failed.
        ("nextest run --no-fail-fast", "100\n0\n", 100, 2),
        ("check --keep-going", "125\n0\n", 125, 1),
        // After Ctrl-C no further target is built.
        ("check --keep-going", "130\n0\n", 130, 1),
        ("check", "101\n0\n", 101, 1),
    ] {
        fixture.write("run-exits", codes);
        let both = format!("{args} --target {AARCH64} --target {X86_64}");
        let ran = fixture.cross(&both).run();
        assert_eq!(ran.code(code).lines().len(), runs, "{args} {codes}");
    }
}

#[test]
fn the_exit_code_of_the_container_is_crosss_own() {
    let fixture = Fixture::new();
    for code in [0, 1, 42, 101, 125, 130, 143] {
        fixture.write("run-exits", &format!("{code}\n"));
        let ran = fixture.cross(&format!("run --target {AARCH64}")).run();
        ran.code(code).says_exactly("");
        assert_eq!(ran.stdout, "in the container\n");
    }
}

/// The public cross ignores an image for a target that it does not know to need one.
#[test]
fn an_image_of_the_configuration_is_used_for_any_target() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let image = |triple: &str| format!("[target.{triple}]\nimage = 'example.org/image:1'\n");
    fixture.file("Cross.toml", &image(AARCH64));
    // The image is pulled before the plan is made, because the plan depends on its content.
    let ran = fixture.build().run();
    ran.says("Pulling example.org/image:1");
    assert_eq!(ran.calls_of("docker pull").len(), 1, "{ran}");
    ran.line().differs(
        &plain,
        "
        - --mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/debug,target=[PROJECT]/target/debug
        + --mount type=bind,source=[CACHE]/build/[TARGET]/1234567890abcdef/debug,target=[PROJECT]/target/debug
        - --env PATH=/opt/cross/front:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        + --env PATH=/opt/cross/front:[SYSROOT]/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin
        - --env COMPILER_PATH=[SYSROOT]/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
        - localhost/cross/aarch64-unknown-linux-gnu:[VERSION]
        - cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build --target aarch64-unknown-linux-gnu
        + example.org/image:1
        + cargo --config build.build-dir=\"[PROJECT]/target/cross/1234567890abcdef\" build --target aarch64-unknown-linux-gnu
        ",
    );
    for triple in ["wasm32-unknown-unknown", "x86_64-unknown-openbsd"] {
        fixture.toolchain("stable", &[triple]);
        fixture.file("Cross.toml", &image(triple));
        let line = fixture
            .cross(&format!("build --target {triple}"))
            .run()
            .line();
        line.has("example.org/image:1");
    }
}

/// The public cross falls back to plain cargo for a target of a specification.
#[test]
fn a_custom_target_can_have_an_image() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[]);
    fixture.source("nightly");
    fixture.file("my.json", "{}");
    fixture.file("Cross.toml", "[target.my]\nimage = 'example.org/my'\n");
    let ran = fixture
        .cross("+nightly build -Zbuild-std --target my.json")
        .run();
    let command = ran.line().has("example.org/my").command().to_owned();
    assert!(
        command.ends_with("build -Zbuild-std --target my.json"),
        "{command}"
    );
}

#[test]
fn the_runner_of_the_configuration_is_told_to_the_image() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nrunner = 'native'\n"),
    );
    fixture
        .build()
        .run()
        .line()
        .differs(&plain, "+ --env CROSS_RUNNER=native");
    let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";
    let line = fixture.build().env(name, "qemu-user").run().line();
    line.differs(&plain, "+ --env CROSS_RUNNER=qemu-user");
}

#[test]
fn the_machine_of_the_configuration_is_told_to_an_image_that_starts_one() {
    const THUMB: &str = "thumbv8m.main-none-eabi";
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[THUMB, AARCH64]);
    let run = || fixture.cross(&format!("run --target {THUMB}"));
    let plain = run().run().line();
    let variable = "CROSS_TARGET_THUMBV8M_MAIN_NONE_EABI_MACHINE";
    let line = run().env(variable, "mps3-an547").run().line();
    line.differs(&plain, "+ --env CROSS_MACHINE=mps3-an547");
    // The image starts a machine in any case; the configuration chooses which.
    let one = "machine = 'mps3-an547'\nrunner = 'qemu-system'\n";
    let file = format!("[target.'{THUMB}']\n{one}[target.{AARCH64}]\nmachine = 'virt'\n");
    fixture.file("Cross.toml", &file);
    let ran = run().run();
    ran.says_exactly("")
        .line()
        .differs(&plain, "+ --env CROSS_MACHINE=mps3-an547");
    fixture.build().run().says(
        "warning: `target.aarch64-unknown-linux-gnu.machine` in `[PROJECT]/Cross.toml` has no effect: programs for \
         `aarch64-unknown-linux-gnu` have no machine of their own",
    );
}

#[test]
fn each_row_has_its_own_build_directory() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &[ARMV7]);
    let directory = |triple: &str| {
        let ran = fixture.cross(&format!("build --target {triple}")).run();
        let call = ran.calls.iter().find(|call| call.summary() == "docker run");
        let words = call.expect("it ran").args.clone();
        let option = words.iter().filter_map(|word| word.to_str());
        option
            .filter(|word| word.starts_with("build.build-dir="))
            .collect::<String>()
    };
    assert_ne!(directory(AARCH64), directory(ARMV7));
}

#[test]
fn a_custom_target_is_visible_and_has_what_its_name_is_configured_for() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.source("nightly");
    let own = format!("localhost/cross/{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
    fixture.file(
        "Cross.toml",
        &format!("[target.board]\nimage = '{own}'\nenv.passthrough = ['BOARD=1']\n"),
    );
    fixture.file("specs/board.json", "{}");
    let ran = fixture
        .cross("+nightly build --target specs/board.json")
        .run();
    ran.called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "cargo fetch",
        "docker run",
    ]);
    let inside = ran.line();
    inside.has("--env BOARD=1").lacks("[PROJECT]/specs");
    assert!(
        inside
            .command()
            .ends_with("build --target specs/board.json")
    );
    let path = fixture.write("elsewhere/board.json", "{}");
    let outside = fixture
        .cross("+nightly build --target")
        .arg(&path)
        .run()
        .line();
    outside.has("--mount type=bind,source=[ROOT]/elsewhere/board.json,target=[ROOT]/elsewhere/board.json,readonly");
}

#[test]
fn an_image_of_crosss_own_is_built_under_any_targets_name() {
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &["aarch64-apple-darwin"]);
    let own = format!("localhost/cross/{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
    let text = format!("[target.aarch64-apple-darwin]\nimage = '{own}'\n");
    fixture.file("Cross.toml", &text);
    let ran = fixture.cross("build --target aarch64-apple-darwin").run();
    assert_eq!(ran.success().calls_of("docker build").len(), 2, "{ran}");
    assert!(ran.calls_of("docker pull").is_empty(), "{ran}");
}

/// Cargo takes the path relative to the directory in which it finds `.cargo`. The working directory
/// may be another.
#[test]
fn a_custom_target_of_a_file_is_beside_that_file() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.source("nightly");
    let own = format!("localhost/cross/{AARCH64}:{}", env!("CARGO_PKG_VERSION"));
    let image = format!("[target.board]\nimage = '{own}'\nenv.passthrough = ['BOARD=1']\n");
    fixture.file("Cross.toml", &image);
    fixture.file("specs/board.json", "{}");
    let build = || fixture.cross("+nightly build").dir("project/src").run();

    fixture.file(".cargo/config.toml", "build.target = 'specs/board.json'\n");
    let line = build().line();
    line.has("--env BOARD=1");
    assert!(line.command().ends_with("build"), "{}", line.command());

    fixture.file(".cargo/config.toml", "");
    let image = format!("build.default-target = 'specs/board.json'\n{image}");
    fixture.file("Cross.toml", &image);
    let line = build().line();
    line.has("--env BOARD=1");
    let end = "build --target [PROJECT]/specs/board.json";
    assert!(line.command().ends_with(end), "{}", line.command());
}
