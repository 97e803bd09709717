//! What the host's cargo fetches, and where a container fetches by itself.

use crate::cargo::fetch::{self, Fetch, Scope};
use crate::cargo::registry::Registry;
use crate::cargo::std_lib::Std;
use crate::cargo::toolchain::SOURCE;
use crate::plan::PlanInput;
use crate::toolchain::Origin;

impl PlanInput<'_> {
    /// How to fetch dependencies; not when the user wants no network, or where there is no lock
    /// file and none may be written: that is for cargo in the container to complain about.
    pub(super) fn fetch(&self) -> Option<Fetch> {
        let (lockfile, toolchain) = (&self.workspace.lockfile, self.context.toolchain);
        let settings = self.std_crates();
        let settings = settings.map(|(key, value)| format!("{key}={value}"));
        let scope = Scope {
            // Plugins ask cargo about everything that the lock file lists.
            platforms: (!self.is_plugin()).then_some((&*self.target.triple, &*toolchain.host)),
            settings: settings.as_slice(),
        };
        let builds_std =
            matches!(self.std, Std::Built { .. } | Std::UserManaged) && !self.is_xargo();
        let is_locked = self.workspace.has_lockfile || self.may_write_lockfile();
        (is_locked && !self.is_offline() && self.cargo_home.writable).then(|| Fetch {
            cmd: self.with_specification(
                toolchain.with_rustc(fetch::fetch_command(self.context.invocation, scope)),
            ),
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
        })
    }

    /// Whether cargo may not use the network.
    fn is_offline(&self) -> bool {
        self.context.invocation.options.is_offline()
            || self.context.cargo_config.is_offline(self.context.host)
    }

    /// Where the packages of toolchains come from.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            offline: self.is_offline(),
            mirror: self.context.config.mirror.clone(),
        }
    }

    /// The registry that the container has instead of the caller's, for commands with which cargo
    /// fetches by itself: what they need follows from no lock file of the project's.
    pub(crate) fn own_registry(&self) -> Option<Registry> {
        let wanted = self.context.subcommand.fetches() || self.is_xargo();
        wanted.then(|| Registry {
            from: self.context.host.cargo_home.join("registry"),
            to: self.beside().join("registry"),
            lockfile: self.workspace.lockfile.clone(),
        })
    }
}
