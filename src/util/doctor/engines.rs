//! The engines, each on its own, and the one that would be used.

use super::context::Context;
use super::outcome::{Outcome, Status};
use crate::base::error::Error;
use crate::engine::{Kind, detect};

/// How bad it is that an installed engine does not work: not at all, where another was named.
fn missed(context: &Context, kind: Kind) -> Status {
    match context.engine() {
        Ok(engine) if engine.kind != kind && !engine.is_second_choice => Status::Note,
        _ => Status::Warning,
    }
}

pub(super) fn docker(context: &Context) -> Outcome {
    let Some((_, answer)) = context.docker() else {
        let found = detect::on_path(&context.host, "docker");
        return Outcome::note(match found {
            Some(program) => format!("`{}` is podman in truth", program.display()),
            None => "not installed".to_owned(),
        });
    };
    let (socket, daemon) = match answer {
        Ok(answer) => answer,
        Err(error) => return Outcome::of(missed(context, Kind::Docker), &error),
    };
    let rights = if daemon.is_rootless() {
        "without root's rights"
    } else {
        "with root's rights"
    };
    Outcome::ok(format!(
        "{} answers on `{}`, runs {rights}, keeps images in `{}` ({})",
        daemon.server_version,
        socket.display(),
        daemon.docker_root_dir.display(),
        daemon.driver,
    ))
}

pub(super) fn podman(context: &Context) -> Outcome {
    let Some((program, answer)) = context.podman() else {
        return Outcome::note("not installed");
    };
    let info = match answer {
        Ok(info) => info,
        Err(error) => return Outcome::of(missed(context, Kind::Podman), &error),
    };
    if info.lacks_ids() {
        return Outcome::warning("you have no subordinate ids, so it cannot unpack images").hint(
            "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER && podman system migrate`",
        );
    }
    let rights = if info.host.security.rootless {
        "without root's rights"
    } else {
        "with root's rights"
    };
    Outcome::ok(format!(
        "{} in `{}`, runs {rights}, keeps images in `{}` ({})",
        info.version.version,
        program.display(),
        info.store.graph_root.display(),
        info.store.graph_driver_name,
    ))
}

pub(super) fn sandbox(context: &Context) -> Outcome {
    let Some(error) = context.obstacle() else {
        let store = context.store();
        return Outcome::ok(format!(
            "works here without a daemon, keeps images in `{}`",
            store.root.display()
        ));
    };
    let message = format!("cannot work here: {}", error.message());
    if context.is_wanted(Kind::Sandbox) {
        Outcome::warning(message)
    } else {
        Outcome::note(message)
    }
}

/// The engine that would be used, which has to work.
pub(super) fn choice(context: &Context) -> Outcome {
    let engine = match context.engine() {
        Ok(engine) => engine,
        Err(error) => return Outcome::of(Status::Problem, &alternative(context, None, error)),
    };
    let name = engine.kind.program();
    let error = match engine.kind {
        Kind::Docker => context.docker().and_then(|(_, answer)| answer.err()),
        Kind::Podman => context.podman().and_then(|(_, answer)| answer.err()),
        Kind::Sandbox => context.obstacle(),
    };
    let Some(error) = error else {
        return Outcome::ok(engine.described());
    };
    let error = alternative(context, Some(engine.kind), error);
    let message = format!(
        "cross would use {name} ({}), which does not work: {}",
        engine.reason,
        error.message()
    );
    let error = match error.hint_text() {
        Some(hint) => Error::new(message).hint(hint),
        None => Error::new(message),
    };
    Outcome::of(Status::Problem, &error)
}

/// Names an engine that works, as the quickest way out.
fn alternative(context: &Context, broken: Option<Kind>, error: Error) -> Error {
    let works = |kind| match kind {
        Kind::Docker => context.docker().is_some_and(|(_, answer)| answer.is_ok()),
        Kind::Podman => context.podman().is_some_and(|(_, answer)| answer.is_ok()),
        Kind::Sandbox => context.obstacle().is_none(),
    };
    let all = [Kind::Docker, Kind::Podman, Kind::Sandbox];
    let other = all
        .into_iter()
        .find(|kind| Some(*kind) != broken && works(*kind));
    let Some(name) = other.map(Kind::program) else {
        return error;
    };
    let other = format!("`CROSS_CONTAINER_ENGINE={name}` takes one that works");
    let hint = match error.hint_text() {
        Some(hint) if hint.contains(&format!("CROSS_CONTAINER_ENGINE={name}")) => hint.to_owned(),
        Some(hint) => format!("{hint}, or {other}"),
        None => other,
    };
    Error::new(error.message()).hint(hint)
}
