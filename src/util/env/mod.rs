//! `cross-util env`: the environment of a build, and the variables with which other tools use a
//! toolchain.

mod formats;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::engine::Engine;
use crate::engine::spec::EnvVar;
use crate::flow::decision::Decision;
use crate::flow::run::decide;
use crate::image;
use crate::util::doctor::without_secrets;
use crate::util::toolchains::{self, Ready};
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::pattern::matches;
use cross_base::process::quote;
use cross_base::secrets::is_secret;
use cross_base::term::{Term, plain};

use formats::Environment;
pub(super) use formats::Format;

/// A variable of the container.
#[derive(Debug)]
struct Var {
    value: OsString,
    /// The origin of the value, in words.
    from: &'static str,
}

type Vars = BTreeMap<String, Var>;

/// The environment of `cross build --target <triple>`, sorted, one assignment a line.
///
/// # Errors
///
/// When `cross build` would fail before its first step.
pub(super) fn text(triple: &str, verbose: bool, host: &Host, term: &mut Term) -> Result<String> {
    let args = ["build", "--target", triple].map(OsString::from);
    let decision = decide(args.to_vec(), host, term, Mode::Show)?;
    let Decision::Container { engine, plans, .. } = decision else {
        return Ok(String::new());
    };
    let mut lines = Vec::new();
    for plan in plans {
        // If the engine could not pass a value on, this fails as the run would.
        engine.run_command(&plan.run)?;
        let mut vars = if engine.isolates() {
            of_image(&engine, &plan.run.image, *term)?
        } else {
            Vars::new()
        };
        vars.extend(plan.run.env.into_iter().map(|var| handed_on(var, host)));
        lines.extend(vars.iter().map(|(name, var)| line(name, var, verbose)));
        if verbose {
            let notes = plan.notes.iter();
            lines.extend(notes.map(|note| format!("# {}\n", plain(note))));
        }
    }
    Ok(lines.concat())
}

/// The variables with which any cargo, CMake or make builds for a target with a toolchain. The
/// toolchain is made if it is missing.
///
/// # Errors
///
/// When the target has no toolchain, or it cannot be made.
pub(super) fn for_tools(target: &str, format: Format, host: &Host, term: Term) -> Result<String> {
    let Ready {
        triple,
        dir,
        variables,
    } = toolchains::ready(target, host, term)?;
    let environment = Environment {
        target: &triple,
        toolchain: &dir,
        path: &dir.join("bin"),
        variables,
    };
    environment.text(format)
}

/// The variables that the image sets.
fn of_image(engine: &Engine, name: &str, term: Term) -> Result<Vars> {
    let var = |(name, value): (&str, &str)| {
        let var = Var {
            value: value.into(),
            from: "the image",
        };
        (name.to_owned(), var)
    };
    if let Some((row, parts)) = image::named(name) {
        let vars = row.environment(parts);
        return Ok(vars.iter().map(|(n, v)| var((n, v))).collect());
    }
    let Some(info) = engine.inspect(name)? else {
        term.warning(&format!(
            "the image `{name}` is not there yet, so what it sets itself is not known"
        ));
        return Ok(Vars::new());
    };
    Ok(info.vars().map(var).collect())
}

/// A variable that cross gives to the container.
fn handed_on(var: EnvVar, host: &Host) -> (String, Var) {
    match var {
        EnvVar::Set(name, value) => {
            let from = "cross and its configuration";
            (name, Var { value, from })
        }
        EnvVar::Inherit(name) => {
            let value = host.var(&name).unwrap_or(OsStr::new("")).to_owned();
            let from = "the caller";
            (name, Var { value, from })
        }
    }
}

/// Variables by which a shell that reads the output would run commands, find other programs, write
/// elsewhere or read the rest differently, and those of the program loader. Projects and images can
/// set them.
/// <https://www.gnu.org/software/bash/manual/bash.html#Shell-Variables>
/// <https://zsh.sourceforge.io/Doc/Release/Parameters.html#Parameters-Used-By-The-Shell>
const OBEYED: &[&str] = &[
    "BASHOPTS",
    "BASH_*",
    "CDPATH",
    "ENV",
    "EXECIGNORE",
    "FPATH",
    "GLOBIGNORE",
    "HISTFILE",
    "IFS",
    "INPUTRC",
    "LD_*",
    "MAILPATH",
    "NULLCMD",
    "PROMPT*",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "READNULLCMD",
    "RPROMPT*",
    "RPS*",
    "SHELLOPTS",
    "SPROMPT",
    "ZDOTDIR",
];

/// An assignment. It is a comment if a shell does not allow the name or would obey the variable, or
/// the value is a secret. Names and notes may be a project's or an image's, so none of them begins
/// a line of its own.
fn line(name: &str, var: &Var, verbose: bool) -> String {
    let text = var.value.to_string_lossy();
    let shown = plain(name);
    if is_secret(name) || without_secrets(&text) != text {
        return format!("# {shown} is there, and its value is not shown\n");
    }
    let value = quote(&var.value);
    let from = if verbose {
        format!(" # {}", var.from)
    } else {
        String::new()
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = !name.is_empty() && name.chars().all(is_plain);
    let is_obeyed = OBEYED.iter().any(|pattern| matches(pattern, name));
    if !is_name || name.starts_with(|c: char| c.is_ascii_digit()) || is_obeyed {
        return format!("# {shown}={}{from}\n", plain(&value));
    }
    format!("{name}={value}{from}\n")
}
