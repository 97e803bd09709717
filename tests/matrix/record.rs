//! The record of what was measured, `docs/matrix.json`: written by this program, read by it and by
//! the test that makes the README's table of it.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What was measured of one row.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) target: String,
    /// The day of the measurement, UTC.
    pub(crate) date: String,
    pub(crate) cross: String,
    /// The digest of the recipe that the image was built by.
    pub(crate) recipe: String,
    pub(crate) image: Image,
    /// Whether rustup has a standard library or cross builds it.
    pub(crate) std: Std,
    pub(crate) rustc: String,
    pub(crate) steps: Vec<Step>,
    /// The time of all steps.
    pub(crate) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full: Option<Full>,
}

/// What is in the image, by its own account.
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
    /// What it has beyond the image that all rows share.
    pub(crate) own_bytes: u64,
    /// How long its build took, where that has been measured.
    pub(crate) seconds: Option<f64>,
}

/// Where the standard library comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Std {
    #[default]
    #[serde(rename = "prebuilt")]
    Prebuilt,
    #[serde(rename = "from source")]
    FromSource,
    /// There is none, but for `core` and `alloc`.
    #[serde(rename = "core")]
    Core,
}

/// One thing that was tried.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// What was found, or why it failed or was not tried.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
    pub(crate) seconds: f64,
}

/// How it went.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Ok,
    Failed,
    /// The target has no such thing.
    NotApplicable,
    /// Something it needs has failed.
    NotRun,
}

/// What makes a row supported.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Full {
    pub(crate) date: String,
    /// The digest of the recipe at the time.
    pub(crate) recipe: String,
    pub(crate) rustc: String,
    /// The crate `cargo`.
    pub(crate) cargo: Step,
    /// The test suite of compiler-builtins.
    pub(crate) builtins: Step,
    pub(crate) builtins_passed: u32,
    pub(crate) builtins_failed: u32,
}

/// Reads a record; empty when there is none yet.
///
/// # Errors
///
/// When it is there and cannot be understood.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e.to_string()),
    };
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
