//! Which tools are made for build scripts on a machine without containers.

use super::Resolver;
use super::plans::Known;
use crate::config::TargetConfig;
use crate::target::tools::{self, Library, Tool};
use crate::toolchain::machine;
use cross_base::notices::{Notice, Notices};
use cross_base::version::Version;

impl Resolver<'_> {
    /// The tools that build scripts need and that this machine lacks. None if build scripts run in
    /// a container. A library that the machine's C library cannot load is left out, which a notice
    /// says, of a machine without glibc only if the user has named the library.
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
            let is_named = named.is_some_and(|names| names.contains(&library.name));
            let glibc = machine::glibc(library);
            notices.extend(refusal(library, glibc.as_ref(), is_named).map(Notice::Warning));
            glibc.is_some_and(|glibc| glibc >= library.glibc)
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

/// The warning that build scripts cannot load a library with the machine's glibc. If the machine
/// has none, it is for users who have named the library.
fn refusal(library: &Library, glibc: Option<&Version>, is_named: bool) -> Option<String> {
    let (name, oldest) = (&library.name, &library.glibc);
    let why = match glibc {
        Some(glibc) if glibc < oldest => {
            format!(
                "this machine's glibc {glibc} cannot load cross's `{name}`, which needs {oldest}"
            )
        }
        None if is_named => format!(
            "this machine has no glibc at a usual path, and cross's `{name}` needs {oldest}"
        ),
        _ => return None,
    };
    Some(format!(
        "{why}: install the machine's own if a build script loads it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::tools::TOOLS;

    #[test]
    fn a_machine_that_cannot_load_the_library_is_told_why() {
        let library = &TOOLS.libraries[0];
        let told = |glibc: &str, is_named| {
            let glibc = (!glibc.is_empty()).then(|| glibc.parse().unwrap());
            refusal(library, glibc.as_ref(), is_named)
        };
        assert_eq!(told("2.31", true), None);
        assert_eq!(told(&library.glibc.to_string(), true), None);
        for is_named in [false, true] {
            assert_eq!(
                told("2.17", is_named).unwrap(),
                "this machine's glibc 2.17 cannot load cross's `libclang`, which needs 2.29: \
                 install the machine's own if a build script loads it"
            );
        }
        assert_eq!(told("", false), None);
        assert_eq!(
            told("", true).unwrap(),
            "this machine has no glibc at a usual path, and cross's `libclang` needs 2.29: \
             install the machine's own if a build script loads it"
        );
    }
}
