//! The number and the names of the programs that a command starts.

use std::os::unix::process::ExitStatusExt as _;

use crate::fixture::{AARCH64, Fixture, X86_64};

#[test]
fn a_warm_build_asks_three_programs_and_starts_one() {
    let fixture = Fixture::new();
    let warm = [
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker run",
    ];
    for _ in 0..2 {
        fixture.build().run().success().called(&warm);
    }
    for args in [
        "run",
        "test",
        "check",
        "clippy",
        "bench",
        "doc",
        "build --release -v",
    ] {
        fixture.cross(args).run().success().called(&warm);
    }
}

#[test]
fn each_further_target_costs_one_question() {
    let fixture = Fixture::new();
    let both = format!("build --target {AARCH64} --target {X86_64}");
    fixture.cross(&both).run().success().called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker image inspect",
        "docker run",
        "docker run",
    ]);
}

#[test]
fn an_engine_of_the_project_is_the_only_one_that_is_used() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nengine = 'podman'\n");
    let ran = fixture.build().run();
    let runs = ran
        .calls
        .iter()
        .filter(|call| call.args.first().is_some_and(|a| a == "run"));
    assert!(runs.clone().all(|call| call.program == "podman"), "{ran}");
    assert_eq!(runs.count(), 1, "{ran}");
}

#[test]
fn what_compiles_nothing_is_one_cargo_and_nothing_else() {
    let fixture = Fixture::without_images();
    for engine in ["docker", "podman", "rustup", "rustc"] {
        fixture.remove(&format!("bin/{engine}"));
    }
    for args in [
        "",
        "--version",
        "-V",
        "--help",
        "--list",
        "help build",
        "fmt -- --check",
        "tree --target x86_64-pc-windows-msvc",
        "metadata --format-version 1",
        "build --help",
        "test -h",
        "clippy --version",
        "update --dry-run",
        "clean",
        "fetch --target aarch64-unknown-linux-gnu",
        "-Z help",
        "-v version",
        "+nightly --version",
        "--explain E0004",
    ] {
        let ran = fixture.cross(args).run();
        ran.success();
        let words: Vec<_> = ran.calls.iter().map(ToString::to_string).collect();
        assert_eq!(words, [format!("cargo {args}").trim_end()], "{ran}");

        let own = match args {
            "--version" | "-V" | "+nightly --version" => {
                concat!("cross ", env!("CARGO_PKG_VERSION"), "\n")
            }
            _ => "",
        };
        // Cross adds its own help after cargo's.
        let (said, _) = ran
            .stdout
            .split_once("\nCross ")
            .unwrap_or((&ran.stdout, ""));
        assert_eq!(said, format!("{own}cargo on the host\n"), "{ran}");
        ran.says_exactly("");
    }
}

#[test]
fn what_is_selected_to_be_cleaned_is_cleaned_for_every_image() {
    let fixture = Fixture::new();
    for image in ["1111", "2222"] {
        fixture.directory(&format!("project/target/cross/{image}"));
    }
    let ran = fixture.cross("clean -p project").run();
    ran.success();
    let calls: Vec<_> = ran
        .calls
        .iter()
        .map(|call| fixture.generalise(&call.to_string()))
        .filter(|call| !call.contains("metadata"))
        .collect();
    // None of these calls has `-q`: cargo shows for each how many files it removed.
    let expected = [
        "cargo clean -p project",
        "cargo --config build.build-dir=\"[PROJECT]/target/cross/1111\" clean -p project",
        "cargo --config build.build-dir=\"[PROJECT]/target/cross/2222\" clean -p project",
    ];
    assert_eq!(calls, expected, "{ran}");
}

#[test]
fn what_compiles_nothing_works_without_a_project_and_with_a_broken_one() {
    let fixture = Fixture::new();
    fixture.directory("empty");
    fixture.file("Cross.toml", "nonsense");
    for dir in ["empty", "project"] {
        for args in ["--version", "new x", "fmt", "build --help"] {
            let ran = fixture.cross(args).dir(dir).run();
            ran.success().says_exactly("");
            assert_eq!(ran.calls.len(), 1, "{ran}");
        }
    }
}

#[test]
fn who_started_cross_cannot_tell_it_from_the_engines_client() {
    let fixture = Fixture::new();
    // A signal that is sent to cross alone is passed on to the client.
    fixture.write(
        "leaves",
        "trap 'echo passed on' USR1\nkill -USR1 \"$PPID\"\n/bin/sleep 0.3\n",
    );
    let ran = fixture.cross("run").run();
    assert_eq!(
        ran.success().stdout,
        "passed on\nin the container\n",
        "{ran}"
    );
    // If a signal ends the client, the same signal ends cross. Otherwise cross ends with the
    // client's exit code.
    for (number, name) in [(15, "TERM"), (9, "KILL")] {
        fixture.write("leaves", &format!("kill -{name} $$\n/bin/sleep 5\n"));
        let ran = fixture.cross("run").run();
        assert_eq!(ran.status.signal(), Some(number), "{ran}");
    }
    fixture.remove("leaves");
    fixture.write("run-exits", "17\n");
    fixture.cross("run").run().code(17);
}

/// Cross catches signals while it builds the image, and the handlers are still installed when the
/// client starts.
#[test]
fn a_signal_reaches_the_client_behind_a_build_of_the_image() {
    let fixture = Fixture::without_images();
    fixture.write(
        "leaves",
        "trap 'echo passed on' TERM\nkill -TERM \"$PPID\"\n/bin/sleep 0.3\n",
    );
    let ran = fixture.cross("run").run();
    assert_eq!(ran.calls_of("docker build").len(), 2, "{ran}");
    assert_eq!(
        ran.success().stdout,
        "passed on\nin the container\n",
        "{ran}"
    );
}

#[test]
fn the_questions_are_asked_with_no_network_and_nothing_is_installed_by_them() {
    let fixture = Fixture::new();
    let ran = fixture.build().run();
    assert_eq!(
        ran.calls_of("cargo metadata"),
        ["cargo metadata --no-deps --offline --format-version 1"]
    );
    assert_eq!(
        ran.calls_of("rustc"),
        ["rustc --print sysroot --print host-tuple"]
    );
    assert_eq!(
        ran.calls_of("docker image inspect"),
        [format!(
            "docker image inspect localhost/cross/{AARCH64}:[VERSION]"
        )]
    );
}

/// Cross has waited for another child before, and caught signals meanwhile.
#[test]
fn a_signal_ends_it_while_it_prepares_the_next_step() {
    let fixture = Fixture::without_images();
    fixture.remove("project/Cargo.lock");
    fixture.write("lockfile-terminates", "");
    let ran = fixture.build().run();
    assert_eq!(ran.status.signal(), Some(15), "{ran}");
    assert_eq!(ran.calls_of("docker build").len(), 2, "{ran}");
    assert!(ran.lines().is_empty(), "{ran}");
}
