//! `cross-util clean`.

use std::time::{Duration, SystemTime};

use crate::fixture::{AARCH64, Fixture};
use crate::known::known;

const CACHE: &str = "home/.cache/cross";

/// A cache with an old toolchain, an old package, and the files of a project that was not built for
/// long and of one that was.
fn cache() -> Fixture {
    let fixture = Fixture::new();
    let big = "x".repeat(3_000_000);
    fixture.write(
        &format!("{CACHE}/toolchains/{AARCH64}-0123456789abcdef/cc"),
        &big,
    );
    fixture.write(&format!("{CACHE}/packages/{}.deb", "0".repeat(64)), &big);
    fixture.write(&format!("{CACHE}/build/old/debug/x"), &big);
    fixture.write(&format!("{CACHE}/build/new/debug/x"), &big);
    let long_ago = SystemTime::now() - Duration::from_secs(31 * 24 * 60 * 60);
    for path in ["build/old/debug/x", "build/old/debug", "build/old"] {
        let file = std::fs::File::open(fixture.root.join(CACHE).join(path)).expect("it is there");
        file.set_modified(long_ago).expect("it is ours");
    }
    fixture
}

/// What containers keep in the cache goes with the target directory, and stays if cargo refuses the
/// command.
#[test]
fn cargo_decides_whether_anything_is_cleaned() {
    let fixture = Fixture::new();
    fixture.build().run().success();
    let build = fixture.root.join(CACHE).join("build");
    let dirs = || std::fs::read_dir(&build).map_or(0, Iterator::count);
    assert_eq!(dirs(), 1);
    fixture.write("cargo-is-real", "");
    fixture.cross("clean --bogus").run().code(1);
    assert_eq!(dirs(), 1);
    fixture
        .cross("clean --manifest-path Cargo.toml")
        .run()
        .success();
    assert_eq!(dirs(), 0);
}

/// Options may be joined in one word, and have their values behind them.
#[test]
fn what_cargo_would_keep_is_kept() {
    let fixture = Fixture::new();
    fixture.build().run().success();
    let build = fixture.root.join(CACHE).join("build");
    let dirs = || std::fs::read_dir(&build).map_or(0, Iterator::count);
    fixture.write("cargo-is-real", "");
    for args in [
        "-n",
        "-vn",
        "-qn",
        "-vr",
        "-vpproject",
        "-phello",
        "--release",
        "--profile=dev",
        "--doc",
        "--workspace",
        "--target x86_64-unknown-linux-gnu",
        "-vh",
    ] {
        fixture.cross(&format!("clean {args}")).run();
        assert_eq!(dirs(), 1, "{args}");
    }
    fixture.cross("clean -vq").run();
    assert_eq!(dirs(), 1, "cargo refuses both together");
    fixture.cross("clean -v").run().success();
    assert_eq!(dirs(), 0);
}

#[test]
fn what_is_not_used_is_removed_and_what_is_stays() {
    let fixture = cache();
    let old = [
        format!("{CACHE}/toolchains/{AARCH64}-0123456789abcdef"),
        format!("{CACHE}/packages/{}.deb", "0".repeat(64)),
        format!("{CACHE}/build/old"),
    ];
    let said = |verb: &str, sum: &str| {
        format!(
            "{verb:>12} `[CACHE]/toolchains/{AARCH64}-0123456789abcdef`, 3 MB\n\
             {verb:>12} 1 package of toolchains, 3 MB\n\
             {verb:>12} 1 project's intermediate files, 3 MB\n\
             {sum:>12} 9 MB\n",
        )
    };
    let ran = fixture.util("clean --dry-run").run();
    ran.success().says_exactly(&said("Unused", "Would free"));
    assert!(old.iter().all(|path| fixture.has(path)), "{ran}");
    let ran = fixture.util("clean").run();
    ran.success().says_exactly(&said("Removed", "Freed"));
    assert!(!old.iter().any(|path| fixture.has(path)), "{ran}");
    assert!(fixture.has(&format!("{CACHE}/build/new/debug/x")));
    for file in &known()[AARCH64].toolchain {
        assert!(fixture.has(&format!("{CACHE}/toolchains/{file}")), "{file}");
    }
    for file in &known()[AARCH64].toolchain {
        assert!(fixture.has(&format!("{CACHE}/toolchains/{file}")), "{file}");
    }
    let ran = fixture.util("clean").run();
    ran.success().says_exactly("       Freed 0 MB\n");
}

#[test]
fn all_that_can_be_made_again_is_removed_if_that_is_asked_for() {
    let fixture = cache();
    let ran = fixture.util("clean --all").run();
    ran.success().says("2 projects' intermediate files, 6 MB");
    for dir in ["toolchains", "packages", "build"] {
        let dir = fixture.root.join(CACHE).join(dir);
        let left = std::fs::read_dir(dir).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{ran}");
    }
}
