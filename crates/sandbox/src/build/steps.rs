//! The instructions that change files: `RUN`, and `COPY` with `ADD`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Builder, State};
use crate::USUAL_PATH;
use crate::{Args, Bind, COPIED, Network};
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_dockerfile::context::{Context, copied, inside};
use cross_dockerfile::parse::{Copy, Run, Text, expand};
use cross_dockerfile::pattern;

/// The directory in the sandbox with a Dockerfile's here-documents while they are copied.
const TEXTS: &str = "/dev/cross-texts";

impl Builder<'_> {
    pub(super) fn run(&mut self, run: &Run, state: &mut State) -> Result<bool> {
        let values = state.values();
        let mut key = Digest::default();
        for part in [&state.key, "RUN"] {
            key.add(part.as_bytes());
        }
        key.add(state.workdir().as_os_str().as_encoded_bytes());
        let shell = run.in_shell.then(|| state.image.shell());
        let words: Vec<String> = shell
            .into_iter()
            .flatten()
            .chain(run.words.clone())
            .collect();
        key.add(&words.len().to_le_bytes());
        for word in &words {
            key.add(word.as_bytes());
        }
        for (name, value) in &values {
            key.add(name.as_bytes());
            key.add(value.as_bytes());
        }
        let mut command: Vec<OsString> = Vec::new();
        let user = state.image.user();
        if let Some(user) = user {
            key.add(AS_USER.as_bytes());
            let words = ["/bin/sh", "-c", AS_USER, "sh", user];
            command.extend(words.map(OsString::from));
        }
        command.extend(words.iter().map(OsString::from));
        let mut args = Args {
            env: self.environment(&values, user.is_some()),
            workdir: state.workdir(),
            command,
            other_users: self.request.other_users,
            ..Args::default()
        };
        let plain = Run {
            words: run.words.clone(),
            in_shell: run.in_shell,
            ..Run::default()
        };
        // Plain instructions add nothing here, so that their digests are the same as in earlier
        // versions.
        if *run != plain || user.is_some() {
            key.add(
                format!(
                    "{:?} {:?}",
                    (&run.memory, &run.context),
                    (run.offline, user)
                )
                .as_bytes(),
            );
            self.surround(run, &mut args, &mut key, state)?;
        }
        if self.request.offline {
            args.network = Network::None;
        }
        self.layer(key.whole(), args, state)
    }

    /// Adds mounts, directories in memory and the network of a command.
    fn surround(&self, run: &Run, args: &mut Args, key: &mut Digest, state: &State) -> Result<()> {
        let values = state.values();
        let expand = |text: &str| expand(text, &values, self.file.escape);
        let place = |target: &str| state.workdir().join(expand(target));
        args.tmpfs = run.memory.iter().map(|target| place(target)).collect();
        if run.offline {
            args.network = Network::None;
        }
        for (source, target) in &run.context {
            let source = expand(source);
            let wanted = copied(std::slice::from_ref(&source));
            let (context, path) = (self.request.context, self.request.path);
            Context::find(context, path, &wanted, &[])?.digest(key)?;
            args.binds.push(Bind {
                source: context.join(inside(&source)),
                target: place(target),
                read_only: true,
            });
        }
        args.no_links_below.push(self.request.context.to_owned());
        Ok(())
    }

    /// Copies files from the context, from another stage or image, or from here-documents.
    pub(super) fn copy(&mut self, copy: &Copy, index: usize, state: &mut State) -> Result<bool> {
        // A path with a slash at the end is a directory, so the slash is kept.
        let to = state.workdir().join(&copy.to);
        let to = to.to_string_lossy().into_owned();
        let mut key = Digest::default();
        for part in [&state.key, "COPY", COPY, &to] {
            key.add(part.as_bytes());
        }
        for source in &copy.sources {
            key.add(source.as_bytes());
        }
        let patterns = patterns(copy)?;
        if patterns != copy.sources {
            key.add(format!("{patterns:?}").as_bytes());
        }
        let mut args = Args {
            env: vec![("PATH".into(), Some(USUAL_PATH.into()))],
            workdir: PathBuf::from("/"),
            ..Args::default()
        };
        if let Some(name) = &copy.from {
            let other = match self.find(name, index) {
                Some(other) => match self.stage(other)? {
                    Some(state) => state,
                    None => return Ok(false),
                },
                None => self.image(name)?,
            };
            key.add(other.key.as_bytes());
            args.others = other.image.layers.iter().map(PathBuf::from).collect();
        } else if !copy.sources.is_empty() {
            let wanted = copied(&copy.sources);
            let files = Context::find(self.request.context, self.request.path, &wanted, &[])?;
            files.digest(&mut key)?;
            args.binds.push(Bind {
                source: self.request.context.to_owned(),
                target: COPIED.into(),
                read_only: true,
            });
        }
        let (mode, owner) = (copy.mode.as_deref(), copy.owner.as_deref());
        let unpacks = if copy.unpacks { "1" } else { "" };
        if mode.is_some() || owner.is_some() || copy.unpacks || !copy.texts.is_empty() {
            key.add(format!("{mode:?} {owner:?} {unpacks} {:?}", copy.texts).as_bytes());
        }
        args.other_users = owner.is_some() && self.request.other_users;
        let texts = texts(&copy.texts)?;
        args.binds.extend(texts.iter().map(|dir| Bind {
            source: dir.path().to_owned(),
            target: TEXTS.into(),
            read_only: true,
        }));
        let options = [mode.unwrap_or_default(), owner.unwrap_or_default(), unpacks];
        args.command = copying(&patterns, &copy.texts, options, &to);
        self.layer(key.whole(), args, state)
    }
}

/// The sources of an instruction as patterns for the script that copies.
fn patterns(copy: &Copy) -> Result<Vec<String>> {
    let sources = copy.sources.iter();
    let patterns = sources.map(|source| {
        pattern::for_find(source).map_err(|e| Error::new(format!("`COPY {source}`: {e}")))
    });
    patterns.collect()
}

/// The command that copies. The options are mode, owner and whether to unpack archives.
fn copying(patterns: &[String], texts: &[Text], options: [&str; 3], to: &str) -> Vec<OsString> {
    let words = ["/bin/sh", "-c", COPY, "sh"].into_iter().chain(options);
    let words = words.chain([to]).map(OsString::from);
    let sources = patterns.iter();
    let sources = sources.map(|source| Path::new(COPIED).join(relative(source)));
    let texts = texts.iter();
    let texts = texts.map(|text| Path::new(TEXTS).join(&text.name));
    let sources = sources.chain(texts).map(PathBuf::into_os_string);
    words.chain(sources).collect()
}

/// Writes here-documents to a temporary directory. None if there are no documents.
fn texts(texts: &[Text]) -> Result<Option<tempfile::TempDir>> {
    if texts.is_empty() {
        return Ok(None);
    }
    let dir = fs::temporary_dir()?;
    for text in texts {
        fs::write_for_image(&dir.path().join(&text.name), text.content.as_bytes())?;
    }
    Ok(Some(dir))
}

/// A path in the context without leading slashes, since the context counts as the root directory.
fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}

/// Copies like `COPY` and `ADD`. Of a directory its content is copied. The destination is a
/// directory if it ends in a slash, is one already, or if there are several sources. The shell
/// expands wildcards, and does not split words.
/// <https://docs.docker.com/reference/dockerfile/#copy>
const COPY: &str = include_str!("../copy.sh");

/// Runs a command as the user of `USER`. <https://docs.docker.com/reference/dockerfile/#user>
const AS_USER: &str = include_str!("../as-user.sh");
