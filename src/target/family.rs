//! Families: one folder of `docker/` each, in which `family.toml` says all that cross has to know
//! of such targets.

use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::Row;
use super::specification::Changes;

/// The recipes, which are part of the program.
pub(crate) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docker");

/// The program that runs programs of the target, in every image of cross's. Its whole path, for
/// programs that clear their environment hand it on without `PATH`.
pub(crate) const RUNNER: &str = "/opt/cross/bin/cross-runner";

/// The file in a family's folder that this module reads.
const FILE: &str = "family.toml";

/// What targets of a kind have in common. Texts with `{…}` are templates, which [`Row`] fills in.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Family {
    /// The Dockerfile, as all paths here below `docker/`.
    pub(crate) dockerfile: String,
    /// The files, and folders with all in them, that the Dockerfile copies from.
    pub(crate) files: Vec<String>,
    /// The C library that results need, in a few words.
    pub(crate) libc: String,
    /// The newest glibc that results may need; empty where they need none.
    #[serde(default)]
    pub(crate) glibc_floor: String,
    /// Debian's name of the architecture whose packages have libraries for the target.
    pub(crate) package_architecture: String,
    /// The parameter that is the oldest level of the system's interfaces that results run on,
    /// where users may name another.
    pub(crate) api_level: Option<ApiLevel>,
    /// The form of the target's programs: a template of the name of an [`ObjectFormat`].
    pub(crate) object_format: String,
    /// What the names of programs end with.
    #[serde(default)]
    pub(crate) program_suffix: String,
    /// How rustc links by default: a template of the name of a [`Linking`].
    pub(crate) linking: String,
    /// Whether Rust has a standard library for such targets, and not `core` and `alloc` alone.
    #[serde(default = "yes")]
    pub(crate) std: bool,
    /// How the specification of a target is made that rustc does not know.
    pub(crate) specification: Option<Changes>,
    /// Linkers and runners, `*` for any part of a name, that cargo's configuration may name and
    /// mean those of the image or of cargo's `bin`. Others are taken for programs of the host,
    /// and the image's own are used.
    #[serde(default)]
    pub(crate) programs: Vec<String>,
    /// The folder's script by which `ci/matrix.sh` asks an image for versions.
    pub(crate) versions: String,
    /// Variables that cross reads for its targets alone: those that say where what a toolchain is
    /// made of comes from.
    #[serde(default)]
    pub(crate) variables: Vec<String>,
    /// What the tables of targets say in place of marks where a row could not be measured.
    #[serde(default)]
    pub(crate) unmeasured: String,
    /// What rows differ in: the build arguments of the Dockerfile, in this order.
    pub(crate) parameters: Vec<Parameter>,
    /// Variables of the image, by name.
    pub(crate) environment: Vec<(String, String)>,
    /// What images have only where a project needs it. The argument `PARTS` of the Dockerfile
    /// names those that are wanted.
    #[serde(default)]
    pub(crate) parts: Vec<Part>,
    /// How programs are run; a row has the first for which it has all parameters.
    pub(crate) runners: Vec<Way>,
    /// The Dockerfile's scripts, with what each does in a user's words.
    pub(crate) steps: Vec<(String, String)>,
}

fn yes() -> bool {
    true
}

/// Something that rows of a family differ in.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    /// As the Dockerfile has it.
    pub(crate) name: String,
    /// What it says of a target; for readers of the file.
    #[serde(rename = "about")]
    _about: String,
    /// The value of rows that have none of their own; without it each has to.
    pub(crate) default: Option<String>,
}

/// Levels of a system's interfaces, each of which has those before it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiLevel {
    /// The parameter that is the level for which a row compiles. No more than variables may depend
    /// on it, and the Dockerfile's check.
    pub(crate) parameter: String,
    /// The oldest that there is.
    pub(crate) oldest: u32,
}

/// Something that images have only where a project needs it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Part {
    /// As the image's tag and the key `parts` have it.
    pub(crate) name: String,
    /// The crates that need it.
    pub(crate) crates: Vec<String>,
    /// Whether images have it where there is no lock file to tell if it is needed.
    #[serde(default)]
    pub(crate) unless_known: bool,
    /// The parameter of rows whose images always have it, since it costs next to nothing there.
    pub(crate) always: Option<String>,
    /// Variables of images that have it, by name.
    pub(crate) environment: Vec<(String, String)>,
}

impl Part {
    /// Whether all images of a row have it.
    pub(crate) fn is_always_in(&self, row: &Row) -> bool {
        let parameter = self.always.as_ref();
        parameter.is_some_and(|name| !row.parameter(name).is_empty())
    }
}

/// The form of a program.
#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObjectFormat {
    Elf,
    /// Windows' programs and DLLs. <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>
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

/// A way of running programs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Way {
    /// What runs them, for people.
    shown: String,
    /// The parameter of rows whose programs are run so, where it is not all.
    needs: Option<String>,
    /// The value of the key `runner` that stands for it, where there is a choice.
    #[serde(default)]
    key: String,
    /// The program that the kernel is told to start for such programs, where it cannot start them
    /// itself.
    #[serde(default)]
    emulator: String,
    /// The machine that programs have for themselves, where that is what runs them and users may
    /// name another.
    #[serde(default)]
    machine: String,
}

/// How programs for one target are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    /// What runs them, for people.
    pub(crate) shown: String,
    /// The value of the key `runner` that stands for it, where there is a choice.
    pub(crate) key: Option<&'static str>,
    /// The program that the kernel is told to start for such programs, where it cannot start them
    /// itself.
    pub(crate) emulator: Option<String>,
    /// The machine that programs have for themselves unless the key `machine` names another.
    pub(crate) machine: Option<String>,
}

impl Way {
    /// This way for a row, if the row has all that the way needs.
    pub(super) fn of(&'static self, row: &Row) -> Option<Runner> {
        let lacks = |name: &String| row.parameter(name).is_empty();
        if self.needs.as_ref().is_some_and(lacks) {
            return None;
        }
        let emulator = row.fill(&self.emulator)?;
        let machine = row.fill(&self.machine)?;
        Some(Runner {
            shown: row.fill(&self.shown)?,
            key: Some(self.key.as_str()).filter(|key| !key.is_empty()),
            emulator: Some(emulator).filter(|path| !path.is_empty()),
            machine: Some(machine).filter(|name| !name.is_empty()),
        })
    }
}

impl Family {
    /// A parameter's value where a row has none.
    pub(super) fn default_of(&'static self, name: &str) -> &'static str {
        let mut all = self.parameters.iter();
        let known = all.find(|parameter| parameter.name == name);
        known
            .and_then(|known| known.default.as_deref())
            .unwrap_or_default()
    }
}

/// A family as it is embedded, and as it was read.
struct Entry {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Family>,
}

/// All of them. A run reads the file of the one family that it needs: that takes about a tenth of a
/// millisecond, for which no build script is worth its time.
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

/// A family by its name. An empty one stands for a file that cannot be read, which tests find.
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
