//! Fingerprints of the files that an answer of rustc or cargo depends on.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cargo::input::Input;
use cross_base::digest::Digest;
use cross_base::fs;

/// A file or directory, and its state when the answer was given.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Fingerprint {
    subject: Input,
    looks: String,
}

impl Fingerprint {
    /// Takes the fingerprint of a file or directory. None if it cannot be read.
    pub(super) fn new(subject: Input) -> Option<Self> {
        let looks = subject.look()?;
        Some(Self { subject, looks })
    }

    /// Whether this is the fingerprint of a file or directory.
    pub(super) fn is_of(&self, subject: &Input) -> bool {
        self.subject == *subject
    }

    /// Whether the file or directory is still in the same state.
    pub(super) fn holds(&self) -> bool {
        self.subject.look().as_ref() == Some(&self.looks)
    }
}

impl Input {
    fn look(&self) -> Option<String> {
        match self {
            Self::Text(path) => Some(match fs::read_if_exists(path).ok()? {
                Some(text) => digest([text]),
                None => String::new(),
            }),
            Self::Program(path) => fs::stamp(path),
            Self::Links(dir) => {
                let mut names = fs::names_in(dir);
                names.sort();
                let targets = fs::links_in(dir);
                let mut targets: Vec<String> = targets
                    .iter()
                    .map(|(_, path)| path.to_string_lossy().into_owned())
                    .collect();
                targets.sort();
                names.extend(targets);
                Some(digest(names))
            }
            Self::Programs(dir) => Some(digest(programs(dir))),
            Self::Members(pattern) => {
                let packages = glob::glob(pattern.to_str()?).ok()?.flatten();
                let packages = packages.filter(|path| path.is_dir());
                Some(digest(
                    packages.map(|dir| dir.to_string_lossy().into_owned()),
                ))
            }
        }
    }
}

fn digest(parts: impl IntoIterator<Item = String>) -> String {
    let mut digest = Digest::default();
    for part in parts {
        digest.add(part.as_bytes());
    }
    digest.finish()
}

/// The files that cargo finds by itself as programs and examples: `build.rs`, `src/main.rs`, and in
/// `src/bin` and `examples` Rust files and directories with a `main.rs`.
fn programs(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["build.rs", "src/main.rs"] {
        if dir.join(name).exists() {
            found.push(name.to_owned());
        }
    }
    for place in ["src/bin", "examples"] {
        let dir = dir.join(place);
        let mut names = fs::names_in(&dir);
        names.retain(|name| {
            let is_file = Path::new(name).extension().is_some_and(|end| end == "rs");
            is_file || dir.join(name).join("main.rs").exists()
        });
        names.sort();
        found.push(place.to_owned());
        found.append(&mut names);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a fingerprint no longer holds after a change.
    fn sees(subject: Input, change: impl FnOnce()) -> bool {
        let witness = Fingerprint::new(subject).unwrap();
        assert!(witness.holds());
        change();
        !witness.holds()
    }

    #[test]
    fn what_changes_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let write = |name: &str, text: &str| {
            fs::write_if_changed(&dir.join(name), text.as_bytes()).unwrap();
            fs::touch(&dir.join(name)).unwrap();
        };
        let text = || Input::Text(dir.join("a/Cargo.toml"));
        assert!(sees(text(), || write("a/Cargo.toml", "x = 1")));
        assert!(sees(text(), || write("a/Cargo.toml", "x = 2")));
        assert!(!sees(text(), || write("a/Cargo.toml", "x = 2")));

        let members = || Input::Members(dir.join("*"));
        assert!(!sees(members(), || write("file", "")));
        assert!(sees(members(), || write("b/lib.rs", "")));

        let programs = || Input::Programs(dir.to_owned());
        assert!(!sees(programs(), || write("src/lib.rs", "")));
        assert!(sees(programs(), || write("src/main.rs", "")));
        assert!(sees(programs(), || write("build.rs", "")));
        assert!(sees(programs(), || write("src/bin/one.rs", "")));
        assert!(!sees(programs(), || write("src/bin/.one.rs.swp", "")));
        assert!(!sees(programs(), || write("src/bin/two/part.rs", "")));
        assert!(sees(programs(), || write("src/bin/two/main.rs", "")));
        assert!(sees(programs(), || write("examples/one.rs", "")));

        let links = || Input::Links(dir.join("toolchains"));
        let link = dir.join("toolchains/mine");
        assert!(sees(links(), || fs::link(&link, Path::new("/a")).unwrap()));
        assert!(sees(links(), || {
            fs::remove_if_exists(&link).unwrap();
            fs::link(&link, Path::new("/b")).unwrap();
        }));

        let program = || Input::Program(dir.join("b/lib.rs"));
        assert!(sees(program(), || write("b/lib.rs", "other")));
        assert!(Fingerprint::new(Input::Program(dir.join("none"))).is_none());
    }
}
