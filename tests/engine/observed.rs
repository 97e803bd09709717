//! The effects of a command line, in a form that is equal for equal runs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::lines::{OTHER_WORDS, Part};
use crate::run::Outcome;

/// A run in the directory `root`. Everything that depends on place and time is replaced.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) code: i32,
    files: String,
    messages: String,
    stdout: String,
    stderr: String,
}

impl Observed {
    /// The effects of a run in `root`, a copy of `source`.
    pub(crate) fn new(outcome: &Outcome, root: &Path, source: &Path, target_dir: &str) -> Self {
        let place = Place {
            root,
            source,
            target_dir,
        };
        let stdout = place.without(&outcome.stdout);
        let (messages, stdout): (Vec<&str>, Vec<&str>) =
            stdout.lines().partition(|line| line.starts_with('{'));
        Self {
            code: outcome.exit_code(),
            files: place.files(),
            messages: in_order_of_content(&messages),
            stdout: timeless(&stdout.join("\n")),
            stderr: sorted(&place.without(&in_cargos_words(&outcome.stderr))),
        }
    }

    /// One of the parts as text.
    pub(crate) fn part(&self, part: Part) -> String {
        match part {
            Part::Code => self.code.to_string(),
            Part::Files => self.files.clone(),
            Part::Messages => self.messages.clone(),
            Part::Stdout => self.stdout.clone(),
            Part::Stderr => self.stderr.clone(),
        }
    }
}

/// Files that cargo and cross write among results for their own use.
const BOOKKEEPING: &[&str] = &[
    "CACHEDIR.TAG",
    ".rustc_info.json",
    ".cargo-lock",
    ".cargo-artifact-lock",
    ".fingerprint",
];

/// Whether a file is no result. Neither are files that build scripts made: cargo keeps them among
/// intermediate files, and cross shows them among the results.
fn is_bookkeeping(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let is_made = name.contains("/build/") && name.ends_with("-cross");
    is_made || BOOKKEEPING.iter().any(|name| path.ends_with(name))
}

/// A copy of the fixture.
struct Place<'a> {
    root: &'a Path,
    source: &'a Path,
    /// The target directory, relative to the root.
    target_dir: &'a str,
}

impl Place<'_> {
    /// Removes directories that differ between two copies from a text: build directories, which
    /// cargo also names relative to its working directory, and the root, which rustdoc turns into a
    /// relative path.
    fn without(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let below = Path::new(self.target_dir).join("cross");
        let image = below.join("{image}");
        for dir in entries(&self.root.join(&below)) {
            let dir = below.join(dir.file_name().expect("a name"));
            text = text.replace(&*dir.to_string_lossy(), &image.to_string_lossy());
        }
        let root = self.root.to_string_lossy();
        text.replace(&*root, "{root}")
            .replace(root.trim_start_matches('/'), "{root}")
    }

    /// Every file and directory that is not in the fixture or differs from it, with its properties.
    fn files(&self) -> String {
        let mut found = BTreeMap::new();
        self.add(Path::new(""), &mut found);
        let lines = found.into_iter().map(|(path, what)| path + &what);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Whether a directory of results contains nothing but files for cargo's and cross's own use.
    fn holds_nothing(&self, dir: &Path) -> bool {
        let below = dir.strip_prefix(self.root).expect("it is below");
        below.starts_with(self.target_dir)
            && entries(dir).iter().all(|path| {
                is_bookkeeping(path)
                    || path.is_dir() && !path.is_symlink() && self.holds_nothing(path)
            })
    }

    fn add(&self, dir: &Path, found: &mut BTreeMap<String, String>) {
        for path in entries(&self.root.join(dir)) {
            let below = path.strip_prefix(self.root).expect("it is below");
            let intermediate = ["target", self.target_dir].contains(&&*dir.to_string_lossy())
                && below.ends_with("cross");
            // Not results are: the mark of a directory, which names the program that created it;
            // cargo's notes about rustc, which cross keeps among intermediate files, so a command
            // that compiles nothing has them elsewhere; locks and fingerprints, of which containers
            // have their own.
            if intermediate || is_bookkeeping(&path) {
                continue;
            }
            if path.is_dir() && !path.is_symlink() && self.holds_nothing(&path) {
                continue;
            }
            let what = self.what(&path);
            if what != self.what(&self.source.join(below)) {
                let name = self.without(&below.to_string_lossy());
                found.insert(without_time(&name), what);
            }
            if path.is_dir() && !path.is_symlink() {
                self.add(below, found);
            }
        }
    }

    /// A file's kind and permissions, and its content if no compiler has made it.
    fn what(&self, path: &Path) -> String {
        if let Ok(target) = fs_err::read_link(path) {
            return format!(" -> {}", self.without(&target.to_string_lossy()));
        }
        let Ok(meta) = fs_err::metadata(path) else {
            return " missing".to_owned();
        };
        let mode = meta.permissions().mode() & 0o7777;
        if meta.is_dir() {
            return format!("/ {mode:o}");
        }
        let content = fs_err::read(path).expect("a file that can be read");
        format!(" {mode:o} {}", self.content(path, &content))
    }

    fn content(&self, path: &Path, content: &[u8]) -> String {
        let made_by_rustc = path.extension().is_some_and(|e| e == "rmeta");
        let of_times = path
            .parent()
            .is_some_and(|dir| dir.ends_with("cargo-timings"));
        match std::str::from_utf8(content) {
            _ if content.starts_with(b"\x7fELF") => "ELF".to_owned(),
            _ if content.starts_with(b"!<arch>") => "archive".to_owned(),
            _ if made_by_rustc => "metadata".to_owned(),
            _ if of_times => "times".to_owned(),
            Ok(text) if text.len() < 1000 => format!("{:?}", self.without(text)),
            Ok(text) => format!("text {}", digest(&self.without(text))),
            Err(_) => format!("data {}", digest(content)),
        }
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return Vec::new();
    };
    entries.map(|e| e.expect("an entry").path()).collect()
}

fn digest(content: &(impl Hash + ?Sized)) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Replaces the time in names like `cargo-timing-20260131T120000….html`, which each run changes.
fn without_time(text: &str) -> String {
    let Some((before, after)) = text.split_once("cargo-timing-") else {
        return text.to_owned();
    };
    let after = after.split_once(".html").map_or(after, |(_, after)| after);
    format!("{before}cargo-timing-{{time}}.html{after}")
}

/// Sorts messages, because cargo reports each unit when it is ready. Only the end of a build stays
/// in its place.
fn in_order_of_content(messages: &[&str]) -> String {
    let finished = |line: &&str| line.contains("\"reason\":\"build-finished\"");
    let mut parts: Vec<String> = Vec::new();
    for part in messages.split_inclusive(finished) {
        let mut part: Vec<String> = part.iter().map(|line| pretty(line)).collect();
        let last = part.len().saturating_sub(1);
        part[..last].sort();
        parts.extend(part);
    }
    parts.join("\n")
}

fn pretty(line: &str) -> String {
    let value: Value = serde_json::from_str(line).expect("JSON");
    serde_json::to_string_pretty(&value).expect("JSON")
}

/// Replaces times and the numbers of threads.
fn timeless(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            let bare = word.trim_end_matches([';', ',', '.']);
            let seconds = bare.strip_suffix('s').filter(|n| n.contains('.'));
            if seconds.is_some_and(|n| n.parse::<f64>().is_ok()) {
                "0.00s"
            } else if line.starts_with("thread '") && word.starts_with('(') {
                "(0)"
            } else {
                word
            }
        });
        without_time(&words.collect::<Vec<_>>().join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Replaces cross's words that are known to differ from cargo's.
fn in_cargos_words(text: &str) -> String {
    OTHER_WORDS.iter().fold(text.to_owned(), |text, words| {
        text.replace(words.cross, words.cargo)
    })
}

/// The lines of standard error, sorted, because jobs run in parallel. Leaves out messages about
/// waiting for another test's lock or for a compiler.
fn sorted(text: &str) -> String {
    const WAITS: [&str; 3] = [
        "waiting for file lock on package cache",
        "waiting for file lock on shared package cache",
        "waiting for other jobs to finish",
    ];
    let text = timeless(text);
    let mut lines: Vec<&str> = text
        .lines()
        .filter(|line| !WAITS.iter().any(|wait| line.contains(wait)))
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Makes a copy equal to its source again, except build directories.
pub(crate) fn restore(copy: &Path, source: &Path) {
    for path in entries(copy) {
        let original = source.join(path.file_name().expect("a name"));
        if path.ends_with("target") {
            for result in entries(&path) {
                if !result.ends_with("cross") {
                    remove(&result);
                }
            }
        } else if !original.exists() {
            remove(&path);
        } else if path.is_dir() {
            restore(&path, &original);
        } else if fs_err::read(&path).ok() != fs_err::read(&original).ok() {
            fs_err::copy(original, path).expect("a copy");
        }
    }
}

fn remove(path: &Path) {
    let removed = if path.is_dir() && !path.is_symlink() {
        fs_err::remove_dir_all(path)
    } else {
        fs_err::remove_file(path)
    };
    removed.expect("it can be removed");
}
