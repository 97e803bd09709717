//! Which engine it is that builds, and what it has for each target: of several engines of which
//! none is named, one that has the images goes before one that would build for minutes.

use super::{HOST, Resolver};
use crate::cargo::workspace::Workspace;
use crate::config::{Config, TargetConfig};
use crate::engine::{Engine, detect};
use crate::image::Image;
use crate::image::probe::ImageProbe;
use crate::image::select::{ImageResolver, Missing, likely_name};
use crate::plan::Target;
use crate::toolchain::Origin;
use cross_base::error::Result;
use cross_base::mode::Mode;

/// The question about an image that was asked before the project was known.
pub(super) type Prefetch = Option<Result<ImageProbe>>;

/// What images are needed for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs<'a> {
    pub(super) targets: &'a [Target],
    pub(super) configs: &'a [TargetConfig],
    pub(super) workspace: &'a Workspace,
    /// The text of the lock file, if there is one.
    pub(super) lockfile: Option<&'a str>,
}

/// An engine with the image of each target.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) engine: Engine,
    pub(super) images: Vec<Image>,
    /// What has to be made before all is decided, and was not.
    pub(super) missing: Vec<Missing>,
}

impl Offer {
    /// How many images there are to build from cross's recipes, which takes minutes, and how many
    /// others to make or fetch.
    fn lacks(&self) -> (usize, usize) {
        let of_row = |missing: &&Missing| matches!(missing, Missing::Row(..));
        let stale = |image: &&Image| matches!(image, Image::Provided { current: false, .. });
        let rows = self.missing.iter().filter(of_row).count();
        let provided = self.images.iter().filter(stale).count();
        (rows + provided, self.missing.len() - rows)
    }
}

impl Resolver<'_> {
    /// Asks about the image that will most likely be used, while rustc and cargo answer. A wrong
    /// guess costs nothing but a question.
    pub(super) fn guess_image(&self, near: &Config) -> Prefetch {
        let engine = match near
            .engine()
            .and_then(|named| detect::engine(self.host, named.as_ref()))
        {
            Ok(engine) => engine,
            Err(error) => return Some(Err(error)),
        };
        let (triples, ..) = self.named_targets(near).ok()?;
        let target = Target {
            triple: triples.into_iter().next().unwrap_or(HOST.to_owned()),
            named: true,
            tell_cargo: false,
        };
        let config = near.for_target(target.name()).ok()?;
        let root = near.dir().unwrap_or(&self.cwd);
        let name = likely_name(
            target.name(),
            &config,
            root,
            // Most projects without one have no need for parts.
            Some(self.near_lockfile().unwrap_or_default()),
            self.host,
        )?;
        Some(ImageProbe::start(engine, name))
    }

    /// The engine and the images, made where that is to be done now.
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
            let mut configs = needs.configs.iter();
            if !configs.all(|config| other.has_network(config.network.value)) {
                continue;
            }
            // One that cannot be asked is none to change to.
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

    fn is_offline(&self) -> bool {
        self.invocation.options.is_offline() || self.cargo_config.is_offline(self.host)
    }

    /// Refuses what would take the user's consent to make.
    pub(super) fn permit(&self, images: &[Image]) -> Result<()> {
        let origin = Origin {
            offline: self.is_offline(),
            mirror: None,
        };
        let mut images = images.iter().filter(|_| self.mode == Mode::Run);
        images.try_for_each(|image| image.permit(self.host, self.term, &origin))
    }

    /// Says which engine it is, and why.
    fn tell(&self, engine: &Engine) {
        let message = engine.described();
        if engine.is_second_choice {
            self.term.status("Using", &message);
        } else {
            self.term.verbose("Engine", &message);
        }
    }

    /// What an engine has, and what is made there if that is asked for.
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
        let targets = needs.targets.iter().zip(needs.configs);
        let images = targets
            .map(|(target, config)| chooser.choose(target.name(), config, needs.workspace))
            .collect::<Result<Vec<_>>>()?;
        let missing = chooser.missing;
        Ok(Offer {
            engine,
            images,
            missing,
        })
    }
}
