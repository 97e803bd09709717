//! What the program says of the images of some rows, by which the machines of the tests have them.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::ROWS;

/// What the engine calls a row's image.
pub(crate) fn image_name(triple: &str) -> String {
    format!("localhost/cross/{triple}:{}", env!("CARGO_PKG_VERSION"))
}

/// What is known of a row's image.
pub(crate) struct Known {
    /// The digest of its recipe.
    pub(crate) recipe: String,
    /// The image of Debian's packages, and its recipe's digest.
    pub(crate) debian: String,
    pub(crate) debian_recipe: String,
    /// Files that are there when its toolchain is.
    pub(crate) toolchain: Vec<String>,
}

static KNOWN: OnceLock<BTreeMap<&str, Known>> = OnceLock::new();

/// What `cross-util` says of these rows.
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
