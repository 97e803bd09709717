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

/// A machine with rustup's proxies, whose toolchain has only `rustc` and two standard libraries.
fn minimal() -> Fixture {
    let fixture = Fixture::new();
    fixture.proxies();
    fixture.remove(&format!("{STABLE}/bin/cargo-clippy"));
    fixture.write(
        &format!("{STABLE}/lib/rustlib/components"),
        "rustc-x86_64-unknown-linux-gnu\nrustfmt-preview-x86_64-unknown-linux-gnu\n",
    );
    manifest(&fixture, STABLE);
    fixture
}

/// Writes the manifest of a toolchain's channel.
fn manifest(fixture: &Fixture, toolchain: &str) {
    let packages = [
        ("clippy-preview", X86_64, true),
        ("llvm-tools-preview", X86_64, true),
        ("miri-preview", X86_64, false),
        ("rust-src", "\"*\"", true),
        ("rust-std", "i686-unknown-linux-gnu", true),
    ];
    let table = |(package, target, is_there)| {
        format!("[pkg.{package}.target.{target}]\navailable = {is_there}\n\n")
    };
    let text: String = packages.map(table).concat();
    let file = format!("{toolchain}/lib/rustlib/multirust-channel-manifest.toml");
    fixture.write(&file, &text);
}

/// The calls of rustup, without the toolchain's name.
fn rustup(ran: &crate::cross::Ran) -> Vec<String> {
    let kinds = ["rustup component add", "rustup target add"];
    let calls = kinds.iter().flat_map(|kind| ran.calls_of(kind));
    let name = format!(" --toolchain stable-{X86_64}");
    let calls: Vec<String> = calls.map(|call| call.replace(&name, "")).collect();
    let all = ran.calls.iter().filter(|call| call.program == "rustup");
    assert_eq!(all.count(), calls.len(), "{ran}");
    calls
}

const NAMED: &str = "[toolchain]
channel = 'stable'
components = [
    'rustc', 'rustfmt-x86_64-unknown-linux-gnu', 'clippy', 'llvm-tools-preview', 'rust-src', 'miri', 'rls',
]
targets = ['aarch64-unknown-linux-gnu', 'i686-unknown-linux-gnu', 'mips64-unknown-linux-gnuabi64']
";

/// rustup's proxy does so before it starts cargo, and passes over what the channel does not have.
#[test]
fn what_the_toolchain_file_names_is_installed_once() {
    let fixture = minimal();
    fixture.file("rust-toolchain.toml", NAMED);
    let clippy = || fixture.cross(&format!("clippy --target {AARCH64}"));
    let shown = fixture
        .util(&format!("plan -- clippy --target {AARCH64}"))
        .run();
    assert!(
        shown.stdout.contains("rustup component add clippy"),
        "{shown}"
    );
    assert_eq!(rustup(&shown), [""; 0]);
    let ran = clippy().run();
    assert_eq!(
        rustup(&ran),
        [
            "rustup component add clippy",
            "rustup component add llvm-tools-preview",
            "rustup component add rust-src",
            "rustup target add i686-unknown-linux-gnu",
        ]
    );
    ran.success().says(
        "  Installing the component `clippy` (`rustup component add clippy --toolchain \
         stable-x86_64-unknown-linux-gnu`)",
    );
    let again = clippy().run();
    again.success().says_exactly("");
    assert_eq!(rustup(&again), [""; 0]);
}

/// The answers of rustc and cargo are in the cache by then.
#[test]
fn a_component_that_the_toolchain_file_names_later_is_installed_too() {
    let fixture = minimal();
    fixture.build().run().success();
    let named = "[toolchain]\ncomponents = ['llvm-tools']\n";
    fixture.file("rust-toolchain", named);
    let ran = fixture.build().run();
    assert_eq!(ran.calls_of("rustup component add").len(), 1, "{ran}");
}

#[test]
fn nothing_is_installed_where_rustup_would_install_nothing() {
    let fixture = minimal();
    fixture.toolchain("nightly", &[AARCH64, X86_64]);
    let nightly = STABLE.replace("stable", "nightly");
    fixture.write(&format!("{nightly}/lib/rustlib/components"), "");
    manifest(&fixture, &nightly);
    fixture.file("rust-toolchain.toml", NAMED);
    let settings = |text: &str| fixture.write("home/.rustup/settings.toml", text);
    let build = || fixture.build();
    let project = fixture.project.display();
    let nothing = |cross: crate::cross::Cross<'_>| {
        let ran = cross.run();
        assert_eq!(rustup(ran.success()), [""; 0]);
    };
    nothing(fixture.cross(&format!("+nightly build --target {AARCH64}")));
    nothing(build().env("RUSTUP_TOOLCHAIN", "stable"));
    nothing(build().env("RUSTUP_AUTO_INSTALL", "0"));
    settings("auto_install = 'disable'\n");
    nothing(build());
    settings(&format!("[overrides]\n'{project}' = 'stable-{X86_64}'\n"));
    nothing(build());
    // A file above the directory of an override has no effect, and one below it has.
    settings("[overrides]\n'/' = 'nightly'\n");
    let ran = build().run();
    assert_eq!(ran.calls_of("rustup component add").len(), 3, "{ran}");
}

/// rustup passes over it, too.
#[test]
fn a_directory_with_the_name_of_a_toolchain_file_stops_nothing() {
    let fixture = minimal();
    fixture.directory("rust-toolchain");
    fixture.build().run().success().says_exactly("");
}

#[test]
fn a_named_component_that_cannot_be_installed_is_an_error() {
    let fixture = minimal();
    fixture.file(
        "rust-toolchain.toml",
        "[toolchain]\ncomponents = ['clippy']\n",
    );
    fixture.write("rustup-fails", "error: could not download file\n");
    let ran = fixture.build().run();
    ran.code(101).says(
        "error: cannot install the component `clippy`: `rustup component add clippy --toolchain \
         stable-x86_64-unknown-linux-gnu`: could not download file",
    );
    assert!(ran.calls_of("docker run").is_empty(), "{ran}");
}
