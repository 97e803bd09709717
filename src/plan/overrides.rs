//! Programs of the host in cargo's configuration, which containers do not have. Variables win over
//! such keys, so the files can stay as they are: git would call a tracked file changed if the
//! container saw another.

use crate::cargo::config::kept_back::{self, Instead, KEYS, Stays};
use crate::cargo::config::variable;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;

impl PlanInput<'_> {
    /// Whether a key of a configuration file that cannot work in the container has no effect there,
    /// because a variable wins over it.
    pub(super) fn is_overridden(&self, key: &str) -> bool {
        match kept_back::find(key).map(|row| row.instead) {
            Some(Instead::Certificates) => self.ca_bundle.is_some(),
            Some(Instead::Variable(_) | Instead::Unread) => true,
            Some(Instead::OfTarget(_)) => {
                let what = key.rsplit('.').next().unwrap_or_default();
                let config = self.context.cargo_config;
                let read = config.program(self.target.name(), what);
                let is_read = read.is_some_and(|program| program.key == key);
                !is_read || self.is_replaced(what)
            }
            Some(Instead::Nothing) | None => false,
        }
    }

    /// Variables in place of programs of the host that configuration files name.
    pub(super) fn overrides(&self) -> Vec<EnvVar> {
        let config = self.context.cargo_config;
        let programs = KEYS.iter().filter_map(|row| {
            let Instead::Variable(value) = row.instead else {
                return None;
            };
            let (key, variable) = (row.names[0], row.variables[0]);
            let program = config.command(key)?;
            let is_own = program.path.is_some_and(|path| self.in_project(&path));
            let stays = program.file.is_none() || row.stays == Stays::OfProject && is_own;
            (!stays && !self.is_set(variable)).then(|| EnvVar::set(variable, value))
        });
        let of_build = kept_back::of_targets();
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
