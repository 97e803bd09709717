//! Chooses the engine, and explains in plain words if none can be used.

use std::path::PathBuf;
use std::time::Duration;

use super::registration::{Program, Registration};
use super::table::ENGINES;
use super::{Engine, client};
use crate::config::Setting;
use cross_base::error::{Error, Result, closest};
use cross_base::host::Host;
use cross_base::limit::within;
use cross_base::names::listed;
use cross_base::process::quote;

/// The value of `build.engine` that leaves the choice to cross.
const AUTO: &str = "auto";

/// Finds the engine: the one that the user names, or the first of the table that is installed and
/// answers.
///
/// No process is started: programs are looked up on `PATH`, and docker's daemon is asked through
/// its socket.
///
/// # Errors
///
/// When the named engine does not exist or does not answer, or when there is none at all.
pub(crate) fn engine(host: &Host, named: Option<&Setting<String>>) -> Result<Engine> {
    match named.filter(|setting| setting.value != AUTO) {
        Some(setting) => the_named(host, setting),
        None => the_first(host, ENGINES),
    }
}

/// An engine behind the chosen one in the table, not yet opened.
#[derive(Debug)]
pub(crate) struct Candidate {
    row: &'static Registration,
    program: PathBuf,
}

/// The engines behind `found` in the table. None if the caller has said which engine is meant.
pub(crate) fn others(
    host: &Host,
    named: Option<&Setting<String>>,
    found: &Engine,
) -> Vec<Candidate> {
    let row = found.registration();
    let is_meant = named.is_some_and(|setting| setting.value != AUTO) || row.is_meant(host);
    // The engine `host` is never chosen merely to save the build of an image.
    let isolates = ENGINES.iter().filter(|other| other.isolates);
    let behind = isolates.filter(|other| row.comes_before(other));
    let candidate = |row: &&'static Registration| {
        let program = row.usual_program(host)?;
        Some(Candidate { row, program })
    };
    let candidates = behind.filter(|_| !is_meant).filter_map(candidate);
    candidates.collect()
}

impl Candidate {
    /// Opens the engine in place of `other`, which would have to build an image that this one has.
    /// None if the engine does not work.
    pub(crate) fn open(self, host: &Host, other: &str) -> Option<Engine> {
        let reason = format!("it has the image, which {other} would have to build");
        open(self.row, host, self.program, &reason).ok()
    }
}

/// Finds the engine as [`engine`] does, but for at most `limit`: a connection may never come about.
///
/// # Errors
///
/// When [`engine`] fails, or the time limit is over.
pub(crate) fn engine_within(
    host: &Host,
    named: Option<Setting<String>>,
    limit: Duration,
) -> Result<Engine> {
    let host = host.clone();
    let found = within(limit, move || engine(&host, named.as_ref()));
    found.unwrap_or_else(client::docker::no_connection)
}

/// The first engine of a table that is installed and answers. One that does not answer is passed
/// over, unless the caller's environment says that it is meant.
fn the_first(host: &Host, table: &[&Registration]) -> Result<Engine> {
    let mut absent = Vec::new();
    // An engine that is meant and not installed.
    let mut missed: Option<String> = None;
    let mut failed: Option<Error> = None;
    for row in table {
        let Some(program) = row.usual_program(host) else {
            if let Some(variable) = row.asker(host) {
                missed = Some(format!(
                    "`{variable}` is set, but `{}` is not installed",
                    row.name
                ));
            }
            absent.push(row.name);
            continue;
        };
        let reason = match (&failed, &missed) {
            (Some(error), _) => error.message().to_owned(),
            (None, Some(missed)) => missed.clone(),
            (None, None) if absent.is_empty() => row.usual_reason.to_owned(),
            (None, None) => not_installed(&absent),
        };
        match open(row, host, program, &reason) {
            Ok(engine) => {
                return Ok(Engine {
                    is_second_choice: failed.is_some() || missed.is_some(),
                    ..engine
                });
            }
            Err(error) if row.is_meant(host) => return Err(error),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or_else(|| Error::new(not_installed(&absent))))
}

fn the_named(host: &Host, setting: &Setting<String>) -> Result<Engine> {
    let Setting { value, source } = setting;
    let reason = format!("it is named by {source}");
    let is_built_in = |row: &Registration| matches!(row.program, Program::BuiltIn);
    let mut rows = ENGINES.iter();
    if let Some(row) = rows.find(|row| is_built_in(row) && row.name == value) {
        if !row.isolates && !source.is_users() {
            // A project must not take away the container that protects the user from it.
            let message = format!("{source} asks for builds without a container");
            return Err(Error::new(message).hint(format!(
                "if you trust the project, `CROSS_CONTAINER_ENGINE={value}` allows it"
            )));
        }
        return open(row, host, host.program.clone(), &reason);
    }
    if value.contains('/') && !source.is_users() {
        // The engine's client starts outside any container.
        let message = format!("{source} names the container engine by a path");
        let quoted = quote(value.as_ref());
        return Err(Error::new(message).hint(format!(
            "if you trust the project, `CROSS_CONTAINER_ENGINE={quoted}` allows it"
        )));
    }
    let program = host.on_path(value).ok_or_else(|| {
        let near = closest(value, ENGINES.iter().map(|row| row.name));
        let near = near.filter(|near| near != value);
        let meant = near.map(|near| format!(": did you mean `{near}`?"));
        let meant = meant.unwrap_or_default();
        Error::new(format!("the container engine `{value}` does not exist"))
            .hint(format!("it was named by {source}{meant}"))
    })?;
    // The program's name tells which engine it is.
    let is_client = |row: &Registration| matches!(row.program, Program::Client(is_client) if is_client(&program));
    let mut rows = ENGINES.iter();
    let Some(row) = rows.find(|row| is_client(row)) else {
        let names: Vec<&str> = ENGINES.iter().map(|row| row.name).collect();
        let names = listed(&names, "and");
        let message = format!("the container engine `{value}` is none of {names}");
        return Err(Error::new(message).hint(format!("it was named by {source}")));
    };
    open(row, host, program, &reason)
}

fn open(row: &Registration, host: &Host, program: PathBuf, reason: &str) -> Result<Engine> {
    Ok(Engine {
        implementation: (row.open)(host, program, reason)?,
        reason: reason.to_owned(),
        is_second_choice: false,
    })
}

/// The message that these engines are not installed.
fn not_installed(names: &[&str]) -> String {
    match names {
        [_] => format!("{} is not installed", listed(names, "nor")),
        _ => format!("neither {} is installed", listed(names, "nor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::diagnosis::Diagnosis;
    use crate::engine::table::last_resort;
    use pretty_assertions::assert_eq;

    /// A row of the table whose engine works.
    const WORKS: Registration = Registration {
        name: "works",
        about: "",
        usual_reason: "it always does",
        meant_by: &[],
        program: Program::BuiltIn,
        isolates: true,
        open: |_, _, _| Ok(Engine::example("docker", true).implementation),
        diagnose: |_| Diagnosis::absent(""),
    };
    const FAILS: Registration = Registration {
        name: "fails",
        meant_by: &["FAILS_HOST"],
        open: |_, _, _| Err(Error::new("it fails")),
        ..WORKS
    };
    const ABSENT: Registration = Registration {
        name: "no-such-program",
        program: Program::Client(|_| true),
        ..WORKS
    };

    fn first(host: &Host, table: &[&Registration]) -> Result<(String, bool), String> {
        the_first(host, table)
            .map(|engine| (engine.reason, engine.is_second_choice))
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn the_first_that_answers_is_taken() {
        let host = Host::default();
        let found = |table: &[&Registration]| first(&host, table);
        let chosen = |reason: &str, second| Ok((reason.to_owned(), second));
        assert_eq!(found(&[&WORKS, &FAILS]), chosen("it always does", false));
        assert_eq!(found(&[&FAILS, &WORKS]), chosen("it fails", true));
        assert_eq!(found(&[&ABSENT, &FAILS, &WORKS]), chosen("it fails", true));
        assert_eq!(
            found(&[&ABSENT, &WORKS]),
            chosen("`no-such-program` is not installed", false)
        );
        assert_eq!(
            found(&[&ABSENT, &ABSENT, &WORKS]),
            chosen(
                "neither `no-such-program` nor `no-such-program` is installed",
                false
            )
        );
        assert_eq!(found(&[&ABSENT, &FAILS]), Err("it fails".to_owned()));
    }

    #[test]
    fn the_one_that_is_meant_is_not_passed_over() {
        let host = Host {
            env: [("FAILS_HOST".into(), "x".into())].into(),
            ..Host::default()
        };
        let found = first(&host, &[&FAILS, &WORKS]);
        assert_eq!(found, Err("it fails".to_owned()));
    }

    #[test]
    fn the_last_resort_is_the_last_that_makes_containers() {
        let mut last = ENGINES.iter().rev().skip_while(|row| !row.isolates);
        assert_eq!(last.next().map(|row| row.name), Some(last_resort().name));
    }
}
