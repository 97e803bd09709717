//! Dockerfiles as far as the built-in engine can build them.

use std::path::Path;

use parse_dockerfile::{ArgInstruction, Command, Flag, Instruction as Parsed, Source};

use super::here::{self, Masked};
pub use super::instruction::{Copy, Dockerfile, Instruction, Run, Stage, Text, Written};
use super::values::{self, assignments, unquoted};
pub use super::values::{Declared, expand, joined};
use cross_base::error::{Error, Result};

/// Parses a Dockerfile. `path` is for messages.
///
/// # Errors
///
/// If the text is not a Dockerfile, or has instructions that the built-in engine cannot run.
pub fn read(path: &Path, text: &str) -> Result<Dockerfile> {
    let text = values::text(text);
    let masked = Masked::new(text);
    let parsed = parse_dockerfile::parse(&masked.text)
        .map_err(|e| Error::new(format!("`{}`: {e}", path.display())))?;
    let escape = values::escape(text);
    let mut file = Dockerfile {
        escape,
        ..Dockerfile::default()
    };
    let reader = Reader {
        path,
        text,
        masked: &masked,
        escape,
    };
    for arg in parsed.global_args() {
        file.args.extend(reader.args(arg)?.0);
    }
    for stage in parsed.stages() {
        let stage = reader.stage(&stage, &file.stages)?;
        file.stages.push(stage);
    }
    Ok(file)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    masked: &'a Masked,
    /// The character that continues a line.
    escape: char,
}

type Span = std::ops::Range<usize>;

/// Whether an option of `FROM` asks for the machine's own platform, the only one that the built-in
/// engine has.
fn is_native(option: &Flag<'_>) -> bool {
    let value = option.value.as_ref().map_or("", |value| &*value.value);
    option.name.value == "platform" && values::is_native(unquoted(value))
}

impl Reader<'_> {
    /// A stage. It begins with what the one that it starts from, of those `before` it, left for it.
    fn stage(&self, stage: &parse_dockerfile::Stage<'_, '_>, before: &[Stage]) -> Result<Stage> {
        let base = stage.from.image.value.clone().into_owned();
        let name = stage.from.as_.as_ref();
        let name = name.map(|(_, name)| name.value.to_lowercase());
        let from = base.to_lowercase();
        if let Some(option) = stage.from.options.iter().find(|option| !is_native(option)) {
            let value = option.value.as_ref().map_or("", |value| &*value.value);
            let what = format!("FROM --{}={value}", option.name.value);
            return Err(self.beyond(&what, &stage.from.from.span));
        }
        let mut before = before.iter();
        let earlier = before.rfind(|stage| stage.name.as_deref() == Some(&*from));
        let mut steps = earlier.map_or_else(Vec::new, |stage| stage.triggers.clone());
        let mut triggers = Vec::new();
        for instruction in stage.instructions {
            match instruction {
                Parsed::Onbuild(trigger) => triggers.extend(self.written(&trigger.instruction)?),
                other => steps.extend(self.written(other)?),
            }
        }
        Ok(Stage {
            base,
            name,
            steps,
            triggers,
        })
    }

    /// The steps of an instruction, with its text. An `ARG` may declare several.
    fn written(&self, instruction: &Parsed<'_>) -> Result<Vec<Written>> {
        let (steps, span) = match instruction {
            Parsed::Arg(arg) => {
                let (args, span) = self.args(arg)?;
                let args = args.into_iter();
                let steps = args.map(|(name, value)| Instruction::Arg(name, value));
                (steps.collect(), span)
            }
            other => {
                let (step, span) = self.step(other)?;
                (vec![step], span)
            }
        };
        let steps = steps.into_iter().map(|step| Written {
            step,
            line: self.line(&span),
            text: self.text[span.clone()].to_owned(),
        });
        Ok(steps.collect())
    }

    /// What an `ARG` declares, and the position of its text.
    fn args(&self, arg: &ArgInstruction<'_>) -> Result<(Vec<Declared>, Span)> {
        let span = arg.arg.span.start..arg.arguments.span.end;
        let text = &arg.arguments.value;
        self.check(text, &span)?;
        Ok((assignments(text, self.escape).collect(), span))
    }

    /// Refuses variables that cannot be expanded as docker does.
    fn check(&self, text: &str, span: &Span) -> Result<()> {
        match values::unknown(text, self.escape) {
            Some(what) => Err(self.beyond(&what, span)),
            None => Ok(()),
        }
    }

    /// An argument in which variables are expanded later.
    fn argument(&self, text: &str, span: &Span) -> Result<String> {
        self.check(text, span)?;
        Ok(text.to_owned())
    }

    /// An instruction of the parser's as one of ours, and the position of its text.
    fn step(&self, instruction: &Parsed<'_>) -> Result<(Instruction, Span)> {
        let line = |start: usize, end: usize| start..end;
        Ok(match instruction {
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
                (
                    Instruction::Workdir(self.argument(&dir.arguments.value, &span)?),
                    span,
                )
            }
            Parsed::Run(run) => {
                let (command, end) = self.command(&run.arguments);
                let span = line(run.run.span.start, end);
                (
                    Instruction::Run(self.run(command, &run.options, &span)?),
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
                (
                    Instruction::User(self.argument(&user.arguments.value, &span)?),
                    span,
                )
            }
            Parsed::Shell(shell) => {
                let words = shell.arguments.iter().map(|word| word.value.to_string());
                (
                    Instruction::Shell(words.collect()),
                    shell.shell.span.clone(),
                )
            }
            // Commands, ports, volumes and signals concern containers, which a build does not
            // start.
            _ => (Instruction::Nothing, 0..0),
        })
    }

    /// A command without its options, and the position of its end.
    fn command(&self, command: &Command<'_>) -> (Run, usize) {
        let of = |words: Vec<String>, in_shell| Run {
            words,
            in_shell,
            ..Run::default()
        };
        let shell = |command: String| of(vec![command], true);
        match command {
            Command::Exec(words) => {
                let list = words.value.iter().map(|word| word.value.to_string());
                (of(list.collect(), false), words.span.end)
            }
            Command::Shell(text) => {
                let (start, end) = (text.span.start, text.span.end);
                let command = joined(&self.text[start..end], self.escape);
                let Some((first, last)) = self.masked.bodies_behind(end) else {
                    return (shell(command), end);
                };
                let bodies = &self.text[first..last];
                let run = match here::script(&command, bodies) {
                    Some(script) if script.starts_with("#!") => {
                        let words = ["/bin/sh", "-c", PROGRAM, "sh", &script];
                        of(words.map(str::to_owned).into(), false)
                    }
                    Some(script) => shell(script),
                    None => shell(format!("{command}\n{bodies}")),
                };
                (run, end)
            }
            _ => (Run::default(), 0),
        }
    }

    /// Reads a `RUN` instruction with its options.
    /// <https://docs.docker.com/reference/dockerfile/#run---mount>
    fn run(&self, mut run: Run, options: &[Flag<'_>], span: &Span) -> Result<Run> {
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

    /// Adds a mount to a command.
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
            // Cross gives secrets to no build. Docker leaves out a secret that is not given, unless
            // it is required.
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
            to: self.argument(to, span)?,
            ..Copy::default()
        };
        for flag in options {
            let value = flag.value.as_ref();
            let value = value.map(|value| self.argument(&value.value, span));
            let value = value.transpose()?;
            match (&*flag.name.value, value) {
                ("from", Some(value)) => copy.from = Some(value),
                ("chmod", Some(value)) => copy.mode = Some(value),
                ("chown", Some(value)) => copy.owner = Some(value),
                // The option only affects how docker may reuse layers.
                ("link", _) => {}
                (name, _) => return Err(self.beyond(&format!("{instruction} --{name}"), span)),
            }
        }
        let mut names = here::markers(&self.text[span.clone()]).into_iter();
        for source in sources {
            match source {
                Source::Path(path) => copy.sources.push(self.argument(&path.value, span)?),
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

    /// Reads `NAME=value` pairs, or in the old form one name and the rest of the line.
    fn pairs(&self, text: &str, span: &Span) -> Result<Vec<(String, String)>> {
        self.check(text, span)?;
        let words = values::words(text, self.escape);
        if !words.first().is_some_and(|word| word.contains('=')) {
            let text = text.trim();
            let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            return Ok(vec![(name.to_owned(), value.trim_start().to_owned())]);
        }
        let pairs = words.iter().map(|word| {
            let (name, value) = word.split_once('=').ok_or_else(|| {
                let (line, path) = (self.line(span), self.path.display());
                Error::new(format!(
                    "`{word}` in line {line} of `{path}` is not of the form `NAME=value`"
                ))
            })?;
            Ok((name.to_owned(), value.to_owned()))
        });
        pairs.collect()
    }

    fn line(&self, span: &Span) -> usize {
        self.text[..span.start].matches('\n').count() + 1
    }

    /// The error about an instruction that only other engines can run.
    fn beyond(&self, what: &str, span: &Span) -> Error {
        let number = self.line(span);
        Error::new(format!(
            "the built-in engine cannot do `{what}`, in line {number} of `{}`",
            self.path.display()
        ))
        .hint("docker and podman can: `CROSS_CONTAINER_ENGINE=docker`")
    }
}

/// A shell script that runs its argument as a script with an interpreter line.
const PROGRAM: &str = "file=$(mktemp) && printf %s \"$1\" >\"$file\" && chmod 755 \"$file\" && \"$file\"; \
    code=$?; rm -f \"$file\"; exit $code";

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
