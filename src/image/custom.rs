//! Images that the user's configuration makes: from a Dockerfile, and by commands on top of it or
//! of cross's own image. Their names end in a digest of all that goes into them, so that whether
//! one is up to date is the question whether it is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Setting;
use crate::config::custom::{Dockerfile, PreBuild};
use crate::target::Row;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_dockerfile::context::{self, Context, Wanted};

/// What the images of all projects are called, before the target.
pub(crate) const REPOSITORY: &str = "localhost/cross/custom";

/// What the names of cross's own images begin with.
const OWN_IMAGES: &str = "localhost/cross/";

/// What a Dockerfile calls the image it can start from.
const BASE_IMAGE: &str = "CROSS_BASE_IMAGE";

/// The commands as a file in the context, and the script in its place.
const COMMANDS: &str = "commands";
const SCRIPT: &str = "script";
/// Where the context of `pre-build` is while it is run.
pub(crate) const PLACE: &str = "/tmp/cross-pre-build";

/// What an image is made from, if anything is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) name: String,
    /// The digest of its recipe, or the engine's identifier.
    pub(crate) identity: String,
}

/// One image to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Its name, with the digest.
    pub(crate) name: String,
    pub(crate) digest: String,
    /// The text of its Dockerfile.
    pub(crate) dockerfile: String,
    /// What messages call that: the user's own file, where it is one.
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<(String, String)>,
    content: Content,
}

/// What the Dockerfile copies from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Project(Context),
    /// Scripts, by name.
    Scripts(Vec<(&'static str, String)>),
}

/// What is configured for a target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageRequest<'a> {
    pub(crate) triple: &'a str,
    pub(crate) row: Option<&'static Row>,
    pub(crate) dockerfile: Option<&'a Setting<Dockerfile>>,
    pub(crate) pre_build: Option<&'a Setting<PreBuild>>,
    /// The workspace's root, to which paths are relative.
    pub(crate) root: &'a Path,
    /// Directories that are part of no image: those for results.
    pub(crate) apart: &'a [PathBuf],
}

impl ImageRequest<'_> {
    /// The images to make, each from the one before, the first from `base`.
    ///
    /// # Errors
    ///
    /// When a file that is named is not there or not what it should be.
    pub(crate) fn layers(&self, base: Option<&Base>) -> Result<Vec<Layer>> {
        let mut layers: Vec<Layer> = Vec::new();
        if let Some(setting) = self.dockerfile {
            layers.push(self.of_dockerfile(setting, base)?);
        }
        if let Some(setting) = self.pre_build {
            let own = layers.last().map(|layer| Base {
                name: layer.name.clone(),
                identity: layer.digest.clone(),
            });
            let Some(base) = own.as_ref().or(base) else {
                let message = format!("there is no image for {} to change", setting.source);
                return Err(Error::new(message).hint("name one with `image` or `dockerfile`"));
            };
            layers.push(self.of_pre_build(setting, base)?);
        }
        Ok(layers)
    }

    fn of_dockerfile(&self, setting: &Setting<Dockerfile>, base: Option<&Base>) -> Result<Layer> {
        let Dockerfile {
            file,
            context,
            build_args,
            ..
        } = &setting.value;
        let path = fs::absolute(self.root, Path::new(file));
        let text = read(&path, setting)?;
        let wanted = context::wanted(&text);
        let root = context.as_ref().map_or_else(
            || self.root.to_owned(),
            |dir| fs::absolute(self.root, Path::new(dir)),
        );
        if !root.is_dir() {
            return Err(missing("directory", &root, setting));
        }
        let content = Context::find(&root, &path, &wanted, self.apart)?;
        // An own image may be named in full as well.
        let needs_base = text.contains(BASE_IMAGE) || text.contains(OWN_IMAGES);
        if text.contains(BASE_IMAGE) && base.is_none() {
            let message = format!(
                "cross has no image for `{}` that `{}` could start from",
                self.triple,
                path.display()
            );
            return Err(
                Error::new(message).hint("name one with `image`, or one of yours in `FROM`")
            );
        }
        let base = base.filter(|_| needs_base);
        let content = Content::Project(content);
        self.layer((path, text), base, build_args, content)
    }

    /// What was meant by the name of a script that does not exist: commands, or a script with
    /// arguments.
    fn meant(&self, file: &str) -> Option<String> {
        let first = file
            .split_whitespace()
            .next()
            .filter(|first| *first != file)?;
        if fs::absolute(self.root, Path::new(first)).is_file() {
            return Some(format!(
                "`{first}` takes no arguments there: it is called with the target's name, and a script of yours can call it otherwise"
            ));
        }
        let lines = file.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<toml::Value> = lines.map(toml::Value::from).collect();
        let list = toml::Value::Array(lines);
        Some(format!(
            "a command stands in brackets: `pre-build = {list}`"
        ))
    }

    fn of_pre_build(&self, setting: &Setting<PreBuild>, base: &Base) -> Result<Layer> {
        let (scripts, run) = match &setting.value {
            PreBuild::Script(file) => {
                let path = fs::absolute(self.root, Path::new(file));
                let meant = || self.meant(file).filter(|_| !path.exists());
                let text = read(&path, setting).map_err(|e| match meant() {
                    Some(hint) => Error::new(e.message()).hint(hint),
                    None => e,
                })?;
                (
                    vec![(SCRIPT, text)],
                    format!("./{SCRIPT} \"$CROSS_TARGET\""),
                )
            }
            PreBuild::Commands(commands) => {
                // `-e` alone would let `a && b` fail.
                let checked = commands
                    .iter()
                    .map(|command| format!("{command}\ncase $? in 0) ;; *) exit 1 ;; esac\n"));
                let text = format!("set -ex\n{}", checked.collect::<String>());
                (vec![(COMMANDS, text)], format!(". ./{COMMANDS}"))
            }
        };
        let dockerfile = format!(
            "ARG {BASE_IMAGE}\nFROM ${BASE_IMAGE}\nARG CROSS_TARGET\nARG CROSS_DEB_ARCH\n\
             COPY . {PLACE}\n\
             RUN cd {PLACE} && chmod 755 * && {run} && cd / && rm -rf {PLACE}\n"
        );
        let none = BTreeMap::new();
        let dockerfile = (PathBuf::from("Dockerfile"), dockerfile);
        self.layer(dockerfile, Some(base), &none, Content::Scripts(scripts))
    }

    fn layer(
        &self,
        (path, dockerfile): (PathBuf, String),
        base: Option<&Base>,
        more: &BTreeMap<String, String>,
        content: Content,
    ) -> Result<Layer> {
        let arch = self.row.map(Row::package_architecture).unwrap_or_default();
        let mut args = vec![
            ("CROSS_TARGET".to_owned(), self.triple.to_owned()),
            ("CROSS_DEB_ARCH".to_owned(), arch),
        ];
        args.extend(
            more.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let mut digest = Digest::default();
        digest.add(base.map_or("", |base| &base.identity).as_bytes());
        digest.add(dockerfile.as_bytes());
        for (name, value) in &args {
            digest.add(name.as_bytes());
            digest.add(value.as_bytes());
        }
        match &content {
            Content::Project(files) => files.digest(&mut digest)?,
            Content::Scripts(scripts) => {
                for (_, text) in scripts {
                    digest.add(text.as_bytes());
                }
            }
        }
        // Its name says nothing about what is in it.
        args.extend(base.map(|base| (BASE_IMAGE.to_owned(), base.name.clone())));
        let digest = digest.finish();
        Ok(Layer {
            name: format!("{}{digest}", prefix(self.triple)),
            digest,
            dockerfile,
            path,
            args,
            content,
        })
    }

    /// Whether no file but those that are named has to be read.
    pub(crate) fn is_plain(&self) -> bool {
        let copies = |setting: &Setting<Dockerfile>| {
            let path = fs::absolute(self.root, Path::new(&setting.value.file));
            let text = fs::read_if_exists(&path).ok().flatten();
            context::wanted(&text.unwrap_or_default()) != Wanted::Below(Vec::new())
        };
        !self.dockerfile.is_some_and(copies)
    }
}

impl Layer {
    /// The image of cross's that it starts from: the one that its Dockerfile names in full, or the
    /// one that it is told.
    pub(crate) fn base(&self) -> Option<&str> {
        if !self.dockerfile.contains(BASE_IMAGE) {
            let mut words = self.dockerfile.split_whitespace();
            return words.find(|word| word.starts_with(OWN_IMAGES));
        }
        let mut args = self.args.iter();
        let base = args.find(|(name, _)| name == BASE_IMAGE);
        base.map(|(_, image)| image.as_str())
    }

    /// Puts what the Dockerfile copies from into a directory.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub(crate) fn fill(&self, dir: &Path) -> Result<()> {
        match &self.content {
            Content::Project(context) => context.copy(dir),
            Content::Scripts(scripts) => scripts
                .iter()
                .try_for_each(|(name, text)| fs::write_for_image(&dir.join(name), text.as_bytes())),
        }
    }
}

/// What the names of a target's images begin with; a digest follows.
pub(crate) fn prefix(target: &str) -> String {
    format!("{REPOSITORY}/{}:", repository(target))
}

/// A target as part of an image's name, which has no capitals.
fn repository(target: &str) -> String {
    let plain = target.to_lowercase();
    plain.replace(
        |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'),
        "-",
    )
}

fn read<T>(path: &Path, setting: &Setting<T>) -> Result<String> {
    fs::read_if_exists(path)?.ok_or_else(|| missing("file", path, setting))
}

fn missing<T>(what: &str, path: &Path, setting: &Setting<T>) -> Error {
    Error::new(format!("the {what} `{}` does not exist", path.display()))
        .hint(format!("it was named by {}", setting.source))
}
