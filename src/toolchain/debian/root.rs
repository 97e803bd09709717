//! Writes one tar archive of many packages: their files with owners and modes from the packages,
//! and dpkg's database.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use tar::{Builder, EntryType, Header};

use super::super::fetch::{Packages, side_by_side};
use super::super::lock::Package;
use super::Debian;
use super::database::{self, Known};
use cross_base::error::{Error, Result};
use cross_deb::{Control, Done};

/// The number of packages that are read at the same time.
const AT_ONCE: usize = 4;
/// Directories that since Debian 12 are links to those of the same name in `usr`. Packages may
/// still have files in them. See Debian's wiki, page `UsrMerge`.
const MERGED: &[&str] = &["bin", "lib", "lib32", "lib64", "libx32", "sbin"];
/// The file in which apt looks for the addresses of mirrors.
const SOURCES: &str = "etc/apt/sources.list.d/debian.sources";

/// The archive in the making.
struct Root<'a> {
    debian: &'a Debian,
    packages: &'a Packages<'a>,
    archive: Mutex<&'a mut (dyn Write + Send)>,
    /// The directories that the archive has already.
    dirs: Mutex<HashSet<PathBuf>>,
    known: Mutex<Vec<Known>>,
}

/// Writes an archive of all packages, with `sources` as apt's list of mirrors.
///
/// # Errors
///
/// When a package cannot be read, or the archive cannot be written.
pub(super) fn write(
    debian: &Debian,
    packages: &Packages<'_>,
    sources: &str,
    to: &mut (dyn Write + Send),
) -> Result<()> {
    let root = Root {
        debian,
        packages,
        archive: Mutex::new(to),
        dirs: Mutex::default(),
        known: Mutex::default(),
    };
    // The largest package goes first, so that the threads end at about the same time.
    let installed = debian.packages.iter().map(|package| (*package, true));
    let parts = debian
        .parts
        .iter()
        .filter(|(part, _)| !part.files.is_empty());
    let parts = parts.map(|(_, package)| (*package, false));
    let mut all: Vec<(&Package, bool)> = installed.chain(parts).collect();
    all.sort_by_key(|(package, _)| std::cmp::Reverse(package.size));
    side_by_side(&all, AT_ONCE, |(package, installed)| {
        root.add(package, *installed)
    })?;

    let mut known = lock(&root.known)?;
    let mut archive = lock(&root.archive)?;
    let mut last = Builder::new(&mut **archive);
    let mut add = |path: &str, content: &[u8], mode: u32| {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        last.append_data(&mut header, path, content)
            .map_err(Error::from)
    };
    for file in database::files(&std::mem::take(&mut *known))? {
        add(
            &file.path,
            &file.content,
            if file.is_program { 0o755 } else { 0o644 },
        )?;
    }
    if !sources.is_empty() {
        add(SOURCES, sources.as_bytes(), 0o644)?;
    }
    Ok(last.into_inner()?.flush()?)
}

fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    mutex
        .lock()
        .map_err(|_| Error::new("another package failed"))
}

impl Root<'_> {
    /// Adds a package. Of one that is not installed only its files are added, and no entry in
    /// dpkg's database.
    fn add(&self, package: &Package, installed: bool) -> Result<()> {
        let path = self.packages.path(package);
        let control = if installed {
            cross_deb::control(&path)?
        } else {
            Control::default()
        };
        let configuration = database::configuration(&control);
        let mut paths = Vec::new();
        let mut part = Builder::new(Vec::new());
        cross_deb::each_file(&path, &mut |file, entry| {
            let name = file.to_string_lossy().into_owned();
            if name.is_empty() {
                return Ok(Done::No);
            }
            paths.push(name.clone());
            if self.debian.has(package, &name) {
                let suffix = if configuration.contains(&name) {
                    database::NEW
                } else {
                    ""
                };
                let name = name + suffix;
                self.entry(&mut part, &merged(Path::new(&name)), entry)?;
            }
            Ok(Done::No)
        })?;
        let mut part = part.into_inner()?;
        // A tar archive ends with two empty blocks, which only the whole archive must have.
        part.truncate(part.len() - 2 * 512);
        if installed {
            lock(&self.known)?.push(Known { control, paths });
        }
        Ok(lock(&self.archive)?.write_all(&part)?)
    }

    /// Adds a file with the owner and mode that it has in its package.
    fn entry(
        &self,
        part: &mut Builder<Vec<u8>>,
        path: &Path,
        entry: &mut tar::Entry<'_, impl Read>,
    ) -> Result<()> {
        let mut header = entry.header().clone();
        match header.entry_type() {
            EntryType::Directory if !lock(&self.dirs)?.insert(path.to_owned()) => {}
            EntryType::Link | EntryType::Symlink => {
                let link = entry.link_name()?.unwrap_or_default().into_owned();
                let is_hard = header.entry_type() == EntryType::Link;
                let link = if is_hard { merged(&plain(&link)) } else { link };
                part.append_link(&mut header, path, link)?;
            }
            _ => part.append_data(&mut header, path, entry)?,
        }
        Ok(())
    }
}

/// A path of a package's archive without the leading `.`.
fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// The path of a file after directories of [`MERGED`] are replaced by those in `usr`.
fn merged(path: &Path) -> PathBuf {
    let is_below = MERGED
        .iter()
        .any(|dir| path.starts_with(dir) && path != Path::new(dir));
    if is_below {
        Path::new("usr").join(path)
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pretty_assertions::assert_eq;

    use super::super::Definition;
    use super::*;
    use crate::toolchain::Origin;
    use cross_base::fs;
    use cross_base::host::Host;
    use cross_base::term::Term;

    /// A tar archive of files: paths, modes and contents. The path of a directory ends with a
    /// slash, and the content of a link is `-> TARGET`.
    fn archive(files: &[(&str, u32, &str)]) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (path, mode, content) in files {
            let mut header = Header::new_gnu();
            header.set_mode(*mode);
            header.set_uid(0);
            header.set_gid(42);
            if let Some(target) = content.strip_prefix("-> ") {
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, path, target).unwrap();
                continue;
            }
            if path.ends_with('/') {
                header.set_entry_type(EntryType::Directory);
            }
            header.set_size(content.len() as u64);
            archive
                .append_data(&mut header, path, content.as_bytes())
                .unwrap();
        }
        archive.into_inner().unwrap()
    }

    /// A package that is in a cache.
    fn kept(
        cache: &Path,
        name: &'static str,
        control: &[(&str, u32, &str)],
        data: &[(&str, u32, &str)],
    ) -> &'static Package {
        let package: &Package = Box::leak(Box::new(Package {
            suite: "trixie",
            name,
            version: "1",
            size: Some(1),
            sha256: name,
            path: "pool/main/x.deb",
        }));
        let dir = cache.join("packages");
        fs::create_dir_all(&dir).unwrap();
        let mut file =
            ar::Builder::new(fs_err::File::create(dir.join(format!("{name}.deb"))).unwrap());
        for (member, content) in [
            ("control.tar", archive(control)),
            ("data.tar", archive(data)),
        ] {
            let header = ar::Header::new(member.into(), content.len() as u64);
            file.append(&header, &*content).unwrap();
        }
        package
    }

    /// The files of the archive by path: mode, group, and content or target of a link.
    fn written(debian: &Debian, cache: &Path) -> BTreeMap<String, (u32, u64, String)> {
        let host = Host {
            cache: cache.to_owned(),
            ..Host::default()
        };
        let origin = Origin::default();
        let packages = Packages::new("base", &host, Term::default(), &origin);
        let mut out = Vec::new();
        write(debian, &packages, "Types: deb\n", &mut out).unwrap();
        let mut found = BTreeMap::new();
        for entry in tar::Archive::new(&*out).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = String::new();
            match entry.link_name().unwrap() {
                Some(target) => text = format!("-> {}", target.display()),
                None => drop(entry.read_to_string(&mut text).unwrap()),
            }
            let header = entry.header();
            let about = (header.mode().unwrap(), header.gid().unwrap(), text);
            assert!(
                found.insert(path.clone(), about).is_none(),
                "{path} is there twice"
            );
        }
        found
    }

    #[test]
    fn packages_become_one_root_directory_that_dpkg_can_set_up() {
        let dir = fs::temporary_dir().unwrap();
        let cache = dir.path();
        let about = |name: &str| format!("Package: {name}\nVersion: 1\nArchitecture: amd64\n");
        let tool = kept(
            cache,
            "tool",
            &[
                ("./control", 0o644, &about("tool")),
                ("./conffiles", 0o644, "/etc/tool\n"),
                ("./postinst", 0o755, "#!/bin/sh\n"),
            ],
            &[
                ("./", 0o755, ""),
                ("./bin/", 0o755, ""),
                ("./bin/tool", 0o2755, "program"),
                ("./usr/", 0o755, ""),
                ("./usr/bin/", 0o755, ""),
                ("./usr/bin/other", 0o777, "-> tool"),
                ("./etc/tool", 0o644, "setting"),
                ("./usr/share/man/tool", 0o644, "left out"),
            ],
        );
        let all = [("./control", 0o644, &*about("more"))];
        let more = kept(
            cache,
            "more",
            &all,
            &[
                ("./usr/", 0o755, ""),
                ("./usr/bin/", 0o755, ""),
                ("./usr/bin/more", 0o755, "m"),
            ],
        );
        let part = kept(
            cache,
            "part",
            &[],
            &[
                ("./usr/include/a.h", 0o644, "taken"),
                ("./usr/include/b.h", 0o644, "not"),
            ],
        );
        let definition: &Definition = Box::leak(Box::new(
            toml::from_str(
                "suite = 'trixie'\npackages = []\nomitted = ['usr/share/man/*']\ndocumentation = 'usr/share/doc/*'\nnotices = 'x'\n\
                 [[parts]]\npackage = 'part'\nfiles = ['*/a.h']\n",
            )
            .unwrap(),
        ));
        let debian = Debian {
            definition,
            packages: vec![tool, more],
            parts: vec![(&definition.parts[0], part)],
        };
        let found = written(&debian, cache);
        let at = |path: &str| {
            found
                .get(path)
                .map(|(mode, group, text)| (*mode, *group, text.as_str()))
        };
        // Owners and modes are those of the packages.
        assert_eq!(at("usr/bin/tool"), Some((0o2755, 42, "program")));
        assert_eq!(at("usr/bin/other"), Some((0o777, 42, "-> tool")));
        // dpkg renames the file when it sets the package up.
        assert_eq!(at("etc/tool.dpkg-new"), Some((0o644, 42, "setting")));
        assert_eq!(at("etc/tool"), None);
        assert_eq!(at("usr/share/man/tool"), None);
        assert_eq!(at("usr/include/a.h"), Some((0o644, 42, "taken")));
        assert_eq!(at("usr/include/b.h"), None);
        assert_eq!(
            at("etc/apt/sources.list.d/debian.sources"),
            Some((0o644, 0, "Types: deb\n"))
        );
        assert_eq!(
            at("var/lib/dpkg/info/tool.postinst"),
            Some((0o755, 0, "#!/bin/sh\n"))
        );
        let (_, _, list) = &found["var/lib/dpkg/info/tool.list"];
        assert!(
            list.contains("\n/bin/tool\n") && list.contains("\n/usr/share/man/tool\n"),
            "{list}"
        );
        let (_, _, status) = &found["var/lib/dpkg/status"];
        assert!(
            status.contains("Package: more\nStatus: install ok unpacked\n"),
            "{status}"
        );
        assert!(!status.contains("Package: part"), "{status}");
    }

    #[test]
    fn what_is_in_a_merged_directory_is_below_usr() {
        let at = |path: &str| merged(Path::new(path));
        assert_eq!(at("bin/sh"), Path::new("usr/bin/sh"));
        assert_eq!(at("bin"), Path::new("bin"));
        assert_eq!(at("binary/x"), Path::new("binary/x"));
        assert_eq!(at("etc/x"), Path::new("etc/x"));
    }
}
