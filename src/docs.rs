//! The parts of the README that are made from the program's own tables. `CROSS_UPDATE_DOCS=1 cargo
//! test docs` writes them anew.

mod matrix;
#[path = "../tests/matrix/record.rs"]
mod record;
mod schema;

use std::path::Path;

use crate::cli::{Provider, TABLE};
use crate::plan::environment::{KEPT_BACK, PASSED};
use crate::target::ROWS;
use crate::util::doctor::{CHECKS, Check};

/// The README's table of targets, made of what was measured.
fn targets() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/matrix.json");
    let triples: Vec<&str> = ROWS.iter().map(|row| row.triple).collect();
    matrix::table(&triples, &record::read(&path).unwrap())
}

/// The README's tables of variables.
fn variables() -> String {
    let table = |head: &str, rows: &[(&str, &str)]| {
        // Neighbours with the same text are one row.
        let rows = rows.chunk_by(|(_, one), (_, next)| one == next);
        let rows = rows.map(|rows| {
            let names: Vec<String> = rows.iter().map(|(name, _)| format!("`{name}`")).collect();
            format!("| {} | {} |", names.join(", "), rows[0].1)
        });
        lines(
            [head.to_owned(), "|---|---|".to_owned()]
                .into_iter()
                .chain(rows),
        )
    };
    let passed = table("| variable | whose |", PASSED);
    let kept_back = table("| variable | why not |", KEPT_BACK);
    format!("{passed}\nThese of cargo's do not:\n\n{kept_back}")
}

/// The README's list of what the doctor looks at.
fn doctor() -> String {
    let row = |check: &Check| {
        let Check {
            group, name, about, ..
        } = check;
        format!("| {group} | {name} | {about} |")
    };
    let head = ["| group | check | what is found out |", "|---|---|---|"];
    let head = head.into_iter().map(str::to_owned);
    lines(head.chain(CHECKS.iter().map(row)))
}

/// The page of commands.
fn commands() -> String {
    let mut page = String::from(COMMANDS);
    for (provider, title) in [
        (Provider::Cargo, "Cargo's own"),
        (Provider::Rustup, "Components of the toolchain"),
        (Provider::Plugin, "Programs that you install"),
    ] {
        let rows = TABLE.iter().filter(|row| row.provider == provider);
        let rows = rows.map(|row| {
            let (place, words) = row.words();
            let short = row.alias.map(|a| format!(", `{a}`")).unwrap_or_default();
            format!("| `{}`{short} | {place} | {words} |", row.name)
        });
        let head = [
            format!("\n## {title}\n"),
            "| command | runs in | |".to_owned(),
            "|---|---|---|".to_owned(),
        ];
        page.push_str(&lines(head.into_iter().chain(rows)));
    }
    page
}

const COMMANDS: &str = "<!-- generated from src/cli/subcommand.rs; `cargo test` says when it is out of date -->

# Commands

Where `cross` runs each of cargo's commands: in the container of the target, or by the host's cargo, at once
and with just the arguments you gave. Aliases in cargo's configuration are resolved first. A command that is not
listed is an error, as cross cannot know whether it compiles for the target. A program that you install runs in
the container if it is in the `bin` of cargo's home.
";

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// The text with what stands between a section's marks replaced.
fn with_section(text: &str, name: &str, content: &str) -> String {
    let start = text.find(&format!("<!-- {name}: ")).unwrap();
    let start = start + text[start..].find('\n').unwrap() + 1;
    let end = text.find(&format!("<!-- /{name} -->")).unwrap();
    format!("{}\n{content}\n{}", &text[..start], &text[end..])
}

/// Compares a file with what it should be, or writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever changes a table"
)]
fn keep(name: &str, fresh: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let old = crate::fs::read_if_exists(&path)
        .unwrap()
        .unwrap_or_default();
    let fresh = fresh(&old);
    if std::env::var_os("CROSS_UPDATE_DOCS").is_some() {
        crate::fs::write_if_changed(&path, fresh.as_bytes()).unwrap();
        return;
    }
    assert!(
        old == fresh,
        "{name} is out of date: run `CROSS_UPDATE_DOCS=1 cargo test docs`"
    );
}

#[test]
fn the_readme_shows_the_tables_of_the_program() {
    keep("README.md", |readme| {
        let fresh = with_section(readme, "targets", &targets());
        let fresh = with_section(&fresh, "variables", &variables());
        with_section(&fresh, "doctor", &doctor())
    });
}

#[test]
fn the_page_of_commands_shows_all_of_them() {
    keep("docs/commands.md", |_| commands());
}

#[test]
fn the_readme_names_the_image_of_this_version() {
    let readme = include_str!("../README.md");
    let from = format!("FROM {}\n", crate::image::name(&ROWS[0]));
    assert!(
        readme.contains(&from),
        "README.md does not have the line {from}"
    );
}
