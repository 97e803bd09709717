//! The record of the measurements, `docs/matrix.json`. This program writes and reads it, and so
//! does the test that makes the README's table of it.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The measurements of one row.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) target: String,
    /// The day of the measurement, in UTC.
    pub(crate) date: String,
    pub(crate) cross: String,
    /// The digest of the recipe from which the image was built.
    pub(crate) recipe: String,
    pub(crate) image: Image,
    /// The origin of the standard library.
    pub(crate) std: Std,
    pub(crate) rustc: String,
    pub(crate) steps: Vec<Step>,
    /// The time of all steps, in seconds.
    pub(crate) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full: Option<Full>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<First>,
}

/// Facts about the image, as the image itself reports them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Image {
    pub(crate) libc: String,
    pub(crate) compiler: String,
    pub(crate) cxx: String,
    pub(crate) openssl: String,
    /// The emulator and its version, or `itself`.
    pub(crate) runs_by: String,
    pub(crate) bytes: u64,
    /// The size in bytes of what the image has beyond the base image, which all rows share.
    pub(crate) own_bytes: u64,
    /// The time of its build in seconds, if it was measured.
    pub(crate) seconds: Option<f64>,
}

/// The origin of the standard library.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Std {
    #[default]
    #[serde(rename = "prebuilt")]
    Prebuilt,
    #[serde(rename = "from source")]
    FromSource,
    /// Rust has none for the target, only `core` and `alloc`.
    #[serde(rename = "core")]
    Core,
}

/// A step of the check.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// What the step found, or why it failed or was not run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
    pub(crate) seconds: f64,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Ok,
    Failed,
    /// The target has no such thing, so the step does not apply.
    NotApplicable,
    /// A step that this one needs has failed.
    NotRun,
}

/// The measurements that decide whether a row is supported.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Full {
    pub(crate) date: String,
    /// The digest of the recipe when this was measured.
    pub(crate) recipe: String,
    pub(crate) rustc: String,
    /// The build of the crate `cargo`.
    pub(crate) cargo: Step,
    /// The test suite of compiler-builtins.
    pub(crate) builtins: Step,
    pub(crate) builtins_passed: u32,
    pub(crate) builtins_failed: u32,
}

/// The time until a user has the first program, with an empty cache.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct First {
    pub(crate) date: String,
    /// From the start of `cross build` to its end.
    pub(crate) seconds: f64,
}

/// Reads a record. It is empty if the file does not exist yet.
///
/// # Errors
///
/// When the file exists and cannot be understood.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e.to_string()),
    };
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
