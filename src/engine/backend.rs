//! The interface of engines: what the rest of the program may ask one for. A caller that has to
//! treat engines differently asks for the property on which that depends.

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

/// A file of settings for runs, which say what no option can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The variable by which the engine's program is told of the file. The caller may have such a
    /// file too.
    pub(crate) variable: &'static str,
    pub(crate) text: &'static str,
}

/// What writes an archive to where it is told.
pub(crate) type Archive<'a> = dyn FnMut(&mut (dyn Write + Send)) -> Result<()> + Send + 'a;

/// An engine, ready to be asked.
pub(crate) trait Backend {
    /// Its row in the table of engines.
    fn registration(&self) -> &'static Registration;

    /// The program that is called.
    fn program(&self) -> &Path;

    /// The word behind `--engine` that chooses it.
    fn option(&self) -> &OsStr;

    /// Which one it is, in a message.
    fn shown(&self) -> String;

    /// The name of such engines, which stands in messages and in the names of files.
    fn name(&self) -> &'static str {
        self.registration().name
    }

    // What depends on the engine elsewhere.

    /// Whether what it runs is in a container with an image. Without, it runs on the machine
    /// itself, with a toolchain.
    fn isolates(&self) -> bool {
        self.registration().isolates
    }

    /// Whether commands run as the container's root, which the caller is outside. Every image knows
    /// root by name.
    fn maps_root_to_caller(&self) -> bool;

    /// Whether a process of the real root opens what is mounted, whom some file systems refuse.
    fn mounts_as_root(&self) -> bool;

    /// Whether links on the way to what is mounted are followed. An engine that does not mounts
    /// just what it has looked at.
    fn follows_links(&self) -> bool;

    /// Whether `cross-util images` lists and removes all images of the engine, for no other tool
    /// does.
    fn leaves_images_to_cross(&self) -> bool;

    /// Whether the words of a run name what is in the image, so that they are not known before that
    /// is there.
    fn names_layers(&self) -> bool;

    /// Whether it makes its containers by itself, of namespaces and overlays, as the caller.
    fn makes_namespaces(&self) -> bool;

    /// Settings that every run should have.
    fn settings(&self) -> Option<Settings> {
        None
    }

    /// A command that shows what its images take on the disk.
    fn usage_command(&self) -> String;

    // Images.

    /// Begins to ask whether an image is there.
    ///
    /// # Errors
    ///
    /// When the engine cannot be asked.
    fn ask(&self, image: &str) -> Result<Answer>;

    /// Asks whether an image is there.
    ///
    /// # Errors
    ///
    /// When the engine cannot tell.
    fn inspect(&self, image: &str) -> Result<Option<ImageInfo>> {
        self.ask(image)?.wait()
    }

    /// The names of all images, newest first: in this order they can be removed, for one that
    /// another was made from is older.
    ///
    /// # Errors
    ///
    /// When the engine cannot tell.
    fn names(&self) -> Result<Vec<String>>;

    /// How many bytes an image takes, what it shares with others included.
    ///
    /// # Errors
    ///
    /// When the engine cannot tell.
    fn size(&self, name: &str, info: &ImageInfo) -> Result<u64>;

    /// Fetches an image from where its name says.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    fn pull(&self, image: &str, host: &Host, term: Term) -> Result<()>;

    /// The command that does the same, where a user could give it.
    fn pull_command(&self, image: &str) -> Option<Cmd>;

    /// Looks for damage in an image that is about to be built upon, and removes what is damaged;
    /// most engines look after their images themselves.
    ///
    /// # Errors
    ///
    /// When something damaged cannot be removed.
    fn mend(&self, _image: &str) -> Result<()> {
        Ok(())
    }

    /// Takes an image away.
    ///
    /// # Errors
    ///
    /// When it is in use, for instance.
    fn remove(&self, image: &str) -> Result<()>;

    /// Keeps builds from going on as long as the lock is held, where removing an image would
    /// disturb them.
    ///
    /// # Errors
    ///
    /// When the lock cannot be had.
    fn keep_builds_away(&self, _term: Term) -> Result<Option<Lock>> {
        Ok(None)
    }

    /// Where images of an earlier version of cross are, which this one cannot use, and how many
    /// bytes they take.
    fn left_by_earlier(&self) -> Option<(PathBuf, u64)> {
        None
    }

    /// Removes what an earlier version has left.
    ///
    /// # Errors
    ///
    /// When something cannot be removed.
    fn remove_earlier(&self, _term: Term) -> Result<()> {
        Ok(())
    }

    /// The text of a file in an image, which is read as it stands there.
    ///
    /// # Errors
    ///
    /// When there is no such file, or the engine fails.
    fn text_in(&self, image: &str, path: &Path) -> Result<String>;

    /// Makes an image of one layer, of an archive of its root directory as it is being written.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written, or the engine fails.
    fn import(&self, write: &mut Archive<'_>, labels: &[(&str, &str)], name: &str) -> Result<()>;

    /// Builds an image, which gets its name at the end; whether that went well.
    ///
    /// # Errors
    ///
    /// When the build cannot be started.
    fn build(&self, build: &Build<'_>, log: &mut dyn Log) -> Result<bool>;

    /// Takes the images of an archive that `docker save` or `podman save` wrote (`-` is standard
    /// input); returns their names.
    ///
    /// # Errors
    ///
    /// When the engine has a command of its own for that, or the archive cannot be read.
    fn load(&self, archive: &Path) -> Result<Vec<String>>;

    /// Reads all files of all images, and removes what is damaged. Says of each image whether it is
    /// whole.
    ///
    /// # Errors
    ///
    /// When the engine looks after its images itself, or something damaged cannot be removed.
    fn check_images(&self, term: Term) -> Result<Vec<(String, bool)>>;

    // Runs.

    /// Whether its containers can have this network.
    fn has_network(&self, _network: Network) -> bool {
        true
    }

    /// Whether it can do a run at all, as far as that is known without an image.
    ///
    /// # Errors
    ///
    /// When it cannot.
    fn can_run(&self, run: &RunSpec) -> Result<()>;

    /// The command line of a run.
    ///
    /// # Errors
    ///
    /// When it cannot do the run.
    fn run_command(&self, run: &RunSpec) -> Result<Cmd>;
}
