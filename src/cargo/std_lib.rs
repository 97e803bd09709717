//! Where the target's standard library comes from: the toolchain has it, rustup has it, or it is
//! built from its source. Decided once for each target; what is rarely needed is only then looked
//! up.

use std::ffi::OsString;

use crate::cargo::context::Context;
use crate::cli::Invocation;
use crate::config::build_std::{BuildStd, StdCrate};
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::process::Cmd;

/// What is built where nothing else was said. Cargo adds what `std` needs, and `test` for tests;
/// but not `panic_abort`, which a profile may ask for: then rustc would take the toolchain's, if it
/// has one.
const CRATES: &[StdCrate] = &[StdCrate::Std, StdCrate::PanicAbort];
/// The same for targets that have no standard library.
const CRATES_WITHOUT_STD: &[StdCrate] = &[StdCrate::Core, StdCrate::Alloc];

/// Where the standard library comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Std {
    /// It is there, or the command needs none, or builds its own.
    Ready,
    /// The user has told cargo to build it, or lets xargo do that.
    UserManaged,
    /// Rustup adds it; the hint says what else to do when that fails.
    Added { hint: Option<String> },
    /// Cargo is told to build these crates; why, in words.
    Built { crates: Vec<StdCrate>, why: String },
}

/// What the decision is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StdRequest<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) triple: &'a str,
}

/// What only a file or a process can tell, asked for where it matters.
pub(crate) trait StdProbe {
    /// Whether rustup has the target's library for this toolchain.
    fn offered(&self) -> Result<bool>;
    /// Whether this toolchain's cargo takes unstable options.
    fn unstable(&self) -> Result<bool>;
    /// Whether rustup is there, so that `+nightly` means something.
    fn rustup(&self) -> bool;
    /// Whether rustup's own nightly is there with the library's source.
    fn nightly_source(&self) -> bool;
}

impl StdRequest<'_> {
    /// Decides.
    ///
    /// # Errors
    ///
    /// When the library cannot be had: the command that would get it is the hint.
    pub(crate) fn answer(&self, facts: &impl StdProbe) -> Result<Std> {
        if !self.context.subcommand.needs_std() {
            return Ok(Std::Ready);
        }
        if self.told() {
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

    /// What of the library there is for the target.
    fn crates(&self) -> &'static [StdCrate] {
        let row = target::find(self.triple);
        if row.is_some_and(|row| !row.family().std) {
            CRATES_WITHOUT_STD
        } else {
            CRATES
        }
    }

    /// Whether cargo was told to build the library, on the command line, by its configuration or by
    /// a variable, or xargo does it: then it is left to that.
    fn told(&self) -> bool {
        let flags = &self.context.invocation.options.unstable;
        let flag = flags.iter().any(|f| {
            f.to_str()
                .is_some_and(|f| f.split('=').next() == Some("build-std"))
        });
        flag || self.context.config.xargo.value
            || self
                .context
                .cargo_config
                .get("unstable.build-std")
                .is_some()
            || self.context.host.text("CARGO_UNSTABLE_BUILD_STD").is_some()
    }

    /// The configuration asks for it.
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

    /// There is none to be had but by building it.
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

    /// What to do when rustup cannot add what it should have; only what would work at once.
    fn hint_for_rustup(&self, facts: &impl StdProbe) -> Result<Option<String>> {
        if self.context.config.build_std.is_some() {
            // The user said no.
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

    /// Adds the user's own command, on nightly, to an error.
    pub(super) fn with_nightly(&self, error: Error, facts: &impl StdProbe) -> Error {
        if facts.rustup() {
            error.hint(self.on_nightly().to_string())
        } else {
            error
        }
    }

    /// The user's own command, on nightly.
    fn on_nightly(&self) -> Cmd {
        let nightly = Invocation {
            toolchain: Some(OsString::from("nightly")),
            ..self.context.invocation.clone()
        };
        Cmd::new("cross").args(nightly.argv())
    }
}
