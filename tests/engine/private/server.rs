//! A registry that serves nothing without its token.
//!
//! <https://doc.rust-lang.org/cargo/reference/registry-index.html#sparse-protocol>

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use sha2::{Digest, Sha256};
use tiny_http::{Header, Request, Response, Server};

use super::place::library;

/// The registry's crates: the directory in the index, the name, the version.
const CRATES: [(&str, &str, &str); 3] = [
    ("pa/rt", "part", "1.0.0"),
    ("pa/rt", "part", "2.0.0"),
    ("ot/he", "other", "1.0.0"),
];

/// The files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A registry that runs until this is dropped.
pub(crate) struct Registry {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    requests: Arc<AtomicUsize>,
}

impl Registry {
    /// Starts a registry. `comment` is in the source of every crate.
    pub(crate) fn start(token: &str, comment: &str) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port"));
        let requests = Arc::new(AtomicUsize::new(0));
        let address = address(&server);
        let config = serde_json::json!({ "dl": format!("{address}crates"), "auth-required": true });
        let mut files = contents(comment, "", |name, version| {
            format!("crates/{name}/{version}/download")
        });
        files.insert("config.json".to_owned(), config.to_string().into_bytes());
        let thread = std::thread::spawn({
            let (server, requests, token) = (server.clone(), requests.clone(), token.to_owned());
            move || {
                for request in server.incoming_requests() {
                    requests.fetch_add(1, Ordering::SeqCst);
                    answer(request, &token, &files);
                }
            }
        });
        Self {
            server,
            thread: Some(thread),
            requests,
        }
    }

    /// The address of the index.
    pub(crate) fn index(&self) -> String {
        format!("sparse+{}", address(&self.server))
    }

    /// Configuration for cargo that names the registry `ours`. Cargo finds the token where it
    /// usually keeps tokens.
    pub(crate) fn config(&self) -> String {
        self.config_with("\n[registry]\nglobal-credential-providers = [\"cargo:token\"]")
    }

    /// Configuration for cargo that names the registry `ours`, followed by further lines.
    pub(crate) fn config_with(&self, more: &str) -> String {
        format!("[registries.ours]\nindex = \"{}\"\n{more}\n", self.index())
    }

    /// The number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.server.unblock();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn address(server: &Server) -> String {
    let address = server.server_addr().to_ip().expect("an address");
    format!("http://{address}/")
}

fn answer(request: Request, token: &str, files: &Files) {
    let mut given = request.headers().iter();
    let known =
        given.any(|header| header.field.equiv("Authorization") && header.value.as_str() == token);
    // The client may have closed the connection.
    let _ = match files.get(request.url().trim_start_matches('/')) {
        _ if !known => {
            let challenge = Header::from_bytes("WWW-Authenticate", "Cargo").expect("a header");
            request.respond(Response::empty(401).with_header(challenge))
        }
        Some(bytes) => request.respond(Response::from_data(bytes.clone())),
        None => request.respond(Response::empty(404)),
    };
}

/// The files of a local registry with the same crates: an index and archives.
pub(crate) fn directory(comment: &str) -> Files {
    contents(comment, "index/", |name, version| {
        format!("{name}-{version}.crate")
    })
}

/// The files of an index and of all archives. `archives` returns an archive's path.
fn contents(comment: &str, index: &str, archives: impl Fn(&str, &str) -> String) -> Files {
    let mut files = Files::new();
    for (place, name, version) in CRATES {
        let archive = archive(name, version, comment);
        let entry = serde_json::json!({
            "name": name, "vers": version, "deps": [], "features": {}, "yanked": false,
            "cksum": hex::encode(Sha256::digest(&archive)),
        });
        let entries = files.entry(format!("{index}{place}/{name}")).or_default();
        entries.extend(format!("{entry}\n").into_bytes());
        files.insert(archives(name, version), archive);
    }
    files
}

/// A crate's archive, as cargo packs it.
fn archive(name: &str, version: &str, comment: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a directory");
    let top = format!("{name}-{version}");
    let source = dir.path().join(&top);
    fs_err::create_dir_all(source.join("src")).expect("a directory");
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n");
    fs_err::write(source.join("Cargo.toml"), manifest).expect("a file");
    fs_err::write(source.join("src/lib.rs"), library(comment)).expect("a file");
    let mut tar = Command::new("tar");
    tar.args(["--create", "--gzip", &top])
        .current_dir(dir.path());
    let output = tar.output().expect("tar");
    assert!(output.status.success(), "tar fails");
    output.stdout
}
