//! Files that programs of the host obey, in directories that containers write to: the names of the
//! files, and cargo's results. Containers get them read-only. This module finds the results; the
//! plan decides which of them matter to a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::cargo::config::CargoConfig;
use cross_base::fs;

/// Directories in a profile's directory from which cargo tells whether a result is up to date, and
/// from which it runs or links files.
/// <https://doc.rust-lang.org/nightly/nightly-rustc/cargo/core/compiler/layout/index.html>
pub(crate) const FRESHNESS: &[&str] = &[FINGERPRINT, "build", "deps", "incremental"];
/// The directory with programs of examples.
pub(crate) const EXAMPLES: &str = "examples";
/// The directory with cargo's fingerprints. Without it cargo takes no result for up to date.
pub(crate) const FINGERPRINT: &str = ".fingerprint";
/// The file with rustc's answers, which cargo uses instead of asking rustc.
pub(crate) const RUSTC_INFO: &str = ".rustc_info.json";

/// The files in any directory above the caller's by which rustup chooses a toolchain.
/// <https://rust-lang.github.io/rustup/overrides.html>
pub(crate) const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];
/// Directories or files that mark a repository: the project's, and repositories within it, such as
/// submodules.
pub(crate) const REPOSITORIES: &[&str] = &[GIT, ".jj", ".hg", ".sl"];
/// That of git.
pub(crate) const GIT: &str = ".git";
/// The directory of cargo's configuration.
pub(crate) const CARGO_CONFIG: &str = ".cargo";

/// Beginnings of the architectures in rustc's targets. They tell directories with results for a
/// target from others, which build scripts and plugins write to.
/// <https://doc.rust-lang.org/rustc/platform-support.html>
const ARCHITECTURES: &[&str] = &[
    "aarch64",
    "amdgcn",
    "arm",
    "asmjs",
    "avr",
    "bpf",
    "csky",
    "hexagon",
    "i386",
    "i486",
    "i586",
    "i686",
    "loongarch",
    "m68k",
    "mips",
    "msp430",
    "nvptx",
    "powerpc",
    "riscv",
    "s390x",
    "sparc",
    "thumb",
    "wasm",
    "x86_64",
    "xtensa",
];

/// The host's own results in a target directory, as paths relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    /// The directories of profiles with results for the host. They include directories that do not
    /// exist yet, because a container could otherwise create them.
    pub(crate) profiles: BTreeSet<String>,
    /// The directories of other targets that exist.
    pub(crate) targets: BTreeSet<String>,
    /// The existing [`FRESHNESS`] directories in directories of profiles.
    pub(crate) fresh: BTreeSet<PathBuf>,
}

impl Results {
    /// Finds the results in a target directory.
    pub(crate) fn find(target_dir: &Path, root: &Path, config: &CargoConfig) -> Self {
        let mut found = Self {
            profiles: ["debug", "release"].map(str::to_owned).into(),
            ..Self::default()
        };
        let manifest = fs::read_if_exists(&root.join("Cargo.toml")).ok().flatten();
        let manifest = manifest.filter(|text| text.contains("profile"));
        let manifest = manifest.and_then(|text| text.parse::<Table>().ok());
        found.profiles.extend(manifest.iter().flat_map(profiles));
        let configured = config.profiles();
        let configured = configured.iter().filter_map(|name| directory(name));
        found.profiles.extend(configured);
        for name in fs::names_in(target_dir) {
            if is_target(&name) {
                found.add_target(target_dir, name);
            } else if target_dir.join(&name).join(FINGERPRINT).is_dir() {
                found.profiles.insert(name);
            }
        }
        for profile in found.profiles.clone() {
            found.add_fresh(target_dir, Path::new(&profile));
        }
        found
    }

    fn add_target(&mut self, target_dir: &Path, name: String) {
        for profile in fs::names_in(&target_dir.join(&name)) {
            self.add_fresh(target_dir, &Path::new(&name).join(profile));
        }
        self.targets.insert(name);
    }

    fn add_fresh(&mut self, target_dir: &Path, profile: &Path) {
        let there = FRESHNESS.iter().map(|part| profile.join(part));
        let there = there.filter(|path| target_dir.join(path).is_dir());
        self.fresh.extend(there);
    }
}

/// The directories of the profiles in a manifest.
fn profiles(manifest: &Table) -> Vec<String> {
    let table = manifest.get("profile").and_then(toml::Value::as_table);
    let names = table.into_iter().flat_map(Table::keys);
    names.filter_map(|name| directory(name)).collect()
}

/// The directory of a profile. None for cargo's built-in profiles and names that are none.
fn directory(profile: &str) -> Option<String> {
    let own = ["dev", "test", "bench", "release"].contains(&profile);
    let is_name = !profile.is_empty() && !profile.contains(['/', '.']);
    (!own && is_name).then(|| profile.to_owned())
}

fn is_target(name: &str) -> bool {
    let known = ARCHITECTURES.iter().any(|arch| name.starts_with(arch));
    known && name.contains('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(dir: &Path, paths: &[&str]) {
        for path in paths {
            fs::create_dir_all(&dir.join(path)).unwrap();
        }
    }

    #[test]
    fn the_hosts_results_are_told_from_what_others_write() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = "[profile.dev]\ndebug = 1\n[profile.dist]\ninherits = 'release'\n";
        fs::write_if_changed(&dir.path().join("Cargo.toml"), manifest.as_bytes()).unwrap();
        let target = dir.path().join("target");
        there(
            &target,
            &[
                "custom/.fingerprint",
                "criterion/report",
                "llvm-cov-target/debug/.fingerprint",
                "tests/trybuild",
                "doc",
                "wasm32-unknown-unknown/release/.fingerprint",
                "wasm32-unknown-unknown/release/deps",
                "aarch64-unknown-linux-gnu/debug",
            ],
        );
        let found = Results::find(&target, dir.path(), &CargoConfig::default());
        let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        assert_eq!(
            names(&found.profiles),
            ["custom", "debug", "dist", "release"]
        );
        let targets = ["aarch64-unknown-linux-gnu", "wasm32-unknown-unknown"];
        assert_eq!(names(&found.targets), targets);
        let fresh = [
            "custom/.fingerprint",
            "wasm32-unknown-unknown/release/.fingerprint",
            "wasm32-unknown-unknown/release/deps",
        ];
        assert_eq!(found.fresh, fresh.map(PathBuf::from).into());
    }

    #[test]
    fn every_target_of_the_table_is_told_by_its_name() {
        for row in crate::target::ROWS {
            assert!(is_target(row.triple), "{}", row.triple);
        }
    }
}
