//! sccache in containers: the caller's program, a cache that containers alone fill, and a server of
//! each container's own.

use std::path::PathBuf;

use crate::cargo::sccache::{DIR, NAME, Program, SOCKET, VARIABLE};
use crate::engine::spec::{Access, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

/// Where containers have the program, under a name by which crates know it.
const PLACE: &str = "/run/cross/sccache";
/// The socket of its server, in a directory that each container has for itself.
const SERVER: &str = "/tmp/.cross-sccache";

impl PlanInput<'_> {
    /// The program, if it wraps rustc in the container; why it does not, if it was to.
    fn wrapper(&self) -> Option<Result<&Program, &str>> {
        let sccache = self.sccache.filter(|_| !self.is_named(VARIABLE))?;
        Some(match &sccache.program {
            // A program of the project's own is used where it stands.
            Ok(program) if self.in_project(&program.path) => return None,
            Ok(program) if !program.is_static && !self.image.is_ours() => Err(
                "it is not static, and the image may lack its libraries; `env.passthrough = [\"RUSTC_WRAPPER=sccache\"]` starts the image's own",
            ),
            Ok(program) => Ok(program),
            Err(why) => Err(why),
        })
    }

    /// Whether it wraps rustc in the container.
    pub(super) fn has_sccache(&self) -> bool {
        self.wrapper().is_some_and(|wrapper| wrapper.is_ok())
    }

    /// The directory of its cache: one below what the caller names, else one of this target
    /// directory's. No program of the host reads it, as what a container writes there becomes
    /// part of later results.
    fn sccache_dir(&self) -> PathBuf {
        let named = self.sccache.and_then(|sccache| sccache.dir.clone());
        named.unwrap_or_else(|| self.beside().join(NAME))
    }

    /// The program and its cache.
    pub(super) fn sccache_mounts(&self, prepare: &mut Vec<Step>) -> Vec<Mount> {
        let Some(Ok(program)) = self.wrapper() else {
            return Vec::new();
        };
        let dir = self.sccache_dir();
        prepare.push(Step::Dir(Place::trusted(&dir)));
        let program = Mount {
            source: program.path.clone(),
            target: PLACE.into(),
            access: Access::ReadOnly,
        };
        vec![program, Mount::same(dir, Access::ReadWrite)]
    }

    /// What makes cargo start it and keeps it apart from servers of the host.
    pub(super) fn sccache_environment(&self) -> Vec<(&'static str, PathBuf)> {
        if !self.has_sccache() {
            return Vec::new();
        }
        vec![
            (VARIABLE, PLACE.into()),
            (DIR, self.sccache_dir()),
            (SOCKET, SERVER.into()),
        ]
    }

    /// What is said where it cannot be used.
    pub(super) fn unused_sccache(&self) -> Option<String> {
        let Some(Err(why)) = self.wrapper() else {
            return None;
        };
        let asker = &self.sccache?.asker;
        Some(format!(
            "nothing is cached by `{NAME}`, which {asker} asks for: {why}"
        ))
    }
}
