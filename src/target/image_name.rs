//! Names and labels of the images that cross provides.

use super::{Parts, ROWS, Row};

/// The label that holds the digest of all that went into an image.
pub(crate) const RECIPE_LABEL: &str = "cross.recipe";

/// The label that holds the target triple.
pub(crate) const TARGET_LABEL: &str = "cross.target";

/// `PATH` in cross's images.
pub(crate) const PATH: &str =
    "/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The beginning of the names of all images that cross makes. `localhost/` keeps engines from
/// looking for the images in a public registry.
pub(crate) const OWN: &str = "localhost/cross/";

/// The beginning of the names of the images that configurations make, before the target.
pub(crate) const CUSTOM: &str = "localhost/cross/custom/";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of a row's image with the chosen parts.
pub(crate) fn name(row: &Row, parts: Parts) -> String {
    let mut name = name_for(row.triple);
    if let Some(glibc) = row.as_newer() {
        name.extend(["-glibc", &glibc]);
    }
    for part in parts.chosen(row) {
        name.push('-');
        name.push_str(&part.name);
    }
    name
}

/// The row and the parts of an image, by its name. None if this version of cross gives no image
/// that name.
pub(crate) fn named(name: &str) -> Option<(&'static Row, Parts)> {
    let row = ROWS.iter().find(|row| {
        let rest = name.strip_prefix(&name_for(row.triple));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })?;
    row.variants()
        .find(|(row, parts)| self::name(row, *parts) == name)
}

/// The name of a target's image without parts, whether or not the target has a row.
pub(crate) fn name_for(triple: &str) -> String {
    format!("{OWN}{triple}:{VERSION}")
}

/// The name of the base image, which the images of all rows are built upon.
pub(crate) fn base_name() -> String {
    format!("{OWN}base:{VERSION}")
}

/// The name of the Debian image, which the base image is built upon: Debian's packages, unpacked
/// and not set up.
pub(crate) fn debian_name() -> String {
    format!("{OWN}debian:{VERSION}")
}
