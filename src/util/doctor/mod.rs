//! `cross-util doctor`: what keeps `cross` from working here, or will. The checks are a table; the
//! text, the JSON and the list in `docs/troubleshooting.md` are made of it. Each check runs in a
//! thread of its own, since what is looked at may hang: an engine, a network, a file system.

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

/// How long a program or a server may take to answer.
const LIMIT: Duration = Duration::from_secs(8);
/// How long all of it may take; a check asks two others at most.
const WHOLE: Duration = Duration::from_secs(30);

/// How the findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Text,
    /// The same with problems only.
    Quiet,
    /// For programs.
    Json,
}

/// Looks, and shows what was found. The exit code is 1 when `cross` cannot work here.
///
/// # Errors
///
/// When the findings cannot be shown.
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

/// Runs all checks side by side.
fn look(context: &Arc<Context>) -> Vec<(Check, Outcome)> {
    let checks = checks();
    let (sender, receiver) = mpsc::channel();
    for (number, check) in checks.iter().copied().enumerate() {
        let (context, sender) = (Arc::clone(context), sender.clone());
        std::thread::spawn(move || {
            // Where it took too long the receiver is gone.
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
