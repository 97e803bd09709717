//! Makes a library that build scripts load. They load it into a process of the machine's own, so
//! only the machine's C library is not part of it.

use std::os::unix::fs::FileExt;
use std::path::Path;

use object::ReadCache;

use super::debian::Debian;
use super::detached::changes;
use super::fetch::{Packages, side_by_side};
use super::lock::Package;
use super::make::AT_ONCE;
use crate::target::tools::Library;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_deb::Done;

/// The edition of this file's code and of `detached.rs`. To be changed when the code makes other
/// files of the same packages.
pub(super) const EDITION: &[u8] = b"1";

/// Puts the files of packages where the library has them.
///
/// # Errors
///
/// When a package cannot be unpacked, or a library in it is not as expected.
pub(super) fn make(
    library: &Library,
    all: &[&'static Package],
    root: &Path,
    packages: &Packages<'_>,
) -> Result<()> {
    let debian = Debian::new()?;
    fs::create_dir_all(root)?;
    side_by_side(all, AT_ONCE, |package| {
        cross_deb::each_file(&packages.path(package), &mut |file, entry| {
            let name = file.to_string_lossy();
            if let Some(place) = place(library, &name).filter(|_| debian.has(package, &name)) {
                cross_deb::place(entry, Path::new(&place), root)?;
            }
            Ok(Done::No)
        })
    })?;
    let detached = library.detached.iter();
    let mut detached = detached.map(|(file, from)| (root.join(file), from));
    detached.try_for_each(|(file, from)| detach(&file, from))
}

/// The path of a package's file in the library's directory.
fn place(library: &Library, file: &str) -> Option<String> {
    let mut places = library.places.iter();
    places.find_map(|(from, to)| Some(format!("{to}{}", file.strip_prefix(from.as_str())?)))
}

/// Cuts a library off from others.
fn detach(file: &Path, from: &[String]) -> Result<()> {
    let cannot = |e: &dyn std::fmt::Display| {
        let file = file.display();
        Error::new(format!("cannot change `{file}`: {e}"))
    };
    // The library is not read whole: it is large, and the changes are few.
    let cache = ReadCache::new(fs_err::File::open(file)?.into_parts().0);
    let changes = changes(&cache, from).map_err(|e| cannot(&e))?;
    let options = fs_err::OpenOptions::new().write(true).open(file)?;
    let mut changes = changes.iter();
    changes.try_for_each(|(at, bytes)| {
        let written = options.file().write_all_at(bytes, *at);
        written.map_err(|e| cannot(&e))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tools::TOOLS;

    #[test]
    fn files_of_packages_are_where_libclang_looks_for_them() {
        let libclang = TOOLS.libraries.iter().find(|it| it.name == "libclang");
        let at = |file: &str| place(libclang.unwrap(), file);
        let lib = Some("lib/libz.so.1".to_owned());
        assert_eq!(at("lib/x86_64-linux-gnu/libz.so.1"), lib);
        assert_eq!(at("usr/lib/x86_64-linux-gnu/libz.so.1"), lib);
        let header = "lib/clang/16/include/stddef.h";
        assert_eq!(
            at(&format!("usr/lib/llvm-16/{header}")).as_deref(),
            Some(header)
        );
        assert_eq!(at("usr/lib/llvm-16/lib/libclang.so.1"), None);
        assert_eq!(at("usr/share/lintian/overrides/libz"), None);
    }
}
