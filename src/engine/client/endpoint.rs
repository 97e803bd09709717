//! Finds the socket of docker's daemon as docker's own client does, and asks the daemon. This
//! replaces a process (`docker info`), and gives better errors.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;

/// The daemon's socket, unless the caller has configured another.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The part of `~/.docker/config.json` that cross reads.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClientConfig {
    current_context: String,
}

/// The part of a context's `meta.json` that cross reads.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextMeta {
    endpoints: Endpoints,
}

#[derive(Debug, Deserialize)]
struct Endpoints {
    docker: DockerEndpoint,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    host: String,
}

/// Finds the daemon's socket: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the current context of
/// docker's configuration, then the default.
/// <https://docs.docker.com/engine/manage-resources/contexts/>
///
/// # Errors
///
/// When the address is no Unix socket, or the context does not exist.
pub(super) fn socket(host: &Host) -> Result<PathBuf> {
    if let Some(address) = host.text("DOCKER_HOST") {
        return from_address(address, "the variable `DOCKER_HOST`");
    }
    let of_home = || Some(host.home.as_ref()?.join(".docker"));
    let config = host.text("DOCKER_CONFIG").map(|dir| host.cwd.join(dir));
    let config = config.or_else(of_home);
    let current = || {
        let file = config.as_ref().map(|dir| dir.join("config.json"));
        let text = file.and_then(|file| fs::read_if_exists(&file).ok().flatten());
        let parsed = text.and_then(|t| serde_json::from_str::<ClientConfig>(&t).ok());
        parsed.unwrap_or_default().current_context
    };
    let context = host
        .text("DOCKER_CONTEXT")
        .map_or_else(current, str::to_owned);
    if context.is_empty() || context == "default" {
        return Ok(PathBuf::from(DEFAULT_SOCKET));
    }
    // The folder of a context is named by the digest of its name.
    let digest = hex::encode(Sha256::digest(context.as_bytes()));
    let meta = config.map(|dir| dir.join("contexts/meta").join(digest).join("meta.json"));
    let text = meta.map(|meta| fs::read_if_exists(&meta)).transpose()?;
    let meta: ContextMeta = text
        .flatten()
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| {
            Error::new(format!("docker's context `{context}` does not exist"))
                .hint("`docker context ls` shows the ones there are")
        })?;
    from_address(
        &meta.endpoints.docker.host,
        &format!("docker's context `{context}`"),
    )
}

fn from_address(address: &str, source: &str) -> Result<PathBuf> {
    match address.strip_prefix("unix://") {
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(Error::new(format!(
            "the docker daemon at `{address}` (from {source}) is not on this machine, so nothing \
             of this machine can be mounted there"
        ))
        .hint("use a local engine: `CROSS_CONTAINER_ENGINE=podman`, or unset it")),
    }
}

/// Checks that a daemon accepts connections on the socket.
///
/// # Errors
///
/// When it does not. The error has the reason and how to mend that.
pub(super) fn check(socket: &Path) -> Result<()> {
    use std::io::ErrorKind;
    let Err(error) = UnixStream::connect(socket) else {
        return Ok(());
    };
    let at = socket.display();
    Err(match error.kind() {
        ErrorKind::PermissionDenied => Error::new(format!(
            "no permission to use the docker daemon's socket `{at}`"
        ))
        .hint("`sudo usermod -aG docker $USER`, then log in again"),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Error::new(format!(
            "the docker daemon is not running (nothing answers on `{at}`)"
        ))
        .hint("`sudo systemctl start docker`"),
        _ => Error::new(format!("cannot reach the docker daemon on `{at}`: {error}")),
    })
}

/// The fields of the daemon's answer to `/info` that cross needs. Old daemons know all of them.
/// <https://docs.docker.com/reference/api/engine/>
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Daemon {
    pub(super) server_version: String,
    /// The storage driver.
    pub(super) driver: String,
    pub(super) docker_root_dir: PathBuf,
    security_options: Vec<String>,
}

impl Daemon {
    /// Whether the daemon runs without root's rights.
    pub(super) fn is_rootless(&self) -> bool {
        let mut options = self.security_options.iter();
        options.any(|option| option.contains("name=rootless"))
    }
}

/// Asks the daemon for `/info`. A daemon may accept a connection and never answer, so the wait has
/// a limit.
///
/// # Errors
///
/// When no answer comes in time, or the daemon answers with an error.
pub(super) fn daemon(socket: &Path, limit: Duration) -> Result<Daemon> {
    let at = socket.display();
    let (code, body) = get(socket, "/info", limit).map_err(|e| {
        Error::new(format!(
            "the docker daemon on `{at}` accepts connections but does not answer: {e}"
        ))
        .hint("`sudo systemctl restart docker`")
    })?;
    let understood = serde_json::from_slice(&body).ok();
    understood.filter(|_| code == 200).ok_or_else(|| {
        let said = complaint(&body);
        Error::new(format!(
            "the docker daemon on `{at}` answers with an error: {said}"
        ))
        .hint("`sudo systemctl restart docker`")
    })
}

/// The message in the daemon's error answer, or the whole answer if it is not docker's JSON.
fn complaint(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Complaint {
        message: String,
    }
    match serde_json::from_slice::<Complaint>(body) {
        Ok(complaint) => complaint.message,
        Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
    }
}

/// Sends a GET request in HTTP/1.0, whose answer comes in one piece and ends with the connection.
/// Returns the status code and the body.
fn get(socket: &Path, path: &str, limit: Duration) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(limit))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n").as_bytes())?;
    let late = || {
        let seconds = limit.as_secs();
        let text = format!("nothing came within {seconds} seconds");
        std::io::Error::new(std::io::ErrorKind::TimedOut, text)
    };
    let end = Instant::now() + limit;
    let mut answer = Vec::new();
    let mut part = [0; 8192];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        // A timeout of zero is an error, so at least a millisecond is left.
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&part[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return Err(late()),
            Err(e) => return Err(e),
        }
    }
    let odd = || std::io::Error::other("it does not speak HTTP");
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let at = at.ok_or_else(odd)?;
    let head = String::from_utf8_lossy(&answer[..at]);
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((code.ok_or_else(odd)?, answer.split_off(at + 4)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn host(variables: &[(&str, &str)]) -> Host {
        let env = variables
            .iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        Host {
            env,
            ..Host::default()
        }
    }

    #[test]
    fn docker_host_comes_first() {
        let host = host(&[
            ("DOCKER_HOST", "unix:///run/user/7/docker.sock"),
            ("DOCKER_CONTEXT", "x"),
        ]);
        assert_eq!(socket(&host), Ok(PathBuf::from("/run/user/7/docker.sock")));
    }

    #[test]
    fn without_a_home_directory_the_project_does_not_choose_the_daemon() {
        let project = tempfile::tempdir().unwrap();
        fs_err::create_dir(project.path().join(".docker")).unwrap();
        let config = project.path().join(".docker/config.json");
        fs_err::write(&config, r#"{"currentContext": "theirs"}"#).unwrap();
        let mut host = Host {
            cwd: project.path().to_owned(),
            ..Host::default()
        };
        assert_eq!(socket(&host), Ok(PathBuf::from(DEFAULT_SOCKET)));
        host.home = Some(project.path().to_owned());
        let error = socket(&host).unwrap_err();
        assert_eq!(error.message(), "docker's context `theirs` does not exist");
    }

    #[test]
    fn a_daemon_elsewhere_is_refused() {
        let error = socket(&host(&[("DOCKER_HOST", "tcp://build:2375")])).unwrap_err();
        assert!(error.message().contains("`tcp://build:2375`"), "{error}");
    }

    #[test]
    fn the_current_context_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().to_str().unwrap();
        let name = "rootless";
        let digest = hex::encode(Sha256::digest(name.as_bytes()));
        let meta = dir.path().join("contexts/meta").join(digest);
        fs::create_dir_all(&meta).unwrap();
        let json = r#"{"Name":"rootless","Endpoints":{"docker":{"Host":"unix:///run/r.sock"}}}"#;
        fs::write_if_changed(&meta.join("meta.json"), json.as_bytes()).unwrap();
        let client = br#"{"currentContext":"rootless","auths":{}}"#;
        fs::write_if_changed(&dir.path().join("config.json"), client).unwrap();
        assert_eq!(
            socket(&host(&[("DOCKER_CONFIG", config)])),
            Ok("/run/r.sock".into())
        );
        let error = socket(&host(&[
            ("DOCKER_CONFIG", config),
            ("DOCKER_CONTEXT", "gone"),
        ]));
        assert_eq!(
            error.unwrap_err().message(),
            "docker's context `gone` does not exist"
        );
    }
}
