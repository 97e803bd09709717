//! Pulls images from registries, without a daemon. Only layers that the store does not have are
//! downloaded. A layer is downloaded to a file in the directory of a new layer, so an interrupted
//! pull leaves nothing that looks finished, and the next pull finds the layers that were unpacked.
//!
//! Everything is compared with the digest by which it was requested. A layer is compared once more
//! when it is unpacked, with the digest in the image's configuration.

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

/// The largest size of an image's configuration in bytes.
const LARGEST_DESCRIPTION: u64 = 8 << 20;

/// Pulls images with the caller's credentials, and shows the progress.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    pub host: &'a Host,
    pub term: Term,
}

impl Registry<'_> {
    /// Pulls an image. It gets its name when all of it is in the store.
    ///
    /// # Errors
    ///
    /// If the registry cannot be reached, does not have the image, refuses the caller, or sends
    /// wrong data.
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

    /// Locks the image's name, since two pulls at the same time would download everything twice.
    fn lock(&self, name: &str) -> Result<Lock> {
        let lock = format!("sandbox-pull-{}", name.replace('/', "_"));
        Lock::take(&self.host.lock_file(&lock), || {
            let what = format!("for another cross that pulls `{name}`");
            self.term.status("Waiting", &what);
        })
    }
}

/// The image in its registry, with the caller's credentials for the registry.
fn remote(host: &Host, name: &str) -> Result<Remote> {
    let wrong = |e: String| Error::new(format!("`{name}` is no name of an image: {e}"));
    let reference = Reference::parse(name).map_err(wrong)?;
    let login = credentials::find(&reference.registry, &reference.repository, host)?;
    Remote::new(reference, login, host)
}

/// Downloads the image's configuration, and checks that it is for machines like this one.
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

/// The digests of the unpacked layers, each with the descriptor of its archive.
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
    // The archive is read once. Removing its name now may spare the disk from writing it.
    fs::remove_if_exists(&path)?;
    unpack::into(new, archive, id)
}
