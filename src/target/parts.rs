//! Parts of images that only some projects need, so that the others do not wait for them.

use super::family::{Family, Part};

/// Which of its family's parts an image has, by their places in the family's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(u32);

impl Parts {
    /// The parts that a crate in a lock file links. Without a lock file nothing is known of crates.
    pub(crate) fn needed(family: &Family, lockfile: Option<&str>) -> Self {
        Self::those(family, |part| {
            let mut crates = part.crates.iter();
            lockfile.is_some_and(|text| crates.any(|name| has_crate(text, name)))
        })
    }

    /// Those of these names that a family has.
    pub(crate) fn named(family: &Family, names: &[String]) -> Self {
        Self::those(family, |part| names.contains(&part.name))
    }

    /// All of a family's.
    pub(crate) fn all(family: &Family) -> Self {
        Self::those(family, |_| true)
    }

    fn those(family: &Family, is_in: impl Fn(&Part) -> bool) -> Self {
        let parts = family.parts.iter().enumerate();
        let bits = parts.filter(|(_, part)| is_in(part));
        Self(bits.fold(0, |bits, (place, _)| bits | 1 << place))
    }

    /// What images of a family can have: every choice of its parts, none first.
    pub(crate) fn choices(family: &Family) -> impl Iterator<Item = Self> + use<> {
        (0..1u32 << family.parts.len()).map(Self)
    }

    /// The parts themselves.
    pub(crate) fn of(self, family: &Family) -> impl Iterator<Item = &Part> {
        let parts = family.parts.iter().enumerate();
        parts
            .filter(move |(place, _)| self.0 & 1 << place != 0)
            .map(|(_, part)| part)
    }

    /// Their names, one behind the other.
    pub(crate) fn names(self, family: &Family, separator: &str) -> String {
        let names: Vec<&str> = self.of(family).map(|part| part.name.as_str()).collect();
        names.join(separator)
    }
}

/// Whether a lock file lists a crate. <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
fn has_crate(lockfile: &str, name: &str) -> bool {
    let mut lines = lockfile.lines();
    lines.any(|line| {
        let value = line.strip_prefix("name = \"");
        value.and_then(|value| value.strip_suffix('"')) == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn a_crate_in_the_lock_file_brings_the_part_that_it_links() {
        let family = find("aarch64-unknown-linux-gnu").unwrap().family();
        let needed = |lockfile: Option<&str>| Parts::needed(family, lockfile).names(family, " ");
        let package = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        assert_eq!(needed(None), "");
        assert_eq!(needed(Some(&package("openssl-probe"))), "");
        assert_eq!(needed(Some(&package("openssl-sys"))), "openssl");
        let named = Parts::named(family, &["openssl".to_owned()]);
        assert_eq!(named, Parts::all(family));
    }

    #[test]
    fn a_family_without_parts_has_one_kind_of_images() {
        let family = find("wasm32-wasip1").unwrap().family();
        assert_eq!(Parts::choices(family).count(), 1);
        assert_eq!(Parts::all(family), Parts::default());
    }
}
