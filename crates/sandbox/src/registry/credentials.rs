//! Credentials that `docker login` and `podman login` have stored. They are only sent to the
//! registry that they are for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::Deserialize;

use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// The key with which docker stores the credentials for Docker Hub.
/// <https://docs.docker.com/reference/cli/docker/login/>
const HUB_KEY: &str = "https://index.docker.io/v1/";
const HUB: &str = "docker.io";

/// The output of a credential helper that has nothing for a registry.
/// <https://github.com/docker/docker-credential-helpers>
const UNKNOWN: &str = "credentials not found";

/// A user's credentials for a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    /// A user name and a password.
    Password(String, String),
    /// An identity token, with which access tokens can be had. `az acr login` stores one.
    IdentityToken(String),
}

impl Secret {
    /// The holder of the credentials, for messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Password(name, _) => format!("`{name}`"),
            Self::IdentityToken(_) => "the holder of the identity token".to_owned(),
        }
    }
}

/// Credentials, and the file in which they or their helper were found.
pub(super) struct Login {
    pub(super) secret: Secret,
    pub(super) file: PathBuf,
}

/// Finds the caller's credentials for a repository of a registry. `podman login REGISTRY/TEAM`
/// stores some for the repositories below a path; those for the longest path count.
/// <https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md>
///
/// # Errors
///
/// If credentials exist that cannot be read or used. To go on without them would send requests as
/// another user than the configured one.
pub(super) fn find(registry: &str, repository: &str, host: &Host) -> Result<Option<Login>> {
    for file in files(host) {
        let Some(text) = fs::read_if_exists(&file)? else {
            continue;
        };
        let config = Config::parse(&text, &file)?;
        for path in Path::new(repository).ancestors() {
            let key = format!("{registry}/{}", path.display());
            if let Some(entry) = config.auths.get(&key) {
                if let Some(login) = entry.login(&key, &file)? {
                    return Ok(Some(login));
                }
            }
        }
        let key = if registry == HUB { HUB_KEY } else { registry };
        let login = match config.login(key, &file)? {
            // Podman stores Docker Hub's credentials under another key.
            None if registry == HUB => config.login(HUB, &file)?,
            login => login,
        };
        if login.is_some() {
            return Ok(login);
        }
    }
    Ok(None)
}

/// The files with credentials, in order of precedence.
/// <https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md>
fn files(host: &Host) -> Vec<PathBuf> {
    let dir = |name: &str| host.text(name).map(|dir| host.cwd.join(dir));
    // Without a home directory, a path in it must not become one in the project.
    let of_home = |path: &str| host.home.as_ref().map(|home| home.join(path));
    let docker = dir("DOCKER_CONFIG").or_else(|| of_home(".docker"));
    let named = dir("REGISTRY_AUTH_FILE");
    // A relative path here would be one in the project, and is invalid:
    // <https://specifications.freedesktop.org/basedir-spec/latest/#variables>
    let runtime = host.text("XDG_RUNTIME_DIR").map(Path::new);
    let runtime = runtime.filter(|dir| dir.is_absolute());
    let runtime = runtime.map(|dir| dir.join("containers/auth.json"));
    let usual = [
        docker.map(|docker| docker.join("config.json")),
        of_home(".config/containers/auth.json"),
    ];
    let all = [named, runtime].into_iter().chain(usual);
    all.flatten().collect()
}

/// The content of such a file.
/// <https://docs.docker.com/reference/cli/docker/login/#credential-stores>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    auths: HashMap<String, Entry>,
    creds_store: Option<String>,
    #[serde(default)]
    cred_helpers: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl Config {
    fn parse(text: &str, file: &Path) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|_| Error::new(format!("cannot understand `{}`", file.display())))
    }

    /// The credentials for a whole registry.
    fn login(&self, key: &str, file: &Path) -> Result<Option<Login>> {
        let found = |secret| Login {
            secret,
            file: file.to_owned(),
        };
        let helper = self.cred_helpers.get(key).filter(|h| !h.is_empty());
        if let Some(helper) = helper {
            return Ok(ask(helper, key, file)?.map(found));
        }
        let same = |name: &str| registry_of(name) == registry_of(key);
        let mut others = self.auths.iter();
        let entry = self.auths.get(key);
        let entry = entry.or_else(|| Some(others.find(|(name, _)| same(name))?.1));
        // An entry without a secret means that a helper has it.
        if let Some(login) = entry.map_or(Ok(None), |entry| entry.login(key, file))? {
            return Ok(Some(login));
        }
        match self.creds_store.as_ref().filter(|h| !h.is_empty()) {
            Some(helper) => Ok(ask(helper, key, file)?.map(found)),
            None => Ok(None),
        }
    }
}

/// The registry that a key is for. Docker writes addresses, podman names, and older versions of
/// both either.
fn registry_of(key: &str) -> &str {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| key.strip_prefix(scheme));
    let name = rest.map_or(key, |rest| rest.split('/').next().unwrap_or(rest));
    match name {
        "registry-1.docker.io" | "index.docker.io" => HUB,
        name => name,
    }
}

impl Entry {
    /// The credentials in the entry for a key. None if it is empty.
    fn login(&self, key: &str, file: &Path) -> Result<Option<Login>> {
        let Some(secret) = self.secret() else {
            return Ok(None);
        };
        let secret = secret.map_err(|()| {
            let shown = file.display();
            Error::new(format!(
                "the entry for `{key}` in `{shown}` is not a name with a password"
            ))
        })?;
        Ok(Some(Login {
            secret,
            file: file.to_owned(),
        }))
    }

    fn secret(&self) -> Option<Result<Secret, ()>> {
        let full = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = full(&self.identitytoken) {
            return Some(Ok(Secret::IdentityToken(token)));
        }
        let pair = match (full(&self.auth), full(&self.username), &self.password) {
            (Some(auth), _, _) => decode(&auth).ok_or(()),
            (None, Some(name), Some(password)) => Ok((name, password.clone())),
            _ => return None,
        };
        Some(pair.map(|(name, password)| Secret::Password(name, password)))
    }
}

/// Decodes a user name and a password.
fn decode(auth: &str) -> Option<(String, String)> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(auth.trim_end_matches('='));
    let text = String::from_utf8(bytes.ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.trim_end_matches('\0').to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a credential helper, which keeps secrets in a safer place than a file.
/// <https://github.com/docker/docker-credential-helpers#development>
fn ask(helper: &str, key: &str, file: &Path) -> Result<Option<Secret>> {
    let shown = file.display();
    if helper.contains('/') {
        // The name would be a path, which may lead into the project.
        return Err(Error::new(format!(
            "`{shown}` names the credential helper `{helper}`, which is no name of a program"
        )));
    }
    let helper = format!("docker-credential-{helper}");
    let no_talk = || {
        Error::new(format!(
            "cannot start the credential helper that `{shown}` names"
        ))
        .hint("is `docker-credential-…` of that name on `PATH`?")
    };
    let output = Cmd::new(&helper).arg("get").output_for(key.as_bytes());
    let output = output.map_err(|_| no_talk())?;
    if !output.status.success() {
        let said =
            [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        if said.iter().any(|said| said.contains(UNKNOWN)) {
            return Ok(None);
        }
        // The message does not repeat the output, which may contain a secret.
        let message =
            format!("`{helper}`, which `{shown}` names, gives no credentials for `{key}`");
        return Err(Error::new(message).hint(format!("`echo {key} | {helper} get` shows why")));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|_| no_talk())?;
    Ok(Some(match &*answer.username {
        "<token>" => Secret::IdentityToken(answer.secret),
        _ => Secret::Password(answer.username, answer.secret),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(file: &str, registry: &str) -> Option<(String, String)> {
        login_for(file, registry, "team/app")
    }

    fn login_for(file: &str, registry: &str, repository: &str) -> Option<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        fs::write_if_changed(&dir.path().join("config.json"), file.as_bytes()).unwrap();
        let mut host = Host::default();
        host.env.insert("DOCKER_CONFIG".into(), dir.path().into());
        match find(registry, repository, &host).unwrap()?.secret {
            Secret::Password(name, password) => Some((name, password)),
            Secret::IdentityToken(token) => Some(("<token>".to_owned(), token)),
        }
    }

    #[test]
    fn no_file_of_the_project_is_asked() {
        let mut host = Host {
            cwd: "/project".into(),
            ..Host::default()
        };
        assert_eq!(files(&host), [""; 0].map(PathBuf::from));
        for (dir, asked) in [
            ("run", None),
            ("/run/user/1", Some("/run/user/1/containers/auth.json")),
        ] {
            host.env.insert("XDG_RUNTIME_DIR".into(), dir.into());
            let asked: Vec<PathBuf> = asked.into_iter().map(PathBuf::from).collect();
            assert_eq!(files(&host), asked);
        }
        let refused = ask("x/run", "x.y", Path::new("/home/me/.docker/config.json")).err();
        assert_eq!(
            refused.unwrap().message(),
            "`/home/me/.docker/config.json` names the credential helper `x/run`, which is no name \
             of a program"
        );
    }

    #[test]
    fn a_registry_gets_what_is_its_own() {
        // The text is `me:secret` in Base64.
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
        let file = r#"{"auths": {"http://x.y/v1/": {"username": "me", "password": "secret"}}}"#;
        assert_eq!(login(file, "x.y"), me);
        // An identity token, as `az acr login` stores it.
        let name = "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==";
        let file =
            format!(r#"{{"auths": {{"x.y": {{"auth": "{name}", "identitytoken": "t0ken"}}}}}}"#);
        let token = Some(("<token>".to_owned(), "t0ken".to_owned()));
        assert_eq!(login(&file, "x.y"), token);
        // Docker writes an empty entry if a helper has the credentials.
        assert_eq!(login(r#"{"auths": {"x.y": {}}}"#, "x.y"), None);
    }

    #[test]
    fn a_repository_gets_the_credentials_of_the_longest_path() {
        let entry = |name: &str| format!(r#"{{"username": "{name}", "password": "secret"}}"#);
        let [whole, team, app] = ["whole", "team", "app"].map(entry);
        let file = format!(
            r#"{{"auths": {{"x.y": {whole}, "x.y/team": {team}, "x.y/team/app": {app}}}}}"#
        );
        for (repository, name) in [
            ("team/app", "app"),
            ("team/other", "team"),
            ("team2/app", "whole"),
        ] {
            let login = login_for(&file, "x.y", repository).map(|(name, _)| name);
            assert_eq!(login.as_deref(), Some(name), "{repository}");
        }
        assert_eq!(login_for(&file, "x.z", "team/app"), None);
    }

    #[test]
    fn what_is_broken_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("auth.json");
        for (text, message) in [
            ("{", "cannot understand `"),
            (
                r#"{"auths": {"x.y": {"auth": "?"}}}"#,
                "is not a name with a password",
            ),
            (
                r#"{"credHelpers": {"x.y": "cross-test-is-missing"}}"#,
                "cannot start the credential helper",
            ),
        ] {
            fs::write_if_changed(&file, text.as_bytes()).unwrap();
            let mut host = Host::default();
            host.env
                .insert("REGISTRY_AUTH_FILE".into(), file.as_os_str().into());
            let error = find("x.y", "app", &host).err().unwrap();
            assert!(error.message().contains(message), "{error}");
        }
    }
}
