//! The places where configuration stands: `Cross.toml`, and the metadata of the workspace's own
//! manifests.

use std::path::PathBuf;

use serde::Deserialize;

use crate::config::file::{CrossToml, Target};
use crate::config::parse;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::pattern::{matches, specificity};

/// One place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) path: PathBuf,
    /// What stands before a key there: nothing in `Cross.toml`, `package.metadata.cross.` in a
    /// manifest.
    pub(crate) within: &'static str,
    pub(crate) file: CrossToml,
}

/// A table of a manifest that holds configuration of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embedded {
    pub(crate) manifest: PathBuf,
    pub(crate) holder: Holder,
}

/// Whose metadata it is.
/// <https://doc.rust-lang.org/cargo/reference/manifest.html#the-metadata-table>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Package,
    Workspace,
}

/// The parts of a manifest that matter here.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    package: Tables,
    #[serde(default)]
    workspace: Tables,
}

#[derive(Debug, Default, Deserialize)]
struct Tables {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    cross: Option<CrossToml>,
}

impl Layer {
    /// Reads the text of a `Cross.toml`.
    ///
    /// # Errors
    ///
    /// When it is broken.
    pub(crate) fn of_file(path: PathBuf, text: &str) -> Result<Self> {
        let file = parse::parse(&path, text)?;
        Ok(Self {
            path,
            within: "",
            file,
        })
    }

    /// Reads a manifest's metadata.
    ///
    /// # Errors
    ///
    /// As [`Layer::of_file`].
    pub(crate) fn of_manifest(embedded: &Embedded) -> Result<Self> {
        let path = embedded.manifest.clone();
        let text = fs::read_if_exists(&path)?.unwrap_or_default();
        let manifest: Manifest = parse::parse(&path, &text)?;
        let (tables, within) = match embedded.holder {
            Holder::Package => (manifest.package, "package.metadata.cross."),
            Holder::Workspace => (manifest.workspace, "workspace.metadata.cross."),
        };
        let file = tables.metadata.cross.unwrap_or_default();
        Ok(Self { path, within, file })
    }

    /// What is said here of a target, the most special first.
    pub(crate) fn targets(&self, triple: &str) -> Vec<(&str, &Target)> {
        let all = self
            .file
            .target
            .iter()
            .map(|(pattern, target)| (pattern.as_str(), target));
        let mut found: Vec<(&str, &Target)> = all
            .filter(|(pattern, _)| matches(pattern, triple))
            .collect();
        found.sort_by_key(|(pattern, _)| std::cmp::Reverse(specificity(pattern)));
        found
    }
}

/// What `cargo metadata` says of a manifest's `metadata` table.
pub(crate) fn mentions_cross(metadata: &serde_json::Value) -> bool {
    metadata.get("cross").is_some()
}
