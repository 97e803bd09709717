//! A cache on a disk that is too small for a download.

use tiny_http::{Response, Server};

use crate::fixture::{Fixture, is_root};

const TARGET: &str = "x86_64-unknown-dragonfly";
/// The digest of the file that the target needs, which is its name in the cache.
const DIGEST: &str = "373150a21eeb7ce0f20c7faf1b8129145bf3bf0463a45d0dc18aad274f7ed661";

/// Runs `cross` with a cache on a disk of 256 kB, and lists the downloaded packages afterwards.
const SCRIPT: &str = r#"mkdir -p "$HOME/.cache" && exec unshare --mount sh -c '
    mount -t tmpfs -o size=256k tmpfs "$HOME/.cache" || exit
    "$CROSS" build --target "$TARGET"
    code=$?
    ls "$HOME/.cache/cross/packages"
    exit "$code"'"#;

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn what_does_not_fit_on_the_disk_is_not_taken_for_fetched() {
    assert!(is_root(), "only root can mount a small disk");
    let fixture = Fixture::without_images();
    fixture.toolchain("stable", &[TARGET, "x86_64-unknown-linux-gnu"]);
    let server = Server::http("127.0.0.1:0").expect("a free port");
    let address = server.server_addr().to_ip().expect("an address");
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let _ = request.respond(Response::from_data(vec![7; 1 << 20]));
        }
    });
    let cross = fixture.shell(SCRIPT);
    let ran = cross
        .env("CROSS", env!("CARGO_BIN_EXE_cross"))
        .env("TARGET", TARGET)
        .env("CROSS_DRAGONFLY_MIRROR", format!("http://{address}"))
        .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
        .run();
    ran.code(101)
        .says(".part`: No space left on device (os error 28)\n")
        .says(
            "hint: free some disk space, or let `XDG_CACHE_HOME` name a directory on a larger disk",
        );
    let mut kept = ran.stdout.lines();
    assert!(!kept.any(|name| name == DIGEST), "{ran}");
}
