//! The engine `host`: no container. The user's own cargo runs on the machine itself, with a
//! toolchain in place of an image. It is for machines on which no container can be made, and for
//! users who want none.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Implementation;
use super::backend::{Archive, Backend};
use super::build::{Build, Log};
use super::diagnosis::{Diagnosis, Inquiry, Verdict};
use super::images::{Answer, ImageInfo};
use super::registration::{Program, Registration};
use super::spec::{EnvVar, RunSpec};
use crate::config::file::Network;
use crate::target::image_name::{RECIPE_LABEL, name, named};
use crate::target::{Parts, ROWS, Row};
use crate::toolchain::{self, ToolchainRecipe};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;
use cross_base::term::Term;

const NAME: &str = "host";

pub(super) static REGISTRATION: Registration = Registration {
    name: NAME,
    about: "toolchains work here without a container",
    usual_reason: "nothing else is there",
    meant_by: &[],
    program: Program::BuiltIn,
    isolates: false,
    open,
    diagnose,
};

/// The machine without containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnHost {
    /// The path of `cross` itself.
    program: PathBuf,
    /// The host, for which toolchains are made.
    host: Host,
}

#[expect(clippy::unnecessary_wraps, reason = "other engines may fail to open")]
fn open(host: &Host, program: PathBuf, _reason: &str) -> Result<Implementation> {
    let host = host.clone();
    Ok(Implementation::OnHost(Box::new(OnHost { program, host })))
}

fn diagnose(inquiry: &Inquiry<'_>) -> Diagnosis {
    let dir = toolchain::recipe::home(inquiry.host);
    let works = format!(
        "works with toolchains in `{}`; isolates nothing",
        dir.display()
    );
    Diagnosis {
        images: fs::nearest_existing(&dir).map(Path::to_owned),
        ..Diagnosis::only(Verdict::Works(works))
    }
}

/// The row of a toolchain. A toolchain has the name that the row's image without parts has with
/// other engines.
fn row(image: &str) -> Option<&'static Row> {
    let (row, parts) = named(image)?;
    (parts == Parts::default()).then_some(row)
}

impl OnHost {
    fn recipe(&self, image: &str) -> Result<Option<ToolchainRecipe>> {
        row(image).map_or(Ok(None), |row| ToolchainRecipe::of(row, &self.host))
    }

    fn found(&self, image: &str) -> Result<Option<ImageInfo>> {
        let recipe = self
            .recipe(image)?
            .filter(|recipe| recipe.is_made(&self.host));
        Ok(recipe.map(|recipe| ImageInfo::labelled(RECIPE_LABEL, &recipe.digest)))
    }

    /// The error that the engine has no images.
    fn no_images() -> Error {
        Error::new(format!("the engine `{NAME}` has toolchains and no images"))
            .hint("choose another one with `--engine`, or `CROSS_CONTAINER_ENGINE`")
    }
}

impl Backend for OnHost {
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
        format!("`{NAME}`: no container, so build scripts and tests can do what you can do")
    }

    fn maps_root_to_caller(&self) -> bool {
        false
    }

    fn mounts_as_root(&self) -> bool {
        false
    }

    fn follows_links(&self) -> bool {
        true
    }

    fn follows_links_in_builds(&self) -> bool {
        false
    }

    fn leaves_images_to_cross(&self) -> bool {
        true
    }

    fn names_layers(&self) -> bool {
        false
    }

    fn makes_namespaces(&self) -> bool {
        false
    }

    fn usage_command(&self) -> String {
        "cross-util toolchains list".to_owned()
    }

    fn ask(&self, image: &str) -> Result<Answer> {
        Ok(Answer::Known(self.found(image)?))
    }

    fn names(&self) -> Result<Vec<String>> {
        let names = ROWS.iter().map(|row| name(row, Parts::default()));
        let there = names.filter(|name| self.found(name).is_ok_and(|found| found.is_some()));
        Ok(there.collect())
    }

    fn size(&self, name: &str, _info: &ImageInfo) -> Result<u64> {
        let recipe = self.recipe(name)?;
        Ok(recipe.map_or(0, |recipe| fs::size(&recipe.dir(&self.host))))
    }

    fn pull(&self, _image: &str, _host: &Host, _term: Term) -> Result<()> {
        Err(Self::no_images())
    }

    fn pull_command(&self, _image: &str) -> Option<Cmd> {
        None
    }

    fn remove(&self, image: &str) -> Result<()> {
        match self.recipe(image)? {
            Some(recipe) => fs::remove_tree(&recipe.dir(&self.host)),
            None => Err(Self::no_images()),
        }
    }

    fn text_in(&self, _image: &str, _path: &Path) -> Result<String> {
        Err(Self::no_images())
    }

    fn import(
        &self,
        _write: &mut Archive<'_>,
        _labels: &[(&str, &str)],
        _name: &str,
    ) -> Result<()> {
        Err(Self::no_images())
    }

    fn build(&self, _build: &Build<'_>, _log: &mut dyn Log) -> Result<bool> {
        Err(Self::no_images())
    }

    fn load(&self, _archive: &Path) -> Result<Vec<String>> {
        Err(Self::no_images())
    }

    fn check_images(&self, _term: Term) -> Result<Vec<(String, bool)>> {
        Err(Self::no_images())
    }

    fn has_network(&self, network: Network) -> bool {
        network != Network::None
    }

    fn can_run(&self, run: &RunSpec) -> Result<()> {
        if self.has_network(run.network) {
            return Ok(());
        }
        let message =
            "the engine `host` cannot keep a build from the network, as `network = \"none\"` asks";
        Err(Error::new(message).hint("choose another engine, or set `CROSS_BUILD_NETWORK=host`"))
    }

    fn run_command(&self, run: &RunSpec) -> Result<Cmd> {
        let [program, args @ ..] = run.command.as_slice() else {
            return Err(Error::new("there is nothing to run"));
        };
        let mut cmd = Cmd::new(program).args(args);
        for var in &run.env {
            // The process inherits the other variables anyway.
            if let EnvVar::Set(name, value) = var {
                cmd = cmd.env(name, value);
            }
        }
        Ok(cmd)
    }
}
