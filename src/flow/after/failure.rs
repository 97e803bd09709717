//! The facts about a failed run, and the cause that is recognised in them.

use std::path::Path;

use super::kept::{CompilerError, FailedScript, For};
use super::present;
use super::source::Shown;
use crate::config::custom::PreBuild;
use crate::engine::spec::{EnvVar, last};
use crate::plan::after::After;
use crate::target::Row;
use crate::target::tools::{self, Tool};
use crate::toolchain::machine;
use cross_base::fs;
use cross_base::host::Host;

/// All facts about a failed run.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) after: &'a After,
    /// The commands of `pre-build`, or the lines of its script.
    pub(super) pre_build: Vec<String>,
    pub(super) scripts: Vec<FailedScript>,
    pub(super) errors: Vec<CompilerError>,
    /// Whether the host's cargo could not fetch all dependencies, and has printed the reason.
    pub(super) unfetched: bool,
    pub(super) shown: Shown<'a>,
    /// The container's environment.
    pub(super) env: &'a [EnvVar],
    pub(super) host: &'a Host,
}

impl Failure<'_> {
    /// Whether the failure is not in the build: no build script and no compilation has failed.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.scripts.is_empty() && self.errors.is_empty()
    }
}

/// A cause that was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The cause and the remedy, in one line.
    pub(super) hint: String,
    /// The words in errors or output by which the cause was recognised.
    pub(super) words: Vec<String>,
}

/// The words of a cause that was recognised by no words of its own.
pub(super) const NO_WORDS: [&str; 0] = [];

impl Found {
    /// A cause that was recognised by these words.
    pub(super) fn by<W: Into<String>>(
        words: impl IntoIterator<Item = W>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            hint: hint.into(),
            words: words.into_iter().map(Into::into).collect(),
        }
    }
}

impl Failure<'_> {
    /// The first of these phrases that is in rustc's errors.
    pub(super) fn says<'w>(&self, words: &[&'w str]) -> Option<&'w str> {
        let mut words = words.iter();
        let is_said = |word: &&&str| self.errors.iter().any(|error| error.text.contains(**word));
        words.find(is_said).copied()
    }

    /// The first of these functions that a link for the target misses, with the linker's words.
    pub(super) fn misses<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<(&'n str, String)> {
        let mut names = names.flat_map(|name| {
            // From GNU's linkers, and from lld.
            let gnu = format!("undefined reference to `{name}'");
            let lld = format!("undefined symbol: {name}\n");
            [(name, gnu), (name, lld)]
        });
        let errors = self.errors.iter();
        let errors = errors.filter(|error| error.built_for == For::Target);
        let errors: Vec<_> = errors.collect();
        names.find(|(_, said)| errors.iter().any(|error| error.text.contains(said)))
    }

    /// The first of these phrases that is in rustc's errors or in the output of build scripts.
    pub(super) fn says_anywhere<'w>(&self, words: &[&'w str]) -> Option<&'w str> {
        let in_scripts = |word: &&&str| self.scripts.iter().any(|s| s.said.contains(**word));
        self.says(words)
            .or_else(|| words.iter().find(in_scripts).copied())
    }

    /// The setting that installs a package, or the command for the script that the setting names.
    /// None if the image is not one of cross's, or the setting or its script has the package
    /// already.
    pub(super) fn install(&self, package: &str, built_for: For) -> Option<String> {
        let row = self.row_of_image()?;
        let add = "apt-get update && apt-get install --yes";
        let arch = row.package_architecture();
        let is_foreign = built_for == For::Target && !row.is_native();
        // If the setting has the package already, another installation does not help.
        if self.is_installed(package, built_for) {
            return None;
        }
        let line = if is_foreign {
            if !has_packages(row) {
                return None;
            }
            format!("dpkg --add-architecture {arch} && {add} {package}:{arch}")
        } else {
            format!("{add} {package}")
        };
        Some(match &self.after.pre_build {
            Some(PreBuild::Script(file)) => format!("`{line}` in `{file}`"),
            _ => format!(
                "`pre-build = [\"{line}\"]` below `[target.{}]`",
                self.after.target
            ),
        })
    }

    /// Whether `pre-build` installs a package in one of cross's images.
    pub(super) fn is_installed(&self, package: &str, built_for: For) -> bool {
        self.row_of_image().is_some_and(|row| {
            let foreign = built_for == For::Target && !row.is_native();
            let arch = foreign.then(|| row.package_architecture());
            installs(&self.pre_build, package, arch.as_ref())
        })
    }

    /// The hint for a library that the image lacks, or the machine if there is no container.
    pub(super) fn lacks(&self, what: &str, package: &str, whose: For) -> Option<String> {
        if !self.after.isolated {
            return Some(match whose {
                For::Target => format!(
                    "the toolchain lacks {what} for the target: build in a container (`CROSS_CONTAINER_ENGINE`), where `pre-build` can install Debian's `{package}`"
                ),
                For::Build => return self.has_no(what, package),
            });
        }
        let line = self.install(package, whose)?;
        let whose = match whose {
            For::Target => "the target",
            For::Build => "the programs that run at build time",
        };
        Some(format!(
            "the image lacks {what} for {whose}: {line} adds it"
        ))
    }

    /// Whether a program, which one of Debian's packages has, is there, or was to be installed by
    /// `pre-build`.
    pub(super) fn has_program(&self, name: &str, package: Option<&str>) -> bool {
        if !self.after.isolated {
            return self.is_on_path(name);
        }
        let row = self.row_of_image();
        row.is_some_and(|row| present::in_image(row, name, package))
            || self.shown.has_program(name)
            || present::in_commands(&self.pre_build, name, package)
    }

    /// Whether a program is in a directory of the run's `PATH`. Without a container this has the
    /// programs that cross provides beside the machine's.
    fn is_on_path(&self, name: &str) -> bool {
        let path = last(self.env, "PATH").and_then(|it| it.value(self.host));
        let path = path.or_else(|| self.host.var("PATH"));
        let mut dirs = path.into_iter().flat_map(std::env::split_paths);
        !name.contains('/') && dirs.any(|dir| fs::stamp(&dir.join(name)).is_some())
    }

    /// Whether the build can have a path of this machine.
    pub(super) fn has_path(&self, path: &Path) -> bool {
        fs::stamp(path).is_some() && self.shown.has(path)
    }

    /// The hint for a program that the image lacks, or the machine if there is no container. None
    /// if the program is there, so that something else was not found.
    pub(super) fn lacks_program(&self, name: &str, package: &str) -> Option<String> {
        if self.has_program(name, Some(package)) {
            return None;
        }
        let tool = tools::with_program(name).filter(|_| !self.after.isolated);
        if let Some(tool) = tool {
            return Some(format!(
                "this machine has no program `{name}`: `parts = [\"{}\"]` below `[target.{}]` makes one",
                tool.name, self.after.target
            ));
        }
        self.has_no(&format!("program `{name}`"), package)
    }

    /// The hint that cross makes a library which build scripts load and which they have not found.
    /// None if this machine cannot load it, or the user says where it is.
    pub(super) fn makes_library(&self, name: &str) -> Option<String> {
        let Some(Tool::Library(library)) = tools::tool(name) else {
            return None;
        };
        let glibc = machine::glibc(library)?;
        if glibc < library.glibc || self.host.var(&library.variable).is_some() {
            return None;
        }
        Some(format!(
            "this machine has no `{name}` that build scripts can load: `parts = [\"{name}\"]` below `[target.{}]` makes one",
            self.after.target
        ))
    }

    /// The hint for a missing file of a package that is used at build time. None if `pre-build`
    /// installs the package already.
    pub(super) fn has_no(&self, what: &str, package: &str) -> Option<String> {
        if !self.after.isolated {
            return Some(format!(
                "this machine has no {what}: install it (Debian's package is `{package}`), or build in a container (`CROSS_CONTAINER_ENGINE`)"
            ));
        }
        if installs(&self.pre_build, package, None) {
            return None;
        }
        Some(match self.install(package, For::Build) {
            Some(line) => format!("the image has no {what}: {line} adds it"),
            // The image is the user's and may be of any distribution, so no command is named.
            None => format!("the image has no {what}, which Debian has in its package `{package}`"),
        })
    }

    /// The row of the target, if the command ran in a container from one of cross's images.
    pub(super) fn row_of_image(&self) -> Option<&'static Row> {
        self.after.row.filter(|_| self.after.isolated)
    }

    /// The variable with flags for a compiler of C (`CFLAGS`) or C++ (`CXXFLAGS`), which the crate
    /// `cc` reads: <https://docs.rs/cc/latest/cc/#external-configuration-via-environment-variables>.
    pub(super) fn flags(&self, name: &str, built_for: For) -> String {
        match built_for {
            For::Target => format!("{name}_{}", self.after.target.replace('-', "_")),
            For::Build => format!("HOST_{name}"),
        }
    }
}

/// The commands of `pre-build`. Of a script these are the lines, as far as containers cannot write
/// to it.
pub(super) fn commands(pre_build: Option<&PreBuild>, shown: &Shown<'_>) -> Vec<String> {
    match pre_build {
        None => Vec::new(),
        Some(PreBuild::Commands(commands)) => commands.clone(),
        Some(PreBuild::Script(file)) => {
            let text = shown.source(&fs::absolute(shown.root, Path::new(file)));
            let text = text.unwrap_or_default();
            let lines = text.lines().map(str::trim_start);
            let lines = lines.filter(|line| !line.starts_with('#'));
            lines.map(str::to_owned).collect()
        }
    }
}

/// Whether commands install a package, for a foreign architecture or for the image's own. A
/// variable may stand for the foreign architecture.
fn installs(commands: &[String], package: &str, foreign: Option<&String>) -> bool {
    let is_between = |c: char| c.is_whitespace() || "'\"".contains(c);
    let mut words = commands
        .iter()
        .flat_map(|command| command.split(is_between));
    words.any(|word| match (word.split_once(':'), foreign) {
        (None, None) => word == package,
        (None, Some(_)) => false,
        (Some((name, arch)), None) => name == package && arch == "amd64",
        (Some((name, arch)), Some(foreign)) => {
            name == package && (arch == foreign || arch.starts_with('$'))
        }
    })
}

/// The architectures of Debian 13, whose packages the images can install, from its release notes,
/// "Supported architectures".
const RELEASED: &[&str] = &[
    "amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x",
];

/// Whether Debian has packages for a row's target. Its packages are for glibc.
pub(super) fn has_packages(row: &Row) -> bool {
    row.glibc_floor().is_some() && RELEASED.contains(&row.package_architecture().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_installed_by_the_command_that_names_it() {
        let commands = |line: &str| {
            [
                String::from("dpkg --add-architecture arm64"),
                line.to_owned(),
            ]
        };
        let arm64 = String::from("arm64");
        for (line, here, there) in [
            ("apt-get install -y libasound2-dev:arm64", false, true),
            ("apt-get install -y libasound2-dev curl", true, false),
            ("sh -c 'apt-get install -y libasound2-dev'", true, false),
            (
                "apt-get install -y libasound2-dev:$CROSS_DEB_ARCH",
                false,
                true,
            ),
            ("apt-get install -y libasound2-dev:armhf", false, false),
            ("apt-get install -y libasound2-dev-doc", false, false),
        ] {
            let found = |foreign| installs(&commands(line), "libasound2-dev", foreign);
            assert_eq!((found(None), found(Some(&arm64))), (here, there), "{line}");
        }
    }
}
