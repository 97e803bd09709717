//! The decision: what is run and what has to be there first. Pure: everything it needs comes in as
//! values, and what comes out can be compared and printed.

pub(crate) mod after;
mod api_level;
mod beside;
mod command;
mod components;
pub(crate) mod debugging;
pub(crate) mod environment;
mod fetching;
mod front;
mod git;
mod glibc;
mod guards;
mod layout;
mod limits;
mod linkers;
pub(crate) mod mounts;
mod on_host;
mod opened;
mod runner;
mod sanitizers;
mod sccache;
mod secrets;
mod specification;
pub(crate) mod system;
pub(crate) mod variables;
pub(crate) mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(crate) use crate::bounds::CONTAINER_HOME as HOME;
use crate::cargo::config::Filtered;
use crate::cargo::context::Context;
use crate::cargo::fetch::{self, Fetch};
use crate::cargo::registry::Registry;
use crate::cargo::rustup::Installation;
use crate::cargo::sccache::Sccache;
use crate::cargo::specification::Specification;
use crate::cargo::std_lib::Std;
use crate::cargo::trusted::Results;
use crate::cargo::workspace::Workspace;
use crate::cli::{Invocation, Subcommand};
use crate::config::{Setting, TargetConfig};
use crate::engine::Engine;
use crate::engine::spec::{EnvVar, Mount, RunSpec};
use crate::image::{Image, recipe};
use crate::target::tools::Tool;
use crate::target::{Parts, Row};
use crate::toolchain::{Origin, ToolRecipe};
use after::After;
use cross_base::beneath::Place;
use cross_base::error::Result;
use cross_base::process::Cmd;
use cross_base::version::Version;
use debugging::Debugged;
pub(crate) use layout::BuildScripts;
pub(crate) use opened::Opened;
use verification::Verification;

/// <https://github.com/japaric/xargo>
pub(crate) const XARGO: &str = "xargo";

/// Everything a plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct PlanInput<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) workspace: &'a Workspace,
    pub(crate) engine: &'a Engine,
    pub(crate) target: &'a Target,
    pub(crate) image: &'a Image,
    /// Where the target's standard library comes from.
    pub(crate) std: &'a Std,
    /// What rustc is told of the target, where it does not know it.
    pub(crate) specification: Option<&'a Specification>,
    /// What there is of cargo's home.
    pub(crate) cargo_home: &'a CargoHome,
    /// The host's results in the target directory.
    pub(crate) results: &'a Results,
    /// What stays read-only of a project that can be written to.
    pub(crate) settings: &'a BTreeSet<PathBuf>,
    /// Configuration files that cargo does not read now, with secrets in them.
    pub(crate) hidden: &'a [Filtered],
    /// The places at which the container sees each configuration file.
    pub(crate) config_places: &'a BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The host's certificates.
    pub(crate) ca_bundle: Option<&'a Path>,
    /// sccache, where it is to wrap rustc.
    pub(crate) sccache: Option<&'a Sccache>,
    /// Programs that build scripts start and that a machine without containers lacks.
    pub(crate) tools: &'a [&'static Tool],
}

/// Cargo's home directory on the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CargoHome {
    /// Whether what is missing there can be created.
    pub(crate) writable: bool,
    /// The names in it.
    pub(crate) entries: Vec<String>,
    /// Those of them that are neither cargo's own caches nor credentials, and can be mounted.
    pub(crate) others: Vec<String>,
    /// Other paths at which the container can see it: behind links, and below another name of the
    /// project.
    pub(crate) places: Vec<PathBuf>,
}

/// The target of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// As cargo is told: a triple, or the path of a specification.
    pub(crate) triple: String,
    /// Whether it was named; else it is the host's, and results go where cargo puts the host's.
    pub(crate) named: bool,
    /// Whether cargo must be told, because it was not named where cargo itself sees it.
    pub(crate) tell_cargo: bool,
}

impl Target {
    /// The file that describes a custom target.
    /// <https://doc.rust-lang.org/rustc/targets/custom.html>
    pub(crate) fn specification(&self) -> Option<&Path> {
        let path = Path::new(&self.triple);
        path.extension()
            .is_some_and(|extension| extension == "json")
            .then_some(path)
    }

    /// What rustc, cargo's directories and the configuration call it: of a specification, the
    /// file's name without its ending.
    pub(crate) fn name(&self) -> &str {
        let stem = self.specification().and_then(Path::file_stem);
        stem.and_then(OsStr::to_str).unwrap_or(&self.triple)
    }
}

/// What has to happen before a container can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Let rustup add something.
    Rustup(Installation),
    /// Build the row's image.
    BuildImage {
        row: &'static Row,
        parts: Parts,
        origin: Origin,
    },
    /// Make the row's toolchain, and fetch what runs its programs if any are run.
    MakeToolchain {
        row: &'static Row,
        runs: bool,
        origin: Origin,
        /// The older glibc that results must run with: libraries for it are made as well, and for
        /// a container these alone, as the toolchain is in the image.
        glibc: Option<Version>,
        /// What is there when that is done.
        files: Vec<PathBuf>,
    },
    /// Make a program that build scripts start, which a machine without containers lacks.
    MakeTool {
        recipe: ToolRecipe,
        origin: Origin,
        /// What is there when that is done.
        dir: PathBuf,
    },
    /// Let cargo write the lock file, if it is still missing: a container could not create it in a
    /// read-only project.
    Lock { path: Place, cmd: Cmd },
    /// Let cargo fetch what the lock file asks for, if it was not fetched before.
    Fetch(Fetch),
    /// Fill a registry that is the container's own.
    Registry(Registry),
    /// Create cargo's target or build directory; it must be writable.
    TargetDir(Place),
    /// Create a directory that is not one of the project's.
    Dir(Place),
    /// Make sure a file exists.
    Touch(Place),
    /// Make a symbolic link that leads to the second path, which need not exist yet.
    Link(Place, PathBuf),
    /// Write a file that the container sees.
    Write(PathBuf, String),
    /// Write a program that the container starts.
    WriteProgram(PathBuf, String),
}

/// One run with all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) prepare: Vec<Step>,
    pub(crate) run: RunSpec,
    /// What the run may have opened in the browser.
    pub(crate) opened: Option<Opened>,
    /// Where results of build scripts are linked to when the run is over.
    pub(crate) build_scripts: Option<BuildScripts>,
    /// What to look at when the run is over.
    pub(crate) after: After,
    /// How results are looked at when the run has succeeded, where that was asked for.
    pub(crate) verify: Option<Verification>,
    /// How a debugger gets to the programs, where one was asked for.
    pub(crate) debugged: Option<Debugged>,
    /// What the user is told before the run, a line each: of programs that are not used, and of
    /// files that go to other places.
    pub(crate) told: Vec<String>,
    /// What the user may want to know, shown with `-v`.
    pub(crate) notes: Vec<String>,
}

impl PlanInput<'_> {
    /// Makes the plan.
    ///
    /// # Errors
    ///
    /// When the toolchain lacks something that cannot be added, or nothing runs the programs that
    /// are to be run.
    pub(crate) fn plan(&self) -> Result<Plan> {
        if !self.engine.isolates() {
            return self.plan_on_host();
        }
        self.needs_runner()?;
        self.knows_api_level()?;
        let mut prepare = Vec::new();
        let mut notes = Vec::new();
        // In this order, so that what fails leaves least behind: nothing, the engine's cached
        // layers, an empty target directory.
        self.components(&mut prepare, &mut notes)?;
        prepare.extend(self.missing_image());
        prepare.extend(self.older_glibc()?);
        notes.extend(self.workspace.notes.iter().cloned());
        let mounts = self.mounts(&mut prepare, &mut notes);
        prepare.extend(self.missing_lockfile());
        prepare.extend(self.fetch().map(Step::Fetch));
        prepare.extend(self.own_registry().map(Step::Registry));
        notes.extend(self.shares_directory().map(str::to_owned));
        prepare.extend(self.product_links());
        let opened = self.opened();
        if opened.is_some() {
            prepare.push(Step::Dir(self.place(&self.own_dir())));
        }
        let mut env = self.environment(&mut notes);
        env.extend(self.test_timeout()?);
        let (mut told, on_failure) = self.unused_linkers();
        told.extend(self.unused_sccache());
        told.extend(self.moved_profiles(&env));
        told.extend(self.unseen_leaks(&env));
        told.extend(self.lost_profiles(&mounts));
        let after = self.after(&env, on_failure);
        let mut run = self.run(mounts, env, &mut prepare);
        Ok(Plan {
            debugged: self.debugged(&mut run)?,
            verify: self.verification(&run),
            prepare,
            run,
            opened,
            build_scripts: self.build_script_links(),
            after,
            told,
            notes,
        })
    }

    /// The run itself, with what it sees and knows.
    fn run(&self, mounts: Vec<Mount>, env: Vec<EnvVar>, prepare: &mut Vec<Step>) -> RunSpec {
        let host = self.context.host;
        let mut tmpfs = vec![PathBuf::from(HOME)];
        tmpfs.extend(self.cargo_home_in_memory().map(Path::to_owned));
        tmpfs.extend(self.missing_workdir(&mounts));
        RunSpec {
            image: self.image.name(),
            with_umask: self.image.is_ours().then_some(recipe::WITH_UMASK),
            uid: host.uid,
            gid: host.gid,
            groups: host.groups.clone(),
            umask: host.umask,
            stdin: self.context.subcommand.runs_programs(),
            // With a terminal of its own the container mixes standard error into standard output,
            // so all three must lead to the caller's.
            tty: host.has_terminal(),
            network: self.context.config.network.value,
            selinux: host.selinux,
            settings: self.engine_settings(prepare),
            no_links_below: self.no_links_below(&mounts),
            mounts,
            tmpfs,
            env,
            workdir: host.cwd.clone(),
            command: self.command(),
        }
    }

    /// Builds the row's image, where there is none that is up to date.
    fn missing_image(&self) -> Option<Step> {
        match self.image {
            Image::Provided {
                row,
                parts,
                current: false,
                ..
            } => Some(Step::BuildImage {
                row,
                parts: *parts,
                origin: self.origin(),
            }),
            _ => None,
        }
    }

    /// Lets cargo write the lock file, where there is none.
    fn missing_lockfile(&self) -> Option<Step> {
        let is_missing = self.may_write_lockfile() && !self.workspace.has_lockfile;
        is_missing.then(|| {
            let cmd = fetch::lock_command(self.context.invocation);
            Step::Lock {
                path: self.place(&self.workspace.lockfile),
                cmd: self.context.toolchain.with_rustc(cmd),
            }
        })
    }

    /// Says that intermediate files are not kept apart from the host's.
    fn shares_directory(&self) -> Option<&'static str> {
        (self.build_dir_setting().is_none() && !self.target.named).then_some(
            "this cargo cannot be told where to put intermediate files, so it shares them with \
             host cargo: name the target to keep them apart",
        )
    }

    /// The engine's settings for the run, unless the caller has such settings too.
    fn engine_settings(&self, prepare: &mut Vec<Step>) -> Option<(&'static str, PathBuf)> {
        let settings = self.engine.settings()?;
        if self.context.host.var(settings.variable).is_some() {
            return None;
        }
        let file = self.generated(prepare, "containers.conf", settings.text.to_owned());
        Some((settings.variable, file))
    }

    /// The caller's directory, where no mount makes it exist: cargo was given a manifest elsewhere.
    /// Docker would create it and podman refuse. Nothing is put over a directory of the image's
    /// own.
    fn missing_workdir(&self, mounts: &[Mount]) -> Option<PathBuf> {
        const SYSTEM: &[&str] = &[
            "/bin", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr",
        ];
        let cwd = &self.context.host.cwd;
        let exists = cwd.components().count() <= 2
            || SYSTEM.iter().any(|dir| cwd.starts_with(dir))
            || mounts
                .iter()
                .any(|m| cwd.starts_with(&m.target) || m.target.starts_with(cwd));
        (!exists).then(|| cwd.clone())
    }

    /// A directory for this target's results alone.
    fn own_dir(&self) -> PathBuf {
        let dir = self.build_dir();
        dir.unwrap_or_else(|| self.apart(&self.workspace.target_dir))
    }

    /// A short name for all that results depend on beside the project: the image, and the glibc or
    /// the API level that is asked for.
    pub(crate) fn identity(&self) -> String {
        let mut name = self.image.identity();
        if let Some(Setting { value, .. }) = &self.context.config.glibc {
            name.extend(["-glibc-", &value.to_string()]);
        }
        if let Some((_, level)) = self.api_level() {
            name.extend(["-api-", &level]);
        }
        name
    }

    /// The directory for intermediate files, where this cargo has one.
    fn build_dir(&self) -> Option<PathBuf> {
        Some(self.apart(self.workspace.build_dir.as_ref()?))
    }

    /// The part of a directory for intermediate files that belongs to the image.
    pub(crate) fn apart(&self, dir: &Path) -> PathBuf {
        dir.join("cross").join(self.identity())
    }

    /// The directory for intermediate files as cargo must be told, apart from host cargo's and from
    /// other images': build scripts linked in one of them need not run in another. None where cargo
    /// cannot be told: it takes braces for variables, those in the value of a variable too; and
    /// xargo looks for the libraries that it builds in a target directory that is its own.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#buildbuild-dir>
    pub(crate) fn build_dir_setting(&self) -> Option<String> {
        let dir = self.build_dir()?.to_string_lossy().into_owned();
        (!self.is_xargo() && !dir.contains(['{', '}'])).then_some(dir)
    }

    /// The directory below the target directory that holds what runs on the host: build scripts and
    /// procedural macros. <https://doc.rust-lang.org/cargo/guide/build-cache.html>
    pub(crate) fn profile_dir(&self) -> &str {
        match self.profile() {
            "dev" => "debug",
            other => other,
        }
    }

    /// The profile; the one it inherits from for cargo's own profiles for tests and benchmarks.
    fn profile(&self) -> &str {
        let options = &self.context.invocation.options;
        match options.profile.as_ref().and_then(|p| p.to_str()) {
            Some("test") => "dev",
            Some("bench") => "release",
            Some(name) => name,
            None if options.debug => "dev",
            None if options.release
                || self
                    .context
                    .subcommand
                    .releases(&self.context.invocation.args) =>
            {
                "release"
            }
            None => "dev",
        }
    }

    /// Cargo may write the lock file unless it was told not to, or makes no use of it.
    pub(crate) fn may_write_lockfile(&self) -> bool {
        may_write_lockfile(self.context.invocation, self.context.subcommand)
    }

    /// Whether the project can be written to.
    pub(crate) fn project_is_writable(&self) -> bool {
        writes_project(
            self.context.invocation,
            self.context.subcommand,
            self.context.config,
        )
    }
}

/// Whether cargo may write a lock file where there is none.
pub(crate) fn may_write_lockfile(invocation: &Invocation, subcommand: &Subcommand) -> bool {
    let options = &invocation.options;
    !options.locked && !options.frozen && !subcommand.installs()
}

/// Whether a run can write to the project.
pub(crate) fn writes_project(
    invocation: &Invocation,
    subcommand: &Subcommand,
    config: &TargetConfig,
) -> bool {
    subcommand.writes_project(&invocation.args) || invocation.options.fix || !config.read_only.value
}

#[cfg(test)]
mod tests;
