//! The checks of rustup and of the toolchain that containers would get.

use super::context::Context;
use super::outcome::{Outcome, Status};
use crate::cargo::toolchain::proxy;
use crate::target::HOST;
use crate::target::ROWS;
use cross_base::error::Error;
use cross_base::process::Cmd;

const NO_TOOLCHAIN: &str = "not looked for, as there is no toolchain";

pub(super) fn rustup(context: &Context) -> Outcome {
    let Some(program) = context.host.on_path("rustup") else {
        return Outcome::note("not installed, so no standard library can be added")
            .hint("install Rust with rustup: https://rustup.rs");
    };
    let version = first_line(context, &Cmd::new("rustup").arg("--version"));
    Outcome::ok(format!("{version}`{}`", program.display()))
}

pub(super) fn toolchain(context: &Context) -> Outcome {
    let toolchain = match context.toolchain() {
        Ok(toolchain) => toolchain,
        // rustup installs a missing toolchain at its first use, but was forbidden to for the
        // doctor's question. So only a missing toolchain is a warning.
        Err(error) if is_left_to_rustup(context, &error) => {
            // rustup does not install a custom toolchain, and may have been told to install none.
            if error.message().contains("custom toolchain") {
                return Outcome::problem(error.message())
                    .hint("`rustup toolchain link` gives the name to a directory");
            }
            if context.host.text("RUSTUP_AUTO_INSTALL") == Some("0") {
                return Outcome::problem(error.message()).hint("`rustup toolchain install`");
            }
            return Outcome::warning(error.message()).hint("rustup installs it at the first use");
        }
        Err(error) => return Outcome::of(Status::Problem, &error),
    };
    let sysroot = toolchain.sysroot.display();
    if toolchain.host != HOST {
        let host = &toolchain.host;
        return Outcome::problem(format!(
            "the one in `{sysroot}` is for `{host}`, and cross works with those for `{HOST}` only"
        ))
        .hint(format!("`rustup default stable-{HOST}`"));
    }
    let version = first_line(context, &proxy("rustc", None).arg("-V"));
    Outcome::ok(format!("{version}`{sysroot}`"))
}

fn is_left_to_rustup(context: &Context, error: &Error) -> bool {
    let missing = error.message().contains("is not installed");
    missing && context.host.on_path("rustup").is_some()
}

/// The first line of a program's output, such as its version, with a comma and a blank behind it.
fn first_line(context: &Context, cmd: &Cmd) -> String {
    let output = context.ask(cmd).ok().filter(|o| o.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let text = text.unwrap_or_default();
    let line = text.lines().next().map(str::trim);
    let line = line.filter(|line| !line.is_empty());
    line.map_or_else(String::new, |line| format!("{line}, "))
}

/// Whether rustup could add a component to the toolchain.
fn can_add(context: &Context) -> bool {
    let named = context.toolchain().map(|t| t.rustup_name.is_some());
    named.unwrap_or(false) && context.host.on_path("rustup").is_some()
}

pub(super) fn libraries(context: &Context) -> Outcome {
    let Ok(toolchain) = context.toolchain() else {
        return Outcome::note(NO_TOOLCHAIN);
    };
    let rows = ROWS.iter().map(|row| row.triple);
    let installed = rows.filter(|row| toolchain.has_std(row)).count();
    let installed = format!(
        "installed for {installed} of cross's {} targets",
        ROWS.len()
    );
    if can_add(context) {
        return Outcome::ok(format!(
            "{installed}; rustup adds others when they are needed"
        ));
    }
    Outcome::note(format!("{installed}; without rustup, no others are added"))
}

pub(super) fn source(context: &Context) -> Outcome {
    let Ok(toolchain) = context.toolchain() else {
        return Outcome::note(NO_TOOLCHAIN);
    };
    if toolchain.has_src {
        return Outcome::ok("installed");
    }
    Outcome::note(if can_add(context) {
        "not installed; rustup adds it when a standard library has to be built"
    } else {
        "not installed, so no standard library can be built"
    })
}
