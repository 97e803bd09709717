//! The data for the look back at a run: the places of cargo's records, and the caller's variables
//! and files that the run went without.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cargo::workspace::Beside;
use crate::cli::{Provider, Subcommand};
use crate::config::custom::PreBuild;
use crate::engine::spec::{EnvVar, last};
use crate::image::Image;
use crate::plan::PlanInput;
use crate::plan::variables::is_kept_back;
use crate::target::{self, Parts, Row};
use cross_base::beneath::Place;
use cross_base::pattern::matches;
use cross_base::secrets::is_secret;

/// All data for the look back at a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After {
    /// Whether the command ran in a container.
    pub(crate) isolated: bool,
    /// The target's name.
    pub(crate) target: String,
    /// The row of the target, if the image or toolchain is one of cross's.
    pub(crate) row: Option<&'static Row>,
    /// The parts of cross's image. An image that commands of the user's have changed counts as one
    /// with all parts.
    pub(crate) parts: Parts,
    /// The directories of cargo's records: those of crates for the target (`for_target`), and those
    /// of build scripts and procedural macros (`for_build`).
    pub(crate) for_target: Place,
    pub(crate) for_build: Place,
    /// The caller's variables that the container did not get.
    pub(crate) kept_back: Vec<KeptBack>,
    /// The value of `pre-build`, whose commands were run when the image was built.
    pub(crate) pre_build: Option<PreBuild>,
    /// Messages about linkers that are not used, for the case that linking fails.
    pub(crate) linkers: Vec<String>,
    /// Messages that are printed after the run however it ends, because rustc's output would hide
    /// them before it.
    pub(crate) remarks: Vec<String>,
    /// Flags for rustc, which may name files that the container does not have.
    pub(crate) flags: Vec<String>,
    /// The variable with its value by which the caller asks tests to write files beside their
    /// source, if the container cannot write there.
    pub(crate) writer: Option<String>,
    /// Places beside the sources to which tests write. Directories that are empty afterwards were
    /// made for the run alone.
    pub(crate) beside: Vec<Beside>,
    pub(crate) subcommand: &'static Subcommand,
    /// The command that runs a failed build again to catch its output. It is one of cargo's own
    /// that only builds. None if the build cannot be run again.
    pub(crate) again: Option<Vec<OsString>>,
    /// Whether the command ran in a container with a read-only project.
    pub(crate) read_only: bool,
    /// Directories with results that the user does not see, each with the name of the directory in
    /// the target directory in whose place the container has it.
    pub(crate) unseen: Vec<(String, PathBuf)>,
}

/// A variable of the caller's that the container did not get, and that a build may have asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptBack {
    pub(crate) name: String,
    pub(crate) kind: ValueKind,
    /// Whether only sources can have asked for it, as cargo sets it for build scripts.
    pub(crate) by_sources: bool,
}

/// The kind of a variable's value, which decides the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Any other value.
    Plain,
    /// An absolute path outside of the project, which the container does not have.
    Path,
    /// A secret, by the variable's name.
    Secret,
    /// Flags for the compilers of this machine.
    Flags,
}

/// Variables with flags for compilers that the crate cc reads for every target, and also behind an
/// underscore and the target's name, by which containers get them.
/// <https://docs.rs/cc/latest/cc/#external-configuration-via-environment-variables>
const FLAGS: &[&str] = &["CFLAGS", "CXXFLAGS"];

/// Variables with the values by which test libraries write the expected files anew, from each
/// crate's documentation.
#[rustfmt::skip]
const WRITERS: &[(&str, &[&str])] = &[
    ("BLESS", &["1"]), ("EXPECTORATE", &["overwrite"]), ("INSTA_FORCE_UPDATE", &["1"]),
    ("INSTA_UPDATE", &["always", "force", "new", "unseen"]), ("K9_UPDATE_SNAPSHOTS", &["1"]),
    ("MACROTEST", &["overwrite"]), ("SNAPSHOTS", &["overwrite"]), ("TRYBUILD", &["overwrite"]),
    ("TRYCMD", &["overwrite"]), ("UPDATE_EXPECT", &["1"]), ("UPDATE_GOLDENFILES", &["1"]),
];

/// Variables of the caller's that a container never lacks: the image or cross sets its own value,
/// or the caller's would be wrong in a container because it names files of the host.
const ANSWERED: &[&str] = &[
    // Programs and flags for the host's own compilers: the crates cc, cmake, pkg-config and bindgen
    // read all of them.
    "AR",
    "AR_*",
    "ARFLAGS",
    "AS",
    "CC",
    "CC_*",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "CXX_*",
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
    // Git's files, of which the container's configuration is made.
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    // Variables of the login session.
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
    // Variables of cross and of engines, and those that cargo sets for rustc too.
    "CARGO",
    "CROSS_*",
    "DOCKER_*",
    "MAKEFLAGS",
    "OUT_DIR",
    "RUSTUP_*",
    "SSL_CERT_*",
];

/// Variables that cargo sets for build scripts, so that these never lack them, and not for rustc: a
/// source reads the caller's, with `option_env!("DEBUG")`.
/// <https://doc.rust-lang.org/cargo/reference/environment-variables.html>
const OF_SCRIPTS: &[&str] = &[
    "DEBUG",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "PROFILE",
    "RUSTC_LINKER",
    "TARGET",
];

/// Whether a container never lacks a variable of the caller's, or gets no use of its value.
pub(super) fn is_answered(name: &str) -> bool {
    FLAGS.contains(&name)
        || OF_SCRIPTS.contains(&name)
        || ANSWERED.iter().any(|answered| matches(answered, name))
}

impl PlanInput<'_> {
    /// The data for the look back at this run.
    pub(super) fn after(&self, env: &[EnvVar], linkers: Vec<String>) -> After {
        let told = self.told_build_dir();
        let dir = told.as_ref().unwrap_or(&self.workspace.target_dir);
        let for_target = self.place(&dir.join(self.results_below()));
        let for_build = if told.is_none() && self.target.named {
            Place::trusted(self.cover_of(self.profile_dir().as_ref()))
        } else {
            self.place(&dir.join(self.profile_dir()))
        };
        let pre_build = self.context.config.pre_build.as_ref();
        let row = target::find(self.target.name()).filter(|_| self.image.is_ours());
        let all = row.map(Parts::all);
        After {
            isolated: self.engine.isolates(),
            target: self.target.name().to_owned(),
            row,
            parts: match self.image {
                Image::Provided { parts, .. } => *parts,
                Image::Custom { .. } => all.unwrap_or_default(),
            },
            for_target,
            for_build,
            kept_back: self.missed(env),
            pre_build: pre_build.map(|said| said.value.clone()),
            linkers,
            remarks: self.processor_of_this_machine().into_iter().collect(),
            flags: self.flags(),
            writer: self.writer(),
            beside: self.beside_sources().to_vec(),
            subcommand: self.context.subcommand,
            again: self.again(),
            read_only: !self.project_is_writable(),
            unseen: self.unseen_results(),
        }
    }

    /// The variable with its value by which the caller asks tests to write files that the container
    /// cannot write.
    fn writer(&self) -> Option<String> {
        if !self.context.subcommand.has_harness() || self.project_is_writable() {
            return None;
        }
        WRITERS.iter().find_map(|(name, values)| {
            let value = self.context.host.text(name)?;
            values.contains(&value).then(|| format!("{name}={value}"))
        })
    }

    /// The part of the command that builds, for a second run that catches the output of a failed
    /// build. None if a second run could change the project. The second run starts no programs:
    /// should the build succeed then, the output of programs would be lost.
    fn again(&self) -> Option<Vec<OsString>> {
        if self.project_is_writable() || self.context.subcommand.provider != Provider::Cargo {
            return None;
        }
        let invocation = self.told().without_running()?;
        Some(self.started(invocation))
    }

    /// The caller's variables that the container does not get, less those that it never lacks, and
    /// those in whose place cargo's configuration forces a value of its own:
    /// <https://doc.rust-lang.org/cargo/reference/config.html#env>.
    fn missed(&self, env: &[EnvVar]) -> Vec<KeptBack> {
        let has = |name: &str| last(env, name).is_some();
        let names = self.context.host.names();
        let names = names.filter(|name| self.context.host.text(name).is_some() && !has(name));
        let names = names.filter(|name| {
            let is_asked_for = FLAGS.contains(name) || OF_SCRIPTS.contains(name);
            is_asked_for || !is_answered(name) || self.finds_libraries(name)
        });
        let names = names.filter(|name| !self.is_forced(name));
        let missed = names.filter_map(|name| {
            let kind = if is_secret(name) {
                ValueKind::Secret
            } else if is_kept_back(name) {
                return None;
            } else if FLAGS.contains(&name) {
                ValueKind::Flags
            } else if self.is_elsewhere(name) || self.finds_libraries(name) {
                ValueKind::Path
            } else {
                ValueKind::Plain
            };
            Some(KeptBack {
                name: name.to_owned(),
                kind,
                by_sources: OF_SCRIPTS.contains(&name),
            })
        });
        missed.collect()
    }
}
