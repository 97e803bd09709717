//! The decision: the run and the steps before it. It is pure: all input comes in as values, and the
//! output can be compared and printed.

pub(crate) mod after;
mod api_level;
mod beside;
mod command;
mod components;
pub(crate) mod debugging;
pub(crate) mod environment;
mod facts;
pub(crate) mod fetching;
pub(crate) mod front;
mod git;
mod glibc;
mod guards;
mod linkers;
mod links;
pub(crate) mod mounts;
mod on_host;
mod opened;
mod outputs;
mod overrides;
mod paths;
mod precedence;
mod runner;
mod sanitizers;
mod sccache;
mod secrets;
mod settings;
mod specification;
mod starters;
mod step;
pub(crate) mod system;
mod test_timeout;
pub(crate) mod variables;
pub(crate) mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(crate) use crate::bounds::CONTAINER_HOME as HOME;
use crate::cargo::config::Filtered;
use crate::cargo::context::Context;
use crate::cargo::fetch::{self};
use crate::cargo::obeyed::Obeyed;
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
use crate::toolchain::ToolchainRecipe;
use cross_base::error::Result;
use cross_base::notices::Notice;
pub(crate) use environment::BUILD_SCRIPTS;
pub(crate) use guards::Guarded;
pub(crate) use links::BuildScripts;
pub(crate) use opened::Opened;
pub(crate) use step::{Plan, Step, Target};

/// The first argument that makes `cross` start a program with the libraries that build scripts have
/// made.
pub(crate) const WITH_LIBRARIES: &str = "__with-libraries";

/// The program that builds a standard library by itself: <https://github.com/japaric/xargo>.
pub(crate) const XARGO: &str = "xargo";

/// All input of a plan.
#[derive(Clone, Debug)]
pub(crate) struct PlanInput<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) workspace: &'a Workspace,
    pub(crate) engine: &'a Engine,
    pub(crate) target: &'a Target,
    pub(crate) image: &'a Image,
    /// The origin of the target's standard library.
    pub(crate) std: &'a Std,
    /// The specification of the target, if rustc does not know it.
    pub(crate) specification: Option<&'a Specification>,
    /// The content of cargo's home directory.
    pub(crate) cargo_home: &'a CargoHome,
    /// The host's results in the target directory.
    pub(crate) results: &'a Results,
    /// Paths in the project that programs of the host obey.
    pub(crate) obeyed: &'a Obeyed,
    /// The paths at which the container can see the directory for files of cross's own.
    pub(crate) cache_seen_at: &'a BTreeSet<PathBuf>,
    /// Paths of `env.volumes` that the container cannot write to.
    pub(crate) closed: &'a BTreeSet<PathBuf>,
    /// Configuration files with secrets that cargo does not read in this run.
    pub(crate) hidden: &'a [Filtered],
    /// The paths at which the container sees each configuration file.
    pub(crate) configs_seen_at: &'a BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The file with the certificates that the host trusts.
    pub(crate) ca_bundle: Option<&'a Path>,
    /// sccache, if it is to wrap rustc.
    pub(crate) sccache: Option<&'a Sccache>,
    /// The recipe of the toolchain in the row's image, for the engine `host` and where an older
    /// glibc is asked for.
    pub(crate) recipe: Option<&'a ToolchainRecipe>,
    /// Programs and libraries that build scripts use and that this machine lacks, for the engine
    /// `host`.
    pub(crate) tools: &'a [Tool],
    /// The cargo that the caller's `cargo` would start, if that is a proxy of rustup's. For the
    /// engine `host`.
    pub(crate) cargo_of_rustup: Option<&'a Path>,
    /// The toolchain's cargo, if the caller's `cargo` is it or a proxy of rustup's that would start
    /// it. For the engine `host`.
    pub(crate) cargo_of_toolchain: Option<&'a Path>,
    /// Whether the host's cargo was asked to fetch for this plan already and could not.
    pub(crate) fetch_failed: bool,
    /// The file of the plugin that the command names, if it is not in cargo's home.
    pub(crate) plugin: Option<&'a Path>,
}

/// Cargo's home directory on the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CargoHome {
    /// Whether missing files can be created in it.
    pub(crate) writable: bool,
    /// The names in it.
    pub(crate) entries: Vec<String>,
    /// The names of entries that are neither cargo's caches nor credentials, and can be mounted.
    pub(crate) others: Vec<String>,
    /// Other paths at which the container can see the directory: behind symbolic links, and below
    /// another path of the project.
    pub(crate) also_at: Vec<PathBuf>,
}

impl PlanInput<'_> {
    /// Makes the plan, with the messages that the user sees before the run: about variables, about
    /// programs that are not used, and about files that go to other places.
    ///
    /// # Errors
    ///
    /// When the toolchain lacks a component that cannot be added, or the image has no runner for
    /// the programs that the command runs.
    pub(crate) fn plan(&self) -> Result<(Plan, Vec<Notice>)> {
        if !self.engine.isolates() {
            return Ok((self.plan_on_host()?, Vec::new()));
        }
        self.needs_runner()?;
        self.knows_api_level()?;
        let mut prepare = Vec::new();
        let mut notes = Vec::new();
        // In this order a step that fails leaves as little as possible behind: nothing, then layers
        // in the engine's cache, then an empty target directory.
        self.components(&mut prepare, &mut notes)?;
        prepare.extend(self.missing_image());
        prepare.extend(self.older_glibc()?);
        notes.extend(self.workspace.notes.iter().cloned());
        let mut mounts = self.mounts(&mut prepare, &mut notes);
        self.named_outputs(&mut prepare, &mut mounts)?;
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
        told.extend(self.target_of_the_program());
        told.extend(self.moved_profiles(&env));
        told.extend(self.unseen_leaks(&env));
        told.extend(self.lost_profiles(&mounts));
        let guarded = self.guarded(&mounts);
        let after = self.after(&env, on_failure);
        let mut run = self.run(mounts, env, &mut prepare);
        let debugged = self.debugged(&mut run)?;
        let mut notices = self.secrets(&run.env);
        notices.extend(told.into_iter().map(|line| Notice::Status("Note", line)));
        let plan = Plan {
            debugged,
            verify: self.verification(&run),
            prepare,
            run,
            opened,
            guarded,
            build_scripts: self.build_script_links(),
            after,
            notes,
        };
        Ok((plan, notices))
    }

    /// The run, with its mounts and variables.
    fn run(&self, mounts: Vec<Mount>, env: Vec<EnvVar>, prepare: &mut Vec<Step>) -> RunSpec {
        let host = self.context.host;
        let mut tmpfs = vec![PathBuf::from(HOME)];
        tmpfs.extend(self.cargo_home_in_memory().map(Path::to_owned));
        let passed = self.workspace.passed.iter();
        let wanted = std::iter::once(&host.cwd).chain(passed);
        tmpfs.extend(wanted.filter(|dir| is_missing(dir, &mounts)).cloned());
        RunSpec {
            image: self.image.name(),
            with_umask: self.image.is_ours().then_some(recipe::WITH_UMASK),
            uid: host.uid,
            gid: host.gid,
            groups: host.groups.clone(),
            umask: host.umask,
            stdin: self.context.subcommand.runs_programs(),
            // With a terminal the container mixes standard error into standard output, so all three
            // streams must lead to the caller's terminal.
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

    /// The step that builds the row's image, unless the image is up to date.
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

    /// The step that has cargo write the lock file, if there is none.
    fn missing_lockfile(&self) -> Option<Step> {
        let is_missing = self.may_write_lockfile() && !self.workspace.has_lockfile;
        is_missing.then(|| {
            let cmd = fetch::lock_command(self.context.invocation);
            Step::Lock {
                path: self.place(&self.workspace.real_lockfile),
                cmd: self.context.toolchain.with_rustc(cmd),
            }
        })
    }

    /// The message that intermediate files are not kept apart from the host's.
    fn shares_directory(&self) -> Option<&'static str> {
        (self.build_dir_setting().is_none() && !self.target.named).then_some(
            "this cargo cannot be told where to put intermediate files, so it shares them with \
             host cargo: name the target to keep them apart",
        )
    }

    /// The engine's settings for the run, unless the caller's environment sets the same variable.
    fn engine_settings(&self, prepare: &mut Vec<Step>) -> Option<(&'static str, PathBuf)> {
        let settings = self.engine.settings()?;
        if self.context.host.var(settings.variable).is_some() {
            return None;
        }
        let file = self.generated(prepare, "containers.conf", settings.text.to_owned());
        Some((settings.variable, file))
    }

    /// A directory for files of this image, where containers can write.
    fn own_dir(&self) -> PathBuf {
        let dir = self.build_dir();
        dir.unwrap_or_else(|| self.apart(&self.workspace.target_dir))
    }

    /// A short name for everything but the project that results depend on: the image, and the glibc
    /// or API level that the user asks for.
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

    /// The image's part of the directory for intermediate files, if this cargo has such a
    /// directory.
    fn build_dir(&self) -> Option<PathBuf> {
        Some(self.apart(self.workspace.build_dir.as_ref()?))
    }

    /// The part of a directory for intermediate files that belongs to the image.
    pub(crate) fn apart(&self, dir: &Path) -> PathBuf {
        dir.join("cross").join(self.identity())
    }

    /// The value of `build.build-dir` for cargo: the image's own directory for intermediate files,
    /// apart from the host's and other images', in which build scripts may not run. None if cargo
    /// cannot be told: cargo takes braces in the path for variables, even in a variable's value,
    /// xargo looks for the libraries that it builds in a target directory of its own, and a cargo
    /// that a crate's own program calls would inherit the variable and wait for ever.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#buildbuild-dir>
    pub(crate) fn build_dir_setting(&self) -> Option<String> {
        let dir = self.build_dir()?.to_string_lossy().into_owned();
        (!self.is_xargo() && !self.would_be_inherited() && !dir.contains(['{', '}'])).then_some(dir)
    }

    /// The name of the directory in the target directory that has the files that run on the host:
    /// build scripts and procedural macros.
    /// <https://doc.rust-lang.org/cargo/guide/build-cache.html>
    pub(crate) fn profile_dir(&self) -> &str {
        match self.profile() {
            "dev" => "debug",
            other => other,
        }
    }

    /// The name of the profile. For cargo's profiles `test` and `bench`, the one that they inherit
    /// from.
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
                    .releases(self.context.invocation.first_word()) =>
            {
                "release"
            }
            None => "dev",
        }
    }

    /// Whether cargo may write the lock file: the user did not forbid it, and the command uses it.
    pub(crate) fn may_write_lockfile(&self) -> bool {
        may_write_lockfile(self.context.invocation, self.context.subcommand)
    }

    /// Whether the run can write to the project.
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

/// Whether no mount makes a directory exist in the container that has to exist there: the working
/// directory, if cargo got a manifest of another one, for which docker would make it and podman
/// would refuse the run, and those that paths of git's lead through. Directories of the image's own
/// system are left alone.
fn is_missing(dir: &Path, mounts: &[Mount]) -> bool {
    const SYSTEM: &[&str] = &[
        "/bin", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr",
    ];
    let exists = dir.components().count() <= 2
        || SYSTEM.iter().any(|system| dir.starts_with(system))
        || mounts
            .iter()
            .any(|m| dir.starts_with(&m.target) || m.target.starts_with(dir));
    !exists
}

/// Whether a run can write to the project.
pub(crate) fn writes_project(
    invocation: &Invocation,
    subcommand: &Subcommand,
    config: &TargetConfig,
) -> bool {
    subcommand.writes_project(invocation.first_word())
        || invocation.options.fix
        || !config.read_only.value
}

#[cfg(test)]
mod tests;
