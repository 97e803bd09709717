//! The record of a project's last failure, for `cross-util explain`. It is in cross's cache, where
//! containers write nothing, so it can be read without caution.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::failure::{Failure, Found};
use super::kept::For;
use cross_base::digest::Digest;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::term::plain;

/// The name of the directory in cross's cache.
const DIR: &str = "failures";
/// The number of projects of which records are kept.
const KEPT: usize = 64;
/// The number of lines that are shown of one part's output.
const LINES: usize = 12;

/// The record of a failure.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    root: PathBuf,
    command: String,
    target: String,
    code: u8,
    /// The time, in seconds since 1970.
    at: u64,
    /// The hint that cross printed.
    hint: Option<String>,
    /// The parts of the build that failed, with their output.
    parts: Vec<Part>,
    /// The directories with cargo's records.
    kept: Vec<PathBuf>,
}

/// A part of a build that failed: a build script, or a crate that rustc was to compile.
#[derive(Debug, Deserialize, Serialize)]
struct Part {
    what: String,
    lines: Vec<String>,
}

impl Record {
    /// A record of these facts about a failure.
    pub(super) fn new(failure: &Failure<'_>, found: Option<&Found>, root: &Path, code: u8) -> Self {
        let after = failure.after;
        let words = found.map_or(&[][..], |found| &found.words);
        let scripts = failure.scripts.iter().map(|script| {
            let (name, whose) = (&script.package, whose(script.built_for));
            let what = format!("the build script of `{name}`, built for {whose}");
            Part::new(what, &script.said, words)
        });
        let errors = failure.errors.iter().map(|error| {
            let what = format!("rustc, for {}", whose(error.built_for));
            Part::new(what, &error.text, words)
        });
        let mut kept = vec![after.for_target.path()];
        kept.push(after.for_build.path());
        kept.dedup();
        Self {
            root: root.to_owned(),
            command: after.subcommand.name().to_string(),
            target: after.target.clone(),
            code,
            at: since_1970(SystemTime::now()),
            hint: found.map(|found| found.hint.clone()),
            parts: scripts.chain(errors).collect(),
            kept,
        }
    }

    /// Writes the record in place of the project's last one. An error of writing is ignored, as the
    /// run has nothing to do with it.
    pub(super) fn keep(&self, host: &Host) {
        let Ok(text) = serde_json::to_string(self) else {
            return;
        };
        let file = file(host, &self.root);
        // Output of build scripts may be private, so only the caller can read the file.
        if fs::write_private(&file, text.as_bytes()).is_ok() {
            fs::keep_newest(&host.cache.join(DIR), KEPT);
        }
    }

    /// The last failure of the project that contains a directory.
    ///
    /// # Errors
    ///
    /// When the record cannot be read.
    pub(crate) fn of(host: &Host, dir: &Path) -> Result<Option<Self>> {
        for dir in dir.ancestors() {
            if let Some(text) = fs::read_if_exists(&file(host, dir))? {
                // Another version of cross may have written the record in another form.
                return Ok(serde_json::from_str(&text).ok());
            }
        }
        Ok(None)
    }

    /// The record as a text for the user. The output of containers is shown without control
    /// characters.
    pub(crate) fn text(&self) -> String {
        let Self {
            command,
            target,
            code,
            ..
        } = self;
        let root = plain(&self.root.display().to_string());
        let ago = ago(since_1970(SystemTime::now()).saturating_sub(self.at));
        let mut lines = vec![format!(
            "`cross {command}` for `{target}` failed in `{root}` {ago}, with exit code {code}."
        )];
        for part in &self.parts {
            lines.extend([String::new(), format!("Failed: {}", plain(&part.what))]);
            if part.lines.is_empty() {
                lines.push("  | what it said was not kept: the run's own output has it".to_owned());
            }
            lines.extend(part.lines.iter().map(|line| format!("  | {}", plain(line))));
        }
        lines.push(String::new());
        match &self.hint {
            Some(hint) => lines.extend([
                "Cause, and what to do:".to_owned(),
                format!("  {}", plain(hint)),
            ]),
            None => lines.push("Cross knows no cause of this failure.".to_owned()),
        }
        lines.extend([String::new(), "What cargo keeps of the build:".to_owned()]);
        let dirs = self.kept.iter().map(|dir| dir.display().to_string());
        lines.extend(dirs.map(|dir| format!("  {}", plain(&dir))));
        lines.join("\n") + "\n"
    }
}

impl Part {
    /// The part of the output from the first line on that has one of the words. Without such a
    /// line, the last lines.
    fn new(what: String, said: &str, words: &[String]) -> Self {
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let has_them = |line: &&str| words.iter().any(|word| line.contains(word.as_str()));
        let last = lines.len().saturating_sub(LINES);
        let begin = lines.iter().position(has_them).unwrap_or(last).min(last);
        let lines = lines.into_iter().skip(begin).take(LINES);
        Self {
            what,
            lines: lines.map(shortened).collect(),
        }
    }
}

/// A line of at most 400 characters. The linker's command line may have thousands.
fn shortened(line: &str) -> String {
    const LONGEST: usize = 400;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    }
}

fn whose(built_for: For) -> &'static str {
    match built_for {
        For::Target => "the target",
        For::Build => "the machine that builds",
    }
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.as_ref().map_or(0, Duration::as_secs)
}

/// The time since an event, as people say it.
fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86400 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// The path of a project's record.
fn file(host: &Host, root: &Path) -> PathBuf {
    let mut name = Digest::default();
    name.add(root.as_os_str().as_encoded_bytes());
    host.cache.join(DIR).join(name.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_the_words_are_shown_and_none_is_endless() {
        let said: Vec<String> = (0..40).map(|n| format!("line {n}\n")).collect();
        let said = said.join("\n");
        let part = Part::new(String::new(), &said, &["line 7".to_owned()]);
        assert_eq!(part.lines.len(), LINES);
        assert_eq!(part.lines[0], "line 7");
        let part = Part::new(String::new(), &said, &[]);
        assert_eq!(part.lines.last().map(String::as_str), Some("line 39"));
        assert!(shortened(&"ä".repeat(9000)).chars().count() < 500);
    }

    #[test]
    fn times_are_said_as_people_do() {
        let all = [5, 60, 7200, 200_000].map(ago);
        assert_eq!(
            all,
            ["just now", "1 minute ago", "2 hours ago", "2 days ago"]
        );
    }
}
