//! The checks of a build with `--verify`: the results that cargo names are compared with what the
//! target promises.

use std::path::Path;

use crate::cargo::context::Context;
use crate::engine::spec::RunSpec;
use crate::plan::PlanInput;
use crate::target::{self, FileNames};
use crate::verify::{Expected, Floor};
use cross_base::beneath::Place;

/// The command that asks for the results, and the limits that they must keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verification {
    /// The user's run with an option more, by which cargo names its results. Nothing is left to
    /// build then.
    pub(crate) run: RunSpec,
    /// The directories of the target's results.
    pub(crate) dirs: Vec<Place>,
    pub(crate) names: FileNames,
    pub(crate) expected: Expected,
}

impl PlanInput<'_> {
    /// The checks after a run, if the user asks for them.
    pub(super) fn verification(&self, run: &RunSpec) -> Option<Verification> {
        if !self.context.invocation.options.verify {
            return None;
        }
        let asking = self.context.invocation.asking_for_results();
        let input = PlanInput {
            context: Context {
                invocation: &asking,
                ..self.context
            },
            ..self.clone()
        };
        let command = input.command();
        let dirs = std::iter::once(self.workspace.target_dir.clone()).chain(self.told_build_dir());
        let results = |dir: &Path| self.place(&dir.join(self.results_below()));
        Some(Verification {
            run: RunSpec {
                command,
                stdin: false,
                tty: false,
                ..run.clone()
            },
            dirs: dirs.map(|dir| results(&dir)).collect(),
            names: self.file_names(),
            expected: Expected::of(self.target.name(), self.floor()),
        })
    }

    /// The newest glibc that the target's results may need. It is unknown for an image that was not
    /// built from cross's.
    fn floor(&self) -> Floor {
        let row = target::find(self.target.name()).filter(|_| self.image.is_ours());
        let asked = self.context.config.glibc.as_ref();
        let asked = asked.map(|setting| setting.value.to_string());
        let floor = row.map(|row| asked.or_else(|| row.glibc_floor()));
        match floor {
            None => Floor::Unknown,
            Some(None) => Floor::NoGlibc,
            Some(Some(version)) => version.parse().map_or(Floor::Unknown, Floor::Glibc),
        }
    }
}
