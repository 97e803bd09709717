//! The paths of a run on the host: what containers write to, what covers it, and files that cross
//! makes for containers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cargo::registry;
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;
use cross_base::fs;

impl PlanInput<'_> {
    /// The directories that containers write to, in this run or in others.
    pub(super) fn written(&self) -> Vec<PathBuf> {
        let workspace = self.workspace;
        let mut dirs = vec![workspace.target_dir.clone(), workspace.root.join("target")];
        dirs.extend(workspace.build_dir.clone());
        dirs.extend(workspace.behind_links.values().flatten().cloned());
        // A run without this run's option or variable would use the directory of the configuration
        // or of the variable.
        dirs.extend(self.context.cargo_config.path("build.target-dir"));
        let variable = self.context.host.var("CARGO_TARGET_DIR").map(Path::new);
        let cwd = self.context.cwd();
        dirs.extend(variable.map(|dir| fs::absolute(&cwd, dir)));
        dirs.extend(self.artifact_dir());
        dirs.extend(self.install_dir());
        if self.project_is_writable() {
            dirs.push(workspace.root.clone());
        }
        dirs
    }

    /// A path as a [`Place`], which knows the part that a container may have made.
    pub(crate) fn place(&self, path: &Path) -> Place {
        Place::new(path, &self.written())
    }

    /// The cache directory for files that only containers of this target directory use. It is
    /// outside every directory that a container can write to.
    pub(crate) fn container_cache(&self) -> PathBuf {
        registry::container_cache(&self.context.host.cache, &self.workspace.target_dir)
    }

    /// The host directory whose subdirectories this image's containers get in place of directories
    /// with the host's results.
    pub(super) fn covers(&self) -> PathBuf {
        self.container_cache().join(self.identity())
    }

    /// The directory that covers one in the target directory. None of them is in another one:
    /// a container with the outer one could put a link to any place where the inner one was.
    pub(super) fn cover_of(&self, below: &Path) -> PathBuf {
        let names: Vec<&OsStr> = below.iter().collect();
        self.covers().join(names.join(OsStr::new("+")))
    }

    /// The paths at which the container gets a directory for results: its own, or those behind
    /// links.
    pub(crate) fn seen_at(&self, dir: &Path) -> Vec<PathBuf> {
        match self.workspace.behind_links.get(dir) {
            Some(places) => places.iter().cloned().collect(),
            None => vec![dir.to_owned()],
        }
    }

    /// The directory that the command installs into.
    pub(crate) fn install_dir(&self) -> Option<PathBuf> {
        let dir = self.context.invocation.options.install_dir.as_ref()?;
        Some(fs::absolute(&self.context.cwd(), dir))
    }

    /// The directory of `--artifact-dir`, if cargo accepts the option.
    pub(crate) fn artifact_dir(&self) -> Option<PathBuf> {
        let dir = self.context.invocation.options.artifact_dir.as_ref();
        let dir = dir.filter(|_| self.takes_unstable_options())?;
        Some(fs::absolute(&self.context.cwd(), dir))
    }

    /// Whether cargo accepts unstable options. If it refuses `--artifact-dir`, no directory must be
    /// left behind. <https://doc.rust-lang.org/cargo/reference/unstable.html#artifact-dir>
    pub(super) fn takes_unstable_options(&self) -> bool {
        const OPTION: &str = "unstable-options";
        let flags = &self.context.invocation.options.unstable;
        let said = flags.iter().any(|flag| flag == OPTION)
            || self.context.host.text("CARGO_UNSTABLE_UNSTABLE_OPTIONS") == Some("true")
            || self.context.cargo_config.get("unstable.unstable-options")
                == Some(&toml::Value::from(true));
        let refused = self.context.toolchain.is_unstable_by_name() == Some(false)
            && self.context.host.text("RUSTC_BOOTSTRAP").is_none();
        said && !refused
    }

    /// A file that only the container needs, at a path in the cache that no container can write to.
    /// The path has a digest of the content, so no other run changes the file.
    pub(super) fn generated(&self, prepare: &mut Vec<Step>, name: &str, text: String) -> PathBuf {
        let path = self.generated_path(name, &text);
        prepare.push(Step::Write(path.clone(), text));
        path
    }

    /// A program that only the container needs, at a path in the cache like that of
    /// [`PlanInput::generated`].
    pub(super) fn generated_program(
        &self,
        prepare: &mut Vec<Step>,
        name: &str,
        text: String,
    ) -> PathBuf {
        let path = self.generated_path(name, &text);
        prepare.push(Step::WriteProgram(path.clone(), text));
        path
    }

    pub(super) fn generated_path(&self, name: &str, text: &str) -> PathBuf {
        let digest = hex::encode(&Sha256::digest(text)[..8]);
        let files = self.context.host.cache.join("files");
        files.join(format!("{digest}-{name}"))
    }
}
