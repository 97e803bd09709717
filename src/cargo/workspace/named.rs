//! The files and directories that options of commands name: those to be read, and the directories
//! in which results are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::results::Written;
use crate::bounds::Refusal;
use crate::bounds::asker::Asker;
use crate::cargo::obeyed::obeyed_in;
use crate::cli::{Around, Invocation, NamedPath, Purpose};
use crate::config::Source;
use cross_base::fs;

/// A directory in which an option of a command has files written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    /// The option with its dashes.
    pub(crate) option: &'static str,
    pub(crate) asker: Asker,
    pub(crate) dir: PathBuf,
    pub(crate) is_there: bool,
    pub(crate) around: Around,
    /// A file in the directory that programs of the host obey, or the manifest of a project. None
    /// if the option names the directory itself.
    pub(crate) holds: Option<PathBuf>,
    /// The reason why the directory is out of bounds.
    pub(crate) refusal: Option<Refusal>,
}

/// Directories of the kernel's, in which each process has files of its own.
const SYSTEMS: &[&str] = &["/dev", "/proc"];
/// The directory of the files by which a job of GitHub's sets variables for later steps.
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
const COMMANDS_OF_JOBS: &str = "_runner_file_commands";

/// The paths that a command line names.
#[derive(Debug)]
pub(super) struct Named {
    /// Files and directories to be read.
    pub(super) inputs: Vec<(PathBuf, Asker)>,
    outputs: Vec<Output>,
}

impl Named {
    /// Finds the paths. Relative ones are relative to `cwd`, or to the workspace's root.
    pub(super) fn of(invocation: &Invocation, cwd: &Path, root: &Path) -> Self {
        let mut found = Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        for named in invocation.named_paths() {
            let base = if named.from_root { root } else { cwd };
            let path = fs::absolute(base, &named.path);
            if named.purpose != Purpose::Input {
                found.outputs.extend(output(&named, path, root));
            } else if path.is_file() || path.is_dir() {
                // Other files, such as pipes of the caller's shell, cannot be mounted.
                let asker = Asker::Said(Source::CommandLine(named.option));
                found.inputs.push((path, asker));
            }
        }
        found
    }

    /// Adds the directories for files to the paths that a build writes to, except those in the
    /// project or in a directory that is written to anyway.
    pub(super) fn add_to(
        self,
        results: &mut Written<'_>,
        written: &[&Path],
        shown: &mut BTreeMap<PathBuf, Asker>,
    ) -> Vec<Output> {
        let mut outputs = self.outputs;
        for output in &mut outputs {
            if !written.iter().any(|dir| output.dir.starts_with(dir)) {
                output.refusal = results.add_named(&output.dir, &output.asker, shown);
            }
        }
        outputs
    }
}

/// Whether a path is one of the system's or no file, such as `/dev/stdout` and pipes. The container
/// has its own.
fn is_special(path: &Path) -> bool {
    let is_systems = SYSTEMS.iter().any(|dir| path.starts_with(dir));
    is_systems || path.exists() && !path.is_file() && !path.is_dir()
}

fn output(named: &NamedPath, mut path: PathBuf, root: &Path) -> Option<Output> {
    let is_dir = || path.is_dir() || named.path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let (around, is_own) = match named.purpose {
        Purpose::Input => return None,
        Purpose::File(around) => (around, false),
        Purpose::Dir(around) => (around, true),
        Purpose::TargetOf => (Around::There, true),
        Purpose::FileOrDir(around) => (around, is_dir()),
    };
    if is_special(&path) {
        return None;
    }
    if named.purpose == Purpose::TargetOf {
        // A tool may refuse a directory that it has not made, so that one is only named if it is
        // there, or is the project's, which is there before the run.
        let target = path.join("target");
        if path == root || target.is_dir() {
            path = target;
        }
    }
    let source = Source::CommandLine(named.option);
    let (dir, asker) = if is_own {
        (path, Asker::Said(source))
    } else {
        (path.parent()?.to_owned(), Asker::Around(source))
    };
    Some(Output {
        option: named.option,
        asker,
        is_there: dir.is_dir(),
        around,
        holds: if is_own {
            None
        } else {
            obeyed_in(&dir, ["Cargo.toml", COMMANDS_OF_JOBS])
        },
        refusal: None,
        dir,
    })
}
