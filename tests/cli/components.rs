//! Components that the toolchain lacks, and who adds them.

use rustix::fs::{FlockOperation, flock};

use crate::fixture::{AARCH64, ARMV7, Fixture, X86_64};

const STABLE: &str = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu";

fn armv7(fixture: &Fixture) -> crate::cross::Cross<'_> {
    fixture.cross(&format!("build --target {ARMV7}"))
}

#[test]
fn a_missing_standard_library_is_installed_once_and_a_line_says_so() {
    let fixture = Fixture::new();
    let ran = armv7(&fixture).run();
    ran.success().says_exactly(
        "  Installing the standard library for `armv7-unknown-linux-gnueabihf` (`rustup target add \
         armv7-unknown-linux-gnueabihf --toolchain stable-x86_64-unknown-linux-gnu`)",
    );
    assert_eq!(
        ran.calls_of("rustup target add"),
        [format!(
            "rustup target add {ARMV7} --toolchain stable-{X86_64}"
        )]
    );
    let again = armv7(&fixture).run();
    again.success().says_exactly("");
    assert!(again.calls_of("rustup target add").is_empty());
}

/// rustup fails if two processes add the same component at once.
#[test]
fn another_cross_that_installs_is_waited_for() {
    let fixture = Fixture::new();
    let lock = fixture.write("home/.cache/cross/locks/rustup.lock", "");
    let held = fs_err::File::open(lock).expect("a file");
    flock(&held, FlockOperation::LockExclusive).expect("a lock");
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| armv7(&fixture).run());
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(!run.is_finished());
        drop(held);
        run.join().expect("no panic")
    });
    ran.success().says(
        "     Waiting for another cross that lets rustup install something\n  \
         Installing the standard library for `armv7-unknown-linux-gnueabihf`",
    );
}

#[test]
fn it_is_installed_for_the_toolchain_in_use() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    let ran = fixture
        .cross(&format!("+nightly check --target {AARCH64}"))
        .run();
    assert_eq!(
        ran.calls_of("rustup target add"),
        [format!(
            "rustup target add {AARCH64} --toolchain nightly-{X86_64}"
        )]
    );
}

/// The public cross downloads `rust-src` for the second build of any target.
#[test]
fn a_plain_build_never_downloads_the_source() {
    let fixture = Fixture::new();
    for _ in 0..2 {
        let ran = fixture.build().run();
        assert!(
            ran.calls.iter().all(|call| call.program != "rustup"),
            "{ran}"
        );
    }
}

#[test]
fn a_linked_toolchain_is_mounted_and_borrows_cargo() {
    let fixture = Fixture::new();
    fixture.sysroot("built/stage2", &[X86_64, AARCH64]);
    fixture.remove("built/stage2/bin/cargo");
    fixture.write(
        "sysroot",
        &format!("{}/built/stage2\n", fixture.root.display()),
    );
    let line = fixture.build().run().line();
    line.has("--mount type=bind,source=[ROOT]/built/stage2,target=[ROOT]/built/stage2,readonly")
        .has("--mount type=bind,source=[SYSROOT],target=[SYSROOT],readonly")
        .has(
            "--env PATH=[ROOT]/built/stage2/bin:[SYSROOT]/bin:/opt/cross/bin:/usr/local/sbin:\
             /usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:[CARGO_HOME]/bin",
        );
}

#[test]
fn a_missing_clippy_is_named_before_any_container_starts() {
    let fixture = Fixture::new();
    fixture.remove(&format!("{STABLE}/bin/cargo-clippy"));
    fixture
        .cross(&format!("clippy --target {AARCH64}"))
        .refuses(
            101,
            "
        error: `cargo clippy` needs the component `clippy`, which the toolchain in `[SYSROOT]` lacks
        hint: `rustup component add clippy --toolchain stable-x86_64-unknown-linux-gnu`
        ",
        );
}

/// The public cross reads the toolchain before rustup has installed it.
#[test]
fn a_toolchain_that_is_not_there_is_installed_as_rustup_does() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[AARCH64]);
    fixture.write("toolchain-missing", "");
    let ran = fixture
        .cross(&format!("+nightly build --target {AARCH64}"))
        .run();
    ran.line()
        .has("--mount type=bind,source=[NIGHTLY],target=[NIGHTLY],readonly");
    ran.says_exactly("info: installing toolchain 'nightly'");
}

#[test]
fn a_toolchain_for_the_hosts_cargo_is_installed_as_rustup_does() {
    let fixture = Fixture::new();
    fixture.write("toolchain-missing", "");
    let ran = fixture.cross("fmt --check").run();
    ran.success()
        .says_exactly("info: installing toolchain 'stable'");
    assert!(ran.stdout.contains("cargo on the host"), "{ran}");
}

#[test]
fn an_old_rustc_is_asked_again() {
    let fixture = Fixture::new();
    fixture.write("old-rustc", "error: unknown print request: `host-tuple`\n");
    let ran = fixture.build().run();
    ran.line()
        .has("--mount type=bind,source=[SYSROOT],target=[SYSROOT],readonly");
    ran.success().says_exactly("");
}
