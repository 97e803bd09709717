//! Names of images, split into registry, repository, tag and digest.
//! <https://pkg.go.dev/github.com/distribution/reference#pkg-overview>

use super::digest::Digest;
use crate::names;

/// The parts of an image's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The registry, as it is written in names.
    pub(super) registry: String,
    pub(super) repository: String,
    pub(super) tag: String,
    /// The digest that the image must have, whatever the tag leads to.
    pub(super) digest: Option<Digest>,
}

impl Reference {
    /// Splits a name.
    ///
    /// # Errors
    ///
    /// Why the name is invalid, as the end of a sentence that begins with `it`.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let [_, _, full] = names::spellings(name);
        let (registry, rest) = full.split_once('/').unwrap_or_default();
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(Digest::try_from(digest.to_owned())?)),
            None => (rest, None),
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (rest, "latest"),
        };
        if !is_registry(registry) {
            return Err("it names no registry that could be asked".to_owned());
        }
        if !repository.split('/').all(is_part) {
            return Err(
                "it has to be of small letters, digits, and `.`, `_` or `-` between them"
                    .to_owned(),
            );
        }
        if !is_tag(tag) {
            return Err("its tag has to be of letters, digits, `.`, `_` and `-`".to_owned());
        }
        let [registry, repository, tag] = [registry, repository, tag].map(str::to_owned);
        Ok(Self {
            registry,
            repository,
            tag,
            digest,
        })
    }

    /// The digest or tag with which the registry is asked.
    pub(super) fn version(&self) -> String {
        let digest = self.digest.as_ref().map(Digest::to_string);
        digest.unwrap_or_else(|| self.tag.clone())
    }
}

/// Whether a text is a host, with or without a port.
fn is_registry(registry: &str) -> bool {
    let (host, port) = registry.rsplit_once(':').unwrap_or((registry, "443"));
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    !host.is_empty() && host.bytes().all(good) && port.parse::<u16>().is_ok()
}

/// Whether a text is one component of a repository: words with separators between them.
fn is_part(part: &str) -> bool {
    let ends = [part.bytes().next(), part.bytes().last()];
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    ends.into_iter().all(|byte| byte.is_some_and(is_word))
        && part
            .bytes()
            .all(|byte| is_word(byte) || b"._-".contains(&byte))
        && !part.contains("..")
}

fn is_tag(tag: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let starts_well = !tag.is_empty() && !tag.starts_with(['.', '-']);
    starts_well && tag.len() <= 128 && tag.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_asked_of_whom() {
        let digest = super::super::digest::of(b"").to_string();
        for (name, registry, repository, version) in [
            ("debian", "docker.io", "library/debian", "latest"),
            ("me/it:1", "docker.io", "me/it", "1"),
            ("index.docker.io/me/it", "docker.io", "me/it", "latest"),
            ("ghcr.io/a/b_c/d-e:V1.0", "ghcr.io", "a/b_c/d-e", "V1.0"),
            ("localhost:5000/it", "localhost:5000", "it", "latest"),
            (&format!("x.y/it:1@{digest}"), "x.y", "it", &digest),
            (&format!("x.y/it@{digest}"), "x.y", "it", &digest),
        ] {
            let reference = Reference::parse(name).unwrap();
            assert_eq!(reference.registry, registry, "{name}");
            assert_eq!(reference.repository, repository, "{name}");
            assert_eq!(reference.version(), version, "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_asked_of_no_registry() {
        for name in [
            "It/It:1",
            "x.y/",
            "x.y/../z",
            "x.y/a//b",
            "x.y/a b",
            "x.y/a?b",
            "x.y/a%2fb",
            "x.y/a:",
            "x.y/a:.b",
            "x.y:port/a",
            "me:pw@x.y/a",
            "x.y/a@sha256:0",
            "x.y/-a",
        ] {
            assert!(Reference::parse(name).is_err(), "{name}");
        }
    }
}
