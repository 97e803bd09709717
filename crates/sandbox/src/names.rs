//! Names of images as docker reads them. One image has several spellings.
//! <https://pkg.go.dev/github.com/distribution/reference>

/// The registry of names without a registry.
const HUB: &str = "docker.io/";
/// The prefix of Docker Hub's official images.
const OFFICIAL: &str = "library/";

/// The names under which the store may have an image: the given name, docker's spelling, and
/// podman's.
#[must_use]
pub fn spellings(name: &str) -> [String; 3] {
    let usual = usual(name);
    let full = match domain(&usual) {
        Some(_) => usual.clone(),
        None if usual.contains('/') => format!("{HUB}{usual}"),
        None => format!("{HUB}{OFFICIAL}{usual}"),
    };
    [name.to_owned(), usual, full]
}

/// Docker's spelling of a name: with a tag, and without Docker Hub's name.
#[must_use]
pub fn usual(name: &str) -> String {
    let short = ["docker.io/", "index.docker.io/"]
        .iter()
        .find_map(|hub| name.strip_prefix(hub));
    let short = short.map_or(name, |rest| match rest.strip_prefix(OFFICIAL) {
        Some(official) if !official.contains('/') => official,
        _ => rest,
    });
    let path = short.split('@').next().unwrap_or(short);
    let last = path.rsplit('/').next().unwrap_or(path);
    if last.contains(':') || short.contains('@') {
        short.to_owned()
    } else {
        format!("{short}:latest")
    }
}

/// What podman takes for the kind of a place when it stands in front of the first colon: a store or
/// an archive of the machine, not a registry. `docker` is not among them, as that needs `//` behind
/// the colon.
/// <https://github.com/containers/image/blob/main/docs/containers-transports.5.md>
const TRANSPORTS: &[&str] = &[
    "atomic",
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "ostree",
    "sif",
    "tarball",
];

/// The hint if a text is no such name.
pub const FORM: &str = "a name is of the form `registry/name:tag`; `podman load` and `docker load` give one to an image that is in a file";

/// Whether every engine takes a text for the name of an image in a registry or in the engine's own
/// store. Podman reads others from any path, with any program that they name.
#[must_use]
pub fn is_of_registry(name: &str) -> bool {
    let kind = name.split_once(':').map_or("", |(kind, _)| kind);
    is_reference(name) && !TRANSPORTS.contains(&kind)
}

/// Whether a text is a valid name of an image. Other texts are neither stored nor printed.
pub fn is_reference(name: &str) -> bool {
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match name[start..].find(':') {
        Some(colon) => (&name[..start + colon], Some(&name[start + colon + 1..])),
        None => (name, None),
    };
    let path = match domain(path) {
        Some(first) if !is_domain(first) => return false,
        Some(first) => &path[first.len() + 1..],
        None => path,
    };
    path.len() < 256
        && path.split('/').all(is_component)
        && tag.is_none_or(|tag| tag.len() <= 128 && is_word(tag, "_.-"))
        && digest.is_none_or(|digest| {
            let parts = digest.split_once(':');
            parts.is_some_and(|(kind, hex)| is_word(kind, "+._-") && is_word(hex, ""))
        })
}

/// Whether a text consists of letters and digits, with some other characters behind the first.
fn is_word(text: &str, others: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    begins
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn is_component(text: &str) -> bool {
    let ends = text.ends_with(|c: char| c.is_ascii_alphanumeric());
    ends && is_word(text, "._-") && !text.starts_with('_') && text == text.to_ascii_lowercase()
}

/// Whether a text is a host, with or without a port.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_address =
        address.is_some_and(|text| text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'));
    is_number(port) && (is_address || is_word(host, ".-"))
}

/// The registry at the beginning of a name.
fn domain(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('/')?;
    let is_host = first.contains(['.', ':']) || first == "localhost";
    is_host.then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_told_apart() {
        for name in [
            "debian",
            "debian:12",
            "me/it:1.0-rc_1",
            "localhost/cross/base:0.3.0",
            "localhost:5000/a/b__c:x@sha256:00ff",
            "Registry.example:443/a-b/c",
            "[::1]:5000/a",
        ] {
            assert!(is_reference(name), "{name}");
        }
        for name in [
            "",
            ":",
            "a:",
            "a/",
            "/a",
            "a//b",
            "A/b",
            "a b",
            "a\n",
            "evil\u{1b}[31m/red:1",
            "a:\u{7}",
            "--privileged",
            "../a",
            "a/../b",
            "a@sha256:",
            "localhost:x/a",
        ] {
            assert!(!is_reference(name), "{name:?}");
        }
    }

    #[test]
    fn a_place_of_the_machine_is_no_name() {
        for name in [
            "debian:12",
            "docker:24-dind",
            "dir.example:5000/a",
            "sha256:00ff",
            "localhost:5000/dir/oci:1",
        ] {
            assert!(is_of_registry(name), "{name}");
        }
        for name in [
            "dir:a",
            "oci:80/a",
            "oci-archive:a.tar",
            "docker-archive:a",
            "docker-daemon:a",
            "containers-storage:a",
            "containers-storage:[overlay@/a+/b:overlay.mount_program=/c]localhost/x",
            "docker://a.example/b",
            "--all",
        ] {
            assert!(!is_of_registry(name), "{name}");
        }
    }

    #[test]
    fn one_image_has_several_names() {
        for (name, usual, full) in [
            ("debian", "debian:latest", "docker.io/library/debian:latest"),
            (
                "docker.io/library/debian:12",
                "debian:12",
                "docker.io/library/debian:12",
            ),
            ("me/it", "me/it:latest", "docker.io/me/it:latest"),
            (
                "localhost:5000/it",
                "localhost:5000/it:latest",
                "localhost:5000/it:latest",
            ),
            ("ghcr.io/a/b:1", "ghcr.io/a/b:1", "ghcr.io/a/b:1"),
            (
                "debian@sha256:00",
                "debian@sha256:00",
                "docker.io/library/debian@sha256:00",
            ),
        ] {
            let expected = [name, usual, full].map(str::to_owned);
            assert_eq!(spellings(name), expected);
        }
    }
}
