//! The parts of the README that are made from the program's own tables. `CROSS_UPDATE_DOCS=1 cargo
//! test docs` writes them anew.

mod matrix;
#[path = "../tests/matrix/record.rs"]
mod record;

use std::path::Path;

use crate::plan::environment::{KEPT_BACK, PASSED};
use crate::target::ROWS;

/// The README's table of targets, made of what was measured.
fn targets() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/matrix.json");
    let triples: Vec<&str> = ROWS.iter().map(|row| row.triple).collect();
    matrix::table(&triples, &record::read(&path).unwrap())
}

/// The README's tables of variables.
fn variables() -> String {
    let table = |head: &str, rows: &[(&str, &str)]| {
        let rows = rows
            .iter()
            .map(|(name, text)| format!("| `{name}` | {text} |"));
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

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever changes a table"
)]
fn the_readme_shows_the_tables_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = crate::fs::read_if_exists(path.as_ref()).unwrap().unwrap();
    let fresh = with_section(&readme, "targets", &targets());
    let fresh = with_section(&fresh, "variables", &variables());
    if std::env::var_os("CROSS_UPDATE_DOCS").is_some() {
        crate::fs::write_if_changed(path.as_ref(), fresh.as_bytes()).unwrap();
        return;
    }
    assert!(
        readme == fresh,
        "README.md is out of date: run `CROSS_UPDATE_DOCS=1 cargo test docs`"
    );
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
