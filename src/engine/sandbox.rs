//! The built-in engine: implements the interface of engines with the crate [`cross_sandbox`].

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};

use super::Implementation;
use super::backend::{Archive, Backend};
use super::build::{Build, Log};
use super::diagnosis::{Diagnosis, Inquiry, Verdict};
use super::images::{Answer, ImageInfo};
use super::registration::{Program, Registration};
use super::spec::{Access, EnvVar, Mount, RunSpec};
use crate::config::file::Network;
use crate::target;
use crate::target::image_name::TARGET_LABEL;
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::process::Cmd;
use cross_base::term::Term;
use cross_sandbox as sandbox;
use cross_sandbox::build::Request;
use cross_sandbox::registry::Registry;
use cross_sandbox::store::{Image, Store};
use cross_sandbox::users::{self, Others};
use cross_sandbox::{namespace, trial, unpack};

const NAME: &str = "sandbox";
/// The time limit of the trial that shows whether a sandbox works here.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) static REGISTRATION: Registration = Registration {
    name: NAME,
    about: "the built-in engine works here",
    usual_reason: "it is built in",
    meant_by: &[],
    program: Program::BuiltIn,
    isolates: true,
    open,
    diagnose,
};

/// The built-in engine, with the caller's store of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BuiltIn {
    /// The path of `cross` itself.
    program: PathBuf,
    /// The store of its images.
    store: Store,
}

fn open(host: &Host, program: PathBuf, reason: &str) -> Result<Implementation> {
    if let Some(hint) = namespace::restriction() {
        let message = format!("the built-in engine cannot make user namespaces here ({reason})");
        return Err(Error::new(message).hint(hint));
    }
    let store = Store::of(host);
    if namespace::is_filtered() {
        // The engine is opened again once the project is known, and the trial takes 20 ms.
        static REPORT: OnceLock<Result<trial::Report>> = OnceLock::new();
        let report = REPORT.get_or_init(|| trial::run(&store.root, host, LIMIT));
        if let Some(error) = report.as_ref().map_err(Clone::clone)?.obstacle() {
            let message = format!("the built-in engine cannot work here: {}", error.message());
            let hint = error.hint_text().unwrap_or(reason).to_owned();
            return Err(Error::new(message).hint(hint));
        }
    }
    store.is_ours(host)?;
    Ok(Implementation::BuiltIn(BuiltIn { program, store }))
}

fn diagnose(inquiry: &Inquiry<'_>) -> Diagnosis {
    let root = Store::of(inquiry.host).root;
    let obstacle = match inquiry.trial() {
        Ok(report) => report.obstacle(),
        Err(error) => Some(error),
    };
    let verdict = match obstacle {
        Some(error) => Verdict::Forbidden(error),
        None => Verdict::Works(format!(
            "works here without a daemon, keeps images in `{}`",
            root.display()
        )),
    };
    Diagnosis {
        images: fs::nearest_existing(&root).map(Path::to_owned),
        ..Diagnosis::only(verdict)
    }
}

impl Backend for BuiltIn {
    fn registration(&self) -> &'static Registration {
        &REGISTRATION
    }

    fn program(&self) -> &Path {
        &self.program
    }

    fn option(&self) -> &OsStr {
        NAME.as_ref()
    }

    fn shown(&self) -> String {
        format!("`{NAME}`, which is built in")
    }

    fn maps_root_to_caller(&self) -> bool {
        false
    }

    fn mounts_as_root(&self) -> bool {
        false
    }

    fn follows_links(&self) -> bool {
        false
    }

    fn follows_links_in_builds(&self) -> bool {
        false
    }

    fn leaves_images_to_cross(&self) -> bool {
        true
    }

    fn names_layers(&self) -> bool {
        true
    }

    fn makes_namespaces(&self) -> bool {
        true
    }

    fn usage_command(&self) -> String {
        "cross-util images list".to_owned()
    }

    fn ask(&self, image: &str) -> Result<Answer> {
        let found = self.store.image(image)?;
        Ok(Answer::Known(found.as_ref().map(ImageInfo::of_store)))
    }

    fn names(&self) -> Result<Vec<String>> {
        Ok(self.store.names())
    }

    fn size(&self, name: &str, _info: &ImageInfo) -> Result<u64> {
        let image = self.store.image(name)?;
        Ok(image.map_or(0, |image| self.store.size(&image)))
    }

    fn pull(&self, image: &str, host: &Host, term: Term) -> Result<()> {
        Registry { host, term }.pull(&self.store, image)
    }

    fn pull_command(&self, _image: &str) -> Option<Cmd> {
        None
    }

    fn repair(&self, image: &str) -> Result<()> {
        self.store.repair(image)
    }

    fn remove(&self, image: &str) -> Result<()> {
        self.store.remove(image)
    }

    fn keep_builds_away(&self, term: Term) -> Result<Option<Lock>> {
        self.alone(term).map(Some)
    }

    fn left_by_earlier(&self) -> Option<(PathBuf, u64)> {
        self.store.earlier()
    }

    fn remove_earlier(&self, term: Term) -> Result<()> {
        self.store.remove_earlier(|| waiting(term))
    }

    fn text_in(&self, image: &str, path: &Path) -> Result<String> {
        /// The size limit, enough for any file of settings.
        const LARGEST: u64 = 1 << 20;
        let absent = || Error::new(format!("there is no `{}` in `{image}`", path.display()));
        let found = self.store.image(image)?.ok_or_else(absent)?;
        let below = path.strip_prefix("/").unwrap_or(path);
        for layer in found.layers.iter().rev() {
            let place = Place::new(
                &self.store.layer(layer).join(below),
                &[self.store.layer(layer)],
            );
            if let Some(text) = place.read(LARGEST)? {
                return Ok(text);
            }
        }
        Err(absent())
    }

    fn import(&self, write: &mut Archive<'_>, labels: &[(&str, &str)], name: &str) -> Result<()> {
        // Removing images also removes layers that no image names. The lock keeps other processes
        // from that until this layer has its image.
        let _build = self.store.build(|| {})?;
        let (read, written) = pipe_with(PipeFlags::CLOEXEC).map_err(std::io::Error::from)?;
        std::thread::scope(|scope| {
            let writing = scope.spawn(move || write(&mut std::fs::File::from(written)));
            let mut layer = unpack::root_file_system(&self.store, std::fs::File::from(read));
            let written = writing.join();
            let written = written
                .unwrap_or_else(|_| Err(Error::new("writing the archive of the image failed")));
            match (&mut layer, written) {
                // If the reader has stopped, the writer's error is only a broken pipe. The reader
                // has the reason.
                (Err(_), Err(error)) if !is_broken_pipe(&error) => Err(error),
                (Ok(_), Err(error)) => Err(error),
                _ => self.store.name(name, &layer?.keep(labels)?),
            }
        })
    }

    fn build(&self, build: &Build<'_>, log: &mut dyn Log) -> Result<bool> {
        let (host, term) = (build.host, build.term);
        let store = &self.store;
        let _build =
            store.build(|| term.status("Waiting", "for another cross that removes images"))?;
        let text = fs::read_if_exists(build.dockerfile)?.unwrap_or_default();
        let request = Request {
            program: &self.program,
            path: build.shown,
            text: &text,
            context: build.context,
            args: build.args,
            inherited: build.inherited,
            other_users: other_users(host, term),
            anew: build.anew,
            offline: build.offline,
        };
        let mut log = StepLog {
            log,
            engine: self,
            host,
            term,
        };
        let Some(mut image) = sandbox::build::build(store, &request, &mut log)? else {
            return Ok(false);
        };
        let labels = build.labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        image.labels.extend(labels);
        store.name(build.name, &image)?;
        Ok(true)
    }

    fn load(&self, archive: &Path) -> Result<Vec<String>> {
        if archive == Path::new("-") {
            return unpack::saved(&self.store, std::io::stdin().lock());
        }
        unpack::saved(&self.store, fs_err::File::open(archive)?)
    }

    fn check_images(&self, term: Term) -> Result<Vec<(String, bool)>> {
        let _alone = self.alone(term)?;
        self.store.check()
    }

    fn has_network(&self, network: Network) -> bool {
        network != Network::Bridge
    }

    fn can_run(&self, run: &RunSpec) -> Result<()> {
        if self.has_network(run.network) {
            return Ok(());
        }
        Err(Error::new("the built-in engine has no network of its own")
            .hint("`build.network` can be `host` or `none` with it"))
    }

    fn run_command(&self, run: &RunSpec) -> Result<Cmd> {
        self.can_run(run)?;
        Ok(sandbox::cmd(&self.program, &run.sandbox(&self.store)?))
    }
}

impl BuiltIn {
    /// Waits until no build is running. Layers of a running build belong to no image yet, so they
    /// would be removed.
    fn alone(&self, term: Term) -> Result<Lock> {
        self.store.alone(|| waiting(term))
    }
}

fn waiting(term: Term) {
    term.status("Waiting", "for another cross that builds an image");
}

/// Whether commands of a build can have users other than root. If the caller has subordinate ids
/// that cannot be mapped, prints the reason with `-v`.
fn other_users(host: &Host, term: Term) -> bool {
    let found = users::others(host);
    if let Others::Refused(reason) = &found {
        let message = format!("the build does without users other than root: {reason}");
        term.verbose("Note", &message);
    }
    found == Others::There
}

/// The log of a build, in the form that the sandbox's builder asks for.
struct StepLog<'a> {
    log: &'a mut dyn Log,
    engine: &'a BuiltIn,
    host: &'a Host,
    term: Term,
}

impl sandbox::build::Log for StepLog<'_> {
    fn line(&mut self, line: &str) {
        self.log.line(line);
    }

    fn run(&mut self, cmd: &Cmd) -> Result<bool> {
        self.log.run(cmd)
    }

    fn pull(&mut self, name: &str) -> Result<()> {
        let (engine, host, term) = (self.engine, self.host, self.term);
        term.status("Pulling", name);
        engine.pull(name, host, term)
    }
}

impl RunSpec {
    /// The built-in engine's arguments for this run. They may have any bytes. The user, streams and
    /// umask are the caller's without an argument.
    fn sandbox(&self, store: &Store) -> Result<sandbox::Args> {
        let network = match self.network {
            Network::Host | Network::Bridge => sandbox::Network::Host,
            Network::None => sandbox::Network::None,
        };
        // A plan can be shown before its image exists. The image's name then stands in place of the
        // layers.
        let image = store.image(&self.image)?.unwrap_or_else(|| Image {
            layers: vec![self.image.clone()],
            ..Image::default()
        });
        let row = image.labels.get(TARGET_LABEL);
        let row = row.and_then(|triple| target::find(triple));
        let emulator = row.and_then(|row| row.runner()?.emulator);
        let env = image.env.into_iter();
        let mut env: Vec<_> = env
            .map(|(name, value)| (name.into(), Some(value.into())))
            .collect();
        env.extend(self.env.iter().map(|var| match var {
            EnvVar::Set(name, value) => (name.into(), Some(value.clone())),
            EnvVar::Inherit(name) => (name.into(), None),
        }));
        Ok(sandbox::Args {
            store: store.root.clone(),
            layers: image.layers.into_iter().map(PathBuf::from).collect(),
            network,
            binds: self.mounts.iter().map(Mount::bind).collect(),
            no_links_below: self.no_links_below.clone(),
            tmpfs: self.tmpfs.clone(),
            env,
            binfmt: emulator.map(PathBuf::from),
            workdir: self.workdir.clone(),
            command: self.command.clone(),
            ..sandbox::Args::default()
        })
    }
}

impl Mount {
    fn bind(&self) -> sandbox::Bind {
        sandbox::Bind {
            source: self.source.clone(),
            target: self.target.clone(),
            read_only: self.access == Access::ReadOnly,
        }
    }
}

/// Whether a write failed because the reader closed the pipe.
fn is_broken_pipe(error: &Error) -> bool {
    let system = error.system();
    system.is_some_and(|system| system.kind() == std::io::ErrorKind::BrokenPipe)
}
