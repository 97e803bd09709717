//! What a Dockerfile says, as far as the built-in engine can do it.

use std::collections::BTreeMap;
use std::path::Path;

use parse_dockerfile::{Command, Flag, Instruction as Parsed, Source};

use super::here::{self, Masked};
use cross_base::error::{Error, Result};

/// One instruction, with nothing expanded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    Arg(String, Option<String>),
    Env(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    User(String),
    Run(Run),
    Copy(Copy),
    /// Says something about containers that has no meaning here.
    Nothing,
}

/// A command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    pub words: Vec<String>,
    /// Directories that are empty and gone afterwards: caches too, on whose content no command may
    /// rely.
    pub memory: Vec<String>,
    /// Places of the context, and where they are seen.
    pub context: Vec<(String, String)>,
    /// Whether it reaches no network.
    pub offline: bool,
}

/// Files for the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copy {
    pub from: Option<String>,
    pub sources: Vec<String>,
    /// Files that stand in the Dockerfile itself.
    pub texts: Vec<Text>,
    pub to: String,
    /// As `chmod` has it.
    pub mode: Option<String>,
    /// As `chown` has it.
    pub owner: Option<String>,
    /// Whether archives are unpacked.
    pub unpacks: bool,
}

impl Copy {
    /// The same with values in the place of names.
    #[must_use]
    pub fn expanded(&self, values: &BTreeMap<String, String>) -> Self {
        let value = |text: &String| expand(text, values);
        let texts = self.texts.iter().map(|text| Text {
            content: if text.expands {
                value(&text.content)
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

/// A file that stands in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub name: String,
    pub content: String,
    /// Whether names in it stand for values.
    pub expands: bool,
}

/// A step with its text, and the line in which that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub step: Instruction,
    pub text: String,
    pub line: usize,
}

/// A stage: the image it starts from, its name, and its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub base: String,
    pub name: Option<String>,
    pub steps: Vec<Written>,
    /// What is done first where another stage starts from this one.
    triggers: Vec<Written>,
}

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// `ARG`s before the first stage.
    pub args: Vec<(String, Option<String>)>,
    pub stages: Vec<Stage>,
}

/// Reads a Dockerfile; `path` is for messages.
///
/// # Errors
///
/// When it is none, or has something in it that is beyond this engine.
pub fn read(path: &Path, text: &str) -> Result<Dockerfile> {
    let masked = Masked::new(text);
    let parsed = parse_dockerfile::parse(&masked.text)
        .map_err(|e| Error::new(format!("`{}`: {e}", path.display())))?;
    let mut file = Dockerfile::default();
    for arg in parsed.global_args() {
        file.args.push(assignment(&arg.arguments.value));
    }
    let mut reader = Reader {
        path,
        text,
        masked: &masked,
        shell: Vec::new(),
    };
    for stage in parsed.stages() {
        reader.shell = vec!["/bin/sh".to_owned(), "-c".to_owned()];
        let base = stage.from.image.value.clone().into_owned();
        let name = stage.from.as_.as_ref();
        let name = name.map(|(_, name)| name.value.to_lowercase());
        let from = base.to_lowercase();
        let mut earlier = file.stages.iter();
        let earlier = earlier.rfind(|stage: &&Stage| stage.name.as_deref() == Some(&*from));
        let mut steps = earlier.map_or_else(Vec::new, |stage| stage.triggers.clone());
        let mut triggers = Vec::new();
        for instruction in stage.instructions {
            let (instruction, list) = match instruction {
                Parsed::Onbuild(trigger) => (&*trigger.instruction, &mut triggers),
                other => (other, &mut steps),
            };
            let (step, span) = reader.step(instruction)?;
            list.push(Written {
                step,
                line: reader.line(&span),
                text: text[span].to_owned(),
            });
        }
        file.stages.push(Stage {
            base,
            name,
            steps,
            triggers,
        });
    }
    Ok(file)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    masked: &'a Masked,
    shell: Vec<String>,
}

type Span = std::ops::Range<usize>;

impl Reader<'_> {
    /// What one instruction is, and where its text stands.
    fn step(&mut self, instruction: &Parsed<'_>) -> Result<(Instruction, Span)> {
        let line = |start: usize, end: usize| start..end;
        Ok(match instruction {
            Parsed::Arg(arg) => {
                let (name, value) = assignment(&arg.arguments.value);
                let span = line(arg.arg.span.start, arg.arguments.span.end);
                (Instruction::Arg(name, value), span)
            }
            Parsed::Env(env) => {
                let span = line(env.env.span.start, env.arguments.span.end);
                (
                    Instruction::Env(self.pairs(&env.arguments.value, &span)?),
                    span,
                )
            }
            Parsed::Label(label) => {
                let span = line(label.label.span.start, label.arguments.span.end);
                (
                    Instruction::Label(self.pairs(&label.arguments.value, &span)?),
                    span,
                )
            }
            Parsed::Workdir(dir) => {
                let span = line(dir.workdir.span.start, dir.arguments.span.end);
                (Instruction::Workdir(dir.arguments.value.to_string()), span)
            }
            Parsed::Run(run) => {
                let (words, end) = self.words(&run.arguments);
                let span = line(run.run.span.start, end);
                (
                    Instruction::Run(self.run(words, &run.options, &span)?),
                    span,
                )
            }
            Parsed::Copy(copy) => {
                let span = line(copy.copy.span.start, copy.dest.span.end);
                let step = self.copy("COPY", &copy.options, &copy.src, &copy.dest.value, &span)?;
                (Instruction::Copy(step), span)
            }
            Parsed::Add(add) => {
                let span = line(add.add.span.start, add.dest.span.end);
                let step = self.copy("ADD", &add.options, &add.src, &add.dest.value, &span)?;
                let elsewhere =
                    |source: &&String| source.contains("://") || source.starts_with("git@");
                if let Some(source) = step.sources.iter().find(elsewhere) {
                    let hint = "write `RUN curl -fLO URL` or the like, or take docker or podman: `CROSS_CONTAINER_ENGINE=docker`";
                    return Err(self.beyond(&format!("ADD {source}"), &span).hint(hint));
                }
                let unpacks = true;
                (Instruction::Copy(Copy { unpacks, ..step }), span)
            }
            Parsed::User(user) => {
                let span = line(user.user.span.start, user.arguments.span.end);
                (Instruction::User(user.arguments.value.to_string()), span)
            }
            Parsed::Shell(shell) => {
                let words = shell.arguments.iter().map(|word| word.value.to_string());
                self.shell = words.collect();
                (Instruction::Nothing, shell.shell.span.clone())
            }
            // Commands, ports, volumes and signals of containers, which a build does not start.
            _ => (Instruction::Nothing, 0..0),
        })
    }

    /// The words of a command, and where it ends.
    fn words(&self, command: &Command<'_>) -> (Vec<String>, usize) {
        match command {
            Command::Exec(words) => {
                let list = words.value.iter().map(|word| word.value.to_string());
                (list.collect(), words.span.end)
            }
            Command::Shell(text) => {
                let (start, end) = (text.span.start, text.span.end);
                let command = joined(&self.text[start..end]);
                let Some((first, last)) = self.masked.bodies_behind(end) else {
                    return (self.shell(command), end);
                };
                let bodies = &self.text[first..last];
                let words = match here::script(&command, bodies) {
                    Some(script) if script.starts_with("#!") => {
                        let words = ["/bin/sh", "-c", PROGRAM, "sh", &script];
                        words.map(str::to_owned).into()
                    }
                    Some(script) => self.shell(script),
                    None => self.shell(format!("{command}\n{bodies}")),
                };
                (words, end)
            }
            _ => (Vec::new(), 0),
        }
    }

    /// A command as the shell is given it.
    fn shell(&self, command: String) -> Vec<String> {
        let words = self.shell.iter().cloned();
        words.chain([command]).collect()
    }

    /// <https://docs.docker.com/reference/dockerfile/#run---mount>
    fn run(&self, words: Vec<String>, options: &[Flag<'_>], span: &Span) -> Result<Run> {
        let mut run = Run {
            words,
            ..Run::default()
        };
        for flag in options {
            let value = flag.value.as_ref().map_or("", |value| &*value.value);
            match (&*flag.name.value, value) {
                ("network", "default" | "host") => {}
                ("network", "none") => run.offline = true,
                ("mount", value) => self.mount(&mut run, value, span)?,
                (name, _) => return Err(self.beyond(&format!("RUN --{name}"), span)),
            }
        }
        Ok(run)
    }

    /// Adds what a command sees that is no part of the image.
    fn mount(&self, run: &mut Run, value: &str, span: &Span) -> Result<()> {
        let fields: Vec<(&str, &str)> = value
            .split(',')
            .map(|field| field.split_once('=').unwrap_or((field, "true")))
            .collect();
        let field = |names: &[&str]| {
            let mut fields = fields.iter().filter(|(name, _)| names.contains(name));
            fields.next_back().map(|(_, value)| (*value).to_owned())
        };
        let is_set = |names: &[&str]| field(names).is_some_and(|value| value != "false");
        let target = field(&["target", "dst", "destination"]).unwrap_or_default();
        let kind = field(&["type"]).unwrap_or_else(|| "bind".to_owned());
        match &*kind {
            "cache" | "tmpfs" if !target.is_empty() && field(&["from"]).is_none() => {
                run.memory.push(target);
            }
            "bind" if field(&["from"]).is_none() && !is_set(&["rw", "readwrite"]) => {
                let source = field(&["source", "src"]).unwrap_or_else(|| ".".to_owned());
                run.context.push((source, target));
            }
            // A build of cross's is given none, and docker leaves out what is not given.
            "secret" | "ssh" if !is_set(&["required"]) => {}
            _ => return Err(self.beyond(&format!("RUN --mount={value}"), span)),
        }
        Ok(())
    }

    fn copy(
        &self,
        instruction: &str,
        options: &[Flag<'_>],
        sources: &[Source<'_>],
        to: &str,
        span: &Span,
    ) -> Result<Copy> {
        let mut copy = Copy {
            to: to.to_owned(),
            ..Copy::default()
        };
        for flag in options {
            let value = flag.value.as_ref().map(|value| value.value.to_string());
            match (&*flag.name.value, value) {
                ("from", Some(value)) => copy.from = Some(value),
                ("chmod", Some(value)) => copy.mode = Some(value),
                ("chown", Some(value)) => copy.owner = Some(value),
                // It only says how layers may be reused.
                ("link", _) => {}
                (name, _) => return Err(self.beyond(&format!("{instruction} --{name}"), span)),
            }
        }
        let mut names = here::markers(&self.text[span.clone()]).into_iter();
        for source in sources {
            match source {
                Source::Path(path) => copy.sources.push(path.value.to_string()),
                Source::HereDoc(text) => copy.texts.push(Text {
                    name: names.next().map(|marker| marker.name).unwrap_or_default(),
                    content: text.value.to_string(),
                    expands: text.expand,
                }),
                _ => return Err(self.beyond("COPY", span)),
            }
        }
        Ok(copy)
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

    fn line(&self, span: &Span) -> usize {
        self.text[..span.start].matches('\n').count() + 1
    }

    /// Something that other engines can do.
    fn beyond(&self, what: &str, span: &Span) -> Error {
        let number = self.line(span);
        Error::new(format!(
            "the built-in engine cannot do `{what}`, in line {number} of `{}`",
            self.path.display()
        ))
        .hint("docker and podman can: `CROSS_CONTAINER_ENGINE=docker`")
    }
}

/// Runs a script that names its own interpreter.
const PROGRAM: &str = "file=$(mktemp) && printf %s \"$1\" >\"$file\" && chmod 755 \"$file\" && \"$file\"; \
    code=$?; rm -f \"$file\"; exit $code";

/// An instruction of several lines in one: a backslash at a line's end goes on with the next; lines
/// in between that are empty or comments do not count. <https://docs.docker.com/reference/dockerfile/#format>
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

/// Puts values in the place of `$NAME` and `${NAME}`, also `${NAME:-otherwise}`; nothing in that of
/// an unknown name.
#[must_use]
pub fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let value = |name: &str| match values.get(name) {
        Some(value) => Some(value.as_str()),
        None if text.contains(&format!("${{{name}:-")) => None,
        None => Some(""),
    };
    shellexpand::env_with_context_no_errors(text, value).into_owned()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
