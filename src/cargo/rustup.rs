//! Installation of components by rustup.

use crate::cargo::toolchain::Toolchain;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::process::{Cmd, reason};
use cross_base::term::Term;

/// A component that rustup installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    /// A description of the component, for users.
    pub(crate) what: String,
    pub(crate) cmd: Cmd,
    /// Another way to get the component, for the error if rustup fails.
    pub(crate) hint: Option<String>,
}

impl Installation {
    /// Adds the standard library for a target.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup.
    pub(crate) fn of_library(
        toolchain: &Toolchain,
        triple: &str,
        hint: Option<String>,
    ) -> Result<Self> {
        let what = format!("the standard library for `{triple}`");
        Self::new(toolchain, what, ["target", "add", triple], hint)
    }

    /// Adds the source of the standard library.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup.
    pub(crate) fn of_source(toolchain: &Toolchain) -> Result<Self> {
        let what = "the standard library's source".to_owned();
        Self::new(toolchain, what, ["component", "add", "rust-src"], None)
    }

    /// Adds a component that the project names.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup.
    pub(crate) fn of_component(toolchain: &Toolchain, name: &str) -> Result<Self> {
        if name == "rust-src" {
            return Self::of_source(toolchain);
        }
        let what = format!("the component `{name}`");
        Self::new(toolchain, what, ["component", "add", name], None)
    }

    fn new(
        toolchain: &Toolchain,
        what: String,
        args: [&str; 3],
        hint: Option<String>,
    ) -> Result<Self> {
        let Some(name) = &toolchain.rustup_name else {
            let error = Error::new(format!(
                "the toolchain in `{}` lacks {what}, and rustup did not install that toolchain",
                toolchain.sysroot.display()
            ));
            return Err(error.hint_if(hint));
        };
        let cmd = Cmd::new("rustup").args(args).args(["--toolchain", name]);
        Ok(Self { what, cmd, hint })
    }

    /// Runs rustup. No other cross runs it at the same time.
    ///
    /// # Errors
    ///
    /// If rustup fails.
    pub(crate) fn run(&self, host: &Host, term: Term) -> Result<()> {
        // rustup has no lock: if two of its processes add the same component, one finds files of
        // the other and fails. <https://github.com/rust-lang/rustup/issues/988>
        let _lock = Lock::take(&host.lock_file("rustup"), || {
            let message = "for another cross that lets rustup install something";
            term.status("Waiting", message);
        })?;
        let Self { what, cmd, hint } = self;
        term.status("Installing", &format!("{what} ({cmd})"));
        let output = cmd.output()?;
        if output.status.success() {
            return Ok(());
        }
        let reason = reason(&output);
        let error = Error::new(format!("cannot install {what}: {cmd}: {reason}"));
        Err(error.hint_if(hint.clone()))
    }
}
