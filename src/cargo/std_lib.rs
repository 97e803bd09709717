//! The source of the target's standard library: the toolchain, rustup, or a build from source. This
//! is decided once for each target. Facts that are rarely needed are only looked up when they are.

use std::ffi::OsString;

use toml::Value;

use crate::cargo::context::Context;
use crate::cargo::rustup::{Installation, Rustup};
use crate::cli::Invocation;
use crate::config::build_std::{BuildStd, StdCrate};
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::process::Cmd;

/// The crates to build by default. Cargo adds those that `std` needs, and `test` for tests. It does
/// not add `panic_abort`, which a profile may ask for: rustc would then take the toolchain's
/// `panic_abort`, if there is one.
const CRATES: &[StdCrate] = &[StdCrate::Std, StdCrate::PanicAbort];
/// The crates to build by default for targets without `std`.
const CRATES_WITHOUT_STD: &[StdCrate] = &[StdCrate::Core, StdCrate::Alloc];

/// The source of the standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Std {
    /// The toolchain has the library, or the command needs none or builds its own.
    Ready,
    /// The user has told cargo to build the library, or runs xargo, which builds it.
    UserManaged,
    /// rustup adds the library. The hint is for the error if rustup fails.
    Added { hint: Option<String> },
    /// Cargo is told to build these crates, for this reason.
    Built { crates: Vec<StdCrate>, why: String },
}

impl Std {
    /// The installation that gives the toolchain the target's library or its source, if it is
    /// missing.
    ///
    /// # Errors
    ///
    /// When rustup does not manage the toolchain, or nothing may be fetched.
    pub(crate) fn installation(
        &self,
        rustup: Rustup<'_>,
        triple: &str,
    ) -> Result<Option<Installation>> {
        match self {
            Self::Added { hint } => rustup.library(triple, hint.clone()).map(Some),
            _ if self.reads_source() && !rustup.toolchain.has_src => rustup.source().map(Some),
            Self::Ready | Self::UserManaged | Self::Built { .. } => Ok(None),
        }
    }

    /// Whether the library's source is needed.
    pub(crate) fn reads_source(&self) -> bool {
        matches!(self, Self::UserManaged | Self::Built { .. })
    }

    /// The setting that tells cargo which crates of the library to build. None if cross does not
    /// decide this.
    pub(crate) fn crates_setting(&self) -> Option<(String, Value)> {
        let Self::Built { crates, .. } = self else {
            return None;
        };
        let names = crates.iter().map(|name| Value::from(name.as_str()));
        Some((
            "unstable.build-std".to_owned(),
            Value::Array(names.collect()),
        ))
    }
}

/// The facts for the decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StdRequest<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) triple: &'a str,
}

/// Facts that take a look at a file or a process. They are asked for only if they matter.
pub(crate) trait StdProbe {
    /// Whether rustup offers the target's library for this toolchain.
    fn offered(&self) -> Result<bool>;
    /// Whether this toolchain's cargo accepts unstable options.
    fn unstable(&self) -> Result<bool>;
    /// Whether rustup is installed, so that `+nightly` works.
    fn rustup(&self) -> bool;
    /// Whether rustup's nightly toolchain is installed together with the library's source.
    fn nightly_source(&self) -> bool;
}

impl StdRequest<'_> {
    /// Decides where the standard library comes from.
    ///
    /// # Errors
    ///
    /// If the library cannot be had. The hint is a command that would get it.
    pub(crate) fn answer(&self, facts: &impl StdProbe) -> Result<Std> {
        let std = self.origin(facts)?;
        // What cannot be installed is an error before anything is changed.
        std.installation(self.context.rustup(), self.triple)?;
        Ok(std)
    }

    fn origin(&self, facts: &impl StdProbe) -> Result<Std> {
        if !self.context.subcommand.needs_std() {
            return Ok(Std::Ready);
        }
        if self.told(facts)? {
            return Ok(Std::UserManaged);
        }
        let crates = match self.context.config.build_std.as_ref().map(|s| &s.value) {
            Some(BuildStd::Always) => Some(self.crates()),
            Some(BuildStd::Crates(crates)) => Some(crates.as_slice()),
            Some(BuildStd::Never) | None => None,
        };
        if let Some(crates) = crates {
            return self.wanted(crates, facts);
        }
        if self.context.toolchain.has_std(self.triple) {
            return Ok(Std::Ready);
        }
        if self.context.toolchain.rustup_name.is_some() && facts.offered()? {
            let hint = self.hint_for_rustup(facts)?;
            return Ok(Std::Added { hint });
        }
        self.missing(facts)
    }

    /// The crates to build by default for this target.
    fn crates(&self) -> &'static [StdCrate] {
        let row = target::find(self.triple);
        if row.is_some_and(|row| !row.family().std) {
            CRATES_WITHOUT_STD
        } else {
            CRATES
        }
    }

    /// Whether the user has told cargo to build the library (on the command line, in cargo's
    /// configuration or by an environment variable), or runs xargo. Cross then leaves it to them.
    /// A stable cargo passes over unstable settings, and refuses unstable options.
    fn told(&self, facts: &impl StdProbe) -> Result<bool> {
        let flags = &self.context.invocation.options.unstable;
        let flag = flags.iter().any(|f| {
            f.to_str()
                .is_some_and(|f| f.split('=').next() == Some("build-std"))
        });
        if flag || self.context.config.xargo.value {
            return Ok(true);
        }
        let setting = self.context.cargo_config.get("unstable.build-std");
        let variable = self.context.host.text("CARGO_UNSTABLE_BUILD_STD");
        Ok((setting.is_some() || variable.is_some()) && facts.unstable()?)
    }

    /// The answer if cross's configuration asks for these crates.
    fn wanted(&self, crates: &[StdCrate], facts: &impl StdProbe) -> Result<Std> {
        let source = self
            .context
            .config
            .build_std
            .as_ref()
            .map(|s| s.source.to_string());
        let source = source.unwrap_or_default();
        if facts.unstable()? {
            return Ok(Std::Built {
                crates: crates.to_vec(),
                why: format!("{source} asks for it"),
            });
        }
        let message =
            format!("{source} needs a nightly toolchain: no other can build the standard library");
        Err(self.with_nightly(Error::new(message), facts))
    }

    /// The answer if the library can only be built from source.
    fn missing(&self, facts: &impl StdProbe) -> Result<Std> {
        let toolchain = self.context.toolchain;
        let triple = self.triple;
        let managed = toolchain.rustup_name.is_some();
        let lacks = if managed {
            format!("rustup has no standard library for `{triple}`")
        } else {
            format!(
                "the toolchain in `{}` lacks the standard library for `{triple}`",
                toolchain.sysroot.display()
            )
        };
        if let Some(setting) = &self.context.config.build_std {
            return Err(
                Error::new(format!("{lacks}, and {} is `false`", setting.source))
                    .hint("set it to `true` and use a nightly toolchain, which builds the library from source"),
            );
        }
        if !facts.unstable()? {
            let message = format!("{lacks}, and only a nightly toolchain can build it");
            return Err(self.with_nightly(Error::new(message), facts));
        }
        if !managed && !toolchain.has_src {
            return Err(Error::new(format!(
                "{lacks} and its source, and rustup did not install that toolchain"
            )));
        }
        Ok(Std::Built {
            crates: self.crates().to_vec(),
            why: lacks,
        })
    }

    /// The hint if rustup cannot add a library that it offers. It only names a command that works
    /// at once.
    fn hint_for_rustup(&self, facts: &impl StdProbe) -> Result<Option<String>> {
        if self.context.config.build_std.is_some() {
            // The user has configured not to build the library.
            return Ok(None);
        }
        let cmd = if self.context.toolchain.has_src && facts.unstable()? {
            Cmd::new("cross").args(self.context.invocation.argv())
        } else if facts.nightly_source() {
            self.on_nightly()
        } else {
            return Ok(None);
        };
        let cmd = cmd.env("CROSS_BUILD_BUILD_STD", "true");
        Ok(Some(format!("build it from source: {cmd}")))
    }

    /// Adds the user's command with `+nightly` as a hint to an error.
    pub(super) fn with_nightly(&self, error: Error, facts: &impl StdProbe) -> Error {
        if facts.rustup() {
            error.hint(self.on_nightly().to_string())
        } else {
            error
        }
    }

    /// The user's command with `+nightly`.
    fn on_nightly(&self) -> Cmd {
        let nightly = Invocation {
            toolchain: Some(OsString::from("nightly")),
            ..self.context.invocation.clone()
        };
        Cmd::new("cross").args(nightly.argv())
    }
}
