//! What several checks want to know, each found out once and only if it is wanted. Whoever asks first does
//! the work, and the others wait for it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

use super::{LIMIT, within};
use crate::base::error::{Error, Result};
use crate::base::host::Host;
use crate::base::process::{Cmd, reason};
use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::{self, Metadata};
use crate::cargo::probe;
use crate::cargo::toolchain::{self, Toolchain};
use crate::cli;
use crate::config::Config;
use crate::engine::endpoint::{self, Daemon};
use crate::engine::{Engine, Kind, detect};
use crate::sandbox::store::Store;
use crate::sandbox::trial::{self, Report};

/// An engine's program, and what it says of itself.
pub(super) type Asked<T> = Option<(PathBuf, Result<T>)>;

#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) host: Host,
    docker: OnceLock<Asked<(PathBuf, Daemon)>>,
    podman: OnceLock<Asked<PodmanInfo>>,
    trial: OnceLock<Result<Report>>,
    engine: OnceLock<Result<Engine>>,
    config: OnceLock<Result<Config>>,
    cargo_config: OnceLock<Result<CargoConfig>>,
    metadata: OnceLock<Option<Result<Metadata>>>,
    toolchain: OnceLock<Result<Toolchain>>,
}

/// The part of `podman info` that matters here.
/// <https://docs.podman.io/en/latest/markdown/podman-info.1.html>
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodmanInfo {
    pub(super) host: PodmanHost,
    pub(super) store: PodmanStore,
    pub(super) version: PodmanVersion,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodmanHost {
    pub(super) security: PodmanSecurity,
    id_mappings: PodmanMappings,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodmanSecurity {
    pub(super) rootless: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PodmanMappings {
    uidmap: Option<Vec<PodmanMapping>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PodmanMapping {
    size: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodmanStore {
    pub(super) graph_driver_name: String,
    pub(super) graph_root: PathBuf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PodmanVersion {
    pub(super) version: String,
}

impl PodmanInfo {
    /// Whether there is nobody in its containers but the caller, so that images cannot be unpacked.
    pub(super) fn lacks_ids(&self) -> bool {
        let mappings = self.host.id_mappings.uidmap.iter().flatten();
        self.host.security.rootless && mappings.map(|mapping| mapping.size).sum::<u64>() == 1
    }
}

/// What is said when connecting does not come to an end.
fn no_connection<T>() -> Result<T> {
    let error = Error::new("the docker daemon takes no connections");
    Err(error.hint("`sudo systemctl restart docker`"))
}

impl Context {
    pub(super) fn new(host: Host) -> Self {
        Self {
            host,
            ..Self::default()
        }
    }

    /// Docker's daemon, with its socket; none where docker is not installed.
    pub(super) fn docker(&self) -> Asked<&(PathBuf, Daemon)> {
        let asked = self.docker.get_or_init(|| {
            let program = self.program(Kind::Docker)?;
            let ask = |socket: PathBuf| {
                endpoint::check(&socket)?;
                let daemon = endpoint::daemon(&socket, LIMIT)?;
                Ok((socket, daemon))
            };
            let answer = endpoint::socket(&self.host)
                .and_then(|socket| within(move || ask(socket)).unwrap_or_else(no_connection));
            Some((program, answer))
        });
        let (program, answer) = asked.as_ref()?;
        Some((program.clone(), answer.as_ref().map_err(Clone::clone)))
    }

    /// The same of podman.
    pub(super) fn podman(&self) -> Asked<&PodmanInfo> {
        let asked = self.podman.get_or_init(|| {
            let program = self.program(Kind::Podman)?;
            let info = Cmd::new(&program).args(["info", "--format", "json"]);
            let ask = || {
                let output = info.output_within(LIMIT)?;
                if !output.status.success() {
                    return Err(Error::new(format!("{info} fails: {}", reason(&output))));
                }
                serde_json::from_slice(&output.stdout)
                    .map_err(|e| Error::new(format!("cannot understand {info}: {e}")))
            };
            Some((program, ask()))
        });
        let (program, answer) = asked.as_ref()?;
        Some((program.clone(), answer.as_ref().map_err(Clone::clone)))
    }

    /// The program of an engine: the one that `cross` would call, else the one on `PATH`.
    fn program(&self, kind: Kind) -> Option<PathBuf> {
        if let Ok(engine) = self.engine() {
            if engine.kind == kind {
                return Some(engine.program.clone());
            }
        }
        let found = detect::on_path(&self.host, kind.program())?;
        // What is podman in truth is no docker.
        (kind == Kind::Podman || !detect::is_podman(&found)).then_some(found)
    }

    /// What a sandbox can do here.
    pub(super) fn trial(&self) -> Result<&Report> {
        let trial = || trial::run(&self.store().root, &self.host, LIMIT);
        self.trial.get_or_init(trial).as_ref().map_err(Clone::clone)
    }

    /// What keeps the built-in engine from working.
    pub(super) fn obstacle(&self) -> Option<Error> {
        match self.trial() {
            Ok(report) => report.obstacle(),
            Err(error) => Some(error),
        }
    }

    /// The engine that `cross` would take.
    pub(super) fn engine(&self) -> Result<&Engine> {
        let find = || {
            let named = match self.config() {
                Ok(config) => config.engine()?,
                // What is wrong with it is another check's to say.
                Err(_) => crate::config::named_engine(&self.host),
            };
            let host = self.host.clone();
            within(move || detect::engine(&host, named.as_ref())).unwrap_or_else(no_connection)
        };
        self.engine.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    /// The same if it is known by now.
    pub(super) fn known_engine(&self) -> Option<&Engine> {
        self.engine.get()?.as_ref().ok()
    }

    /// Whether `cross` would take this one, or would if it worked.
    pub(super) fn is_wanted(&self, kind: Kind) -> bool {
        self.engine().map_or(true, |engine| engine.kind == kind)
    }

    /// Where the built-in engine keeps its images.
    pub(super) fn store(&self) -> Store {
        Store::of(&self.host)
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
        detect::on_path(&self.host, program.to_str()?)
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
