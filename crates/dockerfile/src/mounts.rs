//! The mounts of `RUN` instructions that may lead out of a build, in every reading of the
//! Dockerfile.
//!
//! Podman has followed links in the source of a mount, and `..` in the name of a cache, to any path
//! of the machine: CVE-2024-1753, CVE-2024-9675, CVE-2024-11218. It expands variables before it
//! takes a mount apart, so a variable may be any of its fields.

use std::path::{Component, Path};

use crate::reading::{apart, flags, readings};

/// The keys of every mount.
const COMMON: &[&str] = &["readonly", "ro", "readwrite", "rw", "target", "type"];
/// Further keys of mounts of the context or of a stage.
const OF_BIND: &[&str] = &["from", "source"];
/// Further keys of caches.
const OF_CACHE: &[&str] = &["gid", "id", "mode", "sharing", "uid"];

/// An option `--mount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The number of the line.
    pub line: usize,
    /// The option's value.
    pub value: String,
}

/// The first mount of a Dockerfile that may lead out of the build. `context` is the directory of
/// the build context.
#[must_use]
pub fn escaping(text: &str, context: &Path) -> Option<Mount> {
    readings(text).into_iter().find_map(|reading| {
        let found = mounts(&reading.text);
        let value = found.into_iter().find(|value| !stays(value, context))?;
        let line = reading.line;
        Some(Mount { line, value })
    })
}

/// The mounts of an instruction.
fn mounts(instruction: &str) -> Vec<String> {
    let (word, rest) = apart(instruction);
    match &*word {
        "ONBUILD" => mounts(rest),
        "RUN" => {
            let flags = flags(rest).into_iter();
            let named = flags.filter_map(|flag| {
                let (name, value) = flag.split_once('=')?;
                name.eq_ignore_ascii_case("mount").then(|| value.to_owned())
            });
            named.collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a mount stays within the build.
fn stays(value: &str, context: &Path) -> bool {
    let mut fields: Vec<(String, &str)> = Vec::new();
    for field in value.split(',') {
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        let key = match &*key.trim().to_ascii_lowercase() {
            "dst" | "destination" => "target".to_owned(),
            "src" => "source".to_owned(),
            key => key.to_owned(),
        };
        // It depends on the engine which of two counts.
        if fields.iter().any(|(known, _)| *known == key) {
            return false;
        }
        fields.push((key, value.trim()));
    }
    let field = |name: &str| {
        let mut named = fields.iter().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| *value)
    };
    let only = |more: &[&str]| {
        let mut keys = fields.iter().map(|(key, _)| &**key);
        keys.all(|key| COMMON.contains(&key) || more.contains(&key))
    };
    let target = field("target").unwrap_or_default();
    if value.contains(['$', '"']) || has_parent(target) {
        return false;
    }
    match field("type").unwrap_or("bind") {
        "tmpfs" | "secret" | "ssh" => true,
        "cache" => only(OF_CACHE) && field("id").is_none_or(is_word),
        "bind" => {
            let source = field("source").unwrap_or_default();
            let is_within = match field("from") {
                // Links in a stage are not known before the build.
                Some(_) => Path::new(source).components().all(is_nothing),
                None => is_without_links(context, source),
            };
            only(OF_BIND) && is_within
        }
        _ => false,
    }
}

/// Whether a text is one name of a file.
fn is_word(text: &str) -> bool {
    text != "." && text != ".." && !text.contains('/')
}

fn has_parent(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.any(|part| part == Component::ParentDir)
}

fn is_nothing(part: Component<'_>) -> bool {
    matches!(part, Component::RootDir | Component::CurDir)
}

/// Whether a path leads through no link of the context.
fn is_without_links(context: &Path, path: &str) -> bool {
    let mut whole = context.to_owned();
    let mut parts = Path::new(path).components();
    parts.all(|part| match part {
        Component::Normal(name) => {
            whole.push(name);
            !whole.is_symlink()
        }
        other => is_nothing(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross_base::fs;

    /// Whether a `RUN` with this mount stays within a build whose context has a link and a file.
    fn stays_within(mount: &str) -> bool {
        let dir = fs::temporary_dir().unwrap();
        fs::write_if_changed(&dir.path().join("dir/file"), b"text").unwrap();
        fs::link(&dir.path().join("link"), Path::new("dir")).unwrap();
        let text = format!("FROM a\nRUN --network=none --mount={mount} true\n");
        escaping(&text, dir.path()).is_none()
    }

    #[test]
    fn mounts_that_stay_within_the_build_are_told_apart() {
        for mount in [
            "type=bind,target=/a",
            "type=bind,source=dir/file,target=/a,rw",
            "type=bind,src=./dir,dst=/a,readonly",
            "type=bind,source=/dir,target=/a",
            "from=stage,target=/a",
            "type=bind,from=stage,source=/,target=/a",
            "type=cache,target=/a",
            "type=cache,id=name-1,sharing=locked,mode=0755,uid=0,target=/a",
            "type=tmpfs,target=/a,size=1",
            "type=secret,id=a",
            "type=ssh",
        ] {
            assert!(stays_within(mount), "{mount}");
        }
        for mount in [
            "type=bind,source=link,target=/a",
            "type=bind,source=link/file,target=/a",
            "source=dir/../link,target=/a",
            "type=bind,from=stage,source=/link,target=/a",
            "type=bind,source=dir,src=link,target=/a",
            "type=bind,target=/a,bind-propagation=shared",
            "type=bind,target=/a,$X",
            "type=cache,target=$X",
            "type=cache,id=../../a,target=/a",
            "type=cache,id=..,target=/a",
            "type=cache,target=../a",
            "type=cache,from=stage,target=/a",
            "type=cache,source=a,target=/a",
            "type=cache,type=tmpfs,target=/a,source=a",
            "type=$X,target=/a",
            "type=devpts,target=/a",
        ] {
            assert!(!stays_within(mount), "{mount}");
        }
    }

    #[test]
    fn the_line_of_a_mount_is_known() {
        let text = "FROM a\nRUN <<E\nonbuild run --network=host \\\n--mount=$A b\nE\n";
        let found = escaping(text, Path::new("/nowhere"));
        let value = "$A".to_owned();
        assert_eq!(found, Some(Mount { line: 3, value }));
    }
}
