//! Digests. All content but that of a tag is requested by its digest, and compared with it.

use std::fmt;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A digest in the form of registries. The standard has other algorithms than SHA-256, but no
/// registry uses them.
/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Digest(String);

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if hex.len() == 64 && hex.bytes().all(is_hex) {
            Ok(Self(text))
        } else {
            Err("a digest is `sha256:` and 64 digits".to_owned())
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Computes the digest of data as it is read.
#[derive(Default)]
pub(super) struct Reader(Sha256);

impl Reader {
    pub(super) fn read(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn digest(self) -> Digest {
        Digest(format!("sha256:{}", hex::encode(self.0.finalize())))
    }
}

/// The digest of bytes in memory.
pub(super) fn of(bytes: &[u8]) -> Digest {
    let mut reader = Reader::default();
    reader.read(bytes);
    reader.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_digests_are_digests() {
        let good = of(b"").to_string();
        assert_eq!(Digest::try_from(good.clone()).unwrap(), of(b""));
        let capitals = good.to_uppercase();
        for bad in [
            "",
            "sha256:",
            &good[..70],
            &good[7..],
            &*capitals,
            "sha512:../../etc",
        ] {
            Digest::try_from(bad.to_owned()).unwrap_err();
        }
        Digest::try_from(format!("{good}0")).unwrap_err();
    }
}
