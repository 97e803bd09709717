//! Hints after a failed run with the engine `host`.

use pretty_assertions::assert_eq;

use crate::after::leaves;
use crate::causes::link_error;
use crate::fixture::Fixture;
use crate::heard::fails;
use crate::on_host::{on_host, with_toolchain};

/// A cargo that fails, and leaves what the test has put into the file `leaves`.
pub(crate) fn fails_in_cargo(fixture: &Fixture) {
    const CARGO: &str = r#"#!/bin/sh
for word; do
    case $word in build.build-dir=*) dir=${word#*\"} dir=${dir%\"} ;; esac
done
root=ROOT
. "$root/leaves"
exit 101
"#;
    fixture.proxies();
    let cargo = CARGO.replace("ROOT", &fixture.root.display().to_string());
    fixture.sysroot_program("stable", "cargo", &cargo);
    // Its options are for a second run, which is to be short.
    fixture.program("timeout", "#!/bin/sh\nshift 3\nexec \"$@\"\n");
}

/// What build scripts and linkers say on a machine without containers, and the hint that comes of
/// it.
#[test]
fn the_cause_of_a_failure_is_named_without_an_image() {
    let (fixture, _) = with_toolchain();
    fails_in_cargo(&fixture);
    for (said, hint) in [
        (
            "sh: 1: swig: not found\nswig failed: exit status: 127",
            "this machine has no program `swig`: install it (Debian's package is `swig`), or build in a container (`CROSS_CONTAINER_ENGINE`)",
        ),
        (
            "is `cmake` not installed?",
            "this machine has no program `cmake`: `parts = [\"cmake\"]` below `[target.aarch64-unknown-linux-gnu]` makes one",
        ),
        (
            "Unable to find libclang",
            "this machine has no `libclang` that build scripts can load: `parts = [\"libclang\"]` below `[target.aarch64-unknown-linux-gnu]` makes one",
        ),
        (
            "The system library `libseccomp` required by crate `x` was not found.",
            "the toolchain lacks the library `libseccomp` for the target: build in a container (`CROSS_CONTAINER_ENGINE`), where `pre-build` can install",
        ),
    ] {
        fails(&fixture, "hello", said);
        on_host(fixture.build()).run().code(101).says(hint);
    }
    // A program that is there is not what was not found.
    fixture.program("swig", "#!/bin/sh\n");
    for said in [
        "sh: 1: swig: not found\nswig failed: exit status: 127",
        "failed to run `swig`: No such file or directory (os error 2)",
    ] {
        fails(&fixture, "hello", said);
        let ran = on_host(fixture.build()).run();
        assert!(!ran.code(101).stderr.contains("hint: "), "{ran}");
    }
    fixture.remove("leaves");
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    let error = link_error("undefined reference to `strlcpy'");
    leaves(&fixture, &[(print, error.as_str())]);
    on_host(fixture.build())
        .run()
        .code(101)
        .says("`--target aarch64-unknown-linux-gnu.2.38` has it");
}

/// What a build script was to start is in its source, not in the error.
#[test]
fn a_program_that_a_source_names_is_said_to_be_missing_without_an_image() {
    let (fixture, dir) = with_toolchain();
    fails_in_cargo(&fixture);
    fixture.write("other/Cargo.toml", "[package]\n");
    let hints = |place: &str, source: &str| {
        let at = source.find(".unwrap").expect("the call that panics") + 2;
        fixture.write(&format!("{place}/build.rs"), source);
        let path = match place {
            "project" => "build.rs".to_owned(),
            _ => fixture
                .root
                .join(place)
                .join("build.rs")
                .display()
                .to_string(),
        };
        let said = format!(
            "thread 'main' panicked at {path}:1:{at}:\ncalled `Result::unwrap()` on an `Err` value: \
             Os {{ code: 2, kind: NotFound, message: \"No such file or directory\" }}"
        );
        fails(&fixture, "hello", &said);
        let ran = on_host(fixture.build()).run();
        let mut hints = ran
            .code(101)
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("hint: "));
        hints.next().unwrap_or_default().to_owned()
    };
    let starts = |program: &str| {
        format!("fn main() {{ std::process::Command::new(\"{program}\").status().unwrap(); }}\n")
    };
    let meson = "this machine has no program `meson`: install it (Debian's package is `meson`), or build in a container (`CROSS_CONTAINER_ENGINE`)";
    for place in ["project", "other"] {
        assert_eq!(hints(place, &starts("meson")), meson, "{place}");
        assert_eq!(
            hints(place, &starts("of-my-own")),
            "a build script starts `of-my-own`, which this machine has not: install it",
        );
    }
    // The directory does not exist, rather than the program.
    let elsewhere = starts("meson").replace(".status", ".current_dir(\"vendor/x\").status");
    assert!(
        hints("project", &elsewhere).starts_with("a build script starts a program in `vendor/x`")
    );
    // Nothing is kept from a build on the machine itself.
    fixture.write("home/data", "");
    let data = fixture.root.join("home/data").display().to_string();
    let reads = format!("fn main() {{ std::fs::read(\"{data}\").unwrap(); }}\n");
    assert_eq!(hints("project", &reads), "");
    // The toolchain's programs are on `PATH`, and so is what the user installs.
    let below = dir.strip_prefix(fixture.root.to_str().expect("text"));
    let ours = format!("{}/bin/of-ours", below.expect("it is in the cache"));
    fixture.write(ours.trim_start_matches('/'), "");
    fixture.program("meson", "#!/bin/sh\n");
    for program in ["of-ours", "meson"] {
        assert_eq!(hints("project", &starts(program)), "", "{program}");
    }
    // A file that is no part of a package is not read.
    fixture.remove("other/Cargo.toml");
    assert_eq!(hints("other", &starts("of-my-own")), "");
}
