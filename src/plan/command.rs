//! The command that the container starts: cargo, or a program in its place, with the caller's
//! arguments and cross's settings.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::Invocation;
use crate::plan::{PlanInput, XARGO};
use crate::target;

/// The key of cargo's configuration for the directory of intermediate files.
const BUILD_DIR: &str = "build.build-dir";

impl PlanInput<'_> {
    /// The command in the container: cargo with the caller's arguments and cross's settings.
    pub(super) fn command(&self) -> Vec<OsString> {
        self.started(self.told())
    }

    /// The command that starts cargo with this command line, in the container or without one.
    pub(super) fn started(&self, invocation: Invocation) -> Vec<OsString> {
        if !self.engine.isolates() {
            return self.started_on_host(invocation);
        }
        let invocation = Invocation {
            // The container has one toolchain, which is on `PATH`, and no rustup that could read
            // `+toolchain`.
            toolchain: None,
            ..invocation
        };
        let mut command = vec![self.program()];
        command.extend(invocation.argv());
        command
    }

    /// The caller's command line, with the target and the settings that cargo cannot know
    /// otherwise.
    pub(super) fn told(&self) -> Invocation {
        let mut invocation = self.context.invocation.clone();
        if self.target.tell_cargo && !self.tells_by_variable() {
            invocation = invocation.for_target(self.told_target().as_ref());
        }
        invocation = invocation.without_target_of_built();
        // The user's own directory for intermediate files contains cross's, which must win.
        let asker = self.context.cargo_config.asker(BUILD_DIR);
        let is_said = asker.is_some_and(|asker| asker.is_command_line());
        // A plugin that passes the user's option on does so with one more. Other settings are in
        // variables.
        let is_passed_on = |key: &str| key == BUILD_DIR && is_said && invocation.has_config();
        let mut settings = self.settings();
        settings.retain(|(key, _)| !self.is_plugin() || is_passed_on(key));
        // `with_config` puts each option before those that are there.
        for (key, value) in settings.iter().rev() {
            let setting = format!("{key}={value}");
            invocation = if key == BUILD_DIR && is_said {
                invocation.with_last_config(&setting)
            } else {
                invocation.with_config(&setting)
            };
        }
        invocation
    }

    /// The message about a target that only the program is told of, such as a task of `xtask` that
    /// calls cargo for it. The image is for another target.
    pub(super) fn target_of_the_program(&self) -> Option<String> {
        if self.target.named || !self.context.subcommand.is_run() {
            return None;
        }
        let targets = self.context.invocation.values_behind("--target");
        let row = target::find(targets.first()?.to_str()?)?;
        // A task that is compiled for the target has to be able to start cargo.
        let is_emulated = row.runner().is_some_and(|runner| runner.emulator.is_some());
        let triple = row.triple;
        if !is_emulated || triple == self.target.name() {
            return None;
        }
        Some(format!(
            "`--target {triple}` is for the program, and its container has no tools for this target: `cross run --target {triple} …` brings them"
        ))
    }

    /// Settings for cargo that cross adds to the user's own configuration.
    ///
    /// They are options and not variables. A build script that calls cargo itself would inherit
    /// variables, wait for its own caller's lock for ever, and build a standard library for its
    /// host. A plugin calls cargo itself too, but does not pass cargo's options on, so plugins get
    /// variables.
    pub(crate) fn settings(&self) -> Vec<(String, toml::Value)> {
        let dir = self.build_dir_setting().map(toml::Value::String);
        let dir = dir.map(|dir| (BUILD_DIR.to_owned(), dir));
        let browser = self.opened_file().map(|file| {
            // Cargo adds the path of the page as the last argument.
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
            .chain(self.own_runner())
            .collect()
    }

    /// Whether a variable tells cargo the target that only cross knows. Plugins get the variable,
    /// as not all of their commands take `--target`.
    pub(crate) fn tells_by_variable(&self) -> bool {
        self.target.tell_cargo
            && self.is_plugin()
            && self.context.invocation.options.targets.is_empty()
    }

    /// Whether the command is a program of its own, which calls cargo: a plugin, or xargo.
    pub(crate) fn is_plugin(&self) -> bool {
        self.context.is_plugin()
    }

    /// Whether xargo runs in place of cargo.
    pub(super) fn is_xargo(&self) -> bool {
        self.context.config.xargo.value
    }

    /// The program that the container starts.
    pub(super) fn program(&self) -> OsString {
        if self.is_xargo() {
            return XARGO.into();
        }
        self.cargo_behind_front()
            .map_or("cargo".into(), PathBuf::into_os_string)
    }

    /// The directory in which xargo keeps the libraries that it builds. They fit this image alone,
    /// and the container's home directory is gone after each run.
    pub(crate) fn xargo_home(&self) -> Option<PathBuf> {
        self.is_xargo().then(|| self.own_dir().join(XARGO))
    }
}
