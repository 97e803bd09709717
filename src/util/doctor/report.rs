//! The report of all checks, as text or as JSON.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use super::checks::Check;
use super::context::Context;
use super::outcome::{Outcome, Status, without_secrets};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::term::plain_lines;

/// The column at which messages begin.
const WIDTH: usize = 8;

#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) found: Vec<(Check, Outcome)>,
    pub(super) context: &'a Context,
}

/// The report in the JSON output.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: &'static str,
    system: String,
    /// Whether `cross` can work here.
    works: bool,
    engine: Option<Chosen<'a>>,
    checks: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Chosen<'a> {
    name: &'static str,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    group: &'static str,
    name: &'static str,
    status: Status,
    message: &'a str,
    hint: Option<&'a str>,
}

impl Report<'_> {
    /// Whether no check found a problem.
    pub(super) fn works(&self) -> bool {
        self.count(Status::Problem) == 0
    }

    fn count(&self, status: Status) -> usize {
        let all = self.found.iter();
        all.filter(|(_, outcome)| outcome.status == status).count()
    }

    pub(super) fn json(&self) -> Result<String> {
        let engine = self.context.known_engine();
        let reason = engine.map(|engine| without_secrets(&engine.reason));
        let rows = self.found.iter().map(|(check, outcome)| Row {
            group: check.group,
            name: check.name,
            status: outcome.status,
            message: &outcome.message,
            hint: outcome.hint.as_deref(),
        });
        let document = Document {
            version: env!("CARGO_PKG_VERSION"),
            system: system(self.context),
            works: self.works(),
            engine: engine
                .zip(reason.as_deref())
                .map(|(engine, reason)| Chosen {
                    name: engine.name(),
                    reason,
                }),
            checks: rows.collect(),
        };
        let text = serde_json::to_string_pretty(&document)
            .map_err(|e| Error::new(format!("cannot write the findings as JSON: {e}")))?;
        Ok(text + "\n")
    }

    /// Prints all outcomes, and the engine that `cross` would choose. A closed pipe (`… | head`)
    /// is no error.
    pub(super) fn print(&self) {
        let version = env!("CARGO_PKG_VERSION");
        let mut out = anstream::stdout().lock();
        let _ = writeln!(out, "cross-util {version}, {}", system(self.context));
        let mut group = "";
        for (check, outcome) in &self.found {
            if check.group != group {
                group = check.group;
                let _ = writeln!(out, "\n{group}");
            }
            let _ = out.write_all(lines(check, outcome).as_bytes());
        }
        let _ = writeln!(out, "\n{}", self.summary());
    }

    /// Prints only the problems.
    pub(super) fn print_problems(&self) {
        let mut out = anstream::stdout().lock();
        for (check, outcome) in &self.found {
            if outcome.status == Status::Problem {
                let _ = out.write_all(lines(check, outcome).as_bytes());
            }
        }
    }

    fn summary(&self) -> String {
        let many = |count: usize, what: &str| match count {
            0 => String::new(),
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let problems = many(self.count(Status::Problem), "problem");
        let warnings = many(self.count(Status::Warning), "warning");
        match self.context.known_engine() {
            Some(engine) if self.works() => {
                let warnings = if warnings.is_empty() {
                    warnings
                } else {
                    format!(" ({warnings})")
                };
                let name = engine.name();
                let reason = without_secrets(&engine.reason);
                format!("cross would use `{name}`, because {reason}{warnings}")
            }
            _ => format!("cross cannot work here: {problems}"),
        }
    }
}

/// The lines of a check and its hint. Further lines of a message are indented.
fn lines(check: &Check, outcome: &Outcome) -> String {
    let style = outcome.status.style();
    let word = outcome.status.word();
    let indent = format!("\n{:WIDTH$}  ", "");
    let message = plain(&outcome.message).replace('\n', &indent);
    let text = format!(
        "{style}{word:>WIDTH$}{style:#}  {}: {message}\n",
        check.name
    );
    let Some(hint) = &outcome.hint else {
        return text;
    };
    let style = Status::Note.style();
    let hint = plain(hint).replace('\n', &indent);
    format!("{text}{:WIDTH$}  {style}hint{style:#}: {hint}\n", "")
}

/// A text without control characters for the terminal, as it may come from other programs.
fn plain(text: &str) -> String {
    plain_lines(text.trim_end())
}

/// The machine, in one line.
fn system(context: &Context) -> String {
    let read = |path: &str| {
        let text = fs::read_if_exists(Path::new(path)).ok().flatten();
        text.map(|text| text.trim().to_owned())
    };
    let release = read("/etc/os-release").or_else(|| read("/usr/lib/os-release"));
    let release = release.and_then(|text| {
        let mut lines = text.lines();
        let name = lines.find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches(['"', '\'']).to_owned())
    });
    let kernel = read("/proc/sys/kernel/osrelease");
    let in_container = ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|path| Path::new(path).exists());
    let user = if context.host.uid == 0 {
        "as root"
    } else {
        "not as root"
    };
    let parts = [
        release,
        kernel.map(|kernel| format!("Linux {kernel}")),
        Some(std::env::consts::ARCH.to_owned()),
        in_container.then(|| "in a container".to_owned()),
        Some(user.to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
