//! Standard input and terminals.

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};
use crate::line::Line;

/// Runs a shell line on a terminal of its own.
fn on_a_terminal<'a>(fixture: &'a Fixture, shell: &str) -> Ran<'a> {
    let ran = fixture.build().run_on_a_terminal(shell);
    ran.expect("`script` of util-linux is installed")
}

/// The line of a build in a shell, which tells its directory.
fn in_a_shell(fixture: &Fixture) -> Line {
    fixture.build().env("PWD", &fixture.project).run().line()
}

#[test]
#[ignore = "needs `script` of util-linux: ci/test.sh runs it"]
fn a_container_gets_a_terminal_when_all_three_streams_are_one() {
    let fixture = Fixture::new();
    let plain = in_a_shell(&fixture);
    let ran = on_a_terminal(&fixture, &format!("cross build --target {AARCH64}"));
    ran.line().differs(&plain, "+ --tty");
}

#[test]
#[ignore = "needs `script` of util-linux: ci/test.sh runs it"]
fn a_container_gets_no_terminal_when_one_stream_leads_elsewhere() {
    let fixture = Fixture::new();
    let plain = in_a_shell(&fixture);
    for elsewhere in [
        "</dev/null",
        "| while read -r line; do :; done",
        ">/dev/null",
    ] {
        let shell = format!("cross build --target {AARCH64} {elsewhere}");
        let ran = on_a_terminal(&fixture, &shell);
        // Messages still go to a terminal, but cargo in the container cannot find that out.
        ran.line()
            .differs(&plain, "+ --env CARGO_TERM_COLOR=always");
    }
    let ran = on_a_terminal(
        &fixture,
        &format!("cross build --target {AARCH64} 2>/dev/null"),
    );
    ran.line().differs(&plain, "");
}

#[test]
#[ignore = "needs `script` of util-linux: ci/test.sh runs it"]
fn colours_are_not_forced_on_who_has_chosen() {
    let fixture = Fixture::new();
    for (name, value) in [("CARGO_TERM_COLOR", "never"), ("NO_COLOR", "1")] {
        let shell = format!("cross build --target {AARCH64} >/dev/null");
        let ran = fixture.build().env(name, value).run_on_a_terminal(&shell);
        let ran = ran.expect("`script` of util-linux is installed");
        ran.line().has(&format!("--env {name}")).lacks("=always");
    }
}

#[test]
fn what_runs_the_users_program_has_standard_input() {
    let fixture = Fixture::new();
    for command in ["run", "test", "bench", "nextest run"] {
        let ran = fixture
            .cross(&format!("{command} --target {AARCH64}"))
            .run();
        ran.line().has("--interactive").lacks("--tty");
    }
}

#[test]
fn what_only_compiles_leaves_standard_input_alone() {
    let fixture = Fixture::new();
    for command in ["build", "check", "clippy", "doc", "rustc"] {
        let ran = fixture
            .cross(&format!("{command} --target {AARCH64}"))
            .run();
        ran.line().lacks("--interactive");
    }
}

/// What other programs write at the same time cannot come between, and docker's builder shows whole
/// lines.
#[test]
fn each_message_is_written_at_once() {
    let fixture = Fixture::new();
    for (line, words) in [
        (
            "-v build --target aarch64-unknown-linux-gnu",
            "      Engine ",
        ),
        ("build --target armv7-unknown-linux-gnu", "error: "),
        ("build --target armv7-unknown-linux-gnu", "hint: "),
    ] {
        let pieces = fixture.cross(line).writes_to_stderr();
        let found = pieces.iter().any(|piece| piece.starts_with(words));
        assert!(found, "{words:?} in {pieces:?}");
        for piece in pieces {
            assert!(piece.ends_with('\n'), "{piece:?}");
        }
    }
}
