//! Targets for whose programs no image has a runner: the user has a machine that runs them, and
//! names a script that takes them there.

use std::ffi::OsString;

use crate::cargo::config::variable;
use crate::plan::{PlanInput, WITH_LIBRARIES};
use crate::target::{self, RUNNER, Row};
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// Checks that the container can run programs, before anything is built for them.
    ///
    /// # Errors
    ///
    /// When the command runs programs, the image has no runner for them, and the configuration
    /// names none that it could start.
    pub(super) fn needs_runner(&self) -> Result<()> {
        if !self.lacks_runner(self.row()) || self.is_replaced("runner") || self.names_runner() {
            return Ok(());
        }
        let Some((words, said_by)) = self.unused("runner") else {
            return Err(self.no_runner());
        };
        let name = words.first().map_or("", String::as_str);
        let triple = self.target.name();
        let message = format!(
            "the runner `{name}` of {said_by} is a program of the host, and there is no other for `{triple}`"
        );
        Err(Error::new(message).hint(self.where_to_run()))
    }

    /// Checks for the engine `host` that something runs the programs that the command runs. Every
    /// runner that the user names can be started there.
    ///
    /// # Errors
    ///
    /// When the row has no runner, and neither a variable nor cargo's configuration names one.
    pub(super) fn needs_runner_on_host(&self, row: &'static Row) -> Result<()> {
        if !self.lacks_runner(Some(row)) || self.says_itself(&self.variable("runner")) {
            return Ok(());
        }
        Err(self.no_runner())
    }

    /// The error that nothing runs the programs.
    fn no_runner(&self) -> Error {
        let message = format!(
            "there is no runner for programs of `{}`",
            self.target.name()
        );
        Error::new(message).hint(self.where_to_run())
    }

    /// Whether the command runs programs, the row has no runner, and the key `runner` does not say
    /// that this machine runs them.
    fn lacks_runner(&self, row: Option<&'static Row>) -> bool {
        let runs = self.context.subcommand.runs_programs()
            && !self.context.invocation.has("no-run")
            && !self.context.invocation.options.help;
        let has_none = row.is_some_and(|row| row.runner().is_none());
        runs && has_none && !self.is_requested(row)
    }

    /// Whether the key `runner` says that this machine runs the row's programs, as few machines
    /// can.
    fn is_requested(&self, row: Option<&'static Row>) -> bool {
        let key = row.and_then(Row::runner_on_request);
        let said = self.context.config.runner.as_ref();
        said.is_some_and(|said| key == Some(said.value))
    }

    /// The hint that says how to name a runner.
    fn where_to_run(&self) -> String {
        let triple = self.target.name();
        let script = format!(
            "name a script of the project's, which takes the program to a machine that runs it, as `runner` below \
             `[target.{triple}]` in `.cargo/config.toml`"
        );
        match target::find(triple).and_then(Row::runner_on_request) {
            Some(key) => format!(
                "say `runner = \"{}\"` below `[target.{triple}]` in `Cross.toml` where the kernel runs them; else {script}",
                key.as_str()
            ),
            None => script,
        }
    }

    /// The runner of cross's images with its variable, if only the key `runner` asks for it.
    pub(super) fn requested_runner(&self) -> Option<(String, &'static str)> {
        let is_wanted =
            self.is_requested(self.row()) && !self.is_replaced("runner") && !self.names_runner();
        is_wanted.then(|| (self.variable("runner"), RUNNER))
    }

    /// The words before a program of the target's with the engine `host`, by which cross itself
    /// starts the program with the libraries that build scripts have made.
    pub(super) fn words_for_libraries(&self) -> Vec<OsString> {
        if self.build_scripts().is_none() || self.is_split() {
            return Vec::new();
        }
        let program = self.context.host.program.clone();
        vec![program.into(), WITH_LIBRARIES.into()]
    }

    /// The message that cross does not start the programs.
    pub(super) fn without_libraries(&self) -> Option<&'static str> {
        (self.build_scripts().is_some() && self.is_split()).then_some(
            "programs do not find shared libraries that build scripts make: the path of cross itself has a space",
        )
    }

    /// Whether cargo would split the path of cross itself, which has a space.
    fn is_split(&self) -> bool {
        let program = self.context.host.program.to_string_lossy();
        program.contains(char::is_whitespace)
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

    /// Whether the user has set a variable, or the key of cargo's configuration that the variable
    /// stands for.
    pub(super) fn says_itself(&self, name: &str) -> bool {
        let program = |what: &str| {
            let key = format!("target.{}.{what}", self.target.name());
            variable(&key) == name
                && self
                    .context
                    .cargo_config
                    .program(self.target.name(), what)
                    .is_some()
        };
        self.context.host.text(name).is_some() || program("linker") || program("runner")
    }
}
