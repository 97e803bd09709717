//! Names and digests of some rows' images, as `cross-util` prints them. The tests' machines have
//! images with these digests.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::ROWS;

/// The name of a row's image.
pub(crate) fn image_name(triple: &str) -> String {
    format!("localhost/cross/{triple}:{}", env!("CARGO_PKG_VERSION"))
}

/// Facts about a row's image.
pub(crate) struct Known {
    /// The digest of the image's recipe.
    pub(crate) recipe: String,
    /// The name of the Debian image. Its recipe's digest is `debian_recipe`.
    pub(crate) debian: String,
    pub(crate) debian_recipe: String,
    /// The files whose existence shows that the row's toolchain is complete.
    pub(crate) toolchain: Vec<String>,
}

static KNOWN: OnceLock<BTreeMap<&str, Known>> = OnceLock::new();

/// The facts about the images of all [`ROWS`], from `cross-util targets --json`.
pub(crate) fn known() -> &'static BTreeMap<&'static str, Known> {
    KNOWN.get_or_init(|| {
        let mut util = Command::new(env!("CARGO_BIN_EXE_cross-util"));
        let output = util
            .args(["targets", "--json"])
            .output()
            .expect("it starts");
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        let rows = rows.as_array().expect("it is a list");
        let text = |value: &serde_json::Value| value.as_str().expect("it is text").to_owned();
        let about = |triple: &&'static str| {
            let row = rows.iter().find(|row| row["triple"] == **triple);
            let row = row.expect("it is in the table");
            let files = row["toolchain"].as_array().expect("it is a list");
            let known = Known {
                recipe: text(&row["recipe"]),
                debian: text(&row["debian"]),
                debian_recipe: text(&row["debian_recipe"]),
                toolchain: files.iter().map(text).collect(),
            };
            (*triple, known)
        };
        ROWS.iter().map(about).collect()
    })
}
