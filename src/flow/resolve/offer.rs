//! Chooses the engine and the image of each target. If the user names no engine and several work,
//! one that has the images comes before one that would build them for minutes.

use super::{ResolvedTarget, Resolver};
use crate::cargo::workspace::Workspace;
use crate::config::Config;
use crate::engine::{Engine, detect};
use crate::image::Image;
use crate::image::origin::likely_name;
use crate::image::probe::ImageProbe;
use crate::image::select::{ImageResolver, Missing};
use crate::plan::Target;
use crate::target::HOST;
use crate::toolchain::Origin;
use cross_base::error::Result;
use cross_base::mode::Mode;

/// The early question to the engine about an image, or the error of finding an engine. None if no
/// image can be guessed.
pub(super) type Prefetch = Option<Result<ImageProbe>>;

/// The input for the choice of images.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs<'a> {
    pub(super) resolved: &'a [ResolvedTarget],
    pub(super) workspace: &'a Workspace,
    /// The text of the lock file, if there is one.
    pub(super) lockfile: Option<&'a str>,
}

/// An engine with the images of all targets.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) engine: Engine,
    pub(super) images: Vec<Image>,
    /// Images that are needed before there is a plan, and were not made.
    pub(super) missing: Vec<Missing>,
}

impl Offer {
    /// The number of images to build from cross's recipes, which takes minutes, and the number of
    /// others to build or pull. Offers are compared in this order.
    fn lacks(&self) -> (usize, usize) {
        let of_row = |missing: &&Missing| matches!(missing, Missing::Row(..));
        let stale = |image: &&Image| matches!(image, Image::Provided { current: false, .. });
        let rows = self.missing.iter().filter(of_row).count();
        let provided = self.images.iter().filter(stale).count();
        (rows + provided, self.missing.len() - rows)
    }
}

impl Resolver<'_> {
    /// Asks the engine about the image that is most likely needed, while rustc and cargo answer. A
    /// wrong guess costs one more question.
    pub(super) fn guess_image(&self, near: &Config) -> Prefetch {
        let engine = match near
            .engine()
            .and_then(|named| detect::engine(self.host, named.as_ref()))
        {
            Ok(engine) => engine,
            Err(error) => return Some(Err(error)),
        };
        let (triples, ..) = self.named_targets(near).ok()?;
        let target = Target::named(triples.first().map_or(HOST, String::as_str));
        let config = near.for_target(target.name()).ok()?;
        let root = near.dir().unwrap_or(&self.cwd);
        let name = likely_name(
            target.name(),
            &config,
            root,
            // Most projects without a lock file need no parts.
            Some(self.near_lockfile().unwrap_or_default()),
            self.host,
        )?;
        Some(ImageProbe::start(engine, name))
    }

    /// The engine and the images. The user's images are pulled or built, unless this only shows a
    /// plan.
    pub(super) fn offer(
        &self,
        config: &Config,
        guess: Prefetch,
        needs: Needs<'_>,
    ) -> Result<Offer> {
        let named = config.engine()?;
        let found = detect::engine(self.host, named.as_ref());
        let probe = match guess {
            Some(Ok(probe)) if found.as_ref() == Ok(&probe.engine) => Some(probe),
            _ => None,
        };
        let engine = found?;
        let others = detect::others(self.host, named.as_ref(), &engine);
        let make = self.mode == Mode::Run;
        if others.is_empty() {
            self.tell(&engine);
            return self.look(engine, probe, needs, make);
        }
        let mut best = self.look(engine, probe, needs, false)?;
        for other in others {
            if best.lacks() == (0, 0) {
                break;
            }
            let Some(other) = other.open(self.host, best.engine.name()) else {
                continue;
            };
            let mut configs = needs.resolved.iter().map(|resolved| &resolved.config);
            if !configs.all(|config| other.has_network(config.network.value)) {
                continue;
            }
            // An engine that fails to answer is passed over.
            best = match self.look(other, None, needs, false) {
                Ok(offer) if offer.lacks() < best.lacks() => offer,
                _ => best,
            };
        }
        self.tell(&best.engine);
        if make && !best.missing.is_empty() {
            return self.look(best.engine, None, needs, true);
        }
        Ok(best)
    }

    /// Whether the user or cargo's configuration forbids cargo the network.
    pub(super) fn is_offline(&self) -> bool {
        self.invocation.options.is_offline() || self.cargo_config.is_offline(self.host)
    }

    /// Checks that missing images may be made.
    pub(super) fn permit(&self, engine: &Engine, images: &[Image]) -> Result<()> {
        let origin = Origin {
            offline: self.is_offline(),
            mirror: None,
        };
        let mut images = images.iter().filter(|_| self.mode == Mode::Run);
        images.try_for_each(|image| image.permit(engine, self.host, self.term, &origin))
    }

    /// Prints the chosen engine and the reason, with `-v` or if a better one did not answer.
    fn tell(&self, engine: &Engine) {
        let message = engine.described();
        if engine.is_second_choice {
            self.term.status("Using", &message);
        } else {
            self.term.verbose("Engine", &message);
        }
    }

    /// Asks an engine for the images of all targets. With `make`, pulls or builds the user's
    /// images.
    fn look(
        &self,
        engine: Engine,
        guess: Option<ImageProbe>,
        needs: Needs<'_>,
        make: bool,
    ) -> Result<Offer> {
        let mut chooser = ImageResolver {
            engine: &engine,
            host: self.host,
            term: self.term,
            guess,
            make,
            lockfile: needs.lockfile,
            offline: self.is_offline(),
            missing: Vec::new(),
        };
        let images = needs.resolved.iter();
        let images = images
            .map(|ResolvedTarget { target, config, .. }| {
                chooser.choose(target.name(), config, needs.workspace)
            })
            .collect::<Result<Vec<_>>>()?;
        let missing = chooser.missing;
        Ok(Offer {
            engine,
            images,
            missing,
        })
    }
}
