//! The arguments of a sandbox: words that a user can read and paste. They need not be UTF-8.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};

use cross_base::error::{Error, Result};

/// Run a command in an unpacked image
#[derive(Debug, Parser)]
#[command(name = "cross __sandbox", disable_version_flag = true)]
struct Words {
    /// The directory that holds the image's layers
    #[arg(long)]
    store: Option<PathBuf>,
    /// A layer, the lowest first: a directory in the store; without any, the command sees the host
    #[arg(long)]
    layer: Vec<PathBuf>,
    /// A layer of another image, of which something is copied
    #[arg(long)]
    other: Vec<PathBuf>,
    /// Keep what is written in this directory
    #[arg(long)]
    upper: Option<PathBuf>,
    /// Be root, rather than the caller
    #[arg(long)]
    as_root: bool,
    /// Have other users as well, by the caller's subordinate ids
    #[arg(long, requires = "as_root")]
    other_users: bool,
    /// What the command can reach
    #[arg(long, default_value = "host")]
    network: Network,
    /// Show a file or directory, read-only
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"], action = clap::ArgAction::Append, allow_hyphen_values = true)]
    read_only: Vec<PathBuf>,
    /// Show a file or directory, writable
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"], action = clap::ArgAction::Append, allow_hyphen_values = true)]
    read_write: Vec<PathBuf>,
    /// Follow no link below this directory on the way to what is shown
    #[arg(long)]
    no_links_below: Vec<PathBuf>,
    /// A directory in memory
    #[arg(long)]
    tmpfs: Vec<PathBuf>,
    /// Set a variable (`NAME=value`) or hand it on (`NAME`)
    #[arg(long)]
    env: Vec<OsString>,
    /// Let this emulator run foreign programs, wherever they are started
    #[arg(long)]
    binfmt: Option<PathBuf>,
    #[arg(long, default_value = "/")]
    workdir: PathBuf,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// The arguments of a sandbox, parsed, with mounts and variables in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    pub store: PathBuf,
    /// The image's layers: names in the store's directory of layers, the lowest first.
    pub layers: Vec<PathBuf>,
    /// The layers of another image, from which a build step copies files.
    pub others: Vec<PathBuf>,
    /// A directory with `tree` and `work` in it, which keeps the files that the command writes.
    /// None to keep them in memory.
    pub upper: Option<PathBuf>,
    pub as_root: bool,
    /// Whether a caller who is not root has other users in the sandbox as well.
    pub other_users: bool,
    pub network: Network,
    pub binds: Vec<Bind>,
    /// Directories that containers can write to. No symbolic link below them is followed on the way
    /// to a mount's source.
    pub no_links_below: Vec<PathBuf>,
    pub tmpfs: Vec<PathBuf>,
    /// Environment variables. None as a value stands for the caller's value.
    pub env: Vec<(OsString, Option<OsString>)>,
    pub binfmt: Option<PathBuf>,
    pub workdir: PathBuf,
    pub command: Vec<OsString>,
}

/// The network of a sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// What the host can.
    #[default]
    Host,
    /// Nothing.
    None,
}

/// A file or directory of the host and its path in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    pub source: PathBuf,
    pub target: PathBuf,
    pub read_only: bool,
}

impl Args {
    /// Parses the arguments behind [`super::WORD`].
    pub(super) fn parse(words: Vec<OsString>) -> Result<Self> {
        let matches = Words::command().try_get_matches_from(words);
        let words = matches.and_then(|matches| Words::from_arg_matches(&matches));
        let words = words.map_err(|error| {
            let _ = error.print();
            Error::already_reported(2)
        })?;
        let pairs = |list: &[PathBuf], read_only| {
            let pairs = list.chunks_exact(2).map(|pair| Bind {
                source: pair[0].clone(),
                target: pair[1].clone(),
                read_only,
            });
            pairs.collect::<Vec<_>>()
        };
        let mut binds = pairs(&words.read_only, true);
        binds.extend(pairs(&words.read_write, false));
        Ok(Self {
            store: words.store.unwrap_or_default(),
            layers: words.layer,
            others: words.other,
            upper: words.upper,
            as_root: words.as_root,
            other_users: words.other_users,
            network: words.network,
            binds,
            no_links_below: words.no_links_below,
            tmpfs: words.tmpfs,
            env: words.env.iter().map(|word| variable(word)).collect(),
            binfmt: words.binfmt,
            workdir: words.workdir,
            command: words.command,
        })
    }

    /// The arguments as words, with [`super::WORD`] first.
    #[must_use]
    pub fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![super::WORD.into()];
        let mut option = |name: &str, values: &[&OsStr]| {
            words.push(name.into());
            words.extend(values.iter().map(OsString::from));
        };
        if !self.layers.is_empty() {
            option("--store", &[self.store.as_os_str()]);
        }
        for layer in &self.layers {
            option("--layer", &[layer.as_os_str()]);
        }
        for layer in &self.others {
            option("--other", &[layer.as_os_str()]);
        }
        if let Some(dir) = &self.upper {
            option("--upper", &[dir.as_os_str()]);
        }
        if self.as_root {
            option("--as-root", &[]);
        }
        if self.other_users {
            option("--other-users", &[]);
        }
        if self.network == Network::None {
            option("--network", &[OsStr::new("none")]);
        }
        for bind in &self.binds {
            let name = if bind.read_only {
                "--read-only"
            } else {
                "--read-write"
            };
            option(name, &[bind.source.as_os_str(), bind.target.as_os_str()]);
        }
        for dir in &self.no_links_below {
            option("--no-links-below", &[dir.as_os_str()]);
        }
        for dir in &self.tmpfs {
            option("--tmpfs", &[dir.as_os_str()]);
        }
        for (name, value) in &self.env {
            let mut word = name.clone();
            if let Some(value) = value {
                word.push("=");
                word.push(value);
            }
            option("--env", &[&word]);
        }
        if let Some(path) = &self.binfmt {
            option("--binfmt", &[path.as_os_str()]);
        }
        option("--workdir", &[self.workdir.as_os_str()]);
        option("--", &[]);
        words.extend(self.command.iter().cloned());
        words
    }
}

/// Splits `NAME=value` into name and value.
fn variable(word: &OsStr) -> (OsString, Option<OsString>) {
    let bytes = word.as_bytes();
    match bytes.iter().position(|byte| *byte == b'=') {
        None => (word.to_owned(), None),
        Some(at) => (
            OsStr::from_bytes(&bytes[..at]).to_owned(),
            Some(OsString::from_vec(bytes[at + 1..].to_vec())),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn what_is_written_is_what_is_read() {
        let odd = OsString::from_vec(b"/a b,\xff:'".to_vec());
        let args = Args {
            store: "/store".into(),
            layers: vec!["one".into(), "two".into()],
            others: vec!["three".into()],
            upper: Some("/u".into()),
            as_root: true,
            other_users: true,
            network: Network::None,
            binds: vec![
                Bind {
                    source: odd.clone().into(),
                    target: odd.clone().into(),
                    read_only: true,
                },
                Bind {
                    source: "--x".into(),
                    target: "/y".into(),
                    read_only: false,
                },
            ],
            no_links_below: vec!["/w/t".into()],
            tmpfs: vec!["/home/cross".into()],
            env: vec![
                ("A".into(), None),
                ("B".into(), Some("1=2".into())),
                ("C".into(), Some(OsString::new())),
            ],
            binfmt: Some("/opt/q".into()),
            workdir: odd.into(),
            command: vec!["cargo".into(), "--".into(), "-x".into()],
        };
        assert_eq!(Args::parse(args.words()).unwrap(), args);
    }
}
