//! The rows, as `cross-util` and rustc describe them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::command::Run;
use crate::record::Std;
use crate::{Programs, Result};

/// The toolchain for rows for which it has a standard library.
const STABLE: &str = "stable";
/// The toolchain for all other rows. Its source also contains the test suite of compiler-builtins.
pub(crate) const NIGHTLY: &str = "nightly";
/// The setting by which cross builds a standard library that does not exist otherwise.
const BUILD_STD: (&str, &str) = ("CROSS_BUILD_BUILD_STD", "true");

/// A row of the target table, from `cross-util targets --json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) triple: String,
    /// The newest glibc that results may need, for rows with glibc.
    pub(crate) glibc_floor: Option<String>,
    /// The program interpreter of dynamic programs.
    pub(crate) loader: Option<String>,
    linking: String,
    object_format: String,
    pub(crate) program_suffix: String,
    /// Whether Rust has a whole standard library for the target, not just `core` and `alloc`.
    pub(crate) std: bool,
    /// The modules that a WebAssembly program may import from.
    pub(crate) imports: Option<String>,
    /// The target of rustc's whose specification is adapted, if rustc does not know this one.
    specification_of: Option<String>,
    /// OpenSSL's own name of the target, if the image has OpenSSL.
    openssl_target: Option<String>,
    pub(crate) runs_by: String,
    /// The reason why the row is not measured, empty if it is.
    pub(crate) unmeasured: String,
    /// The script in `docker/` that asks the image for versions.
    pub(crate) versions: String,
    pub(crate) image: String,
    /// The parts of the image. `whole_image` is the name of the image with all of them.
    pub(crate) parts: Vec<String>,
    pub(crate) whole_image: String,
    pub(crate) base: String,
    pub(crate) recipe: String,
}

/// The toolchain that compiles for a row, and the origin of its standard library.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The name as in `cargo +name`.
    pub(crate) name: &'static str,
    pub(crate) std: Std,
}

impl Row {
    /// Whether rustc links programs statically by default.
    pub(crate) fn is_static(&self) -> bool {
        self.linking == "static"
    }

    /// Whether a program in the image runs the target's programs.
    pub(crate) fn runs(&self) -> bool {
        !self.runs_by.is_empty()
    }

    /// The target by which rustc knows this row.
    pub(crate) fn rustc_target(&self) -> &str {
        self.specification_of.as_deref().unwrap_or(&self.triple)
    }

    /// Whether results are WebAssembly.
    pub(crate) fn is_wasm(&self) -> bool {
        self.object_format == "wasm"
    }

    /// Whether results are JavaScript alone.
    pub(crate) fn is_javascript(&self) -> bool {
        self.object_format == "javascript"
    }

    /// Whether programs can load libraries at run time.
    pub(crate) fn loads(&self) -> bool {
        self.std && !self.is_wasm() && !self.is_javascript()
    }

    /// Whether results are programs and DLLs for Windows.
    pub(crate) fn is_pe(&self) -> bool {
        self.object_format == "pe"
    }

    /// The file name of a `cdylib`.
    pub(crate) fn library(&self, name: &str) -> String {
        if self.is_pe() {
            format!("{name}.dll")
        } else {
            format!("lib{name}.so")
        }
    }

    /// The crate in `tests/fixtures` that is built for the row.
    pub(crate) fn fixture(&self) -> &'static str {
        if self.std {
            "native"
        } else {
            "microcontroller"
        }
    }

    /// Whether the image has OpenSSL.
    pub(crate) fn has_openssl(&self) -> bool {
        self.openssl_target.is_some()
    }
}

/// All rows in the order of the table.
pub(crate) fn table(programs: &Programs) -> Result<Vec<Row>> {
    let output = Run::new(&programs.util)
        .args(["targets", "--json"])
        .output()?;
    serde_json::from_str(&output.stdout).map_err(|e| format!("cross-util targets: {e}"))
}

impl Toolchain {
    /// The stable toolchain if it has a standard library for the target, otherwise the nightly one.
    pub(crate) fn for_row(row: &Row) -> Result<Self> {
        if has_std(STABLE, &row.triple)? {
            return Ok(Self {
                name: STABLE,
                std: Std::Prebuilt,
            });
        }
        Self::nightly(row)
    }

    /// The nightly toolchain, with or without a standard library for the target.
    pub(crate) fn nightly(row: &Row) -> Result<Self> {
        let std = if has_std(NIGHTLY, &row.triple)? {
            Std::Prebuilt
        } else {
            Std::FromSource
        };
        Ok(Self { name: NIGHTLY, std })
    }

    /// The version, as `rustc --version` prints it.
    pub(crate) fn version(&self) -> Result<String> {
        let output = self.rustc(&["--version"])?;
        let version = output.trim().strip_prefix("rustc ");
        version
            .map(str::to_owned)
            .ok_or_else(|| format!("rustc has no version: {output}"))
    }

    /// The output of `rustc --print cfg` for the target with these flags: all values of each name.
    pub(crate) fn cfg(
        &self,
        triple: &str,
        flags: &[&str],
    ) -> Result<BTreeMap<String, Vec<String>>> {
        let output = self.rustc(&[&["--print", "cfg", "--target", triple], flags].concat())?;
        let mut cfg: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in output.lines() {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            let values = cfg.entry(name.to_owned()).or_default();
            values.push(value.trim_matches('"').to_owned());
        }
        Ok(cfg)
    }

    /// The output of rustc with these arguments.
    pub(crate) fn rustc(&self, args: &[&str]) -> Result<String> {
        let toolchain = format!("+{}", self.name);
        let args = [&[&*toolchain], args].concat();
        Ok(Run::new("rustc").args(args).output()?.stdout)
    }

    /// `cross` with this toolchain.
    pub(crate) fn cross(&self, programs: &Programs) -> Run {
        let run = Run::new(&programs.cross)
            .env("CROSS_CONTAINER_ENGINE", &programs.engine)
            // These programs are not debugged, and debugging information takes a third of the time.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0");
        let run = match self.std {
            Std::Prebuilt | Std::Core => run,
            Std::FromSource => run.env(BUILD_STD.0, BUILD_STD.1),
        };
        run.args([format!("+{}", self.name)])
    }
}

/// Whether rustup has a standard library for a target: it is installed, or can be. For a nightly,
/// rustup may list libraries that this day's release lacks.
fn has_std(toolchain: &str, triple: &str) -> Result<bool> {
    let rustup = |args: &[&str]| {
        let run = Run::new("rustup").env("RUST_BACKTRACE", "0");
        run.args(args).args(["--toolchain", toolchain]).output()
    };
    let list = rustup(&["target", "list"])?;
    let listed = list.stdout.lines().find_map(|line| {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        (name == triple).then_some(rest)
    });
    Ok(match listed {
        None => false,
        Some("(installed)") => true,
        Some(_) => rustup(&["target", "add", triple]).is_ok(),
    })
}
