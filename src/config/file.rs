//! The format of `Cross.toml`. An unknown key is an error.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::build_std::BuildStd;
use super::custom::{Dockerfile, PreBuild};
use super::string_or_table::{WordOrTable, word_or_table};
use super::zig::Zig;
use crate::target::RunnerKey;
use cross_base::version::Version;

/// The whole file, or what stands under `cross` in a manifest's metadata.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "a table with `build` and `target`")]
pub(crate) struct CrossToml {
    /// What holds for every target.
    #[serde(default)]
    pub(crate) build: Build,
    /// What holds for one target, by its name, or for all that match a pattern like
    /// `*-linux-musl*`.
    #[serde(default)]
    pub(crate) target: BTreeMap<String, Target>,
}

/// `[build]`: what holds for every target.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table of keys"
)]
#[expect(clippy::struct_field_names, reason = "`build-std` is cargo's name")]
pub(crate) struct Build {
    /// The container engine: `docker`, `podman`, `sandbox` or `auto`. Only the user may name `host`
    /// or the path of an engine's program.
    pub(crate) engine: Option<String>,
    /// The target that is built when none is named.
    pub(crate) default_target: Option<String>,
    /// The address of the mirror that packages of toolchains and of the base image come from:
    /// below it there is `pool/`.
    pub(crate) mirror: Option<String>,
    /// What the container can reach.
    pub(crate) network: Option<Network>,
    /// Whether the project is read-only in the container.
    pub(crate) read_only: Option<bool>,
    /// The seconds after which a program of tests that still runs is ended.
    pub(crate) test_timeout: Option<u32>,
    /// Whether the standard library is built from source.
    pub(crate) build_std: Option<BuildStd>,
    /// Whether `xargo` is run in cargo's place.
    pub(crate) xargo: Option<bool>,
    /// A Dockerfile that makes the image, from cross's own or from another.
    pub(crate) dockerfile: Option<Dockerfile>,
    /// What is done in the image before it is used.
    pub(crate) pre_build: Option<PreBuild>,
    /// The parts that images have beside those that the lock file asks for, and without a
    /// container the programs that a machine gets if it lacks them; none at all if the list is
    /// empty.
    pub(crate) parts: Option<Vec<String>>,
    /// The caller's variables that the container gets to see.
    #[serde(default)]
    pub(crate) env: Env,
    /// Another tool's, see [`super::zig`].
    #[cfg_attr(test, schemars(skip))]
    pub(crate) zig: Option<Zig>,
}

/// `[target.TRIPLE]`: what holds for one target.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table of keys"
)]
pub(crate) struct Target {
    /// The image to use instead of cross's own, looked up as the engine looks images up.
    pub(crate) image: Option<Image>,
    /// How programs for the target are run.
    pub(crate) runner: Option<RunnerKey>,
    /// QEMU's machine that programs run in, where they have one for themselves.
    pub(crate) machine: Option<String>,
    /// The glibc that results must run with, if that is not the target's own: `2.17`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) glibc: Option<Version>,
    /// The oldest API level that results run on, where the target's system has such levels: `28`.
    pub(crate) api_level: Option<u32>,
    /// The seconds after which a program of this target's tests that still runs is ended.
    pub(crate) test_timeout: Option<u32>,
    /// Whether the standard library is built from source, for this target.
    pub(crate) build_std: Option<BuildStd>,
    /// Whether `xargo` is run in cargo's place, for this target.
    pub(crate) xargo: Option<bool>,
    /// A Dockerfile that makes this target's image.
    pub(crate) dockerfile: Option<Dockerfile>,
    /// What is done in this target's image before it is used.
    pub(crate) pre_build: Option<PreBuild>,
    /// The parts that this target's image has beside those that the lock file asks for, and without
    /// a container the programs that a machine gets if it lacks them; none at all if the list is
    /// empty.
    pub(crate) parts: Option<Vec<String>>,
    /// The caller's variables that the container gets to see, for this target.
    #[serde(default)]
    pub(crate) env: Env,
    /// The key `zig` of the public cross, see [`super::zig`].
    #[cfg_attr(test, schemars(skip))]
    pub(crate) zig: Option<Zig>,
    /// The name of `env.passthrough` in old versions of the public cross.
    /// <https://github.com/cross-rs/cross/blob/v0.2.1/README.md>
    #[cfg_attr(test, schemars(skip))]
    #[serde(default)]
    pub(crate) passthrough: Vec<String>,
    /// The name of `env.volumes` in old versions of the public cross.
    #[cfg_attr(test, schemars(skip))]
    #[serde(default)]
    pub(crate) volumes: Vec<String>,
}

/// `env`: variables the container gets to see.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `passthrough` and `volumes`"
)]
pub(crate) struct Env {
    /// Names and patterns, each passed on when it is set, or `NAME=value`.
    #[serde(default)]
    pub(crate) passthrough: Vec<String>,
    /// The same for variables whose values are paths: these are mounted, too.
    #[serde(default)]
    pub(crate) volumes: Vec<String>,
}

/// The name of an image. In the public cross it may be a table, which also says for which of the
/// host's toolchains the image is. Cross has no use for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) said: String,
    /// Whether the value is a table that names toolchains.
    pub(crate) for_toolchains: bool,
}

/// `image` as a table.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageTable {
    /// The image's name.
    name: String,
    /// Accepted, and of no effect.
    #[cfg_attr(test, schemars(with = "Option<serde_json::Value>"))]
    toolchain: Option<IgnoredAny>,
}

impl WordOrTable for Image {
    const EXPECTED: &'static str = "the name of an image";
    type Table = ImageTable;

    fn of_word(word: &str) -> Self {
        Self {
            said: word.to_owned(),
            for_toolchains: false,
        }
    }

    fn of_table(table: ImageTable) -> Self {
        Self {
            said: table.name,
            for_toolchains: table.toolchain.is_some(),
        }
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_table(deserializer)
    }
}

impl Image {
    /// The full name of the image. A tag (`:edge`), a digest, or an ending of the tag (`-debug`) is
    /// appended to `own`, the name of cross's own image for the target.
    pub(crate) fn name(&self, own: &str) -> String {
        let said = self.said.as_str();
        let repository = own
            .rsplit_once(':')
            .map_or(own, |(repository, _)| repository);
        match said.chars().next() {
            Some(':' | '@') => format!("{repository}{said}"),
            Some('-') => format!("{own}{said}"),
            _ => said.to_owned(),
        }
    }

    /// A note for users of the public cross, which appends a tag, digest or ending to the name of
    /// another image. None for a full name.
    /// <https://github.com/cross-rs/cross/blob/main/docs/config_file.md#image>
    pub(crate) fn elsewhere(&self, triple: &str) -> Option<String> {
        let said = self.said.as_str();
        let tag = match said.chars().next()? {
            ':' | '@' => "",
            '-' => ":main",
            _ => return None,
        };
        Some(format!(
            "`{said}` belongs to the name of cross's own image; the image of the public cross is \
             `ghcr.io/cross-rs/{triple}{tag}{said}`"
        ))
    }
}

/// The networks a container can have.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Network {
    /// The host's: services on localhost work as they do under cargo, and it starts fastest.
    #[default]
    Host,
    /// The engine's default network.
    Bridge,
    /// None at all.
    None,
}

impl Network {
    /// The name of the network for an engine.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Bridge => "bridge",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse::parse;

    #[test]
    fn the_example_is_understood_and_shows_every_key() {
        let text = include_str!("../../Cross.toml.example");
        let path = Path::new("Cross.toml.example");
        let uncommented: String = text
            .lines()
            .map(|line| line.strip_prefix("#:").unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let file: CrossToml = parse(path, &uncommented).unwrap();
        let Build {
            engine,
            mirror,
            default_target,
            network,
            read_only,
            test_timeout,
            build_std,
            xargo,
            dockerfile,
            pre_build,
            parts,
            env,
            zig: _,
        } = file.build;
        assert!(engine.is_some() && default_target.is_some() && mirror.is_some());
        assert!(network.is_some() && read_only.is_some() && build_std.is_some());
        assert!(xargo.is_some() && dockerfile.is_some() && pre_build.is_some());
        assert!(parts.is_some() && test_timeout.is_some());
        assert!(!env.passthrough.is_empty() && !env.volumes.is_empty());
        // Some keys have no effect on most targets, so each is looked for in all sections.
        let shown = |is_said: &dyn Fn(&Target) -> bool| assert!(file.target.values().any(is_said));
        let Target {
            image: _,
            runner: _,
            machine: _,
            glibc: _,
            api_level: _,
            test_timeout: _,
            build_std: _,
            xargo: _,
            dockerfile: _,
            pre_build: _,
            parts: _,
            env: _,
            zig: _,
            passthrough: _,
            volumes: _,
        } = &file.target["aarch64-unknown-linux-gnu"];
        shown(&|target| target.image.is_some());
        shown(&|target| target.runner.is_some());
        shown(&|target| target.machine.is_some());
        shown(&|target| target.glibc.is_some());
        shown(&|target| target.api_level.is_some());
        shown(&|target| target.test_timeout.is_some());
        shown(&|target| target.build_std.is_some());
        shown(&|target| target.xargo.is_some());
        shown(&|target| target.dockerfile.is_some());
        shown(&|target| target.pre_build.is_some());
        shown(&|target| target.parts.is_some());
        shown(&|target| !target.env.passthrough.is_empty());
        shown(&|target| !target.env.volumes.is_empty());
    }
}
