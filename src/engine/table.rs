//! The table of engines.

use super::registration::Registration;
use super::{client, on_host, sandbox};

/// All engines, in the order in which they are tried when none is named.
pub(crate) static ENGINES: &[&Registration] = &[
    &client::docker::REGISTRATION,
    &client::podman::REGISTRATION,
    &sandbox::REGISTRATION,
    &on_host::REGISTRATION,
];

/// The engine that makes containers when no other is installed.
pub(crate) fn last_resort() -> &'static Registration {
    &sandbox::REGISTRATION
}

impl Registration {
    /// Whether this engine is tried before another.
    pub(crate) fn comes_before(&self, other: &Self) -> bool {
        let place = |row: &Self| ENGINES.iter().position(|engine| engine.name == row.name);
        place(self) < place(other)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn engines_have_names_of_their_own() {
        for row in ENGINES {
            let same = ENGINES.iter().filter(|other| other.name == row.name);
            assert_eq!(same.count(), 1, "{}", row.name);
        }
    }

    /// Texts for users that list the engines.
    const TEXTS: &[(&str, &str)] = &[
        ("src/config/file.rs", include_str!("../config/file.rs")),
        ("src/util/mod.rs", include_str!("../util/mod.rs")),
        (
            "Cross.toml.example",
            include_str!("../../Cross.toml.example"),
        ),
        (
            "docs/configuration.md",
            include_str!("../../docs/configuration.md"),
        ),
        ("docs/engines.md", include_str!("../../docs/engines.md")),
    ];

    #[test]
    fn texts_name_every_engine() {
        for (file, text) in TEXTS {
            for engine in ENGINES {
                let quoted = |quote| text.contains(&format!("{quote}{}{quote}", engine.name));
                let is_named = quoted('`') || quoted('"');
                assert!(is_named, "{file} does not name `{}`", engine.name);
            }
        }
    }

    #[test]
    fn the_kernel_can_be_told_of_each_rows_emulator() {
        let rows = crate::target::ROWS.iter();
        for path in rows.filter_map(|row| row.runner()?.emulator) {
            assert!(cross_sandbox::binfmt::knows(Path::new(&path)), "{path}");
        }
    }
}
