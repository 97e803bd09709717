//! Image builds with docker and podman.

use super::{Client, Dialect};
use crate::engine::build::{Build, Log};
use cross_base::error::Result;
use cross_base::process::Cmd;

/// How often a build is begun again after another process removed a layer that it used.
const COLLISIONS: usize = 3;

impl Client {
    /// Runs the engine's build. Begins again if another process removed images meanwhile. Returns
    /// whether the build succeeded.
    pub(super) fn build_image(&self, build: &Build<'_>, log: &mut dyn Log) -> Result<bool> {
        let command = self.build_command(build);
        for _ in 0..COLLISIONS {
            if log.run(&command)? {
                return Ok(true);
            }
            if !log.last().is_some_and(|line| collided(self.dialect, line)) {
                return Ok(false);
            }
            log.forget();
            let message = "the image again, as another process removed images meanwhile";
            build.term.status("Building", message);
        }
        log.run(&command)
    }

    /// The command line of a build.
    fn build_command(&self, build: &Build<'_>) -> Cmd {
        let network = if build.offline { "none" } else { "host" };
        let mut cmd = self
            .cmd()
            // BuildKit's other drivers do not see the engine's own images, from which the build
            // starts.
            .env("BUILDX_BUILDER", "default")
            .env("BUILDKIT_PROGRESS", "plain")
            .args(["build", "--force-rm", "--network", network])
            .args(["--tag", build.name]);
        for (name, value) in build.labels {
            cmd = cmd.arg("--label").arg(format!("{name}={value}"));
        }
        if self.dialect == Dialect::Podman {
            // With `--layers` podman keeps the layer of each step, so that an interrupted build
            // goes on where it stopped, as docker's does.
            cmd = cmd.arg("--layers");
        }
        if build.anew {
            cmd = cmd.arg("--no-cache");
        }
        for (name, value) in build.args {
            cmd = cmd.arg("--build-arg").arg(format!("{name}={value}"));
        }
        for name in build.inherited {
            cmd = cmd.arg("--build-arg").arg(name);
        }
        cmd.arg("--file").arg(build.dockerfile).arg(build.context)
    }
}

/// Whether this last line says that a build lost an image or a layer to another process. To reuse
/// layers, both engines look through all images without a lock, so another process may remove what
/// they have just found. See the issues 5615 and 5674 of buildah, and `getLocalCachedImage` of
/// docker's builder without `BuildKit`.
/// <https://github.com/moby/moby/blob/v20.10.24/image/cache/cache.go>
fn collided(dialect: Dialect, line: &str) -> bool {
    const PODMANS: &[&str] = &[
        "layer not known",
        "image not known",
        "identifier is not a container",
    ];
    match dialect {
        Dialect::Docker => line.starts_with("unable to find image \"sha256:"),
        Dialect::Podman => {
            line.starts_with("Error: ") && PODMANS.iter().any(|words| line.contains(words))
        }
    }
}
