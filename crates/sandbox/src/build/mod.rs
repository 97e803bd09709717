//! The built-in engine's builder: makes images from Dockerfiles. Each instruction that changes
//! files runs in a sandbox over the layers made so far, and leaves a layer. The layer's name is a
//! digest of all that went into it. Any build finds an earlier layer by this name, so an
//! interrupted build continues behind its last complete layer.

mod steps;
mod triggers;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::store::{Image, Store};
use super::{Args, owners, running, unpack};
use crate::USUAL_PATH;
use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::process::Cmd;
use cross_dockerfile::parse::{
    self as dockerfile, Dockerfile, Instruction, Stage, Written, expand, joined,
};

/// The image to build.
#[derive(Debug)]
pub struct Request<'a> {
    /// The path of the running program.
    pub program: &'a Path,
    /// The path of the Dockerfile and its text.
    pub path: &'a Path,
    pub text: &'a str,
    /// The build context: the directory with the files that the Dockerfile copies.
    pub context: &'a Path,
    /// Values for its `ARG` instructions.
    pub args: &'a [(&'a str, String)],
    /// Names of the caller's environment variables about proxies. Commands get them, and no image
    /// keeps them.
    pub inherited: &'a [&'a str],
    /// Whether commands have other users, mapped to the caller's subordinate ids.
    pub other_users: bool,
    /// Whether to make layers again that earlier builds have made.
    pub anew: bool,
    /// Whether commands have no network.
    pub offline: bool,
}

/// The log of a build, which also runs the build's commands.
pub trait Log {
    /// Adds a line to the log.
    fn line(&mut self, line: &str);
    /// Runs a command with its output going to the log. Returns whether it succeeded.
    ///
    /// # Errors
    ///
    /// If the command cannot be started.
    fn run(&mut self, cmd: &Cmd) -> Result<bool>;
    /// Pulls an image. The pull shows its own progress.
    ///
    /// # Errors
    ///
    /// If the image cannot be pulled.
    fn pull(&mut self, name: &str) -> Result<()>;
}

/// The state of a stage behind one of its instructions.
#[derive(Clone, Debug, Default)]
struct State {
    image: Image,
    /// The values of the `ARG` instructions in the stage.
    args: BTreeMap<String, String>,
    /// A digest of all instructions so far.
    key: String,
}

struct Builder<'a> {
    store: &'a Store,
    request: &'a Request<'a>,
    log: &'a mut dyn Log,
    file: &'a Dockerfile,
    /// The values of the `ARG` instructions in front of the first stage. They count in `FROM`, and
    /// in stages that declare them again.
    globals: BTreeMap<String, String>,
    done: Vec<Option<State>>,
    /// The number of the current step, for the log.
    number: usize,
    total: usize,
    /// Whether the failed step has been logged. The stages that need it fail as well.
    blamed: bool,
}

/// Builds an image, which has no name yet. None if a command failed, which the log says.
///
/// # Errors
///
/// If the Dockerfile has something that the built-in engine cannot do, or needs an image or file
/// that does not exist.
pub fn build(store: &Store, request: &Request<'_>, log: &mut dyn Log) -> Result<Option<Image>> {
    let file = dockerfile::read(request.path, request.text)?;
    let Some(last) = file.stages.len().checked_sub(1) else {
        return Err(Error::new(format!("`{}` is empty", request.path.display())));
    };
    let mut builder = Builder {
        store,
        request,
        log,
        file: &file,
        globals: globals(request, &file),
        done: vec![None; file.stages.len()],
        number: 0,
        blamed: false,
        total: file.stages.iter().map(|stage| stage.steps.len() + 1).sum(),
    };
    Ok(builder.stage(last)?.map(|state| state.image))
}

/// The values of predefined arguments and of those in front of the first stage. Each may use the
/// values of those before it.
fn globals(request: &Request<'_>, file: &Dockerfile) -> BTreeMap<String, String> {
    let mut globals = BTreeMap::new();
    let machine = unpack::this_machine();
    for side in ["BUILD", "TARGET"] {
        globals.insert(format!("{side}PLATFORM"), format!("linux/{machine}"));
        globals.insert(format!("{side}OS"), "linux".to_owned());
        globals.insert(format!("{side}ARCH"), machine.to_owned());
        globals.insert(format!("{side}VARIANT"), String::new());
    }
    for (name, default) in &file.args {
        let default = default
            .as_ref()
            .map(|text| expand(text, &globals, file.escape));
        let value = request.given(name).or(default);
        // A predefined argument without a new value keeps its own.
        if value.is_some() || !globals.contains_key(name) {
            globals.insert(name.clone(), value.unwrap_or_default());
        }
    }
    globals
}

impl Builder<'_> {
    /// Builds a stage and the stages that it needs. None if a command failed.
    fn stage(&mut self, index: usize) -> Result<Option<State>> {
        if let Some(state) = &self.done[index] {
            return Ok(Some(state.clone()));
        }
        let stage = &self.file.stages[index];
        let Some(mut so_far) = self.base(stage, index)? else {
            return Ok(None);
        };
        let on_build = std::mem::take(&mut so_far.image.on_build);
        if !self.triggers(&stage.base, &on_build, index, &mut so_far)? {
            return Ok(None);
        }
        for Written { step, text, line } in &stage.steps {
            self.announce(text);
            if !self.step(step, index, &mut so_far)? {
                self.blame(*line);
                return Ok(None);
            }
        }
        self.done[index] = Some(so_far.clone());
        Ok(Some(so_far))
    }

    /// Carries out the instructions that an image has for the stages that start from it. Returns
    /// whether they succeeded.
    fn triggers(
        &mut self,
        image: &str,
        texts: &[String],
        index: usize,
        state: &mut State,
    ) -> Result<bool> {
        let steps = triggers::read(image, texts)?;
        self.total += steps.len();
        for Written { step, text, .. } in &steps {
            self.announce(&format!("ONBUILD {text}"));
            if !self.step(step, index, state)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Logs the line of the failed step in the user's Dockerfile. Cross's own Dockerfiles have
    /// relative paths and are not named.
    fn blame(&mut self, line: usize) {
        let path = self.request.path;
        if path.is_absolute() && !std::mem::replace(&mut self.blamed, true) {
            let message = format!("The step in line {line} of `{}` failed", path.display());
            self.log.line(&message);
        }
    }

    fn announce(&mut self, text: &str) {
        self.number += 1;
        let text = joined(text, self.file.escape);
        self.log
            .line(&format!("Step {}/{} : {text}", self.number, self.total));
    }

    /// The stage or image that a stage starts from.
    fn base(&mut self, stage: &Stage, index: usize) -> Result<Option<State>> {
        let name = expand(&stage.base, &self.globals, self.file.escape);
        let base = match self.find(&name, index) {
            Some(other) => self.stage(other)?,
            None if name == "scratch" => Some(State::default()),
            None => Some(self.image(&name)?),
        };
        self.announce(&format!("FROM {name}"));
        Ok(base.map(|base| State {
            args: BTreeMap::new(),
            ..base
        }))
    }

    /// The index of an earlier stage, by its name or number.
    fn find(&self, name: &str, before: usize) -> Option<usize> {
        let stages = &self.file.stages[..before];
        let name = name.to_lowercase();
        let named = stages
            .iter()
            .rposition(|stage| stage.name.as_deref() == Some(&*name));
        named.or_else(|| name.parse().ok().filter(|number| *number < before))
    }

    fn image(&mut self, name: &str) -> Result<State> {
        let image = match self.store.image(name)? {
            Some(image) => image,
            None => self.pull(name)?,
        };
        for layer in &image.layers {
            if !self.store.is_whole(layer) {
                self.store.drop_layer(layer)?;
                let message = format!("the image `{name}` was damaged on the disk, and is removed");
                return Err(Error::new(message).hint("import it or build it again"));
            }
        }
        let mut key = Digest::default();
        image
            .layers
            .iter()
            .for_each(|layer| key.add(layer.as_bytes()));
        Ok(State {
            image,
            key: key.whole(),
            ..State::default()
        })
    }

    /// Pulls an image that the store does not have.
    fn pull(&mut self, name: &str) -> Result<Image> {
        self.log.line(&format!("Pulling {name}"));
        let cannot = |why: &str, hint: Option<&str>| {
            let import = "`cross-util images import` takes one that docker or podman has saved";
            Error::new(format!("cannot get the image `{name}`: {why}")).hint(hint.unwrap_or(import))
        };
        self.log
            .pull(name)
            .map_err(|e| cannot(e.message(), e.hint_text()))?;
        let image = self.store.image(name)?;
        image.ok_or_else(|| cannot("it is not there after it was pulled", None))
    }

    /// Carries out an instruction. Returns whether it succeeded.
    fn step(&mut self, step: &Instruction, index: usize, state: &mut State) -> Result<bool> {
        let values = state.values();
        let expand = |text: &str| expand(text, &values, self.file.escape);
        match step {
            Instruction::Nothing => {}
            Instruction::Arg(name, default) => {
                let global = self.globals.get(name).cloned();
                let default = default.as_ref().map(|text| expand(text));
                if let Some(value) = self.request.given(name).or(default).or(global) {
                    state.args.insert(name.clone(), value);
                }
            }
            Instruction::Env(pairs) => {
                for (name, value) in pairs {
                    let (name, value) = (expand(name), expand(value));
                    state.image.env.retain(|(other, _)| *other != name);
                    state.image.env.push((name, value));
                }
            }
            Instruction::Label(pairs) => {
                for (name, value) in pairs {
                    state.image.labels.insert(expand(name), expand(value));
                }
            }
            Instruction::Workdir(dir) => {
                let dir = expand(dir);
                state.image.workdir = Some(state.workdir().join(dir));
            }
            Instruction::User(user) => {
                state.image.user = Some(expand(user));
            }
            Instruction::Shell(words) => state.image.shell = Some(words.clone()),
            Instruction::Run(run) => return self.run(run, state),
            Instruction::Copy(copy) => {
                let copy = copy.expanded(&values, self.file.escape);
                return self.copy(&copy, index, state);
            }
        }
        Ok(true)
    }

    /// Uses the layer with the name `key`, or makes it. Returns whether the command succeeded.
    fn layer(&mut self, key: String, args: Args, state: &mut State) -> Result<bool> {
        if self.request.anew || !self.store.has(&key) || !self.store.is_whole(&key) {
            if self.request.anew {
                running::is_idle(&key)?;
            }
            self.reclaim()?;
            let layer = self.store.begin()?;
            let args = Args {
                store: self.store.root.clone(),
                layers: state.image.layers.iter().map(PathBuf::from).collect(),
                upper: Some(layer.path().to_owned()),
                as_root: true,
                ..args
            };
            let ran = self.log.run(&super::cmd(self.request.program, &args));
            // This happens even if the command failed: without it, the caller could not remove a
            // layer with other users' files.
            let given = !args.other_users || self.give_back(&layer.tree())?;
            if !(ran? && given) {
                return Ok(false);
            }
            if self.request.anew {
                // A sandbox may have begun to use the layer meanwhile.
                running::is_idle(&key)?;
                self.store.drop_layer(&key)?;
            }
            layer.keep(&key)?;
        } else {
            self.log.line(" ---> Using cache");
        }
        state.image.layers.push(key.clone());
        state.key = key;
        Ok(true)
    }

    /// Makes the caller the owner of all files of a layer. Returns whether that succeeded.
    fn give_back(&mut self, tree: &Path) -> Result<bool> {
        self.log.run(&owners::cmd(self.request.program, tree))
    }

    /// Makes the caller the owner of files that killed builds have left, so that they can be
    /// removed.
    fn reclaim(&mut self) -> Result<()> {
        if self.request.other_users {
            for dir in self.store.abandoned() {
                self.give_back(&dir.join("tree"))?;
            }
        }
        Ok(())
    }

    /// The environment of a command. `is_other` says that `USER` names a user other than root.
    fn environment(
        &self,
        values: &BTreeMap<String, String>,
        is_other: bool,
    ) -> Vec<(OsString, Option<OsString>)> {
        let inherited = self.request.inherited.iter();
        let mut env: Vec<(OsString, Option<OsString>)> =
            inherited.map(|name| (OsString::from(name), None)).collect();
        // Only the image knows another user's home directory. The script that changes the user
        // finds it out.
        let home = if is_other { "" } else { "/root" };
        env.push(("HOME".into(), Some(home.into())));
        if !values.contains_key("PATH") {
            env.push(("PATH".into(), Some(USUAL_PATH.into())));
        }
        let own = values
            .iter()
            .map(|(name, value)| (name.into(), Some(value.into())));
        env.extend(own);
        env
    }
}

impl Request<'_> {
    /// The value that the caller gives for an argument.
    fn given(&self, name: &str) -> Option<String> {
        let mut args = self.args.iter();
        args.find(|(other, _)| *other == name)
            .map(|(_, value)| value.clone())
    }
}

impl State {
    /// The values of variables in the Dockerfile: arguments and environment variables. The latter
    /// win.
    fn values(&self) -> BTreeMap<String, String> {
        let env = self.image.env.iter().cloned();
        self.args.clone().into_iter().chain(env).collect()
    }

    fn workdir(&self) -> PathBuf {
        self.image
            .workdir
            .clone()
            .unwrap_or_else(|| PathBuf::from("/"))
    }
}
