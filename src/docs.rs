//! Checks and generates documentation. Parts of the README and of pages in `docs/` come from the
//! program's own tables; `CROSS_UPDATE_DOCS=1 cargo test docs` writes them. All links between pages
//! are checked.

mod conformance;
mod links;
mod matrix;
#[path = "../tests/matrix/record.rs"]
mod record;
mod schema;
mod suites;
mod summary;

use std::path::Path;

use crate::cli::{Provider, TABLE};
use crate::config::keys::{KEYS, Scope};
use crate::plan::variables::{PASSED, blocked};
use crate::target::{self, ROWS};
use crate::util::doctor::{Check, checks};

/// A table of targets, which `make` generates from the record of measurements.
fn targets(make: fn(&matrix::Known<'_>, &[record::Entry]) -> String) -> String {
    let path = root().join("docs/matrix.json");
    let triples: Vec<&str> = ROWS.iter().map(|row| row.triple).collect();
    let unmeasured = |triple: &str| {
        let row = target::find(triple)?;
        let said = row.family().unmeasured.clone();
        (!said.is_empty()).then(|| [row.libc(), said])
    };
    let tests = conformance::read();
    let takes = |triple: &str| conformance::takes(&tests, triple);
    let known = matrix::Known {
        triples: &triples,
        unmeasured: &unmeasured,
        takes: &takes,
    };
    make(&known, &record::read(&path).unwrap())
}

/// The directory of the package, to which the paths of pages are relative.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tables of environment variables.
fn variables() -> String {
    let table = |head: &str, rows: &[(&str, &str)]| {
        // Neighbouring rows with the same text become one row.
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
    let kept_back = table("| variable | why not |", &blocked().collect::<Vec<_>>());
    format!("{passed}\nThese of cargo's do not:\n\n{kept_back}")
}

/// The table of the doctor's checks.
fn doctor() -> String {
    let row = |check: &Check| {
        let Check {
            group, name, about, ..
        } = check;
        format!("| {group} | {name} | {about} |")
    };
    let head = ["| group | check | what is found out |", "|---|---|---|"];
    let head = head.into_iter().map(str::to_owned);
    lines(head.chain(checks().iter().map(row)))
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
            format!("| `{}`{short} | {place} | {words} |", row.name())
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

const COMMANDS: &str = "<!-- generated from src/cli/subcommand/table.rs; `cargo test` says when it is out of date -->

# Commands

Where `cross` runs each of cargo's commands: in the container of the target, or by the host's cargo, at once
and with just the arguments you gave. Aliases in cargo's configuration are resolved first. A command that is not
listed is an error, as cross cannot know whether it compiles for the target. A plugin that you install runs in
the container, from the `bin` of cargo's home or from your `PATH`.
";

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// Replaces the text between the marks of a section.
fn with_section(text: &str, name: &str, content: &str) -> String {
    let start = text.find(&format!("<!-- {name}: ")).unwrap();
    let start = start + text[start..].find('\n').unwrap() + 1;
    let end = text.find(&format!("<!-- /{name} -->")).unwrap();
    format!("{}\n{content}\n{}", &text[..start], &text[end..])
}

/// Compares a file with its generated content, or writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for developers who change a table"
)]
fn keep(name: &str, fresh: impl FnOnce(&str) -> String) {
    let path = root().join(name);
    let old = cross_base::fs::read_if_exists(&path)
        .unwrap()
        .unwrap_or_default();
    let fresh = fresh(&old);
    if std::env::var_os("CROSS_UPDATE_DOCS").is_some() {
        cross_base::fs::write_if_changed(&path, fresh.as_bytes()).unwrap();
        return;
    }
    assert!(
        old == fresh,
        "{name} is out of date: run `CROSS_UPDATE_DOCS=1 cargo test docs`"
    );
}

#[test]
fn pages_show_the_tables_of_the_program() {
    keep("README.md", |page| {
        with_section(page, "targets", &targets(summary::table))
    });
    keep("docs/targets.md", |page| {
        with_section(page, "targets", &targets(matrix::table))
    });
    keep("docs/testing.md", |page| {
        let table = conformance::table(&conformance::rows(), &conformance::read());
        let page = with_section(page, "conformance", &table);
        with_section(&page, "suites", &suites::table(&suites::read()))
    });
    keep("docs/environment.md", |page| {
        with_section(page, "variables", &variables())
    });
    keep("docs/troubleshooting.md", |page| {
        with_section(page, "doctor", &doctor())
    });
}

#[test]
fn the_page_of_commands_shows_all_of_them() {
    keep("docs/commands.md", |_| commands());
}

#[test]
fn the_page_of_configuration_has_every_key() {
    let page = include_str!("../docs/configuration.md");
    for key in KEYS {
        let place = match key.scope {
            Scope::All => "`build`",
            Scope::Target => "`target`",
            Scope::Both => "both",
        };
        let row = format!("| `{}` | {place} | ", key.name);
        assert!(
            page.contains(&row),
            "docs/configuration.md has no row {row}"
        );
    }
}

#[test]
fn the_page_of_images_names_the_image_of_this_version() {
    let page = include_str!("../docs/images.md");
    let from = format!(
        "FROM {}\n",
        crate::image::name(
            target::find("aarch64-unknown-linux-gnu").expect("a row"),
            target::Parts::default()
        )
    );
    assert!(
        page.contains(&from),
        "docs/images.md does not have the line {from}"
    );
}
