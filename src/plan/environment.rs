//! The environment of the container: variables that belong to tools, variables that the project
//! asks for, and variables by which programs find each other. No other variable of the caller's
//! gets in, and never a credential.

use std::ffi::{OsStr, OsString};

use crate::cargo::config::kept_back::{HOST_PROGRAM, SECRET, WRAPPER_VARIABLE};
use crate::engine::spec::EnvVar;
use crate::plan::after::is_answered;
use crate::plan::mounts::PLUGINS;
use crate::plan::system::{CA_BUNDLE, ZONE};
use crate::plan::variables::{is_passed, reason};
use crate::plan::{HOME, PlanInput, front};
use cross_base::pattern::{is_pattern, matches};
use cross_base::secrets::is_secret;

/// The variable that tells the runner the directory of the build scripts' output.
pub(crate) const BUILD_SCRIPTS: &str = "CROSS_BUILD_SCRIPTS";

/// The variable with the directory in which GCC looks for its programs before its own directories.
/// rustc's directory of linkers comes first, because Debian's lld is older than rustc's LLVM and
/// cannot read its bitcode. <https://gcc.gnu.org/onlinedocs/gcc/Environment-Variables.html>
pub(super) const COMPILER_PATH: &str = "COMPILER_PATH";

/// The variable with the working directory.
const DIRECTORY: &str = "PWD";
/// The variable with the toolchain's name.
const RUSTUP_TOOLCHAIN: &str = "RUSTUP_TOOLCHAIN";
/// The variable with the directory of rustup's toolchains. rustup's proxies set it for their
/// children.
const RUSTUP_HOME: &str = "RUSTUP_HOME";

impl PlanInput<'_> {
    /// All variables, in a fixed order: the caller's by name, then the configuration's, then
    /// cross's own. Later ones win.
    pub(crate) fn environment(&self, notes: &mut Vec<String>) -> Vec<EnvVar> {
        let mut env = self.callers(notes);
        env.extend(self.git_environment());
        env.extend(self.overrides());
        env.extend(self.own_programs());
        let asked = self.asked_programs().into_iter();
        env.extend(asked.map(|(name, value)| EnvVar::set(name, value)));
        env.extend(self.configured());
        env.extend(self.in_place_of_the_images(&env));
        env.extend(self.plugin_environment());
        env.extend(self.of_the_machine());
        env.extend(self.of_rust());
        if let Some(dir) = self.xargo_home() {
            env.push(EnvVar::set("XARGO_HOME", dir));
        }
        if let Some(runner) = &self.context.config.runner {
            env.push(EnvVar::set("CROSS_RUNNER", runner.value.as_str()));
        }
        if let Some((variable, runner)) = self.requested_runner() {
            env.push(EnvVar::set(variable, runner));
        }
        if let Some((variable, place)) = self.older_variable() {
            env.push(EnvVar::set(variable, place));
        }
        if let Some(dir) = self.build_scripts() {
            env.push(EnvVar::set(BUILD_SCRIPTS, dir));
        }
        if let (Some(row), Some((name, level))) = (self.row(), self.api_level()) {
            let variables = row.environment_with(name, &level).into_iter();
            env.extend(variables.map(|(name, value)| EnvVar::set(name, value)));
        }
        let of_sccache = self.sccache_environment().into_iter();
        env.extend(of_sccache.map(|(name, value)| EnvVar::set(name, value)));
        if let Some(machine) = &self.context.config.machine {
            env.push(EnvVar::set("CROSS_MACHINE", machine.value.clone()));
        }
        let instead = self.instead_of_beside().into_iter();
        env.extend(instead.map(|(name, value)| EnvVar::set(name, value)));
        if let Some((name, value)) = self.without_leaks() {
            env.push(EnvVar::set(name, value));
        }
        if self.wants_color() {
            env.push(EnvVar::set("CARGO_TERM_COLOR", "always"));
        }
        self.tell_of_specification(&mut env);
        env
    }

    /// The variables by which the command finds the target's programs that it asks for. Each image
    /// and each toolchain has them by the target's name.
    pub(super) fn asked_programs(&self) -> Vec<(String, String)> {
        let target = self.target.name();
        let all = self.context.subcommand.asks().iter();
        let all = all.filter_map(|program| {
            let name = format!("{}_{target}", program.to_uppercase());
            let row = self.row().filter(|_| !self.image.has_variable(&name))?;
            Some((name, format!("{}-{program}", row.triple)))
        });
        all.collect()
    }

    /// Variables about the container's user and files, as a login sets them.
    fn of_the_machine(&self) -> Vec<EnvVar> {
        let mut env = vec![
            EnvVar::set("HOME", HOME),
            EnvVar::set("USER", self.context.host.user_name()),
            EnvVar::set("PATH", self.path()),
        ];
        // Shells set this, and build scripts read it.
        if self.context.host.var(DIRECTORY).is_some() && !self.is_named(DIRECTORY) {
            env.push(EnvVar::set(DIRECTORY, &self.context.host.cwd));
        }
        if let Some(zone) = self.zone_of_the_machine() {
            env.push(EnvVar::set(ZONE, zone));
        }
        env
    }

    /// Variables for Rust's tools and their network, and for the linkers of its toolchain.
    fn of_rust(&self) -> Vec<EnvVar> {
        // The directory of cargo's plugins has rustup's proxies as well. A proxy that is asked for
        // a program that the toolchain lacks would install a toolchain.
        let mut env = vec![EnvVar::set("RUSTUP_AUTO_INSTALL", "0")];
        // rustup's proxies set this, and build scripts ask it for the toolchain's name.
        // <https://rust-lang.github.io/rustup/environment-variables.html>
        let toolchain = self.context.toolchain.rustup_name.as_deref();
        if let Some(name) = toolchain.filter(|_| !self.is_named(RUSTUP_TOOLCHAIN)) {
            env.push(EnvVar::set(RUSTUP_TOOLCHAIN, name));
        }
        if let Some(home) = self.rustup_home().filter(|_| !self.is_named(RUSTUP_HOME)) {
            env.push(EnvVar::set(RUSTUP_HOME, home));
        }
        env.push(EnvVar::set("CARGO_HOME", &self.context.host.cargo_home));
        if self.ca_bundle.is_some() {
            env.push(EnvVar::set("SSL_CERT_FILE", CA_BUNDLE));
            env.push(EnvVar::set("CARGO_HTTP_CAINFO", CA_BUNDLE));
        }
        let linkers = self.context.toolchain.linkers();
        if let Some(dir) = linkers.filter(|_| self.row().is_some() && !self.is_named(COMPILER_PATH))
        {
            env.push(EnvVar::set(COMPILER_PATH, dir));
        }
        env
    }

    /// The caller's variables that belong to tools and are passed on.
    fn callers(&self, notes: &mut Vec<String>) -> Vec<EnvVar> {
        let names = self.context.host.names();
        // A variable that the configuration names in full is added with the configuration's.
        let names = names.filter(|name| !self.is_named(name));
        let mut env = Vec::new();
        for name in names {
            let kept_back = reason(name);
            // A `*` in the table may match a secret, as a pattern in a project's configuration may.
            let kept_back = kept_back.or_else(|| is_secret(name).then_some(SECRET));
            match kept_back.filter(|reason| *reason != SECRET || is_passed(name)) {
                Some(HOST_PROGRAM) if self.names_project_file(name) => {
                    env.push(EnvVar::Inherit(name.to_owned()));
                }
                None if !self.is_wanted(name) => {}
                None if self.context.host.text(name).is_none()
                    && self.context.host.var(name) != Some(OsStr::new("")) =>
                {
                    notes.push(format!(
                        "without the variable `{name}`: its value is not UTF-8"
                    ));
                }
                None => env.push(match self.stripped_proxy(name) {
                    Some(value) => EnvVar::set(name, value),
                    None => EnvVar::Inherit(name.to_owned()),
                }),
                Some(HOST_PROGRAM) if name.ends_with(WRAPPER_VARIABLE) && self.has_sccache() => {}
                Some(reason) if reason == HOST_PROGRAM || reason == SECRET => {
                    notes.push(format!("without the variable `{name}`: {reason}"));
                }
                Some(_) => {}
            }
        }
        if self.context.host.var("CARGO_BUILD_TARGET").is_some() && !self.target.tell_cargo {
            env.push(EnvVar::Inherit("CARGO_BUILD_TARGET".to_owned()));
        }
        env
    }

    /// Whether a variable of the caller's gets into the container unless it is kept back.
    fn is_wanted(&self, name: &str) -> bool {
        is_passed(name)
            || self.is_preferred(name)
            || self.finds_libraries(name) && self.is_of_the_project(name)
    }

    /// The variables of the configuration: by name, with a value, by pattern, and those of
    /// `env.volumes` whose values are paths.
    pub(super) fn configured(&self) -> Vec<EnvVar> {
        let config = self.context.config;
        let entries = config.passthrough.iter().chain(&config.volumes);
        let entries = entries.map(|setting| setting.value.as_str());
        entries.flat_map(|entry| self.entry(entry)).collect()
    }

    fn entry(&self, entry: &str) -> Vec<EnvVar> {
        if let Some((name, value)) = entry.split_once('=') {
            return vec![EnvVar::set(name, value)];
        }
        if is_pattern(entry) {
            let names = self.context.host.names();
            let names = names.filter(|name| matches(entry, name) && !self.is_too_much(name));
            return names.filter_map(|name| self.callers_own(name)).collect();
        }
        self.callers_own(entry).into_iter().collect()
    }

    fn callers_own(&self, name: &str) -> Option<EnvVar> {
        let value = self.context.host.var(name)?;
        // The value is not text. As `Set`, the engine refuses the run rather than change it.
        Some(if value.to_str().is_none() {
            EnvVar::set(name, value)
        } else {
            EnvVar::Inherit(name.to_owned())
        })
    }

    /// The value of `PATH`: the scripts before the toolchain, the toolchain, the image's programs,
    /// the caller's cargo plugins.
    fn path(&self) -> OsString {
        let toolchain = self.context.toolchain;
        let mut path = OsString::new();
        if self.has_front() {
            path.push(front::DIR);
            path.push(":");
        }
        path.push(toolchain.sysroot.join("bin"));
        if let Some(dir) = &toolchain.cargo_from {
            path.push(":");
            path.push(dir.join("bin"));
        }
        path.push(":");
        path.push(self.image.path());
        path.push(":");
        path.push(self.context.host.cargo_home.join("bin"));
        if self.plugin.is_some() {
            path.push(":");
            path.push(PLUGINS);
        }
        path
    }

    /// Whether cargo has to be told to use colours. It would use them on the caller's terminal, but
    /// if standard output leads elsewhere the container has no terminal, and cargo sees a pipe.
    fn wants_color(&self) -> bool {
        let host = self.context.host;
        host.stderr_tty
            && !host.has_terminal()
            && ["CARGO_TERM_COLOR", "NO_COLOR"]
                .iter()
                .all(|v| host.text(v).is_none())
            && self.context.invocation.options.color.is_none()
            && self.context.cargo_config.text("term.color").is_none()
            && self.context.invocation.options.message_format.is_empty()
            && host.text("TERM") != Some("dumb")
    }

    /// Whether `[env]` of cargo's configuration names a variable that the caller has set, without
    /// `force`: cargo then keeps the caller's value. The project has asked for the variable, but
    /// not for secrets, nor for files and flags that only this machine has a use for.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#env>
    fn is_preferred(&self, name: &str) -> bool {
        self.context.cargo_config.variable(name).is_some()
            && !self.is_forced(name)
            && !self.is_too_much(name)
            && !self.is_elsewhere(name)
            && !is_answered(name)
    }
}
