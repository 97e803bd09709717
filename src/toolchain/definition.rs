//! The definition of a family's toolchains, in its folder of `toolchains/`.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::target::Row;

/// The folder `toolchains/` with the lock file, embedded in the program.
pub(super) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/toolchains");

/// The text of an embedded file. Empty if there is no file of that name.
pub(super) fn text(name: &str) -> &'static str {
    let file = FILES.get_file(name);
    file.and_then(|file| file.contents_utf8())
        .unwrap_or_default()
}

/// The common part of a family's toolchains. Texts with `{…}` are templates, which
/// [`crate::target::Row`] fills in.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Definition {
    /// The parameter of rows whose toolchain is only used in images, because the image first
    /// compiles again libraries that the packages have for newer processors.
    pub(super) images_only: Option<String>,
    /// The Debian packages of the toolchain. Empty if it is made of a kit.
    #[serde(default)]
    pub(super) packages: Vec<Group>,
    /// The kit that the toolchain is made of in place of packages.
    pub(super) kit: Option<Kit>,
    /// The layout of libraries for the build machine in the packages.
    #[serde(default)]
    pub(super) host: Host,
    pub(super) emulator: Option<Emulator>,
    /// The way in which results for an older C library than the toolchain's own are linked.
    pub(super) older: Option<Older>,
    #[serde(default)]
    pub(super) unpacked: Unpacked,
    /// Templates in the family's folder, with the paths of the filled-in files in the toolchain.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// Symbolic links in the toolchain, with their targets.
    #[serde(default)]
    pub(super) links: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) commands: Commands,
    /// Variables by which cargo and crates find the toolchain's programs. `{toolchain}` stands for
    /// the toolchain's directory.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// Further variables, for rows that have a parameter of this name.
    #[serde(default)]
    pub(super) with: BTreeMap<String, BTreeMap<String, String>>,
}

/// Packages of one release.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) suite: String,
    /// Whether the packages have libraries for the build machine.
    #[serde(default)]
    pub(super) host: bool,
    /// The template of the packages' architecture, if that is not the build machine's. A row that
    /// cannot fill it in goes without these packages.
    pub(super) architecture: Option<String>,
    /// The directory of the toolchain into which these packages are unpacked unchanged. None for
    /// the toolchain's own layout.
    pub(super) into: Option<String>,
    pub(super) names: Vec<String>,
}

/// Compilers, headers and libraries that their makers hand out as one archive.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Kit {
    /// The name in files and lists.
    pub(super) name: String,
    /// The name in sentences.
    pub(super) title: String,
    pub(super) version: String,
    /// The makers, in sentences.
    pub(super) makers: String,
    /// The addresses below which the archives are, in the order in which they are tried.
    pub(super) urls: Vec<String>,
    /// The archives. A row uses the first that is for its target.
    pub(super) archives: Vec<Archive>,
    /// Whether the image unpacks the archive, which may then have any format that the Dockerfile
    /// can read. If not, the archive is a zip file with one directory that has everything.
    #[serde(default)]
    pub(super) unpacked_by_image: bool,
    /// The variable that names another address below which the archives are.
    pub(super) mirror: String,
    /// The licence that users have to accept before the kit is fetched for them, if there is one.
    pub(super) licence: Option<Licence>,
    /// Variables that name a directory with a kit of the user's. The first that is set counts.
    pub(super) own: Vec<String>,
    /// The template of the path of a file that every such kit has, by which a directory is
    /// recognised.
    pub(super) probe: String,
    /// The template of the path of a file that differs between versions.
    pub(super) identity: String,
    /// The directory of the kit in a toolchain.
    pub(super) dir: String,
    /// Templates of patterns for the files that a row needs. A `*` stands for any text.
    pub(super) taken: Vec<String>,
}

/// An archive that is the kit for some targets.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Archive {
    /// The pattern of these targets' triples.
    pub(super) targets: String,
    /// The path of the archive below an address.
    pub(super) file: String,
    /// The size in bytes, if the makers publish it.
    pub(super) size: Option<u64>,
    /// The SHA-256 of the archive, in hexadecimal digits.
    pub(super) sha256: String,
}

/// A licence, and the variable by which users accept it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Licence {
    /// The address of the licence's text.
    pub(super) url: String,
    pub(super) variable: String,
    /// The value of the variable that means acceptance.
    pub(super) value: String,
}

/// The layout of the build machine's libraries in the packages.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    /// The directory of the libraries.
    pub(super) libraries: String,
    /// The file name of the loader, which is in that directory.
    pub(super) loader: String,
}

/// The emulator that runs programs of the target.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Emulator {
    pub(super) suite: String,
    pub(super) package: String,
    /// Templates of the program's path in the package. The first that can be filled in counts.
    pub(super) files: Vec<String>,
    /// Parameters with the value with which a row needs no emulator.
    pub(super) unless: BTreeMap<String, String>,
}

/// The data for linking with an older C library.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Older {
    /// The directory of the C library's shared libraries in the toolchain.
    pub(super) libraries: String,
    /// A C file in the family's folder with functions that GCC's archives call and that an older C
    /// library lacks.
    pub(super) source: String,
    /// The variable that tells the compilers the directory of the limited libraries.
    pub(super) variable: String,
}

/// Settings for unpacking the packages.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Unpacked {
    /// Patterns of files that are left out. A `*` stands for any text.
    pub(super) omitted: Vec<String>,
}

/// The commands in a toolchain's `bin`, which start programs of the packages. The target's triple
/// stands before each name.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Commands {
    /// The prefix of the names of GCC's and binutils' programs in the packages.
    pub(super) prefix: String,
    /// The directory of the toolchain in which the compiler looks for tools by their plain names.
    pub(super) tool_dir: String,
    /// Commands that get arguments from cross: the command's name, and the program's.
    pub(super) compilers: BTreeMap<String, String>,
    /// Programs that are started without further arguments, by their names without the prefix.
    pub(super) tools: Vec<String>,
}

/// A family's definition: the embedded text, and the parsed value.
struct Entry {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Option<Definition>>,
}

/// The definitions of all families. Each is parsed when it is needed.
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

/// The definition of a row's toolchain. None if the row's family has no toolchains.
pub(super) fn of(row: &Row) -> Option<&'static Definition> {
    let entry = ALL.iter().find(|entry| entry.name == row.family)?;
    // A test parses each definition, so this does not fail.
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
