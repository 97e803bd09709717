//! Chooses the image of a target. Images that the user's configuration names or makes are pulled or
//! built first, as a plan depends on what is in them.

use std::path::PathBuf;

use crate::cargo::workspace::Workspace;
use crate::config::{Source, TargetConfig};
use crate::engine::Engine;
use crate::engine::images::ImageInfo;
use crate::image::Image;
use crate::image::build::Builder;
use crate::image::custom::{Base, ImageRequest, Made};
use crate::image::origin::{ImageOrigin, base_of, needed, origin, request};
use crate::image::probe::ImageProbe;
use crate::image::{self, PATH, RECIPE_LABEL};
use crate::target::{Parts, Row};
use crate::toolchain;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::term::Term;

/// Chooses images, with the engine and settings for that.
#[derive(Debug)]
pub(crate) struct ImageResolver<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) host: &'a Host,
    pub(crate) term: Term,
    /// The early question to the engine about one image.
    pub(crate) guess: Option<ImageProbe>,
    /// Whether missing images are pulled or built. If not, they are listed in `missing`.
    pub(crate) make: bool,
    /// Whether nothing may be fetched.
    pub(crate) offline: bool,
    /// The text of the project's lock file, if there is one. Its crates decide which parts images
    /// need.
    pub(crate) lockfile: Option<&'a str>,
    /// The images that would have to be pulled or built, if `make` is false.
    pub(crate) missing: Vec<Missing>,
}

/// A missing image that is needed before there is a plan, because the plan depends on the image's
/// environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// One of cross's own images, from which the user's image starts.
    Row(&'static Row, Parts),
    /// An image that the user has named.
    Named(String),
    /// An image that the user's configuration makes.
    Made(String),
}

impl ImageResolver<'_> {
    /// The image of a target, with the engine's facts about it.
    ///
    /// # Errors
    ///
    /// When there is no image for the target, or it cannot be pulled or built.
    pub(crate) fn choose(
        &mut self,
        triple: &str,
        config: &TargetConfig,
        workspace: &Workspace,
    ) -> Result<Image> {
        let origin = origin(triple, config);
        let apart = results(workspace);
        let request = request(triple, config, &workspace.root, &apart);
        if !self.engine.isolates() {
            if let Some(source) = config.image_source() {
                return Err(self.needs_container(&format!("{source} asks for an image")));
            }
        }
        if !config.makes_image() {
            return match origin {
                Some(ImageOrigin::Row(row, parts)) => {
                    self.provided(row, parts.unwrap_or_else(|| self.needed(row, config)))
                }
                Some(ImageOrigin::Named {
                    name,
                    source,
                    meant,
                }) => self.named(name, &source, meant.as_deref()),
                None => Err(no_image(triple)),
            };
        }
        let base = origin.map(|origin| self.base(origin, config)).transpose()?;
        let made = request.made(base.flatten().as_ref())?;
        let Some(last) = made.last() else {
            return Err(no_image(triple));
        };
        let info = match self.ask(&last.name)? {
            Some(info) => info,
            None if self.make => {
                let from = toolchain::Origin {
                    offline: self.offline,
                    mirror: config.mirror.clone(),
                };
                self.build(&request, &made, &from)?
            }
            None => self.miss(&made)?,
        };
        Ok(Image::Custom {
            name: last.name.clone(),
            info,
            identity: last.digest.clone(),
        })
    }

    /// The image from which an image of the user's starts.
    fn base(&mut self, origin: ImageOrigin, config: &TargetConfig) -> Result<Option<Base>> {
        match origin {
            ImageOrigin::Row(row, parts) => {
                let parts = parts.unwrap_or_else(|| self.needed(row, config));
                base_of(row, parts, self.host).map(Some)
            }
            ImageOrigin::Named {
                name,
                source,
                meant,
            } => Ok(match self.named(name, &source, meant.as_deref())? {
                Image::Custom { name, identity, .. } => Some(Base { name, identity }),
                Image::Provided { .. } => None,
            }),
        }
    }

    /// The parts of a row's image that the project needs.
    fn needed(&self, row: &Row, config: &TargetConfig) -> Parts {
        needed(row, config, self.lockfile)
    }

    /// Lists the images that [`ImageResolver::build`] would build as missing. Returns what is known
    /// of the last one.
    fn miss(&mut self, made: &[Made]) -> Result<ImageInfo> {
        let start = start(made);
        if let Some((row, parts)) = start {
            if let Image::Provided { current: false, .. } = self.provided(row, parts)? {
                self.missing.push(Missing::Row(row, parts));
            }
        }
        for one in made {
            if self.engine.inspect(&one.name)?.is_none() {
                self.missing.push(Missing::Made(one.name.clone()));
            }
        }
        let env = start.map(|(row, parts)| row.environment(parts));
        let path = env.is_some().then(|| ("PATH".to_owned(), PATH.to_owned()));
        Ok(ImageInfo::expected(env.into_iter().flatten().chain(path)))
    }

    /// Asks the engine about an image, or takes the answer to the early question.
    fn ask(&mut self, name: &str) -> Result<Option<ImageInfo>> {
        match self.guess.take_if(|probe| probe.name == name) {
            Some(probe) => probe.finish(),
            None => self.engine.inspect(name),
        }
    }

    /// One of cross's own images. A step of the plan builds it later.
    fn provided(&mut self, row: &'static Row, parts: Parts) -> Result<Image> {
        // The engine `host` has toolchains, which have no parts.
        let parts = if self.engine.isolates() {
            parts
        } else {
            Parts::default()
        };
        let digest = image::digest(self.engine, row, parts, self.host)?.ok_or_else(|| {
            let what = format!("there is no toolchain for `{}`, only an image", row.triple);
            self.needs_container(&what)
        })?;
        let info = self.ask(&image::name(row, parts))?;
        let current = info.is_some_and(|i| i.label(RECIPE_LABEL) == Some(digest.as_str()));
        Ok(Image::Provided {
            row,
            parts,
            digest,
            current,
        })
    }

    /// The error that something needs a container, which this engine does not have. The hint says
    /// why this engine was chosen.
    fn needs_container(&self, what: &str) -> Error {
        let message = format!(
            "{what}, which the engine `{}` cannot use",
            self.engine.name()
        );
        let reason = &self.engine.reason;
        Error::new(message).hint(format!(
            "it needs a container: use docker, podman or the built-in engine ({reason})"
        ))
    }

    /// An image that the user has named. It is pulled if it is missing.
    fn named(&mut self, name: String, source: &Source, meant: Option<&str>) -> Result<Image> {
        let info = match self.ask(&name)? {
            Some(info) => info,
            None if self.make && self.offline => {
                let message = format!(
                    "the image `{name}`, which {source} names, is missing, and nothing is fetched because cargo is offline"
                );
                return Err(
                    Error::new(message).hint("`CARGO_NET_OFFLINE=false` lets one run pull it")
                );
            }
            None if self.make => self.pull(&name, source, meant)?,
            None => {
                self.missing.push(Missing::Named(name.clone()));
                ImageInfo::default()
            }
        };
        let identity = info.id.trim_start_matches("sha256:");
        let identity = identity.chars().take(16).collect();
        Ok(Image::Custom {
            name,
            info,
            identity,
        })
    }

    /// Has the engine pull an image of the user's, as the engine's own `run` would.
    fn pull(&self, name: &str, source: &Source, meant: Option<&str>) -> Result<ImageInfo> {
        self.term.status("Pulling", name);
        let cannot = |why: &str| Error::new(format!("cannot get the image `{name}`: {why}"));
        let named = format!("it was named by {source}");
        self.engine.pull(name, self.host, self.term).map_err(|e| {
            let hint = meant.or(e.hint_text());
            cannot(e.message()).hint(hint.unwrap_or(&named))
        })?;
        let info = self.engine.inspect(name)?;
        info.ok_or_else(|| cannot("it is not there after it was pulled").hint(named))
    }

    /// Builds the user's images that are missing, and first cross's image that they start from.
    fn build(
        &self,
        request: &ImageRequest<'_>,
        made: &[Made],
        from: &toolchain::Origin,
    ) -> Result<ImageInfo> {
        let builder = Builder {
            engine: self.engine,
            host: self.host,
            term: self.term,
            origin: from,
        };
        if let Some((row, parts)) = start(made) {
            builder.ensure(row, parts)?;
        }
        for one in made {
            builder.custom(one, request.triple)?;
        }
        let name = made.last().map_or("", |one| &one.name);
        let info = self.engine.inspect(name)?;
        info.ok_or_else(|| Error::new(format!("the image `{name}` is not there after its build")))
    }
}

/// The row and parts of cross's image from which the first of the user's images starts, if it does.
fn start(made: &[Made]) -> Option<(&'static Row, Parts)> {
    image::named(made.first()?.base()?)
}

/// The target directory and the build directory.
fn results(workspace: &Workspace) -> Vec<PathBuf> {
    let dirs = [Some(&workspace.target_dir), workspace.build_dir.as_ref()];
    dirs.into_iter().flatten().cloned().collect()
}

fn no_image(triple: &str) -> Error {
    Error::new(format!("cross has no image for `{triple}`")).hint("name one with `image`")
}
