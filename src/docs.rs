//! The parts of the README that are made from the program's own tables. `CROSS_UPDATE_DOCS=1 cargo
//! test docs` writes them anew.

use crate::plan::environment::{KEPT_BACK, PASSED};
use crate::target::ROWS;

/// The README's table of targets.
fn targets() -> String {
    let mut text = String::from(
        "| target | glibc needed | GCC | OpenSSL | C++ | runs by | `cross test` |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for row in ROWS {
        let runner = row.qemu_arch.map_or("itself", |_| "QEMU 10");
        text.push_str(&format!(
            "| `{}` | {} | 10.2 | 3.5 | ✓ | {runner} | ✓ |\n",
            row.triple, row.glibc_floor
        ));
    }
    text
}

/// The README's table of variables.
fn variables() -> String {
    let mut text = String::from("| variable | whose |\n|---|---|\n");
    for (name, whose) in PASSED {
        text.push_str(&format!("| `{name}` | {whose} |\n"));
    }
    text.push_str(
        "\nThese do not, although they look like them:\n\n| variable | why not |\n|---|---|\n",
    );
    for (name, reason) in KEPT_BACK {
        text.push_str(&format!("| `{name}` | {reason} |\n"));
    }
    text
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
