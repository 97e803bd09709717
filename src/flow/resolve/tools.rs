//! Which tools are made for build scripts on a machine without containers.

use super::Resolver;
use super::plans::Known;
use crate::config::TargetConfig;
use crate::target::HOST;
use crate::target::tools::{self, Library, Tool};
use crate::toolchain::machine;
use cross_base::notices::{Notice, Notices};
use cross_base::version::Version;

impl Resolver<'_> {
    /// The tools that build scripts need and that this machine lacks. None if build scripts run in
    /// a container. A library that the machine's C library cannot load is left out, which a notice
    /// says.
    pub(super) fn tools(
        &self,
        known: &Known<'_>,
        config: &TargetConfig,
        notices: &mut Notices,
    ) -> Vec<Tool> {
        if known.engine.isolates() {
            return Vec::new();
        }
        let named = config.parts.as_ref();
        let named = named.map(|setting| setting.value.as_slice());
        let lockfile = known.lockfile.text.as_deref();
        let lacks = |name: &str| self.host.on_path(name).is_none();
        let lacks_library = |library: &Library| !machine::has(library, self.host);
        let mut needed = tools::needed(named, lockfile, lacks, lacks_library);
        needed.retain(|tool| {
            let Tool::Library(library) = tool else {
                return true;
            };
            if self.names_its_own(library, config) {
                return false;
            }
            let glibc = machine::glibc(library).filter(|_| known.toolchain.host == HOST);
            let refused = glibc.as_ref().and_then(|glibc| too_old(library, glibc));
            let can_load = glibc.is_some() && refused.is_none();
            notices.extend(refused.map(Notice::Warning));
            can_load
        });
        needed
    }

    /// Whether the user says where a library is: by a variable, or in the configuration, cargo's or
    /// cross's. An entry without a value passes on a variable, which may not be set.
    fn names_its_own(&self, library: &Library, config: &TargetConfig) -> bool {
        let name = &library.variable;
        self.host.var(name).is_some()
            || self.cargo_config.variable(name).is_some()
            || config.entries_of(name).any(|entry| entry.contains('='))
    }
}

/// The warning that the machine's glibc cannot load a library.
fn too_old(library: &Library, glibc: &Version) -> Option<String> {
    let (name, oldest) = (&library.name, &library.glibc);
    (glibc < oldest).then(|| {
        format!(
            "this machine's glibc {glibc} cannot load cross's `{name}`, which needs {oldest}: \
             install the machine's own if a build script loads it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tools::TOOLS;

    #[test]
    fn an_old_machine_is_told_which_glibc_the_library_needs() {
        let library = &TOOLS.libraries[0];
        let told = |glibc: &str| too_old(library, &glibc.parse().unwrap());
        assert_eq!(told("2.31"), None);
        assert_eq!(told(&library.glibc.to_string()), None);
        assert_eq!(
            told("2.17").unwrap(),
            "this machine's glibc 2.17 cannot load cross's `libclang`, which needs 2.29: \
             install the machine's own if a build script loads it"
        );
    }
}
