//! What the toolchain lacks, and what cargo is told so that it builds the standard library.

use toml::Value;

use crate::cargo::rustup::Installation;
use crate::cargo::std_lib::Std;
use crate::config::build_std::StdCrate;
use crate::plan::{PlanInput, Step};
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// Adds what the toolchain lacks.
    pub(super) fn components(
        &self,
        prepare: &mut Vec<Step>,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        if let Some(component) = self.context.subcommand.component() {
            self.require_component(component)?;
        }
        match self.std {
            Std::Ready => {}
            Std::Added { hint } => {
                let (toolchain, triple) = (self.context.toolchain, &self.target.triple);
                let library = Installation::of_library(toolchain, triple, hint.clone())?;
                prepare.push(Step::Rustup(library));
            }
            Std::UserManaged => self.require_source(prepare)?,
            Std::Built { why, .. } => {
                self.require_source(prepare)?;
                notes.push(format!("the standard library is built from source: {why}"));
            }
        }
        Ok(())
    }

    /// What cargo is told about the standard library.
    pub(super) fn std_settings(&self) -> Vec<(String, Value)> {
        let (Std::Built { crates, .. }, Some(setting)) = (self.std, self.std_crates()) else {
            return Vec::new();
        };
        let mut settings = vec![setting];
        // Cargo compiles tests to unwind, whatever the profile says, and what they link with it.
        // Where the profile aborts, programs of the package then need a second standard
        // library, and rustc sees both: <https://github.com/rust-lang/cargo/issues/7359>. So all of it has to be the same.
        let has_std = crates.contains(&StdCrate::Std);
        settings.push(if has_std && self.runs_tests() {
            // A test that aborts is run in a process of its own, which the emulator cannot start.
            // Without std the harness is the package's own, and nothing can unwind.
            (
                format!("profile.{}.panic", self.profile()),
                Value::from("unwind"),
            )
        } else {
            ("unstable.panic-abort-tests".to_owned(), Value::from(true))
        });
        settings
    }

    /// Which crates of it are built, as cargo is told where cross decides that.
    pub(super) fn std_crates(&self) -> Option<(String, Value)> {
        let Std::Built { crates, .. } = self.std else {
            return None;
        };
        let names = crates.iter().map(|name| Value::from(name.as_str()));
        Some((
            "unstable.build-std".to_owned(),
            Value::Array(names.collect()),
        ))
    }

    /// Whether running tests is what the command is for: what it builds is not to be kept.
    fn runs_tests(&self) -> bool {
        self.context.subcommand.runs_programs()
            && !self.context.subcommand.wraps()
            && self.context.subcommand.name != "run"
    }

    fn require_source(&self, prepare: &mut Vec<Step>) -> Result<()> {
        if !self.context.toolchain.has_src {
            let source = Installation::of_source(self.context.toolchain)?;
            prepare.push(Step::Rustup(source));
        }
        Ok(())
    }

    fn require_component(&self, component: &str) -> Result<()> {
        if self
            .context
            .toolchain
            .components
            .iter()
            .any(|c| c == component)
        {
            return Ok(());
        }
        let name = self.context.toolchain.rustup_name.as_deref();
        let error = Error::new(format!(
            "`cargo {}` needs the component `{component}`, which the toolchain in `{}` lacks",
            self.context.subcommand.name,
            self.context.toolchain.sysroot.display()
        ));
        Err(match name {
            Some(name) => error.hint(format!(
                "`rustup component add {component} --toolchain {name}`"
            )),
            None => error,
        })
    }
}
