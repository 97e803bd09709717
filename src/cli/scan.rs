//! Finds the options among arguments, as clap finds them for cargo.

use std::ffi::{OsStr, OsString};
use std::ops::Range;

use super::flags::{Flag, Position, Value};
use super::subcommand::{self, Stop};

/// One option on the command line.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) flag: &'static Flag,
    pub(crate) value: Option<OsString>,
    /// The indices of the option's arguments. Options in a cluster (`-vq`) have the same.
    pub(crate) words: Range<usize>,
}

/// The result of a scan.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) tokens: Vec<Token>,
    /// The first argument that looks like an option and is not in the table.
    pub(crate) unknown: Option<usize>,
    /// The index at which cargo stops reading options: at `--`, at the positional argument that
    /// [`Stop`] names, or at the end.
    pub(crate) end: usize,
}

/// Finds the options among `words`, up to where cargo stops looking for them.
pub(crate) fn scan(words: &[OsString], place: Position, mut stop: Stop) -> Scan {
    let mut found = Scan::default();
    while let Some(word) = words.get(found.end) {
        let bytes = word.as_encoded_bytes();
        found.end += match bytes {
            b"--" => break,
            [b'-', b'-', ..] => long(words, &mut found, place),
            [b'-', _, ..] => cluster(words, &mut found, place),
            _ => {
                match stop {
                    Stop::First => break,
                    Stop::Wrapped if takes_program(word) => stop = Stop::First,
                    Stop::Wrapped | Stop::Never => {}
                }
                1
            }
        };
    }
    found
}

/// Whether this command of cargo's, when a plugin wraps it, is followed by arguments of a program
/// or compiler.
fn takes_program(name: &OsStr) -> bool {
    subcommand::find(name).is_some_and(|wrapped| wrapped.stop() == Stop::First)
}

/// Reads `--name`, `--name value` or `--name=value`. Returns the number of arguments read.
fn long(words: &[OsString], found: &mut Scan, place: Position) -> usize {
    let at = found.end;
    let bytes = words[at].as_encoded_bytes();
    let equals = bytes.iter().position(|byte| *byte == b'=');
    let flag = place.long(&bytes[2..equals.unwrap_or(bytes.len())]);
    match (flag, equals) {
        // Cargo refuses a value for an option that takes none.
        (Some(flag), Some(_)) if flag.value == Value::No => found.unknown(at),
        (Some(flag), Some(equals)) => found.push(flag, Some(tail(&words[at], equals + 1)), at, 1),
        (Some(flag), None) => {
            let value = next_value(words, at, flag);
            let taken = 1 + usize::from(value.is_some());
            found.push(flag, value, at, taken);
            return taken;
        }
        (None, _) => found.unknown(at),
    }
    1
}

/// Reads `-v`, `-vv`, `-rj4`, `-j 4` or `-j=4`. Returns the number of arguments read.
fn cluster(words: &[OsString], found: &mut Scan, place: Position) -> usize {
    let at = found.end;
    let bytes = words[at].as_encoded_bytes();
    for (index, byte) in bytes.iter().enumerate().skip(1) {
        let Some(flag) = place.short(*byte) else {
            found.unknown(at);
            break;
        };
        if flag.value == Value::No {
            found.push(flag, None, at, 1);
            continue;
        }
        let (value, taken) = match &bytes[index + 1..] {
            [] => {
                let value = next_value(words, at, flag);
                let taken = 1 + usize::from(value.is_some());
                (value, taken)
            }
            [b'=', ..] => (Some(tail(&words[at], index + 2)), 1),
            _ => (Some(tail(&words[at], index + 1)), 1),
        };
        found.push(flag, value, at, taken);
        return taken;
    }
    1
}

/// The argument behind index `at`, if it is the value of `flag`.
fn next_value(words: &[OsString], at: usize, flag: &Flag) -> Option<OsString> {
    let next = words.get(at + 1)?;
    let looks_like_option = matches!(next.as_encoded_bytes(), [b'-', _, ..]);
    match flag.value {
        Value::No => None,
        Value::Hyphen => Some(next.clone()),
        Value::Required | Value::Optional => (!looks_like_option).then(|| next.clone()),
    }
}

impl Scan {
    fn push(&mut self, flag: &'static Flag, value: Option<OsString>, at: usize, taken: usize) {
        self.tokens.push(Token {
            flag,
            value,
            words: at..at + taken,
        });
    }

    fn unknown(&mut self, at: usize) {
        self.unknown.get_or_insert(at);
    }
}

/// The rest of a string behind its first `skip` bytes, all of which must be ASCII.
///
/// `OsStr` has no portable way to cut it without `unsafe`, so this uses Unix's.
pub(crate) fn tail(word: &OsStr, skip: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(&word.as_bytes()[skip..]).to_owned()
}
