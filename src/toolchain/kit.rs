//! Kits: compilers, headers and libraries that their makers hand out as one archive, often under a
//! licence that each user has to accept. If the user has a directory with the kit, that is used
//! unchanged. If not, the archive is fetched, if need be with the user's consent.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use indicatif::DecimalBytes;
use ureq::http::Uri;
use zip::ZipArchive;

use super::definition::{Archive, Definition, Kit, Licence};
use super::fetch::Packages;
use super::lock::Package;
use super::{definition, mirrors, source};
use crate::target::{ROWS, Row};
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::plain;
use cross_base::names::listed;
use cross_base::pattern::matches;

/// The kit of a row's toolchain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) kit: &'static Kit,
    archive: &'static Archive,
    /// The path of a file by which a kit for this row is recognised, and that of a file that
    /// differs between versions.
    probe: String,
    identity: String,
    /// Patterns of the files that are taken for this row, and of those among them that are left
    /// out.
    taken: Vec<String>,
    omitted: &'static [String],
    /// The user's own kit, if the user names one.
    pub(super) own: Option<Own>,
}

/// A directory with a kit that the user has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) dir: PathBuf,
    /// The variable that names the directory.
    variable: &'static str,
}

impl Kit {
    /// An archive in the form of a package.
    fn package(&'static self, archive: &'static Archive) -> Package {
        Package {
            suite: "",
            name: &self.name,
            version: &self.version,
            size: archive.size,
            sha256: &archive.sha256,
            path: &archive.file,
        }
    }

    /// The variables that name a kit of the user's, as a part of a sentence.
    fn own_shown(&self) -> String {
        listed(&self.own, "or")
    }
}

/// The kits of all rows' toolchains, each once.
fn all() -> Vec<&'static Kit> {
    let mut kits: Vec<&Kit> = Vec::new();
    for kit in ROWS
        .iter()
        .filter_map(|row| definition::of(row)?.kit.as_ref())
    {
        if !kits.contains(&kit) {
            kits.push(kit);
        }
    }
    kits
}

/// The archives of all kits.
fn archives() -> impl Iterator<Item = Package> {
    let of = |kit: &'static Kit| kit.archives.iter().map(|archive| kit.package(archive));
    all().into_iter().flat_map(of)
}

impl Chosen {
    /// The kit of a row's toolchain: the user's, named by the first variable that is set, or the
    /// makers'.
    pub(super) fn of(definition: &'static Definition, row: &Row, host: &Host) -> Option<Self> {
        let kit = definition.kit.as_ref()?;
        let mut archives = kit.archives.iter();
        let archive = archives.find(|archive| matches(&archive.targets, row.triple))?;
        let own = kit.own.iter().find_map(|variable| {
            let named = host.var(variable).filter(|value| !value.is_empty())?;
            let dir = fs::canonical(&fs::absolute(&host.cwd, Path::new(named)));
            Some(Own { dir, variable })
        });
        Some(Self {
            kit,
            archive,
            probe: row.fill(&kit.probe)?,
            identity: row.fill(&kit.identity)?,
            taken: kit.taken.iter().filter_map(|text| row.fill(text)).collect(),
            omitted: &definition.unpacked.omitted,
            own,
        })
    }

    /// The archive in the form of a package.
    pub(super) fn package(&self) -> Package {
        self.kit.package(self.archive)
    }

    /// Adds the kit's identity to a digest: the digest of the archive, or the path and version of
    /// the user's directory.
    pub(super) fn identify(&self, digest: &mut Digest) {
        let Some(own) = &self.own else {
            return digest.add(self.archive.sha256.as_bytes());
        };
        digest.add(own.dir.as_os_str().as_encoded_bytes());
        let version = fs_err::read(own.dir.join(&self.identity));
        digest.add(&version.unwrap_or_default());
    }

    /// The kit's name and version or place, for a list of packages.
    pub(super) fn shown(&self) -> String {
        let shown = self.package().shown();
        self.own.as_ref().map_or(shown, |own| {
            format!("{} in {}", self.kit.name, own.dir.display())
        })
    }

    /// Whether the row needs a file of the kit.
    fn is_wanted(&self, path: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|pattern| matches(pattern, path));
        is_in(&self.taken) && !is_in(self.omitted)
    }

    /// Makes sure that the user's directory is a kit, or that the archive is in the cache.
    ///
    /// # Errors
    ///
    /// When the directory is not such a kit, or the archive must not or cannot be fetched.
    pub(super) fn ensure(&self, packages: &Packages<'_>) -> Result<()> {
        self.permit(packages)?;
        let package = self.package();
        if self.own.is_some() || packages.path(&package).exists() {
            return Ok(());
        }
        let addresses = self.addresses(packages.host)?;
        let key = format!("`{}`", self.kit.mirror);
        let what = format!("{} for {}", package.shown(), packages.what);
        let source = packages.source(&key, addresses, &what, package.size)?;
        source.shown.begin();
        source.fetch_version(&package)?
    }

    /// The addresses of the archive: the one that the user has named, or those of the makers.
    fn addresses(&self, host: &Host) -> Result<Vec<Uri>> {
        let named = host.text(&self.kit.mirror);
        let Some(named) = named.filter(|value| !value.is_empty()) else {
            let urls = self.kit.urls.iter();
            return Ok(urls.filter_map(|url| mirrors::address(url)).collect());
        };
        let address = mirrors::address(named).ok_or_else(|| {
            let (named, key) = (plain(named), &self.kit.mirror);
            let message = format!("`{named}`, which `{key}` names, is no address of a mirror");
            let file = &self.archive.file;
            Error::new(message).hint(format!(
                "give an address of http or https, below which there is `{file}`"
            ))
        })?;
        Ok(vec![address])
    }

    /// Checks that the kit can be used: the user's directory is a kit, or the archive is in the
    /// cache, or it may be fetched. An archive under a licence needs the user's consent.
    ///
    /// # Errors
    ///
    /// When the kit cannot be used. The hint says how the user consents.
    pub(super) fn permit(&self, packages: &Packages<'_>) -> Result<()> {
        let kit = self.kit;
        if let Some(own) = &self.own {
            if own.dir.join(&self.probe).exists() {
                return Ok(());
            }
            let (variable, dir, title) = (own.variable, own.dir.display(), &kit.title);
            let message = format!("`{variable}` names `{dir}`, which is no {title}");
            return Err(Error::new(message).hint(format!("there is no `{}` in it", self.probe)));
        }
        let package = self.package();
        if packages.path(&package).exists() {
            return Ok(());
        }
        packages.needs_network(&[&package])?;
        self.consented(packages)?;
        self.addresses(packages.host).map(drop)
    }

    /// Checks that the user has accepted the licence, if there is one.
    fn consented(&self, packages: &Packages<'_>) -> Result<()> {
        let kit = self.kit;
        let is_accepted =
            |licence: &Licence| packages.host.text(&licence.variable) == Some(&licence.value);
        let mut licence = kit.licence.iter();
        let Some(licence) = licence.find(|licence| !is_accepted(licence)) else {
            return Ok(());
        };
        let (what, title, version, makers) = (packages.what, &kit.title, &kit.version, &kit.makers);
        let size = self.archive.size.map(DecimalBytes);
        let size = size.map(|size| format!(", {size}")).unwrap_or_default();
        Err(Error::new(format!(
            "`{what}` needs the {title} {version}{size} from {makers}, whose licence you have to accept first: {}",
            licence.url
        ))
        .hint(format!(
            "accept it with `{}={}`, or let {} name one that you have",
            licence.variable,
            licence.value,
            kit.own_shown()
        )))
    }

    /// Puts the kit into a toolchain in the making: a link to the user's directory, the needed
    /// files of the archive, or the archive itself.
    ///
    /// # Errors
    ///
    /// When the archive cannot be unpacked.
    pub(super) fn place(&self, root: &Path, packages: &Packages<'_>) -> Result<()> {
        fs::create_dir_all(root)?;
        let place = root.join(&self.kit.dir);
        if let Some(own) = &self.own {
            return Ok(fs_err::os::unix::fs::symlink(&own.dir, place)?);
        }
        let package = self.package();
        let archive = packages.path(&package);
        if self.kit.unpacked_by_image {
            return put(&archive, &place, &self.archive.file);
        }
        unpack(&archive, &place, |path| self.is_wanted(path))?;
        if place.join(&self.probe).exists() {
            return Ok(());
        }
        let (name, probe) = (package.shown(), &self.probe);
        Err(Error::new(format!("the archive `{name}` has no `{probe}`")))
    }

    /// The needed files of the user's directory, as relative paths. Empty for an archive, whose
    /// files are in the toolchain.
    pub(super) fn own_files(&self) -> Result<Vec<PathBuf>> {
        let Some(own) = &self.own else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(&own.dir) {
            let entry = entry.map_err(|e| Error::new(format!("cannot read the kit: {e}")))?;
            let below = entry.path().strip_prefix(&own.dir).unwrap_or(entry.path());
            if !entry.file_type().is_dir() && self.is_wanted(&below.to_string_lossy()) {
                files.push(below.to_owned());
            }
        }
        Ok(files)
    }
}

/// Puts a file into a directory under a name: a hard link, or a copy if the directory is on another
/// disk.
fn put(file: &Path, dir: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(dir)?;
    let place = dir.join(name);
    if fs_err::hard_link(file, &place).is_err() {
        fs_err::copy(file, &place)?;
    }
    Ok(())
}

/// Unpacks the wanted files of an archive, without the one directory that has them all.
fn unpack(archive: &Path, to: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    let unreadable = |e: &dyn std::fmt::Display| {
        let path = archive.display();
        Error::new(format!("cannot read the archive `{path}`: {e}"))
    };
    let outside = |name: &str| unreadable(&format!("`{name}` leads out of its root"));
    let file = std::io::BufReader::new(fs_err::File::open(archive)?);
    let mut files = ZipArchive::new(file).map_err(|e| unreadable(&e))?;
    for index in 0..files.len() {
        let mut file = files.by_index(index).map_err(|e| unreadable(&e))?;
        let path = file.enclosed_name().ok_or_else(|| outside(file.name()))?;
        let mut parts = path.components();
        parts.next();
        let path = parts.as_path().to_owned();
        if file.is_dir() || !is_wanted(&path.to_string_lossy()) {
            continue;
        }
        let at = to.join(&path);
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent)?;
        }
        if file.is_symlink() {
            let mut target = String::new();
            let read = (&mut file).take(4096).read_to_string(&mut target);
            read.map_err(|e| unreadable(&e))?;
            if !stays_inside(&path, Path::new(&target)) {
                return Err(outside(file.name()));
            }
            fs_err::os::unix::fs::symlink(target, &at)?;
            continue;
        }
        let mode = file.unix_mode().unwrap_or_default();
        let mut out = fs_err::File::create_new(&at)?;
        std::io::copy(&mut file, &mut out)
            .map_err(|e| Error::new(format!("cannot write `{}`: {e}", at.display())))?;
        fs::set_mode(&at, if mode & 0o100 == 0 { 0o644 } else { 0o755 })?;
    }
    Ok(())
}

/// Whether the target of a link in an archive stays in the archive's root directory.
fn stays_inside(path: &Path, target: &Path) -> bool {
    use std::path::Component;
    let mut depth = path.components().count() - 1;
    target.components().all(|part| match part {
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::CurDir => true,
        Component::ParentDir if depth > 0 => {
            depth -= 1;
            true
        }
        _ => false,
    })
}

/// The archive of a kit with this digest. None if no kit has such an archive.
pub(super) fn by_digest(sha256: &str) -> Option<Package> {
    archives().find(|archive| archive.sha256 == sha256)
}

/// The archive of a kit by its file name: that of its makers, or that in the cache.
pub(super) fn by_name(name: &str) -> Option<Package> {
    let is_it = |archive: &Package| {
        let kept = source::place(Path::new(""), archive);
        archive.path == name || kept == Path::new(name)
    };
    archives().find(is_it)
}

#[cfg(test)]
mod tests;
