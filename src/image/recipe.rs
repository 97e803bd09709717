//! Recipes of images: the Dockerfiles and scripts of `docker/`, embedded in the program, with the
//! data of a row as build arguments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::image::{base_name, debian_name, name};
use crate::target::{FILES, Parts, Row};
use crate::toolchain::{self, Origin, ToolchainRecipe, Wanted, debian::Debian};
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::term::Term;
use include_dir::{Dir, DirEntry};

/// The line of a Dockerfile that is replaced by the row's environment.
const ENV_MARKER: &str = "# cross: env";
/// Lines between these two markers are kept only if the name behind the first is a chosen part of
/// the image, or a parameter that is not empty for the row.
const WHERE_MARKER: &str = "# cross: where ";
/// The name of what is there where nothing runs the row's programs.
const NO_RUNNER: &str = "no runner";
const END_MARKER: &str = "# cross: end";
/// The beginning of a line that stands for a passage which several Dockerfiles have: the text of
/// the file of that name in `docker/same`.
const SAME_MARKER: &str = "# cross: same ";
/// The program in cross's images that sets a umask and starts another program.
pub(crate) const WITH_UMASK: &str = "/opt/cross/bin/cross-umask";
/// The base image: its Dockerfile, the files that the Dockerfile copies, and its scripts with what
/// they do in a user's words.
const BASE: (&str, &[&str], &[(&str, &str)]) = (
    "base.Dockerfile",
    &["apt.sh", "base.sh", "clean.sh"],
    &[("base.sh", "setting up the host's tools")],
);
/// Files of a family's folder that describe its images and are copied into none.
const APART: &[&str] = &["family.toml", "versions.sh"];

/// All inputs of one image's build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageRecipe {
    /// The path of the Dockerfile in the context.
    pub(crate) dockerfile: String,
    /// The files of the context: relative paths and contents.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// Build arguments.
    pub(crate) args: Vec<(&'static str, String)>,
    /// The scripts that the Dockerfile runs, with what each does in a user's words.
    pub(crate) scripts: Vec<(&'static str, &'static str)>,
    /// The toolchain that is copied into the image.
    pub(crate) toolchain: Option<ToolchainRecipe>,
    /// The packages of the base image. None for the other images.
    pub(crate) debian: Option<Debian>,
    /// The Debian packages that the Dockerfile installs.
    pub(crate) packages: Wanted,
    /// Whether a script that the Dockerfile runs fetches packages.
    pub(crate) fetches: bool,
    /// The digest of all inputs but the words for scripts, and of the recipe that this one builds
    /// upon.
    pub(crate) digest: String,
}

/// The recipe of the base image.
///
/// # Errors
///
/// When the lock file lacks a package.
pub(crate) fn base() -> Result<ImageRecipe> {
    let (dockerfile, sources, scripts) = BASE;
    let args = vec![("BASE", debian_name())];
    let debian = Debian::new()?;
    let upon = debian.digest();
    let text = self::dockerfile(dockerfile, "", |_| true);
    Ok(ImageRecipe {
        scripts: scripts.to_vec(),
        debian: Some(debian),
        ..ImageRecipe::new(dockerfile, &text, sources, args, &upon)
    })
}

/// The recipe of a row's image.
///
/// # Errors
///
/// When the lock file lacks a package of the row's toolchain.
pub(crate) fn row(row: &'static Row, parts: Parts, host: &Host) -> Result<ImageRecipe> {
    let pairs = row.environment(parts);
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    // One instruction, so that the image does not get a layer for each variable.
    let env = format!("ENV {}\n", pairs.join(" \\\n    "));
    let mut args = vec![("BASE", base_name()), ("TRIPLE", row.triple.to_owned())];
    let family = row.family();
    let is_part = |name: &str| family.parts.iter().any(|part| part.name == name);
    let text = dockerfile(&family.dockerfile, &env, |name| {
        if is_part(name) {
            parts.chosen(row).any(|part| part.name == name)
        } else if name == NO_RUNNER {
            row.runner().is_none()
        } else {
            !row.parameter(name).is_empty()
        }
    });
    // Only the toolchain takes the other parameters.
    let taken = taken(&text);
    let parameters = row.parameters().filter(|(name, _)| taken.contains(name));
    args.extend(parameters.map(|(name, value)| (name, value.to_owned())));
    if !family.parts.is_empty() {
        args.push(("PARTS", parts.names(row, " ")));
    }
    let scripts = family.steps.iter();
    let mut fetching = family.fetching.iter();
    let toolchain = ToolchainRecipe::for_image(row, host)?;
    let ImageRecipe {
        digest: mut upon,
        debian,
        ..
    } = base()?;
    if let Some(toolchain) = &toolchain {
        upon.push_str(&toolchain.image_identity());
    }
    let mut packages = Wanted::default();
    for (debian, part) in debian
        .iter()
        .flat_map(|debian| parts.of(row).map(move |part| (debian, part)))
    {
        packages.part(debian, &part.name);
    }
    upon.extend(packages.identities());
    let more = &family.files_without_runner;
    let more = more.iter().filter(|_| row.runner().is_none());
    let files: Vec<&String> = family.files.iter().chain(more).collect();
    Ok(ImageRecipe {
        scripts: scripts
            .map(|(name, words)| (name.as_str(), words.as_str()))
            .collect(),
        toolchain,
        packages,
        fetches: fetching.any(|script| runs(&text, script)),
        ..ImageRecipe::new(&family.dockerfile, &text, &files, args, &upon)
    })
}

/// The text of a file of `docker/`; empty when there is none of that name.
fn text(path: &str) -> &'static str {
    let file = FILES.get_file(path);
    file.and_then(|file| file.contents_utf8())
        .unwrap_or_default()
}

/// The lines of a Dockerfile, with those of the passages that it shares with others.
fn template(path: &str) -> impl Iterator<Item = &'static str> {
    text(path).lines().flat_map(|line| {
        let shared = line.strip_prefix(SAME_MARKER);
        let own = shared.is_none().then_some(line);
        let passage = shared.map_or("", |name| text(&format!("same/{name}")));
        own.into_iter().chain(passage.lines())
    })
}

/// The text of a Dockerfile with this environment. Of the passages between markers, only those
/// whose names are wanted remain.
fn dockerfile(path: &str, env: &str, is_wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut is_in = true;
    for line in template(path) {
        if let Some(name) = line.strip_prefix(WHERE_MARKER) {
            is_in = is_wanted(name);
        } else if line == END_MARKER {
            is_in = true;
        } else if is_in && line == ENV_MARKER {
            text.push_str(env);
        } else if is_in {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The names of the arguments that a Dockerfile declares with `ARG`.
fn taken(text: &str) -> BTreeSet<&str> {
    let args = text.lines().filter_map(|line| line.strip_prefix("ARG "));
    args.filter_map(|arg| arg.split('=').next()).collect()
}

/// Whether a Dockerfile runs the script of this name.
fn runs(text: &str, script: &str) -> bool {
    let script = format!("/{script}");
    let mut lines = text.lines().filter(|line| line.starts_with("RUN "));
    lines.any(|line| line.split(' ').any(|word| word.ends_with(&script)))
}

impl ImageRecipe {
    /// Checks that the image of a row may be built. Its toolchain may need the user's consent to a
    /// licence, and its scripts the network.
    ///
    /// # Errors
    ///
    /// When the user has not consented, or packages are missing and nothing may be fetched.
    pub(crate) fn permit(
        &self,
        row: &Row,
        parts: Parts,
        host: &Host,
        term: Term,
        origin: &Origin,
    ) -> Result<()> {
        if let Some(toolchain) = &self.toolchain {
            toolchain::permit(toolchain, host, term, origin)?;
        }
        if !(self.fetches && origin.offline) {
            return Ok(());
        }
        let message = format!(
            "building the image `{}` fetches packages, and nothing is fetched because cargo is offline",
            name(row, parts)
        );
        let with = parts
            .chosen(row)
            .map(|part| format!(" --with {}", part.name));
        let with: String = with.collect();
        Err(Error::new(message).hint(format!(
            "build it once with the network: `CARGO_NET_OFFLINE=false cross-util images build{with} {}`",
            row.shown()
        )))
    }

    fn new(
        dockerfile: &str,
        text: &str,
        sources: &[impl AsRef<Path>],
        args: Vec<(&'static str, String)>,
        upon: &str,
    ) -> Self {
        let is_wanted = |path: &Path| {
            let is_apart = APART.iter().any(|name| path.ends_with(name));
            let is_source = || sources.iter().any(|source| path.starts_with(source));
            path != Path::new(dockerfile) && !is_apart && is_source()
        };
        let mut files = Vec::new();
        collect(&FILES, &is_wanted, &mut files);
        files.push((dockerfile.into(), text.as_bytes().to_vec()));
        files.sort();
        let digest = digest(upon, &files, &args);
        Self {
            dockerfile: dockerfile.to_owned(),
            files,
            args,
            scripts: Vec::new(),
            toolchain: None,
            debian: None,
            packages: Wanted::default(),
            fetches: false,
            digest,
        }
    }
}

/// Copies the wanted files of a directory. All of `docker/` is many times as much.
fn collect(dir: &Dir<'_>, is_wanted: &dyn Fn(&Path) -> bool, out: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, is_wanted, out),
            DirEntry::File(file) if is_wanted(file.path()) => {
                out.push((file.path().to_owned(), file.contents().to_owned()));
            }
            DirEntry::File(_) => {}
        }
    }
}

fn digest(upon: &str, files: &[(PathBuf, Vec<u8>)], args: &[(&str, String)]) -> String {
    let mut digest = Digest::default();
    digest.add(upon.as_bytes());
    for (path, content) in files {
        digest.add(path.as_os_str().as_encoded_bytes());
        digest.add(content);
    }
    for (name, value) in args {
        digest.add(name.as_bytes());
        // The name of the base image has a version, which says nothing about the content. `upon`
        // has the base's digest.
        if *name != "BASE" {
            digest.add(value.as_bytes());
        }
    }
    digest.finish()
}

#[cfg(test)]
mod tests;
