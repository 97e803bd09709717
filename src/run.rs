//! `cross` from the command line to the last step, top to bottom.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cargo_config::CargoConfig;
use crate::cli::{self, Invocation, Side, Subcommand};
use crate::config::{Config, Setting, Source, engine_variable};
use crate::engine::spec::path_is_no_text;
use crate::engine::{Engine, detect};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::host::Host;
use crate::image::{self, RECIPE_LABEL, recipe};
use crate::plan::{Image, Plan, Situation, Target};
use crate::probe::{ImageProbe, Probes, metadata_of};
use crate::process::Cmd;
use crate::target;
use crate::term::{self, Level, Term};
use crate::toolchain::{self, Toolchain, proxy};
use crate::workspace::Workspace;

/// What is to be done, all decided.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Host cargo does it.
    Host(Cmd),
    /// One container run for each target.
    Container { engine: Engine, plans: Vec<Plan> },
}

/// Does what the arguments say. Comes back only with an error: the last step replaces the process.
pub(crate) fn cross(args: Vec<OsString>, host: &Host, term: &mut Term) -> Result<Infallible> {
    match decide(args, host, term)? {
        Decision::Host(cmd) => {
            if which::which_in(&cmd.program, host.var("PATH"), &host.cwd).is_err() {
                return Err(toolchain::not_installed(&cmd.program));
            }
            Err(cmd.exec())
        }
        Decision::Container { engine, plans } => {
            let executor = Executor {
                engine: &engine,
                host,
                term: *term,
            };
            executor.perform(&plans)
        }
    }
}

/// Decides what is to be done, asking the programs that have to be asked, changing nothing.
pub(crate) fn decide(args: Vec<OsString>, host: &Host, term: &mut Term) -> Result<Decision> {
    let mut invocation = cli::parse(args)?;
    let cwd = invocation.directory(&host.cwd);
    if invocation.subcommand.is_none() {
        if invocation.options.version && !invocation.options.help {
            term::version("cross");
        }
        return Ok(Decision::Host(host_cargo(&invocation)));
    }
    let cargo_config = CargoConfig::load(host, &cwd, &invocation.options.config)?;
    invocation = invocation.resolve(|name| cargo_config.alias(host, name))?;
    *term = Term {
        level: level(&invocation, &cargo_config, host),
    };
    term::set_color(color(&invocation, &cargo_config, host));
    match (invocation.side()?, invocation.row()) {
        (Side::Container, Some(subcommand)) => Gathering {
            invocation: &invocation,
            subcommand,
            host,
            cwd,
            cargo_config,
            term: *term,
        }
        .decide(),
        _ => Ok(Decision::Host(host_cargo(&invocation))),
    }
}

/// Host cargo with exactly what the user typed.
fn host_cargo(invocation: &Invocation) -> Cmd {
    Cmd::new("cargo").args(invocation.argv())
}

/// `-v` and `-q` win over cargo's `term.verbose` and `term.quiet`.
fn level(invocation: &Invocation, config: &CargoConfig, host: &Host) -> Level {
    let options = &invocation.options;
    let on = |variable: &str, key: &str| match host.text(variable) {
        Some(value) => value == "true",
        None => config.get(key).and_then(toml::Value::as_bool) == Some(true),
    };
    if options.quiet {
        Level::Quiet
    } else if options.verbose > 0 {
        Level::Verbose
    } else if on("CARGO_TERM_QUIET", "term.quiet") {
        Level::Quiet
    } else if on("CARGO_TERM_VERBOSE", "term.verbose") {
        Level::Verbose
    } else {
        Level::Normal
    }
}

fn color<'a>(
    invocation: &'a Invocation,
    config: &'a CargoConfig,
    host: &'a Host,
) -> Option<&'a str> {
    let option = invocation.options.color.as_deref().and_then(|c| c.to_str());
    option
        .or_else(|| host.text("CARGO_TERM_COLOR"))
        .or_else(|| config.text("term.color"))
}

/// Everything known when a container is needed.
struct Gathering<'a> {
    invocation: &'a Invocation,
    subcommand: &'static Subcommand,
    host: &'a Host,
    /// The directory cargo works in: the caller's, or what `-C` says.
    cwd: PathBuf,
    cargo_config: CargoConfig,
    term: Term,
}

impl Gathering<'_> {
    fn decide(&self) -> Result<Decision> {
        let (invocation, host) = (self.invocation, self.host);
        self.check_paths()?;
        let probes = Probes::start(invocation)?;
        let guess = self.guess_image();
        let (toolchain, metadata) = probes.finish(invocation, host)?;
        let mut ask = |manifest: &Path| metadata_of(invocation, manifest);
        let directories = self.cargo_config.directories();
        let workspace = Workspace::new(&metadata, invocation, &self.cwd, directories, &mut ask)?;

        let config = Config::load(host, &workspace.root)?;
        let targets = self.targets(&config, &toolchain)?;
        // Before the engine: a misspelt target is the likelier mistake, and quicker mended.
        let configs: Vec<_> = targets
            .iter()
            .map(|target| {
                let config = config.for_target(&target.triple)?;
                if config.image.is_none() && target::find(&target.triple).is_none() {
                    return Err(self.no_row(&target.triple));
                }
                Ok(config)
            })
            .collect::<Result<_>>()?;
        let (engine, mut guess) = self.engine(&config, guess)?;
        self.term.verbose(
            "Engine",
            &format!("`{}`: {}", engine.program.display(), engine.reason),
        );
        let ca_bundle = host.ca_bundle();
        let secrets = self.secrets();
        let mut plans = Vec::new();
        for (target, config) in targets.iter().zip(&configs) {
            let image = self.image(&engine, &mut guess, target, config.image.as_ref())?;
            let situation = Situation {
                invocation,
                subcommand: self.subcommand,
                host,
                config,
                cargo_config: &self.cargo_config,
                toolchain: &toolchain,
                workspace: &workspace,
                engine: &engine,
                target,
                image: &image,
                secrets: &secrets,
                ca_bundle: ca_bundle.as_deref(),
            };
            plans.push(situation.plan()?);
        }
        Ok(Decision::Container { engine, plans })
    }

    /// Refuses a path that no engine can mount before cargo does, whose words name neither the path
    /// nor what to do.
    fn check_paths(&self) -> Result<()> {
        let Some(path) = [
            Some(&self.cwd),
            self.invocation.options.manifest_path.as_ref(),
        ]
        .into_iter()
        .flatten()
        .find(|path| path.to_str().is_none()) else {
            return Ok(());
        };
        let variable = engine_variable(self.host);
        let engine = detect::engine(self.host, variable.as_ref())?;
        Err(path_is_no_text(path, engine.kind))
    }

    /// Asks about the image that will most likely be used, while rustc and cargo answer. A wrong
    /// guess costs nothing but a question.
    fn guess_image(&self) -> Option<Result<ImageProbe>> {
        let variable = engine_variable(self.host);
        let engine = match detect::engine(self.host, variable.as_ref()) {
            Ok(engine) => engine,
            Err(error) => return Some(Err(error)),
        };
        let configured = self.cargo_configured_targets();
        let first = self
            .invocation
            .options
            .targets
            .first()
            .and_then(|t| t.to_str());
        let triple = first.or_else(|| configured.first().map(String::as_str));
        let row = target::find(triple.unwrap_or(HOST_TRIPLE))?;
        Some(ImageProbe::start(engine, image::name(row)))
    }

    /// The engine, and the early question if it went to that engine.
    fn engine(
        &self,
        config: &Config,
        guess: Option<Result<ImageProbe>>,
    ) -> Result<(Engine, Option<ImageProbe>)> {
        let named = config.engine()?;
        let in_file = named
            .as_ref()
            .is_some_and(|s| matches!(s.source, Source::File(..)));
        if in_file {
            return Ok((detect::engine(self.host, named.as_ref())?, None));
        }
        match guess.transpose()? {
            Some(probe) => Ok((probe.engine.clone(), Some(probe))),
            None => Ok((detect::engine(self.host, named.as_ref())?, None)),
        }
    }

    /// The image for a target, with what the engine knows of it.
    fn image(
        &self,
        engine: &Engine,
        guess: &mut Option<ImageProbe>,
        target: &Target,
        configured: Option<&Setting<String>>,
    ) -> Result<Image> {
        if let Some(name) = configured {
            let info = engine.inspect(&name.value)?;
            return Ok(Image::Custom {
                name: name.clone(),
                info,
            });
        }
        let row = target::find(&target.triple).ok_or_else(|| self.no_row(&target.triple))?;
        let name = image::name(row);
        let info = match guess.take_if(|probe| probe.name == name) {
            Some(probe) => probe.finish()?,
            None => engine.inspect(&name)?,
        };
        let digest = recipe::row(row).digest;
        let current = info.is_some_and(|i| i.label(RECIPE_LABEL) == Some(digest.as_str()));
        Ok(Image::Provided { row, current })
    }

    /// The targets in the order they are built. Precedence, highest first: `--target`,
    /// `CARGO_BUILD_TARGET`, `build.default-target` of cross's configuration, `build.target` of
    /// cargo's, the host.
    fn targets(&self, config: &Config, toolchain: &Toolchain) -> Result<Vec<Target>> {
        let said = &self.invocation.options.targets;
        let (triples, tell_cargo) = if !said.is_empty() {
            let triples = said
                .iter()
                .map(|t| t.to_string_lossy().into_owned())
                .collect::<Vec<_>>();
            (triples, false)
        } else if let Some(triple) = self.host.text("CARGO_BUILD_TARGET") {
            (vec![triple.to_owned()], false)
        } else if let Some(setting) = config.default_target()? {
            (vec![setting.value], true)
        } else {
            (self.cargo_config.list("build.target"), false)
        };
        let mut targets: Vec<Target> = Vec::new();
        for triple in triples {
            // Cargo's own word for the host. <https://doc.rust-lang.org/cargo/reference/config.html#buildtarget>
            let triple = if triple == "host-tuple" {
                toolchain.host.clone()
            } else {
                triple
            };
            if targets.iter().all(|t| t.triple != triple) {
                targets.push(Target {
                    triple,
                    named: true,
                    tell_cargo,
                });
            }
        }
        if targets.len() > 1 {
            for target in &mut targets {
                target.tell_cargo = true;
            }
        }
        if targets.is_empty() {
            targets.push(Target {
                triple: toolchain.host.clone(),
                named: false,
                tell_cargo: false,
            });
        }
        Ok(targets)
    }

    fn cargo_configured_targets(&self) -> Vec<String> {
        match self.host.text("CARGO_BUILD_TARGET") {
            Some(triple) => vec![triple.to_owned()],
            None => self.cargo_config.list("build.target"),
        }
    }

    /// Why a target has no image; rustc's list is only asked for here.
    fn no_row(&self, triple: &str) -> Error {
        if Path::new(triple).extension().is_some_and(|e| e == "json") {
            return Error::new(format!(
                "cross has no image for the custom target `{triple}`"
            ))
            .hint("name one with `image` in Cross.toml");
        }
        let list = proxy("rustc", self.invocation.toolchain.as_deref());
        let list = list.args(["--print", "target-list"]).output();
        let list = list.map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
        let list = list.unwrap_or_default();
        target::no_row(triple, &list.lines().collect::<Vec<_>>())
    }

    /// Cargo's files of credentials, where there are any.
    fn secrets(&self) -> Vec<PathBuf> {
        ["credentials", "credentials.toml"]
            .iter()
            .map(|name| self.host.cargo_home.join(name))
            .filter(|path| path.exists())
            .collect()
    }
}

/// The triple that is guessed before rustc has told it.
const HOST_TRIPLE: &str = "x86_64-unknown-linux-gnu";
