//! Names and labels of the images that cross provides.

use super::{Parts, ROWS, Row};

/// The label that holds the digest of all that went into an image.
pub(crate) const RECIPE_LABEL: &str = "cross.recipe";

/// The label that holds the target triple.
pub(crate) const TARGET_LABEL: &str = "cross.target";

/// `PATH` in an image of cross's.
pub(crate) const PATH: &str =
    "/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of a row's image. `localhost/` keeps every engine from looking for a stranger's image.
pub(crate) fn name(row: &Row, parts: Parts) -> String {
    let mut name = name_for(row.triple);
    for part in parts.chosen(row) {
        name.push('-');
        name.push_str(&part.name);
    }
    name
}

/// The row and the parts that an image of this version of cross goes by the name of.
pub(crate) fn named(name: &str) -> Option<(&'static Row, Parts)> {
    let row = ROWS.iter().find(|row| {
        let rest = name.strip_prefix(&name_for(row.triple));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })?;
    let mut choices = Parts::choices(row);
    let parts = choices.find(|parts| self::name(row, *parts) == name)?;
    Some((row, parts))
}

/// The name that the image of a target has, or would have.
pub(crate) fn name_for(triple: &str) -> String {
    format!("localhost/cross/{triple}:{VERSION}")
}

/// The name of the image with the tools that all rows share.
pub(crate) fn base_name() -> String {
    format!("localhost/cross/base:{VERSION}")
}

/// The name of the image that everything starts from: Debian's packages, unpacked.
pub(crate) fn debian_name() -> String {
    format!("localhost/cross/debian:{VERSION}")
}
