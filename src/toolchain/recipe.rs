//! The recipe of a row's toolchain, and the toolchain's path.

use std::path::{Path, PathBuf};

use super::definition::{self, Definition, FILES, Group};
use super::kit::Chosen;
use super::lock::{self, Package};
use crate::target::Row;
use crate::target::tools::dir_in;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::host::Host;

/// The edition of this folder's code. To be changed when the code makes other files of the same
/// packages.
const EDITION: &[u8] = b"2";
/// The name of the file that is written last, and so exists only in a complete toolchain.
pub(super) const COMPLETE: &str = "cross-toolchain.toml";
/// The placeholder for the toolchain's directory in templates.
const DIR: &str = "{toolchain}";

/// All inputs of a row's toolchain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToolchainRecipe {
    pub(crate) row: &'static Row,
    pub(super) definition: &'static Definition,
    /// Packages for the target, and packages with compilers.
    pub(super) packages: Vec<&'static Package>,
    /// Packages with libraries for the build machine.
    pub(super) libraries: Vec<&'static Package>,
    /// Packages that are unpacked into a directory of their own.
    pub(super) apart: Vec<(&'static Package, &'static str)>,
    /// The kit that the toolchain is made of in place of packages, if its family has one.
    pub(super) kit: Option<Chosen>,
    pub(crate) emulator: Option<Emulator>,
    /// Sixteen hexadecimal digits that identify all inputs, by the lock file, and what this code
    /// makes of them.
    pub(crate) digest: String,
}

/// The emulator that runs programs of the target. Toolchains share it, so it has a directory of its
/// own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emulator {
    pub(super) package: &'static Package,
    /// The path of the program in the package.
    pub(super) file: String,
}

impl ToolchainRecipe {
    /// The recipe of a toolchain that can be used without an image. None if there is none for the
    /// row.
    ///
    /// # Errors
    ///
    /// When the lock file lacks one of its packages.
    pub(crate) fn of(row: &'static Row, host: &Host) -> Result<Option<Self>> {
        Ok(Self::for_image(row, host)?.filter(Self::stands_alone))
    }

    /// Whether the toolchain can be used without an image.
    pub(crate) fn stands_alone(&self) -> bool {
        self.definition.stands_alone(self.row)
    }

    /// The recipe of the toolchain in a row's image. None if the family has no toolchains.
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

    /// The Debian packages of the toolchain, in no particular order, without the emulator's.
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

    /// The directory of the toolchain.
    pub(crate) fn dir(&self, host: &Host) -> PathBuf {
        home(host).join(self.name())
    }

    /// The directories that the toolchain needs: its own, and that of its emulator.
    pub(super) fn dirs(&self, host: &Host) -> Vec<PathBuf> {
        let emulator = self.emulator.as_ref().map(|emulator| emulator.path(host));
        let emulator = emulator
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned);
        std::iter::once(self.dir(host)).chain(emulator).collect()
    }

    /// The name of that directory.
    fn name(&self) -> String {
        format!("{}-{}", self.row.triple, self.digest)
    }

    /// Whether the toolchain exists and is complete.
    pub(crate) fn is_made(&self, host: &Host) -> bool {
        self.marks(false, host).iter().all(|path| path.exists())
    }

    /// Files that exist if the toolchain does, and with `runs` also its emulator.
    pub(crate) fn marks(&self, runs: bool, host: &Host) -> Vec<PathBuf> {
        let home = home(host);
        let names = self.mark_names(runs).into_iter();
        names.map(|name| home.join(name)).collect()
    }

    /// The paths of [`ToolchainRecipe::marks`] relative to the directory of all toolchains.
    pub(crate) fn mark_names(&self, runs: bool) -> Vec<PathBuf> {
        let emulator = self.emulator.as_ref().filter(|_| runs);
        let complete = Path::new(&self.name()).join(COMPLETE);
        std::iter::once(complete)
            .chain(emulator.map(Emulator::name))
            .collect()
    }

    /// The variables for cargo and crates, if the toolchain is in `dir`.
    pub(crate) fn environment(&self, dir: &Path) -> Vec<(String, String)> {
        self.environment_with(dir, None)
    }

    /// The variables of [`ToolchainRecipe::environment`], with another value for one of the row's
    /// parameters.
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
            let name = self.row.fill(name)?;
            let value = parts?.join(&dir_in(&name, &dir));
            Some((name, value))
        });
        filled.collect()
    }
}

/// The directory of all toolchains.
pub(crate) fn home(host: &Host) -> PathBuf {
    host.cache.join("toolchains")
}

/// The packages of a row's toolchain and its emulator, by release and name, even if the lock file
/// lacks them.
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
    /// The digest of the emulator's package.
    pub(super) fn digest(&self) -> &'static str {
        self.package.sha256
    }

    /// The path of the emulator.
    pub(crate) fn path(&self, host: &Host) -> PathBuf {
        home(host).join(self.name())
    }

    /// The path of the emulator relative to the directory of all toolchains.
    fn name(&self) -> PathBuf {
        let name = Path::new(&self.file).file_name().unwrap_or_default();
        let dir = format!("{}-{}", self.package.name, &self.package.sha256[..16]);
        Path::new(&dir).join(name)
    }
}

/// The path of a row's emulator in its package. None if the build machine runs the row's programs
/// itself, or nothing runs them.
fn file(emulator: &definition::Emulator, row: &Row) -> Option<String> {
    row.runner()?;
    let mut unless = emulator.unless.iter();
    if unless.any(|(name, value)| row.parameter(name) == value) {
        return None;
    }
    emulator.files.iter().find_map(|file| row.fill(file))
}

/// The release and the name of a package, from their templates. Names of packages have no
/// underscores, by section 5.6.1 of Debian's policy.
fn named(row: &Row, suite: &str, name: &str) -> Option<(String, String)> {
    Some((row.fill(suite)?, row.fill(name)?.replace('_', "-")))
}

impl Group {
    /// The packages of the group for a row, by release and name.
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

/// A package that a row needs, from the lock file.
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
    use crate::target::{self, ROWS, tools};
    use crate::toolchain::ToolRecipe;
    use crate::toolchain::debian::Debian;

    fn recipe(triple: &str) -> ToolchainRecipe {
        let host = Host::default();
        ToolchainRecipe::of(target::find(triple).unwrap(), &host)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn the_lock_file_has_all_that_toolchains_and_tools_are_made_of_and_nothing_else() {
        let rows = ROWS.iter().flat_map(Row::glibcs);
        let mut wanted: Vec<_> = rows.flat_map(wanted).collect();
        let base = Debian::new().unwrap();
        wanted.extend(
            base.all()
                .map(|it| (it.suite.to_owned(), it.name.to_owned())),
        );
        for tool in tools::all() {
            let recipe = ToolRecipe::of(tool).unwrap();
            let packages = recipe.packages().iter();
            wanted.extend(packages.map(|it| (it.suite.to_owned(), it.name.to_owned())));
        }
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
        assert_eq!(file("x86_64-unknown-linux-gnux32"), None);
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
