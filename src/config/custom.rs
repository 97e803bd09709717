//! The keys `dockerfile` and `pre-build`, with which users change an image.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::string_or_table::{WordOrTable, word_or_table};
use cross_base::setting::Source;

/// A Dockerfile of the user's. Paths are relative to the workspace's root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    pub(crate) file: String,
    /// The directory with the files that the Dockerfile copies. None means the workspace's root.
    pub(crate) context: Option<String>,
    /// The source of `context`, if that is not the source of `file`.
    pub(crate) context_said_by: Option<Source>,
    /// Values for the Dockerfile's `ARG` instructions.
    pub(crate) build_args: BTreeMap<String, String>,
}

impl Dockerfile {
    /// A Dockerfile with nothing but its path.
    pub(crate) fn named(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }
}

/// `dockerfile` as a table.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Dockerfile"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    /// The Dockerfile's path.
    file: String,
    /// The directory it copies from.
    context: Option<String>,
    /// Values for its `ARG` instructions.
    #[serde(default)]
    build_args: BTreeMap<String, String>,
}

impl WordOrTable for Dockerfile {
    const EXPECTED: &'static str = "the path of a Dockerfile, or a table with `file`";
    type Table = Table;

    fn of_word(word: &str) -> Self {
        Self::named(word)
    }

    fn of_table(table: Table) -> Self {
        Self {
            file: table.file,
            context: table.context,
            context_said_by: None,
            build_args: table.build_args,
        }
    }
}

impl<'de> Deserialize<'de> for Dockerfile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_table(deserializer)
    }
}

/// Commands that run in the image as root before the image is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PreBuild {
    /// A script of the project's. Its path is relative to the workspace's root.
    Script(String),
    /// Commands of the shell, which run until one fails.
    Commands(Vec<String>),
}

impl PreBuild {
    /// Reads the value of an environment variable, with one command in each line. A single word
    /// that begins with `./` is the path of a script, because the directory in which commands run
    /// has no files of the project.
    #[expect(clippy::unnecessary_wraps, reason = "readers of variables may fail")]
    pub(crate) fn from_variable(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        Ok(match &lines[..] {
            [line] if line.starts_with("./") && !line.contains(char::is_whitespace) => {
                Self::Script(line.clone())
            }
            _ => Self::Commands(lines),
        })
    }

    /// The value if it is a single word. It may be a command or the path of a script.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Commands(commands) => match &commands[..] {
                [command] if !command.contains(char::is_whitespace) => Some(command),
                _ => None,
            },
            Self::Script(_) => None,
        }
    }

    /// Whether there are no commands to run.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Commands(commands) if commands.is_empty())
    }
}

impl<'de> Deserialize<'de> for PreBuild {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScriptOrCommands;
        impl<'de> Visitor<'de> for ScriptOrCommands {
            type Value = PreBuild;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of commands, or the path of a script")
            }

            fn visit_str<E>(self, path: &str) -> Result<PreBuild, E> {
                Ok(PreBuild::Script(path.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PreBuild, A::Error> {
                let mut commands = Vec::new();
                while let Some(command) = list.next_element()? {
                    commands.push(command);
                }
                Ok(PreBuild::Commands(commands))
            }

            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<PreBuild, A::Error> {
                Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self))
            }
        }
        deserializer.deserialize_any(ScriptOrCommands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Keys {
        dockerfile: Option<Dockerfile>,
        pre_build: Option<PreBuild>,
    }

    fn keys(text: &str) -> Result<Keys, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn a_dockerfile_is_a_path_or_a_table() {
        let short = keys("dockerfile = 'a/Dockerfile'").unwrap().dockerfile;
        assert_eq!(short, Some(Dockerfile::named("a/Dockerfile")));
        let text = "dockerfile = { file = 'D', context = 'c', build-args = { A = '1' } }";
        let long = keys(text).unwrap().dockerfile.unwrap();
        assert_eq!(long.context.as_deref(), Some("c"));
        assert_eq!(long.build_args["A"], "1");
        let wrong = keys("dockerfile = { context = 'c' }").unwrap_err();
        assert_eq!(wrong, "missing field `file`");
        let wrong = keys("dockerfile = { fil = 'c' }").unwrap_err();
        assert!(wrong.starts_with("unknown field `fil`"), "{wrong}");
    }

    #[test]
    fn pre_build_is_a_script_or_commands() {
        let of = |text: &str| keys(&format!("pre-build = {text}"));
        let script = of("'./x.sh'").unwrap().pre_build;
        assert_eq!(script, Some(PreBuild::Script("./x.sh".to_owned())));
        let none = of("[]").unwrap().pre_build.unwrap();
        assert!(none.is_empty());
        let wrong = of("3").unwrap_err();
        assert_eq!(
            wrong,
            "invalid type: integer `3`, expected a list of commands, or the path of a script"
        );
        let two = PreBuild::from_variable("a && b\n\nc\n");
        let lines = vec!["a && b".to_owned(), "c".to_owned()];
        assert_eq!(two, Ok(PreBuild::Commands(lines)));
        let script = Ok(PreBuild::Script("./ci/x.sh".to_owned()));
        assert_eq!(PreBuild::from_variable("./ci/x.sh\n"), script);
        let command = PreBuild::from_variable("./x.sh --now").unwrap();
        assert_eq!(command.word(), None);
        assert_eq!(
            PreBuild::from_variable("ci/x.sh").unwrap().word(),
            Some("ci/x.sh")
        );
    }
}
