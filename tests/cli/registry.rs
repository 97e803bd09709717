//! A registry on this machine. It serves what a test has put there, and records the requests.
//!
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tiny_http::{Header, Request, Response, Server};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// In place of a media type, marks a file that is a redirect.
const MOVED: &str = "moved";
/// The token of a user, for which the registry gives out other tokens.
pub(crate) const IDENTITY: &str = "1d-t0ken";
/// `me:s3cr3t`
pub(crate) const BASIC: &str = "bWU6czNjcjN0";

/// Which requests the registry grants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// Requests with a name and a password.
    Basic,
    /// Requests with a token, which the registry gives out for a name and a password.
    Token,
    /// As `Token`, but each token is good for two requests only.
    Fleeting,
    /// Requests with a token, which the registry gives out for the token [`IDENTITY`].
    Identity,
}

/// The files of the registry by path, each with its media type.
type Files = BTreeMap<String, (&'static str, Vec<u8>)>;

/// A registry that runs until this is dropped.
pub(crate) struct Registry {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    files: Arc<Mutex<Files>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// For each request below `/elsewhere/`, whether it had a name or a token with it.
    known: Arc<Mutex<Vec<bool>>>,
}

/// The number of requests with the current token, and the number of tokens given out.
#[derive(Default)]
struct Tokens {
    used: usize,
    given: usize,
}

impl Registry {
    pub(crate) fn start(door: Door) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port"));
        let files = Arc::<Mutex<Files>>::default();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let known = Arc::<Mutex<Vec<bool>>>::default();
        let thread = std::thread::spawn({
            let (server, files, asked) = (server.clone(), files.clone(), asked.clone());
            let (host, known) = (host(&server), known.clone());
            move || {
                let mut tokens = Tokens::default();
                for request in server.incoming_requests() {
                    let path = request.url().to_owned();
                    if path.starts_with("/elsewhere/") {
                        let names = request.headers().iter().map(|header| &header.field);
                        let is_known = names.into_iter().any(|name| name.equiv("Authorization"));
                        known.lock().expect("no panic").push(is_known);
                    }
                    asked.lock().expect("no panic").push(path);
                    answer(
                        request,
                        door,
                        &host,
                        &files.lock().expect("no panic"),
                        &mut tokens,
                    );
                }
            }
        });
        Self {
            server,
            thread: Some(thread),
            files,
            asked,
            known,
        }
    }

    /// The registry's address, as the names of its images begin.
    pub(crate) fn host(&self) -> String {
        host(&self.server)
    }

    /// Adds a blob. Returns its descriptor, by which a manifest refers to it.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Value {
        let digest = digest(bytes);
        self.put(
            &format!("/v2/it/blobs/{digest}"),
            "application/octet-stream",
            bytes,
        );
        json!({ "mediaType": "application/octet-stream", "digest": digest, "size": bytes.len() })
    }

    /// Adds an image of these layers, with the environment `A=1`. Returns its descriptor.
    pub(crate) fn image(&self, tag: &str, layers: &[Vec<u8>]) -> Value {
        let ids: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
        let config = json!({
            "architecture": machine(), "os": "linux", "config": { "Env": ["A=1"] },
            "rootfs": { "type": "layers", "diff_ids": ids },
        });
        let layers: Vec<Value> = layers.iter().map(|layer| self.blob(layer)).collect();
        let config = self.blob(config.to_string().as_bytes());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers,
        });
        self.manifest(tag, MANIFEST, &manifest)
    }

    /// Adds a list of images for several kinds of machines.
    pub(crate) fn index(&self, tag: &str, images: &[(&str, &Value)]) {
        let images = images.iter().map(|(machine, image)| {
            let mut image = (*image).clone();
            image["platform"] = json!({ "architecture": machine, "os": "linux" });
            image
        });
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": images.collect::<Vec<_>>(),
        });
        self.manifest(tag, INDEX, &index);
    }

    fn manifest(&self, tag: &str, kind: &'static str, manifest: &Value) -> Value {
        let bytes = manifest.to_string().into_bytes();
        let digest = digest(&bytes);
        for name in [tag, &digest] {
            self.put(&format!("/v2/it/manifests/{name}"), kind, &bytes);
        }
        json!({ "mediaType": kind, "digest": digest, "size": bytes.len() })
    }

    /// Adds or replaces the file at a path.
    pub(crate) fn put(&self, path: &str, kind: &'static str, bytes: &[u8]) {
        let mut files = self.files.lock().expect("no panic");
        files.insert(path.to_owned(), (kind, bytes.to_vec()));
    }

    /// Puts a blob into another registry, to which this one redirects requests for it.
    pub(crate) fn moves(&self, digest: &str, other: &Self, bytes: &[u8]) {
        let place = format!("/elsewhere/{digest}");
        let url = format!("http://{}{place}", other.host());
        other.put(&place, "application/octet-stream", bytes);
        self.put(&format!("/v2/it/blobs/{digest}"), MOVED, url.as_bytes());
    }

    /// For each request for a blob that was moved here, whether it had a name or a token with it.
    pub(crate) fn known(&self) -> Vec<bool> {
        self.known.lock().expect("no panic").clone()
    }

    /// The paths that were requested since the last call of this function, except `/v2/`, which
    /// asks for the version.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("no panic"));
        asked.retain(|path| path != "/v2/");
        asked
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.server.unblock();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn host(server: &Server) -> String {
    server
        .server_addr()
        .to_ip()
        .expect("an address")
        .to_string()
}

fn answer(mut request: Request, door: Door, host: &str, files: &Files, tokens: &mut Tokens) {
    let given = request.headers().iter();
    let mut given = given.filter(|header| header.field.equiv("Authorization"));
    let given = given.next().map(|header| header.value.as_str().to_owned());
    let url = request.url().to_owned();
    let path = url.split('?').next().unwrap_or_default();
    let has_token = given == Some(format!("Bearer t0ken{}", tokens.given));
    let knows_password = given == Some(format!("Basic {BASIC}"));
    let may = match door {
        Door::Open => true,
        Door::Basic => knows_password,
        Door::Token | Door::Identity => has_token,
        Door::Fleeting => has_token && tokens.used < 2,
    };
    let gets_token = match door {
        Door::Identity => {
            let mut form = String::new();
            let read = request.as_reader().read_to_string(&mut form);
            read.is_ok() && form.contains(&format!("refresh_token={IDENTITY}"))
        }
        _ => knows_password,
    };
    let header = |name: &str, value: &str| Header::from_bytes(name, value).expect("a header");
    // The client may have closed the connection.
    let _ = if path == "/token" && gets_token {
        tokens.given += 1;
        tokens.used = 0;
        let token = format!(r#"{{"access_token":"t0ken{}"}}"#, tokens.given);
        request.respond(Response::from_string(token))
    } else if path.starts_with("/elsewhere/") && files.contains_key(path) {
        request.respond(Response::from_data(files[path].1.clone()))
    } else if may && path == "/v2/" {
        request.respond(Response::from_string("{}"))
    } else if !may {
        let challenge = match door {
            Door::Open | Door::Basic => "Basic realm=\"it\"".to_owned(),
            _ => format!("Bearer realm=\"http://{host}/token\",service=\"it\""),
        };
        let challenge = header("WWW-Authenticate", &challenge);
        request.respond(Response::empty(401).with_header(challenge))
    } else if let Some((kind, bytes)) = files.get(path) {
        tokens.used += 1;
        if *kind == MOVED {
            let location = header("Location", &String::from_utf8_lossy(bytes));
            request.respond(Response::empty(307).with_header(location))
        } else {
            let kind = header("Content-Type", kind);
            request.respond(Response::from_data(bytes.clone()).with_header(kind))
        }
    } else {
        let text = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}"#;
        request.respond(Response::from_string(text).with_status_code(404))
    };
}

/// The digest of some bytes, as registries write it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// A layer: an archive with one file.
pub(crate) fn layer(path: &str, text: &str) -> Vec<u8> {
    let mut layer = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let added = layer.append_data(&mut header, path, text.as_bytes());
    added.expect("it is in memory");
    layer.into_inner().expect("it is in memory")
}

/// The name of this machine's architecture in registries.
pub(crate) fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
