//! Parts of images that only some projects need, so that the others do not wait for them.

use super::Row;
use super::family::Part;

/// Which of its family's parts are chosen for an image, by their places in the family's list. What
/// a row's images always have is no choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(u32);

impl Parts {
    /// The parts that a crate in a lock file needs. Without a lock file nothing is known of crates.
    pub(crate) fn needed(row: &Row, lockfile: Option<&str>) -> Self {
        Self::those(row, |part| match lockfile {
            Some(text) => part.crates.iter().any(|name| has_crate(text, name)),
            None => part.unless_known,
        })
    }

    /// These and others.
    pub(crate) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these names that a row's images can have.
    pub(crate) fn named(row: &Row, names: &[String]) -> Self {
        Self::those(row, |part| names.contains(&part.name))
    }

    /// All that can be chosen.
    pub(crate) fn all(row: &Row) -> Self {
        Self::those(row, |_| true)
    }

    fn those(row: &Row, is_in: impl Fn(&Part) -> bool) -> Self {
        let parts = row.family().parts.iter().enumerate();
        let bits = parts.filter(|(_, part)| !part.is_always_in(row) && is_in(part));
        Self(bits.fold(0, |bits, (place, _)| bits | 1 << place))
    }

    /// What can be chosen for a row: every choice of parts, none first.
    pub(crate) fn choices(row: &Row) -> impl Iterator<Item = Self> + use<> {
        let all = Self::all(row).0;
        (0..=all).filter(move |bits| bits & !all == 0).map(Self)
    }

    /// The parts that were chosen.
    pub(crate) fn chosen(self, row: &Row) -> impl Iterator<Item = &'static Part> {
        let parts = row.family().parts.iter().enumerate();
        parts
            .filter(move |(place, _)| self.0 & 1 << place != 0)
            .map(|(_, part)| part)
    }

    /// The parts that an image has: those that were chosen, and those that all images of the row
    /// have.
    pub(crate) fn of(self, row: &Row) -> impl Iterator<Item = &'static Part> {
        let parts = row.family().parts.iter();
        let always = parts.filter(|part| part.is_always_in(row));
        self.chosen(row).chain(always)
    }

    /// Their names, one behind the other.
    pub(crate) fn names(self, row: &Row, separator: &str) -> String {
        let names: Vec<&str> = self.of(row).map(|part| part.name.as_str()).collect();
        names.join(separator)
    }
}

/// Whether a lock file lists a crate.
fn has_crate(lockfile: &str, name: &str) -> bool {
    crates(lockfile).any(|listed| listed == name)
}

/// The crates that a lock file lists. <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
pub(super) fn crates(lockfile: &str) -> impl Iterator<Item = &str> {
    lockfile.lines().filter_map(|line| {
        let value = line.strip_prefix("name = \"")?;
        value.strip_suffix('"')
    })
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn a_crate_in_the_lock_file_brings_the_part_that_it_links() {
        let row = find("armv7-unknown-linux-gnueabihf").unwrap();
        let needed = |lockfile: Option<&str>| Parts::needed(row, lockfile).names(row, " ");
        let package = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        assert_eq!(needed(None), "libclang");
        assert_eq!(needed(Some(&package("openssl-probe"))), "");
        assert_eq!(needed(Some(&package("openssl-sys"))), "openssl");
        let both = package("clang-sys") + &package("openssl-sys");
        assert_eq!(needed(Some(&both)), "openssl libclang");
        let named = |name: &str| Parts::named(row, &[name.to_owned()]);
        assert_eq!(named("openssl").and(named("libclang")), Parts::all(row));
        assert_eq!(Parts::choices(row).count(), 4);
    }

    #[test]
    fn what_a_toolchain_has_is_no_choice() {
        let row = find("aarch64-unknown-linux-gnu").unwrap();
        let named = Parts::named(row, &["openssl".to_owned()]);
        assert_eq!(named, Parts::default());
        assert_eq!(named.names(row, " "), "openssl");
        assert_eq!(Parts::choices(row).count(), 2);
    }

    #[test]
    fn a_family_whose_images_have_all_parts_has_one_kind_of_them() {
        let row = find("wasm32-wasip1").unwrap();
        assert_eq!(Parts::choices(row).count(), 1);
        assert_eq!(Parts::all(row), Parts::default());
        assert_eq!(Parts::default().names(row, " "), "libclang");
    }
}
