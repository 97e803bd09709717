//! How long programs of tests may run. The images' runner sees to it.

use crate::cli::Provider;
use crate::config::file::Runner;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use crate::target::Row;
use cross_base::error::{Error, Result};

/// Tells the runner the seconds.
const VARIABLE: &str = "CROSS_TEST_TIMEOUT";

impl PlanInput<'_> {
    /// The variable that limits programs of tests, if there is a limit.
    ///
    /// # Errors
    ///
    /// When there is one that nothing would keep to.
    pub(super) fn test_timeout(&self) -> Result<Option<EnvVar>> {
        let row = self.context.subcommand;
        let said = self.context.config.test_timeout.as_ref();
        let said = said.filter(|said| said.value > 0);
        // A program that is looked at may stand still.
        let is_looked_at = self.context.host.debugging.is_some();
        let tests = row.provider == Provider::Cargo && row.name == "test" && !is_looked_at;
        let Some(said) = said.filter(|_| tests && !self.context.invocation.has("no-run")) else {
            return Ok(None);
        };
        let triple = self.target.name();
        if self.has_runner_with_limits() {
            let value = said.value.to_string().into();
            return Ok(Some(EnvVar::Set(VARIABLE.to_owned(), value)));
        }
        let message = format!(
            "{} cannot be kept to: the runner of `{triple}` knows no limit",
            said.source
        );
        let hint = format!("set `test-timeout = 0` below `[target.{triple}]`");
        Err(Error::new(message).hint(hint))
    }

    /// Whether programs are started by the images' runner for Linux.
    fn has_runner_with_limits(&self) -> bool {
        let runner = self.row().and_then(Row::runner);
        let is_ours = runner.is_some_and(|runner| {
            runner.emulator.is_some() || runner.key == Some(Runner::Native.as_str())
        });
        let variable = self.variable("runner");
        let mut own = self.own_programs().into_iter();
        let is_replaced = own.any(|var| matches!(var, EnvVar::Set(name, _) if name == variable));
        self.engine.isolates() && is_ours && !is_replaced
    }
}
