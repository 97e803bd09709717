//! The names that rustc gives to the files of results. They are from its target specifications:
//! `exe-suffix`, `dll-prefix`, `dll-suffix`, `staticlib-prefix`, `staticlib-suffix`.
//! <https://doc.rust-lang.org/nightly/nightly-rustc/rustc_target/spec/struct.TargetOptions.html>

use cfg_expr::targets::{Arch, Env, Os, get_builtin_target_by_triple};

use super::{ObjectFormat, Row, find};

/// The beginning and the end of a file's name.
type Affixes = (&'static str, &'static str);

/// The names of a target's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileNames {
    /// The end of programs' names.
    pub(crate) program: &'static str,
    /// The end of the names of files with the code of programs: another one than that of programs
    /// if these are scripts which load the code.
    pub(crate) code: &'static str,
    /// Libraries that running programs load: `cdylib` and `dylib`.
    pub(crate) loaded: Affixes,
    /// Archives for linkers: `staticlib`.
    pub(crate) archive: Affixes,
}

const UNIX: FileNames = FileNames {
    program: "",
    code: "",
    loaded: ("lib", ".so"),
    archive: ("lib", ".a"),
};
const APPLE: FileNames = FileNames {
    loaded: ("lib", ".dylib"),
    ..UNIX
};
const WINDOWS: FileNames = FileNames {
    program: ".exe",
    code: ".exe",
    loaded: ("", ".dll"),
    ..UNIX
};
const UEFI: FileNames = FileNames {
    program: ".efi",
    code: ".efi",
    ..UNIX
};
const MSVC: FileNames = FileNames {
    archive: ("", ".lib"),
    ..WINDOWS
};
const WASM: FileNames = FileNames {
    program: ".wasm",
    code: ".wasm",
    loaded: ("", ".wasm"),
    ..UNIX
};

impl FileNames {
    /// The names of a target's files: by its family, else by what rustc knows of it. For a
    /// specification of the user's, they are those of the row whose image is chosen for it, else
    /// they are taken from its name.
    pub(crate) fn of(triple: &str, chosen: Option<&'static Row>) -> Self {
        if let Some(row) = find(triple) {
            return Self::of_row(row);
        }
        let known = known_to_rustc(triple).or_else(|| chosen.map(Self::of_row));
        known.unwrap_or_else(|| by_name(triple))
    }

    fn of_row(row: &'static Row) -> Self {
        let names = match row.object_format() {
            Some(ObjectFormat::Pe) => WINDOWS,
            Some(ObjectFormat::Wasm | ObjectFormat::Javascript) => WASM,
            Some(ObjectFormat::Elf) | None => UNIX,
        };
        Self {
            program: &row.family().program_suffix,
            ..names
        }
    }
}

/// The names for a target by parts of its own name.
fn by_name(name: &str) -> FileNames {
    const PARTS: &[(&str, FileNames)] =
        &[("windows-msvc", MSVC), ("windows", WINDOWS), ("wasm", WASM)];
    let mut parts = PARTS.iter();
    let found = parts.find(|(part, _)| name.contains(part));
    found.map_or(UNIX, |(_, names)| *names)
}

/// The names for a target that is built into rustc.
fn known_to_rustc(triple: &str) -> Option<FileNames> {
    let target = get_builtin_target_by_triple(triple)?;
    let is_wasm = target.arch == Arch::wasm32 || target.arch == Arch::wasm64;
    let names = match &target.os {
        Some(os) if *os == Os::windows && target.env == Some(Env::msvc) => MSVC,
        Some(os) if [Os::windows, Os::cygwin].contains(os) => WINDOWS,
        Some(os) if *os == Os::uefi => UEFI,
        _ if is_wasm => WASM,
        Some(os) if [Os::macos, Os::ios, Os::tvos, Os::watchos, Os::visionos].contains(os) => APPLE,
        _ => UNIX,
    };
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::ROWS;

    #[test]
    fn a_row_names_its_files_as_rustc_does() {
        let known = ROWS.iter().filter_map(|row| {
            let names = FileNames::of(row.triple, None);
            let program = names.program;
            Some((
                row,
                names,
                FileNames {
                    program,
                    ..known_to_rustc(row.triple)?
                },
            ))
        });
        let mut count = 0;
        for (row, names, of_rustc) in known {
            assert_eq!(names, of_rustc, "{}", row.triple);
            count += 1;
        }
        assert!(count > 40, "{count}");
    }

    #[test]
    fn a_target_without_a_row_has_the_names_of_its_system() {
        for (triple, names) in [
            ("aarch64-apple-darwin", APPLE),
            ("wasm32-unknown-unknown", WASM),
            ("x86_64-pc-cygwin", WINDOWS),
            ("x86_64-unknown-uefi", UEFI),
            ("x86_64-pc-windows-msvc", MSVC),
        ] {
            // Rustc knows better than a row that is chosen for its image.
            for chosen in [None, find("aarch64-unknown-linux-gnu")] {
                assert_eq!(FileNames::of(triple, chosen), names, "{triple}");
            }
        }
    }

    #[test]
    fn a_specification_has_the_names_of_its_image_or_else_of_its_name() {
        for (name, chosen, names) in [
            ("board", "", UNIX),
            ("board", "x86_64-pc-windows-gnu", WINDOWS),
            ("board", "wasm32-wasip1", WASM),
            ("board", "aarch64-unknown-linux-gnu", UNIX),
            ("x86_64-own-windows-gnu", "", WINDOWS),
            ("x86_64-own-windows-msvc", "", MSVC),
            ("wasm32-own", "", WASM),
        ] {
            assert_eq!(FileNames::of(name, find(chosen)), names, "{name} {chosen}");
        }
    }
}
