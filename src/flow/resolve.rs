//! Resolves the input of plans: asks rustc, cargo and the engine in a fixed order, and finds errors
//! before anything is changed.

mod asked;
mod bare;
mod files;
mod glibc;
mod lockfile;
mod offer;
mod plans;
mod plugin;
mod specification;
mod tools;
mod xargo;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::bounds::asker::Asker;
use crate::cargo::cache::ProbeCache;
use crate::cargo::config::{CargoConfig, rooted, variable};
use crate::cargo::context::Context;
use crate::cargo::sccache::{DIR, Sccache};
use crate::cargo::specification::Specification;
use crate::cargo::std_lib::{Std, StdRequest};
use crate::cargo::toolchain::{Toolchain, target_list, target_list_query};
use crate::cargo::workspace::Workspace;
use crate::cli::{Invocation, Subcommand};
use crate::config::{self, Config, Setting, Source, TargetConfig};
use crate::engine::detect;
use crate::engine::spec::path_is_no_text;
use crate::flow::decision::Decision;
use crate::flow::outside::Outside;
use crate::plan::Target;
use crate::target::{self, HOST};
use asked::Asked;
pub(crate) use bare::can_be_built;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::notices::{Notice, Notices};
use cross_base::term::{Term, plain};
use cross_base::version::Version;
use files::cargo_home;
pub(crate) use lockfile::NearLockfile;
use offer::{Needs, Offer};
use plans::Known;

/// The input of the decision, for a command that may need a container.
#[derive(Debug)]
pub(crate) struct Resolver<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) subcommand: &'static Subcommand,
    pub(crate) host: &'a Host,
    /// The directory in which cargo works: the caller's, or that of `-C`.
    pub(crate) cwd: PathBuf,
    pub(crate) cargo_config: CargoConfig,
    pub(crate) term: Term,
    pub(crate) mode: Mode,
    pub(crate) near: NearLockfile,
    /// The versions of glibc that the command line names behind targets, as in `--target
    /// TRIPLE.2.23`.
    pub(crate) glibc: Vec<(String, Version)>,
}

/// A target that is built.
#[derive(Debug)]
struct ResolvedTarget {
    target: Target,
    config: TargetConfig,
    /// The target's specification, if rustc does not know the target.
    specification: Option<Specification>,
    /// The origin of the target's standard library.
    std: Std,
}

impl Resolver<'_> {
    /// Asks all questions, and decides.
    pub(crate) fn decide(&self) -> Result<Decision> {
        let host = self.host;
        self.check_paths()?;
        let Asked {
            toolchain,
            workspace,
            bounds,
            odd_root,
            near,
            guess,
            mut answers,
        } = self.ask()?;
        let config = Config::load(host, &workspace.root, &workspace.embedded, near)?;
        self.warn_of_passed_over(&config, &workspace);
        let (targets, asker) = self.targets(&config, &toolchain)?;
        // The targets are checked before the engine is looked for: a misspelt target is the
        // likelier mistake and quicker to correct.
        let configs = self.configs(&config, &targets, &workspace.root, &toolchain)?;
        let ca_bundle = host.ca_bundle(self.cargo_config.path("http.cainfo"));
        let mut outside = Outside::of(&workspace, &bounds);
        outside.add_targets(&targets, &configs, &asker, &self.cwd)?;
        let sccache = self.sccache(&config, &mut answers);
        self.fill(&mut outside, ca_bundle.as_deref(), sccache.as_ref())?;
        let mut notices = Notices::new(&workspace.root);
        notices.extend(odd_root.map(Notice::Warning));
        notices.extend(workspace.warning.clone().map(Notice::Warning));
        self.warn(&config, &targets, &configs)?;
        let resolved = self.resolved(&toolchain, targets, configs, &mut answers)?;
        if let Some(decision) =
            self.without_container(&toolchain, &resolved, (&workspace.root, &asker))?
        {
            return Ok(decision);
        }
        let cargo_home = cargo_home(&host.cargo_home, outside.dirs());
        let lockfile = self.lockfile((&workspace, &toolchain), &resolved, &cargo_home)?;
        let needs = Needs {
            lockfile: lockfile.text.as_deref(),
            resolved: &resolved,
            workspace: &workspace,
        };
        let Offer {
            engine,
            images,
            missing,
        } = self.offer(&config, guess, needs)?;
        if engine.isolates() {
            notices.extend(outside.notice());
            notices.extend(outside.closed_notices());
        }
        let known = Known {
            toolchain: &toolchain,
            workspace: &workspace,
            engine: &engine,
            cargo_home: &cargo_home,
            ca_bundle: ca_bundle.as_deref(),
            sccache: sccache.as_ref(),
            lockfile: &lockfile,
        };
        let plans = self.plans(&known, resolved.iter().zip(&images), &outside, &mut notices)?;
        self.permit(&engine, &images)?;
        Ok(Decision::Container {
            engine,
            plans,
            browser: self.browser(),
            keep_going: self.invocation.options.keep_going,
            missing,
            notices,
        })
    }

    /// The context of decisions about one target.
    fn context<'a>(&'a self, config: &'a TargetConfig, toolchain: &'a Toolchain) -> Context<'a> {
        Context {
            invocation: self.invocation,
            subcommand: self.subcommand,
            host: self.host,
            config,
            cargo_config: &self.cargo_config,
            toolchain,
            mode: self.mode,
        }
    }

    /// Warns of a `Cross.toml` that has no effect because it is not in the workspace's root.
    fn warn_of_passed_over(&self, config: &Config, workspace: &Workspace) {
        if let Some(line) = config.not_read(&workspace.root) {
            self.term.warning(&plain(&line));
        }
    }

    /// The browser's command for `--open`: that of the user's own configuration of cargo, or
    /// `BROWSER`. The project is not to choose a program that starts outside the container.
    fn browser(&self) -> Vec<String> {
        const KEY: &str = "doc.browser";
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let variable = self.host.text(&variable(KEY)).map(words);
        let own = || self.cargo_config.own_command(KEY)?.rooted();
        variable.or_else(own).unwrap_or_else(|| {
            let variable = self.host.text("BROWSER");
            variable.map(str::to_owned).into_iter().collect()
        })
    }

    /// Refuses a path that no engine can mount. Cargo would refuse it later, with an error that
    /// names neither the path nor a remedy.
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
        let named = config::named_engine(self.host);
        let engine = detect::engine(self.host, named.as_ref())?;
        Err(path_is_no_text(path, engine.name()))
    }

    /// The configuration of each target. Fails if nothing can build for one of them.
    fn configs(
        &self,
        config: &Config,
        targets: &[Target],
        root: &Path,
        toolchain: &Toolchain,
    ) -> Result<Vec<TargetConfig>> {
        let one = |target: &Target| {
            if let Some(path) = target.specification() {
                let path = fs::absolute(&self.cwd, path);
                if !path.is_file() {
                    let path = path.display();
                    let message = format!("the target specification `{path}` does not exist");
                    return Err(Error::new(message));
                }
            }
            let mut config = config.for_target(target.name())?;
            self.set_glibc(target, &mut config)?;
            if !can_be_built(target, &config) {
                return Err(no_row(target, || self.rustc_targets()));
            }
            config.xargo = self.xargo(target, config.xargo, root, toolchain)?;
            Ok(config)
        };
        targets.iter().map(one).collect()
    }

    /// The caller's sccache, if it is to wrap rustc in a container. Without one, cargo finds it.
    fn sccache(&self, config: &Config, answers: &mut ProbeCache<'_>) -> Option<Sccache> {
        let isolates = || {
            // The error of one that is not found is another's to report.
            let named = config.engine();
            let found = named.and_then(|named| detect::engine(self.host, named.as_ref()));
            found.map_or(true, |engine| engine.isolates())
        };
        let look = |path: &Path| answers.sccache(path);
        let found = Sccache::find(self.host, &self.cargo_config, isolates, look);
        if self.mode == Mode::Run {
            answers.keep();
        }
        found
    }

    /// Adds the other paths outside the project: those of cargo's configuration, of sccache and of
    /// an installation.
    fn fill(
        &self,
        outside: &mut Outside<'_>,
        ca_bundle: Option<&Path>,
        sccache: Option<&Sccache>,
    ) -> Result<()> {
        outside.add_cargo_config(&self.cargo_config, ca_bundle)?;
        let used = sccache.filter(|sccache| sccache.program.is_ok());
        if let Some(dir) = used.and_then(|sccache| sccache.dir.as_ref()) {
            outside.add_cache(dir, DIR)?;
        }
        self.add_install_dir(outside)
    }

    /// Adds the directory that the command installs into, if there is one.
    fn add_install_dir(&self, outside: &mut Outside<'_>) -> Result<()> {
        let Some(dir) = &self.invocation.options.install_dir else {
            return Ok(());
        };
        let dir = fs::absolute(&self.cwd, dir);
        if self.subcommand.installs() {
            outside.add_install_dir(&dir, &dir.join("bin"), "--root")
        } else {
            outside.add_install_dir(&dir, &dir, "--destdir")
        }
    }

    /// Warns of settings that have no effect, once for each source.
    fn warn(&self, config: &Config, targets: &[Target], configs: &[TargetConfig]) -> Result<()> {
        let images = configs.iter().filter_map(|config| config.image.as_ref());
        let sources: BTreeSet<String> = images
            .filter(|image| image.value.for_toolchains)
            .map(|image| image.source.to_string())
            .collect();
        for source in sources {
            self.term.warning(&format!(
                "`toolchain` in {source} has no effect: the toolchain is always the host's own"
            ));
        }
        let built: Vec<&str> = targets.iter().map(Target::name).collect();
        let systems = built.iter().map(|triple| config.asks_for_a_system(triple));
        let systems = systems.collect::<Result<Vec<_>>>()?;
        let mut lines: Vec<String> = systems.into_iter().flatten().collect();
        for triple in &built {
            lines.extend(config.asks_for_an_api_level(triple)?);
        }
        lines.extend(
            built
                .iter()
                .filter_map(|triple| config.asks_for_zig(triple)),
        );
        lines.extend(config.slips(&built, || self.rustc_targets()));
        lines.extend(config.without_effect(configs));
        lines.dedup();
        for line in lines {
            // The project writes parts of a line, so control characters are removed: it must not
            // add lines.
            self.term.warning(&plain(&line));
        }
        Ok(())
    }

    /// The targets with what rustc knows of them and with the origin of their standard libraries.
    fn resolved(
        &self,
        toolchain: &Toolchain,
        mut targets: Vec<Target>,
        configs: Vec<TargetConfig>,
        answers: &mut ProbeCache<'_>,
    ) -> Result<Vec<ResolvedTarget>> {
        let specifications = self.specifications(toolchain, &mut targets, &configs, answers)?;
        let targets = targets.into_iter().zip(configs).zip(specifications);
        let one = |((target, config), specification): ((Target, TargetConfig), _)| {
            let request = StdRequest {
                context: self.context(&config, toolchain),
                triple: &target.triple,
            };
            let std = request.answer(&self.lookup(toolchain, &target))?;
            Ok(ResolvedTarget {
                target,
                config,
                specification,
                std,
            })
        };
        targets.map(one).collect()
    }

    /// The targets by name in the order in which they are built, whether cargo has to be told, and
    /// the asker. Precedence, highest first: `--target`, `--config build.target=…`,
    /// `CARGO_BUILD_TARGET`, `build.default-target` of cross's configuration, `build.target` of
    /// cargo's.
    fn named_targets(&self, config: &Config) -> Result<(Vec<String>, bool, Asker)> {
        let user = Asker::Said(Source::CommandLine("--target"));
        let said = self.invocation.options.targets.iter();
        let said: Vec<String> = said.map(|t| t.to_string_lossy().into_owned()).collect();
        if !said.is_empty() {
            return Ok((said, false, user));
        }
        let said = said_to_cargo(&self.cargo_config, self.host);
        if !said.is_empty() {
            return Ok((said, false, user));
        }
        if let Some(Setting { value, source }) = config.default_target()? {
            let dir = source.dir().unwrap_or(&self.cwd);
            return Ok((vec![rooted(dir, value)], true, Asker::Said(source)));
        }
        let asker = self.cargo_config.asker("build.target").unwrap_or(user);
        Ok((self.cargo_config.targets(), false, asker))
    }

    /// The targets with their asker. The host's own triple if none is named.
    fn targets(&self, config: &Config, toolchain: &Toolchain) -> Result<(Vec<Target>, Asker)> {
        let (triples, tell_cargo, asker) = self.named_targets(config)?;
        let mut targets: Vec<Target> = Vec::new();
        for triple in triples {
            // Cargo's name for the host's triple.
            // <https://doc.rust-lang.org/cargo/reference/config.html#buildtarget>
            let is_host = triple == "host-tuple";
            let triple = if is_host {
                toolchain.host.clone()
            } else {
                triple
            };
            if targets.iter().all(|t| t.triple != triple) {
                targets.push(Target {
                    tell_cargo,
                    ..Target::named(triple)
                });
            }
        }
        if targets.len() > 1 {
            if self.subcommand.single_target() {
                let message = format!("`cargo {}` takes one target only", self.subcommand.name());
                return Err(Error::new(message).hint("choose one with `--target`"));
            }
            for target in &mut targets {
                target.tell_cargo = true;
            }
        }
        if targets.is_empty() {
            let triple = toolchain.host.clone();
            targets.push(Target {
                triple,
                named: false,
                tell_cargo: false,
            });
        }
        Ok((targets, asker))
    }

    /// The targets that rustc knows. Empty if rustc cannot be asked.
    fn rustc_targets(&self) -> Vec<String> {
        target_list(target_list_query(self.invocation.toolchain.as_deref()).output())
    }
}

/// The error that there is no image for a target. `known` asks rustc for the targets that it knows.
pub(crate) fn no_row(target: &Target, known: impl FnOnce() -> Vec<String>) -> Error {
    let name = target.name();
    if target.specification().is_some() {
        return target::no_row_of_custom(name);
    }
    let known = known();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    target::no_row(name, &known)
}

/// Refuses a toolchain for another kind of machine than the images are for.
fn check_host(toolchain: &Toolchain) -> Result<()> {
    if toolchain.host == HOST {
        return Ok(());
    }
    Err(Error::new(format!(
        "the toolchain in `{}` is for `{}`, and cross works with toolchains for `{HOST}` only",
        toolchain.sysroot.display(),
        toolchain.host
    )))
}

/// The targets that win over those of any file: from `--config build.target=…` or
/// `CARGO_BUILD_TARGET`.
pub(crate) fn said_to_cargo(config: &CargoConfig, host: &Host) -> Vec<String> {
    let command_line = config.targets_of_command_line();
    if !command_line.is_empty() {
        return command_line;
    }
    let variable = host.text("CARGO_BUILD_TARGET");
    variable.map(str::to_owned).into_iter().collect()
}

/// The path of a program in the `bin` of cargo's home, the programs of the host's that containers
/// see.
fn host_program(host: &Host, name: &str) -> PathBuf {
    host.cargo_home.join("bin").join(name)
}

#[cfg(test)]
mod tests;
