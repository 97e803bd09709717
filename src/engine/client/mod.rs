//! Engines with a client: a program that is started for each action. Docker and podman take nearly
//! the same options. Where they differ, the client's dialect decides.

mod argv;
mod build;
pub(super) mod docker;
mod endpoint;
mod images;
pub(super) mod podman;
mod rights;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::backend::{Archive, Backend, Settings};
use super::build::{Build, Log};
use super::images::{Answer, ImageInfo};
use super::registration::Registration;
use super::spec::RunSpec;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};
use cross_base::term::Term;

/// The engine whose options a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Docker,
    Podman,
}

/// The client of an engine, found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    dialect: Dialect,
    /// The program, as a full path.
    program: PathBuf,
    /// Whether the engine runs without root's rights. Its user namespace then maps root to the
    /// caller.
    rootless: bool,
}

impl Client {
    /// The command that starts the client, without arguments.
    fn cmd(&self) -> Cmd {
        Cmd::new(&self.program)
    }

    /// A client that is on no machine, for tests.
    #[cfg(test)]
    pub(super) fn example(name: &str, rootless: bool) -> Self {
        let dialects = [Dialect::Docker, Dialect::Podman].into_iter();
        let clients = dialects.map(|dialect| Self {
            dialect,
            program: name.into(),
            rootless,
        });
        let mut named = clients.filter(|client| client.name() == name);
        named.next().unwrap()
    }
}

impl Backend for Client {
    fn registration(&self) -> &'static Registration {
        match self.dialect {
            Dialect::Docker => &docker::REGISTRATION,
            Dialect::Podman => &podman::REGISTRATION,
        }
    }

    fn program(&self) -> &Path {
        &self.program
    }

    fn option(&self) -> &OsStr {
        self.program.as_os_str()
    }

    fn shown(&self) -> String {
        format!("`{}`", self.program.display())
    }

    fn maps_root_to_caller(&self) -> bool {
        // Rootless podman could map root to the caller too, but `keep-id` keeps the caller's own
        // uid.
        self.dialect == Dialect::Docker && self.rootless
    }

    fn mounts_as_root(&self) -> bool {
        self.dialect == Dialect::Docker && !self.rootless
    }

    fn follows_links(&self) -> bool {
        true
    }

    fn follows_links_in_builds(&self) -> bool {
        self.dialect == Dialect::Podman
    }

    fn leaves_images_to_cross(&self) -> bool {
        false
    }

    fn names_layers(&self) -> bool {
        false
    }

    fn makes_namespaces(&self) -> bool {
        false
    }

    fn settings(&self) -> Option<Settings> {
        (self.dialect == Dialect::Podman && self.rootless).then_some(rights::NO_LIMITS)
    }

    fn usage_command(&self) -> String {
        format!("{} system df", self.name())
    }

    fn ask(&self, image: &str) -> Result<Answer> {
        Ok(Answer::Coming {
            running: self.inspect_command(image).start()?,
            engine: self.name(),
            image: image.to_owned(),
        })
    }

    fn names(&self) -> Result<Vec<String>> {
        self.list()
    }

    fn size(&self, _name: &str, info: &ImageInfo) -> Result<u64> {
        Ok(info.size.unwrap_or_default())
    }

    fn pull(&self, image: &str, _host: &Host, _term: Term) -> Result<()> {
        self.quietly(&["pull", "--quiet", image])
    }

    fn pull_command(&self, image: &str) -> Option<Cmd> {
        Some(self.cmd().args(["pull", "--quiet", image]))
    }

    fn remove(&self, image: &str) -> Result<()> {
        self.quietly(&["image", "rm", image])
    }

    fn text_in(&self, image: &str, path: &Path) -> Result<String> {
        let options = [
            "--rm",
            "--network=none",
            "--pull=never",
            "--entrypoint=/bin/cat",
        ];
        let cmd = self.cmd().arg("run").args(options).arg(image).arg(path);
        let output = cmd.output()?;
        if !output.status.success() {
            return Err(Error::new(reason(&output)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn import(&self, write: &mut Archive<'_>, labels: &[(&str, &str)], name: &str) -> Result<()> {
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| format!("--change=LABEL {name}={value}"));
        // An archive that breaks off between two files looks complete, so the image gets its name
        // only after everything was written.
        let cmd = self.cmd().arg("import").args(labels).arg("-");
        let mut child = cmd.spawn(Stdio::piped(), Stdio::piped(), Stdio::piped())?;
        let input = child.stdin.take();
        let written = input.map_or(Ok(()), |mut input| write(&mut input));
        let output = child.wait_with_output();
        let output = output.map_err(|e| Error::new(format!("cannot wait for {cmd}: {e}")))?;
        if !output.status.success() {
            return Err(Error::new(format!("{cmd} failed: {}", reason(&output))));
        }
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match written {
            Ok(()) => self.quietly(&["tag", &id, name]),
            Err(error) => {
                // Nothing uses an image without a name, so it does no harm if this removal fails.
                let _ = self.quietly(&["image", "rm", &id]);
                Err(error)
            }
        }
    }

    fn build(&self, build: &Build<'_>, log: &mut dyn Log) -> Result<bool> {
        self.build_image(build, log)
    }

    fn load(&self, _archive: &Path) -> Result<Vec<String>> {
        let name = self.name();
        let message = format!("only the built-in engine imports images, and this is `{name}`");
        Err(Error::new(message).hint(format!("`{name} load` does the same")))
    }

    fn check_images(&self, _term: Term) -> Result<Vec<(String, bool)>> {
        let name = self.name();
        let message =
            format!("only the built-in engine's images can be checked, and this is `{name}`");
        Err(Error::new(message).hint("`--engine sandbox` takes the built-in engine"))
    }

    fn can_run(&self, run: &RunSpec) -> Result<()> {
        run.check_utf8(self)
    }

    fn run_command(&self, run: &RunSpec) -> Result<Cmd> {
        run.command(self)
    }
}
