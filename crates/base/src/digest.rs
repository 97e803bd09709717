//! A short name for content: what images, build directories and kept answers are called by.

use sha2::{Digest as _, Sha256};

/// The digest of what goes into an image: 16 hexadecimal digits, enough to tell a user's images
/// apart and short enough for a directory's name.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Adds a part. Lengths keep neighbours from running into each other.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part.len().to_le_bytes());
        self.0.update(part);
    }

    /// Enough of it to tell recipes apart that cross makes itself.
    #[must_use]
    pub fn finish(self) -> String {
        let mut digest = self.whole();
        digest.truncate(16);
        digest
    }

    /// All of it, for what others have a say in: they cannot make something else that has the same
    /// one.
    #[must_use]
    pub fn whole(self) -> String {
        hex::encode(self.0.finalize())
    }
}
