//! Directories in which options of plugins and compilers have files written, as in `cargo nextest
//! archive --archive-file PATH`. A file that is written elsewhere is lost with the container.

use std::path::{Path, PathBuf};

use crate::bounds::asker::Asker;
use crate::cargo::workspace::Output;
use crate::cli::Around;
use crate::config::Source;
use crate::engine::spec::{Access, Mount, innermost};
use crate::plan::{PlanInput, Step};
use cross_base::error::{Error, Result};

/// Directories of a package with sources.
const SOURCES: &[&str] = &["src", "tests", "examples", "benches"];

impl PlanInput<'_> {
    /// Adds the mounts of directories in which the command line has files written, with the steps
    /// that create them.
    ///
    /// # Errors
    ///
    /// When such a directory is out of bounds, does not exist, or holds more than results.
    pub(super) fn named_outputs(
        &self,
        prepare: &mut Vec<Step>,
        mounts: &mut Vec<Mount>,
    ) -> Result<()> {
        for output in &self.workspace.named {
            for place in self.output_seen_at(&output.dir) {
                if self.is_written(output, &place, mounts)? {
                    continue;
                }
                self.may_be_opened(output, &place, mounts)?;
                if let Some(refusal) = &output.refusal {
                    return Err(refusal.error(&output.asker));
                }
                if !output.is_there {
                    prepare.push(Step::Dir(self.place(&output.dir)));
                }
                mounts.push(Mount::same(place, Access::ReadWrite));
            }
        }
        Ok(())
    }

    /// The paths at which the container gets a directory that may be in the target directory.
    fn output_seen_at(&self, dir: &Path) -> Vec<PathBuf> {
        let target_dir = &self.workspace.target_dir;
        let results = self.workspace.build_dir.iter().chain([target_dir]);
        let mut below = results.filter_map(|around| Some((around, dir.strip_prefix(around).ok()?)));
        let Some((around, rest)) = below.next() else {
            return self.seen_at(dir);
        };
        let join = |place: PathBuf| rest.iter().fold(place, |path, name| path.join(name));
        self.seen_at(around).into_iter().map(join).collect()
    }

    /// Whether the container writes to this directory of the host anyway.
    fn is_written(&self, output: &Output, place: &Path, mounts: &[Mount]) -> Result<bool> {
        let Some(around) = innermost(mounts, place) else {
            return Ok(false);
        };
        if around.source != around.target || !self.is_open_or_project(around) {
            let dir = around.target.display();
            return Err(not_opened(output, place, &format!("`{dir}` is kept apart")));
        }
        Ok(around.access == Access::ReadWrite)
    }

    /// Whether a mount is writable, or read-only because the project is.
    fn is_open_or_project(&self, mount: &Mount) -> bool {
        let workspace = self.workspace;
        mount.access == Access::ReadWrite
            || mount.target == workspace.root
            || workspace.outside.contains_key(&mount.target)
    }

    /// Checks that a directory holds results alone.
    fn may_be_opened(&self, output: &Output, place: &Path, mounts: &[Mount]) -> Result<()> {
        let mut inside = mounts.iter().map(|mount| &mount.target);
        // What the command line itself names may be there, too.
        let is_named = |target: &Path| {
            let asker = self.workspace.outside.get(target);
            matches!(asker, Some(Asker::Said(Source::CommandLine(_))))
                || self.workspace.named.iter().any(|other| other.dir == target)
        };
        let inside = inside
            .find(|target| target.starts_with(place) && *target != place && !is_named(target));
        let why = if self.is_part_of_project(place, mounts) {
            "the project is read-only".to_owned()
        } else if let Some(path) = inside.or(output.holds.as_ref()) {
            format!("`{}` is in it", path.display())
        } else if !output.is_there && output.around == Around::There {
            let dir = output.dir.display();
            let message = format!(
                "the directory `{dir}` of `{}` does not exist",
                output.option
            );
            return Err(Error::new(message).hint("create it first, or name another one"));
        } else {
            return Ok(());
        };
        Err(not_opened(output, place, &why))
    }

    /// Whether a directory is a part of the read-only project that has more in it than results:
    /// sources, packages, or hidden files.
    fn is_part_of_project(&self, place: &Path, mounts: &[Mount]) -> bool {
        let Some(project) = innermost(mounts, place) else {
            return false;
        };
        let below = place.strip_prefix(&project.target).unwrap_or(place);
        let is_hidden = below
            .iter()
            .any(|name| name.as_encoded_bytes().starts_with(b"."));
        let has_sources = |package: &PathBuf| {
            let mut sources = SOURCES.iter().map(|name| package.join(name));
            package.starts_with(place) || sources.any(|dir| place.starts_with(dir))
        };
        *place == project.target || is_hidden || self.workspace.packages.iter().any(has_sources)
    }
}

fn not_opened(output: &Output, place: &Path, why: &str) -> Error {
    let (option, dir) = (output.option, place.display());
    let message = format!("cross does not let containers write to `{dir}` for `{option}`: {why}");
    Error::new(message).hint("name a path in a directory for results, such as `target/out`")
}
