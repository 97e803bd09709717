//! The time limit for programs of tests, which the images' runner enforces.

use crate::cli::Provider;
use crate::engine::spec::{EnvVar, last};
use crate::plan::PlanInput;
use crate::target::{Row, RunnerKey};
use cross_base::error::{Error, Result};

/// The variable that tells the runner the limit in seconds.
const VARIABLE: &str = "CROSS_TEST_TIMEOUT";

impl PlanInput<'_> {
    /// The variable with the limit for programs of tests, if the configuration has a limit.
    ///
    /// # Errors
    ///
    /// When there is a limit that no runner would enforce.
    pub(super) fn test_timeout(&self) -> Result<Option<EnvVar>> {
        let subcommand = self.context.subcommand;
        let said = self.context.config.test_timeout.as_ref();
        let said = said.filter(|said| said.value > 0);
        // A program in a debugger may stand still, so it gets no limit.
        let is_looked_at = self.context.host.debugging.is_some();
        let tests = subcommand.provider == Provider::Cargo && subcommand.tests() && !is_looked_at;
        let Some(said) = said.filter(|_| tests && !self.context.invocation.has("no-run")) else {
            return Ok(None);
        };
        let triple = self.target.name();
        if self.has_runner_with_limits() {
            return Ok(Some(EnvVar::set(VARIABLE, said.value.to_string())));
        }
        let message = format!(
            "{} cannot be kept to: the runner of `{triple}` knows no limit",
            said.source
        );
        let hint = format!("set `test-timeout = 0` below `[target.{triple}]`");
        Err(Error::new(message).hint(hint))
    }

    /// Whether the images' runner for Linux starts the programs.
    fn has_runner_with_limits(&self) -> bool {
        let runner = self.row().and_then(Row::runner);
        let is_ours = runner.is_some_and(|runner| {
            runner.emulator.is_some() || runner.key == Some(RunnerKey::Native)
        });
        let variable = self.variable("runner");
        let own = self.image.variable(&variable);
        let is_replaced = last(&self.own_programs(), &variable).is_some_and(|set| {
            let value = set.value(self.context.host);
            let starts = |own: &String| {
                value.is_some_and(|value| value.to_string_lossy().ends_with(own.as_str()))
            };
            !own.as_ref().is_some_and(starts)
        });
        self.engine.isolates() && is_ours && !is_replaced
    }
}
