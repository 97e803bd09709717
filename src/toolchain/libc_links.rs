//! Files of the C library by the paths that others have for them: programs for their loader, and
//! its own texts for the linker, such as `libm.a`. The packages of a few targets have them
//! elsewhere.

use std::path::{Component, Path, PathBuf};

use cross_base::error::Result;
use cross_base::fs;

/// What a text for the linker begins with.
const TEXT: &[u8] = b"/* GNU ld script";
/// A text of the C library's is shorter.
const LONGEST: u64 = 4096;

/// Makes a link at each of these paths where nothing is, if a directory with the C library has a
/// file of the name.
pub(super) fn complete(root: &Path, libraries: &str, loader: &str) -> Result<()> {
    let dir = root.join(libraries);
    let mut paths = vec![PathBuf::from(loader)];
    for name in fs::names_in(&dir) {
        paths.extend(named(&text(&dir.join(name))));
    }
    for path in paths {
        let (Ok(below), Some(name)) = (path.strip_prefix("/"), path.file_name()) else {
            continue;
        };
        let at = root.join(below);
        let (true, Some(parent)) = (!at.exists() && dir.join(name).exists(), at.parent()) else {
            continue;
        };
        fs::create_dir_all(parent)?;
        let up = below.components().skip(1).map(|_| Component::ParentDir);
        let to = up.collect::<PathBuf>().join(libraries).join(name);
        fs_err::os::unix::fs::symlink(to, at)?;
    }
    Ok(())
}

/// A file's content, if it is a text for the linker; else nothing.
fn text(file: &Path) -> String {
    let is_short = fs_err::metadata(file).is_ok_and(|about| about.len() < LONGEST);
    let content = is_short.then(|| fs_err::read(file).unwrap_or_default());
    let text = content.filter(|content| content.starts_with(TEXT));
    String::from_utf8_lossy(&text.unwrap_or_default()).into_owned()
}

/// The files that a text for the linker names by their paths.
fn named(text: &str) -> impl Iterator<Item = PathBuf> {
    let words = text.split_whitespace();
    let paths = words.filter(|word| word.starts_with('/') && !word.starts_with("/*"));
    paths.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_is_found_where_it_is_looked_for() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let libraries = "usr/x86_64-linux-gnux32/lib";
        let text =
            "/* GNU ld script\n*/\nGROUP ( /usr/lib/x86_64-linux-gnux32/libm-2.31.a /no/such.a )\n";
        for (name, content) in [
            ("libm.a", text),
            ("libm-2.31.a", "!<arch>"),
            ("ld-linux-x32.so.2", "the loader"),
        ] {
            fs::write_if_changed(&at(libraries).join(name), content.as_bytes()).unwrap();
        }
        for _ in 0..2 {
            complete(root.path(), libraries, "/libx32/ld-linux-x32.so.2").unwrap();
        }
        let read = |path: &str| fs_err::read_to_string(at(path)).unwrap();
        assert_eq!(read("libx32/ld-linux-x32.so.2"), "the loader");
        assert_eq!(read("usr/lib/x86_64-linux-gnux32/libm-2.31.a"), "!<arch>");
        assert!(!at("no").exists());
    }
}
