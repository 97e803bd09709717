//! What one row's toolchain is made of, and where it stands.

use std::path::{Path, PathBuf};

use super::definition::{self, Definition, FILES, Group};
use super::kit::Chosen;
use super::lock::{self, Package};
use crate::target::Row;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::host::Host;

/// Changes when the code of this folder makes something else of the same packages.
const EDITION: &[u8] = b"2";
/// The file that is written last.
pub(super) const COMPLETE: &str = "cross-toolchain.toml";
/// What stands for the toolchain's directory in templates.
const DIR: &str = "{toolchain}";

/// Everything that a row's toolchain is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToolchainRecipe {
    pub(crate) row: &'static Row,
    pub(super) definition: &'static Definition,
    /// The packages with what is for the target, and compilers.
    pub(super) packages: Vec<&'static Package>,
    /// Those with libraries of the machine that builds.
    pub(super) libraries: Vec<&'static Package>,
    /// Those that have a directory of the toolchain to themselves.
    pub(super) apart: Vec<(&'static Package, &'static str)>,
    /// What it is made of in their place, where its makers hand it out whole.
    pub(super) kit: Option<Chosen>,
    pub(crate) emulator: Option<Emulator>,
    /// Sixteen hexadecimal digits for these packages, as the lock file has them, and for what is
    /// made of them.
    pub(crate) digest: String,
}

/// The program that runs programs of the target: a part of its own, which toolchains share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emulator {
    pub(super) package: &'static Package,
    /// The program in the package.
    pub(super) file: String,
}

impl ToolchainRecipe {
    /// The recipe for a toolchain that is used as it is; none where its family has no toolchains,
    /// or not for this row.
    ///
    /// # Errors
    ///
    /// When the lock file lacks one of its packages.
    pub(crate) fn of(row: &'static Row, host: &Host) -> Result<Option<Self>> {
        let recipe = Self::for_image(row, host)?;
        Ok(recipe.filter(|recipe| recipe.definition.stands_alone(row)))
    }

    /// The recipe for the toolchain that a row's image is made with; none where its family has no
    /// toolchains.
    ///
    /// # Errors
    ///
    /// When the lock file lacks one of its packages.
    pub(crate) fn for_image(row: &'static Row, host: &Host) -> Result<Option<Self>> {
        let Some(definition) = definition::of(row) else {
            return Ok(None);
        };
        let mut packages = Vec::new();
        let mut libraries = Vec::new();
        let mut apart = Vec::new();
        for group in &definition.packages {
            for (suite, name) in group.named(row) {
                let package = locked(row, &suite, &name)?;
                match &group.into {
                    Some(dir) => apart.push((package, dir.as_str())),
                    None if group.host => libraries.push(package),
                    None => packages.push(package),
                }
            }
        }
        let emulator = definition.emulator.as_ref();
        let emulator = emulator.and_then(|said| Some((said, file(said, row)?)));
        let emulator = emulator.map(|(said, file)| {
            let (suite, name) = named(row, &said.suite, &said.package).unwrap_or_default();
            let package = locked(row, &suite, &name)?;
            Ok::<_, Error>(Emulator { package, file })
        });
        let mut recipe = Self {
            row,
            definition,
            packages,
            libraries,
            apart,
            kit: Chosen::of(definition, row, host),
            emulator: emulator.transpose()?,
            digest: String::new(),
        };
        recipe.digest = recipe.identity();
        Ok(Some(recipe))
    }

    /// Debian's packages that are needed to build, in no order that matters.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Package> {
        let apart = self.apart.iter().map(|(package, _)| package);
        self.packages
            .iter()
            .chain(&self.libraries)
            .chain(apart)
            .copied()
    }

    fn identity(&self) -> String {
        let mut digest = Digest::default();
        digest.add(EDITION);
        digest.add(self.row.triple.as_bytes());
        for (name, value) in self.row.parameters() {
            digest.add(name.as_bytes());
            digest.add(value.as_bytes());
        }
        for package in self.all() {
            digest.add(package.sha256.as_bytes());
        }
        if let Some(kit) = &self.kit {
            kit.identify(&mut digest);
        }
        for file in FILES
            .get_dir(self.row.family)
            .iter()
            .flat_map(|dir| dir.files())
        {
            digest.add(file.path().as_os_str().as_encoded_bytes());
            digest.add(file.contents());
        }
        digest.finish()
    }

    /// Where it stands.
    pub(crate) fn dir(&self, host: &Host) -> PathBuf {
        home(host).join(self.name())
    }

    /// The name of its directory.
    fn name(&self) -> String {
        format!("{}-{}", self.row.triple, self.digest)
    }

    /// Whether it is there, and whole.
    pub(crate) fn is_made(&self, host: &Host) -> bool {
        self.marks(false, host).iter().all(|path| path.exists())
    }

    /// Files that are there when it is, and when its emulator is if programs are run.
    pub(crate) fn marks(&self, runs: bool, host: &Host) -> Vec<PathBuf> {
        let home = home(host);
        let names = self.mark_names(runs).into_iter();
        names.map(|name| home.join(name)).collect()
    }

    /// The same below the directory of all toolchains.
    pub(crate) fn mark_names(&self, runs: bool) -> Vec<PathBuf> {
        let emulator = self.emulator.as_ref().filter(|_| runs);
        let complete = Path::new(&self.name()).join(COMPLETE);
        std::iter::once(complete)
            .chain(emulator.map(Emulator::name))
            .collect()
    }

    /// What it asks cargo and crates to use, for a directory that it stands in.
    pub(crate) fn environment(&self, dir: &Path) -> Vec<(String, String)> {
        self.environment_with(dir, None)
    }

    /// The same with another value for one of the row's parameters.
    pub(crate) fn environment_with(
        &self,
        dir: &Path,
        other: Option<(&str, &str)>,
    ) -> Vec<(String, String)> {
        let dir = dir.to_string_lossy();
        let more = self.definition.with.iter();
        let more = more.filter(|(name, _)| !self.row.parameter(name).is_empty());
        let more = more.flat_map(|(_, pairs)| pairs);
        let pairs = self.definition.environment.iter().chain(more);
        let filled = pairs.filter_map(|(name, value)| {
            let value = match other {
                Some((parameter, other)) => &value.replace(&format!("{{{parameter}}}"), other),
                None => value,
            };
            let parts = value.split(DIR).map(|part| self.row.fill(part));
            let parts: Option<Vec<String>> = parts.collect();
            Some((self.row.fill(name)?, parts?.join(&dir)))
        });
        filled.collect()
    }
}

/// The directory of all toolchains.
pub(crate) fn home(host: &Host) -> PathBuf {
    host.cache.join("toolchains")
}

/// The packages by release and name that a row's toolchain and its emulator are made of, whether or
/// not they are in the lock file.
pub(crate) fn wanted(row: &Row) -> Vec<(String, String)> {
    let Some(definition) = definition::of(row) else {
        return Vec::new();
    };
    let groups = definition.packages.iter();
    let mut all: Vec<(String, String)> = groups.flat_map(|group| group.named(row)).collect();
    let emulator = definition.emulator.as_ref();
    let emulator = emulator.filter(|said| file(said, row).is_some());
    all.extend(emulator.and_then(|said| named(row, &said.suite, &said.package)));
    all
}

impl Emulator {
    /// The digest of the package that it comes in.
    pub(super) fn digest(&self) -> &'static str {
        self.package.sha256
    }

    /// Where it stands.
    pub(crate) fn path(&self, host: &Host) -> PathBuf {
        home(host).join(self.name())
    }

    /// The program's place below the directory of all toolchains.
    fn name(&self) -> PathBuf {
        let name = Path::new(&self.file).file_name().unwrap_or_default();
        let dir = format!("{}-{}", self.package.name, &self.package.sha256[..16]);
        Path::new(&dir).join(name)
    }
}

/// The program that runs a row's programs, in its package; none where the machine that builds runs
/// them itself.
fn file(emulator: &definition::Emulator, row: &Row) -> Option<String> {
    let mut unless = emulator.unless.iter();
    if unless.any(|(name, value)| row.parameter(name) == value) {
        return None;
    }
    emulator.files.iter().find_map(|file| row.fill(file))
}

/// A release and a package's name by their templates. Names of packages have no underscores.
/// So says Debian's policy, section 5.6.1.
fn named(row: &Row, suite: &str, name: &str) -> Option<(String, String)> {
    Some((row.fill(suite)?, row.fill(name)?.replace('_', "-")))
}

impl Group {
    /// The packages of it that a row has, by release and name.
    fn named(&self, row: &Row) -> Vec<(String, String)> {
        let names = self.names.iter();
        let names = names.filter_map(|name| named(row, &self.suite, name));
        match self.architecture.as_ref().map(|text| row.fill(text)) {
            None => names.collect(),
            Some(None) => Vec::new(),
            Some(Some(own)) => {
                let names = names.map(|(suite, name)| (suite, format!("{name}:{own}")));
                names.collect()
            }
        }
    }
}

/// A package that a row needs.
fn locked(row: &Row, suite: &str, name: &str) -> Result<&'static Package> {
    lock::find(suite, name).ok_or_else(|| {
        Error::new(format!(
            "the lock file has no package `{name}` of {suite} for `{}`",
            row.triple
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{self, ROWS};
    use crate::toolchain::debian::Debian;

    fn recipe(triple: &str) -> ToolchainRecipe {
        let host = Host::default();
        ToolchainRecipe::of(target::find(triple).unwrap(), &host)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn the_lock_file_has_all_that_toolchains_are_made_of_and_nothing_else() {
        let mut wanted: Vec<_> = ROWS.iter().flat_map(wanted).collect();
        let base = Debian::new().unwrap();
        wanted.extend(
            base.all()
                .map(|it| (it.suite.to_owned(), it.name.to_owned())),
        );
        wanted.sort();
        wanted.dedup();
        for (suite, name) in &wanted {
            assert!(lock::find(suite, name).is_some(), "{suite} {name}");
        }
        assert_eq!(lock::count(), wanted.len());
    }

    #[test]
    fn every_row_has_a_digest_of_its_own() {
        let host = Host::default();
        let recipes = ROWS
            .iter()
            .filter_map(|row| ToolchainRecipe::of(row, &host).unwrap());
        let mut digests: Vec<String> = recipes.map(|recipe| recipe.digest).collect();
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert!(count > 15 && digests.len() == count, "{count}");
    }

    #[test]
    fn the_machine_runs_its_own_programs_itself() {
        let file = |triple| recipe(triple).emulator.map(|emulator| emulator.file);
        assert_eq!(file("x86_64-unknown-linux-gnu"), None);
        for (triple, name) in [
            ("armv7-unknown-linux-gnueabihf", "usr/bin/qemu-arm"),
            ("i686-unknown-linux-gnu", "usr/bin/qemu-i386"),
        ] {
            assert_eq!(file(triple).as_deref(), Some(name));
        }
    }

    #[test]
    fn its_variables_name_files_below_its_directory() {
        let recipe = recipe("riscv64gc-unknown-linux-gnu");
        let env = recipe.environment(Path::new("/somewhere/else"));
        let cc = env
            .iter()
            .find(|(name, _)| name == "CC_riscv64gc_unknown_linux_gnu");
        let (_, value) = cc.unwrap();
        assert_eq!(value, "/somewhere/else/bin/riscv64gc-unknown-linux-gnu-gcc");
        assert!(env.iter().all(|(_, value)| !value.contains('{')), "{env:?}");
    }
}
