//! Manifests of images. The formats of OCI and docker have the same fields.
//! <https://github.com/opencontainers/image-spec/blob/main/manifest.md>

use serde::Deserialize;

use super::digest::Digest;
use crate::unpack;

/// The formats that cross understands. The fields of a response tell its format.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Content that is requested by its digest. Alternative addresses (`urls`) are ignored.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Descriptor {
    pub(super) digest: Digest,
    pub(super) size: u64,
    platform: Option<Platform>,
}

#[derive(Clone, Debug, Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

/// The manifest of one image.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

/// A response: one image, or a list of images for different kinds of machines.
#[derive(Debug)]
pub(super) enum Document {
    Image(Manifest),
    Index(Vec<Descriptor>),
}

#[derive(Deserialize)]
struct Fields {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

impl Document {
    /// Parses a response. One that fits both kinds is refused, because another program might take
    /// it for another image.
    /// <https://github.com/opencontainers/distribution-spec/security/advisories/GHSA-mc8v-mgrf-8f4m>
    ///
    /// # Errors
    ///
    /// The reason why the response is refused.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let fields: Fields = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        match (fields.config, fields.layers, fields.manifests) {
            (Some(config), Some(layers), None) => Ok(Self::Image(Manifest { config, layers })),
            (None, None, Some(manifests)) => Ok(Self::Index(manifests)),
            _ => Err("it is neither an image nor a list of images".to_owned()),
        }
    }
}

/// The image in a list that is for machines like this one.
pub(super) fn ours(manifests: &[Descriptor]) -> Option<&Descriptor> {
    let machine = unpack::this_machine();
    manifests.iter().find(|manifest| {
        let platform = manifest.platform.as_ref();
        platform.is_some_and(|p| p.os == "linux" && p.architecture == machine)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_two_meanings_is_refused() {
        let thing = format!(
            r#"{{"digest":"{}","size":1}}"#,
            super::super::digest::of(b"")
        );
        let image = format!(r#""config":{thing},"layers":[{thing}]"#);
        let index = format!(r#""manifests":[{thing}]"#);
        let parse = |text: &str| Document::parse(format!("{{{text}}}").as_bytes());
        assert!(matches!(parse(&image), Ok(Document::Image(_))));
        assert!(matches!(parse(&index), Ok(Document::Index(_))));
        for text in [
            "",
            "1",
            &format!("{image},{index}"),
            &image.replace("\"size\":1", "\"size\":-1"),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
