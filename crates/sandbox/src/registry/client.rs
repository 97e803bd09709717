//! Requests about one image to its registry, and errors about the answers.
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>

use std::cell::RefCell;
use std::io::{Read as _, Write};
use std::thread::sleep;
use std::time::Duration;

use serde::Deserialize;
use ureq::Body;
use ureq::http::{HeaderMap, Response, Uri};

use super::challenge::{self, Challenge};
use super::credentials::{Login, Secret};
use super::digest::{self, Digest};
use super::manifest::{self, Descriptor, Document, Manifest};
use super::reference::Reference;
use super::sink::Sink;
use super::token::{self, Trouble};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::http::{self, Answer, Http, Question, is_local, may_go, plain, read};

/// The largest manifest in bytes. Registries need not accept larger ones.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests>
const LARGEST_MANIFEST: u64 = 4 << 20;
/// The number of bytes that are read of an error's body.
const LARGEST_ERROR: u64 = 1 << 16;
/// The number of attempts if a registry is too busy or a download breaks off.
const TRIES: u32 = 4;

/// One image in its registry.
pub(super) struct Remote {
    http: Http,
    image: Reference,
    /// The beginning of the image's addresses.
    base: String,
    login: Option<Login>,
    /// The header `Authorization`, once the registry has asked for it.
    authorization: RefCell<Option<String>>,
}

/// The body of an error from a registry.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    code: String,
    #[serde(default)]
    message: String,
}

impl Remote {
    /// Prepares requests without sending any.
    ///
    /// # Errors
    ///
    /// If the machine's certificates cannot be read, or the proxy's address is invalid.
    pub(super) fn new(image: Reference, login: Option<Login>, host: &Host) -> Result<Self> {
        let server = match &*image.registry {
            "docker.io" => "index.docker.io",
            other => other,
        };
        let name = server.split(':').next().unwrap_or_default();
        let scheme = if is_local(name) { "http" } else { "https" };
        Ok(Self {
            http: Http::new(host)?,
            base: format!("{scheme}://{server}/v2/"),
            image,
            login,
            authorization: RefCell::default(),
        })
    }

    /// The image's manifest for this kind of machine.
    ///
    /// # Errors
    ///
    /// If the registry cannot be reached, or refuses the image.
    pub(super) fn manifest(&self) -> Result<Manifest> {
        // Some registries ask for a password only here.
        let greeting = self.ask_once("", Question::default())?;
        if greeting.response.status() == 401 {
            self.authorize(greeting.response.headers())?;
        }
        let (image, digest) = (&self.image, self.image.digest.as_ref());
        let manifests = match self.document(&image.version(), digest)? {
            Document::Image(manifest) => return Ok(manifest),
            Document::Index(manifests) => manifests,
        };
        let registry = &image.registry;
        let ours = manifest::ours(&manifests).ok_or_else(|| {
            Error::new(format!(
                "the registry `{registry}` has this image for other architectures only"
            ))
        })?;
        match self.document(&ours.digest.to_string(), Some(&ours.digest))? {
            Document::Image(manifest) => Ok(manifest),
            Document::Index(_) => Err(self.unclear("a list of images is in another")),
        }
    }

    fn document(&self, version: &str, digest: Option<&Digest>) -> Result<Document> {
        let question = Question {
            accept: Some(manifest::ACCEPTED),
            ..Question::default()
        };
        let path = format!("{}/manifests/{version}", self.image.repository);
        let mut response = self.ask(&path, question)?.response;
        if response.status() != 200 {
            return Err(self.complaint(response));
        }
        let said = http::text(response.headers(), "docker-content-digest");
        let said = said.and_then(|said| Digest::try_from(said.to_owned()).ok());
        let text = read(&mut response, LARGEST_MANIFEST).map_err(|why| self.broke_off(&why))?;
        let is = digest::of(&text);
        if [digest, said.as_ref()]
            .into_iter()
            .flatten()
            .any(|digest| *digest != is)
        {
            return Err(self.something_else());
        }
        Document::parse(&text).map_err(|why| self.unclear(&why))
    }

    /// Downloads the content that a descriptor names, and compares the digest. `each` gets the
    /// length of every piece. A download that breaks off is continued.
    ///
    /// # Errors
    ///
    /// If the content has another digest, or is longer than the descriptor says.
    pub(super) fn blob(
        &self,
        what: &Descriptor,
        to: impl Write,
        each: impl FnMut(u64),
    ) -> Result<()> {
        let mut sink = Sink::new(to, each, what.size);
        let mut tries = 1;
        while let Some(why) = self.piece(what, &mut sink)? {
            if tries == TRIES {
                return Err(self.broke_off(&why));
            }
            pause(tries);
            tries += 1;
        }
        let is = sink.finish().map_err(|e| keeping(&e))?;
        if is == what.digest {
            Ok(())
        } else {
            Err(self.something_else())
        }
    }

    /// Downloads the rest of a descriptor's content. Returns the reason if it broke off.
    fn piece<W: Write, F: FnMut(u64)>(
        &self,
        what: &Descriptor,
        sink: &mut Sink<W, F>,
    ) -> Result<Option<String>> {
        if sink.got > 0 && sink.got == what.size {
            return Ok(None);
        }
        let question = Question {
            from: sink.got,
            compared: true,
            ..Question::default()
        };
        let path = format!("{}/blobs/{}", self.image.repository, what.digest);
        let response = match self.ask(&path, question) {
            Ok(answer) => answer.response,
            Err(error) if sink.got == 0 => return Err(error),
            Err(error) => return Ok(Some(error.message().to_owned())),
        };
        let mut again = match response.status().as_u16() {
            // The server ignores the range and sends everything again.
            200 => sink.got,
            206 if begins_at(response.headers(), sink.got) => 0,
            206 => return Err(self.unclear("it gives another part than was asked for")),
            _ => return Err(self.complaint(response)),
        };
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(count) => count,
                Err(e) => return Ok(Some(http::cause(&e))),
            };
            let known = usize::try_from(again).map_or(count, |again| again.min(count));
            again -= known as u64;
            sink.take(&buffer[known..count]).map_err(|e| keeping(&e))?;
        }
    }

    /// Sends a request. If the registry asks for authentication, the request is repeated with a
    /// token or password.
    fn ask(&self, path: &str, question: Question<'_>) -> Result<Answer> {
        let answer = self.ask_once(path, question)?;
        if answer.response.status() != 401 || !answer.at_home {
            return Ok(answer);
        }
        // A token may have expired.
        self.authorize(answer.response.headers())?;
        self.ask_once(path, question)
    }

    /// Sends a request, and repeats it if the registry is too busy.
    fn ask_once(&self, path: &str, question: Question<'_>) -> Result<Answer> {
        let url = self.base.clone() + path;
        let url: Uri = url
            .parse()
            .map_err(|_| self.unclear("it has an invalid address"))?;
        let authorization = self.authorization.borrow().clone();
        let question = Question {
            authorization: authorization.as_deref(),
            ..question
        };
        for tries in 1.. {
            let answer = self
                .http
                .get(&url, question)
                .map_err(|why| self.unreachable(&why))?;
            let status = answer.response.status().as_u16();
            if !matches!(status, 429 | 502..=504) || tries == TRIES {
                return Ok(answer);
            }
            pause(tries);
        }
        Err(self.unreachable("it does not answer"))
    }

    /// Gets a token or a password for the registry's demand.
    fn authorize(&self, headers: &HeaderMap) -> Result<()> {
        let challenges = headers.get_all("www-authenticate").iter();
        let challenge = challenge::parse(challenges.filter_map(|header| header.to_str().ok()));
        let secret = self.login.as_ref().map(|login| &login.secret);
        let authorization = match (challenge, secret) {
            (Some(Challenge::Basic), Some(Secret::Password(name, password))) => {
                token::basic(name, password)
            }
            (Some(Challenge::Bearer(token)), secret) => {
                let realm: Uri = token
                    .realm
                    .parse()
                    .map_err(|_| self.unclear("it names no place for tokens"))?;
                let base: Uri = self
                    .base
                    .parse()
                    .map_err(|_| self.unclear("it has an invalid address"))?;
                if !may_go(&base, &realm, false) {
                    let registry = &self.image.registry;
                    return Err(Error::new(format!(
                        "the registry `{registry}` asks for the password over a connection that is not encrypted"
                    )));
                }
                let scope = format!("repository:{}:pull", self.image.repository);
                let token = token::get(&self.http, &realm, &token, &scope, secret);
                token.map_err(|trouble| match trouble {
                    Trouble::Refused => self.refused(),
                    Trouble::Other(why) => self.no_token(&why),
                })?
            }
            _ => return Err(self.refused()),
        };
        self.authorization.replace(Some(authorization));
        Ok(())
    }

    /// The error about an unsuccessful response.
    fn complaint(&self, mut response: Response<Body>) -> Error {
        let status = response.status().as_u16();
        let text = read(&mut response, LARGEST_ERROR).unwrap_or_default();
        let said = serde_json::from_slice::<Errors>(&text);
        let said = said.map(|said| said.errors).unwrap_or_default();
        for complaint in &said {
            match &*complaint.code {
                "UNAUTHORIZED" | "DENIED" => return self.refused(),
                "MANIFEST_UNKNOWN" | "NAME_UNKNOWN" | "BLOB_UNKNOWN" | "NOT_FOUND" => {
                    return self.unknown();
                }
                _ => {}
            }
        }
        match status {
            401 | 403 => return self.refused(),
            404 => return self.unknown(),
            _ => {}
        }
        let registry = &self.image.registry;
        let words = said.iter().map(|complaint| complaint.message.as_str());
        let words = plain(
            &words
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join("; "),
        );
        if words.is_empty() {
            return Error::new(format!(
                "the registry `{registry}` answers with error {status}"
            ));
        }
        Error::new(format!("the registry `{registry}` says: {words}"))
    }
}

/// Errors for users.
impl Remote {
    fn unreachable(&self, why: &str) -> Error {
        let registry = &self.image.registry;
        let error = Error::new(format!("cannot reach the registry `{registry}`: {why}"));
        if why.contains("certificate") {
            return error.hint("`SSL_CERT_FILE` names the certificates to trust");
        }
        error
    }

    fn broke_off(&self, why: &str) -> Error {
        let registry = &self.image.registry;
        Error::new(format!(
            "the registry `{registry}` cut the connection: {why}"
        ))
    }

    fn unclear(&self, why: &str) -> Error {
        let (registry, why) = (&self.image.registry, plain(why));
        Error::new(format!(
            "cannot understand the registry `{registry}`: {why}"
        ))
    }

    fn no_token(&self, why: &str) -> Error {
        let registry = &self.image.registry;
        Error::new(format!(
            "cannot get a token for the registry `{registry}`: {why}"
        ))
    }

    fn something_else(&self) -> Error {
        let registry = &self.image.registry;
        Error::new(format!(
            "a download from the registry `{registry}` does not match its digest"
        ))
        .hint("nothing of it is kept: try it again")
    }

    fn unknown(&self) -> Error {
        let registry = &self.image.registry;
        Error::new(format!("the registry `{registry}` has no such image"))
    }

    /// The error if the registry refuses. Registries do not distinguish private images from missing
    /// ones.
    fn refused(&self) -> Error {
        let registry = &self.image.registry;
        let message = match &self.login {
            Some(login) => format!(
                "the registry `{registry}` has no such image, or {}, whom `{}` names, may not pull it",
                login.secret.name(),
                login.file.display()
            ),
            None => {
                format!("the registry `{registry}` wants a password for it, or has no such image")
            }
        };
        Error::new(message).hint(format!(
            "`docker login {registry}` or `podman login {registry}` stores a name and a password, which cross uses too"
        ))
    }
}

fn keeping(error: &std::io::Error) -> Error {
    Error::new(format!("cannot keep it: {error}"))
}

/// Waits, longer with each attempt.
fn pause(tries: u32) {
    sleep(Duration::from_millis(500 << tries));
}

/// Whether a partial response begins at this offset.
/// <https://www.rfc-editor.org/rfc/rfc9110#field.content-range>
fn begins_at(headers: &HeaderMap, from: u64) -> bool {
    let range = http::text(headers, "content-range").unwrap_or_default();
    range.starts_with(&format!("bytes {from}-"))
}
