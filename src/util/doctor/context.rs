//! Facts that several checks need, each found out once and only when a check asks for it. The first
//! check that asks does the work, and the others wait for the result.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::LIMIT;
use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::{self, Metadata};
use crate::cargo::probe;
use crate::cargo::toolchain::{self, Toolchain};
use crate::cli;
use crate::config::Config;
use crate::engine::diagnosis::{Diagnosis, Inquiry};
use crate::engine::registration::Registration;
use crate::engine::table::{ENGINES, last_resort};
use crate::engine::{Engine, detect};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};
use cross_sandbox::trial::Report;

#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) host: Host,
    /// The diagnosis of each engine, in the order of the table of engines.
    diagnoses: Vec<OnceLock<Diagnosis>>,
    trial: OnceLock<Result<Report>>,
    engine: OnceLock<Result<Engine>>,
    config: OnceLock<Result<Config>>,
    cargo_config: OnceLock<Result<CargoConfig>>,
    metadata: OnceLock<Option<Result<Metadata>>>,
    toolchain: OnceLock<Result<Toolchain>>,
}

impl Context {
    pub(super) fn new(host: Host) -> Self {
        Self {
            host,
            diagnoses: ENGINES.iter().map(|_| OnceLock::new()).collect(),
            ..Self::default()
        }
    }

    /// The input of an engine's diagnosis.
    pub(super) fn inquiry(&self, row: &Registration) -> Inquiry<'_> {
        let chosen = self
            .engine()
            .ok()
            .filter(|engine| engine.name() == row.name);
        Inquiry {
            host: &self.host,
            limit: LIMIT,
            program: chosen.map(|engine| engine.program()),
            trial: &self.trial,
        }
    }

    /// The diagnosis of an engine.
    pub(super) fn diagnosis(&self, row: &Registration) -> Diagnosis {
        let look = || (row.diagnose)(&self.inquiry(row));
        let mut known = ENGINES.iter().zip(&self.diagnoses);
        match known.find(|(other, _)| other.name == row.name) {
            Some((_, known)) => known.get_or_init(look).clone(),
            None => look(),
        }
    }

    /// The trial of sandboxes on this machine.
    pub(super) fn trial(&self) -> Result<Report> {
        self.inquiry(last_resort()).trial().cloned()
    }

    /// The engine that `cross` would choose.
    pub(super) fn engine(&self) -> Result<&Engine> {
        let find = || {
            let named = match self.config() {
                Ok(config) => config.engine()?,
                // Another check reports what is wrong with the configuration.
                Err(_) => crate::config::named_engine(&self.host),
            };
            detect::engine_within(&self.host, named, LIMIT)
        };
        self.engine.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    /// The engine that `cross` would choose, if it has been found by now. Does not wait.
    pub(super) fn known_engine(&self) -> Option<&Engine> {
        self.engine.get()?.as_ref().ok()
    }

    /// Whether `cross` would use sandboxes on this machine, now or if the kernel allowed them.
    pub(super) fn wants_namespaces(&self) -> bool {
        self.engine().map_or(true, |engine| {
            engine.makes_namespaces() || !engine.isolates()
        })
    }

    /// The configuration of the project. Without a project, that near the caller's directory.
    pub(super) fn config(&self) -> Result<&Config> {
        let load = || {
            let host = &self.host;
            let near = Config::nearest(host, &host.cwd);
            let (root, embedded) = match self.metadata() {
                Some(Ok(metadata)) => {
                    let embedded = metadata.embedded(&cli::parse(vec!["build".into()])?, &host.cwd);
                    (metadata.root(), embedded)
                }
                _ => (near.dir().unwrap_or(&host.cwd), Vec::new()),
            };
            let root = root.to_owned();
            Config::load(host, &root, &embedded, near)
        };
        self.config.get_or_init(load).as_ref().map_err(Clone::clone)
    }

    /// Cargo's own configuration.
    pub(super) fn cargo_config(&self) -> Result<&CargoConfig> {
        let load = || CargoConfig::load(&self.host, &self.host.cwd, &[]);
        let config = self.cargo_config.get_or_init(load);
        config.as_ref().map_err(Clone::clone)
    }

    /// Cargo's metadata of the project. None if there is no project.
    pub(super) fn metadata(&self) -> Option<Result<&Metadata>> {
        let ask = || {
            let mut dirs = self.host.cwd.ancestors();
            dirs.find(|dir| dir.join("Cargo.toml").exists())?;
            Some(self.ask_cargo())
        };
        let metadata = self.metadata.get_or_init(ask).as_ref()?;
        Some(metadata.as_ref().map_err(Clone::clone))
    }

    fn ask_cargo(&self) -> Result<Metadata> {
        let cmd = metadata::query(&cli::parse(vec!["build".into()])?);
        probe::read(&self.ask(&cmd)?)
    }

    /// Runs one of rustup's proxies for a question, and forbids it to install a toolchain.
    pub(super) fn ask(&self, cmd: &Cmd) -> Result<std::process::Output> {
        let Some(program) = self.find(&cmd.program) else {
            return Err(toolchain::not_installed(&cmd.program));
        };
        let mut cmd = toolchain::without_installation(cmd.clone());
        cmd.program = program;
        cmd.output_within(LIMIT)
    }

    fn find(&self, program: &Path) -> Option<PathBuf> {
        self.host.on_path(program.to_str()?)
    }

    /// The rustc toolchain that `cross` would use in the caller's directory.
    pub(super) fn toolchain(&self) -> Result<&Toolchain> {
        let ask = || {
            let mut output = self.ask(&toolchain::query(None))?;
            let mut text = std::mem::take(&mut output.stdout);
            if !output.status.success() {
                // An old rustc may not know the question, so the older ones are asked.
                text.clear();
                for query in toolchain::old_queries(None) {
                    output = self.ask(&query)?;
                    text.append(&mut output.stdout);
                }
            }
            if !output.status.success() {
                let message = format!("rustc does not work: {}", reason(&output));
                return Err(Error::new(message).hint("`rustup toolchain install stable`"));
            }
            Toolchain::from_answer(&String::from_utf8_lossy(&text), &self.host.rustup_home)
        };
        let toolchain = self.toolchain.get_or_init(ask);
        toolchain.as_ref().map_err(Clone::clone)
    }
}
