//! The plan for the engine `host`: the user's own cargo, with variables that name the toolchain's
//! programs. Variables and cargo's configuration of the user's win over the toolchain's, since here
//! they are about the machine that runs them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::cargo::config::variable;
use crate::engine::spec::{EnvVar, RunSpec, last};
use crate::image::Image;
use crate::plan::after::After;
use crate::plan::environment::{BUILD_SCRIPTS, COMPILER_PATH};
use crate::plan::{Plan, PlanInput, Step};
use crate::toolchain::{ToolRecipe, ToolchainRecipe};
use cross_base::error::{Error, Result};

impl PlanInput<'_> {
    /// Makes the plan of a run on the machine itself.
    ///
    /// # Errors
    ///
    /// When the toolchain lacks a component that cannot be added, or nothing runs the programs that
    /// are to be run.
    pub(super) fn plan_on_host(&self) -> Result<Plan> {
        let Image::Provided { row, .. } = self.image else {
            return Err(Error::new(
                "without a container there is no image to run in",
            ));
        };
        self.needs_runner_on_host(row)?;
        self.knows_api_level()?;
        self.test_timeout()?;
        let mut prepare = Vec::new();
        let mut notes = Vec::new();
        self.components(&mut prepare, &mut notes)?;
        let runs = self.context.subcommand.runs_programs();
        let recipe = self.recipe.filter(|recipe| recipe.stands_alone());
        prepare.extend(recipe.map(|recipe| Step::MakeToolchain {
            recipe: recipe.clone(),
            runs,
            origin: self.origin(),
        }));
        prepare.extend(self.older_glibc()?);
        let tools = self.tools.iter().map(|tool| ToolRecipe::of(*tool));
        let tools = tools.collect::<Result<Vec<_>>>()?;
        prepare.extend(tools.iter().map(|recipe| Step::MakeTool {
            recipe: recipe.clone(),
            origin: self.origin(),
        }));
        notes.extend(self.workspace.notes.iter().cloned());
        notes.extend(self.without_libraries().map(str::to_owned));
        prepare.extend(self.product_links());
        prepare.extend(self.front_steps());
        let mut env = recipe.map_or(Vec::new(), |recipe| {
            self.environment_on_host(recipe, runs, &tools)
        });
        env.extend(self.environment_of_proxy(&env));
        env.extend(self.front_on_path(&env));
        let mut run = self.run_on_host(env);
        Ok(Plan {
            debugged: self.debugged(&mut run)?,
            verify: self.verification(&run),
            prepare,
            run,
            opened: None,
            guarded: None,
            build_scripts: self.build_script_links(),
            // The run has all of the caller's variables.
            after: After {
                kept_back: Vec::new(),
                read_only: false,
                unseen: Vec::new(),
                flags: Vec::new(),
                ..self.after(&[], Vec::new())
            },
            notes,
        })
    }

    /// The run, without mounts and a container's settings.
    fn run_on_host(&self, env: Vec<EnvVar>) -> RunSpec {
        let host = self.context.host;
        RunSpec {
            image: self.image.name(),
            with_umask: None,
            uid: host.uid,
            gid: host.gid,
            groups: Vec::new(),
            umask: host.umask,
            stdin: true,
            tty: false,
            network: self.context.config.network.value,
            selinux: false,
            settings: None,
            mounts: Vec::new(),
            no_links_below: Vec::new(),
            tmpfs: Vec::new(),
            env,
            workdir: host.cwd.clone(),
            command: self.command(),
        }
    }

    /// The variables for cargo and its children.
    fn environment_on_host(
        &self,
        recipe: &ToolchainRecipe,
        runs: bool,
        tools: &[ToolRecipe],
    ) -> Vec<EnvVar> {
        let mut env = self.plugin_environment();
        let dir = recipe.dir(self.context.host);
        let mut path = dir.join("bin").into_os_string();
        if let Some(others) = self.context.host.var("PATH") {
            path.push(":");
            path.push(others);
        }
        for tool in tools {
            let place = tool.place(self.context.host);
            if let Some(variable) = tool.variable() {
                env.push(EnvVar::set(variable, place));
            } else {
                // The machine's own programs come first: they are meant if they exist.
                path.push(":");
                path.push(place);
            }
        }
        env.push(EnvVar::set("PATH", path));
        let linkers = self.context.toolchain.linkers();
        if let Some(dir) = linkers.filter(|_| !self.says_itself(COMPILER_PATH)) {
            env.push(EnvVar::set(COMPILER_PATH, dir));
        }
        if let Some((variable, place)) = self.older_variable() {
            env.push(EnvVar::set(variable, place));
        }
        let level = self.api_level();
        let level = level.as_ref().map(|(name, level)| (*name, level.as_str()));
        let variables = recipe.environment_with(&dir, level).into_iter();
        for (name, value) in variables.chain(self.asked_programs()) {
            if !self.says_itself(&name) {
                env.push(EnvVar::set(name, value));
            }
        }
        if runs {
            env.extend(self.runner_on_host(recipe));
        }
        // Variables that are named without a value are in the environment anyway.
        let mut configured = self.configured();
        configured.retain(|variable| matches!(variable, EnvVar::Set(..)));
        env.extend(configured);
        for (name, value) in tools.iter().flat_map(|it| it.arguments(self.context.host)) {
            self.add_arguments(name, &value, &mut env);
        }
        env
    }

    /// The variables about the runner of the target's programs.
    fn runner_on_host(&self, recipe: &ToolchainRecipe) -> Vec<EnvVar> {
        let runner = variable(&format!("target.{}.runner", self.target.name()));
        if self.says_itself(&runner) {
            return Vec::new();
        }
        let mut env = Vec::new();
        let mut words = self.words_for_libraries();
        if !words.is_empty() {
            env.extend(
                self.build_scripts()
                    .map(|it| EnvVar::set(BUILD_SCRIPTS, it)),
            );
        }
        let host = self.context.host;
        let emulator = recipe.emulator.as_ref();
        if let Some(emulator) = emulator.filter(|_| !self.context.config.runs_natively()) {
            let dir = recipe.dir(host);
            words.extend([emulator.path(host).into(), "-L".into(), dir.clone().into()]);
            // Tells the emulator where the libraries are if the kernel starts it, for programs that
            // the target's programs start.
            env.push(EnvVar::set("QEMU_LD_PREFIX", dir));
        }
        if !words.is_empty() {
            env.push(EnvVar::set(runner, words.join(OsStr::new(" "))));
        }
        env
    }

    /// Adds arguments of a tool to a variable, and to the variables of single targets, whose names
    /// begin with the same name. The toolchain's arguments and the user's stand behind them, so
    /// they win.
    fn add_arguments(&self, name: &str, value: &str, env: &mut Vec<EnvVar>) {
        let (host, cargo_config) = (self.context.host, self.context.cargo_config);
        let of_one = format!("{name}_");
        let known = env.iter().map(EnvVar::name).chain(host.names());
        let known = known.chain(cargo_config.variables());
        let known = known.filter(|it| it.starts_with(&of_one));
        let mut names: BTreeSet<String> = known.map(str::to_owned).collect();
        names.insert(name.to_owned());
        for name in names {
            // Cargo would put another value in its place.
            if self.is_forced(&name) {
                continue;
            }
            let before = last(env, &name).map_or_else(|| host.var(&name), |it| it.value(host));
            // Cargo's configuration does not count any more once the variable is set, but does so
            // behind the toolchain's arguments.
            let is_said = host.var(&name).is_some() || self.is_named(&name);
            let configured = cargo_config.variable_text(&name).filter(|_| !is_said);
            let mut all = OsString::from(value);
            for more in before.into_iter().chain(configured.map(OsStr::new)) {
                all.push(" ");
                all.push(more);
            }
            env.retain(|it| it.name() != name);
            env.push(EnvVar::set(name, all));
        }
    }

    /// The variables that rustup's proxy would set for cargo, beside those that are set already.
    /// <https://github.com/rust-lang/rustup/blob/1.28.2/src/toolchain/toolchain.rs>, `set_env`.
    fn environment_of_proxy(&self, env: &[EnvVar]) -> Vec<EnvVar> {
        let Some((_, name)) = self.cargo_instead_of_proxy() else {
            return Vec::new();
        };
        let (host, toolchain) = (self.context.host, self.context.toolchain);
        let before = |dir, name| self.before(dir, name, env);
        let mut all = vec![
            EnvVar::set("CARGO_HOME", &host.cargo_home),
            EnvVar::set("RUSTUP_HOME", &host.rustup_home),
            EnvVar::set("RUSTUP_TOOLCHAIN", name),
            EnvVar::set(
                "LD_LIBRARY_PATH",
                before(toolchain.sysroot.join("lib"), "LD_LIBRARY_PATH"),
            ),
        ];
        let programs = host.cargo_home.join("bin");
        let path = self.value_on_host("PATH", env);
        if !path.is_some_and(|path| std::env::split_paths(path).any(|p| p == programs)) {
            all.push(EnvVar::set("PATH", before(programs, "PATH")));
        }
        all
    }
    /// The variable by which programs below a plugin find the file in front of cargo.
    fn front_on_path(&self, env: &[EnvVar]) -> Option<EnvVar> {
        let has_front = self.has_front();
        has_front.then(|| EnvVar::set("PATH", self.before(self.front_dir(), "PATH", env)))
    }

    /// The value of a variable with another directory before its own.
    fn before(&self, dir: PathBuf, name: &str, env: &[EnvVar]) -> OsString {
        let mut dirs = dir.into_os_string();
        if let Some(others) = self.value_on_host(name, env) {
            dirs.push(":");
            dirs.push(others);
        }
        dirs
    }

    /// The value of a variable for cargo.
    fn value_on_host<'v>(&'v self, name: &str, env: &'v [EnvVar]) -> Option<&'v OsStr> {
        let host = self.context.host;
        last(env, name).map_or_else(|| host.var(name), |it| it.value(host))
    }
}
