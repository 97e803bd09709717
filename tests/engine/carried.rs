//! Packages that are carried to a machine where nothing can be fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tiny_http::{Response, Server};

use crate::engine::Engine;
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::Run;

crate::tests![
    Unprivileged: exported_packages_build_where_no_mirror_has_any_package
];

/// A mirror that has nothing, until this is dropped.
struct EmptyMirror {
    server: Arc<Server>,
    requests: Arc<AtomicUsize>,
}

impl EmptyMirror {
    fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port"));
        let requests = Arc::new(AtomicUsize::new(0));
        std::thread::spawn({
            let (server, requests) = (server.clone(), requests.clone());
            move || {
                for request in server.incoming_requests() {
                    requests.fetch_add(1, Ordering::SeqCst);
                    // The client may have closed the connection.
                    let _ = request.respond(Response::empty(404));
                }
            }
        });
        Self { server, requests }
    }

    fn address(&self) -> String {
        let address = self.server.server_addr().to_ip().expect("an address");
        format!("http://{address}/debian")
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for EmptyMirror {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn exported_packages_build_where_no_mirror_has_any_package(engine: &Engine) {
    let project = Project::program(engine, "fn main() { println!(\"carried\"); }\n");
    let carried = project.path("../carried");
    let export = Run::util(engine, &project.root()).args(["toolchains", "export", "--to"]);
    export
        .args([carried.as_os_str(), AARCH64.triple.as_ref()])
        .ok()
        .stderr_has("packages to `");
    let mirror = EmptyMirror::start();
    let elsewhere = |run: Run| {
        run.env("XDG_CACHE_HOME", project.path("../cache"))
            .env("CROSS_BUILD_MIRROR", mirror.address())
            .env("CROSS_CONTAINER_ENGINE", "host")
    };
    let run = || elsewhere(project.aarch64(&["run", "--quiet"]));
    // Without the packages nothing can be built.
    run()
        .code(101)
        .stderr_has("error: cannot fetch the package `")
        .stderr_has("` for `aarch64-unknown-linux-gnu`: 127.0.0.1: it does not have that version");
    let asked = mirror.requests();
    assert!(asked > 0);
    let import = Run::util(engine, &project.root()).args(["toolchains", "import"]);
    elsewhere(import.args([&carried]))
        .ok()
        .stderr_has("Imported ");
    run().ok().stdout("carried\n");
    elsewhere(project.aarch64(&["build", "--offline", "--quiet"])).ok();
    assert_eq!(mirror.requests(), asked);
}
