//! Detection of secrets: environment variables by their names, addresses by passwords in them.

use crate::http::proxy;
use crate::pattern::matches;

/// Patterns of the names of environment variables with credentials, of any program.
const SECRET_NAMES: &[&str] = &[
    "*TOKEN*",
    "*SECRET*",
    "*PASSWORD*",
    "*PASSWD*",
    "*PASSPHRASE*",
    "*CREDENTIAL*",
    "*API*KEY*",
    "*ACCESS*KEY*",
    "*PRIVATE*KEY*",
    "*SIGNING*KEY*",
    "*ENCRYPTION*KEY*",
    "*MASTER*KEY*",
    "*DEPLOY*KEY*",
    "*SSH*KEY*",
    "*GPG*KEY*",
    // Personal access tokens of GitHub and Azure.
    "*_PAT",
    "*_PASS",
    "*_PWD",
    "SSHPASS",
    // `_auth` of npm, and docker's `DOCKER_AUTH_CONFIG`.
    "*_AUTH",
    "*_AUTH_CONFIG",
    "*COOKIE*",
    "*_JWT",
];

/// Patterns of the names of variables that the patterns above mean as well, and that hold no
/// credential: an option of insta's to pass tests, and options of tokenizers of language models.
const NO_SECRETS: &[&str] = &["INSTA_FORCE_PASS", "*TOKENIZE*"];

/// Environment variables with the socket of an agent for keys.
const AGENTS: &[&str] = &["*SSH_AUTH_SOCK*", "GPG_AGENT_INFO"];

/// Cargo's own environment variable with the address of a proxy.
/// <https://doc.rust-lang.org/cargo/reference/config.html#httpproxy>
const OF_CARGO: &str = "CARGO_HTTP_PROXY";

/// Whether an environment variable of this name may have a credential, so that its value is never
/// shown.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    let is_any = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, &upper));
    is_any(SECRET_NAMES) && !is_any(NO_SECRETS)
}

/// Whether an environment variable must be named in full to be passed on: the author of a pattern
/// may not think of it.
#[must_use]
pub fn is_too_much_for_a_pattern(name: &str, value: &str) -> bool {
    let is_agent = || AGENTS.iter().any(|pattern| matches(pattern, name));
    is_secret(name) || is_agent() || has_password(value)
}

/// Whether an environment variable has the address of a proxy.
#[must_use]
pub fn is_proxy(name: &str) -> bool {
    let known = proxy::ADDRESSES.iter().chain(&proxy::FTP);
    let mut known = known.chain([&OF_CARGO]);
    known.any(|known| known.eq_ignore_ascii_case(name))
}

/// The start and end of the user name and password in an address, with the `@` behind them.
fn user_information(address: &str) -> Option<(usize, usize)> {
    let start = address.find("://").map_or(0, |at| at + 3);
    let rest = &address[start..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    Some((start, start + at + 1))
}

/// Whether an address has a password, or a token in place of a user name. A user name alone is no
/// secret if the scheme authenticates by keys: `ssh://git@host`.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1>
#[must_use]
pub fn has_password(address: &str) -> bool {
    let Some((scheme, _)) = address.split_once("://") else {
        return false;
    };
    let by_key = scheme.ends_with("ssh") || scheme.ends_with("git");
    user_information(address)
        .is_some_and(|(start, end)| !by_key || address[start..end].contains(':'))
}

/// The address of a proxy without user name and password. None if it has neither. The address may
/// lack a scheme, and the password may have characters that addresses should not have.
#[must_use]
pub fn without_password(proxy: &str) -> Option<String> {
    let (start, end) = user_information(proxy).or_else(|| {
        let start = proxy.find("://").map_or(0, |at| at + 3);
        Some((start, proxy.rfind('@')? + 1))
    })?;
    Some(format!("{}{}", &proxy[..start], &proxy[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_programs_secrets_are_known() {
        for name in [
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "CI_JOB_TOKEN",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_OURS_SECRET_KEY",
            "NPM_TOKEN",
            "NODE_AUTH_TOKEN",
            "NPM_CONFIG__AUTH",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "AWS_SESSION_TOKEN",
            "AZURE_CLIENT_SECRET",
            "AZURE_DEVOPS_EXT_PAT",
            "GH_PAT",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "OPENAI_API_KEY",
            "STRIPE_APIKEY",
            "PGPASSWORD",
            "MYSQL_PWD",
            "MYSQL_ROOT_PASSWORD",
            "SSHPASS",
            "RESTIC_PASSWORD",
            "SMTP_PASS",
            "DOCKER_AUTH_CONFIG",
            "GPG_PRIVATE_KEY",
            "GPG_PASSPHRASE",
            "SSH_PRIVATE_KEY",
            "COSIGN_PASSWORD",
            "TAURI_SIGNING_PRIVATE_KEY",
            "RAILS_MASTER_KEY",
            "TWINE_PASSWORD",
            "VAULT_TOKEN",
            "HF_TOKEN",
            "github_token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "PATH",
            "PWD",
            "OLDPWD",
            "HOME",
            "RUSTFLAGS",
            "CARGO_HOME",
            "COMPASS_URL",
            "AUTHOR",
            "GIT_AUTHOR_NAME",
            "KEYBOARD",
            "SOURCE_DATE_EPOCH",
            "CARGO_INCREMENTAL",
            "CI",
            "PASSED",
            "PATCH",
            "INSTA_FORCE_PASS",
            "TOKENIZERS_PARALLELISM",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn patterns_leave_agents_and_passwords_in_addresses_back() {
        for (name, value) in [
            ("SSH_AUTH_SOCK", "/run/user/1000/ssh"),
            ("DATABASE_URL", "postgres://me:hunter2@db/x"),
            ("HTTPS_PROXY", "http://me:hunter2@proxy:3128"),
            ("APP_TOKEN", "x"),
        ] {
            assert!(is_too_much_for_a_pattern(name, value), "{name}");
        }
        for (name, value) in [
            ("DATABASE_URL", "postgres://db/x"),
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("REPOSITORY", "ssh://git@host/x"),
            ("MAIL", "me@example.org"),
        ] {
            assert!(!is_too_much_for_a_pattern(name, value), "{name}");
        }
    }

    #[test]
    fn a_password_is_found_in_an_address() {
        for address in [
            "http://me:pw@proxy:3128",
            "sparse+https://me:pw@example.org/index/",
            "https://ghp_0123@example.org/x",
            "ssh://git:pw@example.org",
        ] {
            assert!(has_password(address), "{address}");
        }
        for address in [
            "http://proxy:3128",
            "ssh://git@example.org/x",
            "https://example.org/@scope/x",
            "me@example.org",
            "/some/path",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        for (proxy, shown) in [
            ("http://me:pw@proxy:3128/", Some("http://proxy:3128/")),
            ("http://me:p/w@proxy:3128", Some("http://proxy:3128")),
            ("http://me:p@w@proxy:3128", Some("http://proxy:3128")),
            ("me:pw@proxy:3128", Some("proxy:3128")),
            ("http://proxy:3128", None),
            ("proxy", None),
        ] {
            assert_eq!(without_password(proxy).as_deref(), shown, "{proxy}");
        }
    }
}
