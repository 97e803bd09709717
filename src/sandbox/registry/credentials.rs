//! What `docker login` and `podman login` have stored. It goes to the registry it is for, and nowhere else.

use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};

use crate::error::{Error, Result};
use crate::fs;
use crate::host::Host;

/// Where docker keeps what belongs to its own registry.
/// <https://docs.docker.com/reference/cli/docker/login/>
const HUB_KEY: &str = "https://index.docker.io/v1/";
const HUB: &str = "docker.io";

/// What a helper answers that knows nothing of a registry.
/// <https://github.com/docker/docker-credential-helpers>
const UNKNOWN: &str = "credentials not found";

/// A name and a password, and the file that led to them.
pub(super) struct Login {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) file: PathBuf,
}

/// Finds what the caller has for a registry.
///
/// # Errors
///
/// When there is something that cannot be read or used: going on without it would be somebody else's name.
pub(super) fn find(registry: &str, host: &Host) -> Result<Option<Login>> {
    for file in files(host) {
        let Some(text) = fs::read_if_exists(&file)? else {
            continue;
        };
        let key = if registry == HUB { HUB_KEY } else { registry };
        let login = match read(&text, key, &file)? {
            // Podman has another key for it.
            None if registry == HUB => read(&text, HUB, &file)?,
            login => login,
        };
        if login.is_some() {
            return Ok(login);
        }
    }
    Ok(None)
}

/// Where credentials are, those that a variable names first.
/// <https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md>
fn files(host: &Host) -> Vec<PathBuf> {
    let dir = |name: &str| host.text(name).map(|dir| host.cwd.join(dir));
    let home = dir("HOME").unwrap_or_default();
    let docker = dir("DOCKER_CONFIG").unwrap_or_else(|| home.join(".docker"));
    let named = dir("REGISTRY_AUTH_FILE");
    let runtime = dir("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json"));
    let usual = [
        docker.join("config.json"),
        home.join(".config/containers/auth.json"),
    ];
    named.into_iter().chain(runtime).chain(usual).collect()
}

fn read(text: &str, key: &str, file: &Path) -> Result<Option<Login>> {
    let shown = file.display();
    match get_credential_from_reader(text.as_bytes(), key) {
        Ok(DockerCredential::UsernamePassword(name, password)) => Ok(Some(Login {
            name,
            password,
            file: file.to_owned(),
        })),
        Ok(DockerCredential::IdentityToken(_)) => Err(Error::new(format!(
            "`{shown}` has an identity token for `{key}`, which the built-in engine cannot use"
        ))
        .hint("log in with a name and a password, or use docker or podman")),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(CredentialRetrievalError::HelperFailure { stdout, stderr, .. })
            if [&stdout, &stderr].iter().any(|said| said.contains(UNKNOWN)) =>
        {
            Ok(None)
        }
        Err(CredentialRetrievalError::ConfigReadError) => {
            Err(Error::new(format!("cannot understand `{shown}`")))
        }
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            // What it printed may be what nobody is to see.
            Err(Error::new(format!(
                "`{helper}`, which `{shown}` names, gives no credentials for `{key}`"
            ))
            .hint(format!("`echo {key} | {helper} get` shows why")))
        }
        Err(
            CredentialRetrievalError::HelperCommunicationError
            | CredentialRetrievalError::MalformedHelperResponse,
        ) => Err(Error::new(format!(
            "cannot talk to the credential helper that `{shown}` names"
        ))
        .hint("is `docker-credential-…` of that name on `PATH`?")),
        Err(_) => Err(Error::new(format!(
            "`{shown}` has something for `{key}` that is no name and password"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(file: &str, registry: &str) -> Option<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        fs::write_if_changed(&dir.path().join("config.json"), file.as_bytes()).unwrap();
        let mut host = Host::default();
        host.env.insert("DOCKER_CONFIG".into(), dir.path().into());
        let login = find(registry, &host).unwrap()?;
        Some((login.name, login.password))
    }

    #[test]
    fn a_registry_gets_what_is_its_own() {
        // `me:secret`
        let auth = r#"{"auth": "bWU6c2VjcmV0"}"#;
        let me = Some(("me".to_owned(), "secret".to_owned()));
        let file = format!(r#"{{"auths": {{"registry.example:5000": {auth}}}}}"#);
        assert_eq!(login(&file, "registry.example:5000"), me);
        assert_eq!(login(&file, "registry.example"), None);
        assert_eq!(login(&file, "docker.io"), None);
        for key in ["https://index.docker.io/v1/", "docker.io"] {
            let file = format!(r#"{{"auths": {{"{key}": {auth}}}}}"#);
            assert_eq!(login(&file, "docker.io"), me, "{key}");
        }
    }

    #[test]
    fn what_is_broken_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("auth.json");
        for (text, message) in [
            ("{", "cannot understand `"),
            (
                r#"{"auths": {"x.y": {"auth": "?"}}}"#,
                "no name and password",
            ),
            (
                r#"{"auths": {"x.y": {"identitytoken": "t0ken"}}}"#,
                "has an identity token for `x.y`",
            ),
            (
                r#"{"credHelpers": {"x.y": "cross-test-is-missing"}}"#,
                "cannot talk to the credential helper",
            ),
        ] {
            fs::write_if_changed(&file, text.as_bytes()).unwrap();
            let mut host = Host::default();
            host.env
                .insert("REGISTRY_AUTH_FILE".into(), file.as_os_str().into());
            let error = find("x.y", &host).err().unwrap();
            assert!(error.message().contains(message), "{error}");
            assert!(!error.message().contains("t0ken"), "{error}");
        }
    }
}
