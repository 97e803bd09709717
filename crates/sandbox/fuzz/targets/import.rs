//! Fuzzing of the import of images: archives like those of `docker save`, with any content. The
//! store imports an archive or refuses it, and nothing outside the store changes.

#![no_main]

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use cross_base::host::Host;
use cross_sandbox::store::Store;
use cross_sandbox::unpack;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

/// Names with which archives and links have led out of a directory, and names that the importer
/// looks for.
const NAMES: &[&str] = &[
    "manifest.json",
    "config.json",
    "layer",
    "a",
    "a/b",
    "a/b/c",
    ".",
    "..",
    // Archives are unpacked this deep below the directory of a run.
    "../../../../..",
    "../../../../../other",
    "../../../../../other/kept",
    "../../../../../../other",
    "a/../../../../../../other",
    "../work",
    ".wh.a",
    "a/.wh..wh..opq",
    ".wh...",
    ".wh.",
    ".cross-owners",
    "sha256:",
    "",
];

/// The name of an archive's member.
#[derive(Arbitrary, Debug)]
enum Name {
    Known(u8),
    /// The absolute path of a directory outside the store, which must not change.
    Other,
    Any(Vec<u8>),
}

impl Name {
    fn bytes<'a>(&'a self, other: &'a Path) -> &'a [u8] {
        let bytes = match self {
            Self::Known(number) => NAMES[usize::from(*number) % NAMES.len()].as_bytes(),
            Self::Other => other.as_os_str().as_bytes(),
            Self::Any(bytes) => bytes,
        };
        &bytes[..bytes.len().min(99)]
    }
}

/// A member of an archive.
#[derive(Arbitrary, Debug)]
struct Member {
    name: Name,
    link: Name,
    kind: u8,
    mode: u16,
    content: Vec<u8>,
}

impl Member {
    fn append(&self, to: &mut tar::Builder<Vec<u8>>, other: &Path) {
        const KINDS: &[EntryType] = &[
            EntryType::Regular,
            EntryType::Directory,
            EntryType::Symlink,
            EntryType::Link,
            EntryType::Fifo,
            EntryType::Char,
            EntryType::GNULongName,
            EntryType::GNULongLink,
            EntryType::XHeader,
            EntryType::GNUSparse,
        ];
        let mut header = tar::Header::new_gnu();
        let (name, link) = (self.name.bytes(other), self.link.bytes(other));
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
        header.set_entry_type(KINDS[usize::from(self.kind) % KINDS.len()]);
        header.set_mode(u32::from(self.mode));
        header.set_size(self.content.len() as u64);
        header.set_cksum();
        to.append(&header, &self.content[..])
            .expect("memory does not fail");
    }
}

/// An archive of saved images.
#[derive(Arbitrary, Debug)]
struct Saved {
    layer: Vec<Member>,
    /// Whether the description has the right digest of the layer.
    is_told_right: bool,
    digest: String,
    name: String,
    vars: Vec<String>,
    /// Members in front of and behind the three files of an image.
    before: Vec<Member>,
    behind: Vec<Member>,
    /// Bytes that are changed afterwards, as a faulty disk may do: positions and values.
    changes: Vec<(u16, u8)>,
}

impl Saved {
    fn bytes(&self, other: &Path) -> Vec<u8> {
        let mut layer = tar::Builder::new(Vec::new());
        self.layer
            .iter()
            .for_each(|member| member.append(&mut layer, other));
        let layer = layer.into_inner().expect("memory does not fail");
        let digest = if self.is_told_right {
            format!("sha256:{}", hex::encode(Sha256::digest(&layer)))
        } else {
            self.digest.clone()
        };
        let config = serde_json::json!({ "config": { "Env": self.vars }, "rootfs": { "diff_ids": [digest] } });
        let manifest = serde_json::json!([{ "Config": "config.json", "RepoTags": [self.name], "Layers": ["layer"] }]);
        let mut all = tar::Builder::new(Vec::new());
        self.before
            .iter()
            .for_each(|member| member.append(&mut all, other));
        let files = [
            ("config.json", config.to_string().into_bytes()),
            ("manifest.json", manifest.to_string().into_bytes()),
            ("layer", layer),
        ];
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            all.append_data(&mut header, name, &content[..])
                .expect("memory does not fail");
        }
        self.behind
            .iter()
            .for_each(|member| member.append(&mut all, other));
        let mut bytes = all.into_inner().expect("memory does not fail");
        for (at, byte) in self.changes.iter().take(4) {
            let at = usize::from(*at) % bytes.len();
            bytes[at] = *byte;
        }
        bytes
    }
}

/// The entries of a directory, each with its mode, its owner and its number of links.
fn state(dir: &Path) -> Vec<(String, [u64; 4])> {
    let of = |name: String| {
        let found = std::fs::symlink_metadata(dir.join(&name)).expect("it is there");
        let ids = [found.uid(), found.gid()].map(u64::from);
        (
            name,
            [u64::from(found.mode()), ids[0], ids[1], found.nlink()],
        )
    };
    let mut state: Vec<_> = cross_base::fs::names_in(dir).into_iter().map(of).collect();
    state.push(of(".".to_owned()));
    state.sort();
    state
}

fuzz_target!(|saved: Saved| {
    let dir = tempfile::tempdir().expect("a directory");
    let (cache, other) = (dir.path().join("cache"), dir.path().join("other"));
    cross_base::fs::write_if_changed(&other.join("kept"), b"as it was").expect("a file");
    let before = state(&other);
    let store = Store::of(&Host {
        cache,
        ..Host::default()
    });
    if let Ok(names) = unpack::saved(&store, &saved.bytes(&other)[..]) {
        for name in names {
            assert!(store.image(&name).expect("a store").is_some(), "{name}");
        }
        assert!(
            store
                .check()
                .expect("a store")
                .iter()
                .all(|(_, is_whole)| *is_whole)
        );
    }
    let kept = cross_base::fs::read_if_exists(&other.join("kept")).expect("a file");
    assert_eq!(kept.as_deref(), Some("as it was"));
    assert_eq!(state(&other), before);
    let beside = cross_base::fs::names_in(dir.path());
    assert!(
        beside.iter().all(|name| name == "cache" || name == "other"),
        "{beside:?}"
    );
});
