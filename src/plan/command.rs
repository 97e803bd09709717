//! The command that the container starts: cargo, or a program in its place, and what it is told on
//! top of the caller's words.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::{Invocation, Provider};
use crate::plan::{PlanInput, XARGO};

impl PlanInput<'_> {
    /// The command in the container: cargo, told what it cannot know there.
    pub(super) fn command(&self) -> Vec<OsString> {
        self.started(self.told())
    }

    /// How the container starts cargo with a command line.
    pub(super) fn started(&self, invocation: Invocation) -> Vec<OsString> {
        let invocation = Invocation {
            // The one toolchain is on `PATH`, and there is no rustup that could read this.
            toolchain: None,
            ..invocation
        };
        let mut command = vec![self.program()];
        command.extend(invocation.argv());
        command
    }

    /// What the user said, and beside it what cargo cannot know.
    pub(super) fn told(&self) -> Invocation {
        let mut invocation = self.context.invocation.clone();
        if self.target.tell_cargo && !self.tells_by_variable() {
            invocation = invocation.for_target(self.told_target().as_ref());
        }
        if !self.is_plugin() {
            // Each goes before the others.
            for (key, value) in self.settings().iter().rev() {
                invocation = invocation.with_config(&format!("{key}={value}"));
            }
        }
        invocation
    }

    /// What cargo is told on top of the user's own configuration.
    ///
    /// By options, not by variables: a build script that calls cargo itself would inherit these,
    /// wait for its own caller's lock for ever, and build a standard library for its host. A
    /// plugin calls cargo itself too, and hands on no options of cargo's, so there it has to be
    /// variables.
    pub(crate) fn settings(&self) -> Vec<(String, toml::Value)> {
        let dir = self.build_dir_setting().map(toml::Value::String);
        let dir = dir.map(|dir| ("build.build-dir".to_owned(), dir));
        let browser = self.opened_file().map(|file| {
            // Cargo adds the page.
            let script = "printf %s \"$1\" >\"$0\"";
            let words = ["sh", "-c", script].map(str::to_owned).into_iter();
            let words = words.chain([file.to_string_lossy().into_owned()]);
            let words = words.map(toml::Value::String).collect();
            ("doc.browser".to_owned(), toml::Value::Array(words))
        });
        let first = dir.into_iter().chain(browser);
        first
            .chain(self.std_settings())
            .chain(self.specification_setting())
            .collect()
    }

    /// Whether cargo learns of a target that only cross knows from a variable: not every command of
    /// a plugin takes `--target`.
    pub(crate) fn tells_by_variable(&self) -> bool {
        self.target.tell_cargo
            && self.is_plugin()
            && self.context.invocation.options.targets.is_empty()
    }

    /// Whether a program of its own does it, which calls cargo.
    pub(crate) fn is_plugin(&self) -> bool {
        self.context.subcommand.provider == Provider::Plugin || self.is_xargo()
    }

    /// Whether xargo is in cargo's place.
    pub(super) fn is_xargo(&self) -> bool {
        self.context.config.xargo.value
    }

    /// What is started.
    pub(super) fn program(&self) -> OsString {
        if self.is_xargo() {
            return XARGO.into();
        }
        self.cargo_behind_front()
            .map_or("cargo".into(), PathBuf::into_os_string)
    }

    /// Where xargo keeps the libraries it makes: they are only good for this image, and the home
    /// directory is gone after each run.
    pub(crate) fn xargo_home(&self) -> Option<PathBuf> {
        self.is_xargo().then(|| self.own_dir().join(XARGO))
    }
}
