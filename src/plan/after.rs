//! What a run may show once it is over: where cargo keeps what it was told, and what the run went
//! without.

use std::ffi::OsString;
use std::path::Path;

use crate::cargo::workspace::Beside;
use crate::cli::Provider;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use crate::plan::environment::is_kept_back;
use crate::target::{self, Row};
use cross_base::beneath::Place;
use cross_base::pattern::matches;
use cross_base::secrets::is_secret;

/// All that is needed to look back at a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After {
    /// The target's name.
    pub(crate) target: String,
    /// The row whose image it was, if it was one of cross's.
    pub(crate) row: Option<&'static Row>,
    /// Where cargo keeps what it did for the target, and what it did for the programs that the
    /// build itself runs.
    pub(crate) for_target: Place,
    pub(crate) for_build: Place,
    /// The caller's variables that the container did not get.
    pub(crate) kept_back: Vec<KeptBack>,
    /// The commands that were done in the image before.
    pub(crate) pre_build: Vec<String>,
    /// What is to be said of linkers that are not used, should linking fail.
    pub(crate) linkers: Vec<String>,
    /// What is to be said behind the run however it ends: the compiler's own words would hide it.
    pub(crate) remarks: Vec<String>,
    /// Flags for rustc, which may name files that the container has not.
    pub(crate) flags: Vec<String>,
    /// A variable with its value by which the caller asks tests to write beside their source,
    /// where they cannot.
    pub(crate) writer: Option<String>,
    /// Where tests could write. What is empty was made for the run alone.
    pub(crate) beside: Vec<Beside>,
    /// Cargo's command.
    pub(crate) command: &'static str,
    /// What a build that has failed is run as once more to hear what it says: a command of cargo's
    /// that does nothing but build.
    pub(crate) again: Option<Vec<OsString>>,
    /// Whether it ran in a container, which shows the project read-only.
    pub(crate) read_only: bool,
}

/// A variable that a build may have asked for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptBack {
    pub(crate) name: String,
    pub(crate) kind: ValueKind,
}

/// What kind of value a variable has, as far as that decides what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// A word.
    Plain,
    /// A path that the container does not have.
    Path,
    /// By its name, a secret.
    Secret,
}

/// What tells tests to write what they were to find, by each crate's documentation.
#[rustfmt::skip]
const WRITERS: &[(&str, &[&str])] = &[
    ("BLESS", &["1"]), ("EXPECTORATE", &["overwrite"]), ("INSTA_FORCE_UPDATE", &["1"]),
    ("INSTA_UPDATE", &["always", "force", "new", "unseen"]), ("K9_UPDATE_SNAPSHOTS", &["1"]),
    ("MACROTEST", &["overwrite"]), ("SNAPSHOTS", &["overwrite"]), ("TRYBUILD", &["overwrite"]),
    ("TRYCMD", &["overwrite"]), ("UPDATE_EXPECT", &["1"]), ("UPDATE_GOLDENFILES", &["1"]),
];

/// Variables of the caller's that are never missed: the image or cross has a value of its own, or
/// plain cargo's would be wrong in a container, since it names what the host has.
const ANSWERED: &[&str] = &[
    // Programs and flags for the host's own compilers: cc, cmake, pkg-config, bindgen ask for all
    // of them.
    "AR",
    "AR_*",
    "ARFLAGS",
    "AS",
    "CC",
    "CC_*",
    "CFLAGS",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "CXX_*",
    "CXXFLAGS",
    "CXXSTDLIB",
    "CROSS_COMPILE",
    "HOST_AR",
    "HOST_CC",
    "HOST_CXX",
    "HOST_RANLIB",
    "LD",
    "LDFLAGS",
    "NM",
    "NVCC",
    "OBJCOPY",
    "RANLIB",
    "RANLIB_*",
    "STRIP",
    "TARGET_AR",
    "TARGET_CC",
    "TARGET_CXX",
    "TARGET_RANLIB",
    "CMAKE*",
    "*_CMAKE*",
    "MAKE",
    "PKG_CONFIG*",
    "*_PKG_CONFIG*",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "INCLUDE",
    "LIB",
    "LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LIBCLANG_PATH",
    "LLVM_CONFIG_PATH",
    "CLANG_PATH",
    "BINDGEN_EXTRA_CLANG_ARGS*",
    "DISTCC*",
    "CCACHE*",
    "SCCACHE*",
    // The session's.
    "DBUS_*",
    "DISPLAY",
    "EDITOR",
    "HOME",
    "HOSTNAME",
    "LOGNAME",
    "MAIL",
    "OLDPWD",
    "PATH",
    "PWD",
    "SHELL",
    "SHLVL",
    "SSH_*",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "WAYLAND_DISPLAY",
    "XDG_*",
    "_",
    // Of cross, of engines, and of cargo for what it starts.
    "CARGO",
    "CROSS_*",
    "DEBUG",
    "DOCKER_*",
    "HOST",
    "MAKEFLAGS",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC_LINKER",
    "RUSTUP_*",
    "SSL_CERT_*",
    "TARGET",
];

impl PlanInput<'_> {
    /// What to look at behind the run.
    pub(super) fn after(&self, env: &[EnvVar], linkers: Vec<String>) -> After {
        let told = self.told_build_dir();
        let dir = told.as_ref().unwrap_or(&self.workspace.target_dir);
        let for_target = self.place(&dir.join(self.results_below()));
        let for_build = if told.is_none() && self.target.named {
            Place::trusted(self.covered().join(self.profile_dir()))
        } else {
            self.place(&dir.join(self.profile_dir()))
        };
        After {
            target: self.target.name().to_owned(),
            row: target::find(self.target.name()).filter(|_| self.image.is_ours()),
            for_target,
            for_build,
            kept_back: self.missed(env),
            pre_build: self
                .context
                .config
                .pre_build
                .as_ref()
                .map(|said| said.value.commands().to_vec())
                .unwrap_or_default(),
            linkers,
            remarks: self.processor_of_this_machine().into_iter().collect(),
            flags: self.flags(),
            writer: self.writer(),
            beside: self.beside_sources().to_vec(),
            command: self.context.subcommand.name,
            again: self.again(),
            read_only: !self.project_is_writable(),
        }
    }

    /// What asks for the writing of files that tests cannot write.
    fn writer(&self) -> Option<String> {
        let tests = ["test", "bench"].contains(&self.context.subcommand.name);
        if !tests || self.project_is_writable() {
            return None;
        }
        WRITERS.iter().find_map(|(name, values)| {
            let value = self.context.host.text(name)?;
            values.contains(&value).then(|| format!("{name}={value}"))
        })
    }

    /// The part of the command that builds, to be run again with its output caught when a build has
    /// failed. None where a second run could change the project. A script that does not fail the
    /// second time must not lead to programs whose output is not seen.
    fn again(&self) -> Option<Vec<OsString>> {
        let args = &self.context.invocation.args;
        let writes =
            self.context.subcommand.writes_project(args) || self.context.invocation.options.fix;
        if writes
            || self.project_is_writable()
            || self.context.subcommand.provider != Provider::Cargo
        {
            return None;
        }
        let mut invocation = self.told();
        match self.context.subcommand.name {
            "test" | "bench" if self.context.invocation.has("no-run") => {}
            "test" | "bench" => invocation.args.push("--no-run".into()),
            "run" => {
                invocation.subcommand = Some("build".into());
                invocation.rest.clear();
            }
            _ if self.context.subcommand.runs_programs() => return None,
            _ => {}
        }
        Some(self.started(invocation))
    }

    /// The caller's variables that are not among those of the container.
    fn missed(&self, env: &[EnvVar]) -> Vec<KeptBack> {
        let has = |name: &str| {
            env.iter().any(|var| match var {
                EnvVar::Set(other, _) | EnvVar::Inherit(other) => other == name,
            })
        };
        let names = self.context.host.names();
        let names = names.filter(|name| self.context.host.text(name).is_some() && !has(name));
        let names = names.filter(|name| !ANSWERED.iter().any(|answered| matches(answered, name)));
        let missed = names.filter_map(|name| {
            let kind = if is_secret(name) {
                ValueKind::Secret
            } else if is_kept_back(name) {
                return None;
            } else if self.is_elsewhere(name) {
                ValueKind::Path
            } else {
                ValueKind::Plain
            };
            let name = name.to_owned();
            Some(KeptBack { name, kind })
        });
        missed.collect()
    }

    /// Whether a variable names a path that is not the project's, which the container need not
    /// have.
    fn is_elsewhere(&self, name: &str) -> bool {
        let path = self.context.host.text(name).map(Path::new);
        path.is_some_and(|path| path.is_absolute() && !self.in_project(path))
    }
}
