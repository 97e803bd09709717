//! Images from registries, without a daemon. A pull fetches what the store has not: each layer goes
//! to a file in the directory of a layer that is being made, so that nothing of an interrupted pull
//! looks finished, and what has been unpacked stays for the next one.
//!
//! What comes is compared with the digests by which it was asked for; a layer is compared again
//! when it is unpacked, with the digest in the image's description.

mod challenge;
mod client;
mod credentials;
mod digest;
mod manifest;
mod reference;
mod sink;
mod token;

use super::store::Store;
use super::{names, unpack};
use client::Remote;
use cross_base::download::Download;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::term::Term;
use manifest::{Descriptor, Manifest};
use reference::Reference;

/// Descriptions of images are small.
const LARGEST_DESCRIPTION: u64 = 8 << 20;

/// The way to registries: with the caller's credentials, telling the caller what is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    pub host: &'a Host,
    pub term: Term,
}

impl Registry<'_> {
    /// Fetches an image, and gives it its name when all of it is there.
    ///
    /// # Errors
    ///
    /// When the registry cannot be reached, has not got the image, does not give it to the caller,
    /// or sends something else.
    pub fn pull(&self, store: &Store, name: &str) -> Result<()> {
        let remote = remote(self.host, name)?;
        let kept = names::usual(name);
        let _lock = self.lock(&kept)?;
        let _build = store.build(|| {})?;
        let manifest = remote.manifest()?;
        let description = describe(&remote, &manifest.config)?;
        let layers = pair(&manifest, &description)?;
        let names = layers.iter().map(|(id, _)| unpack::layer_name(id));
        let names = names.collect::<Result<Vec<_>>>()?;
        let mut missing = layers.clone();
        missing.retain(|(id, _)| !unpack::has(store, id));
        let total = missing.iter().map(|(_, layer)| layer.size).sum();
        let progress = Download::new(
            self.term,
            self.host.stderr_tty,
            "Pulling",
            &kept,
            Some(total),
        );
        for (number, (id, layer)) in missing.iter().enumerate() {
            progress.layer(number + 1, missing.len(), layer.size);
            fetch(store, &remote, id, layer, &progress)?;
        }
        drop(progress);
        store.name(&kept, &description.image(names))
    }

    /// Two that fetch the same image would fetch everything twice.
    fn lock(&self, name: &str) -> Result<Lock> {
        let file = format!("sandbox-pull-{}.lock", name.replace('/', "_"));
        Lock::take(&self.host.cache.join("locks").join(file), || {
            let what = format!("for another cross that pulls `{name}`");
            self.term.status("Waiting", &what);
        })
    }
}

/// The image in its registry, with the caller's credentials for that.
fn remote(host: &Host, name: &str) -> Result<Remote> {
    let wrong = |e: String| Error::new(format!("`{name}` is no name of an image: {e}"));
    let reference = Reference::parse(name).map_err(wrong)?;
    let login = credentials::find(&reference.registry, host)?;
    Remote::new(reference, login, host)
}

/// Reads the image's description, and whether it is for machines like this one.
fn describe(remote: &Remote, config: &Descriptor) -> Result<unpack::Description> {
    if config.size > LARGEST_DESCRIPTION {
        return Err(Error::new("its description is too large"));
    }
    let mut text = Vec::new();
    remote.blob(config, &mut text, |_| {})?;
    let description: unpack::Description = serde_json::from_slice(&text)
        .map_err(|e| Error::new(format!("cannot understand its description: {e}")))?;
    match description.foreign_machine() {
        Some(machine) => Err(Error::new(format!(
            "it is for the architecture `{machine}`"
        ))),
        None => Ok(description),
    }
}

/// Each layer's digest when unpacked, with what is fetched for it.
fn pair(
    manifest: &Manifest,
    description: &unpack::Description,
) -> Result<Vec<(String, Descriptor)>> {
    let ids = description.layers();
    if ids.len() != manifest.layers.len() {
        return Err(Error::new(
            "its manifest and its configuration do not match",
        ));
    }
    Ok(ids.iter().cloned().zip(manifest.layers.clone()).collect())
}

fn fetch(
    store: &Store,
    remote: &Remote,
    id: &str,
    layer: &Descriptor,
    progress: &Download,
) -> Result<()> {
    let new = store.begin()?;
    let path = new.path().join("archive");
    let file = fs_err::File::create(&path)?;
    remote.blob(layer, file, |bytes| progress.advance(bytes))?;
    let archive = fs_err::File::open(&path)?;
    // It is read once, and need not reach the disk.
    fs::remove_if_exists(&path)?;
    unpack::into(new, archive, id)
}
