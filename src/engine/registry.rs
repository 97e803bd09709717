//! The table of engines.

use super::registration::Registration;
use super::{client, on_host, sandbox};

/// All of them, in the order in which they are tried when none is named.
pub(crate) static ENGINES: &[&Registration] = &[
    &client::docker::REGISTRATION,
    &client::podman::REGISTRATION,
    &sandbox::REGISTRATION,
    &on_host::REGISTRATION,
];

/// The one that makes containers when nothing is installed.
pub(crate) fn last_resort() -> &'static Registration {
    &sandbox::REGISTRATION
}

impl Registration {
    /// Whether it is tried before another.
    pub(crate) fn comes_before(&self, other: &Self) -> bool {
        let place = |row: &Self| ENGINES.iter().position(|engine| engine.name == row.name);
        place(self) < place(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_names_of_their_own() {
        for row in ENGINES {
            let same = ENGINES.iter().filter(|other| other.name == row.name);
            assert_eq!(same.count(), 1, "{}", row.name);
        }
    }
}
