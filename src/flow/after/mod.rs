//! The look back at a run, from cargo's records. Each check is about one thing, and says nothing if
//! it is not sure. The output of containers is not printed after a run: names come from cross's own
//! tables and from the caller's environment. `cross-util explain` shows the output as plain text,
//! without control characters for the terminal.

mod absent;
mod again;
mod autotools;
mod causes;
mod failure;
mod flags;
mod glibc;
mod headers;
mod kept;
mod languages;
mod linking;
mod output;
mod pkg_config;
mod present;
mod processors;
mod record;
mod scripts;
mod source;
mod statement;
mod submodules;
mod tables;
mod variables;
pub(crate) mod writers;
mod writing;

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

/// The longest tick of the kernel's clock, at 100 Hz:
/// <https://docs.kernel.org/timers/timekeeping.html>.
const TICK: Duration = Duration::from_millis(10);

/// Prints the variables that a build has read and that the container did not get. A line is shown
/// when it is new, unless it equals the hint.
pub(crate) fn asked(after: &After, hint: Option<&str>, root: &Path, host: &Host, term: Term) {
    if after.kept_back.is_empty() || term.level == Level::Quiet {
        return;
    }
    let kept = Kept::of(after);
    // The times of the directories are part of the key: a user who builds all anew sees the lines
    // again.
    let mut notices = Notices::apart(root, &format!("asked {} {:?}", after.target, kept.made()));
    let names = after.kept_back.iter().map(|variable| &variable.name);
    let state = format!("{:?} {:?}", kept.compiled(), names.collect::<Vec<_>>());
    // Reading all records takes longer than a build that has nothing to do.
    if notices.was_seen(host, &state) && term.level < Level::Verbose {
        return;
    }
    let (scripts, sources) = (kept.read_by_scripts(), kept.read_by_sources());
    let missed = after.kept_back.iter().filter(|variable| {
        sources.contains(&variable.name) || !variable.by_sources && scripts.contains(&variable.name)
    });
    let lines = missed.map(|variable| message(&variable.name, variable.kind));
    let lines = lines.filter(|line| Some(line.as_str()) != hint);
    notices.extend(lines.map(|line| Notice::Status("Note", line)));
    notices.show(host, term);
}

/// The hint for a failed run, if its cause is recognised. Writes down the facts about the failure
/// for `cross-util explain`.
pub(crate) fn explain(
    plan: &Plan,
    began: SystemTime,
    code: u8,
    around: &Around<'_>,
) -> Option<String> {
    let after = &plan.after;
    let began = by_files(began);
    let kept = Kept::of(after);
    let mut scripts = kept.failed_scripts(began);
    let again = after.again.as_ref();
    if let Some(command) = again.filter(|_| around.may_run) {
        let compiled = kept.compiled().into_iter().flatten().max();
        again::listen(&mut scripts, compiled, &plan.run, command, around.engine);
    }
    let shown = Shown {
        isolated: after.isolated,
        mounts: &plan.run.mounts,
        bounds: Bounds::new(around.host, around.root),
        root: around.root,
    };
    let failure = Failure {
        after,
        pre_build: failure::commands(after.pre_build.as_ref(), &shown),
        scripts,
        errors: kept.compiler_errors(began),
        unfetched: is_unfetched(plan, &kept),
        shown,
        env: &plan.run.env,
        host: around.host,
    };
    let found = causes::find(&failure);
    Record::new(&failure, found.as_ref(), around.root, code).keep(around.host);
    found.map(|found| found.hint)
}

/// A time by the clock of files, which may be one tick of the kernel behind.
fn by_files(time: SystemTime) -> SystemTime {
    time.checked_sub(TICK).unwrap_or(time)
}

/// Whether the host's cargo could not fetch all dependencies, and no program can have been run and
/// failed.
fn is_unfetched(plan: &Plan, kept: &Kept) -> bool {
    let ran_programs = plan.after.subcommand.runs_programs() && !kept.compiled().is_empty();
    !ran_programs && plan.prepare.iter().any(Step::is_open_fetch)
}

/// The surroundings of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) engine: &'a Engine,
    /// Whether the build can be run again: no container has put a symbolic link into the path of a
    /// mount source.
    pub(crate) may_run: bool,
    pub(crate) root: &'a Path,
    pub(crate) host: &'a Host,
}

/// The message about a variable that a build has read and that the container did not get.
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
        ValueKind::Flags => {
            format!(", as its flags are for this machine: `{name}_<target>` is passed on")
        }
    };
    asked + &more
}
