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

/// rustup as the installer of a toolchain's parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rustup<'a> {
    pub(crate) toolchain: &'a Toolchain,
    /// Whether nothing may be fetched.
    pub(crate) offline: bool,
}

impl Rustup<'_> {
    /// Adds the standard library for a target.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup, or nothing may be fetched.
    pub(crate) fn library(&self, triple: &str, hint: Option<String>) -> Result<Installation> {
        let what = format!("the standard library for `{triple}`");
        self.installation(what, ["target", "add", triple], hint)
    }

    /// Adds the source of the standard library.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup, or nothing may be fetched.
    pub(crate) fn source(&self) -> Result<Installation> {
        let what = "the standard library's source".to_owned();
        self.installation(what, ["component", "add", "rust-src"], None)
    }

    /// Adds a component that the project names.
    ///
    /// # Errors
    ///
    /// If the toolchain is not managed by rustup, or nothing may be fetched.
    pub(crate) fn component(&self, name: &str) -> Result<Installation> {
        if name == "rust-src" {
            return self.source();
        }
        let what = format!("the component `{name}`");
        self.installation(what, ["component", "add", name], None)
    }

    /// Checks that nothing has to be installed that the project's toolchain file names, if nothing
    /// may be fetched. rustup's proxy would install it as soon as it is asked anything.
    ///
    /// # Errors
    ///
    /// If something is missing and nothing may be fetched.
    pub(crate) fn has_what_is_named(&self) -> Result<()> {
        let lacking = &self.toolchain.lacking;
        if !self.offline {
            return Ok(());
        }
        if let Some(name) = lacking.components.first() {
            self.component(name)?;
        }
        if let Some(triple) = lacking.targets.first() {
            self.library(triple, None)?;
        }
        Ok(())
    }

    fn installation(
        &self,
        what: String,
        args: [&str; 3],
        hint: Option<String>,
    ) -> Result<Installation> {
        let dir = self.toolchain.sysroot.display();
        let Some(name) = &self.toolchain.rustup_name else {
            let error = Error::new(format!(
                "the toolchain in `{dir}` lacks {what}, and rustup did not install that toolchain"
            ));
            return Err(error.hint_if(hint));
        };
        let cmd = Cmd::new("rustup").args(args).args(["--toolchain", name]);
        if self.offline {
            let error = Error::new(format!(
                "the toolchain in `{dir}` lacks {what}, and nothing is fetched because cargo is offline"
            ));
            return Err(error.hint(format!("run it once with the network: {cmd}")));
        }
        Ok(Installation { what, cmd, hint })
    }
}

impl Installation {
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
