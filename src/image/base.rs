//! The Debian image, which the base image is built upon: Debian's packages, unpacked and not set
//! up.

use std::io::Write;
use std::path::Path;

use crate::engine::Engine;
use crate::image::{RECIPE_LABEL, debian_name};
use crate::toolchain::debian::Debian;
use crate::toolchain::{Origin, Wanted, in_sources, unknown_mirror};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::setting::Setting;
use cross_base::term::Term;

/// Debian's own image in registries, by a short name that every engine knows, and the file in it
/// that names mirrors.
const DEBIANS: (&str, &str) = (
    "debian:trixie-slim",
    "/etc/apt/sources.list.d/debian.sources",
);

/// The file in cross's cache that has the address of the mirror found in Debian's own image.
const MIRROR: &str = "mirror";

/// The origin of packages on a machine on which nothing names a Debian mirror: the mirror that
/// Debian's own image names.
///
/// # Errors
///
/// When the image cannot be pulled or names no mirror. The hint says how to name a mirror.
pub(crate) fn origin_by_image(engine: &Engine, host: &Host, term: Term) -> Result<Origin> {
    let (image, file) = DEBIANS;
    let kept = host.cache.join(MIRROR);
    if let Some(mirror) = fs::read_if_exists(&kept)? {
        return Ok(by(mirror.trim().to_owned()));
    }
    let why = "as nothing here names a mirror of Debian's packages";
    term.status("Asking", &format!("the image `{image}`, {why}"));
    if engine.inspect(image)?.is_none() {
        let pulled = engine.pull(image, host, term);
        pulled.map_err(|e| without_mirror(&e))?;
    }
    let text = engine
        .text_in(image, Path::new(file))
        .map_err(|e| without_mirror(&e))?;
    let mirror = in_sources(&text);
    let mirror = mirror.ok_or_else(|| without_mirror(&Error::new(format!("`{file}` has none"))))?;
    fs::write_if_changed(&kept, mirror.as_bytes())?;
    Ok(by(mirror))
}

fn by(mirror: String) -> Origin {
    Origin {
        offline: false,
        mirror: Some(Setting::by_default(mirror)),
    }
}

fn without_mirror(why: &Error) -> Error {
    let ((image, _), why) = (DEBIANS, why.message());
    let unknown = unknown_mirror();
    let message = format!(
        "{}, and `{image}` cannot be asked for one: {why}",
        unknown.message()
    );
    Error::new(message).hint(unknown.hint_text().unwrap_or_default())
}

/// Whether the Debian image exists and has exactly these packages.
///
/// # Errors
///
/// When the engine fails.
pub(crate) fn is_there(debian: &Debian, engine: &Engine) -> Result<bool> {
    let name = debian_name();
    engine.repair(&name)?;
    let (digest, there) = (debian.digest(), engine.inspect(&name)?);
    Ok(there.is_some_and(|image| image.label(RECIPE_LABEL) == Some(digest.as_str())))
}

/// Makes the Debian image, unless it exists and has exactly these packages.
///
/// # Errors
///
/// When a package cannot be fetched, the disk is full, or the engine fails.
pub(crate) fn ensure(
    debian: &Debian,
    engine: &Engine,
    host: &Host,
    term: Term,
    origin: &Origin,
) -> Result<()> {
    if is_there(debian, engine)? {
        return Ok(());
    }
    // Usually all packages are in the cache by now. Some are missing if the Debian image was there
    // at first and another process has removed it since.
    let mut wanted = Wanted::default();
    wanted.root(debian);
    wanted.fetch("base", host, term, origin)?;
    term.status(
        "Unpacking",
        &format!("{} packages for the base", debian.count()),
    );
    let mut write = |to: &mut (dyn Write + Send)| debian.write(to, host, origin);
    let made = engine.import(
        &mut write,
        &[(RECIPE_LABEL, &debian.digest())],
        &debian_name(),
    );
    made.map_err(|why| {
        let error = Error::new(format!("cannot make the base image: {}", why.message()));
        error.hint_if(why.hint_text())
    })
}
