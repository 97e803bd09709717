//! Building images. An image gets its name only after its whole recipe, with the self-check, has
//! run. A build that fails leaves its layers in the engine's cache, from which the next build goes
//! on.

use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::time::Instant;

use crate::engine::Engine;
use crate::engine::build::Build;
use crate::image::custom::Made;
use crate::image::log::{BuildLog, explain};
use crate::image::progress::{Progress, Scripts};
use crate::image::recipe::{self, ImageRecipe};
use crate::image::{RECIPE_LABEL, TARGET_LABEL, base, base_name, name};
use crate::target::{Parts, Row};
use crate::toolchain::{self, Origin, ToolchainRecipe};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::proxy;
use cross_base::lock::Lock;
use cross_base::term::Term;
use cross_dockerfile::mounts::{self, Mount};

/// The directory of a build context that has the Debian packages.
const PACKAGES: &str = "packages";

/// The name of the base image in messages and file names.
const BASE: &str = "base";

/// Builds images with an engine, for a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builder<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) host: &'a Host,
    pub(crate) term: Term,
    /// The origin of Debian packages, for toolchains and the base image.
    pub(crate) origin: &'a Origin,
}

/// Whether a build reuses the layers of an earlier build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layers {
    Reuse,
    Anew,
}

impl Builder<'_> {
    /// Builds the image of a row with some parts, the base image and the toolchain, unless they are
    /// up to date. The engine `host` gets the row's toolchain instead.
    ///
    /// # Errors
    ///
    /// When a package cannot be fetched, or a build fails. The message names the log.
    pub(crate) fn ensure(&self, row: &'static Row, parts: Parts) -> Result<()> {
        if !self.engine.isolates() {
            return self.toolchain(row);
        }
        let recipe = recipe::row(row, parts, self.host)?;
        let _lock = self.lock(row.triple)?;
        if self.is_current(&name(row, parts), &recipe)? {
            return Ok(());
        }
        self.row_and_base(row, parts, &recipe, Layers::Reuse)
    }

    /// Builds the image of a row with some parts anew from its first layer, even if the image is up
    /// to date. The base image is only built if it is out of date.
    ///
    /// # Errors
    ///
    /// When [`Builder::ensure`] would fail.
    pub(crate) fn anew(&self, row: &'static Row, parts: Parts) -> Result<()> {
        if !self.engine.isolates() {
            self.engine.remove(&name(row, parts))?;
            return self.toolchain(row);
        }
        let _lock = self.lock(row.triple)?;
        let recipe = recipe::row(row, parts, self.host)?;
        self.row_and_base(row, parts, &recipe, Layers::Anew)
    }

    /// Builds an image of the user's, unless it exists. The image that it starts from must exist.
    ///
    /// # Errors
    ///
    /// When a file cannot be copied, or the build fails. The message names the log.
    pub(crate) fn custom(&self, layer: &Made, triple: &str) -> Result<()> {
        let _lock = self.lock(&format!("custom-{}", layer.digest))?;
        self.engine.repair(&layer.name)?;
        if self.engine.inspect(&layer.name)?.is_some() {
            return Ok(());
        }
        // The Dockerfile stands beside the context, as the context may leave it out.
        let dir = fs::temporary_dir()?;
        let context = dir.path().join("context");
        fs::create_dir_all(&context)?;
        layer.fill(&context)?;
        self.check_mounts(layer, &context)?;
        let dockerfile = dir.path().join("Dockerfile");
        fs::write_if_changed(&dockerfile, layer.dockerfile.as_bytes())?;
        let args = layer.args.iter();
        self.build(&Job {
            what: triple,
            name: &layer.name,
            digest: &layer.digest,
            args: args
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect(),
            dockerfile: &dockerfile,
            shown: &layer.path,
            context: &context,
            layers: Layers::Reuse,
            own: None,
        })
    }

    /// Checks that no mount of a Dockerfile leads out of the build.
    ///
    /// # Errors
    ///
    /// When one may, with an engine that would follow it.
    fn check_mounts(&self, layer: &Made, context: &Path) -> Result<()> {
        if !self.engine.follows_links_in_builds() {
            return Ok(());
        }
        let Some(Mount { line, value }) = mounts::escaping(&layer.dockerfile, context) else {
            return Ok(());
        };
        let (path, engine) = (layer.path.display(), self.engine.name());
        let message = format!(
            "`--mount={value}` in line {line} of `{path}` may lead to other files of this machine with `{engine}`"
        );
        Err(Error::new(message)
            .hint("take docker (`CROSS_CONTAINER_ENGINE=docker`), or copy the files with `COPY`"))
    }

    /// Makes the toolchain of a row, which the engine `host` has in place of an image.
    fn toolchain(&self, row: &'static Row) -> Result<()> {
        match ToolchainRecipe::of(row, self.host)? {
            Some(recipe) => toolchain::ensure(&recipe, true, self.host, self.term, self.origin),
            None => Err(Error::new(format!(
                "there is no toolchain for `{}`, only an image",
                row.triple
            ))),
        }
    }

    /// Takes the lock that lets one process at a time build an image for an engine. Two would do
    /// the same work twice.
    fn lock(&self, what: &str) -> Result<Lock> {
        let name = format!("{}-{what}", self.engine.name());
        Lock::take(&self.host.lock_file(&name), || {
            self.term.status(
                "Waiting",
                &format!("for another cross that builds `{what}`"),
            );
        })
    }

    /// Builds the image of a row, and before it the base image and the row's toolchain. The
    /// toolchain is made while the base image is built, but only after the base's packages are
    /// unpacked: that alone keeps all processors busy.
    fn row_and_base(
        &self,
        row: &Row,
        parts: Parts,
        recipe: &ImageRecipe,
        layers: Layers,
    ) -> Result<()> {
        let (engine, host, term) = (self.engine, self.host, self.term);
        recipe.permit(row, parts, host, term, self.origin)?;
        let base = recipe::base()?;
        let toolchain = recipe.toolchain.as_ref();
        let mut wanted = recipe.packages.clone();
        if let Some(toolchain) = toolchain {
            wanted.toolchain(toolchain, host);
        }
        let is_current = self.is_current(&base_name(), &base)?;
        if let Some(debian) = base.debian.as_ref().filter(|_| !is_current) {
            if !base::is_there(debian, engine)? {
                wanted.root(debian);
            }
        }
        let found = if self.origin.is_known() || wanted.are_there(host) {
            None
        } else {
            Some(base::origin_by_image(engine, host, term)?)
        };
        let origin = found.as_ref().unwrap_or(self.origin);
        wanted.fetch(row.triple, host, term, origin)?;
        let (unpacked, wait) = mpsc::channel();
        let make = move || match toolchain.filter(|_| wait.recv().is_ok()) {
            Some(toolchain) => toolchain::ensure(toolchain, true, host, term, origin),
            None => Ok(()),
        };
        std::thread::scope(|scope| {
            let toolchain = scope.spawn(make);
            let built = self.base_image(&base, origin, &unpacked);
            // If the base image failed before its packages were unpacked, the closed channel tells
            // the thread to make no toolchain.
            drop(unpacked);
            let toolchain = toolchain.join();
            built?;
            toolchain.unwrap_or_else(|_| Err(Error::new("making the toolchain failed")))
        })?;
        self.provided(&name(row, parts), row.triple, recipe, layers)
    }

    /// Builds the base image, unless it is up to date. Sends a message to `unpacked` as soon as the
    /// base's packages are unpacked.
    fn base_image(
        &self,
        recipe: &ImageRecipe,
        origin: &Origin,
        unpacked: &Sender<()>,
    ) -> Result<()> {
        let _lock = self.lock(BASE)?;
        let name = base_name();
        let is_current = self.is_current(&name, recipe)?;
        if let Some(debian) = recipe.debian.as_ref().filter(|_| !is_current) {
            base::ensure(debian, self.engine, self.host, self.term, origin)?;
        }
        // If there is no toolchain to make, the receiver is gone, and the message cannot be sent.
        let _ = unpacked.send(());
        if is_current {
            return Ok(());
        }
        self.provided(&name, BASE, recipe, Layers::Reuse)
    }

    /// Builds an image that comes with cross. The caller holds the lock for `what`.
    fn provided(&self, name: &str, what: &str, recipe: &ImageRecipe, layers: Layers) -> Result<()> {
        // The context is on the same disk as the toolchains, so that their files can be hard-linked
        // into it.
        let contexts = self.host.cache.join("contexts");
        let context = contexts.join(format!("{}-{what}", self.engine.name()));
        // A build that was killed may have left its context.
        fs::remove_tree(&context)?;
        fs::create_dir_all(&context)?;
        let done = self.fill(&context, recipe).and_then(|()| {
            self.build(&Job {
                what,
                name,
                digest: &recipe.digest,
                args: recipe.args.clone(),
                dockerfile: &context.join(&recipe.dockerfile),
                shown: Path::new(&recipe.dockerfile),
                context: &context,
                layers,
                own: Some(&recipe.scripts),
            })
        });
        fs::remove_tree(&context)?;
        done
    }

    /// Writes all files of a recipe's context into a directory.
    fn fill(&self, context: &Path, recipe: &ImageRecipe) -> Result<()> {
        let host = self.host;
        for (path, content) in &recipe.files {
            fs::write_for_image(&context.join(path), content)?;
        }
        if let Some(toolchain) = &recipe.toolchain {
            toolchain.place(context, host)?;
        }
        recipe.packages.place(&context.join(PACKAGES), host)?;
        let certificates = host.ca_bundle(None).map(fs_err::read).transpose()?;
        fs::write_for_image(
            &context.join("host-ca.crt"),
            certificates.as_deref().unwrap_or_default(),
        )
    }

    /// Whether an image exists, is undamaged, and was made by exactly this recipe.
    fn is_current(&self, name: &str, recipe: &ImageRecipe) -> Result<bool> {
        self.engine.repair(name)?;
        let image = self.engine.inspect(name)?;
        Ok(image.is_some_and(|i| i.label(RECIPE_LABEL) == Some(recipe.digest.as_str())))
    }

    fn build(&self, job: &Job<'_>) -> Result<()> {
        let (engine, host, term) = (self.engine, self.host, self.term);
        let started = Instant::now();
        let kind = if job.own.is_some() { "" } else { "custom-" };
        let log = format!(
            "{}-{kind}{}.log",
            engine.name(),
            Path::new(job.what).display()
        );
        let log = host.cache.join("logs").join(log.replace('/', "_"));
        let once = if job.own.is_some() {
            "once"
        } else {
            "when something changed"
        };
        term.status(
            "Building",
            &format!(
                "image `{}` (this happens {once}; log: {})",
                job.name,
                log.display()
            ),
        );
        let progress = Progress::new(term, host.stderr_tty, job.what, job.own);
        let mut output = BuildLog::create(&log, &progress)?;
        // Engines pass these to a build's commands without keeping them in the image.
        let proxies = [&proxy::ADDRESSES[..], &proxy::FTP, &proxy::EXEMPT].concat();
        let inherited = proxies.iter().filter(|name| host.text(name).is_some());
        let ok = engine.build(
            &Build {
                name: job.name,
                labels: &[(RECIPE_LABEL, job.digest), (TARGET_LABEL, job.what)],
                dockerfile: job.dockerfile,
                shown: job.shown,
                context: job.context,
                args: &job.args,
                inherited: &inherited.copied().collect::<Vec<_>>(),
                anew: job.layers == Layers::Anew,
                offline: self.origin.offline && job.own.is_some(),
                host,
                term,
            },
            &mut output,
        )?;
        let BuildLog { tail, is_full, .. } = output;
        progress.finish();
        if !ok {
            let why = if is_full { ": the disk is full" } else { "" };
            return Err(Error::new(format!(
                "building the image `{}` failed{why}; the end of its log:\n{}",
                job.name,
                tail.join("\n")
            ))
            .hint(explain(is_full, &log, engine)));
        }
        let seconds = started.elapsed().as_secs();
        term.status("Finished", &format!("image `{}` in {seconds} s", job.name));
        Ok(())
    }
}

/// The input of one build.
struct Job<'a> {
    /// The purpose of the image: a target triple, or `base`.
    what: &'a str,
    name: &'a str,
    digest: &'a str,
    args: Vec<(&'a str, String)>,
    dockerfile: &'a Path,
    /// The path of the Dockerfile in messages. `dockerfile` is a temporary copy.
    shown: &'a Path,
    context: &'a Path,
    layers: Layers,
    /// The scripts of an image that comes with cross, with what they do in a user's words. None for
    /// an image of the user's.
    own: Option<Scripts<'a>>,
}
