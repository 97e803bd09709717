//! Recipes of images: the Dockerfiles and scripts of `docker/`, embedded in the program, with the
//! data of a row as build arguments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::image::{base_name, debian_name};
use crate::target::{FILES, Parts, Row};
use crate::toolchain::{ToolchainRecipe, Wanted, debian::Debian};
use cross_base::digest::Digest;
use cross_base::error::Result;
use cross_base::host::Host;
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

impl ImageRecipe {
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
mod tests {
    use super::*;
    use crate::target::{ROWS, find};

    fn dockerfile_of(recipe: &ImageRecipe) -> String {
        let mut files = recipe.files.iter();
        let file = files.find(|(path, _)| path == Path::new(&recipe.dockerfile));
        String::from_utf8(file.unwrap().1.clone()).unwrap()
    }

    #[test]
    fn a_dockerfile_has_stages_for_what_an_image_needs_alone() {
        let of = |triple: &str, parts: &[&str]| {
            let row = find(triple).unwrap();
            let names: Vec<String> = parts.iter().map(|&name| name.to_owned()).collect();
            let recipe = super::row(row, Parts::named(row, &names), &Host::default()).unwrap();
            dockerfile_of(&recipe)
        };
        let plain = of("armv7-unknown-linux-gnueabihf", &[]);
        assert!(!plain.contains("openssl.sh") && !plain.contains("libraries.sh"));
        let with = of("armv7-unknown-linux-gnueabihf", &["openssl"]);
        assert!(with.contains("openssl.sh") && with.contains("--from=openssl "));
        assert!(!with.contains("libraries.sh") && !with.contains("\n# cross:"));
        assert!(of("i586-unknown-linux-gnu", &[]).contains("--from=libraries "));
        // The row's toolchain brings OpenSSL.
        assert!(!of("aarch64-unknown-linux-gnu", &["openssl"]).contains("openssl.sh"));
    }

    #[test]
    fn the_built_in_builder_can_do_what_every_recipe_asks_for() {
        let rows = ROWS.iter();
        let rows = rows.map(|row| super::row(row, Parts::default(), &Host::default()).unwrap());
        for recipe in rows.chain([base().unwrap()]) {
            let text = dockerfile_of(&recipe);
            let file = cross_dockerfile::parse::read(Path::new(&recipe.dockerfile), &text).unwrap();
            assert!(!file.stages.is_empty());
        }
    }

    #[test]
    fn a_row_has_its_own_digest_and_only_its_own_dockerfile() {
        let mut seen: Vec<String> = vec![base().unwrap().digest];
        for row in ROWS {
            let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
            assert!(!seen.contains(&recipe.digest));
            seen.push(recipe.digest);
            let names = recipe.files.iter().map(|(path, _)| path.to_string_lossy());
            let dockerfiles = names.filter(|name| name.ends_with("Dockerfile"));
            assert_eq!(dockerfiles.count(), 1, "{}", row.triple);
        }
    }

    #[test]
    fn the_environment_of_a_row_gets_into_its_dockerfile() {
        let row = &ROWS[0];
        let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
        let text = dockerfile_of(&recipe);
        for (name, value) in row.environment(Parts::all(row)) {
            assert!(text.contains(&format!("{name}=\"{value}\"")), "{name}");
        }
    }

    #[test]
    fn a_dockerfile_or_a_toolchain_takes_each_parameter_of_a_family() {
        for row in ROWS {
            let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
            let text = dockerfile_of(&recipe);
            let taken = taken(&text);
            let given: BTreeSet<&str> = recipe.args.iter().map(|(name, _)| *name).collect();
            assert_eq!(taken, given, "{}", recipe.dockerfile);
            for (name, _) in row.parameters() {
                assert!(
                    taken.contains(name) || recipe.toolchain.is_some(),
                    "{name} of {}",
                    recipe.dockerfile
                );
            }
        }
    }

    #[test]
    fn each_script_that_a_dockerfile_runs_has_words_and_is_there() {
        for recipe in ROWS
            .iter()
            .map(|row| super::row(row, Parts::all(row), &Host::default()).unwrap())
            .chain([base().unwrap()])
        {
            let lines = template(&recipe.dockerfile);
            for line in lines.filter(|line| line.starts_with("RUN ") && line.contains(".sh")) {
                let mut scripts = recipe.scripts.iter();
                assert!(scripts.any(|(name, _)| line.contains(name)), "{line}");
            }
            for (name, _) in &recipe.scripts {
                let mut files = recipe.files.iter();
                assert!(files.any(|(path, _)| path.ends_with(name)), "{name}");
            }
        }
    }

    #[test]
    fn a_passage_that_dockerfiles_share_is_there() {
        for family in ROWS.iter().map(Row::family) {
            let lines = text(&family.dockerfile).lines();
            for name in lines.filter_map(|line| line.strip_prefix(SAME_MARKER)) {
                assert!(!text(&format!("same/{name}")).is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn what_a_family_names_is_there() {
        for family in ROWS.iter().map(Row::family) {
            let files = family
                .files
                .iter()
                .chain(&family.files_without_runner)
                .chain([&family.dockerfile, &family.versions]);
            for path in files {
                assert!(FILES.get_entry(path).is_some(), "{path}");
            }
        }
    }

    #[test]
    fn a_change_of_the_base_changes_every_row() {
        let args = [("X", "1".to_owned())];
        assert_ne!(digest("a", &[], &args), digest("b", &[], &args));
    }
}
