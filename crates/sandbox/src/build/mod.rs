//! Making images from Dockerfiles, without an engine: each step that changes files is a sandbox
//! over the layers so far, and leaves a layer whose name is a digest of all that went into it. A
//! step that has been done is found by that name, by any image; an interrupted build goes on behind
//! the last whole layer.

mod steps;

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
    self as dockerfile, Dockerfile, Instruction, Stage, Written, expand,
};

/// What is to be made.
#[derive(Debug)]
pub struct Request<'a> {
    /// Ourselves.
    pub program: &'a Path,
    /// The Dockerfile, and its text.
    pub path: &'a Path,
    pub text: &'a str,
    /// The directory it copies from.
    pub context: &'a Path,
    /// Values for its `ARG` instructions.
    pub args: &'a [(&'a str, String)],
    /// Variables of the caller's that every command sees and no image keeps: those about proxies.
    pub inherited: &'a [&'a str],
    /// Whether commands have other users by the caller's subordinate ids.
    pub other_users: bool,
    /// Whether layers of earlier builds are made again.
    pub anew: bool,
}

/// Where a build tells what it does, and runs its commands.
pub trait Log {
    /// Adds a line.
    fn line(&mut self, line: &str);
    /// Runs a command with all it prints going to the log; whether it succeeded.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    fn run(&mut self, cmd: &Cmd) -> Result<bool>;
    /// Fetches an image, which tells of itself.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    fn pull(&mut self, name: &str) -> Result<()>;
}

/// How far a stage has come.
#[derive(Clone, Debug, Default)]
struct State {
    image: Image,
    /// What the stage has asked for of the arguments.
    args: BTreeMap<String, String>,
    /// Who runs commands, if not root.
    user: Option<String>,
    /// A digest of all that led here.
    key: String,
}

struct Builder<'a> {
    store: &'a Store,
    request: &'a Request<'a>,
    log: &'a mut dyn Log,
    file: &'a Dockerfile,
    /// What names stand for in `FROM`, and in a stage that asks for them.
    globals: BTreeMap<String, String>,
    done: Vec<Option<State>>,
    /// For the lines that announce steps.
    number: usize,
    total: usize,
    /// Whether it was said which step failed: others may have needed what it is part of.
    blamed: bool,
}

/// Makes an image. Nothing has a name yet when this returns.
///
/// # Errors
///
/// When a step fails, or the Dockerfile asks for what is not there or cannot be done.
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

/// The values of the arguments before the first stage, each of which may name those before it, and
/// of those that every Dockerfile has.
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
        let default = default.as_ref().map(|text| expand(text, &globals));
        let value = request.given(name).or(default);
        // One that has no value keeps what it stands for in every Dockerfile.
        if value.is_some() || !globals.contains_key(name) {
            globals.insert(name.clone(), value.unwrap_or_default());
        }
    }
    globals
}

impl Builder<'_> {
    /// Makes a stage and what it needs of others; nothing when a command has failed.
    fn stage(&mut self, index: usize) -> Result<Option<State>> {
        if let Some(state) = &self.done[index] {
            return Ok(Some(state.clone()));
        }
        let stage = &self.file.stages[index];
        let Some(mut so_far) = self.base(stage, index)? else {
            return Ok(None);
        };
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

    /// Says where in the user's file the step stands that failed. Those of cross's own are in no
    /// file of the user's.
    fn blame(&mut self, line: usize) {
        let path = self.request.path;
        if path.is_absolute() && !std::mem::replace(&mut self.blamed, true) {
            let message = format!("The step in line {line} of `{}` failed", path.display());
            self.log.line(&message);
        }
    }

    fn announce(&mut self, text: &str) {
        self.number += 1;
        let text = text.replace("\\\n", " ");
        self.log
            .line(&format!("Step {}/{} : {text}", self.number, self.total));
    }

    /// What a stage starts from: another one, or an image.
    fn base(&mut self, stage: &Stage, index: usize) -> Result<Option<State>> {
        let name = expand(&stage.base, &self.globals);
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

    /// An earlier stage, by its name or number.
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

    /// Fetches an image that the store has not.
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

    /// Does a step; whether it succeeded.
    fn step(&mut self, step: &Instruction, index: usize, state: &mut State) -> Result<bool> {
        let values = state.values();
        match step {
            Instruction::Nothing => {}
            Instruction::Arg(name, default) => {
                let global = self.globals.get(name).cloned();
                let default = default.as_ref().map(|text| expand(text, &values));
                if let Some(value) = self.request.given(name).or(default).or(global) {
                    state.args.insert(name.clone(), value);
                }
            }
            Instruction::Env(pairs) => {
                for (name, value) in pairs {
                    state.image.env.retain(|(other, _)| other != name);
                    let value = expand(value, &values);
                    state.image.env.push((name.clone(), value));
                }
            }
            Instruction::Label(pairs) => {
                for (name, value) in pairs {
                    let value = expand(value, &values);
                    state.image.labels.insert(name.clone(), value);
                }
            }
            Instruction::Workdir(dir) => {
                let dir = expand(dir, &values);
                state.image.workdir = Some(state.workdir().join(dir));
            }
            Instruction::User(user) => {
                let user = expand(user, &values);
                let is_root = ["", "root", "0", "0:0", "root:root"].contains(&&*user);
                state.user = (!is_root).then_some(user);
            }
            Instruction::Run(run) => return self.run(run, state),
            Instruction::Copy(copy) => return self.copy(&copy.expanded(&values), index, state),
        }
        Ok(true)
    }

    /// Finds the layer of this key, or makes it.
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
            // Whatever has become of it: a layer with files of others cannot even be removed.
            let given = !args.other_users || self.give_back(&layer.tree())?;
            if !(ran? && given) {
                return Ok(false);
            }
            if self.request.anew {
                // It may have been taken into use meanwhile.
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

    /// Makes the caller the owner of all files of a layer; whether that was possible.
    fn give_back(&mut self, tree: &Path) -> Result<bool> {
        self.log.run(&owners::cmd(self.request.program, tree))
    }

    /// Gives the files of killed builds back to the caller, who can then remove them.
    fn reclaim(&mut self) -> Result<()> {
        if self.request.other_users {
            for dir in self.store.abandoned() {
                self.give_back(&dir.join("tree"))?;
            }
        }
        Ok(())
    }

    /// The variables of a command, which may be another user's than root.
    fn environment(
        &self,
        values: &BTreeMap<String, String>,
        is_other: bool,
    ) -> Vec<(OsString, Option<OsString>)> {
        let inherited = self.request.inherited.iter();
        let mut env: Vec<(OsString, Option<OsString>)> =
            inherited.map(|name| (OsString::from(name), None)).collect();
        // For another user, who is only known within the image, the script that becomes that one
        // finds out.
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
    /// The value that the caller gave an argument.
    fn given(&self, name: &str) -> Option<String> {
        let mut args = self.args.iter();
        args.find(|(other, _)| *other == name)
            .map(|(_, value)| value.clone())
    }
}

impl State {
    /// What names stand for: arguments, and variables, which win.
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
