//! Tests of plans: a `World` is the input, from which a plan is made and compared.

mod contract;
mod debugging;
mod outputs;
mod places;
mod precedence;
mod sccache;
mod specification;
mod standard_library;
mod steps;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{CargoHome, Image, Plan, PlanInput, Step, Target};
use crate::cargo::config::CargoConfig;
use crate::cargo::context::Context;
use crate::cargo::obeyed::Obeyed;
use crate::cargo::product::{Product, ProductKind};
use crate::cargo::registry;
use crate::cargo::sccache::Sccache;
use crate::cargo::specification::Specification;
use crate::cargo::std_lib::{StdProbe, StdRequest};
use crate::cargo::toolchain::{Lacking, Toolchain};
use crate::cargo::trusted::Results;
use crate::cargo::workspace::Workspace;
use crate::cli;
use crate::config::file::Network;
use crate::config::{Setting, TargetConfig};
use crate::engine::Engine;
use crate::engine::images::ImageInfo;
use crate::target::{self, Parts, ROWS};
use crate::toolchain::ToolchainRecipe;
use cross_base::error::Error;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::notices::Notice;

const T: &str = "aarch64-unknown-linux-gnu";

/// The input of a plan with plain defaults, which tests change.
struct World {
    args: &'static str,
    triple: &'static str,
    named: bool,
    host: Host,
    config: TargetConfig,
    cargo_config: CargoConfig,
    toolchain: Toolchain,
    workspace: Workspace,
    engine: Engine,
    image: Image,
    tell_cargo: bool,
    cargo_home: CargoHome,
    results: Results,
    obeyed: Obeyed,
    lookup: Lookup,
    sccache: Option<Sccache>,
    specification: Option<Specification>,
}

/// The answers about the toolchain and cargo that would otherwise be looked up.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each answers one question")]
struct Lookup {
    offered: bool,
    unstable: bool,
    rustup: bool,
    nightly_source: bool,
}

impl StdProbe for Lookup {
    fn offered(&self) -> Result<bool, Error> {
        Ok(self.offered)
    }

    fn unstable(&self) -> Result<bool, Error> {
        Ok(self.unstable)
    }

    fn rustup(&self) -> bool {
        self.rustup
    }

    fn nightly_source(&self) -> bool {
        self.nightly_source
    }
}

fn product(dir: &'static str, kind: ProductKind) -> Product {
    Product {
        dir,
        name: "tool".to_owned(),
        kind,
    }
}

/// A [`World`] for another target.
fn world_of(triple: &'static str, args: &'static str) -> World {
    let mut world = world(args);
    world.triple = triple;
    world.toolchain.std_for = vec![triple.to_owned()];
    if let Image::Provided { row, .. } = &mut world.image {
        *row = target::find(triple).unwrap();
    }
    world
}

fn world(args: &'static str) -> World {
    World {
        args,
        triple: T,
        host: Host {
            cwd: "/w/p".into(),
            uid: 1000,
            gid: 100,
            umask: 0o022,
            cargo_home: "/home/u/.cargo".into(),
            cache: "/cache".into(),
            ..Host::default()
        },
        config: TargetConfig {
            image: None,
            runner: None,
            machine: None,
            glibc: None,
            api_level: None,
            mirror: None,
            network: Setting::by_default(Network::Host),
            read_only: Setting::by_default(true),
            test_timeout: None,
            build_std: None,
            xargo: Setting::by_default(false),
            dockerfile: None,
            pre_build: None,
            parts: None,
            passthrough: Vec::new(),
            volumes: Vec::new(),
        },
        cargo_config: CargoConfig::default(),
        toolchain: Toolchain {
            sysroot: "/home/u/.rustup/toolchains/stable-x".into(),
            host: "x86_64-unknown-linux-gnu".to_owned(),
            rustup_name: Some("stable-x".to_owned()),
            cargo_from: None,
            std_for: vec![T.to_owned()],
            has_src: false,
            has_lld: true,
            components: Vec::new(),
            lacking: Lacking::default(),
        },
        workspace: Workspace {
            root: "/w/p".into(),
            target_dir: "/w/p/target".into(),
            build_dir: Some("/w/p/target".into()),
            packages: vec!["/w/p".into()],
            products: vec![
                product("", ProductKind::Program),
                product("examples", ProductKind::Loaded),
            ],
            lockfile: "/w/p/Cargo.lock".into(),
            real_lockfile: "/w/p/Cargo.lock".into(),
            manifests: BTreeSet::from(["/w/p/Cargo.toml".into()]),
            has_lockfile: true,
            ..Workspace::default()
        },
        engine: Engine::example("docker", false),
        image: Image::Provided {
            row: target::find(T).unwrap(),
            parts: Parts::default(),
            digest: "0123456789abcdef".to_owned(),
            current: true,
        },
        named: true,
        tell_cargo: false,
        cargo_home: CargoHome {
            writable: true,
            entries: vec!["bin".to_owned()],
            others: Vec::new(),
            also_at: Vec::new(),
        },
        results: Results {
            profiles: ["debug", "release"].map(str::to_owned).into(),
            ..Results::default()
        },
        obeyed: Obeyed::default(),
        lookup: Lookup {
            offered: true,
            unstable: false,
            rustup: true,
            nightly_source: false,
        },
        sccache: None,
        specification: None,
    }
}

impl World {
    fn try_plan(&self) -> Result<Plan, Error> {
        self.answer().map(|(plan, _)| plan)
    }

    /// The messages that the user sees before the run.
    fn told(&self) -> Vec<String> {
        let (_, told) = self.answer().unwrap();
        told.iter().map(Notice::text).collect()
    }

    fn answer(&self) -> Result<(Plan, Vec<Notice>), Error> {
        let words = self.args.split_whitespace().map(Into::into);
        let invocation = cli::parse(words)?.resolve(|_| None)?;
        let target = Target {
            triple: self.triple.to_owned(),
            named: self.named,
            tell_cargo: self.tell_cargo,
        };
        let context = Context {
            invocation: &invocation,
            subcommand: invocation.subcommand().unwrap(),
            host: &self.host,
            config: &self.config,
            cargo_config: &self.cargo_config,
            toolchain: &self.toolchain,
            mode: Mode::Run,
        };
        let request = StdRequest {
            context,
            triple: self.triple,
        };
        let std = request.answer(&self.lookup)?;
        let row = target::find(self.triple);
        let recipe = row.map_or(Ok(None), |row| ToolchainRecipe::for_image(row, &self.host))?;
        let input = PlanInput {
            context,
            workspace: &self.workspace,
            engine: &self.engine,
            target: &target,
            image: &self.image,
            std: &std,
            specification: self.specification.as_ref(),
            cargo_home: &self.cargo_home,
            results: &self.results,
            obeyed: &self.obeyed,
            cache_seen_at: &BTreeSet::from([self.host.cache.clone()]),
            closed: &BTreeSet::new(),
            hidden: &[],
            configs_seen_at: &BTreeMap::new(),
            ca_bundle: Some(Path::new("/etc/pki/bundle.pem")),
            sccache: self.sccache.as_ref(),
            recipe: recipe.as_ref(),
            tools: &[],
            cargo_of_rustup: None,
            cargo_of_toolchain: None,
            fetch_failed: false,
            plugin: None,
        };
        input.plan()
    }

    fn plan(&self) -> Plan {
        self.try_plan().unwrap()
    }

    /// The engine's command line, one option a line.
    fn line(&self) -> String {
        let cmd = self.engine.run_command(&self.plan().run).unwrap();
        let mut text = String::new();
        let mut previous = String::new();
        for arg in &cmd.args {
            let arg = arg.to_string_lossy().into_owned();
            let joined = matches!(
                previous.as_str(),
                "--cap-add"
                    | "--cap-drop"
                    | "--env"
                    | "--mount"
                    | "--network"
                    | "--pids-limit"
                    | "--security-opt"
                    | "--tmpfs"
                    | "--user"
                    | "--userns"
                    | "--workdir"
            );
            text.push_str(if joined { " " } else { "\n" });
            text.push_str(&arg);
            previous = arg;
        }
        let words: Vec<&str> = text.split("files/").collect();
        let text = words.iter().enumerate().map(|(i, word)| match i {
            0 => (*word).to_owned(),
            _ => format!("files/[DIGEST]{}", &word[16..]),
        });
        let text: String = text.collect();
        let cache = registry::container_cache(&self.host.cache, &self.workspace.target_dir);
        text.replace(&*cache.to_string_lossy(), "/cache/build/[TARGET]")
            .replace(&self.image.identity(), "[IMAGE]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
            .trim_start()
            .to_owned()
    }
}
