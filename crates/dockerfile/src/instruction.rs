//! Dockerfiles and their instructions as values.

use std::collections::BTreeMap;

use super::values::{self, Declared, expand};

/// One instruction, without variables expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    Arg(String, Option<String>),
    Env(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    User(String),
    Shell(Vec<String>),
    Run(Run),
    Copy(Copy),
    /// An instruction that concerns running containers and has no effect on a build.
    Nothing,
}

/// A `RUN` instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    pub words: Vec<String>,
    /// Whether the only word is a command for the shell of the image.
    pub in_shell: bool,
    /// Directories that are empty before the command and gone after it. Caches are among them,
    /// since no command may rely on a cache's content.
    pub memory: Vec<String>,
    /// Paths in the build context, with the paths where they are mounted.
    pub context: Vec<(String, String)>,
    /// Whether the command has no network.
    pub offline: bool,
}

/// A `COPY` or `ADD` instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copy {
    pub from: Option<String>,
    pub sources: Vec<String>,
    /// Here-documents, whose text is copied to files.
    pub texts: Vec<Text>,
    pub to: String,
    /// The mode in `chmod`'s form.
    pub mode: Option<String>,
    /// The owner in `chown`'s form.
    pub owner: Option<String>,
    /// Whether archives are unpacked.
    pub unpacks: bool,
}

impl Copy {
    /// The instruction with all variables expanded.
    #[must_use]
    pub fn expanded(&self, values: &BTreeMap<String, String>, escape: char) -> Self {
        let value = |text: &String| expand(text, values, escape);
        let texts = self.texts.iter().map(|text| Text {
            content: if text.expands {
                values::expand_document(&text.content, values)
            } else {
                text.content.clone()
            },
            ..text.clone()
        });
        Self {
            sources: self.sources.iter().map(value).collect(),
            texts: texts.collect(),
            to: value(&self.to),
            mode: self.mode.as_ref().map(value),
            owner: self.owner.as_ref().map(value),
            ..self.clone()
        }
    }
}

/// A here-document of a `COPY` instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub name: String,
    pub content: String,
    /// Whether variables in the text are expanded.
    pub expands: bool,
}

/// An instruction with its text and the number of its first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub step: Instruction,
    pub text: String,
    pub line: usize,
}

/// A stage: the image that it starts from, its name, and its instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub base: String,
    pub name: Option<String>,
    pub steps: Vec<Written>,
    /// The instructions behind `ONBUILD`, which run first in a stage that starts from this one.
    pub(super) triggers: Vec<Written>,
}

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// `ARG` instructions in front of the first stage.
    pub args: Vec<Declared>,
    pub stages: Vec<Stage>,
    /// The character that continues lines, and in front of which others lose their meaning.
    pub escape: char,
}
