//! `Cross.toml` as it is written: strict, so that a misspelt key is an error and not a surprise.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::value::{BoolDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, IgnoredAny, IntoDeserializer};
use serde::{Deserialize, Deserializer};

use super::build_std::BuildStd;
use super::custom::{Dockerfile, PreBuild};
use super::string_or_table::{WordOrTable, word_or_table};
use super::zig::Zig;
use cross_base::error::{Error, Result, closest};
use cross_base::version::Version;

/// The whole file, or what stands under `cross` in a manifest's metadata.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "a table with `build` and `target`")]
pub(crate) struct CrossToml {
    /// What holds for every target.
    #[serde(default)]
    pub(crate) build: Build,
    /// What holds for one target, by its name, or for all that match a pattern like `*-linux-musl*`.
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
    /// The container engine: `docker`, `podman`, the path of either, `sandbox` or `auto`.
    pub(crate) engine: Option<String>,
    /// The target that is built when none is named.
    pub(crate) default_target: Option<String>,
    /// The address of the mirror that packages of toolchains and of the base image come from: below it there is `pool/`.
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
    /// The parts that images have beside those that the lock file asks for; none at all if the list is empty.
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
    pub(crate) runner: Option<Runner>,
    /// QEMU's machine that programs run in, where they have one for themselves.
    pub(crate) machine: Option<String>,
    /// The glibc that results must run with, where that is older than the target's own: `2.17`.
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
    /// The parts that this target's image has beside those that the lock file asks for; none at all if the list is empty.
    pub(crate) parts: Option<Vec<String>>,
    /// The caller's variables that the container gets to see, for this target.
    #[serde(default)]
    pub(crate) env: Env,
    /// Another tool's, see [`super::zig`].
    #[cfg_attr(test, schemars(skip))]
    pub(crate) zig: Option<Zig>,
    /// Where `env.passthrough` stood before there was `env`.
    /// <https://github.com/cross-rs/cross/blob/v0.2.1/README.md>
    #[cfg_attr(test, schemars(skip))]
    #[serde(default)]
    pub(crate) passthrough: Vec<String>,
    /// The same of `env.volumes`.
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

/// The name of an image. A table is another tool's way to name it; which of the host's toolchains to
/// use is not a question here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) said: String,
    /// Whether the table says for which toolchains the image is.
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
    /// The whole name: a tag alone (`:edge`), a digest alone, or an ending of the tag (`-debug`) belongs
    /// to the name of cross's own image for the target.
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

    /// What the public cross would take a tag, a digest or an ending for: there, too, it belongs to the tool's own image.
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

/// How programs for the target are run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Runner {
    /// By the host's processor.
    Native,
    /// By QEMU's user-mode emulator.
    QemuUser,
    /// Accepted, and of no effect: another tool starts a whole system in QEMU.
    QemuSystem,
}

impl Network {
    /// The engine's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Bridge => "bridge",
            Self::None => "none",
        }
    }
}

impl Runner {
    /// The value of `CROSS_RUNNER` in the container.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::QemuUser => "qemu-user",
            Self::QemuSystem => "qemu-system",
        }
    }
}

/// Reads one value as serde would from a file, for the `CROSS_…` variables, where text needs no
/// quotes.
///
/// # Errors
///
/// What the value can be, in words.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, String> {
    let bare = toml::de::ValueDeserializer::parse(word).and_then(T::deserialize);
    let quoted = || {
        let word: StrDeserializer<'_, Refusal> = word.into_deserializer();
        T::deserialize(word)
    };
    // Other tools take numbers for these.
    let switch = |error| {
        let word: Result<BoolDeserializer<Refusal>, _> = match word {
            "0" => Ok(false.into_deserializer()),
            "1" => Ok(true.into_deserializer()),
            _ => Err(error),
        };
        word.and_then(T::deserialize)
    };
    let quoted = |_| quoted().or_else(switch);
    bare.or_else(quoted)
        .map_err(|refusal| match refusal.expected.split_last() {
            Some((last, [])) => format!("it can be `{last}`"),
            Some((last, others)) => format!("it can be `{}` or `{last}`", others.join("`, `")),
            None => "it can be `true` or `false`".to_owned(),
        })
}

/// A word that stands for no value of a type.
#[derive(Debug)]
struct Refusal {
    /// The words that do; none where the type is no choice of words.
    expected: &'static [&'static str],
}

impl serde::de::Error for Refusal {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self { expected: &[] }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self { expected }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.expected.join(", "))
    }
}

impl std::error::Error for Refusal {}

/// Parses the text of the file at `path`.
///
/// # Errors
///
/// With file, line, column, the line itself with a caret, and what was probably meant.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| {
        let start = e.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..start];
        let number = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let column = text[line_start..start].chars().count();
        let line = text[line_start..].lines().next().unwrap_or_default();
        let said = own_fields(e.message());
        let message = said.lines().collect::<Vec<_>>().join(", ");
        let margin = " ".repeat(number.to_string().len());
        let error = Error::new(format!(
            "{message}\n{margin}--> {}:{number}:{}\n{margin} |\n{number} | {line}\n{margin} | {}^",
            path.display(),
            column + 1,
            " ".repeat(column),
        ));
        let hint = elsewhere(said, line).or_else(|| in_brackets(said, line));
        match hint.or_else(|| meant(said)) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// A message about an unknown field without those that are read for the sake of other tools, which are behind `env`:
/// nobody is told to write them.
fn own_fields(message: &str) -> &str {
    const LAST: &str = ", `env`";
    let end = message.find(LAST).map(|at| at + LAST.len());
    &message[..end.unwrap_or(message.len())]
}

/// Picks what was probably meant from serde's "unknown field `a`, expected one of `b`, `c`".
fn meant(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    message.starts_with("unknown").then_some(())?;
    Some(format!("did you mean `{}`?", closest(wrong, quoted)?))
}

/// Fields that people write where they are not read, and what to write instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "rustflags",
        "they are cargo's: `rustflags = […]` below `[target.TRIPLE]` in `.cargo/config.toml`",
    ),
    (
        "linker",
        "the image brings its own, and a `linker` of yours is named in `.cargo/config.toml`",
    ),
    ("passthrough", "write `env.passthrough`, in the same place"),
    ("volumes", "write `env.volumes`, in the same place"),
    ("image", "write `image` below `[target.TRIPLE]`"),
    ("runner", "write `runner` below `[target.TRIPLE]`"),
    ("target", "write `default-target`"),
    (
        "build",
        "what is for one target stands below `[target.TRIPLE]` itself, without `build`",
    ),
    ("profile", "it is cargo's: `[profile.NAME]` in `Cargo.toml`"),
    (
        "env",
        "write `[build.env]`, or `[target.TRIPLE.env]` for one target",
    ),
    (
        "package",
        "`package.metadata.cross` stands in manifests only: here it is `[build]` and `[target.TRIPLE]`",
    ),
    (
        "workspace",
        "`workspace.metadata.cross` stands in manifests only: here it is `[build]` and `[target.TRIPLE]`",
    ),
];

/// Says how a list is written, where a word stands in the place of one.
fn in_brackets(message: &str, line: &str) -> Option<String> {
    let word = message.strip_prefix("invalid type: string ")?;
    let word = word.strip_suffix(", expected a sequence")?;
    Some(if line.trim_start().starts_with("env") {
        format!("`env` is a table: `env.passthrough = [{word}]`")
    } else {
        format!("a list has brackets: `[{word}]`")
    })
}

/// Says where a field that is no slip belongs, or a word that stands for nothing here. `line` is where it stands.
fn elsewhere(message: &str, line: &str) -> Option<String> {
    if message.starts_with("unknown variant") && message.contains("`qemu-user`") {
        let hint = "a `runner` of yours is named in `.cargo/config.toml`, as without cross";
        return Some(hint.to_owned());
    }
    let mut quoted = message.strip_prefix("unknown field `")?.split('`');
    let (field, first) = (quoted.next()?, quoted.nth(1)?);
    if first == "passthrough" {
        return closest(field, ["passthrough", "volumes"]).is_none().then(|| {
            format!("`passthrough = [\"{field}=value\"]` sets a variable, `passthrough = [\"{field}\"]` passes yours on")
        });
    }
    if first == "build" && field.matches('-').count() > 1 {
        return Some(format!("write `[target.{field}]`"));
    }
    if field == "target" && line.trim_start().starts_with('[') {
        return Some("write `[target.TRIPLE]`, without `build`".to_owned());
    }
    let found = ELSEWHERE.iter().find(|(name, _)| *name == field);
    found.map(|(_, hint)| (*hint).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let text = "[build]\nengine = \"podman\"\ndefault-traget = \"x\"\n";
        let error = parse::<CrossToml>(Path::new("/p/Cross.toml"), text).unwrap_err();
        assert_eq!(
            error.message(),
            "unknown field `default-traget`, expected one of `engine`, `default-target`, `mirror`, \
             `network`, `read-only`, `test-timeout`, `build-std`, `xargo`, `dockerfile`, `pre-build`, `parts`, `env`\n --> /p/Cross.toml:3:1\n  |\n\
             3 | default-traget = \"x\"\n  | ^"
        );
        assert_eq!(error.hint_text(), Some("did you mean `default-target`?"));
    }

    #[test]
    fn a_wrong_type_is_shown_where_it_stands() {
        let text = "[target.x]\nimage = 3\n";
        let error = parse::<CrossToml>(Path::new("Cross.toml"), text).unwrap_err();
        assert!(
            error
                .message()
                .starts_with("invalid type: integer `3`, expected the name of an image\n"),
            "{error}"
        );
        assert!(error.message().contains("Cross.toml:2:9"), "{error}");
    }

    #[test]
    fn what_build_std_can_be_is_said() {
        let message = |value: &str| {
            let text = format!("[build]\nbuild-std = {value}\n");
            let error = parse::<CrossToml>(Path::new("Cross.toml"), &text).unwrap_err();
            let message = error.message().lines().next().unwrap().to_owned();
            (message, error.hint_text().map(str::to_owned))
        };
        let (text, _) = message("'core'");
        assert_eq!(
            text,
            "invalid type: string \"core\", expected `true`, `false` or a list of crates"
        );
        let (text, _) = message("[]");
        assert_eq!(text, "invalid length 0, expected at least one crate");
        let (text, hint) = message("['core', 'aloc']");
        assert!(
            text.starts_with("unknown variant `aloc`, expected one of `core`, `alloc`"),
            "{text}"
        );
        assert_eq!(hint.as_deref(), Some("did you mean `alloc`?"));
    }

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
        let target = &file.target["aarch64-unknown-linux-gnu"];
        assert!(target.xargo.is_some() && target.dockerfile.is_some());
        assert!(target.pre_build.is_some() && target.parts.is_some());
        assert!(target.image.is_some() && target.runner.is_some() && target.build_std.is_some());
        assert!(target.glibc.is_some() && target.test_timeout.is_some());
        assert!(file.target["*-linux-android*"].api_level.is_some());
        assert!(!target.env.passthrough.is_empty() && !target.env.volumes.is_empty());
    }
}
