//! What only shows when a run is over, from what cargo keeps of it. Each check looks at one thing, and says nothing where it
//! is not sure. What containers have written is never printed: names come from our own tables and the caller's environment.

mod causes;
mod kept;

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::base::host::Host;
use crate::base::notices::{Notice, Notices};
use crate::base::term::{Level, Term};
use crate::plan::after::{After, Kind};
use kept::Kept;

/// <https://docs.kernel.org/timers/timekeeping.html>: at 100 Hz, the slowest.
const TICK: Duration = Duration::from_millis(10);

/// The lines about variables that a build has asked for and that were kept back, which are shown when they are new.
pub(crate) fn asked(after: &After, root: &Path, host: &Host, term: Term) {
    if after.kept_back.is_empty() || term.level == Level::Quiet {
        return;
    }
    let kept = Kept::of(after);
    // Whoever builds all anew is told anew.
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
    notices.extend(lines.map(|line| Notice::Status("Note", line)));
    notices.show(host, term);
}

/// What is known of a failure, if it is one of those that have a known way out.
pub(crate) fn explain(after: &After, began: SystemTime, term: Term) {
    // The clock of files is behind by a tick of the kernel's.
    let began = began.checked_sub(TICK).unwrap_or(began);
    if let Some(hint) = causes::find(after, &Kept::of(after), began) {
        term.hint(&hint);
    }
}

/// What is said of a variable that a build went without.
fn message(name: &str, kind: Kind) -> String {
    let asked = format!("the build asks for `{name}`, which is set here and was kept back");
    let more = match kind {
        Kind::Plain => format!(": `passthrough = [\"{name}\"]` below `[build.env]` passes it on"),
        Kind::Path => format!(
            ": it names a path of this machine, and `passthrough = [\"{name}=PATH\"]` below `[build.env]` one of the container"
        ),
        Kind::Secret => " as a secret".to_owned(),
    };
    asked + &more
}
