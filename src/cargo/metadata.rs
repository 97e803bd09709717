//! Cargo's answer about a project: `cargo metadata --no-deps`, which neither resolves dependencies
//! nor touches the lock file or the network.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::cargo::input::Input;
use crate::cargo::product::Product;
use crate::cargo::toolchain::proxy;
use crate::cli::Invocation;
use crate::config::layer::{Embedded, Holder, mentions_cross};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::process::Cmd;

/// The fields of `cargo metadata`'s answer that cross needs.
/// <https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    target_directory: PathBuf,
    build_directory: Option<PathBuf>,
    /// The table `workspace.metadata` in the root manifest, which other tools read.
    #[serde(default, rename = "metadata")]
    of_others: serde_json::Value,
}

/// A member of the workspace.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Package {
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    targets: Vec<CargoTarget>,
    dependencies: Vec<Dependency>,
    #[serde(default)]
    metadata: serde_json::Value,
}

/// A target in cargo's sense: a library, a program or an example.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
struct CargoTarget {
    name: String,
    kind: Vec<String>,
    crate_types: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
struct Dependency {
    #[serde(default)]
    name: String,
    kind: Option<String>,
    path: Option<PathBuf>,
}

/// The kinds of cargo's targets that are compiled to programs but leave no results.
const NO_RESULTS: &[&str] = &["bench", "custom-build", "test"];

/// The command that asks cargo. `--offline` is a precaution only: `--no-deps` needs no network.
pub(crate) fn query(invocation: &Invocation) -> Cmd {
    let cmd = proxy("cargo", invocation.toolchain.as_deref())
        .args(invocation.options.for_metadata())
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ]);
    match &invocation.options.manifest_path {
        Some(path) => cmd.arg("--manifest-path").arg(path),
        None => cmd,
    }
}

impl Metadata {
    /// Parses the answer to [`query`].
    pub(crate) fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json)
            .map_err(|e| Error::new(format!("cannot understand `cargo metadata`: {e}")))
    }

    /// The target directory. `cargo metadata` does not know `--target-dir`.
    pub(crate) fn target_dir(&self, invocation: &Invocation, cwd: &Path) -> PathBuf {
        // Cargo leaves `..` in a path that an environment variable has.
        let said = invocation.options.target_dir.as_ref();
        fs::absolute(cwd, said.unwrap_or(&self.target_directory))
    }

    /// The directory of the workspace's root manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.workspace_root
    }

    /// The manifests that configure cross: that of the package which cargo chooses in the caller's
    /// directory, that of the package in the root, and the workspace's own.
    pub(crate) fn embedded(&self, invocation: &Invocation, cwd: &Path) -> Vec<Embedded> {
        let start = match &invocation.options.manifest_path {
            Some(path) => fs::absolute(cwd, path),
            None => cwd.join("Cargo.toml"),
        };
        let dirs = start.ancestors().skip(1);
        let nearest = dirs.take_while(|dir| dir.starts_with(&self.workspace_root));
        let packages = nearest.filter_map(|dir| self.packages.iter().find(|p| p.dir() == dir));
        let packages = packages.filter(|package| mentions_cross(&package.metadata));
        let mut found: Vec<Embedded> = packages
            .map(|package| Embedded {
                manifest: package.manifest_path.clone(),
                holder: Holder::Package,
            })
            .collect();
        if mentions_cross(&self.of_others) {
            found.push(Embedded {
                manifest: self.workspace_root.join("Cargo.toml"),
                holder: Holder::Workspace,
            });
        }
        found
    }

    /// The build directory. Without a setting for it, this is the target directory. None for cargo
    /// before 1.91, which does not print it.
    pub(crate) fn build_dir(&self, invocation: &Invocation, cwd: &Path) -> Option<PathBuf> {
        let dir = self.build_directory.clone()?;
        Some(if dir == self.target_directory {
            self.target_dir(invocation, cwd)
        } else {
            dir
        })
    }

    /// The files that cargo's answer depends on, without the configuration and the manifests in
    /// parent directories.
    pub(crate) fn depends_on(&self) -> Vec<Input> {
        let root = self.workspace_root.join("Cargo.toml");
        let mut subjects: Vec<Input> = members(&root)
            .iter()
            .filter(|member| member.contains(['*', '?', '[']))
            .map(|pattern| Input::Members(self.workspace_root.join(pattern)))
            .collect();
        subjects.push(Input::Text(root));
        for package in &self.packages {
            subjects.push(Input::Text(package.manifest_path.clone()));
            subjects.push(Input::Programs(package.dir()));
        }
        subjects
    }
}

/// The entries of `workspace.members` in a manifest.
fn members(root: &Path) -> Vec<String> {
    let text = fs::read_if_exists(root).ok().flatten().unwrap_or_default();
    let manifest: Table = text.parse().unwrap_or_default();
    let workspace = manifest.get("workspace").and_then(Value::as_table);
    let members = workspace.and_then(|table| table.get("members")?.as_array());
    let members = members.into_iter().flatten().filter_map(Value::as_str);
    members.map(str::to_owned).collect()
}

impl Package {
    /// The package's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        let parent = self.manifest_path.parent();
        parent.unwrap_or(Path::new("/")).to_owned()
    }

    /// The files that cargo leaves for the package's programs, examples and libraries.
    pub(crate) fn products(&self) -> Vec<Product> {
        let of = |target: &CargoTarget| -> Vec<Product> {
            let has = |kind: &&str| target.kind.iter().any(|other| other == kind);
            if NO_RESULTS.iter().any(has) {
                return Vec::new();
            }
            let dir = if has(&"example") { "examples" } else { "" };
            let kinds = target.crate_types.iter();
            let kinds = kinds.filter_map(|name| Product::kind(name));
            let product = |kind| Product {
                dir,
                name: target.name.clone(),
                kind,
            };
            kinds.map(product).collect()
        };
        self.targets.iter().flat_map(of).collect()
    }

    /// Whether the package has a build script.
    pub(crate) fn has_build_script(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "custom-build")
    }

    /// Whether the package has a dependency that is not reached by a path.
    pub(crate) fn asks_elsewhere(&self) -> bool {
        self.dependencies.iter().any(|dep| dep.path.is_none())
    }

    /// Whether the package has a dependency of this name.
    pub(crate) fn depends_on(&self, name: &str) -> bool {
        self.dependencies.iter().any(|dep| dep.name == name)
    }

    /// The paths of path dependencies. Development dependencies only count for members of the
    /// workspace, as in cargo.
    pub(crate) fn path_dependencies(&self, with_dev: bool) -> Vec<PathBuf> {
        self.dependencies
            .iter()
            .filter(|dep| with_dev || dep.kind.as_deref() != Some("dev"))
            .filter_map(|dep| dep.path.clone())
            .collect()
    }
}
