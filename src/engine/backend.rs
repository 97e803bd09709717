//! The interface of engines: the questions and orders that the rest of the program has for one.
//! Code elsewhere never asks which engine it is. It asks for the property on which its decision
//! depends.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::build::{Build, Log};
use super::images::{Answer, ImageInfo};
use super::registration::Registration;
use super::spec::RunSpec;
use crate::config::file::Network;
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::process::Cmd;
use cross_base::term::Term;

/// A file of settings for runs, for settings that no command line option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The variable that names the file to the engine's program. The caller may have set the
    /// variable too.
    pub(crate) variable: &'static str,
    pub(crate) text: &'static str,
}

/// Writes an archive to the writer that is passed in.
pub(crate) type Archive<'a> = dyn FnMut(&mut (dyn Write + Send)) -> Result<()> + Send + 'a;

/// An engine that was found and can be asked.
pub(crate) trait Backend {
    /// The engine's row in the table of engines.
    fn registration(&self) -> &'static Registration;

    /// The program that is started: the client, or `cross` itself.
    fn program(&self) -> &Path;

    /// The value of `--engine` that chooses this engine.
    fn option(&self) -> &OsStr;

    /// The engine as messages name it, with the path of its program where it has one of its own.
    fn shown(&self) -> String;

    /// The engine's name (`docker`, `podman`, `sandbox`, `host`), for messages and names of files.
    fn name(&self) -> &'static str {
        self.registration().name
    }

    // Properties of the engine on which other folders depend.

    /// Whether commands run in a container that an image makes. Without containers, commands run on
    /// the machine itself, with a toolchain.
    fn isolates(&self) -> bool {
        self.registration().isolates
    }

    /// Whether root in the container is the caller outside, as with rootless Docker. Every image
    /// has an entry for root in `passwd`, so the plan makes none for the caller then.
    fn maps_root_to_caller(&self) -> bool;

    /// Whether the engine opens mount sources as the machine's root. File systems that only one
    /// user may read then refuse it.
    fn mounts_as_root(&self) -> bool;

    /// Whether the engine follows symbolic links in the path of a mount source. One that does not
    /// mounts exactly the directory that it has checked.
    fn follows_links(&self) -> bool;

    /// Whether a mount of a Dockerfile's `RUN` may lead to any path of the machine, because the
    /// engine follows links in it, or expands variables in it first.
    fn follows_links_in_builds(&self) -> bool;

    /// Whether no tool but `cross-util images` lists and removes the engine's images. It then
    /// treats all of the engine's images, not only those of cross.
    fn leaves_images_to_cross(&self) -> bool;

    /// Whether the command line of a run names the image's layers. It is then unknown until the
    /// image exists.
    fn names_layers(&self) -> bool;

    /// Whether cross itself makes the containers, of namespaces and overlays, with the caller's
    /// rights.
    fn makes_namespaces(&self) -> bool;

    /// The file of settings for every run, if the engine needs one.
    fn settings(&self) -> Option<Settings> {
        None
    }

    /// A command that shows how much disk space the engine's images take.
    fn usage_command(&self) -> String;

    // Orders and questions about images.

    /// Starts the question whether an image exists, and does not wait for the answer.
    ///
    /// # Errors
    ///
    /// When the engine cannot be asked.
    fn ask(&self, image: &str) -> Result<Answer>;

    /// Asks whether an image exists, and waits for the answer.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    fn inspect(&self, image: &str) -> Result<Option<ImageInfo>> {
        self.ask(image)?.wait()
    }

    /// The names of all images, newest first. An image is newer than the one it was built from, so
    /// images can be removed in this order.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    fn names(&self) -> Result<Vec<String>>;

    /// The size of an image in bytes, with the layers that it shares with other images.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    fn size(&self, name: &str, info: &ImageInfo) -> Result<u64>;

    /// Pulls an image from its registry.
    ///
    /// # Errors
    ///
    /// When the image cannot be pulled.
    fn pull(&self, image: &str, host: &Host, term: Term) -> Result<()>;

    /// The command line with which a user would pull an image. None if the engine has no such
    /// command.
    fn pull_command(&self, image: &str) -> Option<Cmd>;

    /// Checks an image for damage before another is built upon it, and removes damaged layers.
    /// Docker and podman look after their images themselves, so there it does nothing.
    ///
    /// # Errors
    ///
    /// When a damaged layer cannot be removed.
    fn repair(&self, _image: &str) -> Result<()> {
        Ok(())
    }

    /// Removes an image.
    ///
    /// # Errors
    ///
    /// When the engine cannot remove it, for instance because it is in use.
    fn remove(&self, image: &str) -> Result<()>;

    /// Keeps builds from starting while the lock is held. None if removing images does not disturb
    /// builds of this engine.
    ///
    /// # Errors
    ///
    /// When the lock cannot be taken.
    fn keep_builds_away(&self, _term: Term) -> Result<Option<Lock>> {
        Ok(None)
    }

    /// The directory with images of an earlier version of cross, which this version cannot use, and
    /// its size in bytes.
    fn left_by_earlier(&self) -> Option<(PathBuf, u64)> {
        None
    }

    /// Removes the images that an earlier version of cross has left.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    fn remove_earlier(&self, _term: Term) -> Result<()> {
        Ok(())
    }

    /// The text of a file in an image.
    ///
    /// # Errors
    ///
    /// When there is no such file, or the engine fails.
    fn text_in(&self, image: &str, path: &Path) -> Result<String>;

    /// Makes an image of one layer from a tar archive of a root directory, while `write` is writing
    /// it.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written, or the engine fails.
    fn import(&self, write: &mut Archive<'_>, labels: &[(&str, &str)], name: &str) -> Result<()>;

    /// Builds an image, which gets its name at the end. Returns whether the build succeeded.
    ///
    /// # Errors
    ///
    /// When the build cannot be started.
    fn build(&self, build: &Build<'_>, log: &mut dyn Log) -> Result<bool>;

    /// Imports the images of an archive that `docker save` or `podman save` wrote (`-` is standard
    /// input). Returns their names.
    ///
    /// # Errors
    ///
    /// When the engine is docker or podman, which have `load` for that, or the archive cannot be
    /// read.
    fn load(&self, archive: &Path) -> Result<Vec<String>>;

    /// Reads all files of all images, and removes damaged images. Returns the name of each image,
    /// and whether it was undamaged.
    ///
    /// # Errors
    ///
    /// When the engine looks after its images itself, or a damaged image cannot be removed.
    fn check_images(&self, term: Term) -> Result<Vec<(String, bool)>>;

    // Runs of commands.

    /// Whether the engine's containers can have this network.
    fn has_network(&self, _network: Network) -> bool {
        true
    }

    /// Checks, without an image, whether the engine can carry out a run.
    ///
    /// # Errors
    ///
    /// When the engine cannot.
    fn can_run(&self, run: &RunSpec) -> Result<()>;

    /// The command line of a run.
    ///
    /// # Errors
    ///
    /// When the engine cannot carry out the run.
    fn run_command(&self, run: &RunSpec) -> Result<Cmd>;
}
