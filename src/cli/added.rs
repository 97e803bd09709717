//! Options that cross adds to a command line.

use std::ffi::{OsStr, OsString};

use super::Invocation;
use super::flags::{Meaning, Position};
use super::scan::{Scan, Token, scan};
use super::subcommand::{self, Provider, Stop};

impl Invocation {
    /// The invocation with `--target` for this triple and no other.
    pub(crate) fn for_target(&self, triple: &OsStr) -> Self {
        let mut other = self.clone();
        let Some(subcommand) = &self.typed else {
            return other;
        };
        // Cargo takes no options in `cargo -- build`, so the dashes go.
        if subcommand::is_built_in(subcommand) && self.globals.last().is_some_and(|w| w == "--") {
            other.globals.pop();
        }
        other.args = self.with_target(triple);
        other
    }

    /// The invocation with one more `--config`, placed so that cargo obeys it as well as the user's
    /// own. Cargo ignores those in front of a built-in command if there is one behind it, and
    /// always those in front of any other command.
    pub(crate) fn with_config(&self, setting: &str) -> Self {
        let mut other = self.clone();
        let behind = self
            .subcommand()
            .is_some_and(|known| known.provider != Provider::Cargo)
            || self.has_config();
        let place = if behind {
            &mut other.args
        } else {
            &mut other.globals
        };
        place.splice(0..0, ["--config".into(), setting.into()]);
        other
    }

    /// Whether there is a `--config` of cargo's behind the command.
    pub(crate) fn has_config(&self) -> bool {
        let tokens = self.scan_args().tokens;
        tokens
            .iter()
            .any(|token| token.flag.meaning == Meaning::Config)
    }

    /// The invocation with one more `--config` behind the user's own, which it overrides. Without
    /// one of the user's it is placed as by [`Self::with_config`].
    pub(crate) fn with_last_config(&self, setting: &str) -> Self {
        let last = |scan: Scan| {
            let mut tokens = scan.tokens.into_iter().rev();
            tokens.find(|token| token.flag.meaning == Meaning::Config)
        };
        let mut other = self.with_config(setting);
        let after = last(other.scan_args());
        let (place, last) = if after.is_some() {
            (&mut other.args, after)
        } else {
            let before = scan(&other.globals, Position::Before, Stop::First);
            (&mut other.globals, last(before))
        };
        if let Some(token) = last {
            // The option that was placed in front of the user's own goes behind them.
            place[..token.words.end].rotate_left(2);
        }
        other
    }

    /// `args` with exactly one `--target`: in the place of the first one, or at the end if there
    /// was none.
    fn with_target(&self, triple: &OsStr) -> Vec<OsString> {
        let tokens = self.scan_args().tokens;
        let target = |token: &&Token| token.flag.meaning == Meaning::Target;
        let position = tokens
            .iter()
            .find(target)
            .map_or(self.args.len(), |t| t.words.start);
        let mut args = Vec::with_capacity(self.args.len() + 2);
        for at in 0..=self.args.len() {
            if at == position {
                args.extend(["--target".into(), triple.to_owned()]);
            }
            if !tokens
                .iter()
                .filter(target)
                .any(|token| token.words.contains(&at))
            {
                args.extend(self.args.get(at).cloned());
            }
        }
        args
    }
}
