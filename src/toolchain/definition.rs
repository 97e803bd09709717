//! What the toolchains of a family are made of, as its file in `toolchains/` says it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::target::Row;

/// The families' files and the lock file, which are part of the program.
pub(super) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/toolchains");

/// The text of one of these files; empty where there is none of that name.
pub(super) fn text(name: &str) -> &'static str {
    let file = FILES.get_file(name);
    file.and_then(|file| file.contents_utf8())
        .unwrap_or_default()
}

/// What toolchains of a family have in common. Texts with `{…}` are templates, which
/// [`crate::target::Row`] fills in.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Definition {
    /// The parameter of rows whose toolchain is of no use alone: the image compiles what packages
    /// have for newer processors.
    pub(super) images_only: Option<String>,
    /// What it is made of: Debian's packages,
    #[serde(default)]
    pub(super) packages: Vec<Group>,
    /// or what its makers hand out.
    pub(super) kit: Option<Kit>,
    /// How the packages have what runs on the machine that builds.
    #[serde(default)]
    pub(super) host: Host,
    pub(super) emulator: Option<Emulator>,
    /// How results come to need an older C library than the toolchain's own.
    pub(super) older: Option<Older>,
    #[serde(default)]
    pub(super) unpacked: Unpacked,
    /// Files of the family's folder that are filled in, with their places in the toolchain.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// Symbolic links, with what they say.
    #[serde(default)]
    pub(super) links: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) commands: Commands,
    /// Variables by which cargo and crates find what is there. `{toolchain}` stands for its
    /// directory.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// More of them for rows that have a parameter.
    #[serde(default)]
    pub(super) with: BTreeMap<String, BTreeMap<String, String>>,
}

/// Packages of one release.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) suite: String,
    /// Whether they are libraries of the machine that builds.
    #[serde(default)]
    pub(super) host: bool,
    /// The architecture, if it is not that of the machine that builds. Rows for which it cannot be
    /// filled in go without these packages.
    pub(super) architecture: Option<String>,
    /// The directory of the toolchain in which they are unpacked as they are, if that is not the
    /// toolchain's own.
    pub(super) into: Option<String>,
    pub(super) names: Vec<String>,
}

/// Compilers, headers and libraries that their makers hand out as one archive.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Kit {
    /// As files and lists have it.
    pub(super) name: String,
    /// As sentences have it.
    pub(super) title: String,
    pub(super) version: String,
    /// Who hands it out.
    pub(super) makers: String,
    /// The addresses below which the archives are, in the order in which they are asked.
    pub(super) urls: Vec<String>,
    /// The archives, of which a row needs the first that is for its target.
    pub(super) archives: Vec<Archive>,
    /// Whether it is the image that unpacks the archive, which may have any form that its
    /// Dockerfile can read. Else it is a zip file with all of it in one directory.
    #[serde(default)]
    pub(super) unpacked_by_image: bool,
    /// The variable that names another address below which the archives are.
    pub(super) mirror: String,
    /// What users have to accept before it is fetched for them, if anything.
    pub(super) licence: Option<Licence>,
    /// The variables by which users name a directory with a kit of theirs; the first that is set
    /// counts.
    pub(super) own: Vec<String>,
    /// The template of a file that every such kit has, by which one is known.
    pub(super) probe: String,
    /// The template of the file that tells one version from another.
    pub(super) identity: String,
    /// The directory of a toolchain in which it stands.
    pub(super) dir: String,
    /// Templates of patterns for what of it a row needs, in which a star stands for any text.
    pub(super) taken: Vec<String>,
}

/// A file that is a kit for some targets.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Archive {
    /// The pattern of their triples.
    pub(super) targets: String,
    /// Its name below an address.
    pub(super) file: String,
    /// In bytes, where its makers say it.
    pub(super) size: Option<u64>,
    /// Of the whole file, in hexadecimal digits.
    pub(super) sha256: String,
}

/// A licence, and how users say that they accept it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Licence {
    /// Where it can be read.
    pub(super) url: String,
    pub(super) variable: String,
    /// The variable's value that says yes.
    pub(super) value: String,
}

/// The machine that builds, as its packages lay it out.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    /// The directory of libraries.
    pub(super) libraries: String,
    /// The name of the loader, which is one of them.
    pub(super) loader: String,
}

/// The program that runs programs of the target.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Emulator {
    pub(super) suite: String,
    pub(super) package: String,
    /// The program in the package: the first whose template can be filled in.
    pub(super) files: Vec<String>,
    /// The value of a parameter with which a row needs none.
    pub(super) unless: BTreeMap<String, String>,
}

/// What is linked for an older C library.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Older {
    /// The directory with the C library's own libraries.
    pub(super) libraries: String,
    /// C in the family's folder with what GCC's archives call and an older library lacks.
    pub(super) source: String,
    /// The variable by which the compilers are told of the directory.
    pub(super) variable: String,
}

/// How packages are unpacked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Unpacked {
    /// Patterns for what is left out, in which a star stands for any text.
    pub(super) omitted: Vec<String>,
}

/// The commands in a toolchain's `bin` that start programs of packages, all of which have the
/// target's triple before their names.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Commands {
    /// What the names of GCC's and binutils' programs begin with.
    pub(super) prefix: String,
    /// The directory below the toolchain's in which the compiler looks for tools by their plain
    /// names.
    pub(super) tool_dir: String,
    /// What is called with words of ours: the command's name, and the program's.
    pub(super) compilers: BTreeMap<String, String>,
    /// Programs that are called as they are, by their names without the prefix of GCC's.
    pub(super) tools: Vec<String>,
}

/// A family's definition as it is embedded, and as it was read.
struct Entry {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Option<Definition>>,
}

/// All of them, each of which is read when it is needed.
static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |dir: &'static Dir<'static>| {
        let file = dir.get_file(dir.path().join("toolchain.toml"))?;
        Some(Entry {
            name: dir.path().to_str()?,
            text: file.contents_utf8()?,
            read: OnceLock::new(),
        })
    };
    FILES.dirs().filter_map(entry).collect()
});

/// What a row's toolchain is made of; none where its family has no toolchains.
pub(super) fn of(row: &Row) -> Option<&'static Definition> {
    let entry = ALL.iter().find(|entry| entry.name == row.family)?;
    // A test reads each.
    let read = entry.read.get_or_init(|| toml::from_str(entry.text).ok());
    read.as_ref()
}

impl Definition {
    /// Whether a row's toolchain can be used without an image.
    pub(super) fn stands_alone(&self, row: &Row) -> bool {
        let parameter = self.images_only.as_ref();
        let is_whole = self.kit.as_ref().is_none_or(|kit| !kit.unpacked_by_image);
        is_whole && parameter.is_none_or(|name| row.parameter(name).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_every_family_can_be_read() {
        let dirs: Vec<_> = FILES.dirs().collect();
        assert!(!dirs.is_empty());
        for dir in dirs {
            let file = dir.get_file(dir.path().join("toolchain.toml")).unwrap();
            let read = toml::from_str::<Definition>(file.contents_utf8().unwrap());
            assert!(
                read.is_ok(),
                "{}: {}",
                dir.path().display(),
                read.unwrap_err()
            );
        }
    }
}
