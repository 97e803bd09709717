//! The message about crates whose tests write beside the sources, for a read-only project. The
//! output of tests is not known, so neither is whether a test has tried to write. So the message is
//! shown after failed tests, once for each project.

use std::path::Path;
use std::time::SystemTime;

use super::by_files;
use super::kept::Kept;
use crate::cargo::workspace::Kind;
use crate::plan::after::After;
use cross_base::host::Host;
use cross_base::names::listed;
use cross_base::notices::{Notice, Notices};
use cross_base::term::Term;

/// Crates that write beside the sources by their documentation, by their names for rustc.
const CRATES: &[&str] = &[
    // <https://docs.rs/bolero/latest/bolero/>
    "bolero",
    // <https://docs.rs/insta/latest/insta/#updating-snapshots>
    "insta",
    // <https://docs.rs/macrotest/latest/macrotest/#workflow>
    "macrotest",
    // <https://proptest-rs.github.io/proptest/proptest/failure-persistence.html>
    "proptest",
    // <https://docs.rs/trybuild/latest/trybuild/#workflow>
    "trybuild",
    // <https://docs.rs/ts-rs/latest/ts_rs/#get-started>
    "ts_rs",
];

/// Prints which crates of a failed run's tests may have failed to write. Says nothing if the tests
/// were not built in the run, which began at this time.
pub(crate) fn say(after: &After, began: SystemTime, root: &Path, host: &Host, term: Term) {
    if !after.read_only || !after.subcommand.tests() {
        return;
    }
    let (kept, began) = (Kept::of(after), by_files(began));
    if !(kept.compiler_errors(began).is_empty() && kept.failed_scripts(began).is_empty()) {
        return;
    }
    let could_write = |name: &str| {
        let mut places = after.beside.iter().filter(|beside| beside.of == name);
        let first = places.next();
        first.is_some_and(|place| place.kind != Kind::Missing)
            && places.all(|place| place.kind != Kind::Missing)
    };
    let used = CRATES
        .iter()
        .filter(|name| kept.has_library(name) && !could_write(name));
    let used: Vec<String> = used.map(|name| name.replace('_', "-")).collect();
    let does = match used.len() {
        0 => return,
        1 => "does",
        _ => "do",
    };
    let names = listed(&used, "and");
    let mut notices = Notices::apart(root, "writers");
    notices.extend([Notice::Status(
        "Note",
        format!(
            "tests cannot write beside the sources, as {names} {does}: `read-only = false` below `[build]` lets them"
        ),
    )]);
    notices.show(host, term);
}
