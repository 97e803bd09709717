//! The command that the container starts: cargo, or a program in its place, with the caller's
//! arguments and cross's settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::Invocation;
use crate::plan::settings::BUILD_DIR;
use crate::plan::{PlanInput, XARGO};
use crate::target;

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

    /// The command that starts the user's cargo with this command line.
    pub(super) fn started_on_host(&self, invocation: Invocation) -> Vec<OsString> {
        let instead = self.cargo_instead_of_proxy().map(|(cargo, _)| cargo.into());
        // Only the proxy could read `+toolchain`.
        let is_read = instead.is_none();
        let toolchain = invocation.toolchain.clone().filter(|_| is_read);
        let program = if self.is_xargo() {
            XARGO.into()
        } else {
            let cargo = self.cargo_behind_front().or(instead);
            cargo.map_or("cargo".into(), PathBuf::into_os_string)
        };
        let invocation = Invocation {
            toolchain,
            ..invocation
        };
        let mut command = vec![program];
        command.extend(invocation.argv());
        command
    }

    /// The cargo that is started in place of rustup's proxy, and the toolchain's name in rustup.
    pub(super) fn cargo_instead_of_proxy(&self) -> Option<(&Path, &str)> {
        let cargo = self.cargo_of_rustup.filter(|_| !self.is_xargo())?;
        Some((cargo, self.context.toolchain.rustup_name.as_deref()?))
    }
}
