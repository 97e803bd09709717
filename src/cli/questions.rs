//! Questions of other modules about an invocation.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Invocation, Options};
use crate::target;

impl Invocation {
    /// The directory that cargo works in, as an absolute path.
    pub(crate) fn directory(&self, cwd: &Path) -> PathBuf {
        match &self.options.directory {
            Some(dir) => cross_base::fs::absolute(cwd, dir),
            None => cwd.to_owned(),
        }
    }

    /// A target's triple among the arguments of a command, without `--target` in front of it.
    pub(crate) fn target_without_option(&self) -> Option<&str> {
        let scan = self.scan_args();
        if scan.unknown.is_some() {
            return None;
        }
        let is_option = |at: &usize| scan.tokens.iter().any(|token| token.words.contains(at));
        let words = self.args.iter().enumerate();
        let mut words = words.filter(|(at, _)| !is_option(at));
        // Cargo's error is about the first such argument, so only that one is looked at.
        let (_, word) = words.next()?;
        let word = word.to_str()?;
        (target::find(word).is_some() || target::is_bare(word)).then_some(word)
    }

    /// Whether the command line makes cargo print its general help.
    pub(crate) fn asks_for_help(&self) -> bool {
        let options = &self.options;
        match &self.typed {
            Some(name) => name == "help" && self.args.is_empty() && self.rest.is_empty(),
            None => {
                options.help
                    || !(options.version
                        || options.list
                        || options.explain
                        || !options.unstable.is_empty())
            }
        }
    }
}

impl Options {
    /// Whether the options forbid cargo the network.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline || self.frozen
    }

    /// The options that change which workspace cargo finds and how it reads manifests.
    pub(crate) fn for_metadata(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        if let Some(dir) = &self.directory {
            args.extend(["-C".into(), dir.into()]);
        }
        for (flag, values) in [("--config", &self.config), ("-Z", &self.unstable)] {
            for value in values {
                args.extend([flag.into(), value.clone()]);
            }
        }
        args
    }
}
