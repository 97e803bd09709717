//! Variables that have a value of the caller's and another one, of cargo's configuration or of the
//! image. The caller's wins, as without a container.

use std::path::Path;

use crate::engine::spec::{EnvVar, last};
use crate::plan::PlanInput;

/// The beginnings of names with which the crate pkg-config looks for directories with libraries of
/// one target. The target's name follows, also with underscores.
/// <https://docs.rs/pkg-config/latest/pkg_config/#environment-variables>
const LIBRARIES: &[&str] = &[
    "PKG_CONFIG_LIBDIR_",
    "PKG_CONFIG_PATH_",
    "PKG_CONFIG_SYSROOT_DIR_",
];

impl PlanInput<'_> {
    /// Whether cargo's configuration gives a variable its value whatever the caller has set.
    pub(super) fn is_forced(&self, name: &str) -> bool {
        let value = self.context.cargo_config.variable(name);
        value.and_then(|value| value.get("force")?.as_bool()) == Some(true)
    }

    /// Whether a variable names directories in which pkg-config looks for libraries of this target
    /// alone.
    pub(super) fn finds_libraries(&self, name: &str) -> bool {
        let mut targets = LIBRARIES
            .iter()
            .filter_map(|begin| name.strip_prefix(begin));
        let own = self.target.name();
        targets.any(|target| target == own || target == own.replace('-', "_"))
    }

    /// Whether a variable has paths in the project only, with colons between them.
    pub(super) fn is_of_the_project(&self, name: &str) -> bool {
        let value = self.context.host.text(name).unwrap_or_default();
        !value.is_empty() && std::env::split_paths(value).all(|path| self.in_project(&path))
    }

    /// The image's variables for this target alone (`AARCH64_UNKNOWN_LINUX_GNU_OPENSSL_DIR`) to
    /// which the run gives a value by their plain names. Crates would take the image's.
    /// <https://docs.rs/openssl/latest/openssl/#manual>
    pub(super) fn in_place_of_the_images(&self, env: &[EnvVar]) -> Vec<EnvVar> {
        let upper = self.target.name().replace(['-', '.'], "_").to_uppercase();
        let own = env.iter().filter_map(|variable| {
            let name = format!("{upper}_{}", variable.name());
            let is_ours = self.image.has_variable(&name) && last(env, &name).is_none();
            let value = variable.value(self.context.host).filter(|_| is_ours)?;
            Some(EnvVar::set(name, value))
        });
        own.collect()
    }

    /// Whether a variable has an absolute path outside of the project, which the container may not
    /// have.
    pub(super) fn is_elsewhere(&self, name: &str) -> bool {
        let path = self.context.host.text(name).map(Path::new);
        path.is_some_and(|path| path.is_absolute() && !self.in_project(path))
    }
}
