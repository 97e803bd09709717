//! The files with configuration: `Cross.toml`, and the `metadata` tables in manifests of the
//! workspace.

use std::path::PathBuf;

use serde::Deserialize;

use crate::config::file::{CrossToml, Target};
use crate::config::parse;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::pattern::{matches, specificity};
use cross_base::setting::{Setting, Source};

/// The configuration in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) path: PathBuf,
    /// The prefix of keys in this file: empty in `Cross.toml`, `package.metadata.cross.` or the
    /// like in a manifest.
    pub(crate) within: &'static str,
    pub(crate) file: CrossToml,
}

/// A manifest with configuration for cross.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embedded {
    pub(crate) manifest: PathBuf,
    pub(crate) holder: Holder,
}

/// The table with the metadata.
/// <https://doc.rust-lang.org/cargo/reference/manifest.html#the-metadata-table>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Package,
    Workspace,
}

/// The tables of a manifest that may have configuration for cross.
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
    /// Parses the text of a `Cross.toml`.
    ///
    /// # Errors
    ///
    /// If the text is not TOML or has a wrong key or value.
    pub(crate) fn of_file(path: PathBuf, text: &str) -> Result<Self> {
        let file = parse::parse(&path, text)?;
        Ok(Self {
            path,
            within: "",
            file,
        })
    }

    /// Reads the metadata in a manifest. A manifest that does not exist has no configuration.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not TOML, or has a wrong key or value.
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

    /// The sections for a target, by pattern. The most specific pattern comes first.
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

    /// The value of a key in the sections for a target.
    pub(super) fn in_sections<T>(
        &self,
        triple: &str,
        name: &str,
        get: impl Fn(&Target) -> Option<T>,
    ) -> Option<Setting<T>> {
        let mut sections = self.targets(triple).into_iter();
        sections.find_map(|(pattern, target)| {
            let key = format!("target.{pattern}.{name}");
            Some(self.setting(&key, get(target)?))
        })
    }

    /// A value from this file with its source.
    pub(super) fn setting<T>(&self, key: &str, value: T) -> Setting<T> {
        let source = Source::File(self.path.clone(), format!("{}{key}", self.within));
        Setting { value, source }
    }
}

/// Whether a manifest's `metadata` table, as `cargo metadata` prints it, has configuration for
/// cross.
pub(crate) fn mentions_cross(metadata: &serde_json::Value) -> bool {
    metadata.get("cross").is_some()
}
