//! The current packages of a Debian release, from the index that Debian has signed. They replace
//! packages whose version in the lock file no mirror has any more. Debian's wiki describes the
//! format on the page `DebianRepository/Format`.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::lock::Package;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};
use cross_deb::version;

/// The paths at which Debian and other distributions keep the keys that sign Debian's releases.
pub(super) const KEYRINGS: &[&str] = &[
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/etc/apt/trusted.gpg.d/debian-archive-keyring.gpg",
];
/// The index of a release's packages for an architecture. `get` fetches a file by its path below a
/// mirror's address.
///
/// # Errors
///
/// When a file cannot be fetched, or is not the one that was signed.
pub(super) fn index(
    suite: &str,
    architecture: &str,
    host: &Host,
    keyrings: &[&str],
    get: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<String> {
    let dir = format!("dists/{suite}");
    let cannot = |what: &str, why: &str| Error::new(format!("cannot read `{what}`: {why}"));
    let release = format!("{dir}/InRelease");
    let signed = get(&release).map_err(|why| cannot(&release, &why))?;
    let text = verified(&signed, host, keyrings)?;
    let own = format!("main/binary-{architecture}/Packages.xz");
    let path = format!("{dir}/{own}");
    let digest =
        digest_of(&text, &own).ok_or_else(|| cannot(&path, "the release does not list it"))?;
    let packed = get(&path).map_err(|why| cannot(&path, &why))?;
    if hex::encode(Sha256::digest(&packed)) != digest {
        return Err(cannot(&path, "it is not the one that was signed"));
    }
    cross_deb::text_of_xz(&packed).map_err(|e| cannot(&path, &e.to_string()))
}

/// The text of a release file without its signature, which is checked.
fn verified(signed: &[u8], host: &Host, keyrings: &[&str]) -> Result<String> {
    let lacking = |what: &str| {
        let error = Error::new(format!(
            "cannot tell whether Debian has signed a release: {what}"
        ));
        error.hint("install `gpgv` and `debian-archive-keyring`, or a version of cross that knows the current packages")
    };
    let gpgv = host.on_path("gpgv");
    let gpgv = gpgv.ok_or_else(|| lacking("there is no `gpgv`"))?;
    let mut keyring = keyrings.iter().filter(|path| Path::new(path).exists());
    let keyring = keyring.next();
    let keyring = keyring.ok_or_else(|| lacking("Debian's keyring is not installed"))?;
    let dir = fs::temporary_dir()?;
    let file = dir.path().join("InRelease");
    fs::write_if_changed(&file, signed)?;
    let cmd = Cmd::new(gpgv).args(["--quiet", "--keyring", keyring, "--output", "-"]);
    let output = cmd.arg(&file).output()?;
    if !output.status.success() {
        let message = format!("the release is not signed by Debian: {}", reason(&output));
        return Err(Error::new(message));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The digest of an index in a release file.
fn digest_of<'a>(release: &'a str, index: &str) -> Option<&'a str> {
    let (_, list) = release.split_once("\nSHA256:")?;
    let lines = list
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with(' '));
    let mut words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.find_map(|words| match words[..] {
        [digest, _, path] if path == index => Some(digest),
        _ => None,
    })
}

/// The package with the same name in an index. Debian has signed old indexes too, so the package
/// has to be newer.
///
/// # Errors
///
/// When the index has no such package, or none that is newer.
pub(super) fn newer(index: &str, wanted: &Package) -> Result<Package> {
    let (suite, name) = (wanted.suite, wanted.name);
    let found = find(index, wanted);
    let found = found.ok_or_else(|| Error::new(format!("{suite} has no package `{name}` now")))?;
    if version::compare(found.version, wanted.version).is_gt() {
        return Ok(found);
    }
    let shown = found.shown();
    let message = format!("{suite} has `{shown}` there, which is not newer");
    Err(Error::new(message))
}

/// The package with the same name in an index.
fn find(index: &str, wanted: &Package) -> Option<Package> {
    let own = format!("Package: {}\n", wanted.apart().0);
    let mut paragraphs = index.split("\n\n");
    let paragraph = paragraphs.find(|paragraph| format!("{paragraph}\n").starts_with(&own))?;
    let field = |name: &str| {
        let mut fields = paragraph.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = fields.find(|(key, _)| *key == name)?;
        // The values are leaked, as a `Package` has static texts. There are only a handful in a
        // process.
        Some(&*Box::leak(value.to_owned().into_boxed_str()))
    };
    Some(Package {
        version: field("Version")?,
        size: Some(field("Size")?.parse().ok()?),
        sha256: field("SHA256")?,
        path: field("Filename")?,
        ..*wanted
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &str = "Package: other\nVersion: 9\n\nPackage: made-up\nVersion: 1-3\nSize: 7\nSHA256: ab\nFilename: pool/x.deb\n";
    const WANTED: Package = Package {
        suite: "trixie",
        name: "made-up",
        version: "1-2",
        size: Some(1),
        sha256: "",
        path: "",
    };

    /// A machine with this program as gpgv, and a release with a compressed index.
    fn world(dir: &Path, gpgv: &str) -> (Host, Vec<u8>, Vec<u8>) {
        fs::write_program_if_changed(&dir.join("bin/gpgv"), gpgv.as_bytes()).unwrap();
        let host = Host {
            env: [("PATH".into(), dir.join("bin").into())].into(),
            cwd: dir.to_owned(),
            ..Host::default()
        };
        // Made by the program xz itself: https://tukaani.org/xz/xz-file-format.txt.
        let packed = packed(TEXT);
        let digest = hex::encode(Sha256::digest(&packed));
        let release = format!(
            "Suite: stable\nSHA256:\n 00 1 main/x\n {digest} 1 main/binary-amd64/Packages.xz\n"
        );
        (host, release.into_bytes(), packed)
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let cmd = Cmd::new("/usr/bin/xz").args(["--stdout", "--keep"]);
        cmd.arg(file.path()).output().unwrap().stdout
    }

    const SIGNED: &str = "#!/bin/sh\nfor file; do :; done\nexec /bin/cat \"$file\"\n";

    #[test]
    fn the_current_version_is_found_in_a_signed_index() {
        let dir = fs::temporary_dir().unwrap();
        let (host, release, packed) = world(dir.path(), SIGNED);
        let get = |path: &str| match path {
            "dists/trixie/InRelease" => Ok(release.clone()),
            "dists/trixie/main/binary-amd64/Packages.xz" => Ok(packed.clone()),
            other => Err(other.to_owned()),
        };
        let index = index("trixie", "amd64", &host, &["/bin/sh"], get).unwrap();
        let found = find(&index, &WANTED).unwrap();
        assert_eq!((found.version, found.size), ("1-3", Some(7)));
        assert_eq!((found.sha256, found.path), ("ab", "pool/x.deb"));
        let absent = Package {
            name: "made",
            ..WANTED
        };
        assert_eq!(find(&index, &absent), None);
    }

    #[test]
    fn only_a_newer_version_takes_the_place_of_another() {
        let newer = |version| newer(TEXT, &Package { version, ..WANTED });
        assert_eq!(newer("1-2").unwrap().version, "1-3");
        for version in ["1-3", "1-3+b1", "1-10", "1:0"] {
            let error = newer(version).unwrap_err();
            assert_eq!(
                error.message(),
                "trixie has `made-up 1-3` there, which is not newer"
            );
        }
    }

    #[test]
    fn what_is_not_signed_or_not_what_was_signed_is_refused() {
        let dir = fs::temporary_dir().unwrap();
        let (host, release, packed) =
            world(dir.path(), "#!/bin/sh\necho BAD signature >&2\nexit 1\n");
        let get = |path: &str| {
            Ok(if path.ends_with("InRelease") {
                release.clone()
            } else {
                packed.clone()
            })
        };
        let error = index("trixie", "amd64", &host, &["/bin/sh"], get).unwrap_err();
        assert!(
            error
                .message()
                .contains("is not signed by Debian: BAD signature"),
            "{error:?}"
        );
        let error = index("trixie", "amd64", &host, &["/no/keyring"], get).unwrap_err();
        assert!(
            error.message().contains("keyring is not installed"),
            "{error:?}"
        );
        let (host, ..) = world(dir.path(), SIGNED);
        let other = |path: &str| {
            Ok(if path.ends_with("InRelease") {
                release.clone()
            } else {
                b"x".to_vec()
            })
        };
        let error = index("trixie", "amd64", &host, &["/bin/sh"], other).unwrap_err();
        assert!(
            error.message().contains("not the one that was signed"),
            "{error:?}"
        );
    }
}
