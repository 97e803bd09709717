//! What the machine has of libraries that build scripts load: the library itself, and the C library
//! of the process that loads it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use object::LittleEndian;
use object::elf::{self, FileHeader64};
use object::read::elf::FileHeader;
use object::read::{ReadCache, ReadRef};

use crate::target::tools::Library;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::pattern::matches;
use cross_base::version::Version;

/// The version of the machine's glibc: the newest that its symbols have. None if it has another C
/// library.
pub(crate) fn glibc(library: &Library) -> Option<Version> {
    let mut files = library.libc.iter();
    files.find_map(|file| newest(file))
}

fn newest(file: &Path) -> Option<Version> {
    let cache = ReadCache::new(fs_err::File::open(file).ok()?.into_parts().0);
    defined(&cache).ok()?.into_iter().max()
}

/// The versions of glibc that a library's symbols have.
fn defined<'data, R: ReadRef<'data>>(data: R) -> object::Result<Vec<Version>> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let sections = header.sections(endian, data)?;
    let mut found = Vec::new();
    let Some((mut versions, link)) = sections.gnu_verdef(endian, data)? else {
        return Ok(found);
    };
    let strings = sections.strings(endian, data, link)?;
    while let Some((_, mut names)) = versions.next()? {
        // The first name is the version's own.
        if let Some(name) = names.next()? {
            let name = name.name(endian, strings)?;
            found.extend(Version::of_glibc(&String::from_utf8_lossy(name)));
        }
    }
    Ok(found)
}

/// Whether the machine has a library where the crates that load it look for it.
pub(crate) fn has(library: &Library, host: &Host) -> bool {
    let named = host.var(&library.program.variable).map(PathBuf::from);
    let program = named.or_else(|| host.on_path(&library.program.name));
    // The program is in `bin`, and answers with the directory above by its own real path.
    let program = program.map(|program| fs::canonical(&program));
    let above = program.as_deref().and_then(|it| it.parent()?.parent());
    let beside = above.into_iter().flat_map(|dir| {
        let dirs = ["bin", "lib", "lib64"];
        dirs.map(|name| dir.join(name))
    });
    let lists = library.lists.iter().filter_map(|name| host.var(name));
    let mut dirs = beside.chain(lists.flat_map(std::env::split_paths));
    dirs.any(|dir| is_in(library, &dir))
        || library.directories.iter().any(|pattern| {
            let mut dirs = directories(Path::new("/"), pattern).into_iter();
            dirs.any(|dir| is_in(library, &dir))
        })
}

fn is_in(library: &Library, dir: &Path) -> bool {
    let is_one = |name: &String| {
        let mut patterns = library.files.iter();
        patterns.any(|pattern| matches(pattern, name)) && !matches(&library.no_files, name)
    };
    let names = fs::names_in(dir);
    let mut files = names.iter().filter(|name| is_one(name));
    files.any(|name| is_loadable(&dir.join(name)))
}

/// Whether a file is an ELF file of a class that this program's kind of processes can load, as
/// clang-sys asks. <https://github.com/KyleMayes/clang-sys/blob/v1.9.1/build/dynamic.rs>
fn is_loadable(path: &Path) -> bool {
    let class = if cfg!(target_pointer_width = "64") {
        elf::ELFCLASS64
    } else {
        elf::ELFCLASS32
    };
    // A link may lead nowhere, and to open a pipe would wait.
    let file = path.is_file().then(|| fs_err::File::open(path).ok());
    let mut begin = [0; 5];
    let read = file.flatten().map(|mut file| file.read_exact(&mut begin));
    matches!(read, Some(Ok(()))) && begin[..4] == elf::ELFMAG && begin[4] == class.0
}

/// The directories below a root that a pattern stands for. A `*` stands for any text in one name.
fn directories(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let below = |dir: PathBuf| {
            let names = fs::names_in(&dir).into_iter();
            let names = names.filter(|name| matches(part, name));
            let paths = names.map(move |name| dir.join(name));
            paths.filter(|path| path.is_dir()).collect::<Vec<_>>()
        };
        found = found.into_iter().flat_map(below).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tools::TOOLS;

    /// The beginning of a library for processes of 64 bits.
    const LIBRARY: &[u8] = b"\x7fELF\x02\x01";

    fn libclang() -> &'static Library {
        let mut libraries = TOOLS.libraries.iter();
        libraries.find(|it| it.name == "libclang").unwrap()
    }

    #[test]
    fn the_version_of_glibc_is_that_of_its_newest_symbols() {
        let found = glibc(libclang()).expect("the machine has a glibc at a usual place");
        assert!(found >= "2.17".parse().unwrap(), "{found}");
        let output = cross_base::process::Cmd::new("getconf")
            .args(["GNU_LIBC_VERSION"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let said: Version = said.trim().strip_prefix("glibc ").unwrap().parse().unwrap();
        // A release may have no new symbols for this processor.
        assert!(
            found <= said && found.minor() + 2 >= said.minor(),
            "{found} {said}"
        );
    }

    #[test]
    fn a_pattern_stands_for_directories() {
        let root = fs::temporary_dir().unwrap();
        for dir in [
            "usr/lib/x/llvm-9",
            "usr/lib64/y/z",
            "usr/libexec/w",
            "usr/share/x/y",
        ] {
            fs::create_dir_all(&root.path().join(dir)).unwrap();
        }
        fs::write_if_changed(&root.path().join("usr/lib/x/file"), b"").unwrap();
        let found = |pattern: &str| {
            let mut found = directories(root.path(), pattern);
            found.sort();
            let found = found
                .iter()
                .map(|dir| dir.strip_prefix(root.path()).unwrap());
            found
                .map(|dir| dir.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("/usr/lib*/*/*"),
            ["usr/lib/x/llvm-9", "usr/lib64/y/z"]
        );
        assert_eq!(found("/usr/lib*"), ["usr/lib", "usr/lib64", "usr/libexec"]);
        assert_eq!(found("/usr/local/lib*"), [""; 0]);
    }

    #[test]
    fn a_library_is_known_by_its_files() {
        let dir = fs::temporary_dir().unwrap();
        let has_with = |name: &str, bytes: &[u8]| {
            let file = dir.path().join(name);
            fs::write_if_changed(&file, bytes).unwrap();
            let found = is_in(libclang(), dir.path());
            fs::remove_if_exists(&file).unwrap();
            found
        };
        let has = |name: &str| has_with(name, LIBRARY);
        for name in [
            "libclang.so",
            "libclang-14.so",
            "libclang.so.13",
            "libclang-14.so.14.0.6",
        ] {
            assert!(has(name), "{name}");
        }
        for name in [
            "libclang-cpp.so",
            "libclang-cpp.so.14",
            "libclang.a",
            "libclangAST.so",
        ] {
            assert!(!has(name), "{name}");
        }
        // One for processes of 32 bits, a linker's script, and an empty file.
        for bytes in [&b"\x7fELF\x01\x01"[..], b"INPUT(libclang.so.1)", b""] {
            assert!(!has_with("libclang.so", bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_library_is_found_beside_its_program_and_where_the_loader_looks() {
        let dir = fs::temporary_dir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::write_program_if_changed(&at("llvm/bin/llvm-config"), b"").unwrap();
        fs::link(&at("bin/llvm-config"), &at("llvm/bin/llvm-config")).unwrap();
        let host = |name: &str, value: PathBuf| Host {
            env: [(name.into(), value.into())].into(),
            ..Host::default()
        };
        let mut only = libclang().clone();
        only.directories.clear();
        let by_path = host("PATH", at("bin"));
        let by_name = host("LLVM_CONFIG_PATH", at("bin/llvm-config"));
        assert!(!has(&only, &by_path) && !has(&only, &by_name));
        fs::write_if_changed(&at("llvm/lib64/libclang.so"), LIBRARY).unwrap();
        assert!(has(&only, &by_path) && has(&only, &by_name));
        assert!(has(&only, &host("LD_LIBRARY_PATH", at("llvm/lib64"))));
        assert!(has(&only, &host("LIBRARY_PATH", at("llvm/lib64"))));
        assert!(!has(&only, &host("LD_LIBRARY_PATH", at("llvm"))));
        assert!(!has(&only, &Host::default()));
    }
}
