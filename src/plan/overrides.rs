//! Programs of the host in cargo's configuration, which containers do not have. Variables win over
//! such keys, so the files can stay as they are: git would call a tracked file changed if the
//! container saw another.

use crate::cargo::config::variable;
use crate::cargo::sccache::{KEY, VARIABLE};
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use cross_base::pattern::matches;

/// Keys that name a program, each with the variable that wins over it and the variable's value
/// without the key. No wrapper is an empty one.
/// <https://doc.rust-lang.org/cargo/reference/environment-variables.html#environment-variables-cargo-reads>
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("build.rustc", "RUSTC", "rustc"),
    (KEY, VARIABLE, ""),
    (
        "build.rustc-workspace-wrapper",
        "RUSTC_WORKSPACE_WRAPPER",
        "",
    ),
    ("build.rustdoc", "RUSTDOC", "rustdoc"),
];
/// Keys that cargo does not read in the container: it ignores `ar`, and is told the browser.
const UNREAD: &[&str] = &["target.*.ar", "doc.browser"];
/// Keys of the machine that builds, each with its value without the key: the linker that rustc
/// starts, and for tests of procedural macros a program that only starts another.
const OF_BUILD: &[(&str, &str)] = &[("linker", "cc"), ("runner", "env")];

impl PlanInput<'_> {
    /// Whether a key of a configuration file that cannot work in the container has no effect there,
    /// because a variable wins over it.
    pub(super) fn is_overridden(&self, key: &str) -> bool {
        if key == "http.cainfo" {
            return self.ca_bundle.is_some();
        }
        let by_variable = PROGRAMS.iter().any(|(name, ..)| *name == key);
        if by_variable || UNREAD.iter().any(|pattern| matches(pattern, key)) {
            return true;
        }
        let what = key.rsplit('.').next().unwrap_or_default();
        let config = self.context.cargo_config;
        let read = config.program(self.target.name(), what);
        let is_read = read.is_some_and(|program| program.key == key);
        ["linker", "runner"].contains(&what) && (!is_read || self.is_replaced(what))
    }

    /// Variables in place of programs of the host that configuration files name.
    pub(super) fn overrides(&self) -> Vec<EnvVar> {
        let config = self.context.cargo_config;
        let programs = PROGRAMS.iter().filter_map(|(key, variable, value)| {
            let program = config.command(key)?;
            let is_wrapper = value.is_empty();
            let is_own = program.path.is_some_and(|path| self.in_project(&path));
            let stays = program.file.is_none() || is_wrapper && is_own;
            (!stays && !self.is_set(variable)).then(|| EnvVar::set(*variable, *value))
        });
        let of_build = OF_BUILD.iter();
        let of_build = of_build.filter_map(|(what, value)| self.of_build(what, value));
        programs.chain(of_build).collect()
    }

    /// Whether a variable names a program already: a file of the project by the caller's, or one of
    /// the image's by its own.
    fn is_set(&self, variable: &str) -> bool {
        self.image.has_variable(variable) || self.names_project_file(variable)
    }

    /// The variable in place of a linker or runner of the host, if a configuration file names one
    /// for the machine that builds.
    fn of_build(&self, what: &str, value: &str) -> Option<EnvVar> {
        let triple = &self.context.toolchain.host;
        let variable = variable(&format!("target.{triple}.{what}"));
        let program = self.context.cargo_config.program(triple, what)?;
        let is_own = program.path.is_some_and(|path| self.in_project(&path));
        let is_meant = self.programs_of_the_image().contains(&program.key);
        let stays = program.file.is_none() || is_own || is_meant || *triple == self.target.triple;
        (!stays && !self.is_set(&variable)).then(|| EnvVar::set(variable, value))
    }
}
