//! What several checks want to know, each found out once and only if it is wanted. The check that
//! asks first does the work, and the others wait for it.

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
use crate::engine::registry::{ENGINES, last_resort};
use crate::engine::{Engine, detect};
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};
use cross_sandbox::trial::Report;

#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) host: Host,
    /// What was found out about each engine, in the order of their table.
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

    /// What an engine is looked over with.
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

    /// What is found out about an engine.
    pub(super) fn diagnosis(&self, row: &Registration) -> Diagnosis {
        let look = || (row.diagnose)(&self.inquiry(row));
        let mut known = ENGINES.iter().zip(&self.diagnoses);
        match known.find(|(other, _)| other.name == row.name) {
            Some((_, known)) => known.get_or_init(look).clone(),
            None => look(),
        }
    }

    /// What a sandbox can do here.
    pub(super) fn trial(&self) -> Result<Report> {
        self.inquiry(last_resort()).trial().cloned()
    }

    /// The engine that `cross` would take.
    pub(super) fn engine(&self) -> Result<&Engine> {
        let find = || {
            let named = match self.config() {
                Ok(config) => config.engine()?,
                // What is wrong with it is another check's to say.
                Err(_) => crate::config::named_engine(&self.host),
            };
            detect::engine_within(&self.host, named, LIMIT)
        };
        self.engine.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    /// The same if it is known by now.
    pub(super) fn known_engine(&self) -> Option<&Engine> {
        self.engine.get()?.as_ref().ok()
    }

    /// Whether what the kernel allows a sandbox matters to `cross`, now or if it were allowed.
    pub(super) fn wants_namespaces(&self) -> bool {
        self.engine().map_or(true, |engine| {
            engine.makes_namespaces() || !engine.isolates()
        })
    }

    /// What is configured for the project, or near the caller's directory where there is none.
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

    /// What cargo says of the project; none where there is no project.
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

    /// Asks one of rustup's proxies, which may install nothing for that.
    pub(super) fn ask(&self, cmd: &Cmd) -> Result<std::process::Output> {
        let Some(program) = self.find(&cmd.program) else {
            return Err(toolchain::not_installed(&cmd.program));
        };
        let mut cmd = cmd.clone().env("RUSTUP_AUTO_INSTALL", "0");
        cmd.program = program;
        cmd.output_within(LIMIT)
    }

    fn find(&self, program: &Path) -> Option<PathBuf> {
        self.host.on_path(program.to_str()?)
    }

    /// The toolchain that `cross` would take here.
    pub(super) fn toolchain(&self) -> Result<&Toolchain> {
        let ask = || {
            let mut output = self.ask(&toolchain::query(None))?;
            let mut text = std::mem::take(&mut output.stdout);
            if !output.status.success() {
                // It may be too old for the question.
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
