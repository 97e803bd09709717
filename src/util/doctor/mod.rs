//! `cross-util doctor`: finds out what keeps `cross` from working here. The checks are a table,
//! from which the text, the JSON and the list in `docs/troubleshooting.md` are made. Each check
//! runs in a thread of its own, since it may hang on an engine, a network or a file system.

mod checks;
mod context;
mod engines;
mod machine;
mod network;
mod outcome;
mod project;
mod report;
mod rust;

use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

pub(crate) use checks::{Check, checks};
use context::Context;
use cross_base::error::Result;
use cross_base::host::Host;
use outcome::Outcome;
pub(super) use outcome::without_secrets;
use report::Report;

/// The time limit for the answer of a program or a server.
const LIMIT: Duration = Duration::from_secs(8);
/// The time limit for all checks together. A check waits for the results of at most two others.
const WHOLE: Duration = Duration::from_secs(30);

/// The form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Text for users.
    Text,
    /// Text for users, with problems only.
    Quiet,
    /// JSON for programs.
    Json,
}

impl Form {
    /// The form for the options `--json` and `--quiet`.
    pub(super) fn of(json: bool, quiet: bool) -> Self {
        match (json, quiet) {
            (true, _) => Self::Json,
            (false, true) => Self::Quiet,
            (false, false) => Self::Text,
        }
    }
}

/// Runs all checks and prints the report. The exit code is 1 if `cross` cannot work here.
///
/// # Errors
///
/// When the report cannot be written as JSON.
pub(super) fn run(host: Host, form: Form) -> Result<ExitCode> {
    let context = Arc::new(Context::new(host));
    let report = Report {
        found: look(&context),
        context: &context,
    };
    match form {
        Form::Text => report.print(),
        Form::Quiet => report.print_problems(),
        Form::Json => super::print(&report.json()?),
    }
    Ok(u8::from(!report.works()).into())
}

/// Runs all checks at the same time.
fn look(context: &Arc<Context>) -> Vec<(Check, Outcome)> {
    let checks = checks();
    let (sender, receiver) = mpsc::channel();
    for (number, check) in checks.iter().copied().enumerate() {
        let (context, sender) = (Arc::clone(context), sender.clone());
        std::thread::spawn(move || {
            // After the time limit the receiver is gone.
            let _ = sender.send((number, check.look(&context)));
        });
    }
    drop(sender);
    let end = Instant::now() + WHOLE;
    let mut found: Vec<Option<Outcome>> = checks.iter().map(|_| None).collect();
    while found.iter().any(Option::is_none) {
        let left = end.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok((number, outcome)) => found[number] = Some(outcome),
            Err(_) => break,
        }
    }
    let late = || Outcome::problem(format!("no answer within {} seconds", WHOLE.as_secs()));
    let found = found
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(late));
    checks.into_iter().zip(found).collect()
}
