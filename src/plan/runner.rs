//! Targets for whose programs no image has a runner: the user has a machine that runs them, and
//! names a script that takes them there.

use crate::plan::PlanInput;
use crate::target::Row;
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// Checks that the container can run programs, before anything is built for them.
    ///
    /// # Errors
    ///
    /// When the command runs programs, the image has no runner for them, and the configuration
    /// names none that it could start.
    pub(super) fn needs_runner(&self) -> Result<()> {
        let runs = self.context.subcommand.runs_programs()
            && !self.context.invocation.has("no-run")
            && !self.context.invocation.options.help;
        let has_none = self.row().is_some_and(|row| Row::runner(row).is_none());
        if !runs || !has_none || self.is_replaced("runner") || self.names_runner() {
            return Ok(());
        }
        let triple = self.target.name();
        let message = match self.unused("runner") {
            Some((name, said_by)) => format!(
                "the runner `{name}` of {said_by} is a program of the host, and there is no other for `{triple}`"
            ),
            None => format!("there is no runner for programs of `{triple}`"),
        };
        Err(Error::new(message).hint(format!(
            "name a script of the project's, which takes the program to a machine that runs it, as `runner` below \
             `[target.{triple}]` in `.cargo/config.toml`"
        )))
    }

    /// Whether the user names a runner that the container has.
    fn names_runner(&self) -> bool {
        let variable = self.variable("runner");
        let said = self.is_named(&variable)
            || self.context.host.text(&variable).is_some()
            || self
                .context
                .cargo_config
                .program(self.target.name(), "runner")
                .is_some();
        said && self.unused("runner").is_none()
    }
}
