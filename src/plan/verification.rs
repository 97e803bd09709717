//! What is looked at behind a build with `--verify`: the results that cargo names, against what the
//! target promises.

use std::path::Path;

use crate::cargo::context::Context;
use crate::engine::spec::RunSpec;
use crate::plan::PlanInput;
use crate::target;
use crate::verify::{Expected, Floor};
use cross_base::beneath::Place;

/// The question for what was made, and what that must keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verification {
    /// The same run once more, in which cargo has nothing to do but to name its results.
    pub(crate) run: RunSpec,
    /// Where the target's results are.
    pub(crate) dirs: Vec<Place>,
    pub(crate) expected: Expected,
}

impl PlanInput<'_> {
    /// What to look at behind a run.
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
        let command = if self.engine.isolates() {
            input.command()
        } else {
            input.command_on_host()
        };
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
            expected: Expected::of(self.target.name(), self.floor()),
        })
    }

    /// The newest glibc that the target's results may need. Of an image that is wholly the user's
    /// nothing is known.
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
