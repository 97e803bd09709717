//! Libraries for results that must run with an older glibc than the toolchain's own. They are
//! copies of the toolchain's libraries in which the linker sees only symbols that the older glibc
//! has: a library lists all versions of its symbols, and one bit of each says whether the linker
//! uses it by default.
//! <https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use object::read::elf::{FileHeader, SectionHeader, Sym};
use object::{Endianness, FileKind, elf};

use super::definition::{FILES, Older};
use super::make;
use super::recipe::{ToolchainRecipe, home};
use crate::toolchain::Origin;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::process::{Cmd, reason};
use cross_base::term::Term;
use cross_base::version::Version;

/// The archive with functions that GCC's archives call and an older glibc lacks.
const ARCHIVE: &str = "libolder.a";
/// The function that every program calls first.
const ENTRY: &str = "__libc_start_main";

impl ToolchainRecipe {
    /// The directory of the libraries for an older glibc.
    pub(crate) fn older_dir(&self, version: &Version, host: &Host) -> PathBuf {
        let name = format!("{}-{}-glibc-{version}", self.row.triple, self.digest);
        home(host).join(name)
    }

    /// The variable that tells the compilers that directory.
    pub(crate) fn older_variable(&self) -> Option<&'static str> {
        let older = self.definition.older.as_ref();
        older.map(|older| older.variable.as_str())
    }

    /// Makes the libraries for an older glibc unless they exist, and before them the toolchain.
    ///
    /// # Errors
    ///
    /// When the toolchain cannot be made, or the target never had that version of glibc.
    pub(crate) fn ensure_older(
        &self,
        version: &Version,
        host: &Host,
        term: Term,
        origin: &Origin,
    ) -> Result<()> {
        let place = self.older_dir(version, host);
        let Some(older) = self.definition.older.as_ref().filter(|_| !place.exists()) else {
            return Ok(());
        };
        make::ensure(self, false, host, term, origin)?;
        let message = format!("libraries of glibc {version} for `{}`", self.row.triple);
        term.status("Making", &message);
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let _lock = Lock::take(&host.lock_file(&name), || {
            term.status("Waiting", "for another cross that makes them");
        })?;
        if place.exists() {
            return Ok(());
        }
        make::put(&place, |work, root| {
            self.older_libraries(older, version, root, host)?;
            self.archive(&older.source, version, work, root, host)?;
            fs::set_mode(root, 0o755)
        })
    }

    /// Makes copies of the shared libraries in which the linker sees nothing newer.
    fn older_libraries(
        &self,
        older: &Older,
        version: &Version,
        root: &Path,
        host: &Host,
    ) -> Result<()> {
        fs::create_dir_all(root)?;
        let from = self.row.fill(&older.libraries).unwrap_or_default();
        let from = self.dir(host).join(from);
        let mut oldest = None;
        for (name, path) in libraries(&from) {
            let mut content = fs_err::read(&path)?;
            if is_elf(&content) {
                let first = limit(&mut content, version)
                    .map_err(|e| Error::new(format!("cannot read `{}`: {e}", path.display())))?;
                oldest = oldest.or(first);
            } else {
                content = script(&content).into_bytes();
            }
            fs::write_for_image(&root.join(name), &content)?;
        }
        match oldest.filter(|oldest| oldest > version) {
            None => Ok(()),
            Some(oldest) => {
                let triple = self.row.triple;
                Err(Error::new(format!(
                    "there is no glibc {version} for `{triple}`: its first is {oldest}"
                )))
            }
        }
    }

    /// Compiles the functions that GCC's archives call, and puts them into the archive.
    fn archive(
        &self,
        source: &str,
        version: &Version,
        work: &Path,
        root: &Path,
        host: &Host,
    ) -> Result<()> {
        let name = format!("{}/{source}", self.row.family);
        let text = FILES.get_file(name).map(include_dir::File::contents);
        let source = work.join(source);
        let object = work.join("older.o");
        fs::write_if_changed(&source, text.unwrap_or_default())?;
        let tool = |tool: &str| {
            let bin = self.dir(host).join("bin");
            Cmd::new(bin.join(format!("{}-{tool}", self.row.triple)))
        };
        let compile = tool("gcc")
            .args([
                "-D_GNU_SOURCE",
                "-O2",
                "-fPIC",
                "-ffunction-sections",
                "-c",
                "-o",
            ])
            .arg(&object)
            .arg(format!("-DFLOOR={}", version.minor()))
            .arg(&source);
        let archive = tool("ar").arg("crs").arg(root.join(ARCHIVE)).arg(&object);
        for cmd in [compile, archive] {
            let output = cmd.output()?;
            if !output.status.success() {
                let triple = self.row.triple;
                let message = format!("cannot make libraries of glibc {version} for `{triple}`");
                return Err(Error::new(format!("{message}: {}", reason(&output))));
            }
        }
        fs::set_mode(&root.join(ARCHIVE), 0o644)
    }
}

/// The shared libraries of a directory by all their names, with the linker scripts that have such
/// names.
fn libraries(dir: &Path) -> Vec<(String, PathBuf)> {
    let names = fs::names_in(dir).into_iter();
    let names = names.filter(|name| name.split('.').any(|part| part == "so"));
    names
        .map(|name| {
            let path = dir.join(&name);
            (name, path)
        })
        .collect()
}

fn is_elf(content: &[u8]) -> bool {
    content.starts_with(&elf::ELFMAG)
}

/// A linker script without paths, so that the linker searches for the files by their names. The
/// script of the C library gets the archive as well.
fn script(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            let name = word.strip_prefix('/').filter(|rest| !rest.starts_with('*'));
            let Some(name) = name.and_then(|rest| rest.rsplit('/').next()) else {
                return word.to_owned();
            };
            let named = format!("-l:{name}");
            if name == "libc_nonshared.a" {
                format!("{named} -l:{ARCHIVE}")
            } else {
                named
            }
        });
        words.collect::<Vec<_>>().join(" ") + "\n"
    });
    lines.collect()
}

/// Hides the symbols of newer versions of glibc in a library from the linker. Returns the oldest
/// version of the programs' entry function, if the library has that.
fn limit(content: &mut [u8], version: &Version) -> Result<Option<Version>, object::Error> {
    match FileKind::parse(&*content)? {
        FileKind::Elf32 => limit_class::<elf::FileHeader32<Endianness>>(content, version),
        _ => limit_class::<elf::FileHeader64<Endianness>>(content, version),
    }
}

/// A version of a symbol.
struct Versioned {
    version: Version,
    /// Whether the linker uses this version by default.
    is_default: bool,
    /// The offset in the file of the version's number.
    place: usize,
    /// The number of the version, without the bit that hides it.
    number: u16,
}

/// The new numbers of all versions, with their offsets. For each name the newest version up to the
/// limit becomes visible, if any was, and all others are hidden.
fn changes<'a>(
    names: impl Iterator<Item = &'a Vec<Versioned>>,
    limit: &Version,
) -> Vec<(usize, u16)> {
    let mut changes = Vec::new();
    for all in names {
        let seen = all.iter().any(|one| one.is_default);
        let known = all.iter().filter(|one| one.version <= *limit);
        let newest = known.max_by_key(|one| &one.version).filter(|_| seen);
        for one in all {
            let is_newest = newest.is_some_and(|newest| newest.place == one.place);
            let hidden = if is_newest { 0 } else { elf::VERSYM_HIDDEN.0 };
            changes.push((one.place, one.number | hidden));
        }
    }
    changes
}

fn limit_class<Elf: FileHeader<Endian = Endianness>>(
    content: &mut [u8],
    limit: &Version,
) -> Result<Option<Version>, object::Error> {
    let data = &*content;
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let table = sections
        .iter()
        .find(|s| s.sh_type(endian) == elf::SHT_GNU_VERSYM);
    let (Some(versions), Some(table)) = (sections.versions(endian, data)?, table) else {
        return Ok(None);
    };
    let start: u64 = table.sh_offset(endian).into();
    let mut of_names: BTreeMap<Vec<u8>, Vec<Versioned>> = BTreeMap::new();
    for (index, symbol) in symbols.enumerate() {
        let number = versions.version_index(endian, index);
        let Ok(Some(version)) = versions.version(number.index()) else {
            continue;
        };
        let text = String::from_utf8_lossy(version.name()).into_owned();
        let Some(version) = Version::of_glibc(&text) else {
            continue;
        };
        if symbol.is_undefined(endian) {
            continue;
        }
        let place = usize::try_from(start)
            .unwrap_or(usize::MAX)
            .saturating_add(2 * index.0);
        let name = symbol.name(endian, symbols.strings())?.to_owned();
        of_names.entry(name).or_default().push(Versioned {
            version,
            is_default: !number.is_hidden(),
            place,
            number: number.index().0,
        });
    }
    for (place, number) in changes(of_names.values(), limit) {
        if let Some(bytes) = content.get_mut(place..place + 2) {
            let number = match endian {
                Endianness::Little => number.to_le_bytes(),
                Endianness::Big => number.to_be_bytes(),
            };
            bytes.copy_from_slice(&number);
        }
    }
    let entry = of_names.get(ENTRY.as_bytes()).into_iter().flatten();
    Ok(entry.map(|one| one.version.clone()).min())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_for_the_linker_names_files_wherever_they_are() {
        let text = b"/* GNU ld script\n*/\nGROUP ( /usr/x/lib/libc.so.6 /usr/x/lib/libc_nonshared.a  AS_NEEDED ( /usr/x/lib/ld.so.1 ) )\n";
        assert_eq!(
            script(text),
            "/* GNU ld script\n*/\nGROUP ( -l:libc.so.6 -l:libc_nonshared.a -l:libolder.a  AS_NEEDED ( -l:ld.so.1 ) )\n"
        );
    }

    /// The versions of a symbol that the linker uses by default.
    fn defaults(content: &[u8], name: &str) -> Vec<String> {
        let header = elf::FileHeader64::<Endianness>::parse(content).unwrap();
        let endian = header.endian().unwrap();
        let sections = header.sections(endian, content).unwrap();
        let symbols = sections.symbols(endian, content, elf::SHT_DYNSYM).unwrap();
        let versions = sections.versions(endian, content).unwrap().unwrap();
        let mut found = Vec::new();
        for (index, symbol) in symbols.enumerate() {
            let number = versions.version_index(endian, index);
            if symbol.name(endian, symbols.strings()).unwrap() != name.as_bytes()
                || number.is_hidden()
            {
                continue;
            }
            let version = versions.version(number.index()).unwrap().unwrap();
            found.push(String::from_utf8_lossy(version.name()).into_owned());
        }
        found
    }

    /// Uses the machine's own C library, which is newer than the versions in this test.
    #[test]
    fn the_linker_sees_what_the_older_library_has() {
        let places = ["/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib"];
        let read = |dir: &&str| fs_err::read(Path::new(dir).join("libc.so.6")).ok();
        let own = places.iter().find_map(read);
        let own = own.expect("the machine has a glibc at a usual place");
        let limited = |version: &str| {
            let mut content = own.clone();
            let oldest = limit(&mut content, &version.parse().unwrap()).unwrap();
            assert_eq!(oldest.unwrap().to_string(), "2.2.5");
            content
        };
        let content = limited("2.17");
        assert_eq!(content.len(), own.len());
        // memcpy has two versions, 2.2.5 and 2.14; getrandom came with 2.25.
        assert_eq!(defaults(&content, "memcpy"), ["GLIBC_2.14"]);
        assert_eq!(defaults(&own, "getrandom"), ["GLIBC_2.25"]);
        assert!(defaults(&content, "getrandom").is_empty());
        let content = limited("2.5");
        assert_eq!(defaults(&content, "memcpy"), ["GLIBC_2.2.5"]);
    }
}
