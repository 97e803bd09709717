//! Choices of image parts. A part takes time to build and only some projects need it.

use super::Row;
use super::family::Part;

/// A choice of a family's parts for one image: bit `n` is the part at index `n` of
/// [`super::Family::parts`]. Parts that all images of the row have are not in the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(u32);

impl Parts {
    /// The parts that the crates in a lock file need. Without a lock file, the parts that are
    /// `unless_known`.
    pub(crate) fn needed(row: &Row, lockfile: Option<&str>) -> Self {
        Self::those(row, |part| match lockfile {
            Some(text) => part.crates.iter().any(|name| has_crate(text, name)),
            None => part.unless_known,
        })
    }

    /// The parts that commands of the user's may need.
    pub(crate) fn for_commands(row: &Row) -> Self {
        Self::those(row, |part| part.for_commands)
    }

    /// The union of two choices.
    pub(crate) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The parts with these names, as far as the row's images can have them.
    pub(crate) fn named(row: &Row, names: &[String]) -> Self {
        Self::those(row, |part| names.contains(&part.name))
    }

    /// All parts that can be chosen for the row.
    pub(crate) fn all(row: &Row) -> Self {
        Self::those(row, |_| true)
    }

    fn those(row: &Row, is_in: impl Fn(&Part) -> bool) -> Self {
        let parts = row.family().parts.iter().enumerate();
        let bits = parts.filter(|(_, part)| !part.is_always_in(row) && is_in(part));
        Self(bits.fold(0, |bits, (place, _)| bits | 1 << place))
    }

    /// The row's part that has a library of this name and is not among the chosen ones.
    pub(crate) fn lacking(self, row: &Row, library: &str) -> Option<&'static Part> {
        let others = Self(Self::all(row).0 & !self.0);
        let mut others = others.chosen(row);
        others.find(|part| part.missed_by.iter().any(|name| name == library))
    }

    /// All possible choices for the row. The first one has no parts.
    pub(crate) fn choices(row: &Row) -> impl Iterator<Item = Self> + use<> {
        let all = Self::all(row).0;
        (0..=all).filter(move |bits| bits & !all == 0).map(Self)
    }

    /// The chosen parts.
    pub(crate) fn chosen(self, row: &Row) -> impl Iterator<Item = &'static Part> {
        let parts = row.family().parts.iter().enumerate();
        parts
            .filter(move |(place, _)| self.0 & 1 << place != 0)
            .map(|(_, part)| part)
    }

    /// The parts that the image has: the chosen parts, then the parts that all images of the row
    /// have.
    pub(crate) fn of(self, row: &Row) -> impl Iterator<Item = &'static Part> {
        let parts = row.family().parts.iter();
        let always = parts.filter(|part| part.is_always_in(row));
        self.chosen(row).chain(always)
    }

    /// The names of the image's parts, joined by `separator`.
    pub(crate) fn names(self, row: &Row, separator: &str) -> String {
        let names: Vec<&str> = self.of(row).map(|part| part.name.as_str()).collect();
        names.join(separator)
    }
}

/// Whether a lock file lists a crate of this name.
fn has_crate(lockfile: &str, name: &str) -> bool {
    crates(lockfile).any(|listed| listed == name)
}

/// The names of the crates that a lock file lists.
/// <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
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

    /// With musl, GCC's library for C++ has to be compiled. A crate that calls no compiler needs
    /// none.
    #[test]
    fn crates_that_call_a_compiler_bring_the_library_of_c_plus_plus() {
        let row = find("x86_64-unknown-linux-musl").unwrap();
        let names = |lockfile: Option<&str>| Parts::needed(row, lockfile).names(row, " ");
        assert_eq!(names(Some("name = \"serde\"\n")), "");
        for name in ["cc", "cmake", "cxx-build"] {
            assert_eq!(names(Some(&format!("name = \"{name}\"\n"))), "cxx");
        }
        assert_eq!(names(Some("name = \"clang-sys\"\n")), "cxx libclang");
        assert_eq!(names(None), "cxx libclang");
        let gnu = find("aarch64-unknown-linux-gnu").unwrap();
        assert_eq!(
            Parts::needed(gnu, Some("name = \"cc\"\n")),
            Parts::default()
        );
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
