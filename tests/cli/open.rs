//! `--open`: the container makes the documentation, and the host opens it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};

const BROWSER: &str = "#!/bin/sh\n. \"${0%/*}/../fakes/common.sh\"\n";

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.program("browser", BROWSER);
    let page = format!("project/target/{AARCH64}/doc/hello/index.html");
    let page = fixture.write(&page, "<html>");
    fixture.write("page", &format!("{}\n", page.display()));
    fixture
}

/// How often the browser was started.
fn browsed(ran: &Ran<'_>) -> usize {
    let calls = ran.calls.iter();
    calls.filter(|call| call.program == "browser").count()
}

/// The page that cargo would open for the project.
fn page(fixture: &Fixture) -> String {
    let page = format!("target/{AARCH64}/doc/hello/index.html");
    fixture.project.join(page).display().to_string()
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
        &format!("browser {}", page(&fixture)),
    ]);
    // Cargo's configuration takes precedence over the environment.
    for browser in ["['browser', '--new-window']", "'browser --new-window'"] {
        let own = "home/.cargo/config.toml";
        fixture.write(own, &format!("doc.browser = {browser}\n"));
        let ran = doc().env("BROWSER", "other").run();
        assert_eq!(
            ran.success().calls_of("browser"),
            [format!(
                "browser --new-window [PROJECT]/target/{AARCH64}/doc/hello/index.html"
            )]
        );
    }
}

/// The browser starts outside the container, so a project could start any program there.
#[test]
fn a_project_names_no_browser() {
    let fixture = fixture();
    fixture.file(".cargo/config.toml", "doc.browser = './theirs'\n");
    fixture.file("theirs", "");
    let doc = || fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc().env("BROWSER", "browser").run();
    assert_eq!(browsed(ran.success()), 1, "{ran}");
    // Nor does it hide what the user names.
    fixture.write("home/.cargo/config.toml", "doc.browser = 'browser'\n");
    let ran = doc().env("BROWSER", "other").run();
    assert_eq!(browsed(ran.success()), 1, "{ran}");
    fixture.write("home/.cargo/config.toml", "doc.browser = 'other'\n");
    let ran = doc().env("CARGO_DOC_BROWSER", "browser").run();
    assert_eq!(browsed(ran.success()), 1, "{ran}");
}

#[test]
fn nothing_is_opened_after_a_failure() {
    let fixture = fixture();
    fixture.write("run-exits", "101\n");
    let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc.env("BROWSER", "browser").run();
    ran.code(101);
    assert_eq!(browsed(&ran), 0, "{ran}");
}

#[test]
fn a_browser_that_is_not_there_is_no_failure() {
    let fixture = fixture();
    let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
    let ran = doc.env("BROWSER", "missing").run();
    ran.success().says(&format!(
        "cannot open `[PROJECT]/target/{AARCH64}/doc/hello/index.html` in a browser: "
    ));
}

/// The container writes the file that names the page. It could name a file of the caller's, or an
/// option of the browser.
#[test]
fn nothing_is_opened_but_a_page_of_the_documentation() {
    let fixture = fixture();
    let secret = fixture.write("home/secret.html", "");
    let docs = fixture.project.join(format!("target/{AARCH64}/doc"));
    symlink(&secret, docs.join("link.html")).expect("a link");
    // Desktops start these, or programs that start what is in them.
    let others = [
        "hello/run.desktop",
        "hello/run.jar",
        "hello/html",
        "hello/x.html.sh",
    ];
    for other in others {
        fs::write(docs.join(other), "").expect("a file");
    }
    let others = others.map(|other| docs.join(other).display().to_string());
    let pages = [
        "--utility-cmd-prefix=/bin/sh".to_owned(),
        "https://example.org/".to_owned(),
        format!("target/{AARCH64}/doc/hello/index.html"),
        secret.display().to_string(),
        docs.join("link.html").display().to_string(),
        docs.join("../../../../home/secret.html")
            .display()
            .to_string(),
        docs.display().to_string(),
        docs.join("hello/none.html").display().to_string(),
    ];
    for page in pages.into_iter().chain(others) {
        fixture.write("page", &format!("{page}\n"));
        let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
        let ran = doc.env("BROWSER", "browser").run();
        assert_eq!(browsed(&ran), 0, "{page}: {ran}");
        ran.success()
            .says("is not opened: it is no page of the documentation");
    }
}

/// A container could leave a symbolic link in place of the file that names the page, or in place of
/// the documentation's directory.
#[test]
fn no_link_is_followed_to_the_page() {
    let fixture = fixture();
    let target = fixture.project.join("target").join(AARCH64);
    fs::rename(target.join("doc"), fixture.root.join("elsewhere")).expect("a directory");
    symlink(fixture.root.join("elsewhere"), target.join("doc")).expect("a link");
    let doc = || {
        let doc = fixture.cross(&format!("doc --open --target {AARCH64}"));
        doc.env("BROWSER", "browser").run()
    };
    let ran = doc();
    assert_eq!(browsed(&ran), 0, "{ran}");
    ran.success().says("is not opened");
    // Control: where it is a directory, the page is opened.
    fs::remove_file(target.join("doc")).expect("a link");
    fs::rename(fixture.root.join("elsewhere"), target.join("doc")).expect("a directory");
    assert_eq!(browsed(doc().success()), 1);
}
