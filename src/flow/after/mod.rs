//! What only shows when a run is over, from what cargo keeps of it. Each check looks at one thing,
//! and says nothing where it is not sure. What containers have written is not printed behind a run:
//! names come from our own tables and the caller's environment. `cross-util explain` shows it, as
//! text that cannot speak to the terminal.

mod absent;
mod again;
mod causes;
mod failure;
mod flags;
mod headers;
mod kept;
mod languages;
mod linking;
mod record;
mod scripts;
mod source;
mod tables;
mod variables;
pub(crate) mod writers;

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::bounds::Bounds;
use crate::engine::Engine;
use crate::plan::after::{After, ValueKind};
use crate::plan::{Plan, Step};
use cross_base::host::Host;
use cross_base::notices::{Notice, Notices};
use cross_base::term::{Level, Term};
use failure::Failure;
use kept::Kept;
pub(crate) use record::Record;
use source::Shown;

/// <https://docs.kernel.org/timers/timekeeping.html>: at 100 Hz, the slowest.
const TICK: Duration = Duration::from_millis(10);

/// The lines about variables that a build has asked for and that were kept back, which are shown
/// when they are new; not what a hint is about to say.
pub(crate) fn asked(after: &After, hint: Option<&str>, root: &Path, host: &Host, term: Term) {
    if after.kept_back.is_empty() || term.level == Level::Quiet {
        return;
    }
    let kept = Kept::of(after);
    // A user who builds all anew is told anew.
    let mut notices = Notices::apart(root, &format!("asked {} {:?}", after.target, kept.made()));
    let names = after.kept_back.iter().map(|variable| &variable.name);
    let state = format!("{:?} {:?}", kept.compiled(), names.collect::<Vec<_>>());
    // To read all of it takes longer than a build with nothing to do.
    if notices.was_seen(host, &state) && term.level < Level::Verbose {
        return;
    }
    let asked = kept.asked_variables();
    let missed = after.kept_back.iter();
    let missed = missed.filter(|variable| asked.contains(&variable.name));
    let lines = missed.map(|variable| message(&variable.name, variable.kind));
    let lines = lines.filter(|line| Some(line.as_str()) != hint);
    notices.extend(lines.map(|line| Notice::Status("Note", line)));
    notices.show(host, term);
}

/// What to do about a failure, if it is one of those that have a known way out. Writes down all
/// that is known.
pub(crate) fn explain(
    plan: &Plan,
    began: SystemTime,
    code: u8,
    around: &Around<'_>,
) -> Option<String> {
    let after = &plan.after;
    // The clock of files is behind by a tick of the kernel's.
    let began = began.checked_sub(TICK).unwrap_or(began);
    let kept = Kept::of(after);
    let mut scripts = kept.failed_scripts(began);
    let again = after.again.as_ref();
    if let Some(command) = again.filter(|_| around.may_run) {
        let compiled = kept.compiled().into_iter().flatten().max();
        again::listen(&mut scripts, compiled, &plan.run, command, around.engine);
    }
    let failure = Failure {
        after,
        scripts,
        errors: kept.compiler_errors(began),
        unfetched: is_unfetched(plan, &kept),
        shown: Shown {
            mounts: &plan.run.mounts,
            bounds: Bounds::new(around.host, around.root),
            root: around.root,
        },
    };
    let found = causes::find(&failure);
    Record::new(&failure, found.as_ref(), around.root, code).keep(around.host);
    found.map(|found| found.hint)
}

/// Whether the host's cargo could not fetch what a build needs, and no program can have been run
/// that may have failed as well.
fn is_unfetched(plan: &Plan, kept: &Kept) -> bool {
    let is_open = |step: &Step| matches!(step, Step::Fetch(fetch) if !fetch.is_recorded());
    let ran_programs = plan.run.stdin && !kept.compiled().is_empty();
    !ran_programs && plan.prepare.iter().any(is_open)
}

/// What a run is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) engine: &'a Engine,
    /// Whether it can be run again: no container has put a link where something is mounted.
    pub(crate) may_run: bool,
    pub(crate) root: &'a Path,
    pub(crate) host: &'a Host,
}

/// What is said of a variable that a build went without.
fn message(name: &str, kind: ValueKind) -> String {
    let asked = format!("the build asks for `{name}`, which is set here and was kept back");
    let more = match kind {
        ValueKind::Plain => {
            format!(": `passthrough = [\"{name}\"]` below `[build.env]` passes it on")
        }
        ValueKind::Path => format!(
            ": it names a path of this machine, and `passthrough = [\"{name}=PATH\"]` below `[build.env]` one of the container"
        ),
        ValueKind::Secret => " as a secret".to_owned(),
    };
    asked + &more
}
