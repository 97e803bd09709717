//! Cargo's usual places for files that cross keeps in a build directory of the image's own: links
//! lead there, from the names that tests and release scripts know.

use std::path::PathBuf;

use crate::cli::Provider;
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

/// The results of build scripts in a build directory, and the directory in which scripts look for
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildScripts {
    pub(crate) from: Place,
    pub(crate) to: Place,
}

/// Cargo's own commands behind which there are results for others to collect.
const LEAVE_RESULTS: &[&str] = &["bench", "build", "run", "rustc", "test"];

impl PlanInput<'_> {
    /// Tests look for programs and libraries of their own package in the directory above their own
    /// (`current_exe`), and would find none: they stand in the build directory, and the results
    /// in the target directory.
    pub(super) fn product_links(&self) -> Vec<Step> {
        let (true, Some(build_dir)) = (
            self.context.subcommand.runs_programs(),
            self.told_build_dir(),
        ) else {
            return Vec::new();
        };
        let below = self.results_below();
        let products = self.workspace.products.iter();
        let links = products.map(|product| {
            let file = below.join(product.file(self.target.name()));
            Step::Link(
                self.place(&build_dir.join(&file)),
                self.workspace.target_dir.join(&file),
            )
        });
        links.collect()
    }

    /// Release scripts collect what a build script made from
    /// `target/<triple>/release/build/<name>-*/out`. Which names there are is known when the
    /// run is over; only then are links made, under names that the host's cargo has not.
    pub(super) fn build_script_links(&self) -> Option<BuildScripts> {
        let command = self.context.subcommand;
        let leaves = match command.provider {
            Provider::Cargo => LEAVE_RESULTS.contains(&command.name),
            Provider::Rustup => false,
            Provider::Plugin => true,
        };
        let build_dir = self.told_build_dir();
        let build_dir = build_dir.filter(|_| leaves && self.workspace.has_build_scripts)?;
        let below = self.results_below().join("build");
        Some(BuildScripts {
            from: self.place(&build_dir.join(&below)),
            to: self.place(&self.workspace.target_dir.join(&below)),
        })
    }

    /// What build scripts have left and said, where programs are run and cargo does not look into
    /// it: it names directories of theirs with shared libraries only below the target
    /// directory. <https://doc.rust-lang.org/cargo/reference/environment-variables.html#dynamic-library-paths>
    pub(super) fn build_scripts(&self) -> Option<PathBuf> {
        let runs = self.context.subcommand.runs_programs() && self.row().is_some();
        let build_dir = self.told_build_dir().filter(|_| runs)?;
        Some(build_dir.join(self.results_below()).join("build"))
    }

    /// The directory for intermediate files, where cargo is told of it.
    pub(super) fn told_build_dir(&self) -> Option<PathBuf> {
        self.build_dir_setting()?;
        self.build_dir()
    }

    /// The directory of the target's results, below the target directory or the build directory.
    pub(super) fn results_below(&self) -> PathBuf {
        let mut below = PathBuf::new();
        if self.target.named {
            below.push(self.target.name());
        }
        below.push(self.profile_dir());
        below
    }
}
