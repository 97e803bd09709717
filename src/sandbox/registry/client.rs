//! Talking to a registry: what `oci-client` does, told in our words.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use tokio::io::AsyncWrite;
use tokio::runtime::Runtime;

use super::credentials::Login;
use crate::error::{Error, Result};

/// How long a registry may take to answer at all: without a network there is another way to a base image.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may be silent in the middle of something.
const READ: Duration = Duration::from_secs(60);

/// One image at one registry.
pub(super) struct Remote {
    runtime: Runtime,
    client: Client,
    image: Reference,
    auth: RegistryAuth,
    login: Option<Login>,
}

impl Remote {
    /// Asks nothing yet.
    ///
    /// # Errors
    ///
    /// When the machine's certificates cannot be read, for instance.
    pub(super) fn new(image: Reference, login: Option<Login>) -> Result<Self> {
        let failed = |e: String| Error::new(format!("cannot talk to registries: {e}"));
        // Another one that has been chosen is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| failed(e.to_string()))?;
        let mut config = ClientConfig {
            connect_timeout: Some(CONNECT),
            read_timeout: Some(READ),
            user_agent: concat!("cross/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        if is_local(image.registry()) {
            let registry = image.registry().to_owned();
            let host = host(&registry).to_owned();
            config.protocol = ClientProtocol::HttpsExcept(vec![registry]);
            // With a proxy named here those of the environment count no more; this one is never asked.
            config.http_proxy = Some(format!("http://{host}"));
            config.no_proxy = Some(host);
        }
        let client = Client::try_from(config).map_err(|e| {
            failed(cause(&e)).hint(
                "install ca-certificates, or let `SSL_CERT_FILE` name the certificates to trust",
            )
        })?;
        let auth = login.as_ref().map_or(RegistryAuth::Anonymous, |login| {
            RegistryAuth::Basic(login.name.clone(), login.password.clone())
        });
        Ok(Self {
            runtime,
            client,
            image,
            auth,
            login,
        })
    }

    /// What the image consists of, on this kind of machine.
    ///
    /// # Errors
    ///
    /// When the registry cannot be reached, or does not give the image away.
    pub(super) fn manifest(&self) -> Result<OciImageManifest> {
        let answer = self.runtime.block_on(async {
            // What the library asks by itself, where it takes every error for no answer.
            self.client
                .auth(&self.image, &self.auth, RegistryOperation::Pull)
                .await?;
            self.client
                .pull_image_manifest(&self.image, &self.auth)
                .await
        });
        let (manifest, _) = answer.map_err(|e| self.explain(&e))?;
        Ok(manifest)
    }

    /// Fetches what a manifest names by its digest, which the library compares. `each` hears of every piece.
    ///
    /// # Errors
    ///
    /// When it is something else, or longer than the manifest says.
    pub(super) fn blob(
        &self,
        descriptor: &OciDescriptor,
        to: impl Write + Unpin,
        each: impl FnMut(u64) + Unpin,
    ) -> Result<()> {
        let mut sink = Sink {
            to,
            left: size(descriptor),
            each,
        };
        // Never from elsewhere.
        let descriptor = OciDescriptor {
            urls: None,
            ..descriptor.clone()
        };
        let pull = self.client.pull_blob(&self.image, &descriptor, &mut sink);
        self.runtime.block_on(pull).map_err(|e| self.explain(&e))
    }

    /// Why there is no image, in a user's words. Addresses are left out: after a redirection they may hold
    /// a key to what they lead to.
    fn explain(&self, error: &OciDistributionError) -> Error {
        let registry = self.image.registry();
        match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_)
            | OciDistributionError::ServerError { code: 403, .. } => self.refused(),
            OciDistributionError::RegistryError { envelope, .. } => {
                let codes = envelope.errors.iter().map(|error| &error.code);
                for code in codes {
                    match code {
                        OciErrorCode::Unauthorized | OciErrorCode::Denied => return self.refused(),
                        OciErrorCode::ManifestUnknown
                        | OciErrorCode::NameUnknown
                        | OciErrorCode::NotFound => return self.unknown(),
                        _ => {}
                    }
                }
                let words = envelope.errors.iter().map(|error| error.message.as_str());
                let words = plain(&words.collect::<Vec<_>>().join("; "));
                Error::new(format!("the registry `{registry}` says: {words}"))
            }
            OciDistributionError::ServerError { code: 404, .. } => self.unknown(),
            OciDistributionError::ServerError { code, .. } => Error::new(format!(
                "the registry `{registry}` answers with error {code}"
            )),
            OciDistributionError::ImageManifestNotFoundError(_) => Error::new(format!(
                "the registry `{registry}` has it for other machines than this only"
            )),
            OciDistributionError::DigestError(_) => Error::new(format!(
                "what the registry `{registry}` sent is not what its digest says"
            ))
            .hint("nothing of it is kept; if it happens again, the registry is damaged"),
            OciDistributionError::RequestError(e) if e.is_connect() || e.is_timeout() => {
                let why = cause(error);
                let error = Error::new(format!("cannot reach the registry `{registry}`: {why}"));
                if why.contains("certificate") {
                    return error.hint("`SSL_CERT_FILE` names the certificates to trust");
                }
                error
            }
            OciDistributionError::RequestError(_) => {
                let why = cause(error);
                Error::new(format!("the registry `{registry}` broke off: {why}"))
            }
            OciDistributionError::IoError(e) => Error::new(format!("cannot keep it: {e}")),
            other => Error::new(format!(
                "cannot understand the registry `{registry}`: {}",
                cause(other)
            )),
        }
    }

    fn unknown(&self) -> Error {
        let registry = self.image.registry();
        Error::new(format!("the registry `{registry}` has no such image"))
    }

    /// Registries do not tell what is private from what is not there.
    fn refused(&self) -> Error {
        let registry = self.image.registry();
        let message = match &self.login {
            Some(login) => format!(
                "the registry `{registry}` refuses it to `{}`, whom `{}` names, or has no such image",
                login.name,
                login.file.display()
            ),
            None => format!(
                "the registry `{registry}` gives it to nobody without a password, or has no such image"
            ),
        };
        Error::new(message).hint(format!(
            "`docker login {registry}` or `podman login {registry}` stores a name and a password, which cross uses too"
        ))
    }
}

/// Docker's rule for registries that are asked without encryption.
/// <https://docs.docker.com/reference/cli/dockerd/#insecure-registries>
fn is_local(registry: &str) -> bool {
    let host = host(registry);
    let address = host.parse::<std::net::Ipv4Addr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A registry without its port.
fn host(registry: &str) -> &str {
    registry.split_once(':').map_or(registry, |(host, _)| host)
}

/// What a descriptor says of its length.
pub(super) fn size(descriptor: &OciDescriptor) -> u64 {
    u64::try_from(descriptor.size).unwrap_or_default()
}

/// The innermost cause, which is the one that tells something, without the system's number.
fn cause(error: &OciDistributionError) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = plain(&deepest.to_string());
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

/// What others have written, in one short line that does nothing to a terminal.
fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.chars().filter(|c| !c.is_control());
    line.take(200).collect()
}

/// Takes what comes, up to what was announced.
struct Sink<W, F> {
    to: W,
    left: u64,
    each: F,
}

impl<W: Write + Unpin, F: FnMut(u64) + Unpin> AsyncWrite for Sink<W, F> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let sink = self.get_mut();
        let count = bytes.len() as u64;
        let Some(left) = sink.left.checked_sub(count) else {
            let text = "there is more of it than the registry announced";
            return Poll::Ready(Err(std::io::Error::other(text)));
        };
        sink.left = left;
        (sink.each)(count);
        Poll::Ready(sink.to.write_all(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(self.get_mut().to.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll_flush(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_encryption() {
        for registry in ["localhost", "localhost:5000", "127.0.0.1:80", "127.1.2.3"] {
            assert!(is_local(registry), "{registry}");
        }
        for registry in [
            "docker.io",
            "localhost.example:5000",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1:5000",
        ] {
            assert!(!is_local(registry), "{registry}");
        }
    }

    #[test]
    fn a_registrys_words_do_nothing_to_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a[31mb");
    }
}
