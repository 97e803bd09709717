//! Options of cross's own, which cargo does not have.

use std::ffi::OsString;

use super::flags::Meaning;
use super::paths::Purpose;
use super::scan::Token;
use super::{Invocation, Subcommand};
use cross_base::error::{Error, Result};

impl Invocation {
    /// The invocation without `--verify`, which cargo does not know. `options.verify` stays set.
    ///
    /// # Errors
    ///
    /// If the command runs programs and so leaves no results to verify.
    pub(crate) fn without_own_options(&self) -> Result<Self> {
        let mut other = self.clone();
        if !self.options.verify {
            return Ok(other);
        }
        let known = self.subcommand();
        let leaves = known.is_some_and(|known| !known.runs_programs()) || self.has("no-run");
        if !leaves && !self.options.help {
            let name = known.map_or("it", |known| known.name);
            return Err(
                Error::usage(format!("`--verify` needs `--no-run` behind `cross {name}`"))
                    .hint("what only runs here is no result that goes to other machines"),
            );
        }
        other.args = self.args_without(|token| token.flag.meaning == Meaning::Verify);
        Ok(other)
    }

    /// The invocation without `--target` if the command runs what was built before. Cross still
    /// needs the option, to choose the container.
    pub(crate) fn without_target_of_built(self) -> Self {
        let known = self.subcommand();
        let options = known.map_or(&[][..], Subcommand::runs_built_with);
        if options.is_empty() {
            return self;
        }
        let named = self.named_paths();
        let mut inputs = named.iter().filter(|path| path.purpose == Purpose::Input);
        if !inputs.any(|path| options.contains(&path.option)) {
            return self;
        }
        let args = self.args_without(|token| token.flag.meaning == Meaning::Target);
        Self { args, ..self }
    }

    /// The command line that asks cargo for the results of this command, which has just been run:
    /// cargo finds everything up to date, and lists the results in messages of
    /// <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>.
    pub(crate) fn asking_for_results(&self) -> Self {
        let mut other = self.clone();
        // With `--timings`, the report about this second run would replace the real one.
        other.args = self.args_without(|token| {
            token.flag.meaning == Meaning::MessageFormat || token.flag.long == "timings"
        });
        let ask = ["--message-format", "json-render-diagnostics"].map(OsString::from);
        other.args.splice(0..0, ask);
        other
    }

    /// The command line that only builds what this command of cargo's builds. None if the command
    /// runs programs in a way of its own.
    pub(crate) fn without_running(&self) -> Option<Self> {
        let known = self.subcommand()?;
        let mut other = self.clone();
        if known.has_harness() {
            if !self.has("no-run") {
                other.args.push("--no-run".into());
            }
        } else if known.is_run() {
            other.typed = Some("build".into());
            other.rest.clear();
        } else if known.runs_programs() {
            return None;
        }
        Some(other)
    }

    /// Whether the option with this long name is among the arguments.
    pub(crate) fn has(&self, long: &str) -> bool {
        let tokens = self.scan_args().tokens;
        tokens.iter().any(|token| token.flag.long == long)
    }

    /// `args` without some options. None of these options may share an argument with others.
    fn args_without(&self, is_out: impl Fn(&Token) -> bool) -> Vec<OsString> {
        let tokens = self.scan_args().tokens;
        let out: Vec<&Token> = tokens.iter().filter(|token| is_out(token)).collect();
        let words = self.args.iter().enumerate();
        let kept = words.filter(|(at, _)| !out.iter().any(|token| token.words.contains(at)));
        kept.map(|(_, word)| word.clone()).collect()
    }
}
