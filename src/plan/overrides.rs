//! Programs of the host in cargo's configuration, which containers do not have. Variables win over
//! such keys, so the files can stay as they are: git would call a tracked file changed if the
//! container saw another.

use crate::cargo::config::variable;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use cross_base::pattern::matches;

/// Keys that name a program, each with the variable that wins over it and the variable's value
/// without the key. No wrapper is an empty one.
/// <https://doc.rust-lang.org/cargo/reference/environment-variables.html#environment-variables-cargo-reads>
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("build.rustc", "RUSTC", "rustc"),
    ("build.rustc-wrapper", "RUSTC_WRAPPER", ""),
    (
        "build.rustc-workspace-wrapper",
        "RUSTC_WORKSPACE_WRAPPER",
        "",
    ),
    ("build.rustdoc", "RUSTDOC", "rustdoc"),
];
/// Keys that cargo does not read in the container: it ignores `ar`, and is told the browser.
const UNREAD: &[&str] = &["target.*.ar", "doc.browser"];
/// The linker that rustc starts for the machine that builds, if it is told none.
const LINKER: &str = "cc";

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
            (!stays && !self.names_project_file(variable))
                .then(|| EnvVar::Set((*variable).to_owned(), (*value).into()))
        });
        programs.chain(self.linker_of_the_host()).collect()
    }

    /// The variable for the linker of build scripts, if a configuration file names one of the host.
    fn linker_of_the_host(&self) -> Option<EnvVar> {
        let triple = &self.context.toolchain.host;
        let variable = variable(&format!("target.{triple}.linker"));
        let program = self.context.cargo_config.program(triple, "linker")?;
        let is_own = program.path.is_some_and(|path| self.in_project(&path));
        let is_known = self.image.has_variable(&variable) || *triple == self.target.triple;
        let stays = program.file.is_none() || is_own || is_known;
        (!stays && !self.names_project_file(&variable))
            .then(|| EnvVar::Set(variable, LINKER.into()))
    }
}
