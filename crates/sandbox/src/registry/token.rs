//! Access tokens from a registry's authorization server.
//! <https://distribution.github.io/distribution/spec/auth/token/>,
//! <https://distribution.github.io/distribution/spec/auth/oauth/>

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use ureq::Body;
use ureq::http::{Response, Uri};

use super::challenge::Token;
use super::credentials::Secret;
use cross_base::http::{Http, Question, read};

/// The largest response in bytes. Tokens have a few kilobytes.
const LARGEST: u64 = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "access_token")]
    token: Option<String>,
}

/// The header `Authorization` for a user name and a password.
pub(super) fn basic(name: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{name}:{password}"))
    )
}

/// The reason why there is no token.
pub(super) enum Trouble {
    /// The server refuses the caller.
    Refused,
    Other(String),
}

/// Gets a token for an image. Returns the header `Authorization` for further requests.
///
/// # Errors
///
/// If there is no token.
pub(super) fn get(
    http: &Http,
    realm: &Uri,
    token: &Token,
    scope: &str,
    secret: Option<&Secret>,
) -> Result<String, Trouble> {
    let scope = token.scope.as_deref().unwrap_or(scope);
    let service = token.service.as_deref();
    let response = match secret {
        Some(Secret::IdentityToken(identity)) => {
            let mut form = vec![
                ("grant_type", "refresh_token"),
                ("client_id", "cross"),
                ("refresh_token", identity),
                ("scope", scope),
            ];
            form.extend(service.map(|service| ("service", service)));
            http.post(realm, &form).map_err(Trouble::Other)?
        }
        _ => by_question(http, realm, service, scope, secret)?,
    };
    match response.status().as_u16() {
        200 => understand(response),
        400 | 401 | 403 => Err(Trouble::Refused),
        code => Err(Trouble::Other(format!("it answers with error {code}"))),
    }
}

fn by_question(
    http: &Http,
    realm: &Uri,
    service: Option<&str>,
    scope: &str,
    secret: Option<&Secret>,
) -> Result<Response<Body>, Trouble> {
    let mut url = realm.to_string();
    let mut mark = if realm.query().is_some() { '&' } else { '?' };
    for (name, value) in [("service", service), ("scope", Some(scope))] {
        if let Some(value) = value {
            let _ = write!(url, "{mark}{name}={}", encoded(value));
            mark = '&';
        }
    }
    let no_address = |_| Trouble::Other("it has an invalid address".to_owned());
    let url = url.parse::<Uri>().map_err(no_address)?;
    let authorization = match secret {
        Some(Secret::Password(name, password)) => Some(basic(name, password)),
        _ => None,
    };
    let question = Question {
        authorization: authorization.as_deref(),
        ..Question::default()
    };
    let answer = http.get(&url, question).map_err(Trouble::Other)?;
    Ok(answer.response)
}

fn understand(mut response: Response<Body>) -> Result<String, Trouble> {
    let unclear = |e: String| Trouble::Other(format!("it gives no token: {e}"));
    let text = read(&mut response, LARGEST).map_err(unclear)?;
    // The error does not repeat the text, which is secret.
    let answer = serde_json::from_slice::<Answer>(&text);
    let token = answer.ok().and_then(|answer| answer.token);
    let token = token.ok_or_else(|| unclear("nothing that is understood".to_owned()))?;
    Ok(format!("Bearer {token}"))
}

/// Encodes a text for a query in an address.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
