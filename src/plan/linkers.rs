//! Linkers and runners that cargo's configuration names. The image has variables with its own
//! linker and runner for its targets, and variables win over configuration files. A program that
//! belongs to the project is used all the same, and so is one that the image is known to have. A
//! program of the host is not used, and the user is told if that matters.

use std::path::Path;

use toml::Value;

use crate::cargo::config::Program;
use crate::cargo::config::kept_back::of_targets;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use cross_base::pattern::matches;

/// The name of a linker that comes with the rustc toolchain:
/// <https://doc.rust-lang.org/rustc/codegen-options/#linker>.
const RUST_LLD: &str = "rust-lld";

/// Clang's options that name a linker by its path, each with what GCC does with it.
const BY_PATH: &[(&str, &str)] = &[
    ("-fuse-ld=", "passes over"),
    ("--ld-path=", "does not know"),
];
/// Linkers that GCC knows by name, each with its origin. The first one is there with every image.
const BY_NAME: &[(&str, &str)] = &[
    ("lld", "the toolchain's own"),
    ("bfd", "the image's own"),
    ("mold", "the image's, where `pre-build` installs it"),
];

impl PlanInput<'_> {
    /// The keys of programs that name no file of the project and still stay in the configuration
    /// files of the container. The image sets no program in their place, so they are meant for
    /// programs of the image.
    pub(super) fn programs_of_the_image(&self) -> Vec<String> {
        let named = of_targets().filter(|(what, _)| !self.is_replaced(what));
        let config = self.context.cargo_config;
        let named = named.filter_map(|(what, _)| config.program(self.target.name(), what));
        let of_image = named.filter(|program| program.path.is_none());
        of_image.map(|program| program.key).collect()
    }

    /// Variables that win over the image's own: for programs that belong to the project, and for
    /// programs of the image that cargo's configuration chooses.
    pub(super) fn own_programs(&self) -> Vec<EnvVar> {
        let named = of_targets().filter_map(|(what, _)| {
            let words = self.own_words(what)?;
            fits_variable(what, &words).then(|| EnvVar::set(self.variable(what), words.join(" ")))
        });
        named.collect()
    }

    /// The setting for a runner of the project's with a blank in one of its words, which no
    /// variable can say. Plugins would ignore it.
    pub(super) fn own_runner(&self) -> Option<(String, Value)> {
        const RUNNER: &str = "runner";
        let words = self.own_words(RUNNER)?;
        let key = format!("target.{}.{RUNNER}", quoted(self.target.name()));
        (!fits_variable(RUNNER, &words) && self.can_say_words()).then(|| (key, Value::from(words)))
    }

    /// Whether cargo can be told a list of words, and not only a variable.
    fn can_say_words(&self) -> bool {
        self.engine.isolates() && !self.is_plugin()
    }

    /// The linker or runner of a configuration file that is used in place of the image's own, with
    /// its arguments.
    fn own_words(&self, what: &str) -> Option<Vec<String>> {
        let variable = self.variable(what);
        if self.is_named(&variable) {
            return None;
        }
        if let Some(value) = self.context.host.var(&variable) {
            let words = value.to_str()?.split_whitespace().map(str::to_owned);
            return self.started_by(what, &words.collect::<Vec<_>>());
        }
        let config = self.context.cargo_config;
        let program = config.program(self.target.name(), what)?;
        program.file.as_ref()?;
        if self.is_used(&program) {
            return program.rooted();
        }
        self.started_by(what, &program.words)
    }

    /// Messages about linkers and runners that are not used. The first list is printed before the
    /// run: flags were written for the linker, the image has no other, or the project's own program
    /// was meant. The second list is printed if linking fails.
    pub(super) fn unused_linkers(&self) -> (Vec<String>, Vec<String>) {
        let (mut always, mut on_failure) = (Vec::new(), Vec::new());
        let mut by_path = self.linker_by_path();
        for (what, _) in of_targets() {
            let Some((words, said_by)) = self.unused(what) else {
                continue;
            };
            let told = what == "runner" && self.runs_otherwise(&words);
            let name = words.first().cloned().unwrap_or_default();
            let replaced = self.is_replaced(what);
            let own = self.context.cargo_config.program(self.target.name(), what);
            let own = own.and_then(|program| program.path);
            // If a variable of the caller's names the program, the project's files do not count.
            let own = own.filter(|_| self.context.host.text(&self.variable(what)).is_none());
            let is_own = own.is_some_and(|path| self.in_project(&path));
            let flags = self.flags_for_linker();
            let flags = flags.filter(|_| what == "linker" && !is_gcc(&name));
            let why = match (&flags, replaced) {
                (Some(flag), _) => format!("`{flag}` was meant for it"),
                (None, false) => "the image has none for this target".to_owned(),
                (None, true) if is_own || told || what == "linker" && !is_gcc(&name) => {
                    "the image's own is".to_owned()
                }
                (None, true) => continue,
            };
            let program = Path::new(&name)
                .file_name()
                .map_or(name.clone(), |n| n.to_string_lossy().into_owned());
            let cause = if is_own {
                "one of its words has a blank, which a plugin of cargo's cannot be told"
            } else {
                "it is a program of the host"
            };
            let instead = by_path
                .take_if(|_| what == "linker")
                .unwrap_or_else(|| self.instead_of(what, &program));
            let line = format!(
                "the {what} `{name}` of {said_by} is not used, as {cause}, and {why}: {instead}"
            );
            if flags.is_some() || !replaced || is_own || told {
                always.push(line.clone());
            }
            if what == "linker" {
                on_failure.push(line);
            }
        }
        always.extend(by_path.clone());
        on_failure.extend(by_path);
        (always, on_failure)
    }

    /// The way to another program than the image's own, in place of one of the host's.
    fn instead_of(&self, what: &str, program: &str) -> String {
        if what == "runner" {
            return "a script of the project's is used as `runner`, and `cross-runner` in it runs the program".to_owned();
        }
        // Clang would link for the machine that builds.
        if program.starts_with("clang") && self.links_with_gcc() {
            return "the image's own linker is a GCC, which gets all flags".to_owned();
        }
        format!(
            "`passthrough = [\"{}={program}\"]` below `[build.env]` names one of the image's",
            self.variable(what)
        )
    }

    /// The message about a flag that names a linker of this machine by its path, if the image's own
    /// linker is used, and is a GCC: it only knows linkers by their names.
    /// <https://gcc.gnu.org/onlinedocs/gcc/Link-Options.html>
    fn linker_by_path(&self) -> Option<String> {
        let variable = self.variable("linker");
        let is_other = self.is_named(&variable)
            || self.own_words("linker").is_some()
            || self.names_project_file(&variable);
        if is_other || !self.links_with_gcc() {
            return None;
        }
        let flags = self.flags();
        let (flag, path, what) = flags.iter().find_map(|flag| {
            BY_PATH.iter().find_map(|(option, what)| {
                let flag = flag.get(flag.find(option)?..)?.split_whitespace().next()?;
                let path = flag.split_once('=').map(|(_, path)| Path::new(path));
                Some((flag, path.filter(|path| path.is_absolute())?, what))
            })
        })?;
        let name = path.file_name()?.to_str()?;
        let name = name.strip_prefix("ld.").unwrap_or(name);
        let (name, whose) = BY_NAME
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or(&BY_NAME[0]);
        Some(format!(
            "`{flag}` names a linker by its path, which GCC, the image's own, {what}: \
             `-fuse-ld={name}` takes {whose}"
        ))
    }

    /// Whether the image's own linker for the target is a GCC.
    fn links_with_gcc(&self) -> bool {
        let own = self.image.variable(&self.variable("linker"));
        self.row().is_some() && own.is_some_and(|own| is_gcc(&own))
    }

    /// The words of a runner that is no file of the project's and that the image can start.
    fn started_by(&self, what: &str, words: &[String]) -> Option<Vec<String>> {
        (what == "runner").then(|| self.starter(words)).flatten()
    }

    /// A linker or runner of the host that the container does not get, with its arguments, and the
    /// variable or file that names it.
    pub(super) fn unused(&self, what: &str) -> Option<(Vec<String>, String)> {
        let variable = self.variable(what);
        if self.is_named(&variable) {
            return None;
        }
        if let Some(value) = self.context.host.text(&variable) {
            let is_own = self.names_project_file(&variable);
            let words = match what {
                "runner" => value.split_whitespace().map(str::to_owned).collect(),
                _ => vec![value.to_owned()],
            };
            let is_used = is_own || self.started_by(what, &words).is_some();
            return (!is_used).then(|| (words, format!("the variable `{variable}`")));
        }
        let config = self.context.cargo_config;
        let program = config.program(self.target.name(), what)?;
        let Program {
            words, path, file, ..
        } = &program;
        let used = match path {
            Some(path) if self.in_project(path) => {
                let words = program.rooted().unwrap_or_default();
                fits_variable(what, &words) || self.can_say_words()
            }
            Some(_) => self.started_by(what, words).is_some(),
            None => {
                !self.is_replaced(what)
                    || self.is_in_image(words)
                    || self.started_by(what, words).is_some()
            }
        };
        let file = file.as_ref().filter(|_| !used)?;
        Some((words.clone(), format!("`{}`", file.display())))
    }

    /// Whether a program that cargo's configuration names is used in place of the image's.
    fn is_used(&self, program: &Program) -> bool {
        match &program.path {
            Some(path) => self.in_project(path),
            None => self.is_in_image(&program.words),
        }
    }

    /// Whether the first word names a program that the target's image is known to have.
    fn is_in_image(&self, words: &[String]) -> bool {
        let known = self.row().map(|row| &row.family().programs);
        let name = words.first().map(String::as_str).unwrap_or_default();
        known.is_some_and(|known| known.iter().any(|pattern| matches(pattern, name)))
            || name == RUST_LLD && self.row().is_some() && self.chooses_flavor()
    }

    /// Whether flags for rustc choose the kind of linker (`linker-flavor`). Only the linker that
    /// they were written for understands rustc's arguments then.
    fn chooses_flavor(&self) -> bool {
        let mut flags = self.flags().into_iter();
        flags.any(|flag| flag.contains("linker-flavor"))
    }

    /// The first flag for rustc that has an argument for the linker.
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

    /// The message about `target-cpu=native` if the target's processor is of another kind than this
    /// machine's. LLVM then prints for each feature that it does not know it, and goes on without.
    /// <https://doc.rust-lang.org/rustc/codegen-options/#target-cpu>
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
}

/// The kind of processor in a triple. 32-bit and 64-bit x86 count as one, as each runs the programs
/// of the other's machine.
fn machine(triple: &str) -> &str {
    match triple.split('-').next().unwrap_or_default() {
        "i586" | "i686" => "x86_64",
        machine => machine,
    }
}

/// A target's name as a key of TOML, which may be that of a specification.
fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

/// Whether cargo reads these words unchanged from a variable. It splits the value for a runner at
/// blanks.
fn fits_variable(what: &str, words: &[String]) -> bool {
    what != "runner" || !words.iter().any(|word| word.contains(char::is_whitespace))
}

/// Whether a linker is a GCC, as the image's own is.
fn is_gcc(name: &str) -> bool {
    let name = Path::new(name).file_name().and_then(|name| name.to_str());
    let name = name
        .unwrap_or_default()
        .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    name == "cc" || name.ends_with("gcc") || name.ends_with("g++")
}
