//! Finds out what a sandbox can do on this machine by trying it. Versions and settings do not tell
//! what a container or an administrator forbids. The trial takes the steps of a sandbox, in a
//! separate process that ends with them.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::namespace::Processes;
use super::{
    Args, LAYERS, Network, TRIAL, WHOLE_TRIAL, binfmt, enter, mounts, namespace, root_directory,
};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};

/// The outcome of one step.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum StepOutcome {
    Works,
    Fails {
        message: String,
        hint: Option<String>,
    },
    /// A step before it failed, so it was not tried.
    #[default]
    NotTried,
}

/// The outcomes of all steps.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entering user and mount namespaces.
    pub namespaces: StepOutcome,
    /// Whether the namespace has other users as well.
    pub all_users: bool,
    /// An overlay whose changes are in memory, as for commands of runs.
    pub overlay: StepOutcome,
    /// An overlay whose changes are kept, as for commands of builds.
    pub kept_overlay: StepOutcome,
    /// Emulators that only the sandbox has.
    pub binfmt: StepOutcome,
    /// Setting up a whole sandbox without a command.
    pub whole: StepOutcome,
}

impl Report {
    /// The reason why the built-in engine does not work here. None if it does.
    pub fn obstacle(&self) -> Option<Error> {
        let needed = [
            &self.namespaces,
            &self.overlay,
            &self.kept_overlay,
            &self.whole,
        ];
        needed.into_iter().find_map(StepOutcome::error)
    }
}

impl Report {
    /// Whether a sandbox can have emulators of its own.
    #[must_use]
    pub fn has_binfmt(&self) -> bool {
        self.binfmt == StepOutcome::Works
    }
}

impl StepOutcome {
    fn of(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self::Works,
            Err(error) => Self::Fails {
                message: error.message().to_owned(),
                hint: error.hint_text().map(str::to_owned),
            },
        }
    }

    /// The error of a failed step.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        let Self::Fails { message, hint } = self else {
            return None;
        };
        let error = Error::new(message);
        Some(error.hint_if(hint.as_deref()))
    }
}

/// Runs the trial on the file system of a directory.
///
/// # Errors
///
/// If no file can be written there, or the trial takes longer than `limit`.
pub fn run(near: &Path, host: &Host, limit: Duration) -> Result<Report> {
    let place = fs::nearest_existing(near).unwrap_or(Path::new("/"));
    let cannot = |why: &str| {
        let message = format!("cannot write to `{}`: {why}", place.display());
        Error::new(message).hint("`XDG_CACHE_HOME` names another directory")
    };
    let dir = tempfile::Builder::new()
        .prefix(".cross-trial-")
        .tempdir_in(place)
        .map_err(|e| cannot(&e.kind().to_string()))?;
    let dir = dir.path();
    prepare(dir, host).map_err(|e| cannot(e.message()))?;
    let ask = |word: &str| -> Result<Report> {
        let output = Cmd::new(&host.program).arg(word).arg(dir);
        let output = output.output_within(limit)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| Error::new(format!("cannot try out a sandbox: {}", reason(&output))))
    };
    let steps = ask(TRIAL);
    let whole = ask(WHOLE_TRIAL);
    // An overlay leaves a directory without permissions.
    fs::remove_tree(dir)?;
    Ok(Report {
        whole: whole?.whole,
        ..steps?
    })
}

fn prepare(dir: &Path, host: &Host) -> Result<()> {
    for name in LOWER {
        let file = dir.join(LAYERS).join(name).join(name);
        fs::write_if_changed(&file, name.as_bytes())?;
    }
    for name in ["tree", "work"] {
        fs::create_dir_all(&dir.join(KEPT).join(name))?;
    }
    fs::link(&dir.join(EMULATOR), &host.program)
}

const LOWER: [&str; 2] = ["lower", "higher"];
const KEPT: &str = "kept";
/// The name of any emulator. No program is run with it.
const EMULATOR: &str = "qemu-aarch64";

/// The work of the separate process: takes the steps and prints the report.
pub(super) fn main(dir: &Path, whole: bool, host: &Host) -> Result<()> {
    let report = if whole {
        let args = args(dir, false);
        let entered = namespace::unshare(args.network, false, Processes::Own, host)
            .and_then(|others| enter(&args, others, (host.uid, host.gid)));
        Report {
            whole: StepOutcome::of(entered),
            ..Report::default()
        }
    } else {
        attempt(dir, host)
    };
    let json = serde_json::to_vec(&report)
        .map_err(|e| Error::new(format!("cannot write the report: {e}")))?;
    Ok(std::io::stdout().write_all(&json)?)
}

/// The arguments of a sandbox of the prepared layers.
fn args(dir: &Path, kept: bool) -> Args {
    Args {
        store: dir.to_owned(),
        layers: LOWER.map(Into::into).to_vec(),
        upper: kept.then(|| dir.join(KEPT)),
        workdir: "/".into(),
        ..Args::default()
    }
}

fn attempt(dir: &Path, host: &Host) -> Report {
    let mut report = Report::default();
    let entered = namespace::unshare(Network::Host, false, Processes::Shared, host)
        .and_then(|all_users| mounts::make_private().map(|()| all_users));
    match entered {
        Ok(all_users) => report.all_users = all_users,
        Err(error) => {
            report.namespaces = StepOutcome::of(Err(namespace::explained(error)));
            return report;
        }
    }
    report.namespaces = StepOutcome::Works;
    report.overlay = StepOutcome::of(overlay(dir, false));
    report.kept_overlay = StepOutcome::of(overlay(dir, true));
    report.binfmt = StepOutcome::of(binfmt::try_out(&dir.join(EMULATOR)));
    report
}

/// Mounts an overlay, and writes to it.
fn overlay(dir: &Path, kept: bool) -> Result<()> {
    let use_it = || {
        let root = root_directory(&args(dir, kept))?;
        for name in LOWER {
            let text = fs::read_if_exists(&root.join(name))?.unwrap_or_default();
            if text != name {
                return Err(Error::new("it does not show what is in the layers"));
            }
        }
        fs::write_if_changed(&root.join(LOWER[0]), b"changed")
    };
    use_it().map_err(|e| {
        let what = if kept { "built" } else { "used" };
        let place = dir.parent().unwrap_or(dir).display();
        let why = e.message();
        let why = why.replace(&dir.display().to_string(), &place.to_string());
        Error::new(format!("images cannot be {what}: {why}")).hint(
            "`XDG_CACHE_HOME` names a directory on another file system (in a container, a volume)",
        )
    })
}
