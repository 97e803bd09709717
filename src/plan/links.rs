//! Links from cargo's usual places to files in the image's own build directory, for tests and
//! release scripts that look in the usual places.

use std::path::PathBuf;

use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

/// The links to the build scripts' output: the directory of the output in the build directory, and
/// the directories in which release scripts look for it, on the host and in later containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildScripts {
    pub(crate) from: Place,
    pub(crate) to: Vec<Place>,
}

impl PlanInput<'_> {
    /// Steps that link the package's programs and libraries into the directory above its tests.
    /// Tests look for them there (by `current_exe`), but they stand in the target directory, and
    /// the tests in the build directory.
    pub(super) fn product_links(&self) -> Vec<Step> {
        let (true, Some(build_dir)) = (
            self.context.subcommand.runs_programs(),
            self.told_build_dir(),
        ) else {
            return Vec::new();
        };
        let below = self.results_below();
        let names = self.file_names();
        let products = self.workspace.products.iter();
        let links = products.map(|product| {
            let file = below.join(product.file(&names));
            Step::Link(
                self.place(&build_dir.join(&file)),
                self.workspace.target_dir.join(&file),
            )
        });
        links.collect()
    }

    /// The directories for links to the build scripts' output. Release scripts collect it from
    /// `target/<triple>/release/build/<name>-*/out`. The links are made after the run, when the
    /// names are known, and get names that the host's cargo does not use.
    pub(super) fn build_script_links(&self) -> Option<BuildScripts> {
        let leaves = self.context.subcommand.leaves_results();
        let build_dir = self.told_build_dir();
        let build_dir = build_dir.filter(|_| leaves && self.workspace.has_build_scripts)?;
        let below = self.results_below().join("build");
        let mut to = vec![self.place(&self.workspace.target_dir.join(&below))];
        if self.engine.isolates() {
            // Programs of the project see this directory in place of the first.
            to.push(Place::trusted(self.cover_of(&below)));
        }
        Some(BuildScripts {
            from: self.place(&build_dir.join(&below)),
            to,
        })
    }

    /// The directory of the build scripts' output, for the runner. Cargo adds a build
    /// script's directories with shared libraries to the search path only if they are below the
    /// target directory, so the runner adds them.
    /// <https://doc.rust-lang.org/cargo/reference/environment-variables.html#dynamic-library-paths>
    pub(super) fn build_scripts(&self) -> Option<PathBuf> {
        let runs = self.context.subcommand.runs_programs() && self.row().is_some();
        let build_dir = self.told_build_dir().filter(|_| runs)?;
        Some(build_dir.join(self.results_below()).join("build"))
    }

    /// The directory for intermediate files, if cargo can be told of it.
    pub(super) fn told_build_dir(&self) -> Option<PathBuf> {
        self.build_dir_setting()?;
        self.build_dir()
    }

    /// The directory of the target's results, relative to the target directory or the build
    /// directory.
    pub(super) fn results_below(&self) -> PathBuf {
        self.results_of(self.profile_dir())
    }

    /// The directory of the target's results with a profile that has this directory.
    pub(super) fn results_of(&self, profile: &str) -> PathBuf {
        let mut below = PathBuf::new();
        if self.target.named {
            below.push(self.target.name());
        }
        below.push(profile);
        below
    }
}
