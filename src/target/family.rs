//! Families of targets. Each is a folder in `docker/` whose `family.toml` has all that cross knows
//! about the family's targets.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::Row;
use super::specification::Changes;

/// The folder `docker/` with all recipes, embedded in the program.
pub(crate) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docker");

/// The path of the runner in each of cross's images: it starts programs that were built for the
/// target. The path is absolute because programs that clear their environment still start other
/// programs with the runner, without `PATH`.
pub(crate) const RUNNER: &str = "/opt/cross/bin/cross-runner";

/// The file in a family's folder that this module reads.
const FILE: &str = "family.toml";

/// A family as `family.toml` describes it. Strings with `{…}` are templates, which [`Row::fill`]
/// fills in.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Family {
    /// The Dockerfile. All paths in this struct are relative to `docker/`.
    pub(crate) dockerfile: String,
    /// The files and directories that the Dockerfile copies.
    pub(crate) files: Vec<String>,
    /// More files, for rows whose programs nothing runs unless the user says so.
    #[serde(default)]
    pub(crate) files_without_runner: Vec<String>,
    /// A short name of the C library that results need, for users.
    pub(crate) libc: String,
    /// A template of the newest version of glibc that results may need, such as `2.31`. Empty if
    /// results need no glibc.
    #[serde(default)]
    pub(crate) glibc_floor: String,
    /// Another C library, for results that may need a newer glibc. None if there is no choice.
    pub(crate) newer_glibc: Option<NewerGlibc>,
    /// Debian's name of the architecture whose packages have libraries for the target. `all` if
    /// Debian has none.
    pub(crate) package_architecture: String,
    /// The API level of Android and the like: the oldest that results run on. None if users cannot
    /// choose one.
    pub(crate) api_level: Option<ApiLevel>,
    /// The file format of the target's programs: a template of the name of an [`ObjectFormat`].
    pub(crate) object_format: String,
    /// The suffix of programs' file names, such as `.exe`.
    #[serde(default)]
    pub(crate) program_suffix: String,
    /// How rustc links by default: a template of the name of a [`Linking`].
    pub(crate) linking: String,
    /// Whether Rust has the library `std` for these targets. If not, there are only `core` and
    /// `alloc`.
    #[serde(default = "yes")]
    pub(crate) std: bool,
    /// How to make the specification of a target that rustc does not know. None if rustc knows all
    /// of the family's targets.
    pub(crate) specification: Option<Changes>,
    /// Linkers and runners that are in the image or in cargo's `bin`; `*` stands for any part of a
    /// name. If a project's cargo configuration names one of these programs, cross uses it. Cross
    /// takes any other name for a program of the host, and sets the image's own instead.
    #[serde(default)]
    pub(crate) programs: Vec<String>,
    /// The script, in the family's folder, with which `ci/matrix.sh` asks an image for the versions
    /// of its programs.
    pub(crate) versions: String,
    /// Environment variables that cross reads for this family only. They say where to get a
    /// toolchain's files, and whether the user accepts their licence.
    #[serde(default)]
    pub(crate) variables: Vec<String>,
    /// The text in the tables of targets for rows that could not be measured, in place of the
    /// marks.
    #[serde(default)]
    pub(crate) unmeasured: String,
    /// The parameters that rows have values for. They are the Dockerfile's build arguments, in this
    /// order.
    pub(crate) parameters: Vec<Parameter>,
    /// The image's environment: names and values, both templates.
    pub(crate) environment: Vec<(String, String)>,
    /// Parts of the image that not every project needs. The Dockerfile's build argument `PARTS`
    /// lists the parts to build.
    #[serde(default)]
    pub(crate) parts: Vec<Part>,
    /// The ways to run the target's programs. A row uses the first way whose parameters all have
    /// values.
    pub(crate) runners: Vec<Way>,
    /// The scripts that the Dockerfile runs, each with a description for users.
    pub(crate) steps: Vec<(String, String)>,
    /// The names of those of these scripts that fetch packages, and so need the network.
    #[serde(default)]
    pub(crate) fetching: Vec<String>,
}

/// The C library for results that may need a newer glibc than the rows' own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewerGlibc {
    /// The oldest version that is asked for with which this C library is used.
    pub(crate) from: String,
    /// Parameters that have other values then: names, and templates of the values.
    pub(super) parameters: Vec<(String, String)>,
}

fn yes() -> bool {
    true
}

/// A parameter of a family, for which each row has a value.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    /// The name of the Dockerfile's build argument.
    pub(crate) name: String,
    /// A description of the parameter, for readers of `family.toml` only.
    #[serde(rename = "about")]
    _about: String,
    /// The value for rows that give none. Without a default each row must give one.
    pub(crate) default: Option<String>,
}

/// API levels of a system. Each level has the interfaces of all older levels.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiLevel {
    /// The parameter that holds the API level for which a row compiles. Only environment variables
    /// and the Dockerfile's check may depend on this parameter, since a user's choice does not
    /// rebuild the image.
    pub(crate) parameter: String,
    /// The oldest level that the compilers know.
    pub(crate) oldest: u32,
}

/// A part of an image, which is only built for projects that need it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Part {
    /// The part's name in the image's tag and in the key `parts`.
    pub(crate) name: String,
    /// The crates that need the part.
    pub(crate) crates: Vec<String>,
    /// Whether to build the part if there is no lock file that would tell.
    #[serde(default)]
    pub(crate) unless_known: bool,
    /// Whether an image that commands of the user's change (`pre-build`, a Dockerfile) has the part,
    /// whatever the lock file lists.
    #[serde(default)]
    pub(crate) for_commands: bool,
    /// The names of the part's libraries, as a linker reports them missing.
    #[serde(default)]
    pub(crate) missed_by: Vec<String>,
    /// A parameter of rows. If a row has a value for it, the row's images always have the part,
    /// because the part costs next to nothing there.
    pub(crate) always: Option<String>,
    /// Environment variables that images with the part have: names and values, both templates.
    pub(crate) environment: Vec<(String, String)>,
}

impl Part {
    /// Whether every image of the row has this part.
    pub(crate) fn is_always_in(&self, row: &Row) -> bool {
        let parameter = self.always.as_ref();
        parameter.is_some_and(|name| !row.parameter(name).is_empty())
    }
}

/// The file format of programs.
#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObjectFormat {
    Elf,
    /// Windows' programs and DLLs.
    /// <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>
    Pe,
    Wasm,
    /// JavaScript without WebAssembly.
    Javascript,
}

/// How rustc links programs.
#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Linking {
    Dynamic,
    Static,
}

/// A way to run a family's programs. The strings are templates, which a row fills in.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Way {
    /// The name of the emulator or runtime, for users.
    shown: String,
    /// The parameter that a row must have a value for if its programs are to run this way. None if
    /// the way fits all rows.
    needs: Option<String>,
    /// A parameter and its value: rows that have it are run this way only if the key `runner` says
    /// so, because few machines can.
    #[serde(default)]
    on_request: BTreeMap<String, String>,
    /// The value of the key `runner` that chooses this way. None if there is nothing to choose.
    key: Option<RunnerKey>,
    /// The emulator that is registered with the kernel (`binfmt_misc`), so that the target's
    /// programs can start one another. Empty if the kernel needs none.
    #[serde(default)]
    emulator: String,
    /// The default machine of an emulator of whole systems, which the key `machine` can change.
    /// Empty for other emulators.
    #[serde(default)]
    machine: String,
}

/// How programs for the target are run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Runner"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RunnerKey {
    /// By the host's processor.
    Native,
    /// By QEMU's user-mode emulator.
    QemuUser,
    /// Accepted, and of no effect: another tool starts a whole system in QEMU.
    QemuSystem,
}

impl RunnerKey {
    /// The value of the key `runner`, and of `CROSS_RUNNER` in the container.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::QemuUser => "qemu-user",
            Self::QemuSystem => "qemu-system",
        }
    }
}

/// How programs for one target are run: a [`Way`] whose templates are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    /// The name of the emulator or runtime, for users.
    pub(crate) shown: String,
    /// The value of the key `runner` that chooses this way. None if there is nothing to choose.
    pub(crate) key: Option<RunnerKey>,
    /// The emulator that is registered with the kernel (`binfmt_misc`), so that the target's
    /// programs can start one another. None if the kernel needs none.
    pub(crate) emulator: Option<String>,
    /// The default machine of an emulator of whole systems, which the key `machine` can change.
    pub(crate) machine: Option<String>,
}

impl Way {
    /// The value of the key `runner` without which a row's programs are not run this way. None if
    /// they are run this way unasked.
    pub(super) fn on_request(&self, row: &Row) -> Option<RunnerKey> {
        let mut values = self.on_request.iter();
        let is_asked_for = values.any(|(name, value)| row.parameter(name) == value);
        self.key.filter(|_| is_asked_for)
    }

    /// The way with the row's values. None if the row lacks the parameter that the way needs, or
    /// one in its templates.
    pub(super) fn of(&'static self, row: &Row) -> Option<Runner> {
        let lacks = |name: &String| row.parameter(name).is_empty();
        if self.needs.as_ref().is_some_and(lacks) {
            return None;
        }
        let emulator = row.fill(&self.emulator)?;
        let machine = row.fill(&self.machine)?;
        Some(Runner {
            shown: row.fill(&self.shown)?,
            key: self.key,
            emulator: Some(emulator).filter(|path| !path.is_empty()),
            machine: Some(machine).filter(|name| !name.is_empty()),
        })
    }
}

impl Family {
    /// The default value of a parameter. Empty if the parameter has none or does not exist.
    pub(super) fn default_of(&'static self, name: &str) -> &'static str {
        let mut all = self.parameters.iter();
        let known = all.find(|parameter| parameter.name == name);
        known
            .and_then(|known| known.default.as_deref())
            .unwrap_or_default()
    }
}

/// A family's folder: the text of `family.toml`, and the value parsed from it once it is needed.
struct Entry {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Family>,
}

/// All families. A file is parsed when its family is first needed. That takes about 0.1 ms, too
/// little to be worth a build script.
static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |dir: &'static Dir<'static>| {
        let text = dir.get_file(dir.path().join(FILE))?.contents_utf8()?;
        Some(Entry {
            name: dir.path().to_str()?,
            text,
            read: OnceLock::new(),
        })
    };
    FILES.dirs().filter_map(entry).collect()
});

/// Looks a family up by name. A name or file that is wrong gives an empty family, which the tests
/// find.
pub(super) fn find(name: &str) -> &'static Family {
    static NONE: LazyLock<Family> = LazyLock::new(Family::default);
    let entry = ALL.iter().find(|entry| entry.name == name);
    entry.map_or(&NONE, |entry| {
        entry
            .read
            .get_or_init(|| toml::from_str(entry.text).unwrap_or_default())
    })
}

/// The names of all families.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_every_family_can_be_read() {
        assert!(!ALL.is_empty());
        for entry in ALL.iter() {
            let read = toml::from_str::<Family>(entry.text);
            assert!(
                read.is_ok(),
                "docker/{}/{FILE}: {}",
                entry.name,
                read.unwrap_err()
            );
        }
    }

    #[test]
    fn a_file_that_lacks_something_is_told_what() {
        let lacking = ALL[0].text.replace("\nrunners = [", "\nsteps-of-old = [");
        let error = toml::from_str::<Family>(&lacking).unwrap_err();
        assert!(
            error.to_string().contains("unknown field `steps-of-old`"),
            "{error}"
        );
        let error = toml::from_str::<Family>("dockerfile = 'a'").unwrap_err();
        assert!(
            error.to_string().contains("missing field `files`"),
            "{error}"
        );
    }

    #[test]
    fn every_family_has_rows() {
        for name in names() {
            let mut rows = super::super::ROWS.iter();
            assert!(rows.any(|row| row.family == name), "{name}");
        }
    }
}
