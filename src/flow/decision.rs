//! What a command line comes to, once all is decided.

use std::path::PathBuf;

use crate::cargo::rustup::Installation;
use crate::engine::Engine;
use crate::image::select::Missing;
use crate::plan::Plan;
use cross_base::notices::Notices;
use cross_base::process::Cmd;

/// What is to be done, all decided.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Host cargo does it.
    Host {
        /// What its toolchain lacks is added first.
        before: Vec<Installation>,
        cmd: Cmd,
        /// The same elsewhere.
        after: Vec<Cmd>,
        /// Whether it prints cargo's help, to which cross's own is added.
        help: bool,
        /// A directory that goes with it.
        removed: Option<PathBuf>,
    },
    /// One container run for each target.
    Container {
        engine: Engine,
        plans: Vec<Plan>,
        /// The command of the browser that is configured for `--open`.
        browser: Vec<String>,
        /// Whether a target that fails leaves the others their turn.
        keep_going: bool,
        /// What would have been made on the way.
        missing: Vec<Missing>,
        /// What the user is told about it once.
        notices: Notices,
    },
}
