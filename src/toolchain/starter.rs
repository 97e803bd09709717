//! Starters: scripts that start a toolchain's programs for the build machine with the loader and
//! the libraries in the toolchain. So the programs work at any path and with any C library of the
//! machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use object::elf;
use object::read::elf::{FileHeader, ProgramHeader};
use walkdir::WalkDir;

use cross_base::error::Result;
use cross_base::fs;

/// The name of the directory with programs and libraries for the build machine.
pub(super) const HOST: &str = "host";

/// A toolchain or tool in the making, with the name of the loader in its `host/lib`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starters<'a> {
    pub(super) root: &'a Path,
    pub(super) loader: &'a str,
    pub(super) words: &'a Words,
}

/// Variables and arguments for the programs. `$tc` in them stands for the toolchain's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) variables: Vec<(String, String)>,
    /// Arguments before the program's own.
    pub(super) arguments: Vec<String>,
}

/// The file name of a path in a package, if it is a library for the build machine, directly in the
/// directory `dir`. Plug-ins of the C library are in subdirectories.
pub(super) fn library<'a>(file: &'a str, dir: &str) -> Option<&'a str> {
    let name = file.strip_prefix(dir)?;
    (!name.contains('/') && name.contains(".so")).then_some(name)
}

impl Starters<'_> {
    /// Moves each program for the build machine below `host`, and writes a script in its place. A
    /// link to such a program becomes a script as well: programs find their files by the name by
    /// which they were called. Returns the program that each script starts. Scripts are relative to
    /// the toolchain's directory, programs relative to `host`.
    ///
    /// # Errors
    ///
    /// When a file cannot be moved or written.
    pub(super) fn replace(self) -> Result<BTreeMap<PathBuf, PathBuf>> {
        // The path of the cache may have a symbolic link.
        let root = fs::canonical(self.root);
        let below = |path: &Path| path.strip_prefix(&root).unwrap_or(path).to_owned();
        let mut programs = BTreeMap::new();
        let mut links = Vec::new();
        for entry in WalkDir::new(root.join("usr")).into_iter().flatten() {
            let path = entry.path();
            if entry.path_is_symlink() {
                links.push(path.to_owned());
            } else if entry.file_type().is_file() && is_program(path) {
                let program = below(path);
                let place = root.join(HOST).join(&program);
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs_err::rename(path, place)?;
                self.write(&program, &program, None)?;
                programs.insert(program.clone(), program);
            }
        }
        for link in links {
            if let Some(program) = programs.get(&below(&fs::canonical(&link))).cloned() {
                fs::remove_if_exists(&link)?;
                self.write(&below(&link), &program, None)?;
                programs.insert(below(&link), program);
            }
        }
        Ok(programs)
    }

    /// Writes a script at a path in the toolchain that starts a program below `host`. The program
    /// gets the script's path as its own name, or the path of `other`.
    ///
    /// # Errors
    ///
    /// When the script cannot be written.
    pub(super) fn write(self, script: &Path, program: &Path, other: Option<&Path>) -> Result<()> {
        let up = "/..".repeat(script.components().count() - 1);
        let (loader, program) = (self.loader, program.display());
        let called = other.map_or_else(
            || "$self".to_owned(),
            |other| format!("$tc/{}", other.display()),
        );
        let (mut variables, mut arguments) = (String::new(), String::new());
        for (name, value) in &self.words.variables {
            let _ = writeln!(variables, "export {name}=\"{value}\"");
        }
        for word in &self.words.arguments {
            let _ = write!(arguments, "\"{word}\" ");
        }
        let text = format!(
            "#!/bin/sh\n\
             self=$0\n\
             [ ! -h \"$self\" ] || self=$(readlink -f \"$self\")\n\
             tc=${{self%/*}}{up}\n\
             {variables}\
             exec \"$tc/{HOST}/lib/{loader}\" --inhibit-cache --library-path \"$tc/{HOST}/lib\" \\\n\
             \t--argv0 \"{called}\" \"$tc/{HOST}/{program}\" {arguments}\"$@\"\n"
        );
        fs::write_program_if_changed(&self.root.join(script), text.as_bytes())
    }
}

/// Whether a file is a program for the build machine: one that names a loader.
fn is_program(path: &Path) -> bool {
    let Ok(file) = fs_err::File::open(path) else {
        return false;
    };
    // The file is not read whole: programs may be large, and most files are no programs.
    let cache = object::ReadCache::new(file.into_parts().0);
    let Ok(header) = elf::FileHeader64::<object::Endianness>::parse(&cache) else {
        return false;
    };
    let Ok(endian) = header.endian() else {
        return false;
    };
    let headers = header.program_headers(endian, &cache).unwrap_or_default();
    let asks = headers
        .iter()
        .any(|part| part.p_type(endian) == elf::PT_INTERP);
    let is_library = path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".so") || name.contains(".so.")
    });
    asks && !is_library && header.e_machine(endian) == elf::EM_X86_64
}
