//! The files and directories that a command line names, of which the container needs a mount.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::Invocation;
use super::flags::{Around, BEHIND, Behind, Use};
use super::scan::tail;

/// A path on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// The option with its dashes, or the command whose last argument the path is.
    pub(crate) option: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) purpose: Purpose,
    /// Whether a relative path is relative to the workspace's root, from where cargo starts
    /// compilers, and not to the directory in which cargo works.
    pub(crate) from_root: bool,
}

/// The purpose of a path on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be read.
    Input,
    /// To be written as a file.
    File(Around),
    /// To have files written in it.
    Dir(Around),
    /// To have files written in its directory `target`.
    TargetOf,
    /// To be written as a file, or to have a file written in it if it is a directory.
    FileOrDir(Around),
}

impl Invocation {
    /// The paths that the command line names, in no particular order. The directories of cargo's
    /// own options are not among them.
    pub(crate) fn named_paths(&self) -> Vec<NamedPath> {
        let first = self.first_word();
        let is_first = |name: &str| first == Some(name);
        let own = self.options.paths.iter();
        let own = own.flat_map(|(option, does, value)| {
            let named = pieces(value, *does, is_first);
            named.map(|(path, purpose)| NamedPath {
                option,
                path,
                purpose,
                from_root: false,
            })
        });
        own.chain(self.named_behind()).collect()
    }

    /// The first argument that is neither an option nor the value of one that is known.
    pub(crate) fn first_word(&self) -> Option<&str> {
        // No option is in front of the usual one.
        let first = self.args.first()?.to_str();
        if first.is_some_and(|word| !word.starts_with('-')) {
            return first;
        }
        let tokens = self.scan_args().tokens;
        let is_option = |at: &usize| tokens.iter().any(|token| token.words.contains(at));
        let mut words = self.args.iter().enumerate();
        let found =
            words.find(|(at, word)| !is_option(at) && !word.as_encoded_bytes().starts_with(b"-"));
        found.and_then(|(_, word)| word.to_str())
    }

    /// The paths in the arguments for the program to which the command passes them.
    fn named_behind(&self) -> Vec<NamedPath> {
        let Some(known) = self.subcommand() else {
            return Vec::new();
        };
        let command = known.name;
        let row = BEHIND.iter().find(|(name, _)| *name == command);
        let mut named = Vec::new();
        for Behind { option, does } in row.map_or(&[][..], |(_, options)| *options) {
            let spelled = if option.is_empty() { command } else { option };
            for value in self.values_behind(option) {
                let pieces = pieces(&value, *does, |_| false);
                named.extend(pieces.map(|(path, purpose)| NamedPath {
                    option: spelled,
                    path,
                    purpose,
                    from_root: known.is_started_in_root(),
                }));
            }
        }
        named
    }

    /// The values of an option among the arguments behind the command's own: `-o PATH`, `--emit
    /// LIST` or `--emit=LIST`. For an empty name, the last argument if it is no option.
    pub(crate) fn values_behind(&self, option: &str) -> Vec<OsString> {
        let words = self.rest.iter().filter(|word| *word != "--");
        let words: Vec<&OsString> = words.collect();
        if option.is_empty() {
            let last = words.last();
            let last = last.filter(|word| !word.as_encoded_bytes().starts_with(b"-"));
            return last.map(|word| (*word).clone()).into_iter().collect();
        }
        let next = words.iter().skip(1).map(Some).chain([None]);
        let values = words.iter().zip(next).filter_map(|(word, next)| {
            if *word == option {
                return next.map(|value| (*value).clone());
            }
            let rest = word.as_encoded_bytes().strip_prefix(option.as_bytes())?;
            let is_value = rest.starts_with(b"=") && option.starts_with("--");
            is_value.then(|| tail(word, option.len() + 1))
        });
        values.collect()
    }
}

/// The paths in the value of an option.
fn pieces(
    value: &OsStr,
    does: Use,
    is_first: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (PathBuf, Purpose)> {
    let behind = |value: &OsStr, sign: u8| {
        let bytes = value.as_encoded_bytes();
        let at = bytes.iter().position(|byte| *byte == sign)?;
        Some(tail(value, at + 1))
    };
    let (values, purpose): (Vec<OsString>, Purpose) = match does {
        Use::ReadsBehindColon => (behind(value, b':').into_iter().collect(), Purpose::Input),
        Use::Writes(around) => (vec![value.to_owned()], Purpose::File(around)),
        Use::WritesFor(name) if is_first(name) => {
            (vec![value.to_owned()], Purpose::File(Around::There))
        }
        Use::Reads | Use::WritesFor(_) => (vec![value.to_owned()], Purpose::Input),
        Use::Fills(around) => (vec![value.to_owned()], Purpose::Dir(around)),
        Use::FillsTarget => (vec![value.to_owned()], Purpose::TargetOf),
        Use::WritesOrFills(around) => (vec![value.to_owned()], Purpose::FileOrDir(around)),
        Use::WritesList => {
            // rustc refuses a list that is not Unicode.
            let list = value.to_str().unwrap_or_default().split(',');
            let list = list.filter_map(|entry| behind(OsStr::new(entry), b'='));
            // A dash is rustc's standard output.
            let list = list.filter(|path| path != "-");
            (list.collect(), Purpose::File(Around::There))
        }
    };
    let values = values.into_iter().filter(|value| !value.is_empty());
    values.map(move |value| (value.into(), purpose))
}
