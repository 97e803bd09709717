//! Machines where nothing can be fetched: mirrors without packages, and a cache that is complete
//! and that another user owns.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tiny_http::{Response, Server};

use crate::fixture::{AARCH64, Fixture};
use crate::on_host::{on_host, with_toolchain};

/// A mirror that has nothing. Returns its address, and the number of requests so far.
fn empty_mirror() -> (String, Arc<AtomicUsize>) {
    let server = Server::http("127.0.0.1:0").expect("a free port");
    let address = server.server_addr().to_ip().expect("an address");
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = request.respond(Response::empty(404));
        }
    });
    (format!("http://{address}/debian"), requests)
}

#[test]
fn without_packages_the_error_names_target_package_and_remedy() {
    let (mirror, requests) = empty_mirror();
    for engine in ["docker", "podman", "host"] {
        let fixture = Fixture::without_images();
        for dir in ["packages", "toolchains"] {
            fixture.remove(&format!("home/.cache/cross/{dir}"));
        }
        fixture.remove(&Fixture::debian_image("docker"));
        let cross = |cross: crate::cross::Cross<'_>| {
            let ran = cross
                .env("CROSS_CONTAINER_ENGINE", engine)
                .env("CROSS_BUILD_MIRROR", &mirror)
                .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
                .run();
            ran.code(101)
                .says("error: cannot fetch the package `")
                .says("` for `aarch64-unknown-linux-gnu`: 127.0.0.1: it does not have that version any more; ")
                .says("\nhint: let `build.mirror` or `CROSS_BUILD_MIRROR` name a mirror that has `pool/main/");
            assert_eq!(ran.stderr.matches("error: ").count(), 1, "{ran}");
            assert!(
                ran.lines().is_empty() && ran.calls_of("docker build").is_empty(),
                "{ran}"
            );
        };
        cross(fixture.build());
        cross(fixture.util(&format!("toolchains make {AARCH64}")));
        cross(fixture.util(&format!("env --target {AARCH64} --format sh")));
        cross(fixture.util(&format!("toolchains export --to ../carried {AARCH64}")));
        assert!(!fixture.has("project/target"));
        assert!(requests.swap(0, Ordering::SeqCst) > 0);
    }
}

/// Gives the cache to root or to the user who runs cross, with everything in it readable for all.
fn give(fixture: &Fixture, uid: &str) {
    for words in [["chown", uid], ["chmod", "a+rX"]] {
        let mut cmd = Command::new(words[0]);
        let cmd = cmd
            .args(["-R", words[1]])
            .arg(fixture.root.join("home/.cache"));
        assert!(
            cmd.status().is_ok_and(|status| status.success()),
            "{words:?}"
        );
    }
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn a_complete_cache_may_be_read_only() {
    let (mut fixture, dir) = with_toolchain();
    let (mirror, requests) = empty_mirror();
    assert!(fixture.becomes(1000), "only root can be somebody else");
    give(&fixture, "0");
    let make = fixture.util(&format!("toolchains make {AARCH64}"));
    let ran = make.env("CROSS_BUILD_MIRROR", &mirror).run();
    ran.success().says("       Ready `[CACHE]/toolchains/");
    for format in ["sh", "json", "github", "github-path"] {
        let env = fixture.util(&format!("env --target {AARCH64} --format {format}"));
        let ran = env.env("CROSS_BUILD_MIRROR", &mirror).run();
        ran.success().says_exactly("");
        assert!(ran.stdout.contains(&dir), "{ran}");
    }
    let ran = on_host(fixture.build())
        .env("CROSS_BUILD_MIRROR", &mirror)
        .run();
    ran.success().says_exactly("");
    assert_eq!(
        ran.calls.last().map(|call| &*call.program),
        Some("cargo"),
        "{ran}"
    );
    assert_eq!(requests.load(Ordering::SeqCst), 0);
    // Containers have a directory of their own there, so for them it has to be writable.
    let ran = fixture.build().run();
    ran.code(101)
        .says("error: cannot write to the cache's directory `[CACHE]/build/")
        .says("`: Permission denied (os error 13)\nhint: `XDG_CACHE_HOME` can name a directory that you can write to\n");
    assert!(ran.calls_of("docker run").is_empty(), "{ran}");
    give(&fixture, "1000");
    fixture.build().run().success();
}
