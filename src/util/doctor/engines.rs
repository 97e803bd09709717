//! The checks of engines: each engine on its own, and the one that `cross` would choose.

use super::context::Context;
use super::outcome::{Outcome, Status};
use crate::engine::diagnosis::Verdict;
use crate::engine::registration::Registration;
use crate::engine::table::{ENGINES, last_resort};
use cross_base::error::Error;

/// The check of one engine.
pub(super) fn one(context: &Context, row: &'static Registration) -> Outcome {
    match context.diagnosis(row).verdict {
        Verdict::Absent(why) => Outcome::note(why),
        Verdict::Works(how) => Outcome::ok(how),
        Verdict::Incomplete(error) => Outcome::of(Status::Warning, &error),
        Verdict::Fails(error) => Outcome::of(missed(context, row), &error),
        Verdict::Forbidden(error) => {
            // The checks of the machine have the hints.
            let error = Error::new(format!("cannot work here: {}", error.message()));
            Outcome::of(missed(context, row), &error)
        }
    }
}

/// The severity of an installed engine that does not work. It is a note if the user named another
/// engine, or one before it in the table is chosen.
fn missed(context: &Context, row: &Registration) -> Status {
    let is_missed = match context.engine() {
        Err(_) => true,
        Ok(engine) if engine.name() == row.name => true,
        Ok(engine) => engine.is_second_choice && row.comes_before(engine.registration()),
    };
    if is_missed {
        Status::Warning
    } else {
        Status::Note
    }
}

/// The check of the engine that `cross` would choose, which has to work.
pub(super) fn choice(context: &Context) -> Outcome {
    let engine = match context.engine() {
        Ok(engine) => engine,
        Err(error) => return Outcome::of(Status::Problem, &alternative(context, None, error)),
    };
    let diagnosis = context.diagnosis(engine.registration());
    if engine.is_second_choice && !engine.isolates() {
        let outcome = Outcome::warning(engine.described());
        let missed = context.diagnosis(last_resort());
        return outcome.hint_if(missed.error().and_then(Error::hint_text));
    }
    let Some(error) = diagnosis.error() else {
        return Outcome::ok(engine.described());
    };
    let name = engine.name();
    let error = alternative(context, Some(name), error.clone());
    let message = format!(
        "cross would use `{name}` ({}), which does not work: {}",
        engine.reason,
        error.message()
    );
    let error = Error::new(message).hint_if(error.hint_text());
    Outcome::of(Status::Problem, &error)
}

/// Adds to an error's hint an engine that works, as the quickest remedy.
fn alternative(context: &Context, broken: Option<&str>, error: Error) -> Error {
    let isolating = ENGINES.iter().filter(|row| row.isolates);
    let mut others = isolating.filter(|row| Some(row.name) != broken);
    let Some(row) = others.find(|row| context.diagnosis(row).works()) else {
        return error;
    };
    let word = format!("CROSS_CONTAINER_ENGINE={}", row.name);
    let other = format!("`{word}` takes one that works");
    let hint = match error.hint_text() {
        Some(hint) if hint.contains(&word) => hint.to_owned(),
        Some(hint) => format!("{hint}, or {other}"),
        None => other,
    };
    Error::new(error.message()).hint(hint)
}
