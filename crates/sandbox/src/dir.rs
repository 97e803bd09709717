//! The directory of the store, its owner and its lock.

use std::path::PathBuf;

use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;

/// The store's directory in cross's cache. A version that stores images in another way uses another
/// name.
const PLACE: &str = "store";

/// The store of the built-in engine's images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub root: PathBuf,
}

impl Store {
    /// The caller's store.
    #[must_use]
    pub fn of(host: &Host) -> Self {
        Self {
            root: host.cache.join(PLACE),
        }
    }

    /// Checks that no other user can change the store, because images are trusted to be what their
    /// names say.
    ///
    /// # Errors
    ///
    /// If the directory, or a symbolic link to it, belongs to another user.
    pub fn is_ours(&self, host: &Host) -> Result<()> {
        for place in [&host.cache, &self.root] {
            let owners = [fs::owner_of_link(place), fs::owner(place)];
            if let Some(other) = owners
                .into_iter()
                .flatten()
                .find(|owner| *owner != host.uid)
            {
                let place = place.display();
                let message = format!("`{place}` belongs to another user ({other})");
                return Err(Error::new(message)
                    .hint("`XDG_CACHE_HOME` names a directory of your own for images"));
            }
        }
        Ok(())
    }

    /// Takes the store's lock, which processes hold for a moment while they begin a layer or name a
    /// layer or image.
    ///
    /// # Errors
    ///
    /// If the store cannot be created.
    pub(super) fn lock(&self) -> Result<Lock> {
        fs::create_dir_all(&self.root)?;
        // No other user may enter the store, since programs in images may have the set-user-ID bit,
        // and the caller owns the files of layers.
        fs::set_mode(&self.root, 0o700)?;
        Lock::take(&self.root.join("lock"), || {})
    }
}
