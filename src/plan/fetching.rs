//! The step in which the host's cargo fetches dependencies, and the registry for commands that
//! fetch in the container.

use crate::cargo::context::Context;
use crate::cargo::fetch::{self, Fetch, Scope};
use crate::cargo::registry::Registry;
use crate::cargo::std_lib::Std;
use crate::cargo::toolchain::SOURCE;
use crate::cargo::workspace::Workspace;
use crate::plan::{CargoHome, PlanInput, Target, may_write_lockfile};
use crate::toolchain::Origin;
use cross_base::digest::Digest;

/// What decides how dependencies are fetched. It is known before the engine and the image are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetching<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) workspace: &'a Workspace,
    pub(crate) target: &'a Target,
    pub(crate) std: &'a Std,
    pub(crate) cargo_home: &'a CargoHome,
}

impl Fetching<'_> {
    /// The fetch of dependencies by the host's cargo. None if the user wants no network, and if
    /// there is no lock file and none may be written: then cargo in the container has the error
    /// message.
    pub(crate) fn fetch(&self) -> Option<Fetch> {
        let (lockfile, toolchain) = (&self.workspace.lockfile, self.context.toolchain);
        let settings = self.std.crates_setting();
        let settings = settings.map(|(key, value)| format!("{key}={value}"));
        let mut config = Digest::default();
        self.context.cargo_config.digest(&mut config);
        // Variables can name registries as well.
        for (name, value) in &self.context.host.env {
            if name.as_encoded_bytes().starts_with(b"CARGO_REGISTR") {
                config.add(name.as_encoded_bytes());
                config.add(value.as_encoded_bytes());
            }
        }
        let config = config.finish();
        let scope = Scope {
            // Plugins ask cargo about all packages of the lock file, for all platforms.
            platforms: (!self.context.is_plugin())
                .then_some((&*self.target.triple, &*toolchain.host)),
            settings: settings.as_slice(),
            config: &config,
        };
        // xargo fetches for the library by itself.
        let builds_std = self.std.reads_source() && !self.context.config.xargo.value;
        let is_locked = self.workspace.has_lockfile
            || may_write_lockfile(self.context.invocation, self.context.subcommand);
        (is_locked && !self.context.is_offline() && self.cargo_home.writable).then(|| Fetch {
            cmd: toolchain.with_rustc(fetch::fetch_command(self.context.invocation, scope)),
            lockfile: lockfile.clone(),
            library: builds_std.then(|| toolchain.sysroot.join(SOURCE).join("Cargo.lock")),
            manifests: self.workspace.manifests.iter().cloned().collect(),
            asks_elsewhere: self.workspace.asks_elsewhere,
            cargo_home: self.context.host.cargo_home.clone(),
            record: Fetch::record_in(
                &self.context.host.cache,
                lockfile,
                scope,
                &toolchain.sysroot,
            ),
            has_failed: false,
        })
    }
}

impl PlanInput<'_> {
    /// The fetch of dependencies by the host's cargo, which knows the target's specification.
    pub(super) fn fetch(&self) -> Option<Fetch> {
        let fetching = Fetching {
            context: self.context,
            workspace: self.workspace,
            target: self.target,
            std: self.std,
            cargo_home: self.cargo_home,
        };
        let fetch = fetching.fetch()?;
        Some(Fetch {
            cmd: self.with_specification(fetch.cmd),
            has_failed: self.fetch_failed,
            ..fetch
        })
    }

    /// The origin of packages for toolchains and images.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            offline: self.context.is_offline(),
            mirror: self.context.config.mirror.clone(),
        }
    }

    /// The registry that the container has in place of the caller's, for commands that fetch by
    /// themselves: the project's lock file does not tell which packages they need.
    pub(crate) fn own_registry(&self) -> Option<Registry> {
        let wanted = self.context.subcommand.fetches() || self.is_xargo();
        wanted.then(|| Registry {
            from: self.context.host.cargo_home.join("registry"),
            to: self.container_cache().join("registry"),
            lockfile: self.workspace.lockfile.clone(),
        })
    }
}
