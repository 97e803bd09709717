//! Options of cross's own, which cargo does not have.

use std::ffi::OsString;

use super::Invocation;
use super::flags::Meaning;
use super::scan::Token;
use cross_base::error::{Error, Result};

impl Invocation {
    /// The same as cargo may see it: without `--verify`, of which `options` still tells.
    ///
    /// # Errors
    ///
    /// When the command runs programs instead of leaving them.
    pub(crate) fn without_own_options(&self) -> Result<Self> {
        let mut other = self.clone();
        if !self.options.verify {
            return Ok(other);
        }
        let row = self.row();
        let leaves = row.is_some_and(|row| !row.runs_programs()) || self.has("no-run");
        if !leaves && !self.options.help {
            let name = row.map_or("it", |row| row.name);
            return Err(
                Error::usage(format!("`--verify` needs `--no-run` behind `cross {name}`"))
                    .hint("what only runs here is no result that goes to other machines"),
            );
        }
        other.args = self.args_without(|token| token.flag.meaning == Meaning::Verify);
        Ok(other)
    }

    /// The same command, which has been done, as a question for what it has made: cargo finds
    /// everything up to date, and answers in messages of <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>.
    pub(crate) fn asking_for_results(&self) -> Self {
        let mut other = self.clone();
        // A report of the times would take the place of the real one.
        other.args = self.args_without(|token| {
            token.flag.meaning == Meaning::MessageFormat || token.flag.long == "timings"
        });
        let ask = ["--message-format", "json-render-diagnostics"].map(OsString::from);
        other.args.splice(0..0, ask);
        other
    }

    /// Whether an option is among the arguments, by its long name.
    pub(crate) fn has(&self, long: &str) -> bool {
        let tokens = self.scan_args().tokens;
        tokens.iter().any(|token| token.flag.long == long)
    }

    /// `args` less some options, none of which stands in one word with others.
    fn args_without(&self, is_out: impl Fn(&Token) -> bool) -> Vec<OsString> {
        let tokens = self.scan_args().tokens;
        let out: Vec<&Token> = tokens.iter().filter(|token| is_out(token)).collect();
        let words = self.args.iter().enumerate();
        let kept = words.filter(|(at, _)| !out.iter().any(|token| token.words.contains(at)));
        kept.map(|(_, word)| word.clone()).collect()
    }
}
