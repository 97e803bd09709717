//! A registry's demand for authentication.
//! <https://distribution.github.io/distribution/spec/auth/token/>

/// A kind of authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user name and a password.
    Basic,
    /// A token, which another server hands out.
    Bearer(Token),
}

/// The address of the server that hands out tokens, and the service and scope to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) realm: String,
    pub(super) service: Option<String>,
    pub(super) scope: Option<String>,
}

/// Parses headers `WWW-Authenticate`. A token is preferred to a password, and the first of several
/// counts.
pub(super) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let all: Vec<Challenge> = headers.flat_map(challenges).collect();
    let token = all.iter().find(|c| matches!(c, Challenge::Bearer(_)));
    token.or(all.first()).cloned()
}

fn challenges(header: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((word, after)) = word(rest) {
        rest = after;
        // A word with a value is a parameter of the kind before it. A word without a value is the
        // next kind.
        let Some((value, after)) = value(rest) else {
            found.push(match word.to_ascii_lowercase().as_str() {
                "basic" => Some(Challenge::Basic),
                "bearer" => Some(Challenge::Bearer(Token::default())),
                _ => None,
            });
            continue;
        };
        rest = after;
        if let Some(Some(Challenge::Bearer(token))) = found.last_mut() {
            match word.to_ascii_lowercase().as_str() {
                "realm" => token.realm = value,
                "service" => token.service = Some(value),
                "scope" => token.scope = Some(value),
                _ => {}
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// The next word, and the rest of the text.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([',', ' ', '\t']);
    let end = text.find(['=', ',', ' ', '\t']).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The value behind a word, if it has one, and the rest of the text.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('=')?.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    Some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_names_where_a_token_is_had() {
        let token = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            let [service, scope] = [service, scope].map(|text| text.map(str::to_owned));
            Some(Challenge::Bearer(Token {
                realm: realm.to_owned(),
                service,
                scope,
            }))
        };
        for (header, challenge) in [
            (
                r#"Bearer realm="https://a.b/token",service="a.b",scope="repository:x:pull,push""#,
                token(
                    "https://a.b/token",
                    Some("a.b"),
                    Some("repository:x:pull,push"),
                ),
            ),
            (
                "bearer realm=https://a.b/t, error=invalid",
                token("https://a.b/t", None, None),
            ),
            (r#"Basic realm="a, Bearer b""#, Some(Challenge::Basic)),
            (
                r#"Basic realm="a", Bearer realm="https://b/""#,
                token("https://b/", None, None),
            ),
            (r#"Bearer realm="a\"b"#, token("a\"b", None, None)),
            (
                "Bearer realm=https://a.b/t, Digest realm=c",
                token("https://a.b/t", None, None),
            ),
            ("Negotiate", None),
            ("=,= ,", None),
            ("", None),
        ] {
            assert_eq!(parse([header].into_iter()), challenge, "{header}");
        }
    }
}
