//! Programs of this machine's kind in a toolchain: each is started with the loader and the
//! libraries that stand beside it, wherever the toolchain stands and whatever C library the machine
//! has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use object::elf;
use object::read::elf::{FileHeader, ProgramHeader};
use walkdir::WalkDir;

use cross_base::error::Result;
use cross_base::fs;

/// The directory with programs and libraries of the machine that builds.
pub(super) const HOST: &str = "host";

/// A toolchain in the making, and the name of the loader in its `host/lib`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starters<'a> {
    pub(super) root: &'a Path,
    pub(super) loader: &'a str,
    pub(super) words: &'a Words,
}

/// What programs are told beside their names. `$tc` is the directory that a shell puts there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) variables: Vec<(String, String)>,
    /// In front of their own arguments.
    pub(super) arguments: Vec<String>,
}

/// The name of a package's file if it is a library for programs of the machine that builds, which
/// has them in a directory. Plug-ins of the C library's stand deeper.
pub(super) fn library<'a>(file: &'a str, dir: &str) -> Option<&'a str> {
    let name = file.strip_prefix(dir)?;
    (!name.contains('/') && name.contains(".so")).then_some(name)
}

impl Starters<'_> {
    /// Moves each such program below `host`, and puts a script in its place. Links that lead to one
    /// become scripts as well: a program is told the name by which it was called, and by that
    /// finds what it needs. Returns which program each script starts, by the script's path
    /// below the toolchain's directory; the program has its path below `host`.
    ///
    /// # Errors
    ///
    /// When a file cannot be moved or written.
    pub(super) fn replace(self) -> Result<BTreeMap<PathBuf, PathBuf>> {
        // There may be a link on the way to the cache.
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

    /// Writes a script at a path below the toolchain's directory that starts a program below
    /// `host`, which is told that it was called by the script's path, or as another script.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
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

/// Whether a file is a program of the machine that builds, which asks for a loader.
fn is_program(path: &Path) -> bool {
    let Ok(file) = fs_err::File::open(path) else {
        return false;
    };
    // Programs may be large, and most files are none.
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
