//! `--open`: documentation is made in the container and opened on the host.

use crate::fixture::{AARCH64, Fixture};

const BROWSER: &str = "#!/bin/sh\n. \"${0%/*}/../fakes/common.sh\"\n";

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.program("browser", BROWSER);
    fixture.write("page", "/p/target/doc/hello/index.html\n");
    fixture
}

#[test]
fn the_page_is_opened_on_the_host_when_all_is_done() {
    let fixture = fixture();
    let doc = || fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc().env("BROWSER", "browser").run();
    ran.called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker run",
        "browser /p/target/doc/hello/index.html",
    ]);
    // Cargo's configuration is nearer than the environment.
    let config = "[doc]\nbrowser = ['browser', '--new-window']\n";
    fixture.file(".cargo/config.toml", config);
    let ran = doc().env("BROWSER", "other").run();
    assert_eq!(
        ran.success().calls_of("browser"),
        ["browser --new-window /p/target/doc/hello/index.html"]
    );
}

#[test]
fn nothing_is_opened_after_a_failure() {
    let fixture = fixture();
    fixture.write("run-exits", "101\n");
    let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc.env("BROWSER", "browser").run();
    ran.code(101);
    assert!(
        !ran.calls.iter().any(|call| call.program == "browser"),
        "{ran}"
    );
}

#[test]
fn a_browser_that_is_not_there_is_no_failure() {
    let fixture = fixture();
    let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc.env("BROWSER", "missing").run();
    ran.success()
        .says("cannot open `/p/target/doc/hello/index.html` in a browser: ");
}
