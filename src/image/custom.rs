//! Images that the user's configuration makes: from a Dockerfile (`dockerfile`), and by commands
//! (`pre-build`) on top of that image or of cross's. An image's name ends in a digest of all its
//! inputs, so an image that exists is up to date.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Setting;
use crate::config::custom::{Dockerfile, PreBuild};
use crate::target::{Row, image_name};
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_dockerfile::context::{self, Context, Wanted};
use cross_dockerfile::images::{self, Named};
use cross_sandbox::names;

/// The build argument that names the image that a Dockerfile can start from.
const BASE_IMAGE: &str = "CROSS_BASE_IMAGE";

/// The files in the context of `pre-build`: the commands of a list, or the script that the user
/// names.
const COMMANDS: &str = "commands";
const SCRIPT: &str = "script";
/// The line behind each command of a list. `set -e` ignores a failure of `a` in `a && b`.
const CHECK: &str = "case $? in 0) ;; *) { exit; } 2>/dev/null ;; esac";
/// The line before the commands of a list. Many programs fail without a word, and `set -x` shows
/// which was the last.
const LAST_WORDS: &str = "trap '{ status=$?; [ $status = 0 ] || echo \"cross: that command of pre-build has ended with status $status\"; } 2>/dev/null' EXIT";
/// The directory in the image that has the context of `pre-build` while the commands run.
pub(crate) const IN_IMAGE: &str = "/tmp/cross-pre-build";

/// The image that another image starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) name: String,
    /// The digest of the image's recipe, or the engine's identifier of the image.
    pub(crate) identity: String,
}

/// An image to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// The image's name, which ends in the digest.
    pub(crate) name: String,
    pub(crate) digest: String,
    /// The text of the Dockerfile.
    pub(crate) dockerfile: String,
    /// The Dockerfile's path in messages. `Dockerfile` if cross has written the text itself.
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<(String, String)>,
    content: Content,
}

/// The files of the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Project(Context),
    /// Scripts that cross writes: names and texts.
    Scripts(Vec<(&'static str, String)>),
}

/// The configuration that decides which images a target needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageRequest<'a> {
    pub(crate) triple: &'a str,
    pub(crate) row: Option<&'static Row>,
    pub(crate) dockerfile: Option<&'a Setting<Dockerfile>>,
    pub(crate) pre_build: Option<&'a Setting<PreBuild>>,
    /// The root of the workspace, to which paths are relative.
    pub(crate) root: &'a Path,
    /// Directories for results, which are copied into no image.
    pub(crate) apart: &'a [PathBuf],
}

impl ImageRequest<'_> {
    /// The images to build. Each starts from the one before it, and the first from `base`.
    ///
    /// # Errors
    ///
    /// When a file that the configuration names is missing or not of the right kind.
    pub(crate) fn made(&self, base: Option<&Base>) -> Result<Vec<Made>> {
        let mut made: Vec<Made> = Vec::new();
        if let Some(setting) = self.dockerfile {
            made.push(self.of_dockerfile(setting, base)?);
        }
        if let Some(setting) = self.pre_build {
            let own = made.last().map(|image| Base {
                name: image.name.clone(),
                identity: image.digest.clone(),
            });
            let Some(base) = own.as_ref().or(base) else {
                let message = format!("there is no image for {} to change", setting.source);
                return Err(Error::new(message).hint("name one with `image` or `dockerfile`"));
            };
            made.push(self.of_pre_build(setting, base)?);
        }
        Ok(made)
    }

    fn of_dockerfile(&self, setting: &Setting<Dockerfile>, base: Option<&Base>) -> Result<Made> {
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
        // A Dockerfile may also name one of cross's images in full.
        let needs_base = text.contains(BASE_IMAGE) || text.contains(image_name::OWN);
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
        self.image((path, text), base, build_args, content)
    }

    /// The hint if a script's name is no existing file: the user probably meant commands, or a
    /// script with arguments.
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

    fn of_pre_build(&self, setting: &Setting<PreBuild>, base: &Base) -> Result<Made> {
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
                let checked = commands.iter();
                let checked = checked.map(|command| format!("{command}\n{CHECK}\n"));
                let checked: String = checked.collect();
                let text =
                    format!("{LAST_WORDS}\nset -ex\n{checked}{{ trap - EXIT; }} 2>/dev/null\n");
                (vec![(COMMANDS, text)], format!(". ./{COMMANDS}"))
            }
        };
        let dockerfile = format!(
            "ARG {BASE_IMAGE}\nFROM ${BASE_IMAGE}\nARG CROSS_TARGET\nARG CROSS_DEB_ARCH\n\
             ARG DEBIAN_FRONTEND=noninteractive\n\
             COPY . {IN_IMAGE}\n\
             RUN cd {IN_IMAGE} && chmod 755 * && {run} && cd / && rm -rf {IN_IMAGE}\n"
        );
        let none = BTreeMap::new();
        let dockerfile = (PathBuf::from("Dockerfile"), dockerfile);
        self.image(dockerfile, Some(base), &none, Content::Scripts(scripts))
    }

    fn image(
        &self,
        (path, dockerfile): (PathBuf, String),
        base: Option<&Base>,
        more: &BTreeMap<String, String>,
        content: Content,
    ) -> Result<Made> {
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
        // The name of the image to start from is no part of the digest, as its identity is.
        args.extend(base.map(|base| (BASE_IMAGE.to_owned(), base.name.clone())));
        check_images(&path, &dockerfile, &args)?;
        let digest = digest.finish();
        Ok(Made {
            name: format!("{}{digest}", prefix(self.triple)),
            digest,
            dockerfile,
            path,
            args,
            content,
        })
    }

    /// Whether the Dockerfile copies no files, so that only files that the configuration names need
    /// to be read.
    pub(crate) fn is_plain(&self) -> bool {
        let copies = |setting: &Setting<Dockerfile>| {
            let path = fs::absolute(self.root, Path::new(&setting.value.file));
            let text = fs::read_if_exists(&path).ok().flatten();
            context::wanted(&text.unwrap_or_default()) != Wanted::Below(Vec::new())
        };
        !self.dockerfile.is_some_and(copies)
    }
}

impl Made {
    /// The image of cross's that this image starts from: the one that the Dockerfile names in full,
    /// or the value of `CROSS_BASE_IMAGE`.
    pub(crate) fn base(&self) -> Option<&str> {
        if !self.dockerfile.contains(BASE_IMAGE) {
            let mut words = self.dockerfile.split_whitespace();
            return words.find(|word| word.starts_with(image_name::OWN));
        }
        let mut args = self.args.iter();
        let base = args.find(|(name, _)| name == BASE_IMAGE);
        base.map(|(_, image)| image.as_str())
    }

    /// Writes the files of the build context into a directory.
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

/// Checks that a Dockerfile names no image by a place of the machine. Podman would open it, and
/// start the programs that the name gives for that.
///
/// # Errors
///
/// When it does, or when a name is not known before the build.
fn check_images(path: &Path, dockerfile: &str, args: &[(String, String)]) -> Result<()> {
    let args = args.iter();
    let args = args.map(|(name, value)| (name.as_str(), value.as_str()));
    for Named { line, name } in images::images(path, dockerfile, &args.collect())? {
        // Without a colon it is a stage, or a name that no engine takes for a place.
        if name.contains(':') && !names::is_of_registry(&name) {
            let path = path.display();
            let message = format!("`{name}` in line {line} of `{path}` is no name of an image");
            return Err(Error::new(message).hint(names::FORM));
        }
    }
    Ok(())
}

/// The beginning of the names of a target's images, up to their digest.
pub(crate) fn prefix(target: &str) -> String {
    format!("{}{}:", image_name::CUSTOM, repository(target))
}

/// A target as a part of an image's name, which allows no capitals.
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
