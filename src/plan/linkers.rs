//! Linkers and runners that cargo's configuration names. The image has both for each of its own
//! targets, in variables that win over files. A program of the project's own is used all the same,
//! and one that the image is known to have; one of the host's is not, which is said where it
//! matters.

use std::path::Path;

use crate::cargo::config::{Program, variable};
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use crate::target::{self, Row};
use cross_base::pattern::matches;

/// The keys below `target.<triple>` that name programs.
const PROGRAMS: [&str; 2] = ["linker", "runner"];

/// A linker that rustc finds among the toolchain's own programs: <https://doc.rust-lang.org/rustc/codegen-options/#linker>.
const RUST_LLD: &str = "rust-lld";

impl PlanInput<'_> {
    /// The keys of programs that the container sees, though they name no file of the project's:
    /// nothing in the image replaces them, so they are meant for it.
    pub(super) fn programs_of_the_image(&self) -> Vec<String> {
        let named = PROGRAMS.iter().filter(|what| !self.is_replaced(what));
        let named =
            named.filter_map(|what| self.context.cargo_config.program(self.target.name(), what));
        let of_image = named.filter(|program| program.path.is_none());
        of_image.map(|program| program.key).collect()
    }

    /// Variables for programs of the project's own, and those of the image that it chooses, which
    /// win over the image's choice.
    pub(super) fn own_programs(&self) -> Vec<EnvVar> {
        let named = PROGRAMS.iter().filter_map(|what| {
            let program = self
                .context
                .cargo_config
                .program(self.target.name(), what)?;
            let variable = self.variable(what);
            if !self.is_used(&program)
                || program.file.is_none()
                || self.is_named(&variable)
                || self.context.host.var(&variable).is_some()
            {
                return None;
            }
            if !fits_variable(what, &program.words) {
                return None;
            }
            let mut value = match program.path {
                Some(path) => path.into_os_string(),
                None => program.words.first()?.into(),
            };
            for word in program.words.iter().skip(1) {
                value.push(" ");
                value.push(word);
            }
            Some(EnvVar::Set(variable, value))
        });
        named.collect()
    }

    /// What is to be said of a linker that is not used: where flags were written for it, or nothing
    /// replaces it. The first is said before the run, the second if linking fails.
    pub(super) fn unused_linkers(&self) -> (Vec<String>, Vec<String>) {
        let (mut always, mut on_failure) = (Vec::new(), Vec::new());
        for what in PROGRAMS {
            let Some((name, said_by)) = self.unused(what) else {
                continue;
            };
            let replaced = self.is_replaced(what);
            let own = self.context.cargo_config.program(self.target.name(), what);
            let own = own.and_then(|program| program.path);
            // A variable is not the project's word.
            let own = own.filter(|_| self.context.host.text(&self.variable(what)).is_none());
            let is_own = own.is_some_and(|path| self.in_project(&path));
            let flags = self.flags_for_linker();
            let flags = flags.filter(|_| what == "linker" && !is_gcc(&name));
            let told = what == "runner" && self.runs_elsewhere();
            let why = match (&flags, replaced) {
                (Some(flag), _) => format!("`{flag}` was meant for it"),
                (None, false) => "the image has none for this target".to_owned(),
                (None, true) if is_own || told || what == "linker" && !is_gcc(&name) => {
                    "the image's own is".to_owned()
                }
                (None, true) => continue,
            };
            let variable = self.variable(what);
            let program = Path::new(&name)
                .file_name()
                .map_or(name.clone(), |n| n.to_string_lossy().into_owned());
            let cause = if is_own {
                "one of its words has a blank"
            } else {
                "it is a program of the host"
            };
            let line = format!(
                "the {what} `{name}` of {said_by} is not used, as {cause}, and {why}: \
                 `passthrough = [\"{variable}={program}\"]` below `[build.env]` names one of the image's"
            );
            if flags.is_some() || !replaced || is_own || told {
                always.push(line.clone());
            }
            if what == "linker" {
                on_failure.push(line);
            }
        }
        (always, on_failure)
    }

    /// A program of the host's that the container gets nothing of, and who names it.
    pub(super) fn unused(&self, what: &str) -> Option<(String, String)> {
        let variable = self.variable(what);
        if self.is_named(&variable) {
            return None;
        }
        if let Some(value) = self.context.host.text(&variable) {
            let is_own = self.names_project_file(&variable);
            return (!is_own).then(|| (value.to_owned(), format!("the variable `{variable}`")));
        }
        let Program {
            words, path, file, ..
        } = self
            .context
            .cargo_config
            .program(self.target.name(), what)?;
        let used = match &path {
            Some(path) => self.in_project(path) && fits_variable(what, &words),
            None => !self.is_replaced(what) || self.is_in_image(&words),
        };
        let file = file.filter(|_| !used)?;
        Some((words.first()?.clone(), format!("`{}`", file.display())))
    }

    /// Whether a program that cargo's configuration names is used in the image's place.
    fn is_used(&self, program: &Program) -> bool {
        match &program.path {
            Some(path) => self.in_project(path),
            None => self.is_in_image(&program.words),
        }
    }

    /// Whether the first of some words names a program that the target's image is known to have.
    fn is_in_image(&self, words: &[String]) -> bool {
        let known = self.row().map(|row| &row.family().programs);
        let name = words.first().map(String::as_str).unwrap_or_default();
        known.is_some_and(|known| known.iter().any(|pattern| matches(pattern, name)))
            || name == RUST_LLD && self.row().is_some() && self.chooses_flavor()
    }

    /// Whether flags for rustc say how the linker is called, which only the one that they were
    /// written for understands.
    fn chooses_flavor(&self) -> bool {
        let mut flags = self.flags().into_iter();
        flags.any(|flag| flag.contains("linker-flavor"))
    }

    /// Whether the command runs programs, and in another machine than a runner of the project's
    /// might.
    fn runs_elsewhere(&self) -> bool {
        let runner = self.row().and_then(Row::runner);
        self.context.subcommand.runs_programs() && runner.is_some_and(|own| own.machine.is_some())
    }

    /// The target's row, where the image is cross's own or made from one.
    pub(super) fn row(&self) -> Option<&'static Row> {
        target::find(self.target.name()).filter(|_| self.image.is_ours())
    }

    /// Whether the image names such a program for the target.
    pub(super) fn is_replaced(&self, what: &str) -> bool {
        self.image.has_variable(&self.variable(what))
    }

    /// The variable for a program of the target.
    pub(super) fn variable(&self, what: &str) -> String {
        variable(&format!("target.{}.{what}", self.target.name()))
    }

    /// The first flag for rustc that speaks to the linker.
    fn flags_for_linker(&self) -> Option<String> {
        const MARKS: &[&str] = &[
            "-fuse-ld=",
            "-Wl,",
            "link-arg",
            "linker-flavor",
            "linker-plugin-lto",
        ];
        let said = self.flags();
        let mut flags = said
            .iter()
            .filter(|flag| MARKS.iter().any(|mark| flag.contains(mark)));
        let flag = flags.next()?;
        let flag = flag
            .rsplit_once("link-arg=")
            .map_or(flag.as_str(), |(_, arg)| arg);
        Some(flag.to_owned())
    }

    /// What is to be said of flags that mean the processor of the machine that builds, where the
    /// target is for another kind: LLVM says of each of its features that there is none of that
    /// name, and goes on without. <https://doc.rust-lang.org/rustc/codegen-options/#target-cpu>
    pub(super) fn processor_of_this_machine(&self) -> Option<String> {
        const NATIVE: &str = "target-cpu=native";
        let target = self.target.name();
        let flags = self.flags();
        let names_it = flags.iter().any(|flag| flag.ends_with(NATIVE));
        (names_it && machine(target) != machine(&self.context.toolchain.host)).then(|| {
            format!(
                "`{NATIVE}` in the flags for rustc is the processor of this machine, which says nothing for `{target}`: \
                 flags below `[target.{}]` of cargo's configuration are for this machine alone",
                self.context.toolchain.host
            )
        })
    }

    /// The flags for rustc.
    pub(super) fn flags(&self) -> Vec<String> {
        let variables = [
            self.context
                .host
                .text("CARGO_ENCODED_RUSTFLAGS")
                .map(|text| text.split('\u{1f}').map(str::to_owned).collect()),
            self.context.host.text("RUSTFLAGS").map(words),
            self.context
                .host
                .text(&self.variable("rustflags"))
                .map(words),
        ];
        let said: Option<Vec<String>> = variables.into_iter().flatten().next();
        said.unwrap_or_else(|| self.context.cargo_config.rustflags(self.target.name()))
    }
}

/// The machine in a triple. Those of one kind run each other's programs.
fn machine(triple: &str) -> &str {
    match triple.split('-').next().unwrap_or_default() {
        "i586" | "i686" => "x86_64",
        machine => machine,
    }
}

/// Whether cargo reads these words again from a variable: it cuts that of a runner at blanks.
fn fits_variable(what: &str, words: &[String]) -> bool {
    what != "runner" || !words.iter().any(|word| word.contains(char::is_whitespace))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Whether a linker is a GCC, as the image's own is.
fn is_gcc(name: &str) -> bool {
    let name = Path::new(name).file_name().and_then(|name| name.to_str());
    let name = name
        .unwrap_or_default()
        .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    name == "cc" || name.ends_with("gcc") || name.ends_with("g++")
}
