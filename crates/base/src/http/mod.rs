//! An HTTP client with rules for proxies, redirections and time limits.

mod names;
pub mod proxy;

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;
use ureq::http::{HeaderMap, Response, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy, Timeout};

use self::names::Names;
use self::proxy::Exempt;
pub use self::proxy::is_local;
use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// The time limit for a connection to a host.
const CONNECT: Duration = Duration::from_secs(5);
/// The time limit for a pause while a host sends or receives.
const SILENCE: Duration = Duration::from_secs(60);
/// The largest number of redirections for one request.
const REDIRECTIONS: usize = 10;

/// The parts of a GET request other than its address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// The header `Accept`.
    pub accept: Option<&'a str>,
    /// The header `Authorization`. It is only sent to the host of the first address.
    pub authorization: Option<&'a str>,
    /// The offset in bytes at which the answer is to begin.
    pub from: u64,
    /// Whether the caller compares the answer with a digest. The connection need not be encrypted
    /// then.
    pub compared: bool,
}

/// A response, and whether it came from the host of the first address.
#[derive(Debug)]
pub struct Answer {
    pub response: Response<Body>,
    pub at_home: bool,
}

/// The connections: direct ones, and one through a proxy for each scheme.
#[derive(Debug)]
pub struct Http {
    direct: Agent,
    proxied: Vec<(&'static str, Agent)>,
    exempt: Exempt,
}

impl Http {
    /// Prepares connections without opening any.
    ///
    /// # Errors
    ///
    /// If the machine's certificates cannot be read, or a proxy's address is invalid.
    pub fn new(host: &Host) -> Result<Self> {
        // This fails if another provider was installed before, which works as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = RootCerts::Specific(Arc::new(certificates(host)?));
        let agent = |proxy| {
            let tls = TlsConfig::builder().root_certs(roots.clone()).build();
            let config = Agent::config_builder()
                .tls_config(tls)
                .proxy(proxy)
                .user_agent(concat!("cross/", env!("CARGO_PKG_VERSION")))
                .http_status_as_error(false)
                // [`Http::get`] follows redirections itself, by its own rules.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_resolve(Some(CONNECT))
                .timeout_connect(Some(CONNECT))
                .timeout_recv_response(Some(SILENCE))
                .timeout_per_read(Some(SILENCE))
                .timeout_per_write(Some(SILENCE));
            Agent::with_parts(
                config.build(),
                DefaultConnector::default(),
                Names::default(),
            )
        };
        let mut proxied = Vec::new();
        for scheme in ["https", "http"] {
            if let Some(address) = proxy::of(host, scheme) {
                // The message leaves out the address, since it may contain a password.
                let no_proxy =
                    |_| Error::new(format!("the proxy for `{scheme}` has no valid address"));
                proxied.push((scheme, agent(Some(Proxy::new(address).map_err(no_proxy)?))));
            }
        }
        let (direct, exempt) = (agent(None), Exempt::new(host));
        Ok(Self {
            direct,
            proxied,
            exempt,
        })
    }

    /// Sends a GET request and follows redirections.
    ///
    /// # Errors
    ///
    /// The reason why there is no response. It leaves out addresses: after a redirection, an
    /// address may contain a key.
    pub fn get(&self, url: &Uri, question: Question<'_>) -> Result<Answer, String> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTIONS {
            let at_home = is_same_host(url, &at);
            let mut request = self.agent(&at).get(&at);
            if let Some(accept) = question.accept {
                request = request.header(header::ACCEPT, accept);
            }
            if let Some(authorization) = question.authorization.filter(|_| at_home) {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            if question.from > 0 {
                request = request.header(header::RANGE, format!("bytes={}-", question.from));
            }
            let encrypted = encrypted(&at).filter(|at| self.proxied(at).is_some());
            let response = match (request.call(), encrypted) {
                (Ok(response), _) => response,
                // Many proxies tunnel to the port of HTTPS only, and most servers have it.
                (Err(ureq::Error::ConnectProxyFailed(_)), Some(encrypted)) => {
                    at = encrypted;
                    continue;
                }
                (Err(e), _) => return Err(cause(&e)),
            };
            let Some(next) = sent_on(&response, &at)? else {
                return Ok(Answer { response, at_home });
            };
            if !may_go(&at, &next, question.compared) {
                return Err("it redirects to where nothing is encrypted".to_owned());
            }
            at = next;
        }
        Err("it redirects too often".to_owned())
    }

    /// Sends a form with POST.
    ///
    /// # Errors
    ///
    /// The reason why there is no response.
    pub fn post(&self, url: &Uri, form: &[(&str, &str)]) -> Result<Response<Body>, String> {
        let form = form.iter().map(|(name, value)| (*name, *value));
        let sent = self.agent(url).post(url).send_form(form);
        sent.map_err(|e| cause(&e))
    }

    fn agent(&self, url: &Uri) -> &Agent {
        self.proxied(url).unwrap_or(&self.direct)
    }

    /// The agent with the proxy for an address. None if it is reached without one.
    fn proxied(&self, url: &Uri) -> Option<&Agent> {
        let scheme = url.scheme_str().unwrap_or_default();
        let mut proxied = self.proxied.iter();
        let (_, agent) =
            proxied.find(|(name, _)| *name == scheme && !self.exempt.has(host(url)))?;
        Some(agent)
    }
}

/// The address by HTTPS. None if it is by HTTPS already, or names a port.
fn encrypted(at: &Uri) -> Option<Uri> {
    let is_plain = at.scheme_str() == Some("http") && at.port().is_none();
    let rest = at.to_string();
    let rest = rest.strip_prefix("http://").filter(|_| is_plain)?;
    format!("https://{rest}").parse().ok()
}

/// The certificates that this machine trusts.
fn certificates(host: &Host) -> Result<Vec<Certificate<'static>>> {
    let mut files: Vec<_> = host.ca_bundle(None).into_iter().collect();
    for dir in certificate_dirs(host) {
        let names = fs::names_in(&dir).into_iter();
        files.extend(
            names
                .filter(|name| is_hash(name))
                .map(|name| dir.join(name)),
        );
    }
    let mut all = Vec::new();
    for text in files.iter().filter_map(|file| fs_err::read(file).ok()) {
        all.extend(ureq::tls::parse_pem(&text).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
    }
    if all.is_empty() {
        let error = Error::new("cannot talk to registries: there are no certificates to trust");
        return Err(error.hint("install ca-certificates, or let `SSL_CERT_FILE` name them"));
    }
    Ok(all)
}

/// The directories that `SSL_CERT_DIR` names. An empty name is none: it would be the current
/// directory, and the project is not to say whom the user trusts.
fn certificate_dirs(host: &Host) -> Vec<PathBuf> {
    let names = host.text("SSL_CERT_DIR").unwrap_or_default().split(':');
    let names = names.filter(|name| !name.is_empty());
    names.map(|name| host.cwd.join(name)).collect()
}

/// Whether a file in `SSL_CERT_DIR` has the name of a certificate.
/// <https://docs.openssl.org/master/man1/openssl-rehash/>
fn is_hash(name: &str) -> bool {
    let parts = name.split_once('.');
    parts.is_some_and(|(hash, number)| {
        hash.len() == 8
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            && number.parse::<u32>().is_ok()
    })
}

/// Whether a request may be redirected from one address to another: never without encryption,
/// unless the host is this machine or the answer is compared with a digest.
pub fn may_go(from: &Uri, to: &Uri, compared: bool) -> bool {
    match to.scheme_str() {
        Some("https") => true,
        Some("http") => compared || (is_local(host(to)) && from.scheme_str() == Some("http")),
        _ => false,
    }
}

fn host(url: &Uri) -> &str {
    url.host().unwrap_or_default().trim_matches(['[', ']'])
}

fn is_same_host(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme() && one.authority() == other.authority()
}

/// The address to which a response redirects. None if it does not.
fn sent_on(response: &Response<Body>, at: &Uri) -> Result<Option<Uri>, String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = text(response.headers(), header::LOCATION.as_str());
    let Some(location) = location.filter(|_| redirects) else {
        return Ok(None);
    };
    let next = resolve(at, location);
    let no_address = || "it redirects to an invalid address".to_owned();
    next.map(Some).ok_or_else(no_address)
}

/// Resolves a reference against a base address.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-5.2>
fn resolve(at: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default();
    let (scheme, authority) = (at.scheme_str()?, at.authority()?);
    let full = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.contains("://") {
        location.to_owned()
    } else {
        let dir = at.path().rsplit_once('/').map_or("", |(dir, _)| dir);
        format!("{scheme}://{authority}{dir}/{location}")
    };
    full.parse().ok().filter(|url: &Uri| url.host().is_some())
}

/// The text of a header.
#[must_use]
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The innermost cause of an error, in words and without the system's error number.
pub fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match deepest.downcast_ref() {
        Some(ureq::Error::Timeout(Timeout::Resolve)) => {
            return "its name cannot be resolved in time".to_owned();
        }
        Some(ureq::Error::Timeout(_)) => return "it does not answer".to_owned(),
        Some(ureq::Error::ConnectProxyFailed(reason)) => {
            let reason = plain(reason).to_lowercase();
            return format!("the proxy does not let it through ({reason})");
        }
        _ => {}
    }
    if let Some(reason) = by_the_clock(deepest) {
        return reason;
    }
    let text = plain(&deepest.to_string());
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].trim_start_matches("io: ").to_lowercase()
}

/// The message about a certificate that is not valid at the time of this machine's clock. None for
/// other errors.
fn by_the_clock(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let inner = match error.downcast_ref()? {
        ureq::Error::Rustls(inner) => inner,
        // Errors during a read are wrapped.
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        _ => return None,
    };
    let state = match inner {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "is not valid yet",
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "has expired",
        _ => return None,
    };
    Some(format!(
        "by the clock of this machine its certificate {state}"
    ))
}

/// The first line of a foreign text, without control characters and at most 200 characters long.
#[must_use]
pub fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.chars().filter(|c| !c.is_control());
    line.take(200).collect()
}

/// Reads a response of at most `largest` bytes.
///
/// # Errors
///
/// If the response breaks off or is longer.
pub fn read(response: &mut Response<Body>, largest: u64) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let body = response.body_mut().as_reader();
    let read = body.take(largest + 1).read_to_end(&mut text);
    read.map_err(|e| cause(&e))?;
    if text.len() as u64 > largest {
        return Err("the answer is far too long".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_directory_has_no_certificates() {
        let named = |value: Option<&str>| {
            let env = value.map(|value| ("SSL_CERT_DIR".into(), value.into()));
            certificate_dirs(&Host {
                env: env.into_iter().collect(),
                cwd: "/project".into(),
                ..Host::default()
            })
        };
        assert_eq!(named(None), [""; 0].map(PathBuf::from));
        assert_eq!(named(Some(":/a::/b:")), ["/a", "/b"].map(PathBuf::from));
    }

    #[test]
    fn a_redirection_is_read_as_browsers_do() {
        let at: Uri = "https://a.b:1/v2/x/blobs/y?z".parse().unwrap();
        for (location, full) in [
            ("https://c.d/e?f#g", Some("https://c.d/e?f")),
            ("//c.d/e", Some("https://c.d/e")),
            ("/e", Some("https://a.b:1/e")),
            ("e", Some("https://a.b:1/v2/x/blobs/e")),
            ("https://", None),
            ("/a b", None),
        ] {
            let url = resolve(&at, location);
            assert_eq!(
                url.map(|url| url.to_string()).as_deref(),
                full,
                "{location}"
            );
        }
    }

    #[test]
    fn nothing_goes_on_in_the_clear_but_what_is_compared() {
        let [far, other, local] = ["https://a.b/", "http://c.d/", "http://127.0.0.1:1/"]
            .map(|url| url.parse::<Uri>().unwrap());
        assert!(
            may_go(&far, &far, false)
                && may_go(&local, &local, false)
                && may_go(&local, &far, false)
        );
        for (from, to) in [(&far, &other), (&far, &local), (&local, &other)] {
            assert!(
                !may_go(from, to, false) && may_go(from, to, true),
                "{from} {to}"
            );
        }
        assert!(!may_go(&far, &"file://a/b".parse().unwrap(), true));
    }

    /// The transport wraps errors like this.
    #[test]
    fn a_clock_that_may_be_wrong_is_named() {
        let error = |why| {
            let error = rustls::Error::InvalidCertificate(why);
            let error = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
            cause(&ureq::Error::Io(error))
        };
        assert_eq!(
            error(CertificateError::NotValidYet),
            "by the clock of this machine its certificate is not valid yet"
        );
        assert_eq!(
            error(CertificateError::Expired),
            "by the clock of this machine its certificate has expired"
        );
        assert!(error(CertificateError::UnknownIssuer).contains("issuer"));
    }

    #[test]
    fn a_registrys_words_do_nothing_to_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a[31mb");
    }
}
