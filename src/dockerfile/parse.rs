//! What a Dockerfile says, as far as the built-in engine can do it.

use std::collections::BTreeMap;
use std::path::Path;

use parse_dockerfile::{Command, Flag, Instruction, Source};

use crate::base::error::{Error, Result};

/// One instruction, with nothing expanded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Arg(String, Option<String>),
    Env(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    /// The words of a command.
    Run(Vec<String>),
    Copy {
        from: Option<String>,
        sources: Vec<String>,
        to: String,
    },
    /// Says something about containers that has no meaning here.
    Nothing,
}

/// A stage: the image it starts from, its name, and its steps with their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) base: String,
    pub(crate) name: Option<String>,
    pub(crate) steps: Vec<(Step, String)>,
}

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// `ARG`s before the first stage.
    pub(crate) args: Vec<(String, Option<String>)>,
    pub(crate) stages: Vec<Stage>,
}

/// Reads a Dockerfile; `path` is for messages.
///
/// # Errors
///
/// When it is none, or has something in it that is beyond this engine.
pub(crate) fn read(path: &Path, text: &str) -> Result<Dockerfile> {
    let parsed = parse_dockerfile::parse(text)
        .map_err(|e| Error::new(format!("`{}`: {e}", path.display())))?;
    let mut file = Dockerfile::default();
    for arg in parsed.global_args() {
        file.args.push(assignment(&arg.arguments.value));
    }
    let mut reader = Reader {
        path,
        text,
        shell: vec!["/bin/sh".to_owned(), "-c".to_owned()],
    };
    for stage in parsed.stages() {
        let steps = stage.instructions.iter().map(|instruction| {
            let (step, span) = reader.step(instruction)?;
            Ok((step, text[span].to_owned()))
        });
        let steps = steps.collect::<Result<_>>()?;
        file.stages.push(Stage {
            base: stage.from.image.value.clone().into_owned(),
            name: stage
                .from
                .as_
                .as_ref()
                .map(|(_, name)| name.value.to_lowercase()),
            steps,
        });
    }
    Ok(file)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    shell: Vec<String>,
}

type Span = std::ops::Range<usize>;

impl Reader<'_> {
    /// What one instruction is, and where its text stands.
    fn step(&mut self, instruction: &Instruction<'_>) -> Result<(Step, Span)> {
        let line = |start: usize, end: usize| start..end;
        Ok(match instruction {
            Instruction::Arg(arg) => {
                let (name, value) = assignment(&arg.arguments.value);
                let span = line(arg.arg.span.start, arg.arguments.span.end);
                (Step::Arg(name, value), span)
            }
            Instruction::Env(env) => {
                let span = line(env.env.span.start, env.arguments.span.end);
                (Step::Env(self.pairs(&env.arguments.value, &span)?), span)
            }
            Instruction::Label(label) => {
                let span = line(label.label.span.start, label.arguments.span.end);
                (
                    Step::Label(self.pairs(&label.arguments.value, &span)?),
                    span,
                )
            }
            Instruction::Workdir(dir) => {
                let span = line(dir.workdir.span.start, dir.arguments.span.end);
                (Step::Workdir(dir.arguments.value.to_string()), span)
            }
            Instruction::Run(run) => {
                let (words, end) = self.words(&run.arguments);
                let span = line(run.run.span.start, end);
                if let Some(flag) = run.options.first() {
                    return Err(self.beyond(&format!("RUN --{}", flag.name.value), &span));
                }
                if !run.here_docs.is_empty() {
                    return Err(self.beyond("RUN <<", &span));
                }
                (Step::Run(words), span)
            }
            Instruction::Copy(copy) => {
                let span = line(copy.copy.span.start, copy.dest.span.end);
                (
                    self.copy(&copy.options, &copy.src, &copy.dest.value, &span)?,
                    span,
                )
            }
            Instruction::Shell(shell) => {
                let words = shell.arguments.iter().map(|word| word.value.to_string());
                self.shell = words.collect();
                (Step::Nothing, shell.shell.span.clone())
            }
            Instruction::User(user) if !["root", "0"].contains(&&*user.arguments.value) => {
                return Err(self.beyond("USER", &user.user.span));
            }
            Instruction::Add(add) => return Err(self.beyond("ADD", &add.add.span)),
            Instruction::Onbuild(on) => return Err(self.beyond("ONBUILD", &on.onbuild.span)),
            // Commands, ports, volumes and signals of containers that nobody starts.
            _ => (Step::Nothing, 0..0),
        })
    }

    fn words(&self, command: &Command<'_>) -> (Vec<String>, usize) {
        match command {
            Command::Exec(words) => {
                let list = words.value.iter().map(|word| word.value.to_string());
                (list.collect(), words.span.end)
            }
            Command::Shell(text) => {
                let mut words = self.shell.clone();
                words.push(joined(text.value));
                (words, text.span.end)
            }
            _ => (Vec::new(), 0),
        }
    }

    fn copy(
        &self,
        options: &[Flag<'_>],
        sources: &[Source<'_>],
        to: &str,
        span: &Span,
    ) -> Result<Step> {
        let mut from = None;
        for flag in options {
            match (&*flag.name.value, &flag.value) {
                ("from", Some(value)) => from = Some(value.value.to_string()),
                // It only says how layers may be reused.
                ("link", _) => {}
                (name, _) => return Err(self.beyond(&format!("COPY --{name}"), span)),
            }
        }
        let paths = sources.iter().map(|source| match source {
            Source::Path(path) => Ok(path.value.to_string()),
            _ => Err(self.beyond("COPY <<", span)),
        });
        Ok(Step::Copy {
            from,
            sources: paths.collect::<Result<_>>()?,
            to: to.to_owned(),
        })
    }

    /// `NAME=value` pairs with quotes; in the old form, one name and the rest of the line.
    fn pairs(&self, text: &str, span: &Span) -> Result<Vec<(String, String)>> {
        let text = joined(text);
        let Some(words) = shlex::split(&text) else {
            return Err(self.beyond("a quote that is not closed", span));
        };
        let pairs: Option<Vec<_>> = words
            .iter()
            .map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        if let Some(pairs) = pairs {
            return Ok(pairs);
        }
        let (name, value) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        Ok(vec![(name.to_owned(), value.trim().to_owned())])
    }

    /// Something that other engines can do.
    fn beyond(&self, what: &str, span: &Span) -> Error {
        let number = self.text[..span.start].matches('\n').count() + 1;
        Error::new(format!(
            "the built-in engine cannot do `{what}`, in line {number} of `{}`",
            self.path.display()
        ))
        .hint("docker and podman can: `CROSS_CONTAINER_ENGINE=docker`")
    }
}

/// An instruction of several lines in one: a backslash at a line's end goes on with the next; lines in between that
/// are empty or comments do not count. <https://docs.docker.com/reference/dockerfile/#format>
fn joined(text: &str) -> String {
    let mut joined = String::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if number > 0 && (start.is_empty() || start.starts_with('#')) {
            continue;
        }
        joined += line.trim_end().strip_suffix('\\').unwrap_or(line);
    }
    joined
}

fn assignment(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((name, value)) => {
            let value = shlex::split(value).map_or(value.to_owned(), |words| words.join(" "));
            (name.to_owned(), Some(value))
        }
        None => (text.trim().to_owned(), None),
    }
}

/// Puts values in the place of `$NAME` and `${NAME}`, also `${NAME:-otherwise}`; nothing in that of an
/// unknown name.
pub(crate) fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let value = |name: &str| match values.get(name) {
        Some(value) => Some(value.as_str()),
        None if text.contains(&format!("${{{name}:-")) => None,
        None => Some(""),
    };
    shellexpand::env_with_context_no_errors(text, value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::recipe;
    use crate::target::ROWS;
    use pretty_assertions::assert_eq;

    #[test]
    fn every_recipe_is_within_what_can_be_done() {
        for recipe in ROWS.iter().map(recipe::row).chain([recipe::base()]) {
            let found = recipe.files.iter();
            let mut found = found.filter(|(path, _)| path == Path::new(&recipe.dockerfile));
            let (path, text) = found.next().unwrap();
            let text = String::from_utf8(text.clone()).unwrap();
            let file = read(path, &text).unwrap();
            assert!(!file.stages.is_empty());
        }
    }

    #[test]
    fn instructions_are_read_with_their_values() {
        let text = "ARG BASE=x\nFROM $BASE AS One\nARG A\nARG B=\"1 2\"\nENV X=1 \\\n    Y=\"a b\"\nENV OLD way of it\n\
                    WORKDIR /w\nRUN make \\\n  all\nRUN [\"a\", \"b c\"]\nCOPY --from=zero /p q/ /r/\nCMD [\"x\"]\n";
        let file = read(Path::new("Dockerfile"), text).unwrap();
        assert_eq!(file.args, [("BASE".to_owned(), Some("x".to_owned()))]);
        let stage = &file.stages[0];
        assert_eq!(stage.name.as_deref(), Some("one"));
        let own = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let steps: Vec<Step> = stage.steps.iter().map(|(step, _)| step.clone()).collect();
        assert_eq!(
            steps,
            [
                Step::Arg("A".to_owned(), None),
                Step::Arg("B".to_owned(), Some("1 2".to_owned())),
                Step::Env(vec![pair("X", "1"), pair("Y", "a b")]),
                Step::Env(vec![pair("OLD", "way of it")]),
                Step::Workdir("/w".to_owned()),
                Step::Run(own(&["/bin/sh", "-c", "make   all"])),
                Step::Run(own(&["a", "b c"])),
                Step::Copy {
                    from: Some("zero".to_owned()),
                    sources: own(&["/p", "q/"]),
                    to: "/r/".to_owned()
                },
                Step::Nothing,
            ]
        );
    }

    #[test]
    fn comments_between_the_lines_of_a_command_are_no_part_of_it() {
        let text = "FROM x\nRUN apt-get install \\\n    # for the tests\n    liba \\ \n\n\tlibb\nRUN echo '#1'\n";
        let file = read(Path::new("Dockerfile"), text).unwrap();
        let commands = file.stages[0].steps.iter().map(|(step, _)| match step {
            Step::Run(words) => words[2].clone(),
            other => panic!("{other:?}"),
        });
        let commands: Vec<String> = commands.collect();
        assert_eq!(commands, ["apt-get install     liba \tlibb", "echo '#1'"]);
    }

    #[test]
    fn what_is_beyond_it_is_named() {
        for (text, what) in [
            (
                "FROM x\nRUN --mount=type=cache y\n",
                "`RUN --mount`, in line 2",
            ),
            ("FROM x\nADD a b\n", "`ADD`, in line 2"),
            ("FROM x\n\nUSER nobody\n", "`USER`, in line 3"),
        ] {
            let error = read(Path::new("Dockerfile"), text).unwrap_err();
            assert!(error.message().contains(what), "{error}");
        }
    }

    #[test]
    fn values_stand_in_for_names() {
        let values = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand("$A/${A}/${B:-2}/$C.", &values), "1/1/2/.");
    }
}
