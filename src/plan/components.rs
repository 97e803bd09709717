//! The steps that install missing parts of the toolchain, and cargo's settings for a standard
//! library from source.

use toml::Value;

use crate::cargo::std_lib::Std;
use crate::config::build_std::StdCrate;
use crate::plan::{PlanInput, Step};
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// Adds the steps that install missing parts of the toolchain.
    pub(super) fn components(
        &self,
        prepare: &mut Vec<Step>,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        if let Some(component) = self.context.subcommand.component() {
            self.require_component(component)?;
        }
        self.named_by_project(prepare)?;
        let library = self
            .std
            .installation(self.context.rustup(), &self.target.triple)?;
        prepare.extend(library.map(Step::Rustup));
        if let Std::Built { why, .. } = self.std {
            notes.push(format!("the standard library is built from source: {why}"));
        }
        Ok(())
    }

    /// Adds the steps that install what the project's toolchain file names. The library of the
    /// target itself and the library's source may be installed by other steps.
    fn named_by_project(&self, prepare: &mut Vec<Step>) -> Result<()> {
        let (rustup, lacking) = (self.context.rustup(), &self.context.toolchain.lacking);
        for name in &lacking.components {
            if name != "rust-src" || !self.std.reads_source() {
                prepare.push(Step::Rustup(rustup.component(name)?));
            }
        }
        for triple in &lacking.targets {
            if *triple != self.target.triple {
                prepare.push(Step::Rustup(rustup.library(triple, None)?));
            }
        }
        Ok(())
    }

    /// Settings with which cargo builds the standard library.
    pub(super) fn std_settings(&self) -> Vec<(String, Value)> {
        let (Std::Built { crates, .. }, Some(setting)) = (self.std, self.std.crates_setting())
        else {
            return Vec::new();
        };
        let mut settings = vec![setting];
        // Cargo compiles tests and all that they link to unwind, whatever `panic` the profile has.
        // If the profile aborts, programs of the package then need a second standard library, and
        // rustc sees both: <https://github.com/rust-lang/cargo/issues/7359>. So one value of
        // `panic` has to hold for everything.
        let has_std = crates.contains(&StdCrate::Std);
        settings.push(if has_std && self.runs_tests() {
            // With the other setting each test would be a process of its own, which the emulator
            // cannot start. Without std the harness is the package's own, and nothing can unwind.
            (
                format!("profile.{}.panic", self.profile()),
                Value::from("unwind"),
            )
        } else {
            ("unstable.panic-abort-tests".to_owned(), Value::from(true))
        });
        settings
    }

    /// Whether the command is there to run tests or benchmarks, so that its results are not kept.
    fn runs_tests(&self) -> bool {
        self.context.subcommand.runs_programs()
            && !self.context.subcommand.wraps()
            && !self.context.subcommand.is_run()
    }

    fn require_component(&self, component: &str) -> Result<()> {
        let toolchain = self.context.toolchain;
        // Projects also write the name that a component had before it was stable.
        let mut named = toolchain.lacking.components.iter();
        let is_added = named.any(|name| name.strip_suffix("-preview").unwrap_or(name) == component);
        if is_added || toolchain.components.iter().any(|c| c == component) {
            return Ok(());
        }
        let name = toolchain.rustup_name.as_deref();
        let error = Error::new(format!(
            "`cargo {}` needs the component `{component}`, which the toolchain in `{}` lacks",
            self.context.subcommand.name(),
            toolchain.sysroot.display()
        ));
        Err(match name {
            Some(name) => error.hint(format!(
                "`rustup component add {component} --toolchain {name}`"
            )),
            None => error,
        })
    }
}
