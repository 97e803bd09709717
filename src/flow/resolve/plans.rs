//! Makes the plan of each target from all that was found out.

use std::path::{Path, PathBuf};

use super::lockfile::LockText;
use super::{ResolvedTarget, Resolver};
use crate::cargo::sccache::Sccache;
use crate::cargo::toolchain::{Toolchain, is_proxy};
use crate::cargo::trusted::Results;
use crate::cargo::workspace::Workspace;
use crate::engine::Engine;
use crate::flow::outside::Outside;
use crate::image::Image;
use crate::plan::{CargoHome, Plan, PlanInput};
use crate::toolchain::ToolchainRecipe;
use cross_base::error::Result;
use cross_base::fs;
use cross_base::notices::Notices;

/// Facts that hold for all targets.
pub(super) struct Known<'a> {
    pub(super) toolchain: &'a Toolchain,
    pub(super) workspace: &'a Workspace,
    pub(super) engine: &'a Engine,
    pub(super) cargo_home: &'a CargoHome,
    pub(super) ca_bundle: Option<&'a Path>,
    pub(super) sccache: Option<&'a Sccache>,
    pub(super) lockfile: &'a LockText,
}

impl Resolver<'_> {
    /// Makes a plan for each target.
    pub(super) fn plans<'b>(
        &'b self,
        known: &Known<'b>,
        targets: impl Iterator<Item = (&'b ResolvedTarget, &'b Image)>,
        outside: &Outside<'_>,
        notices: &mut Notices,
    ) -> Result<Vec<Plan>> {
        let workspace = known.workspace;
        let results = Results::find(&workspace.target_dir, &workspace.root, &self.cargo_config);
        let targets: Vec<_> = targets.collect();
        let obeyed = self.obeyed(workspace, targets.iter().map(|(target, _)| &target.config));
        let closed = outside.closed();
        let cache = self.host.cache.as_path();
        let cache_seen_at = outside.seen_at(std::iter::once(cache)).remove(cache);
        let cache_seen_at = cache_seen_at.unwrap_or_default();
        let (hidden, configs_seen_at) = self.config_files(workspace, outside);
        let cargo_of_rustup = self.cargo_of_rustup(known);
        let cargo_of_toolchain = self.cargo_of_toolchain(known);
        let plugin = if known.engine.isolates() {
            self.plugin_elsewhere()?
        } else {
            None
        };
        let mut plans: Vec<Plan> = Vec::new();
        for (resolved, image) in targets {
            let tools = self.tools(known, &resolved.config, notices);
            let recipe = self.toolchain_recipe(known, resolved)?;
            let input = PlanInput {
                context: self.context(&resolved.config, known.toolchain),
                workspace,
                engine: known.engine,
                target: &resolved.target,
                image,
                std: &resolved.std,
                specification: resolved.specification.as_ref(),
                cargo_home: known.cargo_home,
                results: &results,
                obeyed: &obeyed,
                cache_seen_at: &cache_seen_at,
                closed: &closed,
                hidden: &hidden,
                configs_seen_at: &configs_seen_at,
                ca_bundle: known.ca_bundle,
                sccache: known.sccache,
                recipe: recipe.as_ref(),
                tools: &tools,
                cargo_of_rustup: cargo_of_rustup.as_deref(),
                cargo_of_toolchain: cargo_of_toolchain.as_deref(),
                fetch_failed: known.lockfile.unfetched,
                plugin: plugin.as_deref(),
            };
            let (plan, told) = input.plan()?;
            notices.extend(told);
            let plan = plan.without_installations_of(&plans);
            plans.push(plan);
        }
        Ok(plans)
    }

    /// The recipe of the row's toolchain. None where the plan does not depend on it.
    fn toolchain_recipe(
        &self,
        known: &Known<'_>,
        resolved: &ResolvedTarget,
    ) -> Result<Option<ToolchainRecipe>> {
        let is_read = !known.engine.isolates() || resolved.config.glibc.is_some();
        let row = resolved.config.row(resolved.target.name());
        let row = row.filter(|_| is_read);
        row.map_or(Ok(None), |row| ToolchainRecipe::for_image(row, self.host))
    }

    /// The toolchain's cargo. None for containers, and if the caller's `cargo` may be another one.
    fn cargo_of_toolchain(&self, known: &Known<'_>) -> Option<PathBuf> {
        if known.engine.isolates() {
            return None;
        }
        let cargo = known.toolchain.sysroot.join("bin/cargo");
        let called = self.host.on_path("cargo")?;
        let is_it = fs::is_same(&called, &cargo);
        let would_start_it = known.toolchain.rustup_name.is_some() && is_proxy(&called);
        (is_it || would_start_it && cargo.exists()).then_some(cargo)
    }

    /// The cargo that rustup's proxy would start. The proxy would take 6 ms to find out what cross
    /// knows already, and a build that has nothing to do takes 14. None for containers, or if the
    /// caller's cargo is no proxy.
    fn cargo_of_rustup(&self, known: &Known<'_>) -> Option<PathBuf> {
        let toolchain = known.toolchain;
        let is_known = toolchain.rustup_name.is_some() && toolchain.has_cargo();
        if known.engine.isolates() || !is_known || !is_proxy(&self.host.on_path("cargo")?) {
            return None;
        }
        Some(toolchain.sysroot.join("bin/cargo"))
    }
}
