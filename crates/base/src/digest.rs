//! Digests of content, which become the names of images, build directories and cached answers.

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest under construction. The short form has 16 hexadecimal digits: enough to tell a
/// user's images apart, and short enough for a directory's name.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Adds a part. Its length goes in first, so that no two sequences of parts have the same
    /// digest.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part.len().to_le_bytes());
        self.0.update(part);
    }

    /// The first 16 hexadecimal digits, for content that comes from cross itself.
    #[must_use]
    pub fn finish(self) -> String {
        let mut digest = self.whole();
        digest.truncate(16);
        digest
    }

    /// All 64 hexadecimal digits, for content that others may choose: they cannot make different
    /// content with the same digest.
    #[must_use]
    pub fn whole(self) -> String {
        hex::encode(self.0.finalize())
    }
}
