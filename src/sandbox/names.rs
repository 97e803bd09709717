//! Names of images, as docker reads them: the same image has several spellings.
//! <https://pkg.go.dev/github.com/distribution/reference>

/// The registry of names that name none.
const HUB: &str = "docker.io/";
/// Where its own images are.
const OFFICIAL: &str = "library/";

/// The names under which an image may be kept: as it is given, as docker writes it, and as podman does.
pub(crate) fn spellings(name: &str) -> [String; 3] {
    let usual = usual(name);
    let full = match domain(&usual) {
        Some(_) => usual.clone(),
        None if usual.contains('/') => format!("{HUB}{usual}"),
        None => format!("{HUB}{OFFICIAL}{usual}"),
    };
    [name.to_owned(), usual, full]
}

/// The name with a tag, and without what docker leaves out.
pub(crate) fn usual(name: &str) -> String {
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

/// The registry that a name begins with.
fn domain(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('/')?;
    let is_host = first.contains(['.', ':']) || first == "localhost";
    is_host.then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

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
