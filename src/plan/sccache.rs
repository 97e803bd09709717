//! sccache in containers: the caller's program, a cache that only containers fill, and a server in
//! each container.

use std::path::PathBuf;

use crate::cargo::config::kept_back::WRAPPER_VARIABLE;
use crate::cargo::sccache::{DIR, NAME, Program, SOCKET};
use crate::engine::spec::{Access, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::beneath::Place;

/// The path of the program in containers. Its file name is one by which crates recognise sccache.
const IN_CONTAINER: &str = "/run/cross/sccache";
/// The socket of sccache's server, in a directory that each container has for itself.
const SERVER: &str = "/tmp/.cross-sccache";

impl PlanInput<'_> {
    /// The program that wraps rustc in the container, or the reason why it cannot although the user
    /// asked for it. None if the user did not ask for it.
    fn wrapper(&self) -> Option<Result<&Program, &str>> {
        let sccache = self.sccache.filter(|_| !self.is_named(WRAPPER_VARIABLE))?;
        Some(match &sccache.program {
            // A program of the project is used at its own path.
            Ok(program) if self.in_project(&program.path) => return None,
            Ok(program) if !program.is_static && !self.image.is_ours() => Err(
                "it is not static, and the image may lack its libraries; `env.passthrough = [\"RUSTC_WRAPPER=sccache\"]` starts the image's own",
            ),
            Ok(program) => Ok(program),
            Err(why) => Err(why),
        })
    }

    /// Whether sccache wraps rustc in the container.
    pub(super) fn has_sccache(&self) -> bool {
        self.wrapper().is_some_and(|wrapper| wrapper.is_ok())
    }

    /// The directory of the cache: one below the directory that the caller names, or one for this
    /// target directory. The host's programs must not read it, as containers write to it and its
    /// content becomes part of later results.
    fn sccache_dir(&self) -> PathBuf {
        let named = self.sccache.and_then(|sccache| sccache.dir.clone());
        named.unwrap_or_else(|| self.container_cache().join(NAME))
    }

    /// The mounts of the program and its cache.
    pub(super) fn sccache_mounts(&self, prepare: &mut Vec<Step>) -> Vec<Mount> {
        let Some(Ok(program)) = self.wrapper() else {
            return Vec::new();
        };
        let dir = self.sccache_dir();
        prepare.push(Step::Dir(Place::trusted(&dir)));
        let program = Mount {
            source: program.path.clone(),
            target: IN_CONTAINER.into(),
            access: Access::ReadOnly,
        };
        vec![program, Mount::same(dir, Access::ReadWrite)]
    }

    /// The variables with which cargo starts the program, and which keep it apart from servers of
    /// the host.
    pub(super) fn sccache_environment(&self) -> Vec<(&'static str, PathBuf)> {
        if !self.has_sccache() {
            return Vec::new();
        }
        vec![
            (WRAPPER_VARIABLE, IN_CONTAINER.into()),
            (DIR, self.sccache_dir()),
            (SOCKET, SERVER.into()),
        ]
    }

    /// The message that sccache cannot be used, with the reason.
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
